//! Reads what stands beside functions: of the kinds that were asked for, in the calls of their rows.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{self, StreamExt, TryStreamExt};
use lambdactl_diff::{CurrentFunction, Found, Need, POINTED_TO, needs};
use lambdactl_schema::{Call, Desired, FunctionSpec, Kind, Operation, Rollout, Slot, Subject};
use serde_json::{Value, json};

use crate::client::Client;
use crate::error::CallError;
use crate::extent::Extent;
use crate::mappings::{ListedMappings, found_of};
use crate::pages::Pages;

type Things = BTreeMap<Slot, Value>;

/// Reads what stands beside the functions that exist, as far as their manifest names it, or an overview shows it.
pub(crate) async fn read_beside(
    client: &Client,
    desired: &Desired,
    extent: &Extent,
    functions: &mut BTreeMap<String, CurrentFunction>,
    parallelism: usize,
) -> Result<(), CallError> {
    let prune = extent.old_versions;
    let existing = desired.functions.iter().filter(|spec| functions.contains_key(&spec.request.function_name));
    let needs = |spec: &FunctionSpec| {
        let shown = if extent.overview { &[Kind::Aliases, Kind::EventSourceMappings][..] } else { &[] };
        let shown = shown.iter().map(|kind| Need { kind: *kind, qualifier: None });
        needs(spec, prune).into_iter().chain(shown).collect::<BTreeSet<Need>>()
    };
    let wanted: Vec<(&str, Need)> = existing
        .flat_map(|spec| needs(spec).into_iter().map(|need| (spec.request.function_name.as_str(), need)))
        .collect();
    let (mappings, wanted): (Vec<_>, Vec<_>) =
        wanted.into_iter().partition(|(_, need)| need.kind == Kind::EventSourceMappings);
    if !mappings.is_empty() {
        let fed: BTreeSet<&str> = mappings.into_iter().map(|(name, _)| name).collect();
        read_mappings(client, desired, &fed, prune, functions, parallelism).await?;
    }
    let read: Vec<(&str, Kind, Found)> = stream::iter(wanted)
        .map(async |(name, need)| Ok::<_, CallError>((name, need.kind, client.beside(name, &need).await?)))
        .buffer_unordered(parallelism.max(1))
        .try_collect()
        .await?;
    for (name, kind, found) in read {
        if let Some(function) = functions.get_mut(name) {
            put(function, kind, found);
        }
    }
    read_pointed_to(client, desired, functions, parallelism).await
}

/// Reads of the aliases that move step by step what the version that each points to must have like the next one.
async fn read_pointed_to(
    client: &Client,
    desired: &Desired,
    functions: &mut BTreeMap<String, CurrentFunction>,
    parallelism: usize,
) -> Result<(), CallError> {
    let is_there = |name: &str, alias: &str| match functions.get(name).and_then(|one| one.beside.get(&Kind::Aliases)) {
        Some(Found::Things(aliases)) => aliases.contains_key(&Slot::function().named(alias)),
        _ => false,
    };
    let mut wanted: Vec<(&str, &str)> = Vec::new();
    for spec in &desired.functions {
        let name = spec.request.function_name.as_str();
        let rolled = spec.beside.aliases().filter(|(_, alias)| Rollout::of(alias).is_some());
        wanted.extend(rolled.map(|(alias, _)| (name, alias.as_str())).filter(|(name, alias)| is_there(name, alias)));
    }
    let read: Vec<(&str, &str, Value)> = stream::iter(wanted)
        .map(async |(name, alias)| {
            let answer = client.read(Call::new(Operation::GetFunction, Subject::qualified(name, alias))).await;
            let pointed = match answer {
                Ok(answer) => {
                    let mut configuration = answer.unwrap_or_default()["Configuration"].take();
                    let (role, queue) = (configuration["Role"].take(), configuration["DeadLetterConfig"].take());
                    json!({ "Role": role, "DeadLetterConfig": queue })
                }
                // The service itself will say whether they go together.
                Err(error) if error.is_refusal() => Value::Null,
                Err(error) => return Err(error),
            };
            Ok((name, alias, pointed))
        })
        .buffer_unordered(parallelism.max(1))
        .try_collect()
        .await?;
    for (name, alias, pointed) in read {
        let aliases = functions.get_mut(name).and_then(|function| function.beside.get_mut(&Kind::Aliases));
        if let Some(Found::Things(aliases)) = aliases
            && let Some(answer) = aliases.get_mut(&Slot::function().named(alias))
        {
            answer[POINTED_TO] = pointed;
        }
    }
    Ok(())
}

