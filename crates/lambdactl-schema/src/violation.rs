use jiff::civil::Date;

use crate::origins::Origins;
use crate::rules::{Rule, Severity};
use crate::runtimes::CALENDAR_DATE;

/// One broken rule of one function or manifest head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The rule.
    pub rule: &'static Rule,
    /// How bad it is: the rule's own severity, unless the policy is milder.
    pub severity: Severity,
    /// What is wrong, as a fragment; never the value of an environment variable.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// JSON pointer of the value, or of the map that holds (or lacks) the key.
    pub pointer: String,
    /// What to point at.
    pub anchor: Anchor,
}

impl Violation {
    /// A rule that the value at a pointer breaks.
    pub(crate) fn of(rule: &'static Rule, pointer: impl Into<String>, message: String) -> Self {
        Self {
            rule,
            severity: rule.severity,
            message,
            help: rule.help.map(str::to_owned),
            pointer: pointer.into(),
            anchor: Anchor::Value,
        }
    }
}

/// What a violation points at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// The value itself.
    Value,
    /// A key of the map.
    Key(String),
}

/// How strictly functions are judged, and by which day.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// Whether a member or a value of an enumeration that is not known here is a warning, and goes to the service.
    pub allow_unknown: bool,
    /// The day by which runtimes are judged.
    pub as_of: Date,
}

impl Default for Policy {
    /// Strict, and by the day of the runtime calendar.
    fn default() -> Self {
        Self { allow_unknown: false, as_of: CALENDAR_DATE }
    }
}

/// What a manifest says about all of its functions.
#[derive(Clone, Copy, Debug, Default)]
pub struct Home<'a> {
    /// Who owns them.
    pub name: Option<&'a str>,
    /// The region that they are in.
    pub region: Option<&'a str>,
    /// The account that they are in.
    pub account: Option<&'a str>,
    /// Which of these references brought in: `/name`, `/region` and `/account`.
    pub origins: &'a Origins,
}
