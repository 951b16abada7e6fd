//! What a manifest says of what stands beside functions, in each of its forms.
#![allow(clippy::unwrap_used, missing_docs)]

use lambdactl_manifest::{Input, ReadOptions, Reading, read};
use serde_json::{Value, json};

fn reading(text: &str) -> Reading {
    read(&ReadOptions { inputs: vec![Input::Standard(text.as_bytes().to_vec())], ..ReadOptions::default() })
}

fn beside(text: &str) -> Value {
    let reading = reading(text);
    let problems: Vec<&String> = reading.diagnostics.iter().map(|found| &found.message).collect();
    assert!(reading.is_valid(), "{problems:?}\n{text}");
    Value::Object(reading.desired.functions[0].beside.0.clone())
}

const FUNCTION: &str = "FunctionName: f, Runtime: python3.13, Handler: a.b, Publish: false, \
                        Role: 'arn:aws:iam::123456789012:role/r', Code: {S3Bucket: my-bucket, S3Key: k}";

#[test]
fn lists_maps_and_numbers_say_the_same() {
    let expected = json!({ "Permissions": { "s": { "Principal": "210987654321" } },
        "Aliases": { "live": { "FunctionVersion": "7" } } });
    for more in [
        "Aliases: {live: {FunctionVersion: '7'}}, Permissions: {s: {Principal: '210987654321'}}",
        "Aliases: {live: {FunctionVersion: 7}}, Permissions: {s: {Principal: '210987654321'}}",
        "Aliases: [{Name: live, FunctionVersion: 7}], Permissions: [{Principal: '210987654321', StatementId: s}]",
    ] {
        let found = beside(&format!("functions: [{{{FUNCTION}, {more}}}]"));
        assert_eq!(found["Aliases"], expected["Aliases"], "{more}");
        assert_eq!(found["Permissions"], expected["Permissions"], "{more}");
    }
}

#[test]
fn null_says_absent_here_and_takes_defaults_away_elsewhere() {
    let defaults = "defaults: {RecursiveLoop: Terminate, EventInvokeConfig: {MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60}, \
                    Permissions: {s: {Principal: '210987654321'}}}";
    let with = |more: &str| beside(&format!("{defaults}\nfunctions: [{{{FUNCTION}{more}}}]"));
    assert_eq!(with("")["RecursiveLoop"], "Terminate");
    let taken =
        with(", RecursiveLoop: null, EventInvokeConfig: {MaximumRetryAttempts: null}, Permissions: {s: null, t: null}");
    assert_eq!(
        taken,
        json!({ "RecursiveLoop": null, "EventInvokeConfig": { "MaximumEventAgeInSeconds": 60 },
            "Permissions": { "s": null, "t": null } })
    );
    assert_eq!(with(", Permissions: null")["Permissions"], Value::Null);
    // Defaults may say that something must not be there, too.
    let found =
        beside(&format!("defaults: {{FunctionUrlConfig: null, RecursiveLoop: null}}\nfunctions: [{{{FUNCTION}}}]"));
    assert_eq!(found, json!({ "RecursiveLoop": null, "FunctionUrlConfig": null }));
}

