use serde_json::{Map, Value};

use crate::kinds::Kind;
use crate::pointer::Pointer;

/// The word by which a manifest names the newest version after an apply. It can be no version: those are numbers or
/// `$LATEST`.
pub const NEWEST: &str = "published";

/// What a manifest says of what stands beside one function: values by their keys there, as they were written. `null` says
/// that something must not be there.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Beside(pub Map<String, Value>);

/// A place beside a function that something of a kind can stand in.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Slot {
    /// The version or alias that it belongs to; none for the function itself.
    pub qualifier: Option<String>,
    /// Its name there, where the kind has several.
    pub name: Option<String>,
}

/// Something that a manifest says stands beside a function, or must not.
#[derive(Clone, Debug, PartialEq)]
pub struct Declared<'a> {
    /// Its kind.
    pub kind: Kind,
    /// Where it stands. Without a name where the kind has several: none of them must be there.
    pub slot: Slot,
    /// What is written; none where it must not be there.
    pub value: Option<&'a Value>,
}

impl Slot {
    /// The place of the function itself.
    pub fn function() -> Self {
        Self::default()
    }

    /// The place of a version or alias.
    pub fn of(qualifier: impl Into<String>) -> Self {
        Self { qualifier: Some(qualifier.into()), name: None }
    }

    /// The same place, for one of several things.
    pub fn named(self, name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..self }
    }

    /// Returns the JSON pointer in the function at which a manifest has it, and a plan shows it.
    pub fn path(&self, kind: Kind) -> String {
        let mut path = Pointer::default();
        if let Some(alias) = &self.qualifier {
            _ = path.enter(Kind::Aliases.row().key);
            _ = path.enter(alias);
        }
        _ = path.enter(kind.row().key);
        if let Some(name) = &self.name {
            _ = path.enter(name);
        }
        path.as_str().to_owned()
    }
}

/// Something beside a function that a path leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its kind.
    pub kind: Kind,
    /// Where it stands.
    pub slot: Slot,
    /// The names of the members within it that the path goes on with.
    pub members: Vec<String>,
}

impl Place {
    /// Returns what a JSON pointer in a function leads to, where that is beside it.
    pub fn of(pointer: &str) -> Option<Self> {
        let mut names = pointer.split('/').skip(1).map(|name| name.replace("~1", "/").replace("~0", "~"));
        let mut members: Vec<String> = names.by_ref().collect();
        let mut slot = Slot::function();
        if members.len() > 2 && members[0] == Kind::Aliases.row().key {
            let hangs = |kind: &Kind| kind.row().level.has_alias() && kind.row().key == members[2];
            if Kind::ALL.iter().any(hangs) {
                slot = Slot::of(members.remove(1));
                members.remove(0);
            }
        }
        let is_meant = |kind: &Kind| {
            let level = kind.row().level;
            let has = if slot.qualifier.is_some() { level.has_alias() } else { level.has_function() };
            kind.is_beside() && has && members.first().is_some_and(|key| key == kind.row().key)
        };
        let kind = Kind::ALL.into_iter().find(is_meant)?;
        members.remove(0);
        if kind.row().nature.has_several() && !members.is_empty() {
            slot = slot.named(members.remove(0));
        }
        Some(Self { kind, slot, members })
    }

    /// Whether the path leads to a thing as a whole.
    pub fn is_thing(&self) -> bool {
        self.members.is_empty() && self.kind.row().nature.is_thing()
    }
}

impl Beside {
    /// Takes the keys of what stands beside a function out of its members.
    pub fn take(members: &mut Map<String, Value>) -> Self {
        let mut taken = Map::new();
        for kind in Kind::ALL.into_iter().filter(|kind| kind.is_beside() && kind.row().level.has_function()) {
            let key = kind.row().key;
            if let Some(value) = members.shift_remove(key) {
                taken.insert(key.to_owned(), value);
            }
        }
        Self(taken)
    }

