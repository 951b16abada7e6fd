//! Reads functions that no manifest declares yet.

use std::collections::BTreeMap;

use futures_util::stream::{self, StreamExt, TryStreamExt};
use lambdactl_diff::{CodeSigning, CurrentFunction, CurrentState};

use crate::beside::{list_mappings, read_all_beside};
use crate::client::Client;
use crate::error::CallError;

/// Reads every function of the account and region whose name is `wanted`, `parallelism` calls at a time: a list of all,
/// and for each that is wanted what a list does not say. `beside`: also what stands beside each, of every kind.
pub async fn read_inventory(
    client: &Client,
    wanted: impl Fn(&str) -> bool,
    beside: bool,
    parallelism: usize,
) -> Result<CurrentState, CallError> {
    let listed = client.list_functions().await?;
    // Any function's ARN tells the account: arn:aws:lambda:REGION:ACCOUNT:function:NAME.
    let account = listed.values().find_map(|function| function.get("FunctionArn")?.as_str()?.split(':').nth(4));
    let account = account.map(str::to_owned);
    let names: Vec<String> = listed.into_keys().filter(|name| wanted(name)).collect();
    let mappings = if beside && !names.is_empty() { list_mappings(client).await? } else { Ok(BTreeMap::new()) };
    let mut functions: BTreeMap<String, CurrentFunction> = stream::iter(&names)
        .map(async |name| {
            // One that was deleted meanwhile is no function of the account.
            let Some(mut function) = client.get_function(name).await? else { return Ok::<_, CallError>(None) };
            if beside {
                read_all_beside(client, name, &mappings, &mut function).await?;
            }
            Ok(Some((name.clone(), function)))
        })
        .buffer_unordered(parallelism.max(1))
        .try_filter_map(async |found| Ok(found))
        .try_collect()
        .await?;
    if !functions.is_empty() {
        let signed = match client.code_signed_functions().await {
            Ok(signed) => Ok(signed),
            // Regions and emulators without the feature answer with an error.
            Err(error) if error.is_refusal() => Err(error.to_string()),
            Err(error) => return Err(error),
        };
        for (name, function) in &mut functions {
            function.code_signing = match &signed {
                Ok(signed) => CodeSigning::Arn(signed.get(name).cloned().unwrap_or_default()),
                Err(reason) => CodeSigning::Unknown(reason.clone()),
            };
        }
    }
    let region = client.connection().region().to_owned();
    Ok(CurrentState { account, region, functions, ..CurrentState::default() })
}
