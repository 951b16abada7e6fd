//! Every text of a violation, word by word: `tests/texts.expected` has them, and `UPDATE_GOLDEN=1` rewrites it.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fmt::Write;
use std::path::Path;

use jiff::civil::date;
use lambdactl_schema::{Anchor, Home, Origin, Origins, Policy, Validator};
use serde_json::{Value, json};

fn function() -> Value {
    json!({
        "FunctionName": "resize-image",
        "Runtime": "python3.13",
        "Handler": "app.handler",
        "Role": "arn:aws:iam::123456789012:role/lambda-role",
        "Code": { "S3Bucket": "my-bucket", "S3Key": "app.zip" }
    })
}

/// Sets the value at a pointer, making maps on the way.
fn set(function: &mut Value, pointer: &str, value: Value) {
    let (parents, last) = pointer.rsplit_once('/').unwrap();
    let mut here = function;
    for segment in parents.split('/').skip(1) {
        here = &mut here[segment];
    }
    here[last.replace("~1", "/")] = value;
}

/// What is set, one after the other.
type Case = Vec<(&'static str, Value)>;

/// Changes of a plain function, each of which breaks something, or nothing.
fn cases() -> Vec<Case> {
    let one = |pointer, value| vec![(pointer, value)];
    let layer = |region: &str, name: &str, version: u32| {
        json!(format!("arn:aws:lambda:{region}:123456789012:layer:{name}:{version}"))
    };
    vec![
        vec![],
        // Types, each taken for another.
        one("/Timeout", json!("30")),
        one("/Timeout", json!("soon")),
        one("/Timeout", json!(true)),
        one("/Timeout", Value::Null),
        one("/Timeout", json!([1])),
        one("/Timeout", json!({ "a": 1 })),
        one("/Publish", json!("yes")),
        one("/Publish", json!("Off")),
        one("/Publish", json!("maybe")),
        one("/Publish", json!(1)),
        one("/Description", json!(7)),
        one("/Description", json!(false)),
        one("/Description", Value::Null),
        one("/Layers", json!("arn")),
        one("/Layers", json!([1])),
        one("/VpcConfig", json!([])),
        one("/Environment/Variables/PORT", json!(8080)),
        one("/Environment/Variables/EMPTY", Value::Null),
        one("/Tags/team", Value::Null),
        one("/Tags/a~1b", json!(1)),
        // Enumerations and constants.
        one("/Runtime", json!("python3.99")),
        one("/Runtime", json!("pyton3.13")),
        one("/Runtime", json!("cobol")),
        one("/Architectures", json!(["arm"])),
        one("/TracingConfig/Mode", json!("On")),
        one("/PackageType", json!("Tar")),
        // Limits.
        one("/Timeout", json!(0)),
        one("/Timeout", json!(901)),
        one("/MemorySize", json!(64)),
        one("/Handler", json!("")),
        one("/Description", json!("x".repeat(257))),
        one("/Architectures", json!([])),
        one("/Architectures", json!(["arm64", "x86_64"])),
        one("/FunctionName", json!("a b")),
        one("/FunctionName", json!("arn:aws:lambda:us-east-1:123456789012:function:f")),
        one("/Role", json!("lambda-role")),
        one("/EphemeralStorage/Size", json!(100)),
        one("/KMSKeyArn", json!("key\u{7}")),
        // Keys.
        one("/Timeot", json!(3)),
        one("/Zzz", json!(3)),
        one("/VpcConfig/SubnetId", json!(["s"])),
        one("/EphemeralStorage/Bytes", json!(1)),
        one("/Environment/Variable/A", json!("s3cret")),
        one("/Environment/Variables/1BAD", json!("s3cret")),
        one("/a key: with a value", json!(1)),
        // What is missing, or does not go together.
        one("/Code", json!({})),
        one("/Code/ZipFile", json!("UEs=")),
        one("/VpcConfig/SubnetIds", json!(["subnet-1"])),
        one("/SnapStart/ApplyOn", json!("PublishedVersions")),
        one("/DeadLetterConfig/TargetArn", json!("arn:aws:sqs:us-east-1:123456789012:q")),
        // Rules that no schema can say.
        one("/Environment/Variables/A", json!("x".repeat(5000))),
        one("/Tags/lambdactl:manifest", json!("shop")),
        one("/Tags/lambdactl:manifest", json!("other")),
        one("/Layers", json!([layer("us-west-2", "a", 1), layer("us-west-2", "a", 1)])),
        one("/Layers", json!([layer("us-west-2", "a", 1), layer("us-west-2", "a", 2)])),
        one("/Layers", json!([layer("us-west-2", "a", 1), layer("eu-west-1", "b", 2)])),
        one("/Layers", json!(["arn:aws-cn:lambda:cn-north-1:123456789012:layer:a:1"])),
        one("/Role", json!("arn:aws:iam::210987654321:role/r")),
        one("/Role", json!("arn:aws-cn:iam::123456789012:role/r")),
        one("/KMSKeyArn", json!("arn:aws:kms:eu-west-1:123456789012:key/k")),
        vec![
            ("/PackageType", json!("Image")),
            ("/Code", json!({ "ImageUri": "210987654321.dkr.ecr.eu-west-1.amazonaws.com/app:1" })),
        ],
        one("/Runtime", json!("nodejs12.x")),
        one("/Runtime", json!("python3.9")),
        one("/ignore", json!(["/Timeot", "x"])),
        one("/Tags", json!((0..50).map(|n| (format!("t{n:02}"), json!("x"))).collect::<serde_json::Map<_, _>>())),
        vec![
            (
                "/FileSystemConfigs",
                json!([{
                    "Arn": "arn:aws:elasticfilesystem:eu-west-1:210987654321:access-point/fsap-0123456789abcdef0",
                    "LocalMountPath": "/mnt/data"
                }]),
            ),
            ("/VpcConfig", json!({ "SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"] })),
        ],
        vec![
            ("/PackageType", json!("Image")),
            ("/Code", json!({ "ImageUri": "123456789012.dkr-ecr.eu-west-1.on.aws/app:1" })),
        ],
        vec![
            ("/PackageType", json!("Image")),
            ("/Code", json!({ "ImageUri": "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/app:1" })),
        ],
        one("/Description", json!("arn:aws:sns:eu-west-1:210987654321:t")),
        one("/Environment/Variables/ARN", json!("arn:aws:sns:eu-west-1:210987654321:t")),
        // Two things at once.
        vec![("/Timeout", json!("30")), ("/Zzz", json!(1)), ("/Role", json!(""))],
    ]
}