    /// Whether a manifest says nothing of what stands beside the function.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns everything that is declared, in the order of kinds, what hangs on aliases included.
    pub fn declared(&self) -> Vec<Declared<'_>> {
        let mut found = Vec::new();
        for kind in Kind::ALL.into_iter().filter(|kind| kind.is_beside()) {
            if kind.row().level.has_function() {
                collect(kind, &Slot::function(), &self.0, &mut found);
            }
            if kind.row().level.has_alias() {
                for (name, alias) in self.aliases() {
                    collect(kind, &Slot::of(name), alias, &mut found);
                }
            }
        }
        found
    }

    /// Returns the aliases that are declared, and not as something that must not be there.
    pub fn aliases(&self) -> impl Iterator<Item = (&String, &Map<String, Value>)> {
        let aliases = self.0.get(Kind::Aliases.row().key).and_then(Value::as_object).into_iter().flatten();
        aliases.filter_map(|(name, alias)| Some((name, alias.as_object()?)))
    }

    /// Whether something of a kind is declared, also as something that must not be there.
    pub fn has(&self, kind: Kind) -> bool {
        self.declared().iter().any(|declared| declared.kind == kind)
    }

    /// Whether the key of a kind is there for the function itself (no qualifier) or an alias, whatever it holds.
    pub fn has_key(&self, kind: Kind, qualifier: Option<&str>) -> bool {
        let owner = match qualifier {
            None => Some(&self.0),
            Some(alias) => self.aliases().find(|(name, _)| *name == alias).map(|(_, alias)| alias),
        };
        owner.is_some_and(|members| members.contains_key(kind.row().key))
    }

    /// Whether an alias names the newest version.
    pub fn names_newest(&self) -> bool {
        self.aliases().any(|(_, alias)| {
            let weights = &alias.get("RoutingConfig").unwrap_or(&Value::Null)["AdditionalVersionWeights"];
            alias.get("FunctionVersion").is_some_and(|version| version == NEWEST) || !weights[NEWEST].is_null()
        })
    }

    /// Returns how many of the newest versions stay, where the manifest says it.
    pub fn kept_versions(&self) -> Option<u64> {
        self.0.get(Kind::OldVersions.row().key)?.get("keep")?.as_u64()
    }
}

