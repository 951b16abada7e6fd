use std::collections::{BTreeMap, BTreeSet};

/// Where values came from: the manifest's own text for those that references brought in, by JSON pointer.
///
/// What others can read names the reference, and not what it stands for: nobody knows whether that is a secret.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins {
    texts: BTreeMap<String, Origin>,
    /// Where a value stands that is not known here.
    unknown: BTreeSet<String>,
}

/// The text that stands in the manifest for a value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The text with its references, their defaults left out.
    pub text: String,
    /// Whether a part of the value came from the environment, a file or a service, and not from the command line alone.
    pub from_outside: bool,
    /// Whether a part of the value is a secret, which nobody is shown.
    pub is_secret: bool,
}

static NONE: Origins = Origins { texts: BTreeMap::new(), unknown: BTreeSet::new() };

impl Default for &Origins {
    fn default() -> Self {
        &NONE
    }
}

impl Origins {
    /// Whether every value is as the manifest says.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty() && self.unknown.is_empty()
    }

    /// Notes the text for the value at a pointer.
    pub fn insert(&mut self, pointer: impl Into<String>, origin: Origin) {
        self.texts.insert(pointer.into(), origin);
    }

    /// Returns the text for the value at a pointer, where it came by a reference.
    pub fn text(&self, pointer: &str) -> Option<&str> {
        self.texts.get(pointer).map(|origin| origin.text.as_str())
    }

    /// Returns the text for the value at a pointer, where a part of that came from the environment or a file.
    pub fn outside(&self, pointer: &str) -> Option<&str> {
        self.texts.get(pointer).filter(|origin| origin.from_outside).map(|origin| origin.text.as_str())
    }

    /// Whether a part of the value at a pointer is a secret.
    pub fn is_secret(&self, pointer: &str) -> bool {
        self.texts.get(pointer).is_some_and(|origin| origin.is_secret)
    }

    /// Returns the pointers of the values that a part of is a secret.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().filter(|(_, origin)| origin.is_secret).map(|(pointer, _)| pointer.as_str())
    }

    /// Returns all of them, by pointer.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Origin)> {
        self.texts.iter().map(|(pointer, origin)| (pointer.as_str(), origin))
    }

    /// Notes that the value at a pointer is not known here.
    pub fn insert_unknown(&mut self, pointer: impl Into<String>) {
        self.unknown.insert(pointer.into());
    }

    /// Returns the pointers of the values that are not known here.
    pub fn unknown(&self) -> impl Iterator<Item = &str> {
        self.unknown.iter().map(String::as_str)
    }

    /// Whether every value is known.
    pub fn are_known(&self) -> bool {
        self.unknown.is_empty()
    }

    /// Whether the value at a pointer is not known here, or a part of one that is not.
    pub(crate) fn is_unknown(&self, pointer: &str) -> bool {
        !self.unknown.is_empty()
            && (self.unknown.contains(pointer)
                || pointer.match_indices('/').any(|(end, _)| self.unknown.contains(&pointer[..end])))
    }

    /// Whether something within the value at a pointer is not known here.
    pub(crate) fn has_unknown_within(&self, pointer: &str) -> bool {
        let within = format!("{pointer}/");
        self.unknown.range(within.clone()..).next().is_some_and(|next| next.starts_with(&within))
    }
}

/// What stands in a value for the part of it that is not known here. No member that names something can have it.
pub const UNKNOWN: &str = "*";
