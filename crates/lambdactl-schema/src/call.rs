use serde_json::{Map, Value};

use crate::operations::Operation;

/// One call: an operation, what it is about, and its members.
#[derive(Clone, PartialEq, Eq)]
pub struct Call {
    /// The operation.
    pub operation: Operation,
    /// What it is about.
    pub subject: Subject,
    /// The members in its query and its body, by their names there. They can hold secrets.
    pub members: Map<String, Value>,
}

/// What a call is about: the members in its path, and the qualifier.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subject {
    /// The name of a function.
    pub function: Option<String>,
    /// A version or an alias of it.
    pub qualifier: Option<String>,
    /// The name of a layer.
    pub layer: Option<String>,
    /// What the path names besides: an ARN, the name of an alias, a UUID, the number of a layer's version.
    pub id: Option<String>,
}

impl Subject {
    /// A function by its name.
    pub fn function(name: impl Into<String>) -> Self {
        Self { function: Some(name.into()), ..Self::default() }
    }

    /// A version or an alias of a function.
    pub fn qualified(name: impl Into<String>, qualifier: impl Into<String>) -> Self {
        Self { qualifier: Some(qualifier.into()), ..Self::function(name) }
    }

    /// A layer by its name.
    pub fn layer(name: impl Into<String>) -> Self {
        Self { layer: Some(name.into()), ..Self::default() }
    }

    /// A version of a layer.
    pub fn layer_version(name: impl Into<String>, number: u64) -> Self {
        Self { id: Some(number.to_string()), ..Self::layer(name) }
    }

    /// What has an ARN or another identity of its own.
    pub fn id(id: impl Into<String>) -> Self {
        Self { id: Some(id.into()), ..Self::default() }
    }
}

impl Call {
    /// A call without members.
    pub fn new(operation: Operation, subject: Subject) -> Self {
        Self { operation, subject, members: Map::new() }
    }

    /// The same call with one member more.
    pub fn with(mut self, member: &str, value: impl Into<Value>) -> Self {
        self.members.insert(member.to_owned(), value.into());
        self
    }

    /// The same call with these members besides.
    pub fn with_all(mut self, members: Map<String, Value>) -> Self {
        self.members.extend(members);
        self
    }
}

/// Members hold secrets and archives: the debug form names the call and its members only.
impl std::fmt::Debug for Call {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&String> = self.members.keys().collect();
        formatter.debug_tuple(self.operation.name()).field(&self.subject).field(&names).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_form_has_no_values() {
        let call = Call::new(Operation::UpdateFunctionConfiguration, Subject::function("f"))
            .with("Environment", serde_json::json!({ "Variables": { "TOKEN": "hunter2" } }));
        let shown = format!("{call:?}");
        assert!(shown.contains("UpdateFunctionConfiguration") && shown.contains("Environment"), "{shown}");
        assert!(!shown.contains("hunter2") && !shown.contains("TOKEN"), "{shown}");
    }
}
