//! Clients of one account and region that share their paces send no more together than one of them may.
#![allow(clippy::unwrap_used, missing_docs)]

use std::sync::Arc;

use lambdactl_aws::{Client, Connection, Paces};
use lambdactl_diff::CodeSigning;
use lambdactl_schema::operations::Quota;
use tokio::time::Instant;

/// A client whose calls are answered in this process, without a network and without a pace of its own.
fn client() -> Client {
    let answer = |_| -> futures_util::future::BoxFuture<'static, http::Response<Vec<u8>>> {
        Box::pin(async { http::Response::new(br#"{"FunctionName":"f","CodeSigningConfigArn":""}"#.to_vec()) })
    };
    Client::new(Connection::in_process("http://lambda.local", "us-east-1", Arc::new(answer)).unwrap())
}

/// Seconds that a number of calls take, in turn by these clients.
async fn seconds(clients: &[&Client], calls: usize) -> f64 {
    let began = Instant::now();
    for call in 0..calls {
        let signing = clients[call % clients.len()].get_code_signing("f").await.unwrap();
        assert!(matches!(signing, CodeSigning::Arn(arn) if arn.is_empty()));
    }
    began.elapsed().as_secs_f64()
}

#[tokio::test(start_paused = true)]
async fn clients_that_share_their_paces_have_one_budget() {
    let limited = || Paces::new([(Quota::Control, 15.0)]);
    let (mut one, mut other) = (client(), client());
    one.share(&limited());
    other.share(&limited());
    // Of 30 calls each client sends 15, which a second's quota allows at once.
    assert!(seconds(&[&one, &other], 30).await < 0.05, "a budget each");

    let (mut one, mut other) = (client(), client());
    one.share(&limited());
    other.share(one.paces());
    let both = seconds(&[&one, &other], 30).await;
    assert!((both - 1.0).abs() < 0.05, "one budget: {both}");
}
