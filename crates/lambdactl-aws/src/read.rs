//! Reads an account in as few calls as its quotas make worth while.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;

use futures_util::stream::{self, StreamExt, TryStreamExt};
use lambdactl_diff::{
    CodeSigning, CurrentFunction, CurrentLayer, CurrentState, Health, Newest, PublishedVersion, Tags, needs_newest,
    object, same_tags,
};
use lambdactl_schema::operations::Quota;
use lambdactl_schema::request::S3ObjectStorageMode;
use lambdactl_schema::{Desired, FunctionSpec, Kind, OWNER_TAG};
use serde_json::{Map, Value};
use tracing::{debug, info};

use crate::beside::read_beside;
use crate::bulk::LIST_PAGE;
use crate::client::Client;
use crate::error::{CallError, ReadError};
use crate::extent::Extent;
use crate::layers::read_layers;
use crate::objects::read_objects;
use crate::versions::Versions;

/// Functions of a manifest up to which each is read by itself without asking how many the account has.
pub const FEW: usize = 30;
/// Functions that a listing lacks up to which each is asked for: a listing may be behind.
const MISSING: usize = 100;

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
    let reading = async {
        let existing = functions_to_list(client, desired.functions.len(), extent.health).await;
        match existing {
            Some(existing) => read_listed(client, desired, extent, existing, parallelism).await,
            None => read_names(client, &all(desired), parallelism).await,
        }
    };
    // Beside the other calls: S3 has quotas of its own.
    let layers = read_layers(client, desired, extent.old_layer_versions, parallelism);
    let (read, objects, layers) = tokio::join!(reading, read_objects(client, desired, parallelism), layers);
    let layers = layers?;
    let Read { mut functions, newest, mentioned } = read?;
    read_newest(client, desired, newest, &mut functions, parallelism).await?;
    if extent.code_signing {
        read_all_code_signing(client, desired, &mut functions).await?;
    } else {
        read_code_signing(client, desired, &mut functions, parallelism).await?;
    }
    read_beside(client, desired, extent, &mut functions, parallelism).await?;
    read_attachments(client, &extent.attachments, &mut functions).await;
    let undeclared = match &desired.name {
        Some(owner) if extent.undeclared => read_undeclared(client, owner, &extent.declared, parallelism).await?,
        _ => BTreeMap::new(),
    };
    // Those that would be deleted have rows of their own.
    let mentioned = if extent.undeclared { Vec::new() } else { mentioned };
    // Any function's or layer's ARN tells the account as well: arn:aws:lambda:REGION:ACCOUNT:function:NAME.
    let told = || {
        let function = functions.values().chain(undeclared.values()).find_map(|function| function.text("FunctionArn"));
        let layer = || {
            layers.values().find_map(|layer| match layer {
                CurrentLayer::Newest(newest) => Some(newest.arn.as_str()),
                CurrentLayer::None | CurrentLayer::Unknown(_) => None,
            })
        };
        function.or_else(layer)?.split(':').nth(4).map(str::to_owned)
    };
    let account = account.or_else(told);
    let region = client.connection().region().to_owned();
    Ok(CurrentState { account, region, functions, undeclared, mentioned, layers, objects })
}

/// Reads functions of a state again that only a list has told of so far: before one is touched it says itself whose it is.
pub async fn read_again(
    client: &Client,
    desired: &Desired,
    current: &mut CurrentState,
    names: &[String],
    parallelism: usize,
) -> Result<(), CallError> {
    let is_meant = |spec: &&FunctionSpec| names.contains(&spec.request.function_name);
    let specs: Vec<&FunctionSpec> = desired.functions.iter().filter(is_meant).collect();
    for (name, function) in read_each(client, &specs, parallelism).await? {
        if let Some(listed) = current.functions.get_mut(&name) {
            let CurrentFunction { code_signing, newest, attachments, mut beside, .. } = std::mem::take(listed);
            beside.extend(function.beside.clone());
            *listed = CurrentFunction { code_signing, newest, attachments, beside, ..function };
        }
    }
    Ok(())
}

/// What was read of the functions of a manifest.
#[derive(Default)]
struct Read {
    functions: BTreeMap<String, CurrentFunction>,
    /// The newest versions of functions, where one list had those of all.
    newest: Option<BTreeMap<String, PublishedVersion>>,
    /// Functions with the manifest's tag that are not declared, where the tags of all functions were read.
    mentioned: Vec<String>,
}

