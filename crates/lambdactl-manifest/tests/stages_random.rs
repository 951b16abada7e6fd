//! Stages of every size and form: reading them ends, and what is rendered of one asks for what the stage asks for.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use std::collections::BTreeMap;

use common::{manifest, told};
use lambdactl_manifest::{Hidden, Input, ReadOptions, Reading, UnknownValues, read, read_everywhere, render};
use lambdactl_schema::Desired;
use serde_json::{Map, Value, json};

fn options(text: &str, stage: Option<&str>) -> ReadOptions {
    ReadOptions {
        inputs: vec![Input::Standard(text.as_bytes().to_vec())],
        stage: stage.map(str::to_owned),
        unknown: UnknownValues::Noted,
        environment: [("TOKEN".to_owned(), "hunter2".to_owned())].into(),
        ..ReadOptions::default()
    }
}

#[test]
fn large_stages_take_no_longer_than_large_manifests() {
    let start = std::time::Instant::now();
    let count = 20_000;
    let functions: String = (0..count).map(|number| format!("  f{number}: {{}}\n")).collect();
    let changes: String = (0..count).map(|number| format!("      g{number}: {{Timeout: 3}}\n")).collect();
    let text = format!("functions:\n{functions}stages:\n  a:\n    functions:\n{changes}");
    let reading = read(&options(&text, Some("a")));
    assert!(reading.diagnostics.len() > count);
    // A map of many keys, in both.
    let tags: String = (0..count).map(|number| format!("    k{number}: v\n")).collect();
    let deep: String = (0..count).map(|number| format!("        k{number}: w\n")).collect();
    let text = format!("artifacts:\n  a:\n{tags}functions: []\nstages:\n  a:\n    artifacts:\n      a:\n{deep}");
    assert!(!read(&options(&text, Some("a"))).is_valid());
    // Long keys, again and again.
    let key = "k".repeat(1 << 20);
    let text = format!(
        "{{\"x\": {{\"{key}\": {{{0}}}}}, \"functions\": [], \"stages\": {{\"a\": {{\"x\": {{\"{key}\": {{{0}}}}}}}}}}}",
        { (0..5_000).map(|number| format!("\"k{number}\": 1")).collect::<Vec<_>>().join(",") }
    );
    assert!(!read(&options(&text, Some("a"))).is_valid());
    let many: String = (0..101).map(|number| format!("  s{number}:\n")).collect();
    let said = told(&read(&options(&manifest(&many), None)));
    assert_eq!(said, ["15 /stages there are 101 stages, and a manifest has 1 to 100"]);
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}

#[test]
fn many_stages_and_locations_have_an_end() {
    let start = std::time::Instant::now();
    let stages: String = (0..100).map(|number| format!("  s{number}: {{}}\n")).collect();
    let locations: String =
        (0..100).map(|number| format!("- {{name: l{number}, region: us-east-{}}}\n", 1 + number % 9)).collect();
    let function = "- {FunctionName: 'f-${location:name}', Role: '${env:R}', Layers: ['arn:aws:lambda:us-west-1:123456789012:layer:l:1'], \
                    Runtime: python3.13, Handler: a.b, Code: {S3Bucket: my-bucket, S3Key: k}}";
    let note = "x".repeat(1 << 20);
    let text = format!("# {note}\nlocations:\n{locations}functions:\n{function}\nstages:\n{stages}");
    let reading = read_everywhere(&options(&text, None));
    assert!(reading.diagnostics.iter().any(|found| found.message.contains("too large to be checked")));
    assert!(reading.diagnostics.iter().all(|found| found.message.len() < 2_000));
    assert!(start.elapsed().as_secs() < 300, "{:?}", start.elapsed());
}

#[test]
fn anything_at_all_in_stages_is_read_without_panic() {
    for text in [
        "stages:",
        "stages: []",
        "stages: {}",
        "stages: {a: 5}",
        "stages: {a: {functions: 5}}\nfunctions: 5",
        "stages: {a: {functions: [5, {}, {FunctionName: 5}]}}\nfunctions: []",
        "stages: {a: {functions: {x: 5, y: }}}\nfunctions: {x: , y: }",
        "stages: {a: {defaults: 5, layers: {x: }}}\ndefaults: {}\nlayers: 5\nfunctions: {}",
        "stages: {a: {variables: 5}}\nvariables: []\nfunctions: {}",
        "stages: {a: {locations: 5, region: }}\nregion: 5\nfunctions: {}",
        "stages: {'a b': {}, \"a\\nb\": {}, '': {}}\nfunctions: {}",
        "locations: [{}, 5, {name: 5}, {name: a, region: b, roleArn: c}]\nfunctions: {}",
    ] {
        for stage in [None, Some("a"), Some("")] {
            for found in [read(&options(text, stage)), read_everywhere(&options(text, stage))] {
                for diagnostic in &found.diagnostics {
                    assert!(!diagnostic.message.contains(char::is_control), "{text}: {}", diagnostic.message);
                }
                lambdactl_manifest::render(&options(text, stage));
            }
        }
    }
}

