use std::collections::BTreeMap;

use lambdactl_manifest::Format;
use serde_json::{Map, Value};

use crate::compose::compose;
use crate::references::{Taken, escape, take_values};
use crate::text::text;

/// How a manifest is written.
#[derive(Clone, Copy)]
pub struct Style<'a> {
    /// Its language.
    pub format: Format,
    /// Values of environment variables stand in it; otherwise references do.
    pub show_values: bool,
    /// Texts have references in them already; otherwise nothing in them may look like one.
    pub has_references: bool,
    /// What the service fills in for a member that is left out, null for nothing.
    pub service_default: &'a dyn Fn(&str) -> Value,
}

/// A manifest, and what its references stand for.
#[derive(Clone, PartialEq, Eq)]
pub struct Written {
    /// The manifest.
    pub text: String,
    /// The values by the names of the references. They are secrets.
    pub values: BTreeMap<String, String>,
    /// What could not be kept as it was, in sentences for the user.
    pub notes: Vec<String>,
}

/// Writes a manifest of functions: what most of them agree on becomes a default.
pub fn manifest(head: Map<String, Value>, mut functions: Vec<Map<String, Value>>, style: Style<'_>) -> Written {
    let Style { format, show_values, has_references, service_default } = style;
    if !has_references {
        for (member, value) in functions.iter_mut().flat_map(|function| function.iter_mut()) {
            // Values that become references are not written.
            if member != "Environment" || show_values {
                escape(value);
            }
        }
    }
    let Taken { values, notes } =
        if show_values { Taken::default() } else { take_values(&mut functions, has_references) };
    Written { text: text(&compose(head, functions, service_default), format), values, notes }
}
