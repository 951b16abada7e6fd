//! Credentials, region and endpoint are found as the AWS CLI finds them: which one wins, and what is said of a profile that is
//! not there or is broken.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;
use std::path::Path;

use lambdactl_tests::http::{Recorder, not_found};
use lambdactl_tests::{Ran, lambdactl};

const CONFIG: &str = "[profile second]
region = ca-central-1
[profile sourceless]
role_arn = arn:aws:iam::123456789012:role/x
source_profile = missing
region = us-east-1
[profile sso]
sso_start_url = https://example.awsapps.com/start
sso_account_id = 123456789012
sso_role_name = reader
region = us-east-1
[profile bare]
region = us-east-1
";
const CREDENTIALS: &str = "[second]
aws_access_key_id = KEYSECOND
aws_secret_access_key = secret-of-second
[third]
aws_access_key_id = KEYTHIRD
aws_secret_access_key = secret-of-third
region = eu-central-2
";
const KEYS: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", "KEYENV"), ("AWS_SECRET_ACCESS_KEY", "secret-of-env")];

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("config", CONFIG);
    write("credentials", CREDENTIALS);
    write(
        "lambda.yaml",
        "functions:\n  - {FunctionName: f, Runtime: python3.13, Handler: app.handler, \
         Role: 'arn:aws:iam::123456789012:role/r', Code: {ZipFile: UEsDBBQAAAAAAAAAIQBDvrfoAQAAAAEAAAAEAAAAYS5weWFQSwECFAMUAAAAAAAAACEAQ7636AEAAAABAAAABAAAAAAAAAAAAAAApAEAAAAAYS5weVBLBQYAAAAAAQABADIAAAAjAAAAAAA=}}\n",
    );
    folder
}

fn plan(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Ran {
    let mut command = lambdactl(folder).args(arguments);
    for (name, file) in [("AWS_CONFIG_FILE", "config"), ("AWS_SHARED_CREDENTIALS_FILE", "credentials")] {
        command = command.env(name, folder.join(file));
    }
    for (name, value) in environment {
        command = command.env(name, value);
    }
    command.run()
}

/// The key and the region that signed the one request of a plan.
fn signed_by(arguments: &[&str], environment: &[(&str, &str)]) -> (String, String) {
    let folder = folder();
    let server = Recorder::start(|_| not_found());
    let endpoint = ["--endpoint-url", server.endpoint.as_str()];
    plan(folder.path(), &[&["plan"][..], &endpoint, arguments].concat(), environment).exits(0);
    let requests = server.requests();
    let scope = requests[0].split_once("Credential=").unwrap().1;
    let mut parts = scope.split('/');
    (parts.next().unwrap().to_owned(), parts.nth(1).unwrap().to_owned())
}

fn pair(key: &str, region: &str) -> (String, String) {
    (key.to_owned(), region.to_owned())
}

#[test]
fn profile_of_the_command_line_wins_over_keys_of_the_environment() {
    let with = |more: &[(&'static str, &'static str)]| [&KEYS[..], more].concat();
    assert_eq!(signed_by(&["--profile", "second"], &KEYS), pair("KEYSECOND", "ca-central-1"));
    // The file of credentials may have the region, too.
    assert_eq!(signed_by(&["--profile", "third"], &KEYS), pair("KEYTHIRD", "eu-central-2"));
    assert_eq!(signed_by(&[], &[("AWS_PROFILE", "third")]), pair("KEYTHIRD", "eu-central-2"));
    // One of the environment does not.
    assert_eq!(signed_by(&[], &with(&[("AWS_PROFILE", "second")])), pair("KEYENV", "ca-central-1"));
    assert_eq!(signed_by(&[], &[("AWS_PROFILE", "second")]), pair("KEYSECOND", "ca-central-1"));
    assert_eq!(signed_by(&[], &[("AWS_DEFAULT_PROFILE", "second")]), pair("KEYSECOND", "ca-central-1"));
}

#[test]
fn empty_variables_mean_nothing() {
    let with = |more: &[(&'static str, &'static str)]| [&KEYS[..], more].concat();
    let empty = [("AWS_REGION", ""), ("AWS_ENDPOINT_URL", ""), ("AWS_ENDPOINT_URL_LAMBDA", ""), ("AWS_CA_BUNDLE", "")];
    let second = [&empty[..], &[("AWS_PROFILE", "second"), ("AWS_DEFAULT_PROFILE", "")]].concat();
    assert_eq!(signed_by(&[], &with(&second)), pair("KEYENV", "ca-central-1"));
    let region = [&empty[..], &[("AWS_PROFILE", ""), ("AWS_DEFAULT_REGION", "eu-west-1")]].concat();
    assert_eq!(signed_by(&[], &with(&region)), pair("KEYENV", "eu-west-1"));
    let keys = [&[("AWS_ACCESS_KEY_ID", ""), ("AWS_SECRET_ACCESS_KEY", ""), ("AWS_SESSION_TOKEN", "")][..]].concat();
    let keys = [&keys[..], &[("AWS_PROFILE", "second")]].concat();
    assert_eq!(signed_by(&[], &keys), pair("KEYSECOND", "ca-central-1"));
    // Without a region anywhere it is said, and none without a name is called.
    let folder = folder();
    let ran = plan(folder.path(), &["plan"], &with(&[("AWS_REGION", ""), ("AWS_DEFAULT_REGION", "")])).exits(1);
    assert!(ran.stderr.contains("no region"), "{}", ran.stderr);
}

#[test]
fn profile_that_is_not_there_or_broken_is_named_with_what_is_wrong() {
    let folder = folder();
    for (profile, words) in [
        ("nosuch", &["`nosuch`", "config", "credentials", "none of the configuration files"][..]),
        ("sourceless", &["profile `sourceless`", "missing"]),
        ("sso", &["profile `sso`", "sso_region"]),
        ("bare", &["profile `bare`: it has no credentials"]),
    ] {
        // Keys of the environment are no way out of a profile that was asked for.
        let by_flag = plan(folder.path(), &["plan", "--profile", profile], &KEYS);
        let by_variable = plan(folder.path(), &["plan"], &[("AWS_PROFILE", profile)]);
        for ran in [by_flag, by_variable] {
            let ran = ran.exits(1);
            for word in words {
                assert!(ran.stderr.contains(word), "{profile}: {word}: {}", ran.stderr);
            }
            assert!(!ran.stderr.contains("secret-of"), "{}", ran.stderr);
        }
    }
}
