//! Locations of a manifest: what is read for each, and what is wrong with them.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use common::told;
use lambdactl_manifest::{
    Input, ReadOptions, Reading, UnknownValues, located, read, read_each, read_everywhere, render,
};

fn options(text: &str, locations: &[&str]) -> ReadOptions {
    ReadOptions {
        inputs: vec![Input::Standard(text.as_bytes().to_vec())],
        locations: locations.iter().map(|pattern| (*pattern).to_owned()).collect(),
        ..ReadOptions::default()
    }
}

const MANIFEST: &str = "region: us-west-2
locations:
- {name: use1, region: us-east-1, account: '111122223333', roleArn: 'arn:aws:iam::111122223333:role/deploy', externalId: x-1}
- {name: euw1, region: '${var:region}', account: '444455556666'}
variables: {region: eu-west-1, bucket: '${location:name}-${region}'}
defaults:
  Runtime: python3.13
  Handler: app.handler
  Role: arn:aws:iam::${account}:role/r
  Code: {S3Bucket: '${var:bucket}', S3Key: a.zip}
functions:
- FunctionName: everywhere
- FunctionName: only-there
  locations: [eu*]
";

#[test]
fn each_location_is_read_for_itself() {
    let reading = read(&options(MANIFEST, &["use1"]));
    assert!(reading.is_valid(), "{:?}", told(&reading));
    let location = reading.desired.location.as_ref().unwrap();
    assert_eq!((location.name.as_str(), location.external_id.as_deref()), ("use1", Some("x-1")));
    assert_eq!(location.role_arn.as_deref(), Some("arn:aws:iam::111122223333:role/deploy"));
    assert_eq!(reading.desired.region.as_deref(), Some("us-east-1"));
    assert_eq!(reading.desired.account.as_deref(), Some("111122223333"));
    let [function] = reading.desired.functions.as_slice() else { panic!("{:?}", reading.declared) };
    assert_eq!(function.request.role, "arn:aws:iam::111122223333:role/r");
    assert_eq!(function.request.code.s3_bucket.as_deref(), Some("use1-us-east-1"));
    let other = read(&options(MANIFEST, &["eu*"]));
    assert!(other.is_valid(), "{:?}", told(&other));
    assert_eq!(other.desired.functions.len(), 2);
    assert_eq!(other.desired.functions[1].request.code.s3_bucket.as_deref(), Some("euw1-eu-west-1"));
    assert!(read_everywhere(&options(MANIFEST, &[])).diagnostics.is_empty());
}

#[test]
fn one_location_is_needed_where_there_are_several() {
    assert_eq!(
        told(&read(&options(MANIFEST, &[]))),
        [
            "2 /locations the manifest has several locations, and one is needed here; pass `--location NAME`; there are: use1, euw1"
        ]
    );
    assert_eq!(
        told(&read(&options(MANIFEST, &["apse*"]))),
        ["2 /locations no location of the manifest is called `apse*`; there are: use1, euw1"]
    );
    let none = told(&read(&options("functions: []\n", &["a"])));
    assert!(none[0].contains("the manifest has no locations, and `a` is asked for"), "{none:?}");
    // A single one needs no choice.
    let single = MANIFEST.replace("- {name: use1", "#").replace("region: us-west-2\n", "");
    assert_eq!(read(&options(&single, &[])).desired.location.unwrap().name, "euw1");
}

#[test]
fn rendered_location_asks_for_the_same_functions() {
    for pattern in ["use1", "euw1"] {
        let rendered = render(&options(MANIFEST, &[pattern])).manifest;
        assert_eq!(rendered["locations"].as_array().unwrap().len(), 1, "{rendered:#}");
        let again = read(&options(&rendered.to_string(), &[]));
        assert!(again.is_valid(), "{:?} {rendered:#}", told(&again));
        let first = read(&options(MANIFEST, &[pattern]));
        let requests = |reading: &Reading| -> Vec<_> {
            reading.desired.functions.iter().map(|spec| spec.request.members()).collect()
        };
        assert_eq!(requests(&first), requests(&again));
    }
}

