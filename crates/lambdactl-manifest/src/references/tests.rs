use std::collections::BTreeMap;
use std::path::PathBuf;

use super::*;
use crate::reach::Reach;
use crate::references::values::VariableState;
use lambdactl_schema::LookedUp;

fn expanded(text: &str) -> Result<String, String> {
    let pairs = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect::<BTreeMap<_, _>>()
    };
    let environment = pairs(&[
        ("STAGE", "prod"),
        ("EMPTY", ""),
        ("NESTED", "${env:STAGE}"),
        ("GITHUB_TOKEN", "t0ken"),
        ("ACTIONS_RUNTIME_TOKEN", "t0ken"),
    ]);
    let variables = pairs(&[("n", "7"), ("name", "STAGE"), ("forbidden", "GITHUB_TOKEN"), ("dollar", "${env:STAGE}")]);
    let reach = Reach::new(PathBuf::from("."), &[]);
    let state = |value: &str, state| Variable { value: value.to_owned(), state, ..Variable::default() };
    let own = [
        ("n", state("8", VariableState::Known)),
        ("own", state("${env:STAGE}", VariableState::Known)),
        ("open", state("", VariableState::Unknown)),
        ("wrong", state("", VariableState::Wrong)),
    ];
    let own = Variables(own.into_iter().map(|(name, variable)| (name.to_owned(), variable)).collect());
    let run = Run { stage: Some("prod".to_owned()), location: Some("euw1".to_owned()), ..Run::default() };
    let known = |value: Result<&str, &str>| LookedUp {
        value: value.map(str::to_owned).map_err(str::to_owned),
        is_secret: false,
    };
    let looked_up = [("ssm:/a".to_owned(), known(Ok("1"))), ("secret:b".to_owned(), known(Err("it is not there")))];
    let values = Values {
        environment: &environment,
        variables: &variables,
        own: Some(&own),
        run: &run,
        looked_up: &looked_up.into(),
        ledger: &Ledger::default(),
        reach: &reach,
        unknown: UnknownValues::Refused,
    };
    match parse(text).map_err(Unresolved::from).and_then(|parts| expand(&parts, &values)) {
        Ok(expanded) => Ok(expanded.text),
        Err(Unresolved::Wrong(message, _)) => Err(message),
        Err(Unresolved::Said) => Err("said".to_owned()),
        Err(Unresolved::Absent) => Err("absent".to_owned()),
    }
}

#[test]
fn references_are_replaced_and_nothing_else() {
    assert_eq!(expanded("fn-${env:STAGE}-${var:n}").unwrap(), "fn-prod-7");
    assert_eq!(expanded("$LATEST $5 $${env:STAGE}").unwrap(), "$LATEST $5 ${env:STAGE}");
    assert_eq!(expanded("${env:NONE:-a:b}").unwrap(), "a:b");
    assert_eq!(expanded("${env:EMPTY:-x}${env:EMPTY}").unwrap(), "x");
    assert_eq!(expanded("${env:NESTED}").unwrap(), "${env:STAGE}");
}

#[test]
fn references_within_references_are_resolved_first() {
    assert_eq!(expanded("${env:NONE:-${env:STAGE}}").unwrap(), "prod");
    assert_eq!(expanded("${env:NONE:-a-${env:NONE:-b-${var:n}}-c}").unwrap(), "a-b-7-c");
    assert_eq!(expanded("${env:${var:name}}").unwrap(), "prod");
    assert_eq!(expanded("${env:NONE:-$${x}}").unwrap(), "${x}");
    assert_eq!(expanded("${env:NONE:-{\"a\":{}}}").unwrap(), "{\"a\":{}}");
    assert_eq!(expanded("${env:STAGE:-{\"a\":{}}}").unwrap(), "prod");
    // What is not needed need not be there, and what a reference brings in is text.
    assert_eq!(expanded("${env:STAGE:-${env:NONE}}").unwrap(), "prod");
    assert_eq!(expanded("${env:NONE:-${var:dollar}}").unwrap(), "${env:STAGE}");
    assert!(expanded("${env:${var:dollar}}").is_err());
    assert!(expanded("${env:STAGE:-${nothing}}").is_err());
}

