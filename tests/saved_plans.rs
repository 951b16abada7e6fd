//! Plans in files: what they know, what they keep to themselves, and what becomes of files that are none.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;
use std::path::Path;

use lambdactl_tests::{Lambdactl, lambdactl};

const MANIFEST: &str = "functions:\n  - FunctionName: a\n    Runtime: python3.13\n    \
                        Role: arn:aws:iam::123456789012:role/r\n    Handler: app.handler\n    Description: '${var:what}'\n    \
                        Code: {S3Bucket: my-bucket, S3Key: app.zip}\n    Environment: {Variables: {TOKEN: '${env:TOKEN}'}}\n";

fn with_token(folder: &Path, token: &str) -> Lambdactl {
    lambdactl(folder).env("TOKEN", token)
}

#[test]
fn plan_knows_its_manifests_and_the_names_of_its_variables() {
    let folder = tempfile::tempdir().unwrap();
    for sub in ["app", "plans", "elsewhere"] {
        fs::create_dir(folder.path().join(sub)).unwrap();
    }
    fs::write(folder.path().join("app/lambda.yaml"), MANIFEST).unwrap();
    let arguments =
        ["plan", "--local", "app/lambda.yaml", "--var", "what=words", "--out", "plans/a.plan", "--as-of", "2026-01-01"];
    with_token(folder.path(), "s3cret").args(arguments).run().exits(0);
    let text = fs::read_to_string(folder.path().join("plans/a.plan")).unwrap();
    assert!(text.starts_with("{\"lambdactl_saved_plan\":7,"), "{text}");
    assert!(
        text.contains("\"../app/lambda.yaml\"") && text.contains("\"what\"") && text.contains("\"TOKEN\""),
        "{text}"
    );
    for value in ["s3cret", "words", folder.path().to_str().unwrap()] {
        assert!(!text.contains(value), "{value}: {text}");
    }
    // Without the values it says their names, and so it does in another folder with them.
    let elsewhere = folder.path().join("elsewhere");
    let apply = ["apply", "--local", "../plans/a.plan"];
    let ran = lambdactl(&elsewhere).args(apply).run().exits(1);
    assert!(ran.stderr.contains("--var what=VALUE") && ran.stderr.contains("TOKEN"), "{ran:?}");
    let other = with_token(&elsewhere, "s3cret").args(apply).args(["--var", "what=others"]).run().exits(1);
    assert!(other.stderr.contains("says something else than the plan"), "{other:?}");
    let ran = with_token(&elsewhere, "s3cret").args(apply).args(["--var", "what=words"]).run().exits(0);
    assert!(ran.stdout.contains("1 created"), "{ran:?}");
    assert!(folder.path().join("app/.lambdactl").exists() || elsewhere.join("../app/.lambdactl").exists());
}

#[test]
fn secret_that_is_swapped_goes_unseen_and_one_that_comes_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = MANIFEST.replace("    Description: '${var:what}'\n", "");
    fs::write(folder.path().join("lambda.yaml"), &manifest).unwrap();
    let plan = |token: &str, out: &str| {
        let ran = with_token(folder.path(), token).args(["plan", "--local", "--out", out]).run().exits(0);
        assert!(!ran.stdout.contains(token), "{ran:?}");
        fs::read_to_string(folder.path().join(out)).unwrap()
    };
    let digests = |text: &str| text.split("\"salt\":\"").nth(1).unwrap()[32..].to_owned();
    plan("s3cret-one", "one.plan");
    with_token(folder.path(), "s3cret-two").args(["apply", "--local", "one.plan"]).run().exits(0);
    // Two runs show one difference in two ways.
    let shown = |token: &str| with_token(folder.path(), token).args(["plan", "--local"]).run().exits(0).stdout;
    let (first, second) = (shown("s3cret-x"), shown("s3cret-x"));
    assert!(first.contains("(sensitive) changed #") && first != second, "{first}{second}");
    assert_eq!(digests(&plan("s3cret-two", "two.plan")).len(), digests(&plan("s3cret-two", "three.plan")).len());
    fs::write(folder.path().join("lambda.yaml"), manifest.replace("TOKEN:", "OTHER: x, TOKEN:")).unwrap();
    let ran = with_token(folder.path(), "s3cret-two").args(["apply", "--local", "two.plan"]).run().exits(1);
    assert!(ran.stderr.contains("nothing was changed"), "{ran:?}");
}

#[test]
fn guesses_of_a_secret_look_like_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = |variables: &str| {
        format!(
            "functions: [{{FunctionName: a, Runtime: python3.13, Handler: a.b, Role: 'arn:aws:iam::123456789012:role/r', \
             Code: {{S3Bucket: abc, S3Key: k}}, Environment: {{Variables: {{{variables}}}}}}}]\n"
        )
    };
    fs::write(folder.path().join("lambda.yaml"), manifest("TOKEN: hunter2")).unwrap();
    lambdactl(folder.path()).args(["apply", "--local", "--yes"]).run().exits(0);
    fs::write(folder.path().join("lambda.yaml"), manifest("TOKEN: other, G1: hunter1, G2: hunter2, G3: hunter3"))
        .unwrap();
    for format in ["human", "markdown"] {
        let text = lambdactl(folder.path()).args(["plan", "--local", "--format", format]).run().exits(0).stdout;
        let mut fingerprints: Vec<&str> = text
            .split('#')
            .skip(1)
            .filter_map(|rest| rest.get(..6))
            .filter(|six| six.bytes().all(|digit| digit.is_ascii_hexdigit()))
            .collect();
        assert_eq!(fingerprints.len(), 5, "{text}");
        fingerprints.sort_unstable();
        fingerprints.dedup();
        assert_eq!(fingerprints.len(), 5, "a guess looks like the secret: {text}");
    }
}

