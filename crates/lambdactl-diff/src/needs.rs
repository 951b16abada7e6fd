//! What must be read to compare what stands beside a function: of the kinds that its manifest names, and no other.

use lambdactl_schema::FunctionSpec;
use lambdactl_schema::kinds::Kind;

/// Something to be read of one function.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Need {
    /// The kind.
    pub kind: Kind,
    /// The alias that it is read of; without one that of the function itself, or all of them in one list.
    pub qualifier: Option<String>,
}

/// Returns what must be read beside a function. Old versions are nobody's business unless they may go.
pub fn needs(spec: &FunctionSpec, prune: bool) -> Vec<Need> {
    let mut needs = Vec::new();
    let mut add = |kind: Kind, qualifier: Option<String>| {
        let need = Need { kind, qualifier };
        if !needs.contains(&need) {
            needs.push(need);
        }
    };
    let mut provisioned = Vec::new();
    for declared in spec.beside.declared() {
        match declared.kind {
            // A policy is read for one function or alias at a time.
            Kind::Permissions => add(Kind::Permissions, declared.slot.qualifier),
            Kind::Urls => {
                let is_public = declared.value.is_some_and(|value| !value["public"].is_null());
                if is_public {
                    add(Kind::Permissions, declared.slot.qualifier);
                }
                add(Kind::Urls, None);
            }
            Kind::ProvisionedConcurrency => provisioned.extend(declared.slot.qualifier),
            Kind::OldVersions if prune => {
                for kind in [Kind::OldVersions, Kind::Aliases, Kind::ProvisionedConcurrency] {
                    add(kind, None);
                }
            }
            // A key that holds nothing says that nothing else belongs there.
            Kind::OldVersions | Kind::EventSourceMappings => {}
            kind => add(kind, None),
        }
    }
    let kind = Kind::EventSourceMappings;
    let aliases = spec.beside.aliases().map(|(name, _)| Some(name.clone()));
    let fed: Vec<Option<String>> =
        [None].into_iter().chain(aliases).filter(|place| spec.beside.has_key(kind, place.as_deref())).collect();
    if !fed.is_empty() {
        // Those of the function itself are read in any case: one may move to an alias.
        add(kind, None);
        fed.into_iter().for_each(|place| add(kind, place));
    }
    match provisioned.as_slice() {
        [] => {}
        // One costs the same either way.
        [alias] if !needs.iter().any(|need| need.kind == Kind::ProvisionedConcurrency) => {
            needs.push(Need { kind: Kind::ProvisionedConcurrency, qualifier: Some(alias.clone()) });
        }
        _ => {
            let need = Need { kind: Kind::ProvisionedConcurrency, qualifier: None };
            if !needs.contains(&need) {
                needs.push(need);
            }
        }
    }
    if spec.beside.names_newest() {
        needs.push(Need { kind: Kind::Versions, qualifier: None });
    }
    needs
}

#[cfg(test)]
mod tests {
    use lambdactl_schema::{Beside, CreateFunctionRequest};
    use serde_json::{Value, json};

    use super::*;

    fn of(beside: Value, prune: bool) -> Vec<(Kind, Option<String>)> {
        let request: CreateFunctionRequest =
            serde_json::from_value(json!({ "FunctionName": "f", "Role": "r", "Code": {} })).expect("a request");
        let beside = Beside(beside.as_object().cloned().expect("a map"));
        let spec = FunctionSpec { beside, ..FunctionSpec::of(request) };
        needs(&spec, prune).into_iter().map(|need| (need.kind, need.qualifier)).collect()
    }

    #[test]
    fn only_what_is_named_is_read_and_once() {
        assert_eq!(of(json!({}), true), []);
        assert_eq!(of(json!({ "versions": { "keep": 3 } }), false), []);
        let alias = |more: Value| json!({ "Aliases": { "live": more } });
        assert_eq!(of(alias(json!({ "FunctionVersion": "1" })), false), [(Kind::Aliases, None)]);
        assert_eq!(
            of(alias(json!({ "FunctionVersion": "1", "ProvisionedConcurrentExecutions": 2 })), false),
            [(Kind::Aliases, None), (Kind::ProvisionedConcurrency, Some("live".to_owned()))]
        );
        let two = json!({ "Aliases": {
            "a": { "FunctionVersion": "1", "ProvisionedConcurrentExecutions": 2, "FunctionUrlConfig": { "AuthType": "NONE", "public": true } },
            "b": { "FunctionVersion": "2", "ProvisionedConcurrentExecutions": null, "FunctionUrlConfig": null, "Permissions": { "x": null } }
        } });
        assert_eq!(
            of(two, true),
            [
                (Kind::Aliases, None),
                (Kind::Permissions, Some("b".to_owned())),
                (Kind::Permissions, Some("a".to_owned())),
                (Kind::Urls, None),
                (Kind::ProvisionedConcurrency, None),
            ]
        );
        let mapping = Kind::EventSourceMappings;
        assert_eq!(of(json!({ "EventSourceMappings": {} }), false), [(mapping, None)]);
        assert_eq!(
            of(alias(json!({ "FunctionVersion": "1", "EventSourceMappings": null })), false),
            [(Kind::Aliases, None), (mapping, None), (mapping, Some("live".to_owned()))]
        );
        assert_eq!(
            of(json!({ "versions": { "keep": 3 } }), true),
            [(Kind::OldVersions, None), (Kind::Aliases, None), (Kind::ProvisionedConcurrency, None)]
        );
    }
}
