use serde_json::{Map, Value, json};

use crate::converted::Note;
use crate::names::variable;

/// What is collected on the way.
pub(crate) struct Notes {
    pub(crate) found: Vec<Note>,
    function: Option<String>,
}

impl Notes {
    /// Notes that nobody reads.
    pub(crate) fn none() -> Self {
        Self { found: Vec::new(), function: None }
    }

    /// The notes that follow are about a function, or about none.
    pub(crate) fn about(&mut self, function: Option<&str>) {
        self.function = function.map(str::to_owned);
    }

    /// Adds one, unless it is there already.
    pub(crate) fn add(&mut self, path: impl Into<String>, message: impl Into<String>) {
        let note = Note { function: self.function.clone(), path: path.into(), message: message.into() };
        if !self.found.contains(&note) {
            self.found.push(note);
        }
    }

    /// Says that a member has no place in a manifest.
    pub(crate) fn left_out(&mut self, path: impl Into<String>, why: &str) {
        self.add(path, format!("left out: {why}"));
    }
}

/// Functions of a file, before their notes are known to be complete.
pub(crate) struct Found {
    pub(crate) region: Option<String>,
    pub(crate) functions: Vec<Map<String, Value>>,
}

/// Returns where a role is that only the other tool knows.
pub(crate) fn missing_role(name: &str, notes: &mut Notes, made_by: &str) -> Value {
    let variable = format!("{}RoleArn", variable(name));
    notes.add("Role", format!("{made_by}; pass the ARN of a role: --var {variable}=ARN"));
    json!(format!("${{var:{variable}}}"))
}