fn all(desired: &Desired) -> Vec<&FunctionSpec> {
    desired.functions.iter().collect()
}

async fn read_names(client: &Client, specs: &[&FunctionSpec], parallelism: usize) -> Result<Read, CallError> {
    Ok(Read { functions: read_each(client, specs, parallelism).await?, ..Read::default() })
}

/// Returns how many functions the account has, where listing them all takes less time at the service's quotas than reading
/// each function that the manifest names. A service that does not count its functions is read one by one. `each`: those
/// that exist are read one by one in any case, so that a list only tells which do.
async fn functions_to_list(client: &Client, wanted: usize, each: bool) -> Option<u64> {
    if wanted <= FEW {
        return None;
    }
    let existing = match client.function_count().await {
        Ok(existing) => existing,
        Err(error) => {
            info!(%error, "the account's functions cannot be counted; reading one by one");
            return None;
        }
    };
    let one = Quota::GetFunction.rate();
    let read = if each { existing.min(wanted as u64) as f64 / one } else { 0.0 };
    let listing = (existing / LIST_PAGE + 1) as f64 / Quota::Control.rate() + read;
    let each = wanted as f64 / one;
    debug!(existing, wanted, listing, each, "seconds that reading takes either way");
    (listing < each).then_some(existing)
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
    extent: &Extent,
    existing: u64,
    parallelism: usize,
) -> Result<Read, CallError> {
    let all = all(desired);
    // A manifest with a name must see whose a function is, and one with code in S3 which object it was made of.
    // What stands beside a function may still have to be set, which a tag says, too.
    let needs_tags =
        |spec: &&FunctionSpec| spec.request.tags.is_some() || object(spec).is_some() || !spec.beside.is_empty();
    let tags_matter = desired.name.is_some() || all.iter().any(needs_tags);
    // Functions that are read one by one say their tags themselves.
    let reads_tags = tags_matter && !extent.health;
    let tagged = async { if reads_tags { client.tagged_functions().await.map(Some) } else { Ok(None) } };
    let (listed, tagged) = tokio::join!(list(client, &all, existing), tagged);
    let (mut listed, newest) = match listed {
        Ok(listed) => listed,
        Err(error) if error.is_refusal() => {
            info!(%error, "functions cannot be listed; reading one by one");
            return read_names(client, &all, parallelism).await;
        }
        Err(error) => return Err(error),
    };
    client.listed.store(listed.len() as u64, Ordering::Relaxed);
    let tagged = match tagged {
        Ok(tagged) => tagged,
        Err(error) if error.is_refusal() => {
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
        if extent.health {
            open.push(spec);
            continue;
        }
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
        // Lists have no reserved concurrency, and GetFunction has the larger quota of what does.
        if differ || is_claimed || is_code_open(spec) || spec.beside.has(Kind::ReservedConcurrency) {
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
    let mentioned = match (&desired.name, &tagged) {
        (Some(owner), Some(tagged)) => tagged
            .iter()
            .filter(|(name, tags)| tags.get(OWNER_TAG) == Some(owner) && !extent.declared.contains(*name))
            .map(|(name, _)| name.clone())
            .collect(),
        _ => Vec::new(),
    };
    Ok(Read { functions, newest, mentioned })
}

/// Lists the functions of the account, with the newest version of each where one list of all versions takes fewer calls
/// than asking for those of each function that publishes.
async fn list(client: &Client, specs: &[&FunctionSpec], existing: u64) -> Result<Listed, CallError> {
    let published = specs.iter().filter(|spec| needs_newest(spec)).count() as u64;
    if published > 0 {
        let versions = client.list_versions(existing / LIST_PAGE + 1 + published, existing).await?;
        if let Some(Versions { functions, newest }) = versions {
            return Ok((functions, Some(newest)));
        }
    }
    Ok((client.list_functions().await?, None))
}

/// Configurations of functions by name, and their newest versions where the list had them.
type Listed = (BTreeMap<String, Map<String, Value>>, Option<BTreeMap<String, PublishedVersion>>);

/// Reads the newest versions of the functions that publish. Whether one can be used is asked for where that of its function
/// was: it takes a call for each.
async fn read_newest(
    client: &Client,
    desired: &Desired,
    listed: Option<BTreeMap<String, PublishedVersion>>,
    functions: &mut BTreeMap<String, CurrentFunction>,
    parallelism: usize,
) -> Result<(), CallError> {
    let published = desired.functions.iter().filter(|spec| needs_newest(spec)).map(|spec| &spec.request.function_name);
    let published: Vec<(&String, bool)> =
        published.filter_map(|name| Some((name, functions.get(name)?.is_listed()))).collect();
    let read: Vec<(&String, Newest)> = stream::iter(published)
        .map(async |(name, is_listed)| {
            let newest = match &listed {
                Some(listed) => Ok(listed.get(name).cloned()),
                None => client.newest_version(name).await,
            };
            let mut newest = match newest {
                Ok(None) => return Ok((name, Newest::None)),
                Ok(Some(newest)) => newest,
                Err(error) if error.is_refusal() => return Ok((name, Newest::Unknown(error.code().to_owned()))),
                Err(error) => return Err(error),
            };
            if newest.health == Health::Unknown && !is_listed {
                match client.version_health(name, &newest.number).await {
                    Ok(health) => newest.health = health,
                    // The version is compared in any case.
                    Err(error) if error.is_refusal() => info!(%error, name, "its newest version cannot be read"),
                    Err(error) => return Err(error),
                }
            }
            Ok((name, Newest::Version(Box::new(newest))))
        })
        .buffer_unordered(parallelism.max(1))
        .try_collect()
        .await?;
    for (name, newest) in read {
        if let Some(function) = functions.get_mut(name) {
            function.newest = newest;
        }
    }
    Ok(())
}

/// Reads the newest version of one function, as for a plan.
pub async fn read_newest_of(client: &Client, name: &str, function: &mut CurrentFunction) -> Result<(), CallError> {
    function.newest = match client.newest_version(name).await {
        Ok(newest) => newest.map_or(Newest::None, |newest| Newest::Version(Box::new(newest))),
        Err(error) if error.is_refusal() => Newest::Unknown(error.code().to_owned()),
        Err(error) => return Err(error),
    };
    Ok(())
}

/// Whether a list of functions does not say enough about a function's code: it has digests, and neither the URI of an
/// image nor the key of an archive nor the object that a function refers to.
fn is_code_open(spec: &FunctionSpec) -> bool {
    let code = &spec.request.code;
    let by_tag = code.image_uri.as_ref().is_some_and(|uri| !uri.contains("@sha256:"));
    let has_key = code.source_kms_key_arn.as_ref().is_some_and(|key| !key.is_empty());
    by_tag || has_key || code.s3_object_storage_mode == Some(S3ObjectStorageMode::Reference)
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
        Err(error) if error.is_refusal() => Err(error.to_string()),
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
    read_with_attachments(client, &names, parallelism).await
}

/// Reads functions, and what would be lost with them.
async fn read_with_attachments(
    client: &Client,
    names: &[String],
    parallelism: usize,
) -> Result<BTreeMap<String, CurrentFunction>, CallError> {
    let mut functions: BTreeMap<String, CurrentFunction> = stream::iter(names)
        .map(async |name| Ok::<_, CallError>(client.get_function(name).await?.map(|function| (name.clone(), function))))
        .buffer_unordered(parallelism.max(1))
        .try_filter_map(async |found| Ok(found))
        .try_collect()
        .await?;
    read_attachments(client, names, &mut functions).await;
    Ok(functions)
}

/// Reads what must be known of functions that are to be deleted: whose they are, and what would be lost with them. The account
/// is checked first.
pub async fn read_for_deletion(
    client: &Client,
    desired: &Desired,
    names: &[String],
    parallelism: usize,
) -> Result<CurrentState, ReadError> {
    let account = check_account(client, desired).await?;
    let functions = read_with_attachments(client, names, parallelism).await?;
    let arn = functions.values().find_map(|function| function.text("FunctionArn"));
    let account = account.or_else(|| arn?.split(':').nth(4).map(str::to_owned));
    let region = client.connection().region().to_owned();
    Ok(CurrentState { account, region, functions, ..CurrentState::default() })
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