#[test]
fn values_come_by_references_and_mistakes_have_their_place() {
    let text = format!(
        "functions: [{{{FUNCTION}, Aliases: {{live: {{FunctionVersion: '${{var:VERSION}}', \
         ProvisionedConcurrentExecutions: '${{var:COUNT}}'}}}}}}]"
    );
    let variables = [("VERSION", "7"), ("COUNT", "3")].map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let options = ReadOptions { inputs: vec![Input::Standard(text.into_bytes())], variables, ..ReadOptions::default() };
    let found = &read(&options).desired.functions[0].beside.0["Aliases"]["live"];
    assert_eq!(*found, json!({ "FunctionVersion": "7", "ProvisionedConcurrentExecutions": 3 }));

    for (more, path, code) in [
        ("Aliases: {live: {FunctionVersion: newest}}", "/functions/0/Aliases/live/FunctionVersion", "L016"),
        ("Aliases: {'7': {FunctionVersion: '7'}}", "/functions/0/Aliases", "L016"),
        ("Aliases: {live: {}}", "/functions/0/Aliases/live", "L011"),
        ("Aliases: {live: {FunctionVersion: '7', Timeout: 3}}", "/functions/0/Aliases/live/Timeout", "L010"),
        ("ReservedConcurrentExecutions: -1", "/functions/0/ReservedConcurrentExecutions", "L014"),
        ("versions: {keep: 0}", "/functions/0/versions/keep", "L014"),
        ("Permissions: {'a.b': {Principal: '210987654321'}}", "/functions/0/Permissions", "L016"),
        ("Aliases: [{FunctionVersion: '7'}]", "/functions/0/Aliases", "L012"),
    ] {
        let reading = reading(&format!("functions: [{{{FUNCTION}, {more}}}]"));
        let found: Vec<(&str, &str)> =
            reading.diagnostics.iter().map(|found| (found.path.as_str(), found.rule.code)).collect();
        assert!(found.iter().any(|(at, _)| at.starts_with(path)), "{more}: {found:?}");
        assert!(found.iter().any(|(_, found)| *found == code), "{more}: {found:?}");
    }
}

#[test]
fn mappings_are_lists_or_maps_from_labels() {
    const QUEUE: &str = "EventSourceArn: 'arn:aws:sqs:us-west-2:123456789012:q'";
    let mapping = json!({ "EventSourceArn": "arn:aws:sqs:us-west-2:123456789012:q" });
    let of = |more: &str| beside(&format!("functions: [{{{FUNCTION}, {more}}}]"));
    assert_eq!(of(&format!("EventSourceMappings: [{{{QUEUE}}}]")), json!({ "EventSourceMappings": { "0": mapping } }));
    let labelled = of(&format!("EventSourceMappings: {{orders: {{{QUEUE}}}}}"));
    assert_eq!(labelled, json!({ "EventSourceMappings": { "orders": mapping } }));
    assert_eq!(of("EventSourceMappings: []"), json!({ "EventSourceMappings": {} }));
    assert_eq!(of("EventSourceMappings: null"), json!({ "EventSourceMappings": null }));
    let alias = of(&format!("Aliases: [{{Name: live, FunctionVersion: '7', EventSourceMappings: [{{{QUEUE}}}]}}]"));
    assert_eq!(alias["Aliases"]["live"]["EventSourceMappings"], json!({ "0": mapping }));
    // A list takes the place of that of the defaults; maps are merged.
    let defaults = format!("defaults: {{EventSourceMappings: [{{{QUEUE}, BatchSize: 5}}, {{}}]}}");
    let found = beside(&format!("{defaults}\nfunctions: [{{{FUNCTION}, EventSourceMappings: [{{{QUEUE}}}]}}]"));
    assert_eq!(found, json!({ "EventSourceMappings": { "0": mapping } }));
}

#[test]
fn mistakes_in_mappings_have_their_place() {
    for (more, code, path) in [
        ("EventSourceMappings: [{BatchSize: 0}]", "L014", "/functions/0/EventSourceMappings/0/BatchSize"),
        ("EventSourceMappings: {a: {Batchsize: 1}}", "L010", "/functions/0/EventSourceMappings/a/Batchsize"),
        ("EventSourceMappings: [5]", "L012", "/functions/0/EventSourceMappings/0"),
        ("EventSourceMappings: {a: {}}", "L080", "/functions/0/EventSourceMappings/a"),
    ] {
        let reading = reading(&format!("functions: [{{{FUNCTION}, {more}}}]"));
        let found: Vec<(&str, &str)> =
            reading.diagnostics.iter().map(|found| (found.rule.code, found.path.as_str())).collect();
        assert!(found.contains(&(code, path)), "{more}: {found:?}");
    }
}
