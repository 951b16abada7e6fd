//! What a manifest says around the values that are compared with it.

use crate::messages::{name_of, show_origin};
use crate::origins::Origins;
use crate::partitions;
use crate::rules;
use crate::violation::{Home, Violation};

/// What the manifest says around a value.
pub(super) struct Surroundings<'a> {
    pub(super) home: &'a Home<'a>,
    pub(super) origins: &'a Origins,
}

impl Surroundings<'_> {
    /// Returns the manifest's region or account as a message shows it.
    pub(super) fn of_manifest(&self, key: &str, value: &str) -> String {
        self.home.origins.text(key).map_or_else(|| value.to_owned(), show_origin)
    }

    /// Returns the region or account in the value at a pointer as a message shows it.
    pub(super) fn part(&self, pointer: &str, what: &str, value: &str) -> String {
        match self.origins.text(pointer) {
            Some(text) => format!("the {what} of {}", show_origin(text)),
            None => value.escape_debug().to_string(),
        }
    }
}

/// Says that an ARN, or an image's URI, is of another partition than the manifest's region. What else differs then says
/// nothing.
pub(super) fn foreign_partition(
    text: &str,
    pointer: &str,
    surroundings: &Surroundings<'_>,
    found: &mut Vec<Violation>,
) -> bool {
    let Some((region, home)) = surroundings.home.region.and_then(|region| Some((region, partitions::known(region)?)))
    else {
        return false;
    };
    let of_host = || {
        let region = text.split('/').next()?.split('.').find_map(partitions::known);
        region.map(|partition| partition.name).filter(|_| pointer == "/Code/ImageUri")
    };
    let Some(own) = partitions::of_arn(text).or_else(of_host).filter(|own| *own != home.name) else { return false };
    let shown = surroundings.part(pointer, "partition", own);
    let own = if shown == own { format!("the partition {own}") } else { shown };
    let region = surroundings.of_manifest("/region", region);
    let message = format!("{} is of {own}, and {region} is of {}", name_of(pointer), home.name);
    found.push(Violation::of(&rules::ARN_PARTITION, pointer, message));
    true
}
