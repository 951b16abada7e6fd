//! What references that are looked up come to.

use std::collections::BTreeMap;

use serde_json::Value;

/// What a service, or a file of another tool, said of a reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookedUp {
    /// The value, or why there is none, as a fragment.
    pub value: Result<String, String>,
    /// Whether it is a secret.
    pub is_secret: bool,
}

/// The outputs of a Terraform state by their names, each with whether it is sensitive.
pub type StateOutputs = BTreeMap<String, (String, bool)>;

/// Reads a state as Terraform 0.12 and later, and OpenTofu, write it. A value that is no text is its JSON.
///
/// # Errors
/// Why it is none, as a fragment.
pub fn state_outputs(state: &[u8]) -> Result<StateOutputs, String> {
    let state: Value = serde_json::from_slice(state).map_err(|_| "it is no JSON".to_owned())?;
    if state["version"].as_u64() != Some(4) {
        return Err("it is no Terraform state of version 4".to_owned());
    }
    let outputs = state["outputs"].as_object().into_iter().flatten();
    let output = |(name, output): (&String, &Value)| {
        let value = match &output["value"] {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        // What the state does not say is not known to be open.
        (name.clone(), (value, output["sensitive"].as_bool().unwrap_or(!output["sensitive"].is_null())))
    };
    Ok(outputs.map(output).collect())
}
