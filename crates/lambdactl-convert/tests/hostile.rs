//! Whatever stands in a file, converting it ends with a result or an error.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;
use std::path::Path;

use lambdactl_convert::{ConvertError, Converted, Surroundings};
use serde_yaml::Value;

fn convert(text: &str) -> Result<Converted, ConvertError> {
    lambdactl_convert::convert(text.as_bytes(), &Surroundings::NONE)
}

fn samples() -> Vec<String> {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cases");
    [
        "convert-sam/template.yaml",
        "convert-cloudformation/template.json",
        "convert-lambroll/function.json",
        "convert-serverless/serverless.yml",
        "convert-terraform/plan.json",
        "convert-terraform/terraform.tfstate.json",
        "convert-cloudformation-beside/template.yaml",
        "convert-cloudformation-values/template.yaml",
        "convert-sam-source/words.yaml",
        "convert-serverless-beside/serverless.yml",
        "convert-serverless-values/stages.yml",
        "convert-terraform-unknown/beside.json",
        "convert-terraform-unknown/plan.json",
        "convert-answers/function.json",
        "convert-lambroll-templates/env.json",
    ]
    // The test's own parser takes no number of that size.
    .map(|path| fs::read_to_string(cases.join(path)).unwrap().replace("18446744073709551616", "7"))
    .into()
}

/// Values that nobody expects where they stand.
fn strange() -> Vec<Value> {
    [
        "~",
        "[]",
        "{}",
        "''",
        "7",
        "true",
        "'${'",
        "'${a:b, }'",
        "'{{ x'",
        "[[]]",
        "{Ref: [1]}",
        "{'Fn::GetAtt': []}",
        "{'Fn::Sub': [1]}",
        "!GetAtt ''",
        "!Sub '${}'",
    ]
    .map(|text| serde_yaml::from_str(text).unwrap())
    .into()
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Sequence(items) => items.iter().map(count).sum(),
        Value::Mapping(entries) => entries.values().map(count).sum(),
        Value::Tagged(tagged) => count(&tagged.value),
        _ => 0,
    }
}

/// Replaces the value that comes `index`th when a document is read from its top.
fn replace(value: &mut Value, index: &mut usize, by: &Value) {
    if *index == 0 {
        *value = by.clone();
    }
    *index = index.wrapping_sub(1);
    match value {
        Value::Sequence(items) => items.iter_mut().for_each(|item| replace(item, index, by)),
        Value::Mapping(entries) => entries.values_mut().for_each(|value| replace(value, index, by)),
        Value::Tagged(tagged) => replace(&mut tagged.value, index, by),
        _ => {}
    }
}

#[test]
fn strange_value_anywhere_is_no_panic() {
    let mut converted = 0;
    for (turn, sample) in samples().into_iter().enumerate() {
        let document: Value = serde_yaml::from_str(&sample).unwrap();
        for (nth, by) in strange().into_iter().enumerate() {
            // One value in three of the larger ones, which differ from by to by.
            let step = if turn < 6 { 1 } else { 3 };
            for index in (0..count(&document)).skip((turn + nth) % step).step_by(step) {
                let mut changed = document.clone();
                replace(&mut changed, &mut index.clone(), &by);
                // A tag within a tag is nothing that this library writes.
                let Ok(text) = serde_yaml::to_string(&changed) else { continue };
                converted += usize::from(convert(&text).is_ok());
            }
        }
    }
    assert!(converted > 5_000, "{converted}");
}

