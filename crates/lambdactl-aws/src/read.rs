//! Reads an account in as few calls as its quotas make worth while.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{self, StreamExt, TryStreamExt};
use lambdactl_diff::{CodeSigning, CurrentFunction, CurrentState, Tags, same_tags};
use lambdactl_schema::request::S3ObjectStorageMode;
use lambdactl_schema::{Desired, FunctionSpec, OWNER_TAG};
use tracing::{debug, info};

use crate::bulk::LIST_PAGE;
use crate::client::Client;
use crate::error::{CallError, ReadError};
use crate::pace::{CONTROL_RATE, GET_FUNCTION_RATE};

/// Functions of a manifest up to which each is read by itself without asking how many the account has.
pub(crate) const FEW: usize = 30;
/// Functions that a listing lacks up to which each is asked for: a listing may be behind.
const MISSING: usize = 100;

/// What is read beyond what a comparison needs.
#[derive(Clone, Debug, Default)]
pub struct Extent {
    /// The account, where it was asked for already ([`check_account`]).
    pub account: Option<String>,
    /// Code signing configurations that the manifest does not declare: for those who would take them away.
    pub code_signing: bool,
    /// What would be lost with these functions.
    pub attachments: Vec<String>,
    /// The functions that carry the manifest's tag and are not among these names, and what would be lost with them.
    pub undeclared: Option<BTreeSet<String>>,
}

/// Asks whose the credentials are where the manifest names an account, and refuses another one. To be done before
/// anything else is sent.
pub async fn check_account(client: &Client, desired: &Desired) -> Result<Option<String>, ReadError> {
    let Some(wanted) = &desired.account else { return Ok(None) };
    let actual = client.account().await?;
    if actual != *wanted {
        return Err(ReadError::WrongAccount { wanted: wanted.clone(), actual });
    }
    Ok(Some(actual))
}

/// Reads what the account has of the functions that a manifest names, `parallelism` calls at a time.
///
/// Where the manifest names an account, the credentials' account is asked first, and nothing else is sent when it is
/// another one. Stops at the first call that fails: a plan over half an account would be wrong.
pub async fn read_current(
    client: &Client,
    desired: &Desired,
    extent: &Extent,
    parallelism: usize,
) -> Result<CurrentState, ReadError> {
    let account = match &extent.account {
        Some(account) => Some(account.clone()),
        None => check_account(client, desired).await?,
    };
    let mut functions = if is_listing_faster(client, desired.functions.len()).await {
        read_listed(client, desired, parallelism).await?
    } else {
        read_each(client, &desired.functions.iter().collect::<Vec<_>>(), parallelism).await?
    };
    if extent.code_signing {
        read_all_code_signing(client, desired, &mut functions).await?;
    } else {
        read_code_signing(client, desired, &mut functions, parallelism).await?;
    }
    read_attachments(client, &extent.attachments, &mut functions).await;
    let undeclared = match (&desired.name, &extent.undeclared) {
        (Some(owner), Some(declared)) => read_undeclared(client, owner, declared, parallelism).await?,
        _ => BTreeMap::new(),
    };
    // Any function's ARN tells the account as well: arn:aws:lambda:REGION:ACCOUNT:function:NAME.
    let told = || {
        let arn = functions.values().chain(undeclared.values()).next()?.text("FunctionArn")?;
        arn.split(':').nth(4).map(str::to_owned)
    };
    let account = account.or_else(told);
    Ok(CurrentState { account, region: client.connection().region().to_owned(), functions, undeclared })
}

/// Whether listing the whole account takes less time at the service's quotas than reading each function that the
/// manifest names. A service that does not count its functions is read one by one.
async fn is_listing_faster(client: &Client, wanted: usize) -> bool {
    if wanted <= FEW {
        return false;
    }
    let existing = match client.function_count().await {
        Ok(existing) => existing,
        Err(error) => {
            info!(%error, "the account's functions cannot be counted; reading one by one");
            return false;
        }
    };
    let listing = (existing / LIST_PAGE + 1) as f64 / CONTROL_RATE;
    let each = wanted as f64 / GET_FUNCTION_RATE;
    debug!(existing, wanted, listing, each, "seconds that reading takes either way");
    listing < each
}

