//! Manifests that are whole, or wrong: what is said about them has no value of theirs.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::findings::{Finding, all, judge, number_of};
use crate::marks::{Marker, Search, markers};
use crate::runs::{Left, run};
use crate::scenarios::LEVELS;

/// The languages of manifests.
pub(crate) const LANGUAGES: [&str; 3] = ["json", "yaml", "toml"];

/// Where values come from: literals of functions and of `defaults`, references, defaults of references.
const PLACES: [&str; 6] = ["mf", "df", "en", "va", "fi", "de"];

/// Values that references bring into open members: messages and pages name the reference.
const OPEN: [&str; 3] = ["oe", "ov", "of"];

pub(crate) fn secrets() -> Vec<Marker> {
    let open = OPEN.into_iter().flat_map(markers);
    let places = PLACES
        .into_iter()
        .flat_map(markers)
        .filter(|marker| !marker.variable.starts_with("DE_") || can_be_default(&marker.value));
    places.chain(open).collect()
}

/// A reference's default ends at the first brace.
fn can_be_default(value: &str) -> bool {
    !value.contains('}')
}

fn written(marker: &Marker) -> Value {
    let Marker { variable, value } = marker;
    json!(match variable.split('_').next().unwrap() {
        "EN" | "OE" => format!("${{env:{variable}}}"),
        "VA" | "OV" => format!("${{var:{variable}}}"),
        "FI" | "OF" => format!("${{file:{variable}.txt}}"),
        "DE" => format!("${{env:NOT_SET:-{value}}}"),
        _ => value.clone(),
    })
}

fn variables(of: impl Fn(&Marker) -> bool) -> Value {
    Value::Object(
        secrets().iter().filter(|marker| of(marker)).map(|marker| (marker.variable.clone(), written(marker))).collect(),
    )
}

/// A manifest with values wherever they may stand.
pub(crate) fn manifest() -> Value {
    let in_defaults = |marker: &Marker| marker.variable.starts_with("DF_");
    json!({
        "version": 1, "name": "shop", "region": "us-east-1",
        "defaults": {
            "Runtime": "python3.13", "Role": "arn:aws:iam::123456789012:role/lambda-role", "Tags": { "team": "payments" },
            "Environment": { "Variables": variables(in_defaults) },
        },
        "functions": [
            { "FunctionName": "f", "Handler": "a.b", "Timeout": 10, "Code": { "S3Bucket": "my-bucket", "S3Key": "app.zip" },
              "Environment": { "Variables": variables(|marker| !in_defaults(marker)) }, "Description": "Resizes images" },
            { "FunctionName": "g", "Handler": "c.d", "Code": { "S3Bucket": "my-bucket", "S3Key": "app.zip" } },
        ],
    })
}

pub(crate) fn text(manifest: &Value, language: &str) -> String {
    match language {
        "json" => serde_json::to_string_pretty(manifest).unwrap(),
        "yaml" => serde_yaml::to_string(manifest).unwrap(),
        _ => toml::to_string(manifest).unwrap(),
    }
}

