//! The emulator's answers against botocore's newest model: every operation, its errors, pages of lists and waiters.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeSet;

use lambdactl_emulator::operations;
use lambdactl_schema::operations::Service;
use lambdactl_tests::Emulator;
use lambdactl_tests::python::Python;
use serde_json::{Value, json};

#[test]
fn answers_are_those_of_the_newest_model() {
    let Some(python) = Python::model() else { return };
    let emulator = Emulator::start_with(&["--invoke", "echo"]);
    let result = python.run("answers.py", &[&emulator.endpoint], &Value::Null);
    assert_eq!(result["faults"], json!([]));

    // Each operation that is there succeeded at least once, and most were refused at least once.
    let of_lambda = operations().filter(|operation| operation.row().service == Service::Lambda);
    let known: BTreeSet<&str> = of_lambda.map(|operation| operation.name()).collect();
    let succeeded = result["succeeded"].as_array().unwrap();
    let missing: Vec<&&str> = known.iter().filter(|name| !succeeded.contains(&json!(name))).collect();
    assert_eq!(missing, [] as [&&str; 0]);
    assert!(result["refused"].as_array().unwrap().len() >= 30, "{}", result["refused"]);

    // botocore's own paginators find the same rows one by one, and its waiters come to an end.
    let pages = result["pages"].as_object().unwrap();
    let lists = operations().filter(|operation| operation.row().paging.is_some());
    let lists: BTreeSet<&str> = lists
        .filter(|operation| operation.row().service == Service::Lambda)
        .map(|operation| operation.name())
        .collect();
    assert_eq!(pages.keys().map(String::as_str).collect::<BTreeSet<_>>(), lists);
    assert!(pages.iter().all(|(list, rows)| rows.as_u64() > Some(1) || list == "ListCodeSigningConfigs"), "{pages:?}");
    assert_eq!(result["waiters"].as_array().unwrap().len(), 6, "{}", result["waiters"]);
}