/// Lists the mappings of the account, or says why that cannot be done.
pub(crate) async fn list_mappings(client: &Client) -> Result<ListedMappings, CallError> {
    match client.all_mappings().await {
        Ok(listed) => Ok(Ok(listed)),
        Err(error) if error.is_refusal() => Ok(Err(error.code().to_owned())),
        Err(error) => Err(error),
    }
}

/// Reads the mappings of the account once, for all functions that are fed.
async fn read_mappings(
    client: &Client,
    desired: &Desired,
    fed: &BTreeSet<&str>,
    prune: bool,
    functions: &mut BTreeMap<String, CurrentFunction>,
    parallelism: usize,
) -> Result<(), CallError> {
    let listed = list_mappings(client).await?;
    for spec in desired.functions.iter().filter(|spec| fed.contains(spec.request.function_name.as_str())) {
        let name = &spec.request.function_name;
        let Some(function) = functions.get_mut(name) else { continue };
        let mut found = found_of(&listed, name);
        if let Found::Things(mappings) = &mut found {
            let is_owner = prune && desired.name.is_some();
            client.tag_mappings(spec, mappings, is_owner, parallelism).await?;
        }
        put(function, Kind::EventSourceMappings, found);
    }
    Ok(())
}

/// Reads what stands beside one function again, as for a plan.
pub async fn read_beside_of(
    client: &Client,
    name: &str,
    needs: &[Need],
    function: &mut CurrentFunction,
) -> Result<(), CallError> {
    let kind = Kind::EventSourceMappings;
    let fed: Vec<Option<String>> =
        needs.iter().filter(|need| need.kind == kind).map(|need| need.qualifier.clone()).collect();
    if !fed.is_empty() {
        let found = match client.mappings_of(name, &fed).await {
            Ok(mut mappings) => {
                client.tag_all_mappings(&mut mappings).await?;
                Found::Things(mappings)
            }
            Err(error) if error.is_refusal() => Found::Unknown(error.code().to_owned()),
            Err(error) => return Err(error),
        };
        put(function, kind, found);
    }
    for need in needs.iter().filter(|need| need.kind != kind) {
        let found = client.beside(name, need).await?;
        put(function, need.kind, found);
    }
    Ok(())
}

/// Reads everything that stands beside one function: what can only be there for an alias is asked for where there is one.
pub(crate) async fn read_all_beside(
    client: &Client,
    name: &str,
    listed: &ListedMappings,
    function: &mut CurrentFunction,
) -> Result<(), CallError> {
    let mut found = found_of(listed, name);
    if let Found::Things(mappings) = &mut found {
        client.tag_all_mappings(mappings).await?;
    }
    put(function, Kind::EventSourceMappings, found);
    let need = |kind: Kind| Need { kind, qualifier: None };
    let mut needs: Vec<Need> =
        [Kind::Aliases, Kind::Recursion, Kind::EventInvoke, Kind::Permissions, Kind::Urls].map(need).into();
    // An image has its own runtime.
    if function.text("PackageType") != Some("Image") {
        needs.push(need(Kind::RuntimeManagement));
    }
    read_beside_of(client, name, &needs, function).await?;
    let Some(Found::Things(aliases)) = function.beside.get(&Kind::Aliases) else { return Ok(()) };
    if aliases.is_empty() {
        return Ok(());
    }
    let of_alias = aliases.keys().map(|slot| Need { kind: Kind::Permissions, qualifier: slot.name.clone() });
    let needs: Vec<Need> = of_alias.chain([need(Kind::ProvisionedConcurrency)]).collect();
    read_beside_of(client, name, &needs, function).await
}

/// Several reads may tell of one kind: a policy is read for each alias.
fn put(function: &mut CurrentFunction, kind: Kind, found: Found) {
    match (function.beside.get_mut(&kind), found) {
        (Some(Found::Things(things)), Found::Things(more)) => things.extend(more),
        (Some(Found::Unknown(_)), _) => {}
        (_, found) => _ = function.beside.insert(kind, found),
    }
}