/// Collects what is declared of a kind in one place.
fn collect<'a>(kind: Kind, slot: &Slot, members: &'a Map<String, Value>, found: &mut Vec<Declared<'a>>) {
    let row = kind.row();
    match members.get(row.key) {
        None => {}
        Some(Value::Null) => found.push(Declared { kind, slot: slot.clone(), value: None }),
        Some(Value::Object(things)) if row.nature.has_several() => {
            found.extend(things.iter().map(|(name, value)| Declared {
                kind,
                slot: slot.clone().named(name),
                value: (!value.is_null()).then_some(value),
            }));
        }
        Some(value) => found.push(Declared { kind, slot: slot.clone(), value: Some(value) }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn beside(value: Value) -> Beside {
        Beside(value.as_object().cloned().expect("a map"))
    }

    #[test]
    fn everything_declared_has_its_place() {
        let beside = beside(json!({
            "FunctionName": "f",
            "RecursiveLoop": null,
            "Permissions": { "s3": { "Principal": "s3.amazonaws.com" }, "old": null },
            "Aliases": {
                "live": { "FunctionVersion": "7", "FunctionUrlConfig": null, "Permissions": { "a/b": {} } },
                "gone": null
            }
        }));
        let places: Vec<(String, bool)> = beside
            .declared()
            .into_iter()
            .map(|declared| (declared.slot.path(declared.kind), declared.value.is_some()))
            .collect();
        for expected in [
            ("/RecursiveLoop", false),
            ("/Permissions/s3", true),
            ("/Permissions/old", false),
            ("/Aliases/live", true),
            ("/Aliases/gone", false),
            ("/Aliases/live/FunctionUrlConfig", false),
            ("/Aliases/live/Permissions/a~1b", true),
        ] {
            assert!(places.contains(&(expected.0.to_owned(), expected.1)), "{expected:?}: {places:?}");
        }
        assert_eq!(places.len(), 7, "{places:?}");
    }

    #[test]
    fn what_must_not_be_there_is_declared_too() {
        let beside = beside(json!({ "RecursiveLoop": null, "Aliases": { "live": { "FunctionVersion": "7" } } }));
        assert!(beside.has(Kind::Recursion) && beside.has(Kind::Aliases));
        assert!(!beside.has(Kind::Permissions) && !beside.has(Kind::Tags));
    }

    #[test]
    fn paths_lead_to_places() {
        for (path, kind, qualifier, name, members) in [
            ("/Aliases/live", Kind::Aliases, None, Some("live"), vec![]),
            ("/Aliases/live/FunctionVersion", Kind::Aliases, None, Some("live"), vec!["FunctionVersion"]),
            ("/Aliases/live/Permissions/a~1b", Kind::Permissions, Some("live"), Some("a/b"), vec![]),
            ("/Aliases/live/FunctionUrlConfig/Cors/MaxAge", Kind::Urls, Some("live"), None, vec!["Cors", "MaxAge"]),
            ("/ReservedConcurrentExecutions", Kind::ReservedConcurrency, None, None, vec![]),
            ("/versions", Kind::OldVersions, None, None, vec![]),
        ] {
            let text = |text: Option<&str>| text.map(str::to_owned);
            let members = members.into_iter().map(str::to_owned).collect();
            let slot = Slot { qualifier: text(qualifier), name: text(name) };
            let place = Place { kind, slot, members };
            assert_eq!(Place::of(path), Some(place.clone()), "{path}");
            if place.members.is_empty() {
                assert_eq!(place.slot.path(kind), path);
            }
        }
        for path in ["/Timeout", "/Tags/Aliases", "", "/ProvisionedConcurrentExecutions"] {
            assert_eq!(Place::of(path), None, "{path}");
        }
        let is_thing = |path: &str| Place::of(path).is_some_and(|place| place.is_thing());
        assert!(is_thing("/Aliases/live") && is_thing("/FunctionUrlConfig") && !is_thing("/RecursiveLoop"));
        assert!(!is_thing("/Aliases/live/Description"));
    }

    #[test]
    fn keys_are_taken_with_what_must_not_be_there() {
        let Value::Object(mut members) = json!({ "FunctionName": "f", "Aliases": null, "Publish": true, "Tags": {} })
        else {
            unreachable!()
        };
        let taken = Beside::take(&mut members);
        assert_eq!(taken.0.keys().collect::<Vec<_>>(), ["Aliases"]);
        assert_eq!(members.keys().collect::<Vec<_>>(), ["FunctionName", "Publish", "Tags"]);
        let [Declared { kind: Kind::Aliases, value: None, slot }] = &taken.declared()[..] else { panic!("{taken:?}") };
        assert_eq!(slot.name, None);
        assert!(!taken.is_empty() && Beside::take(&mut members).is_empty());
    }

    #[test]
    fn newest_version_is_named_as_target_or_by_weight() {
        for (alias, expected) in [
            (json!({ "FunctionVersion": "published" }), true),
            (json!({ "FunctionVersion": "7" }), false),
            (
                json!({ "FunctionVersion": "7", "RoutingConfig": { "AdditionalVersionWeights": { "published": 0.1 } } }),
                true,
            ),
            (json!(null), false),
        ] {
            let beside = beside(json!({ "Aliases": { "live": alias } }));
            assert_eq!(beside.names_newest(), expected, "{beside:?}");
        }
        assert_eq!(beside(json!({ "versions": { "keep": 5 } })).kept_versions(), Some(5));
    }
}
