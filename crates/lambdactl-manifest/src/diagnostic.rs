use std::collections::BTreeSet;

use lambdactl_schema::rules::{Rule, Severity};

use crate::span::{Place, SourceId, Span};

/// Something that is wrong with a manifest, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// The rule that is broken.
    pub rule: &'static Rule,
    /// What is wrong, as a fragment; never the value of an environment variable.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// The name of the file, also when it could not be read.
    pub file: String,
    /// Where in the file; absent when it could not be read.
    pub place: Option<Place>,
    /// JSON pointer of the value in its document.
    pub path: String,
    /// The function that it concerns.
    pub function: Option<String>,
    /// The further functions that the same value breaks.
    pub also: Vec<String>,
    /// The stages that say what is wrong, or in which alone it is.
    pub stages: BTreeSet<String>,
    /// The locations in which alone it is.
    pub locations: BTreeSet<String>,
}

impl Diagnostic {
    /// Makes a diagnostic that concerns a whole file, or one that cannot be pointed at.
    pub(crate) fn file(rule: &'static Rule, file: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            severity: rule.severity,
            rule,
            message: message.into(),
            help: rule.help.map(str::to_owned),
            file: file.into(),
            place: None,
            path: String::new(),
            function: None,
            also: Vec::new(),
            stages: BTreeSet::new(),
            locations: BTreeSet::new(),
        }
    }

    pub(crate) fn at(mut self, source: SourceId, span: Span) -> Self {
        self.place = Some(Place { source, span });
        self
    }

    pub(crate) fn path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(crate) fn function(mut self, function: Option<&str>) -> Self {
        self.function = function.map(str::to_owned);
        self
    }
}

/// A syntax error as a reader finds it.
#[derive(Debug)]
pub(crate) struct SyntaxError {
    pub(crate) rule: &'static Rule,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
    pub(crate) span: Span,
}
