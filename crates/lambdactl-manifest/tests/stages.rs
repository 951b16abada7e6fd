//! Stages and variables: what is merged into what, and where it is said to stand.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use std::collections::BTreeMap;

use common::{manifest, told};
use lambdactl_manifest::{Input, ReadOptions, UnknownValues, read, read_everywhere, render};
use serde_json::json;

fn options(text: &str, stage: Option<&str>) -> ReadOptions {
    ReadOptions {
        inputs: vec![Input::Standard(text.as_bytes().to_vec())],
        stage: stage.map(str::to_owned),
        unknown: UnknownValues::Noted,
        environment: [("TOKEN".to_owned(), "hunter2".to_owned())].into(),
        ..ReadOptions::default()
    }
}

fn members(text: &str, stage: &str) -> BTreeMap<String, String> {
    let reading = read(&options(text, Some(stage)));
    assert!(reading.is_valid(), "{:?}", told(&reading));
    let function = |spec: &lambdactl_schema::FunctionSpec| {
        let mut members = spec.request.members();
        for member in ["Role", "Code", "Handler", "Runtime", "FunctionName"] {
            members.remove(member);
        }
        members.extend(spec.beside.0.clone());
        let sorted: BTreeMap<String, serde_json::Value> = members.into_iter().collect();
        (spec.request.function_name.clone(), serde_json::to_string(&sorted).unwrap())
    };
    reading.desired.functions.iter().map(function).collect()
}

