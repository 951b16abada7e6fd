//! The JSON Schema of manifests before two validators: what is wrong in one editor is wrong in all.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use jsonschema::error::ValidationErrorKind;
use lambdactl_tests::python::Python;
use lambdactl_tests::repository;
use serde::Deserialize;
use serde_json::{Value, json};

/// Documents that the repository has at least: fewer means that they were not found.
const FEWEST: usize = 100;

/// What is put in the place of each value, one at a time, to have documents that are wrong everywhere.
fn strange_values() -> [Value; 6] {
    [json!(null), json!(true), json!(-1), json!("\u{fc} x"), json!([]), json!({ "Strange/Key": {} })]
}

fn schema() -> Value {
    let file = repository().join("schemas/lambda.schema.json");
    serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()
}

/// What is wrong with a document: places and keywords, in the form of `python/judge.py`.
type Faults = BTreeSet<String>;

fn faults(validator: &jsonschema::Validator, document: &Value) -> Faults {
    validator.iter_errors(document).map(|error| fault(error.instance_path().as_str(), error.kind())).collect()
}

/// Names a fault as the other validator does, where the two report the same one in different ways.
fn fault(place: &str, kind: &ValidationErrorKind) -> String {
    match kind {
        // The other names the map that holds what must not be there.
        ValidationErrorKind::FalseSchema => format!("{} false", place.rsplit_once('/').map_or("", |(map, _)| map)),
        // The other names what is wrong with the key.
        ValidationErrorKind::PropertyNames { error } => fault(place, error.kind()),
        kind => format!("{place} {}", kind.keyword()),
    }
}

/// The documents of a folder's manifests by name, and the number of files that are none.
#[derive(Default)]
struct Documents {
    parsed: Vec<(String, Value)>,
    unreadable: usize,
}

impl Documents {
    fn of(folder: &str) -> Self {
        let mut documents = Self::default();
        documents.gather(&repository().join(folder));
        documents
    }

    fn gather(&mut self, folder: &Path) {
        let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        for path in paths {
            if path.is_dir() {
                self.gather(&path);
                continue;
            }
            let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
            if !["yaml", "yml", "toml", "json"].contains(&extension) {
                continue;
            }
            match fs::read_to_string(&path).ok().and_then(|text| parse(&text, extension)) {
                Some(found) => {
                    let name = |index| format!("{} ({})", path.display(), index + 1);
                    self.parsed.extend(found.into_iter().enumerate().map(|(index, value)| (name(index), value)));
                }
                None => self.unreadable += 1,
            }
        }
    }
}

/// Reads the documents of a text; nothing when one of them is not JSON in another spelling.
fn parse(text: &str, extension: &str) -> Option<Vec<Value>> {
    match extension {
        "toml" => Some(vec![toml::from_str(text).ok()?]),
        "json" => Some(vec![serde_json::from_str(text).ok()?]),
        _ => serde_yaml::Deserializer::from_str(text)
            .map(|document| {
                let mut value = serde_yaml::Value::deserialize(document).ok()?;
                value.apply_merge().ok()?;
                serde_json::to_value(value).ok()
            })
            .collect(),
    }
}

/// Collects the JSON pointers of all values within one.
fn pointers(value: &Value, here: &str, found: &mut Vec<String>) {
    found.push(here.to_owned());
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                pointers(item, &format!("{here}/{index}"), found);
            }
        }
        Value::Object(members) => {
            for (key, member) in members {
                let segment = key.replace('~', "~0").replace('/', "~1");
                pointers(member, &format!("{here}/{segment}"), found);
            }
        }
        _ => {}
    }
}

/// Returns a document's variants in which one value is another.
fn variants((name, document): &(String, Value)) -> Vec<(String, Value)> {
    let mut places = Vec::new();
    pointers(document, "", &mut places);
    let mut variants = Vec::new();
    for place in places {
        for strange in strange_values() {
            let mut variant = document.clone();
            let label = format!("{name}, {place} = {strange}");
            *variant.pointer_mut(&place).unwrap() = strange;
            variants.push((label, variant));
        }
    }
    variants
}

#[test]
fn schema_is_valid_against_the_meta_schema() {
    let schema = schema();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    if let Err(error) = jsonschema::draft202012::meta::validate(&schema) {
        panic!("{}: {error}", error.instance_path());
    }
    let broken = json!({ "$schema": schema["$schema"], "type": "text" });
    assert!(jsonschema::draft202012::meta::validate(&broken).is_err());
}

#[test]
fn every_example_is_valid() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let Documents { parsed, unreadable } = Documents::of("examples");
    assert_eq!(unreadable, 0);
    assert!(parsed.len() >= 4, "{parsed:?}");
    for (name, document) in &parsed {
        assert_eq!(faults(&validator, document), Faults::new(), "{name}");
    }
}

#[test]
fn two_validators_find_the_same_faults() {
    let Some(python) = Python::provision() else { return };
    let schema = schema();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let mut documents = Documents::of("examples");
    documents.gather(&repository().join("tests/cases"));
    let varied = documents.parsed.len();
    // Each of these is wrong, or just right, in its own way: they need no variants.
    documents.gather(&repository().join("tests/rules"));
    let Documents { mut parsed, unreadable } = documents;
    assert!(parsed.len() >= FEWEST, "{} documents, and {unreadable} files that are none", parsed.len());
    // Most documents are valid, as `every_example_is_valid` says of some; the variants are where faults are.
    parsed.extend(parsed[..varied].iter().flat_map(variants).collect::<Vec<_>>());

    let bodies: Vec<&Value> = parsed.iter().map(|(_, document)| document).collect();
    let answer = python.run("judge.py", &[], &json!({ "schema": schema, "documents": bodies }));
    let others: Vec<Faults> = serde_json::from_value(answer).unwrap();
    assert_eq!(others.len(), parsed.len());
    let mut differences = Vec::new();
    for ((name, document), theirs) in parsed.iter().zip(&others) {
        let ours = faults(&validator, document);
        if ours != *theirs {
            differences.push(format!("{name}:\n  Rust {ours:?}\n  Python {theirs:?}"));
        }
    }
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
}
