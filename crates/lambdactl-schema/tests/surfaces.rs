//! What other crates ask of this one beside the violations of a function: origins, shapes, types, heads and defaults.
#![allow(clippy::unwrap_used, missing_docs)]

use lambdactl_schema::{
    CreateFunctionRequest, Origin, Origins, Policy, Redaction, Shape, Validator, ValueType, expected_type,
    function_schema, manifest_schema, rendered_manifest_schema,
};
use serde_json::{Value, json};

#[test]
fn origins_tell_what_came_from_where_and_what_is_not_known() {
    let mut origins = Origins::default();
    assert!(origins.is_empty() && origins.are_known());
    let origin = |text: &str, from_outside| Origin { text: text.to_owned(), from_outside, ..Origin::default() };
    origins.insert("/Role", origin("${env:ROLE}", true));
    origins.insert("/Timeout", origin("${var:TIMEOUT}", false));
    assert!(!origins.is_empty() && origins.are_known());
    assert_eq!(origins.text("/Timeout"), Some("${var:TIMEOUT}"));
    assert_eq!(origins.outside("/Role"), Some("${env:ROLE}"));
    assert_eq!((origins.outside("/Timeout"), origins.outside("/Handler")), (None, None));
    assert_eq!(origins.iter().map(|(pointer, _)| pointer).collect::<Vec<_>>(), ["/Role", "/Timeout"]);

    let mut unknown = Origins::default();
    unknown.insert_unknown("/MemorySize");
    assert!(!unknown.is_empty() && !unknown.are_known());
    assert_eq!(unknown.unknown().collect::<Vec<_>>(), ["/MemorySize"]);
}

#[test]
fn types_are_those_that_members_want() {
    let schema = function_schema();
    for (path, expected) in [
        (&["Timeout"][..], ValueType::Integer),
        (&["Publish"], ValueType::Boolean),
        (&["Layers"], ValueType::Texts),
        (&["VpcConfig", "SubnetIds"], ValueType::Texts),
        (&["VpcConfig", "SubnetIds", "0"], ValueType::Text),
        (&["FileSystemConfigs"], ValueType::Structure),
        (&["FileSystemConfigs", "0", "Arn"], ValueType::Text),
        (&["VpcConfig"], ValueType::Structure),
        (&["Environment", "Variables", "ANY"], ValueType::Text),
        (&["Handler"], ValueType::Text),
    ] {
        assert_eq!(expected_type(&schema, path.iter().copied()), expected, "{path:?}");
    }
    // What hangs on an alias is an entry of a map of the user's own names.
    let entry = Validator::default();
    let provisioned = ["Aliases", "live", "ProvisionedConcurrentExecutions"];
    assert_eq!(expected_type(entry.function_schema(), provisioned), ValueType::Integer);
    let weights = ["Aliases", "live", "RoutingConfig", "AdditionalVersionWeights", "7"];
    assert_eq!(expected_type(entry.function_schema(), weights), ValueType::Number);
    let rows = json!({ "properties": { "rows": { "type": "array", "items": { "type": "integer" } } } });
    assert_eq!(expected_type(&rows, ["rows", "0"]), ValueType::Integer);
}

#[test]
fn editors_schema_is_rendered_and_lets_constrained_values_be_references() {
    let text = rendered_manifest_schema();
    assert!(text.ends_with("}\n") && text.starts_with("{\n"), "{}", &text[..20]);
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), manifest_schema());
    let validator = jsonschema::validator_for(&manifest_schema()).unwrap();
    let manifest = |more: Value| {
        let mut function = json!({ "FunctionName": "f", "Runtime": "python3.13", "Handler": "a.b", "Code": "./src",
            "Role": "arn:aws:iam::123456789012:role/r" });
        function.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({ "functions": [function] })
    };
    for more in [
        json!({ "Timeout": "${env:TIMEOUT}", "Layers": ["${env:LAYER}"], "MemorySize": "${var:MEMORY}" }),
        // What the conditions between members say holds for values, and a reference may bring in any.
        json!({ "KMSKeyArn": "${env:KEY}", "DeadLetterConfig": { "TargetArn": "${env:QUEUE}" } }),
        json!({ "Aliases": { "live": null }, "RecursiveLoop": null, "Permissions": { "x": null } }),
        json!({ "Aliases": [{ "Name": "live", "FunctionVersion": "1", "RoutingConfig": null }] }),
    ] {
        assert!(validator.is_valid(&manifest(more.clone())), "{more}");
    }
    for more in [
        json!({ "Timeout": "soon" }),
        json!({ "KMSKeyArn": "arn:aws:kms:us-west-2:123456789012:alias/mine" }),
        json!({ "DeadLetterConfig": { "TargetArn": "arn:aws:lambda:us-west-2:123456789012:function:f" } }),
        json!({ "versions": null }),
        json!({ "Aliases": [{ "FunctionVersion": "1" }] }),
        json!({ "Aliases": { "live": { "FunctionVersion": "newest" } } }),
    ] {
        assert!(!validator.is_valid(&manifest(more.clone())), "{more}");
    }
}