/// Reads functions one by one, with everything that the service says about each.
async fn read_each(
    client: &Client,
    specs: &[&FunctionSpec],
    parallelism: usize,
) -> Result<BTreeMap<String, CurrentFunction>, CallError> {
    stream::iter(specs)
        .map(async |spec| {
            let name = &spec.request.function_name;
            Ok::<_, CallError>(client.get_function(name).await?.map(|function| (name.clone(), function)))
        })
        .buffer_unordered(parallelism.max(1))
        .try_filter_map(async |found| Ok(found))
        .try_collect()
        .await
}

/// Lists the account's functions and tags, and reads one by one only what the lists leave open.
async fn read_listed(
    client: &Client,
    desired: &Desired,
    parallelism: usize,
) -> Result<BTreeMap<String, CurrentFunction>, CallError> {
    let all: Vec<&FunctionSpec> = desired.functions.iter().collect();
    // A manifest with a name must see whose a function is.
    let tags_matter = desired.name.is_some() || all.iter().any(|spec| spec.request.tags.is_some());
    let tagged = async { if tags_matter { client.tagged_functions().await.map(Some) } else { Ok(None) } };
    let (listed, tagged) = tokio::join!(client.list_functions(), tagged);
    let mut listed = match listed {
        Ok(listed) => listed,
        Err(error) if is_refusal(&error) => {
            info!(%error, "functions cannot be listed; reading one by one");
            return read_each(client, &all, parallelism).await;
        }
        Err(error) => return Err(error),
    };
    let tagged = match tagged {
        Ok(tagged) => tagged,
        Err(error) if is_refusal(&error) => {
            info!(%error, "tags cannot be read together; reading them one by one");
            None
        }
        Err(error) => return Err(error),
    };

    let mut functions = BTreeMap::new();
    let mut open = Vec::new();
    let mut missing = Vec::new();
    for spec in all {
        let Some(configuration) = listed.remove(&spec.request.function_name) else {
            missing.push(spec);
            continue;
        };
        let tags = match &tagged {
            Some(tagged) => tagged.get(&spec.request.function_name).cloned().unwrap_or_default(),
            // Tags are nobody's business, so it does not matter which there are.
            None if !tags_matter => BTreeMap::new(),
            None => {
                open.push(spec);
                continue;
            }
        };
        let differ = spec.request.tags.as_ref().is_some_and(|wanted| !same_tags(wanted, &tags));
        let is_claimed =
            desired.name.is_some() && tags.get(OWNER_TAG).is_some_and(|o| Some(o) != desired.name.as_ref());
        // The tagging API may be behind: only the function itself can say that tags differ, or whose it is.
        if differ || is_claimed || is_code_open(spec) {
            open.push(spec);
            continue;
        }
        let function = CurrentFunction { configuration, tags: Tags::Known(tags), ..CurrentFunction::default() };
        functions.insert(spec.request.function_name.clone(), function);
    }
    if missing.len() <= MISSING {
        open.extend(missing);
    }
    functions.extend(read_each(client, &open, parallelism).await?);
    Ok(functions)
}

/// Whether a list of functions does not say enough about a function's code: it has digests, and neither the URI of an
/// image nor the key of an archive nor the object that a function refers to.
fn is_code_open(spec: &FunctionSpec) -> bool {
    let code = &spec.request.code;
    let by_tag = code.image_uri.as_ref().is_some_and(|uri| !uri.contains("@sha256:"));
    let has_key = code.source_kms_key_arn.as_ref().is_some_and(|key| !key.is_empty());
    by_tag || has_key || code.s3_object_storage_mode == Some(S3ObjectStorageMode::Reference)
}

