use lambdactl_schema::{Artifacts, Validator};

use crate::head::Head;
use crate::packages::Packages;
use crate::references::{Values, Variables, variables_in};
use crate::source::Source;
use crate::span::SourceId;

/// What the reading of one document needs to know.
#[derive(Clone, Copy)]
pub(crate) struct Surroundings<'a> {
    pub(crate) source: SourceId,
    pub(crate) file: &'a str,
    pub(crate) text: &'a Source,
    pub(crate) values: Values<'a>,
    pub(crate) validator: &'a Validator,
    pub(crate) packages: &'a Packages,
    /// What all documents have in common; not known before every one of them is taken apart.
    pub(crate) head: Option<&'a Head>,
}

impl<'a> Surroundings<'a> {
    /// Returns where archives are put, when that is not the request.
    pub(crate) fn artifacts(&self) -> Option<&'a Artifacts> {
        self.head.and_then(|head| head.artifacts.as_ref())
    }

    /// Returns them for what is in a document with these variables.
    pub(crate) fn within(self, variables: &'a Variables, head: &'a Head) -> Self {
        let values = Values { own: Some(variables), ..self.values };
        Self { values, head: Some(head), ..self }
    }

    /// Says which variables of the manifest a value came by, to be put behind a message about it.
    pub(crate) fn whence(&self, origin: Option<&str>) -> String {
        let Some(own) = self.values.own.filter(|own| !own.0.is_empty()) else { return String::new() };
        let names = origin.map(variables_in).unwrap_or_default();
        let is_own = |name: &String| !self.values.variables.contains_key(name);
        let places = names
            .iter()
            .filter(|name| is_own(name))
            .filter_map(|name| own.0.get(name).map(|variable| format!("`{name}`: {}", variable.place)));
        let places: Vec<String> = places.collect();
        if places.is_empty() { String::new() } else { format!(" ({})", places.join("; ")) }
    }
}