#[test]
fn plan_stands_alone_and_where_plans_are_taken() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("lambda.yaml"), MANIFEST.replace("'${var:what}'", "x")).unwrap();
    let run = |line: &str| with_token(folder.path(), "t").args(line.split(' ')).run();
    // Its name says nothing.
    run("plan --local --out plan.yaml").exits(0);
    for line in [
        "apply --local plan.yaml lambda.yaml",
        "apply --local plan.yaml -f lambda.yaml",
        "apply --local -f plan.yaml -f lambda.yaml",
    ] {
        let ran = run(line).exits(1);
        assert!(
            ran.stderr.contains("plan.yaml is a saved plan, and other files are named beside it"),
            "{line}: {ran:?}"
        );
    }
    for command in ["plan --local", "validate", "adopt --local --yes", "iam-policy", "fmt"] {
        let ran = run(&format!("{command} plan.yaml")).exits(1);
        assert!(ran.stderr.contains("plan.yaml is a saved plan, and a manifest is needed"), "{command}: {ran:?}");
    }
    for flag in ["--update", "--replace a", "--prune", "--target a"] {
        let ran = run(&format!("apply --local plan.yaml {flag}")).exits(1);
        assert!(ran.stderr.contains("a saved plan says itself"), "{flag}: {ran:?}");
    }
    // Manifests are named by position or with -f.
    for line in
        ["validate lambda.yaml", "plan --local lambda.yaml", "plan --local -f lambda.yaml", "iam-policy lambda.yaml"]
    {
        run(line).exits(0);
    }
    run("apply --local -f plan.yaml").exits(0);
    run("plan --local --detailed-exitcode lambda.yaml").exits(0);
}

#[test]
fn hostile_plan_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("lambda.yaml"), MANIFEST.replace("'${var:what}'", "x")).unwrap();
    with_token(folder.path(), "t").args(["plan", "--local", "--out", "good.plan"]).run().exits(0);
    let good = fs::read_to_string(folder.path().join("good.plan")).unwrap();
    let start = "{\"lambdactl_saved_plan\":";
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("cut", good[..good.len() / 2].into()),
        ("start only", start.into()),
        ("another version", good.replacen(":7,", ":8,", 1).into()),
        ("a huge version", good.replacen(":7,", ":1e999,", 1).into()),
        ("an earlier format", b"{\n  \"format_version\": 2,\n  \"salt\": \"x\"\n}\n".to_vec()),
        ("deep", format!("{start}6,\"salt\":{}", "[".repeat(1_000_000)).into()),
        ("NUL", format!("{start}4,\0").into()),
        ("no UTF-8", [start.as_bytes(), b"6,\"salt\":\"\xff\"}"].concat()),
        ("another type", good.replace("\"functions\":[", "\"functions\":[7,").into()),
        ("no manifest", good.replace("[\"lambda.yaml\"]", "[]").into()),
        ("an absolute manifest", good.replace("\"lambda.yaml\"", "\"/etc/passwd\"").into()),
        ("a manifest with NUL", good.replace("\"lambda.yaml\"", "\"a\\u0000b\"").into()),
        ("a manifest that is not there", good.replace("\"lambda.yaml\"", "\"../nowhere.yaml\"").into()),
        ("a day that is none", good.replace("\"as_of\":null", "\"as_of\":\"\\u001b[31m::x\"").into()),
        ("another region", good.replace("\"us-east-1\"", "\"eu-west-1\"").into()),
        (
            "a target without end",
            good.replace("\"targets\":[]", &format!("\"targets\":[\"{}\"]", "*".repeat(100_000))).into(),
        ),
    ];
    for (what, bytes) in cases {
        assert_ne!(bytes, good.as_bytes(), "{what}");
        fs::write(folder.path().join("bad.plan"), bytes).unwrap();
        let ran = with_token(folder.path(), "t").args(["apply", "--local", "bad.plan"]).run();
        assert_eq!(ran.code, 1, "{what}: {ran:?}");
        assert!(!ran.stderr.contains("mistake in lambdactl") && !ran.stderr.contains('\u{1b}'), "{what}: {ran:?}");
    }
    let huge = fs::File::create(folder.path().join("huge.plan")).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&huge, start.as_bytes(), 0).unwrap();
    huge.set_len(1 << 33).unwrap();
    let ran = lambdactl(folder.path()).args(["apply", "--local", "huge.plan"]).run().exits(1);
    assert!(ran.stderr.contains("has more than"), "{ran:?}");
    let ran = lambdactl(folder.path()).args(["apply", "--local", "-"]).input(good).run().exits(1);
    assert!(ran.stderr.contains("standard input is a saved plan"), "{ran:?}");
}