/// Where the random manifests come from: the same ones every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % sides
    }

    fn text(&mut self) -> String {
        let parts = ["a", "b c", "${var:word}", "${env:TOKEN}", "${stage}", "$${x}", "ß"];
        (0..=self.roll(2)).map(|_| parts[self.roll(parts.len() as u64) as usize]).collect()
    }

    fn map(&mut self, mut value: impl FnMut(&mut Self) -> Value) -> Value {
        let keys = (0..self.roll(4)).map(|_| format!("KEY{}", self.roll(4))).collect::<Vec<_>>();
        keys.into_iter().map(|key| (key, value(self))).collect::<Map<_, _>>().into()
    }

    /// Some members of a function, of which a stage may take some out.
    fn members(&mut self, is_change: bool) -> Map<String, Value> {
        let mut members = Map::new();
        for key in [
            "Timeout",
            "MemorySize",
            "Description",
            "Tags",
            "Environment",
            "Layers",
            "EphemeralStorage",
            "RecursiveLoop",
            "Aliases",
        ] {
            if self.roll(3) == 0 {
                continue;
            }
            let value = match key {
                _ if is_change && self.roll(5) == 0 => Value::Null,
                "Timeout" => json!(1 + self.roll(900)),
                "MemorySize" => json!("${var:memory}"),
                "Description" => json!(self.text()),
                "Tags" => self.map(|dice| if is_change && dice.roll(4) == 0 { Value::Null } else { json!("t") }),
                "Environment" => json!({ "Variables": self.map(|dice| json!(dice.text())) }),
                "Layers" => json!([format!("arn:aws:lambda:us-east-1:123456789012:layer:l:{}", 1 + self.roll(9))]),
                "EphemeralStorage" => json!({ "Size": 512 + self.roll(100) }),
                "RecursiveLoop" => json!("Allow"),
                _ if self.roll(2) == 0 => json!([{ "Name": "live", "FunctionVersion": "1" }]),
                _ => json!({ "live": { "FunctionVersion": "2", "Description": self.text() } }),
            };
            members.insert(key.to_owned(), value);
        }
        members
    }

    fn manifest(&mut self) -> Value {
        let mut functions = Map::new();
        let mut changes = Map::new();
        for number in 0..=self.roll(4) {
            functions.insert(format!("f{number}"), self.members(false).into());
            match self.roll(4) {
                0 => {}
                1 => _ = changes.insert(format!("f{number}"), Value::Null),
                _ => _ = changes.insert(format!("f{number}"), self.members(true).into()),
            }
        }
        let mut defaults = self.members(false);
        for (key, value) in [
            ("Runtime", json!("python3.13")),
            ("Handler", json!("app.handler")),
            ("Role", json!("arn:aws:iam::123456789012:role/${stage}")),
            ("Code", json!({ "S3Bucket": "my-bucket", "S3Key": "${var:word}.zip" })),
        ] {
            defaults.insert(key.to_owned(), value);
        }
        let is_list = self.roll(2) == 0;
        let listed = |functions: Map<String, Value>| -> Value {
            let named = |(name, mut function): (String, Value)| {
                function["FunctionName"] = json!(name);
                function
            };
            if is_list { functions.into_iter().map(named).collect() } else { functions.into() }
        };
        json!({
            "variables": { "word": "w-${stage}", "memory": 128 },
            "name": "shop",
            "defaults": defaults,
            "functions": listed(functions),
            "stages": { "dev": null, "prod": {
                "name": if self.roll(2) == 0 { Value::Null } else { json!("${stage}-${var:word}") },
                "variables": { "memory": 512 },
                "defaults": self.members(true),
                "functions": changes,
            } }
        })
    }
}