fn report(text: &mut String, case: &Case, validator: &Validator, home: &Home<'_>, origins: &Origins) {
    let mut function = function();
    for (pointer, value) in case {
        set(&mut function, pointer, value.clone());
        let shown = if value.to_string().len() > 80 { "(long)".to_owned() } else { value.to_string() };
        writeln!(text, "{pointer} = {}", shown.escape_debug().to_string().replace("\\\"", "\"")).unwrap();
    }
    for violation in validator.check_resolved(&function, home, origins) {
        let anchor = match &violation.anchor {
            Anchor::Value => String::new(),
            Anchor::Key(key) => format!(" key {key}"),
        };
        writeln!(text, "  {} {:?} {}{anchor}", violation.rule.code, violation.severity, violation.pointer).unwrap();
        writeln!(text, "    {}", violation.message).unwrap();
        if let Some(help) = &violation.help {
            writeln!(text, "    = {help}").unwrap();
        }
    }
}

fn all() -> String {
    let mut text = String::new();
    let none = Origins::default();
    let at_home = Home { name: Some("shop"), region: Some("us-west-2"), account: Some("123456789012"), origins: &none };
    let policy = Policy { as_of: date(2026, 1, 1), ..Policy::default() };
    for (title, home, policy) in [
        ("A manifest that says nothing of itself", Home::default(), policy),
        ("A manifest with a name, a region and an account", at_home, policy),
        ("A manifest with a region", Home { region: Some("us-west-2"), ..Home::default() }, policy),
        ("A manifest with an account", Home { account: Some("123456789012"), ..Home::default() }, policy),
        ("With --allow-unknown", Home::default(), Policy { allow_unknown: true, ..policy }),
    ] {
        writeln!(text, "# {title}\n").unwrap();
        let validator = Validator::new(policy);
        for case in cases() {
            report(&mut text, &case, &validator, &home, &none);
        }
        text.push('\n');
    }
    // Values that references brought in: messages name those.
    writeln!(text, "# Values of references\n").unwrap();
    let mut of_head = Origins::default();
    for pointer in ["/name", "/region", "/account"] {
        of_head.insert(
            pointer,
            Origin {
                text: format!("${{env:{}}}", pointer[1..].to_uppercase()),
                from_outside: true,
                ..Origin::default()
            },
        );
    }
    let home = Home { origins: &of_head, ..at_home };
    for case in cases() {
        let mut origins = Origins::default();
        for (pointer, value) in &case {
            origins
                .insert(*pointer, Origin { text: "${env:VALUE}".to_owned(), from_outside: true, ..Origin::default() });
            mark_within(&mut origins, pointer, value);
        }
        report(&mut text, &case, &Validator::new(policy), &home, &origins);
    }
    text
}

/// Says of everything within a value that a reference brought it in.
fn mark_within(origins: &mut Origins, pointer: &str, value: &Value) {
    let mut mark = |segment: String, value: &Value| {
        let pointer = format!("{pointer}/{}", segment.trim_start_matches("item").replace('/', "~1"));
        let text = format!("${{env:{}}}", segment.to_uppercase());
        origins.insert(pointer.clone(), Origin { text, from_outside: true, ..Origin::default() });
        mark_within(origins, &pointer, value);
    };
    match value {
        Value::Array(items) => items.iter().enumerate().for_each(|(index, item)| mark(format!("item{index}"), item)),
        Value::Object(members) => members.iter().for_each(|(member, value)| mark(member.clone(), value)),
        _ => {}
    }
}

#[test]
fn violations_say_what_is_wrong_where_and_what_to_do() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/texts.expected");
    let text = all();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap();
    for (line, (is, wanted)) in text.lines().zip(expected.lines()).enumerate() {
        assert_eq!(is, wanted, "line {}", line + 1);
    }
    assert_eq!(text.lines().count(), expected.lines().count());
}

/// What is said of values that references brought in tells nothing of them.
#[test]
fn values_of_references_are_in_no_text() {
    let text = all();
    let (_, of_references) = text.split_once("# Values of references").unwrap();
    for line in of_references.lines().filter(|line| line.starts_with("    ")) {
        for value in ["soon", "python3.99", "pyton", "cobol", "210987654321", "s3cret", "`/Timeot`", ":q", "aws-cn"] {
            assert!(!line.contains(value), "{line}");
        }
    }
}
