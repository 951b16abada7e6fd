use futures_util::stream::{self, StreamExt, TryStreamExt};
use lambdactl_diff::{CodeSigning, CurrentState};
use lambdactl_schema::{Desired, FunctionSpec};

use crate::client::Client;
use crate::error::{CallError, ReadError};

/// Reads what the account has of the functions that a manifest names, `parallelism` calls at a time.
///
/// Where the manifest names an account, the credentials' account is asked first, and nothing else is sent when it is
/// another one. Stops at the first call that fails: a plan over half an account would be wrong.
pub async fn read_current(client: &Client, desired: &Desired, parallelism: usize) -> Result<CurrentState, ReadError> {
    let mut account = None;
    if let Some(wanted) = &desired.account {
        let actual = client.account().await?;
        if actual != *wanted {
            return Err(ReadError::WrongAccount { wanted: wanted.clone(), actual });
        }
        account = Some(actual);
    }
    let functions = stream::iter(&desired.functions)
        .map(|spec| read_function(client, spec))
        .buffer_unordered(parallelism.max(1))
        .try_filter_map(async |found| Ok(found))
        .try_collect::<std::collections::BTreeMap<_, _>>()
        .await?;
    // Any function's ARN tells the account as well: arn:aws:lambda:REGION:ACCOUNT:function:NAME.
    let told = || {
        let arn = functions.values().next()?.text("FunctionArn")?;
        arn.split(':').nth(4).map(str::to_owned)
    };
    let account = account.or_else(told);
    Ok(CurrentState { account, region: client.connection().region().to_owned(), functions })
}

async fn read_function(
    client: &Client,
    spec: &FunctionSpec,
) -> Result<Option<(String, lambdactl_diff::CurrentFunction)>, CallError> {
    let name = &spec.request.function_name;
    let Some(mut function) = client.get_function(name).await? else { return Ok(None) };
    // A call of its own for each function: only for those that say something about it.
    if spec.request.code_signing_config_arn.is_some() {
        function.code_signing = match client.get_code_signing(name).await {
            Ok(code_signing) => code_signing,
            // Regions and emulators without the feature answer with an error.
            Err(error) => CodeSigning::Unknown(error.to_string()),
        };
    }
    Ok(Some((name.clone(), function)))
}
