use lambdactl_diff::Plan;
use lambdactl_schema::{Call, Kind, Operation, Slot, Subject, preflight};
use serde_json::Value;

use super::found::{Finding, Owner, Verified};
use super::uses::reason;
use crate::client::Client;

/// What an account keeps for functions without a reservation (AWS documentation of reserved concurrency).
const LEAST: i64 = 100;

/// Asks what the account has left, where functions are to have more reserved than they have now.
pub(super) async fn check(client: &Client, plan: &Plan) -> Verified {
    let mut verified = Verified::default();
    let path = Slot::function().path(Kind::ReservedConcurrency);
    let number = |value: &Option<Value>| value.as_ref().and_then(Value::as_i64).unwrap_or(0);
    let more: Vec<(&str, i64)> = plan
        .functions
        .iter()
        .filter_map(|function| {
            let change = function.changes.iter().find(|change| change.path == path)?;
            Some((function.name.as_str(), number(&change.after) - number(&change.before)))
        })
        .collect();
    if more.iter().all(|(_, more)| *more <= 0) {
        return verified;
    }
    let call = Call::new(Operation::GetAccountSettings, Subject::default());
    let limits = match client.look_for(call).await {
        Ok(answer) => {
            let limit = |member: &str| answer["AccountLimit"][member].as_i64();
            limit("ConcurrentExecutions").zip(limit("UnreservedConcurrentExecutions"))
        }
        Err(error) => {
            verified.notes.push(format!("not verified: the account's concurrency: {}", reason(&error)));
            return verified;
        }
    };
    let Some((all, free)) = limits else {
        verified.notes.push("not verified: the account's concurrency: the answer does not say it".to_owned());
        return verified;
    };
    let (least, asked) = (LEAST.min(all), more.iter().map(|(_, more)| more).sum::<i64>());
    // What is given back counts first: whether it comes first is not sure, and a finding is.
    let mut left = free - more.iter().map(|(_, more)| (*more).min(0)).sum::<i64>();
    for (name, more) in more.into_iter().filter(|(_, more)| *more > 0) {
        left -= more;
        if left < least {
            let message = format!(
                "{free} of {all} concurrent executions are unreserved, the manifest reserves {asked} more, and {least} must stay"
            );
            let owner = Owner::Function(name.to_owned());
            verified.findings.push(Finding { rule: &preflight::CONCURRENCY, owner, pointer: path, message });
            break;
        }
    }
    verified
}