#[test]
fn only_what_is_known_to_be_no_secret_is_shown() {
    let (function, manifest) = (Shape::of_function(), Shape::of_manifest());
    assert!(function.can_show("/Code/ZipFile", &json!("fileb://app.zip")));
    assert!(!function.can_show("/Code/ZipFile", &json!("UEsFBg==")));
    assert!(function.can_show("/Aliases/live/Description", &json!("what is called")));
    assert!(!function.can_show("/Environment/Variables/TOKEN", &json!("hunter2")));
    for pointer in ["/functions/0/Timeout", "/functions/report/Timeout", "/defaults/Timeout", "/$schema", "/region"] {
        assert!(manifest.can_show(pointer, &json!("x")), "{pointer}");
    }
    let function = json!({ "Timeout": 3, "Tags": { "team": "payments" } });
    for functions in [json!([function]), json!({ "report": function })] {
        assert!(manifest.can_show("/functions", &functions), "{functions}");
    }
    assert!(!manifest.can_show("/functions/0/Environment/Variables/A", &json!("x")));
    assert!(Shape::is_name("FunctionName") && Shape::is_name("functions") && !Shape::is_name("hunter2"));
}

#[test]
fn defaults_and_heads_are_judged_for_what_they_can_say() {
    let validator = Validator::default();
    let known = Origins::default();
    let codes = |found: Vec<lambdactl_schema::Violation>| -> Vec<&'static str> {
        found.into_iter().map(|violation| violation.rule.code).collect()
    };
    let defaults = |value: Value| codes(validator.check_defaults(&value, &known));
    // What is missing, and what does not go together, only a whole function can tell.
    assert_eq!(defaults(json!({ "Timeout": 5 })), [] as [&str; 0]);
    assert_eq!(defaults(json!({ "PackageType": "Image", "Handler": "a.b" })), [] as [&str; 0]);
    assert_eq!(defaults(json!({ "FileSystemConfigs": [{ "Arn": "x" }] })).len(), 2, "a member of a member is missing");
    assert_eq!(defaults(json!({ "Timeout": 9000, "Timout": 1 })).len(), 2);

    assert_eq!(
        codes(validator.check_head(&json!({ "region": "us-west-2", "functions": [] }), &known)),
        [] as [&str; 0]
    );
    assert_eq!(codes(validator.check_head(&json!({ "regoin": "us-west-2", "functions": [] }), &known)), ["L010"]);

    assert!(validator.function_schema()["properties"]["Aliases"].is_object());
    assert!(!validator.allows_unknown());
    assert!(Validator::new(Policy { allow_unknown: true, ..Policy::default() }).allows_unknown());
}

#[test]
fn debug_forms_show_no_archive_and_no_secret() {
    let request: CreateFunctionRequest = serde_json::from_value(json!({
        "FunctionName": "f", "Role": "r", "Code": { "ZipFile": "UEsFBgAAAAA=", "SourceKMSKeyArn": "k" }
    }))
    .unwrap();
    let shown = format!("{:?}", request.code);
    assert!(
        shown.contains("12 characters") && shown.contains("source_kms_key_arn") && !shown.contains("UEsF"),
        "{shown}"
    );

    let mut redaction = Redaction::default();
    redaction.learn("TOKEN", "correct-horse-battery");
    assert!(!redaction.is_clean("the token correct-horse-battery was refused"));
    assert!(redaction.is_clean("the token was refused"));
    let shown = format!("{redaction:?}");
    assert!(shown.starts_with("Redaction") && !shown.contains("horse"), "{shown}");
}
