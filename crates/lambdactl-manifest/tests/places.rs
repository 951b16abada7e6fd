//! Where members stand, for what is found after reading.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;

use lambdactl_manifest::{Declaration, Found, Input, ReadOptions, located, read};
use lambdactl_schema::preflight;

#[test]
fn members_are_found_where_they_were_written() {
    let folder = tempfile::tempdir().unwrap();
    let code = "Code: {S3Bucket: my-bucket, S3Key: k}";
    let role = "arn:aws:iam::123456789012:role/r";
    let yaml = format!(
        "defaults:\n  Runtime: python3.13\n  Handler: a.b\n  Role: {role}\nfunctions:\n  one:\n    {code}\n  two:\n    {code}\n    \
         Role: {role}\nlayers:\n  - LayerName: l\n    Content: {{S3Bucket: my-bucket, S3Key: k}}\n"
    );
    let toml = format!(
        "[[functions]]\nFunctionName = \"three\"\nRuntime = \"python3.13\"\nHandler = \"a.b\"\nRole = \"{role}\"\n\
         Code = {{S3Bucket = \"my-bucket\", S3Key = \"k\"}}\n"
    );
    fs::write(folder.path().join("a.yaml"), yaml).unwrap();
    fs::write(folder.path().join("b.toml"), toml).unwrap();
    let inputs = ["a.yaml", "b.toml"].map(|name| Input::Path(folder.path().join(name)));
    let reading = read(&ReadOptions { inputs: inputs.into(), ..ReadOptions::default() });
    assert!(reading.is_valid(), "{:?}", reading.diagnostics);
    let at = |declaration, pointer: &str| {
        let rule = &preflight::ROLE_MISSING;
        let found = Found { rule, declaration, pointer: pointer.to_owned(), message: "gone".to_owned() };
        let diagnostics = located(&reading, vec![found]);
        let [diagnostic] = diagnostics.as_slice() else { panic!("{diagnostics:?}") };
        let place = diagnostic.place.unwrap();
        let position = reading.sources[place.source.0].position(place.span.start);
        let file = diagnostic.file.rsplit('/').next().unwrap().to_owned();
        (file, position.line, diagnostic.path.clone(), diagnostic.function.clone())
    };
    let expected = |file: &str, line, path: &str, function: Option<&str>| {
        (file.to_owned(), line, path.to_owned(), function.map(str::to_owned))
    };
    let function = Declaration::Function;
    assert_eq!(at(function(0), "/Role"), expected("a.yaml", 4, "/defaults/Role", Some("one")));
    assert_eq!(at(function(1), "/Role"), expected("a.yaml", 10, "/functions/two/Role", Some("two")));
    assert_eq!(at(function(2), "/Role"), expected("b.toml", 5, "/functions/0/Role", Some("three")));
    assert_eq!(at(Declaration::Layer(0), "/Content/S3Key"), expected("a.yaml", 13, "/layers/0/Content/S3Key", None));
    // What is not written is pointed at by what it would stand in.
    assert_eq!(at(function(1), "/Code/S3ObjectVersion"), expected("a.yaml", 9, "/functions/two/Code", Some("two")));
}

#[test]
fn one_value_that_many_functions_take_is_said_once() {
    let folder = tempfile::tempdir().unwrap();
    let functions: String = (0..3).map(|index| format!("  - {{FunctionName: f{index}}}\n")).collect();
    let text = format!(
        "defaults: {{Runtime: python3.13, Handler: a.b, Role: 'arn:aws:iam::123456789012:role/r', Code: {{S3Bucket: my-bucket, S3Key: \
         k}}}}\nfunctions:\n{functions}"
    );
    let path = folder.path().join("a.yaml");
    fs::write(&path, text).unwrap();
    let reading = read(&ReadOptions { inputs: vec![Input::Path(path)], ..ReadOptions::default() });
    let found = (0..3).map(|index| Found {
        rule: &preflight::ROLE_MISSING,
        declaration: Declaration::Function(index),
        pointer: "/Role".to_owned(),
        message: "gone".to_owned(),
    });
    let diagnostics = located(&reading, found.collect());
    assert_eq!(diagnostics.len(), 1, "{diagnostics:?}");
    assert_eq!(diagnostics[0].also, ["f1", "f2"]);
}