/// A manifest with two functions, and stages.
#[test]
fn maps_are_merged_by_key_and_null_takes_out() {
    let one = |text: &str, stage| members(&manifest(text), stage)["one"].clone();
    let two = |text: &str, stage| members(&manifest(text), stage)["two"].clone();
    let stages = "  dev:
  prod:
    variables: {memory: 1024}
    defaults: {Tags: {team: null, stage: '${stage}'}, Timeout: 5}
    functions:
      two: {Tags: {own: c, team: z}, Timeout: 60, Aliases: {live: {Description: null}}}
  bare:
    defaults: {Tags: null}
    functions: {two: {Tags: null, Timeout: null, Aliases: null}}
  list:
    functions: [{FunctionName: one, Layers: [], MemorySize: 300}, {FunctionName: two, Aliases: [{Name: next, FunctionVersion: '2'}]}]
";
    assert_eq!(one(stages, "dev"), r#"{"MemorySize":256,"Tags":{"team":"a"}}"#);
    assert_eq!(one(stages, "prod"), r#"{"MemorySize":1024,"Tags":{"stage":"prod"},"Timeout":5}"#);
    assert_eq!(
        two(stages, "prod"),
        r#"{"Aliases":{"live":{"FunctionVersion":"1"}},"Tags":{"own":"c","stage":"prod","team":"z"},"Timeout":60}"#
    );
    assert_eq!(one(stages, "bare"), r#"{"MemorySize":256}"#);
    // What stands beside a function must not be there where the stage says null.
    assert_eq!(two(stages, "bare"), r#"{"Aliases":null}"#);
    assert_eq!(one(stages, "list"), r#"{"Layers":[],"MemorySize":300,"Tags":{"team":"a"}}"#);
    assert!(two(stages, "list").contains(r#""next":{"FunctionVersion":"2"}"#));
}

#[test]
fn null_in_a_stage_takes_defaults_away_as_well() {
    let text = manifest("  a:\n    functions: {two: {Tags: {team: null, own: null}}}\n");
    assert!(members(&text, "a")["two"].contains(r#""Tags":{}"#));
    assert!(members(&text, "a")["one"].contains(r#""Tags":{"team":"a"}"#));
}

#[test]
fn functions_and_layers_are_left_out_and_heads_are_replaced() {
    let text = manifest(
        "  small: {functions: {two: null}, name: x, region: us-west-2, account: '123456789012'}
  big: {layers: {common: {Content: {S3Bucket: my-bucket, S3Key: l.zip}}}, functions: {one: {Layers: ['${layer:common}']}}}
",
    );
    let small = read(&options(&text, Some("small")));
    assert!(small.is_valid(), "{:?}", told(&small));
    assert_eq!(small.desired.functions.len(), 1);
    assert_eq!((small.desired.name.as_deref(), small.desired.region.as_deref()), (Some("x"), Some("us-west-2")));
    assert_eq!(small.desired.account.as_deref(), Some("123456789012"));
    assert_eq!((small.stage.as_deref(), small.stages.len()), (Some("small"), 2));
    let big = read(&options(&text, Some("big")));
    assert!(big.is_valid(), "{:?}", told(&big));
    assert_eq!((big.desired.layers.len(), big.desired.functions.len()), (1, 2));
}

#[test]
fn layers_are_changed_by_name_added_and_left_out() {
    let text = "layers:
- {LayerName: a, Description: d, Content: {S3Bucket: my-bucket, S3Key: a.zip}}
- {LayerName: b, Content: {S3Bucket: my-bucket, S3Key: b.zip}}
functions: []
stages:
  map: {layers: {a: {Description: null, LicenseInfo: MIT}, b: null, c: {Content: {S3Bucket: my-bucket, S3Key: c.zip}}}}
  list: {layers: [{LayerName: d, Content: {S3Bucket: my-bucket, S3Key: d.zip}}]}
  wrong: {layers: {c: {Content: {S3Bucket: '', S3Key: c.zip}}, a: {Content: {S3Bucket: ''}}}}
";
    let layers = |stage| -> Vec<(String, Option<String>, Option<String>)> {
        let reading = read(&options(text, Some(stage)));
        assert!(reading.is_valid(), "{:?}", told(&reading));
        let layers = reading.desired.layers.into_iter().map(|layer| layer.request);
        layers.map(|layer| (layer.layer_name, layer.description, layer.license_info)).collect()
    };
    let (a, c, d) = ("a".to_owned(), "c".to_owned(), "d".to_owned());
    assert_eq!(layers("map"), [(a, None, Some("MIT".to_owned())), (c, None, None)]);
    assert_eq!(layers("list"), [(d, None, None)]);
    let wrong = told(&read(&options(text, Some("wrong"))));
    assert!(wrong[0].starts_with("8 /stages/wrong/layers/c/Content/S3Bucket "), "{wrong:?}");
    assert!(wrong[1].starts_with("8 /stages/wrong/layers/a/Content/S3Bucket "), "{wrong:?}");
}

#[test]
fn what_is_wrong_with_a_stage_has_its_place() {
    let said = |stages: &str, stage| told(&read(&options(&manifest(stages), stage)));
    assert_eq!(
        said("  dev:\n  prod:\n", None),
        [
            "15 /stages the manifest has stages, and none is chosen; pass `--stage NAME` or set LAMBDACTL_STAGE; there are: dev, prod"
        ]
    );
    assert_eq!(
        said("  dev:\n  prod:\n", Some("prd")),
        ["15 /stages the manifest has no stage `prd`; did you mean `prod`? There are: dev, prod"]
    );
    assert_eq!(
        said("  dev:\n    functions: {on: {Timeout: 1}, two: 5}\n    version: 1\n    regoin: x\n", Some("dev")),
        [
            "17 /stages/dev/functions/on the manifest declares no function `on` (stage `dev`); did you mean `one`?",
            "17 /stages/dev/functions/two what the stage says of `two` is no map (stage `dev`); it has the members that are different, \
             or is `null`: not in this stage",
            "18 /stages/dev/version a stage cannot set `version` (stage `dev`); it holds for the whole file: take it out of the stage",
            "19 /stages/dev/regoin unknown key `regoin` in the manifest (stage `dev`); did you mean `region`?",
        ]
    );
    let said = said(
        "  dev:\n    defaults: {Timeout: 0}\n    functions: {two: {MemorySize: '${var:memory}0000', Timeout: null}}\n",
        Some("dev"),
    );
    assert_eq!(
        said,
        [
            "17 /stages/dev/defaults/Timeout `Timeout` is 0, which is below the minimum of 1 (stage `dev`)",
            "18 /stages/dev/functions/two/MemorySize `MemorySize` must be a whole number, but is a string (`memory`: <stdin>:1) \
             (stage `dev`); the value comes from `${var:memory}0000`",
        ]
    );
}

#[test]
fn what_several_stages_have_in_common_is_said_once() {
    let text = manifest(
        "  dev: {functions: {two: {Timeout: 0}}}
  test: {variables: {memory: 1}}
  prod: {variables: {memory: 1}, functions: {one: {Description: '${env:NOT_SET}'}}}
",
    )
    .replace("Timeout: 30", "Timeout: 30\n  Descripton: x");
    let all = read_everywhere(&options(&text, None));
    assert_eq!(
        told(&all).iter().map(|said| said.split(';').next().unwrap()).collect::<Vec<_>>(),
        [
            "10 /functions/0/MemorySize `MemorySize` is `${var:memory}`, which is below the minimum of 128 (`memory`: stage `prod`, <stdin>:19) (stage `prod`)",
            "10 /functions/0/MemorySize `MemorySize` is `${var:memory}`, which is below the minimum of 128 (`memory`: stage `test`, <stdin>:18) (stage `test`)",
            "13 /functions/1/Descripton unknown key `Descripton`",
            "17 /stages/dev/functions/two/Timeout `Timeout` is 0, which is below the minimum of 1 (stage `dev`)",
            "19 /stages/prod/functions/one/Description not known here and not looked at: `Description` is `${env:NOT_SET}`",
        ]
    );
    assert_eq!(all.declared.len(), 2);
    // One stage can be chosen, too.
    assert_eq!(told(&read_everywhere(&options(&text, Some("dev")))).len(), 2);
}

#[test]
fn variables_have_values_once_and_never_show_them() {
    let text = "variables:
  a: '${env:TOKEN}'
  b: '${var:a}'
  c: [hunter2]
  d: '${env:NOT_SET}'
  e: true
functions:
- FunctionName: f
  Role: arn:aws:iam::123456789012:role/r
  Code: {S3Bucket: my-bucket, S3Key: '${var:d}'}
  Runtime: ${var:a}
  Publish: ${var:e}
  Handler: ${var:c}
";
    let said = told(&read(&options(text, None)));
    assert_eq!(
        said.iter().map(|said| said.split(';').next().unwrap()).collect::<Vec<_>>(),
        [
            "3 /variables/b there is no variable `a`",
            "4 /variables/c `variables.c` must be a boolean or a number or a string, but is a list",
            "10 /functions/0/Code/S3Key not known here and not looked at: `Code.S3Key` is `${var:d}`",
            "11 /functions/0/Runtime `Runtime` is `${var:a}`, which is not a known value (`a`: <stdin>:2)",
        ]
    );
    let options = ReadOptions {
        variables: [("b".to_owned(), "x".to_owned())].into(),
        ..options("variables: {b: 1}\nfunctions: {'${var:b}-${var:b}': {}}\n", None)
    };
    assert_eq!(read(&options).declared[0].name, "x-x");
}

#[test]
fn where_a_run_is_can_be_named_anywhere() {
    let text = "region: us-west-${var:number}
account: '123456789012'
artifacts: {bucket: 'artifacts-${region}-${account}'}
variables: {number: 2, place: '${stage}-${region}'}
defaults: {Role: 'arn:aws:iam::${account}:role/${stage}', Tags: {place: '${var:place}'}}
functions:
- {FunctionName: 'f-${stage}', Runtime: python3.13, Handler: a.b, Code: {S3Bucket: my-bucket, S3Key: a.zip}}
";
    let options = ReadOptions { unknown: UnknownValues::Refused, ..options(text, Some("prod")) };
    let reading = read(&options);
    assert!(reading.is_valid(), "{:?}", told(&reading));
    let function = &reading.desired.functions[0].request;
    assert_eq!(
        (function.function_name.as_str(), function.role.as_str()),
        ("f-prod", "arn:aws:iam::123456789012:role/prod")
    );
    assert_eq!(function.tags.as_ref().unwrap()["place"], "prod-us-west-2");
    assert_eq!(reading.desired.artifacts.unwrap().bucket, "artifacts-us-west-2-123456789012");
    // A manifest without stages takes any, and one that names it needs one.
    let none = read(&ReadOptions { stage: None, ..options });
    assert!(told(&none).iter().any(|said| said.contains("`${stage}` stands for nothing")), "{:?}", told(&none));
}

#[test]
fn documents_have_stages_of_their_own() {
    let text = format!("{}---\nfunctions: {{three: null}}\n", manifest("  dev: {functions: {three: {}}}\n"));
    let said = told(&read(&options(&text, Some("dev"))));
    assert!(said[0].contains("the manifest declares no function `three`"), "{said:?}");
    assert!(!said.iter().any(|said| said.contains("has no stage")), "{said:?}");
}

#[test]
fn secrets_stand_in_functions_and_are_written_out_nowhere() {
    let text = "variables: {password: '${secret:db#password}'}
defaults: {Runtime: python3.13, Handler: a.b, Role: 'arn:aws:iam::123456789012:role/r', Code: {S3Bucket: my-bucket, S3Key: k}}
functions:
  f: {Description: 'x ${var:password}', Environment: {Variables: {PASS: '${secret:db#password}'}}, Tags: {a: '${ssm:/open}'}}
";
    let known = |value: &str, is_secret| lambdactl_schema::LookedUp { value: Ok(value.to_owned()), is_secret };
    let looked_up =
        [("secret:db#password".to_owned(), known("hunter2", true)), ("ssm:/open".to_owned(), known("a", false))];
    let options = ReadOptions { looked_up: looked_up.into(), ..options(text, None) };
    let reading = read(&options);
    assert!(reading.is_valid(), "{:?}", told(&reading));
    let spec = &reading.desired.functions[0];
    assert_eq!(spec.origins.secrets().collect::<Vec<_>>(), ["/Description", "/Environment/Variables/PASS"]);
    assert_eq!(spec.request.description.as_deref(), Some("x hunter2"));
    let rendered = render(&options).manifest;
    assert!(!rendered.to_string().contains("hunter2"), "{rendered:#}");
    assert_eq!(rendered["functions"][0]["Description"], "x ${var:password}");
    assert_eq!(rendered["variables"]["password"], "${secret:db#password}");
    assert_eq!(rendered["functions"][0]["Tags"]["a"], "a");

    for head in [
        "name: '${secret:db#password}'",
        "layers: {l: {Description: '${secret:db#password}', Content: {S3Bucket: b-b, S3Key: k}}}",
    ] {
        let reading = read(&ReadOptions {
            inputs: vec![Input::Standard(format!("{head}\n{text}").into_bytes())],
            ..options.clone()
        });
        let said = told(&reading);
        assert!(said.iter().any(|said| said.contains("a secret stands where everybody sees it")), "{said:?}");
        assert!(!said.join("").contains("hunter2"));
    }
    // What is not known is wanted by whoever looks it up.
    let none = read(&ReadOptions { looked_up: Default::default(), ..options });
    assert_eq!(none.desired.lookups, ["secret:db#password", "ssm:/open"]);
}

#[test]
fn outputs_of_local_states_are_known_and_sensitive_ones_are_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let state = json!({ "version": 4, "outputs": {
        "role": { "value": "arn:aws:iam::123456789012:role/r", "type": "string" },
        "token": { "value": "hunter2", "type": "string", "sensitive": true },
        "subnets": { "value": ["subnet-a", "subnet-b"], "type": ["list", "string"] } } });
    std::fs::write(folder.path().join("terraform.tfstate"), state.to_string()).unwrap();
    let manifest = |description: &str| {
        format!("functions:
  f: {{Runtime: python3.13, Handler: a.b, Role: '${{tfstate:terraform.tfstate#role}}', Code: {{S3Bucket: my-bucket, S3Key: k}},
    Description: '{description}', VpcConfig: {{SubnetIds: '${{tfstate:terraform.tfstate#subnets}}', SecurityGroupIds: [sg-1]}}}}\n")
    };
    let file = folder.path().join("lambda.yaml");
    let read_with = |description: &str| {
        std::fs::write(&file, manifest(description)).unwrap();
        read(&ReadOptions { inputs: vec![Input::Path(file.clone())], ..ReadOptions::default() })
    };
    let reading = read_with("${tfstate:terraform.tfstate#token}");
    assert!(reading.is_valid(), "{:?}", told(&reading));
    let spec = &reading.desired.functions[0];
    assert_eq!(spec.request.role, "arn:aws:iam::123456789012:role/r");
    assert_eq!(spec.request.vpc_config.as_ref().unwrap().subnet_ids.as_ref().unwrap().len(), 2);
    assert_eq!(spec.origins.secrets().collect::<Vec<_>>(), ["/Description"]);
    for (reference, wanted) in [("nowhere", "names no output of the state"), ("a b", "begins no reference")] {
        let said = told(&read_with(&format!("${{tfstate:terraform.tfstate#{reference}}}")));
        assert!(said.len() == 1 && said[0].contains(wanted), "{said:?}");
    }
    let said = told(&read_with("${tfstate:../terraform.tfstate#role}"));
    assert!(said[0].contains("it is outside of the manifest"), "{said:?}");
    std::fs::write(folder.path().join("terraform.tfstate"), "{\"version\": 3}").unwrap();
    assert!(told(&read_with("x")).iter().all(|said| said.contains("it is no Terraform state of version 4")));
}