#[test]
fn what_refers_to_itself_ends_with_a_note() {
    let serverless = "service: s\nprovider: {name: aws, runtime: x}\nfunctions: {f: {handler: h, description: '${self:custom.a}'}}\n";
    let template = "Resources: {F: {Type: AWS::Lambda::Function, Properties: {";
    for (text, note) in [
        (format!("{serverless}custom: {{a: '${{self:custom.a}}'}}\n"), "without end"),
        (format!("{serverless}custom: {{a: {{b: '${{self:custom}}', c: '${{self:custom}}'}}}}\n"), "without end"),
        (format!("{template} FunctionName: !Ref F}}}}}}\n"), "it refers to itself"),
        (
            format!(
                "Mappings: {{M: {{a: {{b: {{'Fn::FindInMap': [M, a, b]}}}}}}}}\n{template} Timeout: {{'Fn::FindInMap': [M, a, b]}}}}}}}}\n"
            ),
            "it refers to itself",
        ),
    ] {
        let converted = convert(&text).unwrap();
        assert!(converted.notes.iter().any(|found| found.message.contains(note)), "{text}: {:?}", converted.notes);
    }
}

#[test]
fn part_of_a_file_is_no_panic() {
    for sample in samples() {
        let lines: Vec<&str> = sample.lines().collect();
        for index in 0..lines.len() {
            let _ = convert(&lines[..index].join("\n"));
            let mut without = lines.clone();
            without.remove(index);
            let _ = convert(&without.join("\n"));
        }
    }
}

#[test]
fn nothing_of_a_template_is_dropped_in_silence() {
    // Each property of each function is a member of the result, or has a note.
    let samples = samples();
    let document: serde_json::Value = serde_json::from_str(&samples[1]).unwrap();
    let converted = convert(&samples[1]).unwrap();
    let mut seen = 0;
    for (id, resource) in document["Resources"].as_object().unwrap() {
        if resource["Type"] != "AWS::Lambda::Function" {
            continue;
        }
        for property in resource["Properties"].as_object().unwrap().keys() {
            let name = resource["Properties"]["FunctionName"].as_str().unwrap_or(id);
            let function = converted.functions.iter().find(|function| function["FunctionName"] == name).unwrap();
            let is_noted = converted
                .notes
                .iter()
                .any(|note| note.function.as_deref() == Some(id) && note.path.starts_with(property.as_str()));
            let member = if property == "KmsKeyArn" { "KMSKeyArn" } else { property };
            assert!(function.contains_key(member) || is_noted, "{id}.{property}");
            seen += 1;
        }
    }
    assert!(seen > 12, "{seen}");
}

#[test]
fn text_stays_text_and_begins_no_reference() {
    let parameter = "Parameters: {P: {Type: String, Default: 'a}b${env:SECRET}'}}\nResources:\n  F:\n    Type: AWS::Lambda::Function\n    \
                     Properties: {FunctionName: f, Handler: !Ref P, Description: !Sub '$${P}', Role: 'arn:aws:iam::123456789012:role/r', \
                     Runtime: python3.13, Code: {S3Bucket: '${env:SECRET}', S3Key: k}}\n";
    let members = &convert(parameter).unwrap().functions[0];
    assert_eq!(members["Handler"], "a}b$${env:SECRET}");
    assert_eq!(members["Code"]["S3Bucket"], "$${env:SECRET}");
    let service = "service: s\nprovider: {name: aws, runtime: python3.13}\nfunctions:\n  f:\n    handler: a.b\n    \
                   description: \"\\x01env:SECRET\\x02\"\n    environment: {A: 'x ${', B: \"${env:N, 'd'} y\"}\n";
    let members = &convert(service).unwrap().functions[0];
    assert!(members.get("Description").is_none_or(|text| !text.to_string().contains("${")), "{members:?}");
    assert_eq!(members["Environment"]["Variables"]["A"], "x $${");
    assert_eq!(members["Environment"]["Variables"]["B"], "${env:N:-d} y");
    let lambroll = r#"{"FunctionName": "f", "Runtime": "python3.13", "Role": "{{ must_env `A}${env:SECRET` }}", "Handler": "{{ env `B` `c}d` }}"}"#;
    let members = &convert(lambroll).unwrap().functions[0];
    assert!(!members["Role"].to_string().contains("env:"), "{members:?}");
    assert_eq!(members["Handler"], "${env:B}");
}