impl Client {
    async fn beside(&self, name: &str, need: &Need) -> Result<Found, CallError> {
        let things = match need.kind {
            Kind::Permissions => self.statements(name, need.qualifier.as_deref()).await,
            Kind::ProvisionedConcurrency if need.qualifier.is_some() => self.provisioned(name, need).await,
            Kind::Recursion => self.setting(name, Operation::GetFunctionRecursionConfig, "RecursiveLoop").await,
            Kind::RuntimeManagement => self.setting(name, Operation::GetRuntimeManagementConfig, "").await,
            Kind::Aliases => {
                let of = |alias: &Value| Some(Slot::function().named(alias["Name"].as_str()?));
                self.things(name, Operation::ListAliases, of).await
            }
            Kind::OldVersions => {
                let of = |version: &Value| {
                    let number = version["Version"].as_str()?;
                    number.bytes().all(|byte| byte.is_ascii_digit()).then(|| Slot::function().named(number))
                };
                self.things(name, Operation::ListVersionsByFunction, of).await
            }
            Kind::Urls => self.things(name, Operation::ListFunctionUrlConfigs, qualified).await,
            Kind::EventInvoke => self.things(name, Operation::ListFunctionEventInvokeConfigs, qualified).await,
            Kind::ProvisionedConcurrency => {
                self.things(name, Operation::ListProvisionedConcurrencyConfigs, qualified).await
            }
            // GetFunction has told of it, or of what belongs to the function itself; mappings are read together.
            Kind::EventSourceMappings | Kind::ReservedConcurrency | Kind::CodeSigning | Kind::Tags | Kind::Versions => {
                return Ok(Found::nothing());
            }
        };
        match things {
            Ok(things) => Ok(Found::Things(self.named(things))),
            Err(error) if error.is_refusal() => Ok(Found::Unknown(error.code().to_owned())),
            Err(error) => Err(error),
        }
    }

    /// Reads a list to its end, and finds the place of each of its items. A version's configuration is not kept, since it holds
    /// secrets: its number and its size are all that matter.
    async fn things(
        &self,
        name: &str,
        operation: Operation,
        place: impl Fn(&Value) -> Option<Slot>,
    ) -> Result<Things, CallError> {
        let call = Call::new(operation, Subject::function(name));
        let items = match Pages::of(self, call).all().await {
            Ok(items) => items,
            // It has never had any, or is gone by now.
            Err(error) if error.is_not_found() => return Ok(Things::new()),
            Err(error) => return Err(error),
        };
        let mut things = Things::new();
        for mut item in items {
            let Some(slot) = place(&item) else { continue };
            let kept = if operation == Operation::ListVersionsByFunction { item["CodeSize"].take() } else { item };
            things.insert(slot, kept);
        }
        Ok(things)
    }

    /// Reads the statements of one policy, which comes as JSON in a text. None is a 404.
    async fn statements(&self, name: &str, qualifier: Option<&str>) -> Result<Things, CallError> {
        let place = Slot { qualifier: qualifier.map(str::to_owned), name: None };
        let call = Call::new(Operation::GetPolicy, subject(name, qualifier));
        let Some(answer) = self.read(call).await? else { return Ok(Things::new()) };
        let text = answer["Policy"].as_str().unwrap_or("{}");
        let Ok(policy) = serde_json::from_str::<Value>(text) else {
            return Err(self.unexpected(Operation::GetPolicy, "a policy that is no JSON"));
        };
        let statements = match &policy["Statement"] {
            Value::Array(statements) => statements.clone(),
            Value::Null => Vec::new(),
            // IAM takes one statement without a list around it.
            one => vec![one.clone()],
        };
        let named = |statement: Value| Some((place.clone().named(statement["Sid"].as_str()?), statement));
        Ok(statements.into_iter().filter_map(named).collect())
    }

    async fn provisioned(&self, name: &str, need: &Need) -> Result<Things, CallError> {
        let subject = subject(name, need.qualifier.as_deref());
        let answer = self.read(Call::new(Operation::GetProvisionedConcurrencyConfig, subject)).await?;
        let place = Slot { qualifier: need.qualifier.clone(), name: None };
        Ok(answer.map(|answer| (place, answer)).into_iter().collect())
    }

