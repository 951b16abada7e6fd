use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A text that must not be printed: its `Debug` form hides the value.
///
/// It serialises as the plain text, because the call needs it; whoever prints a serialised request has to leave such
/// members out (see [`crate::request::Environment`]).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns the text itself; the caller takes over the duty not to print it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("(sensitive)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_form_hides_the_text() {
        let secret = Secret::new("hunter2");
        assert_eq!(format!("{secret:?}"), "(sensitive)");
        assert_eq!(secret.expose(), "hunter2");
        assert_eq!(serde_json::to_string(&secret).unwrap(), "\"hunter2\"");
    }
}
