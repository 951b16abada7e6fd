//! Input that is not a manifest: one clear error each, at a place, soon, and never a panic.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;

use lambdactl_manifest::{Input, ReadOptions, Reading, read};

fn read_file(name: &str, bytes: &[u8]) -> Reading {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    let inputs = vec![Input::Path(path)];
    read(&ReadOptions { inputs, ..ReadOptions::default() })
}

/// The one error of a file: its code, `line:column` and message.
fn only(name: &str, bytes: &[u8]) -> (&'static str, String, String) {
    let reading = read_file(name, bytes);
    assert_eq!(reading.diagnostics.len(), 1, "{:#?}", reading.diagnostics);
    let diagnostic = &reading.diagnostics[0];
    let at = diagnostic.place.map_or_else(String::new, |place| {
        let position = reading.sources[place.source.0].position(place.span.start);
        format!("{}:{}", position.line, position.column)
    });
    (diagnostic.rule.code, at, diagnostic.message.clone())
}

#[test]
fn missing_empty_binary_and_oversized_files_say_so() {
    let missing = Input::Path("nowhere/lambda.yaml".into());
    let reading = read(&ReadOptions { inputs: vec![missing], ..ReadOptions::default() });
    assert_eq!(reading.diagnostics[0].message, "no such file");
    assert_eq!(reading.diagnostics[0].file, "nowhere/lambda.yaml");

    assert_eq!(only("a.yaml", b"").2, "the file is empty");
    assert_eq!(only("a.yaml", b"\xef\xbb\xbf \n\n").2, "the file is empty");
    assert_eq!(only("a.yaml", b"# only a comment\n").2, "the file has nothing but comments");
    assert_eq!(only("a.yaml", b"functions:\n- \xff\xfe\n").2, "line 2 is not UTF-8");
    assert_eq!(only("a.txt", b"functions: []").0, "L001");
    let large = vec![b'#'; 50 << 20];
    assert_eq!(only("a.yaml", &large).2, "50 MB, and a manifest may have 32 MB");
}

#[test]
fn malformed_text_is_pointed_at() {
    assert_eq!(only("a.yaml", b"functions:\n  - [\n").0, "L002");
    let (code, at, _) = only("a.yaml", b"functions:\n\t- FunctionName: a\n");
    assert_eq!((code, at.split(':').next()), ("L002", Some("2")));
    let (code, at, message) = only("a.yaml", b"functions:\n  a:\n    Role: x\n    Role: y\n");
    assert_eq!((code, at.as_str()), ("L003", "4:5"), "{message}");
    assert_eq!(only("a.toml", b"[defaults]\nRole = \"x\"\nRole = \"y\"\n").0, "L003");
    let (code, at, message) = only("a.json", b"{\"functions\": [],\n \"functions\": []}");
    assert_eq!((code, at.as_str(), message.as_str()), ("L003", "2:2", "duplicate key `functions`"));
    assert_eq!(only("a.json", b"{\"functions\": [],}").0, "L002");
    assert_eq!(only("a.json", b"{\"functions\": [] // no\n}").0, "L002");
    let (code, at, _) = only("a.toml", b"name = \"x\"\nversion = 2026-01-01\n");
    assert_eq!((code, at.as_str()), ("L002", "2:11"));
}

#[test]
fn other_documents_are_told_what_a_manifest_is() {
    assert_eq!(only("a.yaml", b"just a text").0, "L007");
    assert_eq!(only("a.yaml", b"- a\n- b\n").0, "L007");
    let reading = read_file("a.yaml", b"version: 1\nfunction: []\n");
    let messages: Vec<_> = reading.diagnostics.iter().map(|diagnostic| diagnostic.message.as_str()).collect();
    assert_eq!(messages, ["`functions` is missing in the manifest", "unknown key `function` in the manifest"]);
}

#[test]
fn bombs_and_towers_end_in_an_error() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let before = level - 1;
        let aliases = vec![format!("*a{before}"); 9].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
    }
    assert_eq!(only("a.yaml", bomb.as_bytes()).0, "L002");
    for (name, open, close) in [("a.yaml", "[", ""), ("a.json", "[", ""), ("a.json", "[", "]"), ("a.yaml", "{a: ", "}")]
    {
        let tower = open.repeat(10_000) + &close.repeat(10_000);
        assert_eq!(only(name, tower.as_bytes()).0, "L002", "{name} {open}");
    }
    let toml = format!("a = {}", "[".repeat(10_000));
    assert_eq!(only("a.toml", toml.as_bytes()).0, "L002");
    let blocks: String = (0..3_000).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
    assert_eq!(only("a.yaml", blocks.as_bytes()).0, "L002");
    assert_eq!(only("a.yaml", "- ".repeat(10_000).as_bytes()).0, "L002");
    assert_eq!(only("a.yaml", b"functions: &a [*a]\n").0, "L002");
}

