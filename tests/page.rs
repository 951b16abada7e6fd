//! `plan --html`: a page that says what the comment says, and no more.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;

use lambdactl_tests::{Emulator, lambdactl};

const MANIFEST: &str = r#"version: 1
name: shop
region: us-west-2
defaults:
  Runtime: python3.13
  Handler: app.handler
  Role: arn:aws:iam::123456789012:role/r
  Code: {S3Bucket: my-bucket, S3Key: k}
functions:
  - FunctionName: orders
    Timeout: 3
    Description: "${env:ABOUT}"
    Environment: {Variables: {TOKEN: "${env:TOKEN}", STAGE: literal-value}}
  - FunctionName: mails
"#;

const VALUES: [&str; 5] =
    ["about-the-first", "about-the-second", "token-of-the-first", "token-of-the-second", "literal-value"];

/// The text of a page's markup, as a person reads it.
fn text(page: &str) -> String {
    let body = page.split_once("<main").unwrap().1.split_once("<script>").unwrap().0;
    let mut text = String::new();
    for part in body.split('<').skip(1) {
        text += part.split_once('>').unwrap().1;
    }
    let entities = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&#96;", "`"), ("&amp;", "&")];
    entities.iter().fold(text, |text, (entity, letter)| text.replace(entity, letter))
}

/// The lines of the blocks of code in a comment.
fn lines(comment: &str) -> Vec<&str> {
    let blocks = comment.split("```diff\n").skip(1).map(|block| block.split_once("```").unwrap().0);
    blocks.flat_map(str::lines).collect()
}

#[test]
fn page_shows_drift_with_the_lines_of_the_comment() {
    let folder = tempfile::tempdir().unwrap();
    let emulator = Emulator::start();
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    let run = |arguments: &[&str], which: usize| {
        let command = lambdactl(folder.path()).args(arguments).against(&emulator.endpoint);
        command.env("ABOUT", VALUES[which]).env("TOKEN", VALUES[2 + which]).run()
    };
    fs::write(folder.path().join("lambda.yaml"), MANIFEST).unwrap();
    let missing = run(&["plan", "--html", "missing.html", "--format", "json", "--detailed-exitcode"], 0).exits(2);
    assert_eq!(missing.json()["summary"]["create"], 2, "{}", missing.stdout);
    assert!(read("missing.html").contains("Of 2 functions, 2 are to be changed."), "{}", text(&read("missing.html")));

    run(&["apply", "--yes"], 0).exits(0);
    fs::write(folder.path().join("lambda.yaml"), MANIFEST.replace("Timeout: 3", "Timeout: 30")).unwrap();
    run(&["plan", "--html", "drift.html", "--markdown", "drift.md"], 1).exits(0);
    let (page, comment) = (read("drift.html"), read("drift.md"));
    let shown = text(&page);
    assert!(page.contains("<title>shop: Of 2 functions, 1 has drifted</title>"), "{page}");
    let lines = lines(&comment);
    assert!(lines.contains(&"+ Timeout: 30") && lines.contains(&"+ Description: ${env:ABOUT}"), "{comment}");
    for line in lines {
        assert!(shown.lines().any(|shown| shown == line), "{line}: {shown}");
    }
    for value in VALUES {
        assert!(!page.contains(value), "{value}: {shown}");
    }

    run(&["plan", "--html", "update.html", "--update", "--format", "markdown"], 1).exits(0);
    assert!(read("update.html").contains("Of 2 functions, 1 is to be changed."));
    let refused = run(&["plan", "--html", "values.html", "--show-values"], 1).exits(1);
    assert!(refused.stderr.contains("--html") && !folder.path().join("values.html").exists(), "{}", refused.stderr);
    let refused = run(&["plan", "--html", "none/page.html"], 1).exits(1);
    assert!(refused.stderr.contains("there is no folder none"), "{}", refused.stderr);
}

#[test]
fn page_has_every_location_and_says_which_failed() {
    let folder = tempfile::tempdir().unwrap();
    let emulator = Emulator::start();
    let locations = "locations:\n  - {name: west, region: us-west-2}\n  - {name: east, region: us-east-1}\n  \
                     - {name: other, region: eu-west-1, account: \"999999999999\"}\n";
    fs::write(folder.path().join("lambda.yaml"), MANIFEST.replace("region: us-west-2\n", locations)).unwrap();
    let command = lambdactl(folder.path()).args(["plan", "--html", "page.html"]).against(&emulator.endpoint);
    command.env("ABOUT", "a").env("TOKEN", "t").run().exits(1);
    let page = fs::read_to_string(folder.path().join("page.html")).unwrap();
    for text in [
        "<title>shop: 1 location failed; of 4 functions, 4 are to be changed</title>",
        "west <small>us-west-2</small>",
        "east <small>us-east-1</small>",
        "other <small>eu-west-1</small>",
        "<b>Error:</b> ",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
}

/// Messages name the role that was not taken on, and that may have come by a reference.
#[test]
fn page_of_locations_that_failed_has_no_value_of_a_reference() {
    let folder = tempfile::tempdir().unwrap();
    let locations = "locations:\n  - {name: west, region: us-west-2, account: \"123456789012\", roleArn: \"arn:aws:iam::123456789012:role/${env:ROLE}\"}\n  \
                     - {name: east, region: us-east-1}\n";
    fs::write(folder.path().join("lambda.yaml"), MANIFEST.replace("region: us-west-2\n", locations)).unwrap();
    let command = lambdactl(folder.path()).args(["plan", "--html", "page.html"]).against("http://127.0.0.1:9");
    let ran = command.env("ABOUT", "a").env("TOKEN", "t").env("ROLE", "role-of-the-environment").run().exits(1);
    assert!(ran.stderr.contains("role-of-the-environment"), "the run itself says it: {}", ran.stderr);
    let page = fs::read_to_string(folder.path().join("page.html")).unwrap();
    assert!(!page.contains("role-of-the-environment"), "{page}");
    assert!(
        page.contains("<title>shop: 2 locations failed</title>")
            && page.contains("NoCredentials; the output of the run says more"),
        "{page}"
    );
}
