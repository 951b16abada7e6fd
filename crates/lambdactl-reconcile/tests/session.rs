//! A session against an emulated account in this process.
#![allow(clippy::unwrap_used, missing_docs)]

use std::sync::Arc;
use std::time::Duration;

use lambdactl_apply::{Stop, StopReason};
use lambdactl_aws::{Client, Connection, ReadError};
use lambdactl_diff::{Action, PlanOptions};
use lambdactl_emulator::{Embedded, EmulatorOptions};
use lambdactl_reconcile::{Manner, Session};
use lambdactl_schema::{Desired, FunctionSpec};
use serde_json::json;

const MANNER: Manner =
    Manner { parallelism: 4, wait: true, fail_fast: false, timeout: Duration::from_secs(60), back: false };

fn desired(names: &[&str]) -> Desired {
    let spec = |name: &&str| {
        FunctionSpec::of(
            serde_json::from_value(json!({
                "FunctionName": name, "Role": "arn:aws:iam::123456789012:role/r", "PackageType": "Image",
                "Code": { "ImageUri": "123456789012.dkr.ecr.us-east-1.amazonaws.com/app@sha256:\u{0}" },
            }))
            .unwrap(),
        )
    };
    let mut desired =
        Desired { name: Some("shop".to_owned()), functions: names.iter().map(spec).collect(), ..Desired::default() };
    for function in &mut desired.functions {
        let uri = function.request.code.image_uri.as_mut().unwrap();
        *uri = uri.replace('\u{0}', &"0".repeat(64));
    }
    desired
}

/// Sessions are made anew for each pass; the emulated account stays.
async fn account() -> Embedded {
    Embedded::open(EmulatorOptions::default()).await.unwrap()
}

fn session(account: &Embedded, all: Desired) -> Session {
    let account = account.clone();
    let answer = Arc::new(move |request| -> std::pin::Pin<Box<dyn Future<Output = _> + Send>> {
        Box::pin(account.answer(request))
    });
    let connection = Connection::in_process(Embedded::ENDPOINT, "us-east-1", answer).unwrap();
    Session::new(Client::new(connection), Arc::new(all))
}

#[tokio::test]
async fn what_is_planned_is_applied_and_nothing_is_left() {
    let account = account().await;
    let wanted = desired(&["a", "b"]);
    let options = PlanOptions::default();
    let first = session(&account, wanted.clone());
    let planned = first.plan(&wanted, &options, true).await.unwrap();
    assert_eq!(planned.plan.summary().create, 2);
    let report = first.apply(&wanted, &planned, &options, MANNER, &Stop::default(), &|_| ()).await;
    assert!(report.is_success(), "{report:?}");

    let again = session(&account, wanted.clone());
    let planned = again.plan(&wanted, &options, true).await.unwrap();
    assert!(planned.plan.is_empty(), "{:?}", planned.plan);
    assert_eq!(again.client().calls(), 2, "one look at each");
}

#[tokio::test]
async fn interrupted_session_starts_nothing_further() {
    let account = account().await;
    let wanted = desired(&["a"]);
    let session = session(&account, wanted.clone());
    let planned = session.plan(&wanted, &PlanOptions::default(), true).await.unwrap();
    let stop = Stop::default();
    stop.ask(StopReason::Interruption);
    let report = session.apply(&wanted, &planned, &PlanOptions::default(), MANNER, &stop, &|_| ()).await;
    assert!(!report.is_success());
    let planned = session.plan(&wanted, &PlanOptions::default(), true).await.unwrap();
    assert!(matches!(planned.plan.functions[0].action, Action::Create(_)));
}

#[tokio::test]
async fn another_account_is_an_error_with_its_help() {
    let account = account().await;
    let wanted = Desired { account: Some("210987654321".to_owned()), ..desired(&["a"]) };
    let error = session(&account, wanted.clone()).plan(&wanted, &PlanOptions::default(), false).await.err().unwrap();
    assert!(matches!(error, ReadError::WrongAccount { .. }), "{error}");
    assert!(error.help().is_some_and(|help| help.contains("other credentials")));
}
