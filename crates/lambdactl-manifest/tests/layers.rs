//! Layers of a manifest, and the functions that name them.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;

use lambdactl_manifest::{Input, ReadOptions, Reading, UnknownValues, read};
use lambdactl_schema::ArchiveSource;

fn read_text(text: &str) -> Reading {
    let environment = [("NAME".to_owned(), "common".to_owned())].into();
    read(&ReadOptions {
        inputs: vec![Input::Standard(text.as_bytes().to_vec())],
        environment,
        ..ReadOptions::default()
    })
}

/// A manifest with layers and a function.
fn manifest(layers: &str, function: &str) -> String {
    format!(
        "layers:\n{layers}defaults: {{Runtime: python3.13}}\nfunctions:\n- FunctionName: f\n  Handler: app.handler\n  \
         Role: arn:aws:iam::123456789012:role/r\n  Code: {{S3Bucket: my-bucket, S3Key: a.zip}}\n{function}"
    )
}

/// `line code message`, and the help, of everything that is wrong.
fn found(text: &str) -> Vec<String> {
    let reading = read_text(text);
    let said = reading.diagnostics.iter().map(|diagnostic| {
        let place = diagnostic.place.unwrap();
        let line = reading.sources[place.source.0].position(place.span.start).line;
        let help = diagnostic.help.as_deref().unwrap_or_default();
        format!("{line} {} {}; {help}", diagnostic.rule.code, diagnostic.message)
    });
    said.collect()
}

const COMMON: &str = "- LayerName: common\n  Content: {S3Bucket: my-bucket, S3Key: common.zip}\n";

#[test]
fn layer_is_read_in_the_words_of_its_call() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("common")).unwrap();
    fs::write(folder.path().join("common/a.py"), "a = 1\n").unwrap();
    let file = folder.path().join("lambda.yaml");
    let layer = "- LayerName: common\n  Content: ./common\n  CompatibleRuntimes: [python3.7]\n  CompatibleArchitectures: [arm64]\n  \
                 Description: d\n  LicenseInfo: MIT\n  versions: {keep: 5}\n";
    fs::write(&file, manifest(layer, "  Layers: ['${layer:common}']\n")).unwrap();
    let reading = read(&ReadOptions { inputs: vec![Input::Path(file)], ..ReadOptions::default() });
    assert!(reading.diagnostics.is_empty(), "{:?}", reading.diagnostics);
    let [layer] = reading.desired.layers.as_slice() else { panic!("{:?}", reading.desired.layers) };
    assert_eq!((layer.name(), layer.keep), ("common", Some(5)));
    assert!(layer.code_sha256.is_some() && layer.code_size.is_some() && layer.request.content.zip_file.is_none());
    assert!(matches!(&layer.archive, Some(ArchiveSource::Folder { path, .. }) if path.ends_with("common")));
    assert_eq!(layer.request.license_info.as_deref(), Some("MIT"));
    assert_eq!(reading.desired.functions[0].request.layers, Some(vec!["${layer:common}".to_owned()]));
}

#[test]
fn layers_are_a_list_or_a_map_and_come_from_every_document() {
    let map = "  common: {Content: {S3Bucket: my-bucket, S3Key: common.zip}}\n";
    for layers in [COMMON, map] {
        let reading = read_text(&manifest(
            layers,
            "  Layers: ['${layer:common}', 'arn:aws:lambda:us-west-2:123456789012:layer:x:3']\n",
        ));
        assert!(reading.is_valid(), "{:?}", reading.diagnostics);
        assert_eq!(reading.desired.layers[0].name(), "common");
    }
    let later = "functions:\n- FunctionName: f\n  Runtime: python3.13\n  Handler: a.b\n  Role: arn:aws:iam::123456789012:role/r\n  \
                 Code: {S3Bucket: my-bucket, S3Key: a.zip}\n  Layers: ['${layer:${env:NAME}}']\n";
    let reading = read_text(&format!("{later}---\nlayers:\n{COMMON}functions: []\n"));
    assert!(reading.is_valid(), "{:?}", reading.diagnostics);
    let function = &reading.desired.functions[0];
    assert_eq!(function.request.layers, Some(vec!["${layer:common}".to_owned()]));
    assert_eq!(function.origins.outside("/Layers/0"), Some("${layer:${env:NAME}}"));
}