/// A folder with what references refer to, and documents under their names.
pub(crate) fn folder<'a>(documents: impl IntoIterator<Item = (String, &'a str)>) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let all = folder.path().join("all");
    fs::create_dir(&all).unwrap();
    // Files of references are looked for beside the manifest.
    for (marker, beside) in
        [markers("fi"), markers("of")].concat().iter().flat_map(|marker| [(marker, folder.path()), (marker, &all)])
    {
        fs::write(beside.join(format!("{}.txt", marker.variable)), &marker.value).unwrap();
    }
    for (name, text) in documents {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// Runs a command on a folder, with the values of `${var:}` where they are taken.
pub(crate) fn command(folder: &Path, line: &str, turn: usize) -> Left {
    let level = LEVELS[turn % LEVELS.len()];
    let mut arguments: Vec<&str> = line.split(' ').chain(level.0.iter().copied()).collect();
    let variables: Vec<String> = [markers("va"), markers("ov")]
        .concat()
        .iter()
        .map(|marker| format!("--var={}={}", marker.variable, marker.value))
        .collect();
    if ["validate", "plan", "apply", "adopt", "iam-policy", "render", "status"].contains(&arguments[0]) {
        arguments.extend(variables.iter().map(String::as_str));
    }
    let environment = [("RUST_LOG", level.1), ("GITHUB_ACTIONS", "true"), ("AWS_REGION", "us-east-1")];
    run(folder, &arguments, &environment[usize::from(level.1.is_empty())..], None)
}

/// What was found of values in a run; manifests that it writes are the user's own text.
pub(crate) fn leaks(search: &Search, left: &Left, kind: &str) -> Vec<Finding> {
    let is_formatted =
        |stream: &str| left.line.starts_with("fmt -") && stream == "stdout" && !left.line.contains("--check");
    let is_manifest =
        |stream: &str| left.line.starts_with("fmt") && LANGUAGES.iter().any(|language| stream.ends_with(language));
    // What a reference brings into an open member a plan shows to a person and in JSON, and a manifest that is written out has it; a
    // page has the reference.
    let is_plan = ["plan", "apply", "render"].iter().any(|command| left.line.starts_with(command));
    let is_shown = |stream: &str, variable: &str| {
        is_plan
            && variable.starts_with('O')
            && stream == "stdout"
            && (!left.line.contains("--format markdown") || variable.starts_with("OV"))
            || is_plan && variable.starts_with("OV") && stream.ends_with(".md")
    };
    let mut found = Vec::new();
    for (stream, bytes) in left.streams().filter(|(stream, _)| !is_formatted(stream) && !is_manifest(stream)) {
        let leaks = search.find(bytes).into_iter().filter(|leak| !is_shown(stream, &leak.variable));
        found.extend(leaks.map(|leak| Finding {
            kind: format!("value · {} · {stream} · {kind}", left.line.split(" -v").next().unwrap_or_default()),
            example: format!("{} ({}) by `{}`: {}", leak.variable, leak.spelling, left.line, leak.excerpt),
        }));
    }
    found.extend(left.misfortune().map(|example| Finding { kind: format!("end · {kind}"), example }));
    found
}

/// Commands for a manifest that is whole.
const COMMANDS: [&str; 20] = [
    "validate",
    "validate --format json",
    "validate --format sarif",
    "validate --format github",
    "validate --format junit",
    "validate --strict",
    "plan --local",
    "plan --local --format json --update --prune",
    "plan --local --format markdown",
    "plan --local --format json --markdown comment.md",
    "plan --local --out saved.plan",
    "iam-policy",
    "iam-policy --for plan",
    "fmt --check",
    "convert lambda.LANGUAGE",
    "render",
    "render --format json",
    "apply --local --yes",
    "apply --local --yes --format json --update",
    "adopt --local --yes",
];

#[test]
fn no_value_gets_out_of_a_manifest_that_is_whole() {
    let search = Search::new(&secrets());
    let help = String::from_utf8(run(Path::new("."), &["--help"], &[], None).stdout).unwrap();
    let mut cells = Vec::new();
    for (index, language) in LANGUAGES.iter().enumerate() {
        for round in 0..if all() { LEVELS.len() } else { 1 } {
            cells.push((format!("{language} {round}"), (*language, index * 3 + round)));
        }
    }
    judge("values of whole manifests", &cells, |(language, turn)| {
        let name = format!("lambda.{language}");
        let mut manifest = manifest();
        manifest["functions"][0]["Description"] = json!("${env:OE_ADDRESS} of ${file:OF_QUOTED.txt}");
        manifest["functions"][0]["Tags"] = json!({ "a": "${env:OE_PLAIN}", "b": "${var:OV_PLAIN}" });
        let text = text(&manifest, language);
        let folder = folder([(name, text.as_str())]);
        let mut found = Vec::new();
        for (index, line) in COMMANDS.iter().enumerate() {
            let name = line.split(' ').next().unwrap();
            // A command that this version has.
            if !help.lines().any(|help| help.trim_start().starts_with(&format!("{name} "))) {
                continue;
            }
            let left = command(folder.path(), &line.replace("LANGUAGE", language), turn + index);
            let fails = ["convert", "fmt", "render"].contains(&name) || line.contains("--strict");
            assert!(
                fails || left.code == Some(0),
                "{line}: {}{}",
                String::from_utf8_lossy(&left.stdout),
                String::from_utf8_lossy(&left.stderr)
            );
            found.extend(leaks(&search, &left, language));
        }
        found
    });
}

/// Documents that can be parsed and are wrong: every key renamed, every value another's.
fn wrong() -> Vec<(String, Value)> {
    let whole = manifest();
    let mut wrong = Vec::new();
    let mut pointers = vec![String::new()];
    let mut index = 0;
    while let Some(pointer) = pointers.get(index).cloned() {
        index += 1;
        match whole.pointer(&pointer).unwrap() {
            Value::Object(members) => pointers.extend(members.keys().map(|key| format!("{pointer}/{key}"))),
            Value::Array(items) => pointers.extend((0..items.len()).map(|item| format!("{pointer}/{item}"))),
            _ => {}
        }
    }
    for pointer in &pointers[1..] {
        // One variable stands for the others.
        let is_variable = pointer.contains("/Variables/");
        if is_variable && !pointer.ends_with("F_QUOTED") && !all() {
            continue;
        }
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        let mut put = |what: &str, value: Value| {
            let mut changed = whole.clone();
            *changed.pointer_mut(pointer).unwrap() = value;
            wrong.push((format!("{what} at {pointer}"), changed));
        };
        let old = whole.pointer(pointer).unwrap().clone();
        put("a list", json!([old]));
        put("a map", json!({ "Value": old }));
        if !is_variable {
            // A name that is valid is shown, wherever it comes from.
            let is_name = key == "FunctionName";
            for reference in [
                "${env:OE_PLAIN}",
                "${env:OE_QUOTED}",
                "${var:OV_QUOTED}",
                "${file:OF_LINES.txt}",
                "x${env:OE_ADDRESS}y",
            ] {
                if !is_name || !reference.contains("PLAIN") {
                    put("a reference", json!(reference));
                }
            }
        } else {
            let long = "Ü".repeat(5000) + old.as_str().unwrap();
            put("too much", json!(long));
        }
        if key.parse::<usize>().is_ok() {
            continue;
        }
        let rename = |name: &str| {
            let mut changed = whole.clone();
            let members = changed.pointer_mut(parent).unwrap().as_object_mut().unwrap();
            let value = members.remove(key).unwrap();
            members.insert(name.to_owned(), value);
            (format!("{name} for {pointer}"), changed)
        };
        let swapped = key.chars().rev().collect::<String>();
        wrong.push(rename(&swapped));
        if ["Environment", "Variables"].contains(&key) {
            for name in [
                "Enviroment",
                "environment",
                "env",
                "envVars",
                "Vars",
                "Secrets",
                "Settings",
                "DB_PASSWORD",
                "VpcConfig",
                "Layers",
                "Description",
                "Config",
            ] {
                wrong.push(rename(name));
            }
        }
    }
    wrong
}

/// Texts under `Environment` that look like references and are none, or not whole.
fn misread() -> Vec<(String, Value)> {
    let plain = &markers("mf")[0].value;
    let quoted = &markers("mf")[1].value;
    let forms = [
        format!("${{{plain}}}"),
        format!("${{{plain}"),
        format!("${{{quoted}}}"),
        format!("${{env:{plain} {quoted}}}"),
        format!("${{env:NOT_SET:-{plain}"),
        format!("${{foo:{plain}}}"),
        format!("${{file:{quoted}}}"),
        format!("${{var:{quoted}}}"),
        format!("pw${{{plain}"),
        format!("${{env:}}{plain}"),
        format!("${{:{plain}}}"),
        format!("${{secret:{plain}:x}}"),
        format!("$${{env:x}}${{{plain} ${{}}"),
        format!("${{env:{plain}?:-{quoted}}}"),
        format!("${{${{env:{quoted}}}}}"),
    ];
    let make = |form: &String| {
        let mut changed = manifest();
        changed["functions"][0]["Environment"]["Variables"]["MF_PLAIN"] = json!(form);
        (format!("misread {form}"), changed)
    };
    forms.iter().map(make).collect()
}

/// What is done with a folder of them; the first of these always, and each other with a third of the folders.
const LINES: [&str; 14] = [
    "validate -f all",
    "validate -f all --format json",
    "validate -f all --format sarif",
    "validate -f all --format github",
    "validate -f all --format junit",
    "validate -f all --allow-unknown",
    "validate -f all --allow-unknown --format json",
    "validate -f all --allow-unknown --format sarif",
    "validate -f all --allow-unknown --format github",
    "validate -f all --allow-unknown --format junit",
    "plan --local -f all",
    "apply --local --yes -f all --format json",
    "iam-policy -f all",
    "fmt --check -f all",
];

#[test]
fn no_value_gets_out_of_a_manifest_that_is_wrong() {
    let search = Search::new(&secrets());
    let documents: Vec<_> = wrong().into_iter().chain(misread()).collect();
    let mut cells = Vec::new();
    for (index, (name, document)) in documents.iter().enumerate() {
        for (turn, language) in LANGUAGES.iter().enumerate() {
            if all() || (index + turn) % 6 == 0 {
                cells.push((format!("{language}: {name}"), (*language, document.clone(), index)));
            }
        }
    }
    // Many documents in a folder are one run: no name stands in two of them.
    let count = if all() { 8 } else { 24 };
    let groups: Vec<_> = cells
        .chunks(count)
        .enumerate()
        .map(|(index, cells)| (format!("{index}: {}", cells[0].0), cells.to_vec()))
        .collect();
    println!("{} documents in {} folders", cells.len(), groups.len());
    judge("values of wrong manifests", &groups, |cells| {
        let texts: Vec<(String, String)> = cells
            .iter()
            .enumerate()
            .map(|(index, (_, (language, document, _)))| {
                let mut document = document.clone();
                for function in document["functions"].as_array_mut().into_iter().flatten() {
                    if let Some(name) =
                        function.get_mut("FunctionName").filter(|name| ["f", "g"].iter().any(|own| *name == own))
                    {
                        *name = json!(format!("{}{index}", name.as_str().unwrap()));
                    }
                }
                (format!("all/{index}.{language}"), text(&document, language))
            })
            .collect();
        let folder = folder(texts.iter().map(|(name, text)| (name.clone(), text.as_str())));
        let mut found = Vec::new();
        for (index, line) in LINES.iter().enumerate() {
            if index == 0 || all() || (index + cells[0].1.2) % 3 == 0 {
                found.extend(leaks(&search, &command(folder.path(), line, index + cells[0].1.2), "wrong"));
            }
        }
        // A plan shows what is valid: one document alone.
        let (name, _) = &texts[number_of(&texts[0].0) % texts.len()];
        for flags in ["--format markdown --allow-unknown", "--format json --allow-unknown --out saved.plan"] {
            let left = command(folder.path(), &format!("plan --local -f {name} {flags}"), cells[0].1.2);
            found.extend(leaks(&search, &left, "wrong, planned"));
        }
        found
    });
}