    /// Reads a setting of the function itself: one member of the answer, or all of it.
    async fn setting(&self, name: &str, operation: Operation, member: &str) -> Result<Things, CallError> {
        let answer = self.read(Call::new(operation, Subject::function(name))).await?;
        let value = match (answer, member) {
            (None, _) => return Ok(Things::new()),
            (Some(answer), "") => answer,
            (Some(mut answer), member) => answer[member].take(),
        };
        Ok(Things::from([(Slot::function(), value)]))
    }

    /// Names of the account are shown to people: what is a secret of the manifest is none of them.
    fn named(&self, things: Things) -> Things {
        let mask = |text: Option<String>| text.map(|text| self.redaction().mask(&text).into_owned());
        let clean = |(slot, value): (Slot, Value)| {
            let Slot { qualifier, name } = slot;
            (Slot { qualifier: mask(qualifier), name: mask(name) }, value)
        };
        things.into_iter().map(clean).collect()
    }

    /// Asks how far the provisioned concurrency of an alias is; `None` when it has none.
    pub async fn provisioned_state(&self, name: &str, alias: &str) -> Result<Option<ProvisionedState>, CallError> {
        let call = Call::new(Operation::GetProvisionedConcurrencyConfig, Subject::qualified(name, alias));
        let Some(answer) = self.read(call).await? else { return Ok(None) };
        let reason = answer["StatusReason"].as_str().unwrap_or_default();
        Ok(Some(ProvisionedState {
            status: answer["Status"].as_str().unwrap_or("READY").to_owned(),
            reason: self.redaction().mask(reason).into_owned(),
            available: answer["AvailableProvisionedConcurrentExecutions"].as_u64().unwrap_or_default(),
            requested: answer["RequestedProvisionedConcurrentExecutions"].as_u64().unwrap_or_default(),
        }))
    }

    /// Whether AWS itself sends all calls of an alias to another version: it does so while the instances that are kept ready for
    /// the alias move (Terraform #48116).
    pub async fn is_alias_moving(&self, name: &str, alias: &str) -> Result<bool, CallError> {
        let subject = Subject { id: Some(alias.to_owned()), ..Subject::function(name) };
        let answer = self.read(Call::new(Operation::GetAlias, subject)).await?.unwrap_or_default();
        let weights = answer["RoutingConfig"]["AdditionalVersionWeights"].as_object().into_iter().flatten();
        Ok(weights.filter_map(|(_, weight)| weight.as_f64()).any(|weight| weight >= 1.0))
    }
}

/// How far the instances are that are kept ready for an alias.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvisionedState {
    /// `IN_PROGRESS`, `READY` or `FAILED`.
    pub status: String,
    /// Why it failed.
    pub reason: String,
    /// Instances that are ready.
    pub available: u64,
    /// Instances that were asked for.
    pub requested: u64,
}

fn subject(name: &str, qualifier: Option<&str>) -> Subject {
    Subject { qualifier: qualifier.map(str::to_owned), ..Subject::function(name) }
}

/// The place of what has the ARN of a function, or of a version or alias of it. `$LATEST` is the function itself.
fn qualified(item: &Value) -> Option<Slot> {
    let arn = item["FunctionArn"].as_str()?;
    Some(match arn.split(':').nth(7) {
        None | Some("$LATEST") => Slot::function(),
        Some(qualifier) => Slot::of(qualifier),
    })
}

/// Returns what GetFunction says of reserved concurrency.
pub(crate) fn reserved(concurrency: Option<&Value>) -> Found {
    let number = concurrency.and_then(|concurrency| concurrency["ReservedConcurrentExecutions"].as_u64());
    number.map_or_else(Found::nothing, |number| Found::one(json!(number)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_in_arns() {
        let of = |arn: &str| qualified(&json!({ "FunctionArn": arn }));
        let function = "arn:aws:lambda:us-west-2:123456789012:function:f";
        assert_eq!(of(function), Some(Slot::function()));
        assert_eq!(of(&format!("{function}:$LATEST")), Some(Slot::function()));
        assert_eq!(of(&format!("{function}:live")), Some(Slot::of("live")));
        assert_eq!(qualified(&json!({})), None);
    }

    #[test]
    fn reserved_nought_is_not_none() {
        assert_eq!(reserved(None), Found::nothing());
        assert_eq!(reserved(Some(&json!({}))), Found::nothing());
        assert_eq!(reserved(Some(&json!({ "ReservedConcurrentExecutions": 0 }))), Found::one(json!(0)));
    }
}
