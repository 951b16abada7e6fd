//! What the loop says of its work: when something happens, and when it changes, not at each pass.

use std::collections::BTreeMap;

use jiff::Timestamp;
use lambdactl_apply::Status;
use serde_json::json;

use crate::continuous::pass::Done;
use crate::flags::LogFormat;
use crate::output;
use crate::render::words::done;
use crate::text::{Text, text};

/// Lines for people, or for programs that read them.
pub(crate) struct Log {
    format: LogFormat,
    /// What was told last of each subject: it is told again when it has changed.
    told: BTreeMap<(String, String), String>,
}

impl Log {
    pub(crate) fn new(format: LogFormat) -> Self {
        Self { format, told: BTreeMap::new() }
    }

    /// Tells something now.
    pub(crate) fn line(&self, location: &str, function: Option<&str>, message: &str) {
        let time = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let line = match self.format {
            LogFormat::Json => {
                Text::json(&json!({ "time": time, "location": location, "function": function, "message": message }))
                    + Text::own("\n")
            }
            LogFormat::Text => {
                let place = if location.is_empty() { String::new() } else { format!("{location}: ") };
                let subject = function.map(|function| format!("{function}: ")).unwrap_or_default();
                text!("{} {}{}{}\n", time, place, subject, message)
            }
        };
        output::stderr(&line);
    }

    /// Tells how something stands where that has changed.
    pub(crate) fn state(&mut self, location: &str, subject: &str, words: Option<String>) {
        let key = (location.to_owned(), format!("/{subject}"));
        let function = Some(subject).filter(|subject| !subject.is_empty());
        match words {
            Some(words) => {
                if self.told.get(&key) != Some(&words) {
                    self.line(location, function, &words);
                    self.told.insert(key, words);
                }
            }
            None => {
                if self.told.remove(&key).is_some() {
                    self.line(location, function, "as the manifest says again");
                }
            }
        }
    }

    /// Forgets what was told of functions of a location that are not known any more.
    pub(crate) fn keep(&mut self, location: &str, is_known: impl Fn(&str) -> bool) {
        let is_kept = |subject: &str| subject.strip_prefix('/').is_none_or(|name| name.is_empty() || is_known(name));
        self.told.retain(|(place, subject), _| place != location || is_kept(subject));
    }

    /// Whether what is wrong with the manifests was not told last.
    pub(crate) fn is_new_of_manifest(&mut self, text: &Text) -> bool {
        self.told.insert(of_manifest(), text.as_str().to_owned()).as_deref() != Some(text.as_str())
    }

    /// Forgets what was wrong with the manifests: they are valid.
    pub(crate) fn forget_manifest(&mut self) {
        self.told.remove(&of_manifest());
    }
}

fn of_manifest() -> (String, String) {
    (String::new(), "manifest".to_owned())
}

/// What was done to a function, in words; nothing where nothing was. What failed is told as its state, once.
pub(crate) fn words(one: &Done) -> Option<String> {
    let paths: Vec<&str> = one.paths.iter().map(String::as_str).collect();
    match one.status {
        Status::Applied if one.action != "update" => Some(done(one.action).to_owned()),
        Status::Applied if one.is_correction => Some(format!("brought back: {}", listed(&paths))),
        Status::Applied => Some(format!("{}: {}", done(one.action), listed(&paths))),
        _ => None,
    }
}

/// Some paths, and how many more there are.
pub(crate) fn listed(paths: &[&str]) -> String {
    const MOST: usize = 5;
    let shown: Vec<&str> = paths.iter().take(MOST).map(|path| path.trim_start_matches('/')).collect();
    match paths.len().saturating_sub(MOST) {
        0 if paths.is_empty() => "its state".to_owned(),
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
