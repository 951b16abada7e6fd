use std::fmt::Write;

use serde_json::{Value, json};

use super::style::{BOLD, DIM, GREEN, RED, count};

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
        help: Option<&'static str>,
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
pub(crate) fn render(outcomes: &[(String, Outcome)]) -> String {
    let mut text = String::new();
    for (name, outcome) in outcomes {
        let (style, rest) = match outcome {
            Outcome::Adopted => (GREEN, String::new()),
            Outcome::Owned => continue,
            Outcome::Missing => (DIM, "apply would create it".to_owned()),
            Outcome::Failed { message, help, .. } => {
                let help = help.map(|help| format!("\n           = help: {help}")).unwrap_or_default();
                (RED, format!("{message}{help}"))
            }
        };
        let _ = writeln!(text, "  {style}{:<8}{style:#} {name:<24} {rest}", outcome.as_str());
    }
    let of = |word: &str| outcomes.iter().filter(|(_, outcome)| outcome.as_str() == word).count();
    let rest = ["missing", "failed"].map(|word| (of(word), word));
    let mut parts = vec![format!("{} adopted", of("adopted")), format!("{} already owned", of("owned"))];
    parts.extend(rest.iter().filter(|(number, _)| *number > 0).map(|(number, word)| format!("{number} {word}")));
    let _ = writeln!(text, "{BOLD}{}{BOLD:#}: {}.", count(outcomes.len(), "function"), parts.join(", "));
    text
}

/// Renders what adopt did, for machines.
pub(crate) fn json(outcomes: &[(String, Outcome)]) -> String {
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
    format!("{}\n", json!({ "format_version": 1, "functions": functions }))
}