#[test]
fn defaults_may_name_layers() {
    let text =
        manifest(COMMON, "").replace("{Runtime: python3.13}", "{Runtime: python3.13, Layers: ['${layer:common}']}");
    let reading = read_text(&text);
    assert!(reading.is_valid(), "{:?}", reading.diagnostics);
    assert_eq!(reading.desired.functions[0].request.layers, Some(vec!["${layer:common}".to_owned()]));
    let wrong = found(&text.replace("${layer:common}", "${layer:comon}"));
    assert_eq!(wrong, ["4 L005 `${layer:comon}` names no layer of this manifest; did you mean `${layer:common}`?"]);
}

#[test]
fn what_is_no_layer_is_refused_where_it_stands() {
    for (function, expected) in [
        (
            "  Layers: ['${layer:comon}']\n",
            "`${layer:comon}` names no layer of this manifest; did you mean `${layer:common}`?",
        ),
        ("  Layers: ['${layer:x}']\n", "`${layer:x}` names no layer of this manifest; declare it under `layers`"),
        ("  Layers: ['${layer:common}:3']\n", "`${layer:NAME}` stands where no layer can; it is a whole item"),
        ("  Layers: '${layer:common}'\n", "`${layer:NAME}` stands where no layer can"),
        ("  Description: ${layer:common}\n", "`${layer:NAME}` stands where no layer can"),
        ("  Layers: ['${env:NONE:-${layer:common}}']\n", "`${layer:NAME}` stands within another reference"),
    ] {
        let wrong = found(&manifest(COMMON, function));
        assert!(wrong.len() == 1 && wrong[0].starts_with("10 L005") && wrong[0].contains(expected), "{wrong:?}");
    }
    let twice = found(&manifest(COMMON, "  Layers: ['${layer:common}', '${layer:common}']\n"));
    assert_eq!(twice, ["10 L037 the layer `${layer:common}` stands here twice; keep one of the two"]);
    let brought = found(&manifest(COMMON, "  Layers: ['$${layer:common}']\n"));
    assert!(brought.len() == 1 && brought[0].contains("L016"), "a literal is no reference: {brought:?}");
}

#[test]
fn wrong_layers_say_what_is_wrong() {
    let content = "  Content: {S3Bucket: my-bucket, S3Key: common.zip}\n";
    for (layer, expected) in [
        (format!("{COMMON}{COMMON}"), "a layer `common` is already declared at <stdin>:2"),
        (
            format!("- LayerName: arn:aws:lambda:us-west-2:123456789012:layer:common\n{content}"),
            "`LayerName` is an ARN, and a layer is published by its name",
        ),
        (format!("- LayerName: a b\n{content}"), "`LayerName` is \"a b\""),
        (format!("{COMMON}  Permissions: {{}}\n"), "the permissions of a layer are not managed yet"),
        (format!("{COMMON}  Licence: MIT\n"), "unknown key `Licence` in the layer"),
        (format!("{COMMON}  versions: {{keep: 0}}\n"), "`versions.keep` is 0"),
        (format!("{COMMON}  CompatibleRuntimes: [python9]\n"), "`CompatibleRuntimes[0]` is \"python9\""),
        (format!("{COMMON}  Description: {}\n", "x".repeat(257)), "`Description`"),
        (format!("{COMMON}  LicenseInfo: {}\n", "x".repeat(513)), "`LicenseInfo`"),
        (format!("{COMMON}  CompatibleArchitectures: [arm64, x86_64, arm64]\n"), "`CompatibleArchitectures`"),
        ("- LayerName: common\n".to_owned(), "`Content` is missing in the layer"),
        (
            "- LayerName: common\n  Content: {S3Bucket: my-bucket}\n".to_owned(),
            "`Content` is neither a zip archive nor an object in S3",
        ),
        ("- LayerName: common\n  Content: ./nowhere\n".to_owned(), "there is no file or folder `./nowhere`"),
        ("- LayerName: common\n  Content: {ZipFile: '?'}\n".to_owned(), "`Content.ZipFile` is not base64"),
        ("- common\n".to_owned(), ""),
    ] {
        let wrong = found(&manifest(&layer, ""));
        assert!(wrong.len() == 1 && wrong[0].contains(expected), "{expected}: {wrong:?}");
    }
}

#[test]
fn layer_that_is_not_known_here_is_passed_over() {
    let layers = "- LayerName: ${env:NONE}\n  Content: ${env:NONE}\n  CompatibleRuntimes: ${env:NONE}\n";
    let inputs = vec![Input::Standard(manifest(layers, "  Layers: ['${layer:anything}']\n").into_bytes())];
    let reading = read(&ReadOptions { inputs, unknown: UnknownValues::Noted, ..ReadOptions::default() });
    let codes: Vec<_> = reading.diagnostics.iter().map(|diagnostic| diagnostic.rule.code).collect();
    assert_eq!(codes, ["L055"], "{:?}", reading.diagnostics);
}