/// What a manifest of a stage is by the rules, in plain values.
fn merged(mut manifest: Value, stage: &str) -> Value {
    /// Merges what is written over something else. `keeps` says whether `null` stays at a place.
    fn merge(base: &mut Value, over: Value, path: &[&str], keeps: &dyn Fn(&[&str]) -> bool) {
        match (base, over) {
            (Value::Object(base), Value::Object(over)) => {
                for (key, value) in over {
                    let path: Vec<&str> = path.iter().copied().chain([key.as_str()]).collect();
                    match base.get_mut(&key) {
                        Some(_) if value.is_null() && !keeps(&path) => _ = base.shift_remove(&key),
                        Some(own) => merge(own, value, &path, keeps),
                        None => _ = base.insert(key, value),
                    }
                }
            }
            (base, over) => *base = over,
        }
    }
    fn in_maps(members: &mut Value) {
        if let Some(aliases) = members.get_mut("Aliases").filter(|aliases| aliases.is_array()) {
            *aliases = json!({ "live": { "FunctionVersion": aliases[0]["FunctionVersion"] } });
        }
    }
    let beside = |path: &[&str]| matches!(path, ["RecursiveLoop" | "Aliases"]);
    let stages = manifest.as_object_mut().unwrap().remove("stages").unwrap();
    let Value::Object(mut layer) = stages[stage].clone() else { return manifest };
    let changes = layer.remove("functions").unwrap();
    in_maps(&mut manifest["defaults"]);
    let mut defaults = layer.remove("defaults").unwrap();
    in_maps(&mut defaults);
    merge(&mut manifest["defaults"], defaults, &[], &beside);
    merge(&mut manifest, layer.into(), &[], &|_| false);
    let defaults = manifest["defaults"].clone();
    let has_default = |path: &[&str]| path.iter().try_fold(&defaults, |at, key| at.get(key)).is_some();
    let Value::Object(changes) = changes else { unreachable!() };
    for (name, mut change) in changes {
        let functions = &mut manifest["functions"];
        if change.is_null() {
            match functions {
                Value::Array(items) => items.retain(|item| item["FunctionName"] != json!(name)),
                _ => _ = functions.as_object_mut().unwrap().shift_remove(&name),
            }
            continue;
        }
        let function = match functions {
            Value::Array(items) => items.iter_mut().find(|item| item["FunctionName"] == json!(name)).unwrap(),
            _ => &mut functions[&name],
        };
        in_maps(function);
        in_maps(&mut change);
        merge(function, change, &[], &|path| beside(path) || has_default(path));
    }
    manifest
}

/// Everything that a manifest asks for.
fn asked(reading: &Reading) -> Vec<String> {
    let Desired { name, region, account, functions, .. } = &reading.desired;
    let function = |spec: &lambdactl_schema::FunctionSpec| {
        let members: BTreeMap<String, Value> = spec.request.members().into_iter().collect();
        let beside: BTreeMap<&String, &Value> = spec.beside.0.iter().collect();
        format!("{} {}", json!(members), json!(beside))
    };
    [format!("{name:?} {region:?} {account:?}")].into_iter().chain(functions.iter().map(function)).collect()
}

#[test]
fn rendered_stage_asks_for_what_the_stage_asks_for() {
    let (mut valid, mut hidden) = (0, 0);
    for seed in 1..=400 {
        let manifest = Dice(u64::wrapping_mul(seed, 0x9e37_79b9_7f4a_7c15)).manifest();
        for stage in ["dev", "prod"] {
            let with = options(&manifest.to_string(), Some(stage));
            let reading = read(&with);
            // By the rules, written out in another way.
            let model = merged(manifest.clone(), stage);
            let by_model = read(&options(&model.to_string(), Some(stage)));
            assert_eq!(reading.is_valid(), by_model.is_valid(), "{seed}: {:?} {:?}", told(&reading), told(&by_model));
            if !reading.is_valid() {
                // What takes out nothing is said.
                continue;
            }
            valid += 1;
            assert_eq!(asked(&reading), asked(&by_model), "{seed} {stage}: {manifest:#}");
            let rendered = render(&with);
            let mut again = options(&rendered.manifest.to_string(), Some(stage));
            for Hidden { owner, member, reference, is_default } in rendered.hidden {
                assert!(!is_default);
                let name = reference.strip_prefix("${env:").unwrap().strip_suffix('}').unwrap().to_owned();
                let value = match (owner, member.strip_prefix("Environment.Variables."), member.as_str()) {
                    (Some(owner), Some(variable), _) => {
                        let specs = &reading.desired.functions;
                        let spec = specs.iter().find(|spec| spec.request.function_name == owner).unwrap();
                        spec.request.members()["Environment"]["Variables"][variable].as_str().unwrap().to_owned()
                    }
                    (None, _, "variables.word") => format!("w-{stage}"),
                    other => panic!("{other:?}"),
                };
                again.environment.insert(name, value);
                hidden += 1;
            }
            let again = read(&again);
            assert!(again.is_valid(), "{seed}: {:?} {:#}", told(&again), rendered.manifest);
            assert_eq!(asked(&reading), asked(&again), "{seed} {stage}: {:#}", rendered.manifest);
            assert!(!rendered.manifest.to_string().contains("stages"));
        }
    }
    assert!(valid > 500 && hidden > 100, "{valid} {hidden}");
}
