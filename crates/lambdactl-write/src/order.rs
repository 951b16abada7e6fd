use std::collections::{HashMap, HashSet};

use lambdactl_schema::{MANIFEST_KEYS, members};
use serde_json::{Map, Value};

/// The order in which keys are written: that of the request types, and of the manifest's own keys.
pub(crate) struct Order {
    /// The place of each member of a function, by its path, such as `/VpcConfig/SubnetIds`.
    members: HashMap<String, usize>,
    /// The place of each key of the manifest.
    head: HashMap<String, usize>,
    /// The maps whose keys are names of the writer's own, with members below each.
    named: HashSet<String>,
}

/// Which keys a map has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Keys {
    /// Those of a manifest, or of a stage of it.
    Manifest,
    /// The names of stages.
    Stages,
    /// Those of a list or map of functions: their order means something, or is its writer's.
    Functions,
    /// Those of a list or map of layers.
    Layers,
    /// Those of a function, or of the structure at this path within it.
    Function(String),
    /// Anything else below a manifest's key.
    Other(String),
}

impl Order {
    pub(crate) fn new() -> Self {
        let mut head: HashMap<String, usize> =
            MANIFEST_KEYS.iter().enumerate().map(|(index, key)| (format!("/{key}"), index)).collect();
        let mut places = HashMap::new();
        for (index, member) in members().into_iter().enumerate() {
            let path: String = member.path.iter().map(|name| format!("/{name}")).collect();
            let places = if member.of_function { &mut places } else { &mut head };
            places.entry(path).or_insert(MANIFEST_KEYS.len() + index);
        }
        let above = |path: &String| path.rsplit_once("/*/").map(|(above, _)| above.to_owned());
        let named = places.keys().filter_map(above).collect();
        Self { members: places, head, named }
    }

    /// Returns what the items of a list have keys of.
    pub(crate) fn items(&self, keys: &Keys) -> Keys {
        match keys {
            Keys::Functions | Keys::Layers => self.below(keys, ""),
            keys => keys.clone(),
        }
    }

    /// Returns what a key's value has keys of.
    pub(crate) fn below(&self, keys: &Keys, key: &str) -> Keys {
        match keys {
            Keys::Manifest if key == "functions" => Keys::Functions,
            Keys::Manifest if key == "layers" => Keys::Layers,
            Keys::Manifest if key == "defaults" => Keys::Function(String::new()),
            Keys::Manifest if key == "stages" => Keys::Stages,
            Keys::Stages => Keys::Manifest,
            Keys::Manifest => Keys::Other(format!("/{key}")),
            Keys::Functions => Keys::Function(String::new()),
            Keys::Layers => Keys::Other("/layers".to_owned()),
            // Entries under names of the writer's own are of one kind.
            Keys::Function(path) if self.named.contains(path) => Keys::Function(format!("{path}/*")),
            Keys::Function(path) => Keys::Function(format!("{path}/{key}")),
            Keys::Other(path) => Keys::Other(format!("{path}/{key}")),
        }
    }

    /// Returns the place of a key among its neighbours; none where the order is the writer's.
    pub(crate) fn place(&self, keys: &Keys, key: &str) -> Option<usize> {
        match keys {
            Keys::Manifest => self.head.get(&format!("/{key}")),
            Keys::Functions | Keys::Layers | Keys::Stages => None,
            Keys::Function(path) => self.members.get(&format!("{path}/{key}")),
            Keys::Other(path) => self.head.get(&format!("{path}/{key}")),
        }
        .copied()
    }

    /// Returns the indexes of keys in canonical order. Keys that are not known keep their order, behind the known ones.
    pub(crate) fn sorted<'a>(&self, keys: &Keys, names: impl Iterator<Item = &'a str>) -> Vec<usize> {
        let places: Vec<usize> = names.map(|name| self.place(keys, name).unwrap_or(usize::MAX)).collect();
        let mut indexes: Vec<usize> = (0..places.len()).collect();
        indexes.sort_by_key(|index| places[*index]);
        indexes
    }

    /// Brings a value into canonical order.
    pub(crate) fn canonical(&self, value: Value, keys: &Keys) -> Value {
        match value {
            Value::Object(members) => {
                let sorted = self.sorted(keys, members.keys().map(String::as_str));
                let mut entries: Vec<Option<(String, Value)>> = members.into_iter().map(Some).collect();
                let mut members = Map::new();
                for index in sorted {
                    let (key, value) = entries[index].take().expect("each index stands once in a permutation");
                    let below = self.below(keys, &key);
                    members.insert(key, self.canonical(value, &below));
                }
                Value::Object(members)
            }
            Value::Array(items) => {
                let below = self.items(keys);
                items.into_iter().map(|item| self.canonical(item, &below)).collect()
            }
            other => other,
        }
    }
}

/// Whether a document is one bare request, and not a manifest.
pub(crate) fn keys_of_root<'a>(mut names: impl Iterator<Item = &'a str>) -> Keys {
    if names.any(|name| MANIFEST_KEYS.contains(&name)) { Keys::Manifest } else { Keys::Function(String::new()) }
}
