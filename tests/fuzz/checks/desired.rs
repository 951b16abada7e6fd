//! The manifest that answers, accounts and saved plans are held against.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use lambdactl_manifest::{Input, ReadOptions, read};
use lambdactl_schema::Desired;

/// A value of an environment variable, of which no text may show eight characters in a row.
pub(crate) const SECRET: &str = "kQ7vXz3mPwRtY2Lq9";

const MANIFEST: &str = r#"
name: shop
region: us-east-1
functions:
  - FunctionName: f
    Runtime: python3.13
    Handler: a.b
    Role: arn:aws:iam::123456789012:role/lambda-role
    Code: {S3Bucket: my-bucket, S3Key: app.zip}
    Description: Resizes
    Timeout: 10
    Environment: {Variables: {TOKEN: kQ7vXz3mPwRtY2Lq9, MODE: fast}}
    Tags: {team: payments}
    Layers: ["arn:aws:lambda:us-east-1:123456789012:layer:tools:3"]
    CodeSigningConfigArn: arn:aws:lambda:us-east-1:123456789012:code-signing-config:csc-0123456789abcdef0
    ignore: [/VpcConfig]
  - FunctionName: image
    PackageType: Image
    Role: arn:aws:iam::123456789012:role/lambda-role
    Code: {ImageUri: "123456789012.dkr.ecr.us-east-1.amazonaws.com/app@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}
"#;

/// What the manifest asks for.
pub(crate) static DESIRED: LazyLock<Desired> = LazyLock::new(|| {
    let reading = read(&ReadOptions {
        inputs: vec![Input::Standard(MANIFEST.as_bytes().to_vec())],
        environment: BTreeMap::new(),
        ..ReadOptions::default()
    });
    assert!(reading.is_valid(), "{:?}", reading.diagnostics);
    reading.desired
});

/// Asserts that a text has no part of the secret.
pub(crate) fn assert_hides(text: &str) {
    for run in SECRET.as_bytes().windows(8) {
        let run = std::str::from_utf8(run).expect("the secret is ASCII");
        assert!(!text.contains(run), "a value is shown: {text}");
    }
}
