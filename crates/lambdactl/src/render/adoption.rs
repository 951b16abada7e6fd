use std::borrow::Cow;

use serde_json::{Value, json};

use super::style::{BOLD, DIM, GREEN, RED, count};
use crate::text::{Text, text};

/// What adopting did to a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It carries the tag now.
    Adopted,
    /// It carried the tag already.
    Owned,
    /// There is no such function.
    Missing,
    /// It does not carry the tag.
    Failed {
        /// The service's error class, or a word of our own.
        code: String,
        /// What happened.
        message: String,
        /// What to do about it.
        help: Option<Cow<'static, str>>,
    },
}

impl Outcome {
    fn as_str(&self) -> &'static str {
        match self {
            Self::Adopted => "adopted",
            Self::Owned => "owned",
            Self::Missing => "missing",
            Self::Failed { .. } => "failed",
        }
    }
}

/// Renders what adopt did, for people.
pub(crate) fn render(outcomes: &[(String, Outcome)]) -> Text {
    let mut text = Text::default();
    for (name, outcome) in outcomes {
        let (style, rest) = match outcome {
            Outcome::Adopted => (GREEN, Text::default()),
            Outcome::Owned => continue,
            Outcome::Missing => (DIM, Text::own("apply would create it")),
            Outcome::Failed { message, help, .. } => {
                let help = help.as_ref().map(|help| text!("\n           = help: {}", help)).unwrap_or_default();
                (RED, text!("{}{}", message, help))
            }
        };
        text += text!("  {0}{1:<8}{0:#} {2:<24} {3}\n", style, outcome.as_str(), name, rest);
    }
    let of = |word: &str| outcomes.iter().filter(|(_, outcome)| outcome.as_str() == word).count();
    let rest = ["missing", "failed"].map(|word| (of(word), word));
    let mut parts = vec![format!("{} adopted", of("adopted")), format!("{} already owned", of("owned"))];
    parts.extend(rest.iter().filter(|(number, _)| *number > 0).map(|(number, word)| format!("{number} {word}")));
    text += text!("{0}{1}{0:#}: {2}.\n", BOLD, count(outcomes.len(), "function"), parts.join(", "));
    text
}

/// Renders what adopt did, for machines.
pub(crate) fn json(outcomes: &[(String, Outcome)]) -> Text {
    let functions: Vec<Value> = outcomes
        .iter()
        .map(|(name, outcome)| {
            let error = match outcome {
                Outcome::Failed { code, message, .. } => json!({ "code": code, "message": message }),
                _ => Value::Null,
            };
            json!({ "name": name, "status": outcome.as_str(), "error": error })
        })
        .collect();
    Text::json(&json!({ "format_version": 1, "functions": functions }))
}
