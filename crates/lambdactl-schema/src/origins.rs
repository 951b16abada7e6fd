use std::collections::BTreeMap;

/// Where values came from: the manifest's own text for those that references brought in, by JSON pointer.
///
/// What others can read names the reference, and not what it stands for: nobody knows whether that is a secret.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins(BTreeMap<String, Origin>);

/// The text that stands in the manifest for a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The text with its references, their defaults left out.
    pub text: String,
    /// Whether a part of the value came from the environment or a file, and not from the command line alone.
    pub from_outside: bool,
}

static NONE: Origins = Origins(BTreeMap::new());

impl Default for &Origins {
    fn default() -> Self {
        &NONE
    }
}

impl Origins {
    /// Whether every value is as the manifest says.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Notes the text for the value at a pointer.
    pub fn insert(&mut self, pointer: impl Into<String>, origin: Origin) {
        self.0.insert(pointer.into(), origin);
    }

    /// Returns the text for the value at a pointer, where it came by a reference.
    pub fn text(&self, pointer: &str) -> Option<&str> {
        self.0.get(pointer).map(|origin| origin.text.as_str())
    }

    /// Returns the text for the value at a pointer, where a part of that came from the environment or a file.
    pub fn outside(&self, pointer: &str) -> Option<&str> {
        self.0.get(pointer).filter(|origin| origin.from_outside).map(|origin| origin.text.as_str())
    }

    /// Returns all of them, by pointer.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Origin)> {
        self.0.iter().map(|(pointer, origin)| (pointer.as_str(), origin))
    }
}
