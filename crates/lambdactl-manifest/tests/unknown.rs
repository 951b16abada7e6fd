//! Values that are not known without a network.
#![allow(clippy::unwrap_used, missing_docs)]

use lambdactl_manifest::{Input, ReadOptions, Reading, UnknownValues, read};

fn reading(members: &str, unknown: UnknownValues) -> Reading {
    let text = format!("functions:\n- FunctionName: f-${{env:STAGE}}\n  Role: ${{env:ROLE}}\n{members}");
    let inputs = vec![Input::Standard(text.into_bytes())];
    read(&ReadOptions { inputs, unknown, ..ReadOptions::default() })
}

fn codes(members: &str) -> Vec<&'static str> {
    reading(members, UnknownValues::Noted).diagnostics.iter().map(|diagnostic| diagnostic.rule.code).collect()
}

const ZIP: &str = "  Runtime: python3.13\n  Handler: app.handler\n  Code: {S3Bucket: my-bucket, S3Key: a.zip}\n";

#[test]
fn unknown_values_are_passed_over_and_named_once() {
    let members = [
        "",
        "  MemorySize: ${env:X}\n  Publish: ${env:X}\n  Architectures: ['${env:X}']\n",
        "  Environment: {Variables: {TOKEN: '${env:X}'}}\n  Tags: {team: '${env:X}'}\n  KMSKeyArn: ${env:X}\n",
        "  PackageType: ${env:X}\n  LoggingConfig: {LogFormat: '${env:X}', ApplicationLogLevel: INFO}\n",
        "  VpcConfig: {SubnetIds: ['${env:X}'], SecurityGroupIds: [sg-1]}\n  EphemeralStorage: {Size: '${env:X}'}\n",
        "  Layers: ['${env:X}', '${env:Y}']\n  SnapStart: {ApplyOn: '${env:X}'}\n",
    ];
    for more in members {
        let reading = reading(&format!("{ZIP}{more}"), UnknownValues::Noted);
        assert!(reading.is_valid(), "{:?}", reading.diagnostics);
        let codes: Vec<_> = reading.diagnostics.iter().map(|diagnostic| diagnostic.rule.code).collect();
        assert_eq!(codes, ["L055"], "{more}");
        assert!(reading.diagnostics[0].message.contains("`Role` is `${env:ROLE}`"), "{:?}", reading.diagnostics);
        assert_eq!(reading.desired.functions[0].request.function_name, "f-*");
    }
    assert_eq!(codes("  Code: ${env:PATH_OF_CODE}\n  PackageType: ${env:X}\n"), ["L055"]);
}

#[test]
fn every_other_rule_runs() {
    for (members, code) in [
        ("  Runtime: ${env:X}\n  Code: {S3Bucket: my-bucket, S3Key: a.zip}\n".to_owned(), "L020"),
        (format!("{ZIP}  VpcConfig: {{SubnetIds: ['${{env:X}}']}}\n"), "L027"),
        (format!("{ZIP}  Timeout: 1000\n"), "L025"),
        (format!("{ZIP}  Tiemout: ${{env:X}}\n"), "L010"),
        (format!("{ZIP}  Environment: {{Variables: '${{env:X}}'}}\n"), "L012"),
        (format!("{ZIP}  Description: ${{foo:x}}\n"), "L005"),
        (format!("{ZIP}  Description: ${{env:GITHUB_TOKEN}}\n"), "L005"),
        (format!("{ZIP}  Description: ${{var:x}}\n"), "L005"),
    ] {
        assert!(codes(&members).contains(&code), "{code}: {members}");
    }
}

#[test]
fn functions_to_plan_with_need_every_value() {
    let reading = reading(ZIP, UnknownValues::Refused);
    assert!(reading.diagnostics.iter().all(|diagnostic| diagnostic.rule.code == "L005"));
    assert_eq!(reading.diagnostics.len(), 2);
}

/// What stands around a reference in a variable of the environment is a part of a value that may be a secret.
#[test]
fn nothing_of_a_variable_but_its_references_is_repeated() {
    let members = format!("{ZIP}  Environment: {{Variables: {{DB: 'db://u:hunter2@${{env:HOST:-${{env:X}}}}/'}}}}\n");
    let reading = reading(&members, UnknownValues::Noted);
    let message = &reading.diagnostics[0].message;
    assert!(message.contains("`Environment.Variables.DB` is `…${env:HOST:-…}…`"), "{message}");
    assert!(!message.contains("hunter2"), "{message}");
}