/// Whether the service will not do this for these credentials, or does not know the call: another call may do.
pub(crate) fn is_refusal(error: &CallError) -> bool {
    match error {
        CallError::Service(error) => {
            error.status < 500 && !crate::retry::is_throttle(error) && !error.is_about_credentials()
        }
        CallError::NotJson { .. } | CallError::Unexpected { .. } => true,
        // No such host: regions have no tagging API of their own in every partition.
        CallError::Unreachable { .. } => true,
        CallError::Credentials { .. } | CallError::Signing(_) | CallError::NoAnswer { .. } => false,
    }
}

/// Reads which functions have a code signing configuration, whether they declare one or not.
async fn read_all_code_signing(
    client: &Client,
    desired: &Desired,
    functions: &mut BTreeMap<String, CurrentFunction>,
) -> Result<(), CallError> {
    let signed = match client.code_signed_functions().await {
        Ok(signed) => Ok(signed),
        // Regions and emulators without the feature answer with an error.
        Err(error) if is_refusal(&error) => Err(error.to_string()),
        Err(error) => return Err(error),
    };
    for spec in &desired.functions {
        let name = &spec.request.function_name;
        let Some(function) = functions.get_mut(name) else { continue };
        function.code_signing = match &signed {
            Ok(signed) => CodeSigning::Arn(signed.get(name).cloned().unwrap_or_default()),
            // Nobody misses what nobody declared.
            Err(_) if spec.request.code_signing_config_arn.is_none() => CodeSigning::NotRead,
            Err(reason) => CodeSigning::Unknown(reason.clone()),
        };
    }
    Ok(())
}

/// Reads what would be lost with some functions.
async fn read_attachments(client: &Client, names: &[String], functions: &mut BTreeMap<String, CurrentFunction>) {
    for name in names {
        if let Some(function) = functions.get_mut(name) {
            function.attachments = Some(client.attachments(name).await);
        }
    }
}

/// Reads the functions that carry the manifest's tag and are not declared.
async fn read_undeclared(
    client: &Client,
    owner: &str,
    declared: &BTreeSet<String>,
    parallelism: usize,
) -> Result<BTreeMap<String, CurrentFunction>, CallError> {
    let names = client.functions_tagged(OWNER_TAG, owner).await?;
    let names: Vec<String> = names.into_iter().filter(|name| !declared.contains(name)).collect();
    let mut functions: BTreeMap<String, CurrentFunction> = stream::iter(&names)
        .map(async |name| Ok::<_, CallError>(client.get_function(name).await?.map(|function| (name.clone(), function))))
        .buffer_unordered(parallelism.max(1))
        .try_filter_map(async |found| Ok(found))
        .try_collect()
        .await?;
    read_attachments(client, &names, &mut functions).await;
    Ok(functions)
}

/// Reads the code signing configuration of the functions that declare one: it takes a call for each.
async fn read_code_signing(
    client: &Client,
    desired: &Desired,
    functions: &mut BTreeMap<String, CurrentFunction>,
    parallelism: usize,
) -> Result<(), CallError> {
    let declared: Vec<&String> = desired
        .functions
        .iter()
        .filter(|spec| spec.request.code_signing_config_arn.is_some())
        .map(|spec| &spec.request.function_name)
        .filter(|name| functions.contains_key(*name))
        .collect();
    let read: Vec<(&String, CodeSigning)> = stream::iter(declared)
        .map(async |name| match client.get_code_signing(name).await {
            Ok(code_signing) => (name, code_signing),
            // Regions and emulators without the feature answer with an error.
            Err(error) => (name, CodeSigning::Unknown(error.to_string())),
        })
        .buffer_unordered(parallelism.max(1))
        .collect()
        .await;
    for (name, code_signing) in read {
        if let Some(function) = functions.get_mut(name) {
            function.code_signing = code_signing;
        }
    }
    Ok(())
}