#[test]
fn what_there_is_too_much_of_is_named() {
    let documents = "---\na: 1\n".repeat(100_001);
    assert_eq!(only("a.yaml", documents.as_bytes()).2, "more than 100000 documents in one file");
    let anchors: String = (0..200_001).map(|number| format!("- &a{number} x\n")).collect();
    assert_eq!(only("a.yaml", anchors.as_bytes()).2, "anchors (`&name`) on more than 200000 values");
}

#[test]
fn keys_that_can_be_none_are_refused() {
    let texts = |key: &str| {
        [
            format!("{{\"functions\": [{{\"FunctionName\": \"f\", \"{key}\": 1}}]}}"),
            format!("{{\"functions\": [{{\"FunctionName\": \"f\", \"Unknown\": {{\"Deep\": [{{\"{key}\": 1}}]}}}}]}}"),
            format!("{{\"defaults\": {{\"Unknown\": {{\"{key}\": 1}}}}, \"functions\": []}}"),
            format!("{{\"functions\": [{{\"Environment\": {{\"Variables\": {{\"{key}\": \"x\"}}}}}}]}}"),
            format!("{{\"functions\": [{{\"Tags\": {{\"{key}\": \"x\"}}}}]}}"),
            format!("{{\"functions\": {{\"{key}\": {{}}}}}}"),
            format!("{{\"{key}\": 1, \"functions\": []}}"),
        ]
    };
    for key in ["A\\nb", "A\\u001bb", "A\\u0000b", "A\\u0085b", "A\\u2028b", "\\r"] {
        for text in texts(key) {
            for allow_unknown in [false, true] {
                let policy = lambdactl_schema::Policy { allow_unknown, ..Default::default() };
                let reading = read(&ReadOptions {
                    inputs: vec![Input::Standard(text.clone().into_bytes())],
                    policy,
                    ..ReadOptions::default()
                });
                assert!(!reading.is_valid(), "{text}");
                for found in &reading.diagnostics {
                    assert!(!found.message.contains(char::is_control), "{text}: {:?}", found.message);
                }
                let is_control = |found: &lambdactl_manifest::Diagnostic| found.message.contains("control character");
                let is_unknown = text.contains("Unknown");
                assert!(!(allow_unknown && is_unknown) || reading.diagnostics.iter().any(is_control), "{text}");
            }
        }
    }
    let bare = only("a.yaml", b"functions: []\ndefaults: {Tags: {a: b, c d}}\n");
    assert_eq!((bare.1.as_str(), bare.2.as_str()), ("2:25", "a key without a `:` behind it"));
    let with_signs = read_file("a.yaml", b"functions: {a: , \"b\": }\ndefaults: {Role: r}\n");
    assert!(with_signs.diagnostics.iter().all(|found| found.rule.code != "L002"));
}

#[test]
fn names_and_paths_with_control_characters_are_errors() {
    for member in [
        "FunctionName: \"a\\nb\"",
        "Code: \"a\\0b\"",
        "Code: \"a\\nb\"",
        "Code: {ZipFile: \"fileb://a\\nb\"}",
        "Description: \"${file:a\\nb}\"",
        "Description: \"${env:a\\nb}\"",
        "Description: \"${var:a\\0b}\"",
        "Handler: \"a\\u001bb\"",
        "Layers: [\"a\\nb\"]",
        "ignore: [\"/a\\nb\"]",
    ] {
        let reading = read_file("a.yaml", format!("functions:\n- {member}\n").as_bytes());
        assert!(!reading.is_valid());
        for found in &reading.diagnostics {
            assert!(!found.message.contains(char::is_control), "{member}: {:?}", found.message);
        }
    }
}

#[test]
fn anything_at_all_is_read_without_panic() {
    let seeds: &[&str] = &[
        "functions: [1, null, [], {}, x]",
        "functions: 5",
        "functions: {a: 5, b: , c: {FunctionName: d}}",
        "defaults: 5\nfunctions: []",
        "defaults: {FunctionName: x, Code: y, Timeout: ${env:N}}\nfunctions: [{}]",
        "functions: [{FunctionName: 5, Code: {ZipFile: 5}, Tags: 5, Environment: 5}]",
        "functions: [{FunctionName: a, Code: '', Layers: [5], ignore: 5, protect: x}]",
        "FunctionName: ${\nCode: ${env:}\nRole: ${file:}",
        "? [complex, key]\n: value\nfunctions: []",
        "functions: !!binary aGk=",
        "version: 1.5\nname: 5\naccount: 123456789012\nregion: nowhere\nfunctions:\n",
        "1: 2\ntrue: false\nnull: null",
    ];
    for seed in seeds {
        for end in (0..=seed.len()).rev().step_by(7) {
            for name in ["a.yaml", "a.json", "a.toml"] {
                let reading = read_file(name, &seed.as_bytes()[..end]);
                assert!(!reading.diagnostics.is_empty() || reading.is_valid());
                for diagnostic in &reading.diagnostics {
                    if let Some(place) = diagnostic.place {
                        reading.sources[place.source.0].position(place.span.end);
                    }
                }
            }
        }
    }
}