#[test]
fn optional_variable_is_absent_or_what_it_is() {
    assert_eq!(expanded("${env:STAGE?}").unwrap(), "prod");
    assert_eq!(expanded("${env:EMPTY?}").unwrap(), "");
    assert_eq!(expanded("${env:NONE?}").unwrap_err(), "absent");
    assert_eq!(expanded("a-${env:NONE:-${env:NEITHER?}}").unwrap_err(), "absent");
    assert!(expanded("${env:NONE?:-x}").is_err() && expanded("${env:?}").is_err());
}

#[test]
fn what_cannot_be_resolved_says_why() {
    assert_eq!(expanded("${env:NONE}").unwrap_err(), "the environment variable `NONE` is not set");
    assert_eq!(expanded("${var:x}").unwrap_err(), "there is no variable `x`");
    assert!(expanded("${file:/nowhere}").unwrap_err().starts_with("cannot read `${file:/nowhere}`"));
}

#[test]
fn credentials_are_not_resolved_in_any_form() {
    for text in [
        "${env:GITHUB_TOKEN}",
        "x-${env:GITHUB_TOKEN}",
        "${env:GITHUB_TOKEN:-none}",
        "${env:ACTIONS_RUNTIME_TOKEN}",
        "${env:AWS_SECRET_ACCESS_KEY}",
        "${env:AWS_SESSION_TOKEN:-}",
    ] {
        let error = expanded(text).unwrap_err();
        assert!(error.contains("is never resolved") && !error.contains("t0ken"), "{error}");
    }
    assert!(expanded("${env:${var:forbidden}}").unwrap_err().contains("is never resolved"));
    assert!(expanded("${env:STAGE:-${env:GITHUB_TOKEN}}").is_err());
}

#[test]
fn what_may_be_a_part_of_a_value_is_not_repeated() {
    for text in [
        "${hunter2}",
        "pass${hunter2",
        "${env:hunter 2}",
        "${env:}",
        "${env:a}${hunter2}",
        "${AWS::hunter2}",
        "${hunter2:x}",
        "${var:hunter2\n}",
        "${file:hunter2\u{1b}}",
    ] {
        let error = expanded(text);
        assert!(!error.clone().is_err_and(|error| error.contains("hunter2")), "{error:?}");
        assert!(error.is_err(), "{text}");
    }
}

#[test]
fn variables_of_the_command_line_go_before_those_of_the_manifest() {
    assert_eq!(expanded("${var:n}-${var:own}").unwrap(), "7-${env:STAGE}");
    assert_eq!(expanded("${var:wrong}").unwrap_err(), "said");
    assert_eq!(expanded("${var:open}").unwrap(), "*");
}

#[test]
fn where_a_run_is_stands_in_texts() {
    assert_eq!(expanded("a-${stage}-${location:name}").unwrap(), "a-prod-euw1");
    assert_eq!(expanded("$${stage}").unwrap(), "${stage}");
    assert_eq!(expanded("${region}").unwrap_err(), "`${region}` stands for nothing: nobody says it");
    assert!(expanded("${account}").unwrap_err().contains("`${account}`"));
}

#[test]
fn what_was_looked_up_is_used_and_the_rest_is_wanted() {
    assert_eq!(expanded("${ssm:/a}${ssm:/${env:NONE:-a}}").unwrap(), "11");
    assert_eq!(expanded("${secret:b}").unwrap_err(), "`${secret:b}` has no value: it is not there");
    assert_eq!(expanded("${secret:b#key}").unwrap_err(), "`${secret:b#key}` was not looked up");
    assert!(expanded("${tfstate:nowhere#a}").unwrap_err().starts_with("cannot read `${tfstate:nowhere#a}`"));
    assert_eq!(expanded("${tfstate:s3://b/k#a}").unwrap_err(), "`${tfstate:s3://b/k#a}` was not looked up");
}
