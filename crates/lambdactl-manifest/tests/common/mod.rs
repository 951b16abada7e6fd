//! What tests of reading share.
#![allow(dead_code, reason = "not every test needs all of it")]

use lambdactl_manifest::Reading;

/// `line path message; help` of everything that is wrong.
pub(crate) fn told(reading: &Reading) -> Vec<String> {
    let said = reading.diagnostics.iter().map(|diagnostic| {
        let place = diagnostic.place.map(|place| reading.sources[place.source.0].position(place.span.start).line);
        let help = diagnostic.help.as_ref().map(|help| format!("; {help}")).unwrap_or_default();
        format!("{} {} {}{help}", place.unwrap_or_default(), diagnostic.path, diagnostic.message)
    });
    said.collect()
}

/// A manifest of two functions with these stages.
pub(crate) fn manifest(stages: &str) -> String {
    format!(
        "variables: {{memory: 256, owner: nobody}}
defaults:
  Runtime: python3.13
  Handler: app.handler
  Role: arn:aws:iam::123456789012:role/r
  Code: {{S3Bucket: my-bucket, S3Key: a.zip}}
  Tags: {{team: a}}
functions:
- FunctionName: one
  MemorySize: ${{var:memory}}
- FunctionName: two
  Timeout: 30
  Tags: {{own: b}}
  Aliases: [{{Name: live, FunctionVersion: '1', Description: d}}]
stages:
{stages}"
    )
}