#[test]
fn what_is_wrong_with_locations_is_said_at_its_place() {
    let text = "locations:
- {name: a, region: us-east-1, roleArn: 'arn:aws:iam::111122223333:role/deploy'}
- {name: a, region: us-east-2}
- {name: b, region: nowhere, externalId: xx}
- {region: us-east-2, account: 12}
functions:
- FunctionName: f
  Runtime: python3.13
  Handler: app.handler
  Role: arn:aws:iam::111122223333:role/r
  Code: {S3Bucket: my-bucket, S3Key: a.zip}
  locations: [a, 'x*', 5]
";
    let said = told(&read_everywhere(&options(text, &[])));
    let first: Vec<&str> = said.iter().map(|said| said.split(';').next().unwrap()).collect();
    assert_eq!(
        first,
        [
            "2 /locations/0 a location with `roleArn` needs its `account`",
            "3 /locations/1/name there are two locations `a`",
            "4 /locations/2 a location with `externalId` needs the `roleArn` that asks for it",
            "4 /locations/2/region `locations[2].region` is \"nowhere\", which does not have the required form",
            "5 /locations/3 `name` is missing in `locations[3]`",
            "5 /locations/3/account `locations[3].account` must be a string, but is a number",
            "12 /functions/0/locations/1 `x*` names no location of the manifest",
            "12 /functions/0/locations/2 `locations[2]` must be a string, but is a number",
        ]
    );
    let none = "functions:\n- {FunctionName: f, locations: [a]}\ndefaults: {Role: 'arn:aws:iam::111122223333:role/r', Runtime: python3.13, Handler: a.b, Code: {S3Bucket: my-bucket, S3Key: k}}\n";
    assert_eq!(
        told(&read(&options(none, &[]))),
        [
            "2 /functions/0/locations `locations` of a manifest that has none; give the manifest `locations`, or take it out: the function is in all there are"
        ]
    );
}

#[test]
fn what_is_wrong_in_one_location_names_it() {
    let text = MANIFEST.replace(
        "- FunctionName: everywhere",
        "- FunctionName: everywhere\n  Layers: ['arn:aws:lambda:us-east-1:111122223333:layer:l:1']",
    );
    let said = told(&read_everywhere(&options(&text, &[])));
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].contains("(location `euw1`)"), "{said:?}");
}

#[test]
fn what_is_found_later_is_found_in_its_stage() {
    let text = format!("{MANIFEST}stages:\n  prod: {{functions: {{everywhere: null, only-there: {{Layers: [x]}}}}}}\n")
        .replace("Layers: [x]", "Timeout: 9");
    let reading = read(&ReadOptions { stage: Some("prod".to_owned()), ..options(&text, &["euw1"]) });
    assert!(reading.is_valid(), "{:?}", told(&reading));
    let found = lambdactl_manifest::Found {
        rule: &lambdactl_schema::rules::CODE_FILE,
        declaration: lambdactl_manifest::Declaration::Function(0),
        pointer: "/Timeout".to_owned(),
        message: "x".to_owned(),
    };
    let diagnostics = located(&reading, vec![found]);
    assert_eq!(diagnostics[0].path, "/stages/prod/functions/only-there/Timeout");
    assert_eq!(
        (diagnostics[0].message.as_str(), diagnostics[0].function.as_deref()),
        ("x (stage `prod`)", Some("only-there"))
    );
}

#[test]
fn location_that_depends_on_what_is_not_known_yet_is_an_error() {
    let text = "locations: [{name: a, region: '${var:x}'}]\nvariables: {x: '${location:name}'}\nfunctions: []\n";
    let said = told(&read(&options(text, &[])));
    assert!(said.iter().any(|said| said.contains("depends on what is known only once it is")), "{said:?}");
    let noted = read(&ReadOptions { unknown: UnknownValues::Noted, ..options(text, &[]) });
    assert!(noted.is_valid(), "{:?}", told(&noted));
}

#[test]
fn all_locations_are_read_at_once_and_what_is_wrong_is_told_once() {
    let (told, each) = read_each(&options(MANIFEST, &[]));
    assert!(told.is_valid());
    let names: Vec<_> = each.iter().map(|reading| reading.desired.location.as_ref().unwrap().name.as_str()).collect();
    assert_eq!(names, ["use1", "euw1"]);
    assert_eq!(each.iter().map(|reading| reading.desired.functions.len()).collect::<Vec<_>>(), [1, 2]);
    let (_, none) = read_each(&options("functions: []\n", &[]));
    assert_eq!((none.len(), none[0].desired.location.is_none()), (1, true));
}
