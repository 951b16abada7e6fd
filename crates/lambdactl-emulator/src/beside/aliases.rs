//! Aliases. Texts and shapes are recorded answers, unless a comment says otherwise.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::beside::provisioned;
use crate::functions::read::find;
use crate::http::asked::Asked;
use crate::http::members::parse;
use crate::http::pages::page;
use crate::names::{LATEST, validation_errors};
use crate::scope::Scope;
use crate::service_error::ServiceError;
use crate::shared::Shared;
use crate::store::function::Function;
use crate::store::records::Change;

/// What `MaxItems` may be (the service's model).
const MOST_ROWS: usize = 10_000;

type Alias = Map<String, Value>;

/// CreateAlias.
pub(crate) fn create(shared: &Shared, asked: &Asked) -> Result<Value, ServiceError> {
    let sent = parse(&asked.body)?;
    let mut failures = Vec::new();
    let name = text(&sent, "Name").unwrap_or_default().to_owned();
    failures.extend(name_failure(&sent));
    if text(&sent, "FunctionVersion").is_none() {
        failures
            .push("Value null at 'functionVersion' failed to satisfy constraint: Member must not be null".to_owned());
    }
    failures.extend(weight_failures(&sent));
    if !failures.is_empty() {
        return Err(validation_errors(&failures));
    }
    change(shared, asked, |function, arn| {
        let version = text(&sent, "FunctionVersion").unwrap_or_default().to_owned();
        let function = function.ok_or_else(|| ServiceError::function_not_found(&format!("{arn}:{version}")))?;
        if function.attached.aliases.iter().any(|alias| text(alias, "Name") == Some(&name)) {
            return Err(ServiceError::conflict(&format!("Alias already exists: {arn}:{name}")));
        }
        let mut alias: Alias = [
            ("AliasArn", json!(format!("{arn}:{name}"))),
            ("Name", json!(name)),
            ("FunctionVersion", json!(version)),
            ("Description", sent.get("Description").cloned().unwrap_or_else(|| json!(""))),
        ]
        .into_iter()
        .map(|(member, value)| (member.to_owned(), value))
        .collect();
        set_routing(&mut alias, &sent);
        check_versions(function, arn, &alias)?;
        renew_revision(&mut alias);
        function.attached.aliases.push(alias.clone());
        Ok(Value::Object(alias))
    })
}

/// GetAlias.
pub(crate) fn get(shared: &Shared, asked: &Asked) -> Result<Value, ServiceError> {
    let reference = asked.function()?;
    let function = find(shared, &asked.scope, &reference)?;
    let arn = asked.scope.function_arn(&reference.name);
    let missing = || ServiceError::not_found(&format!("Cannot find alias arn: {arn}:{}", asked.id()));
    let alias = function.attached.alias(asked.id()).ok_or_else(missing)?;
    Ok(Value::Object(shown(shared, &asked.scope, &function, alias)))
}

/// UpdateAlias: what is left out stays. Each one gives another revision, also one that changes nothing.
pub(crate) fn update(shared: &Shared, asked: &Asked) -> Result<Value, ServiceError> {
    let sent = parse(&asked.body)?;
    let failures = weight_failures(&sent);
    if !failures.is_empty() {
        return Err(validation_errors(&failures));
    }
    change(shared, asked, |function, arn| {
        let function = function.ok_or_else(|| ServiceError::function_not_found(arn))?;
        let place = function.attached.aliases.iter().position(|alias| text(alias, "Name") == Some(asked.id()));
        let missing = || ServiceError::not_found(&format!("Alias not found: {arn}:{}", asked.id()));
        let place = place.ok_or_else(missing)?;
        let kept = function.attached.aliases[place].clone();
        let mut alias = shown(shared, &asked.scope, function, &kept);
        if sent.get("RevisionId").is_some_and(|wanted| Some(wanted) != alias.get("RevisionId")) {
            return Err(ServiceError::precondition_failed());
        }
        for member in ["FunctionVersion", "Description"] {
            if let Some(value) = sent.get(member) {
                alias.insert(member.to_owned(), value.clone());
            }
        }
        set_routing(&mut alias, &sent);
        // Weights that the service gave it for a time are refused like others, where they are not taken away.
        check_versions(function, arn, &alias)?;
        if !sent.contains_key("RoutingConfig") && !kept.contains_key("RoutingConfig") {
            alias.shift_remove("RoutingConfig");
        }
        renew_revision(&mut alias);
        function.attached.aliases[place] = alias.clone();
        let before = text(&kept, "FunctionVersion").unwrap_or_default();
        if text(&alias, "FunctionVersion") != Some(before) {
            provisioned::moved(shared, &asked.scope, function, asked.id(), before);
        }
        Ok(Value::Object(alias))
    })
}

/// DeleteAlias: one that is not there is no error. Its policy (AWS documentation), its provisioned concurrency and its URL go
/// with it; the service takes some seconds for the URL. That what was told about asynchronous calls goes, too, could not be
/// verified.
pub(crate) fn delete(shared: &Shared, asked: &Asked) -> Result<(), ServiceError> {
    change(shared, asked, |function, arn| {
        let function = function.ok_or_else(|| ServiceError::function_not_found(arn))?;
        function.attached.aliases.retain(|alias| text(alias, "Name") != Some(asked.id()));
        // A name of digits is that of a version.
        if !asked.id().bytes().all(|byte| byte.is_ascii_digit()) {
            function.attached.drop_qualifier(asked.id());
        }
        shared.provisioning.end(&(asked.scope.region.clone(), function.name.clone(), asked.id().to_owned()));
        Ok(())
    })
}

/// ListAliases, by name; `FunctionVersion` takes those whose main version it is.
pub(crate) fn list(shared: &Shared, asked: &Asked) -> Result<Value, ServiceError> {
    let function = find(shared, &asked.scope, &asked.function()?)?;
    let version = asked.member("FunctionVersion");
    let is_wanted = |alias: &&Alias| version.is_none_or(|version| text(alias, "FunctionVersion") == Some(version));
    let mut aliases: Vec<&Alias> = function.attached.aliases.iter().filter(is_wanted).collect();
    aliases.sort_by_key(|alias| text(alias, "Name").unwrap_or_default().to_owned());
    let row = |alias: &Alias| Value::Object(shown(shared, &asked.scope, &function, alias));
    page(asked, aliases.into_iter().map(row).collect(), MOST_ROWS)
}

/// An alias as it is answered: while provisioned concurrency moves to another version, the service leaves the traffic where
/// it was by a weight of its own, as users of it report.
fn shown(shared: &Shared, scope: &Scope, function: &Function, alias: &Alias) -> Alias {
    let mut alias = alias.clone();
    let name = text(&alias, "Name").unwrap_or_default();
    if let Some(before) = shared.provisioning.version_before(&scope.region, &function.name, name)
        && !alias.contains_key("RoutingConfig")
    {
        alias.insert("RoutingConfig".to_owned(), json!({ "AdditionalVersionWeights": { before: 1.0 } }));
    }
    alias
}

fn change<T>(
    shared: &Shared,
    asked: &Asked,
    work: impl FnOnce(Option<&mut Function>, &str) -> Result<T, ServiceError>,
) -> Result<T, ServiceError> {
    let (scope, reference): (&Scope, _) = (&asked.scope, asked.function()?);
    shared.store.change(&scope.region, &reference.name, |existing| {
        let mut function = existing;
        let answer = work(function.as_mut(), &scope.function_arn(&reference.name))?;
        let kept = function.map_or(Change::Keep, |function| Change::Put(Box::new(function), None));
        Ok((kept, answer))
    })
}

fn text<'a>(members: &'a Alias, member: &str) -> Option<&'a str> {
    members.get(member).and_then(Value::as_str)
}

fn renew_revision(alias: &mut Alias) {
    alias.insert("RevisionId".to_owned(), Uuid::new_v4().to_string().into());
}

fn weights(members: &Alias) -> Map<String, Value> {
    let weights = members.get("RoutingConfig").and_then(|routing| routing.get("AdditionalVersionWeights"));
    weights.and_then(Value::as_object).cloned().unwrap_or_default()
}

/// Takes over weights, where there are some: none take the old ones away, and an absent `RoutingConfig` leaves them.
fn set_routing(alias: &mut Alias, sent: &Alias) {
    if !sent.contains_key("RoutingConfig") {
        return;
    }
    match weights(sent) {
        none if none.is_empty() => _ = alias.shift_remove("RoutingConfig"),
        weights => {
            alias.insert("RoutingConfig".to_owned(), json!({ "AdditionalVersionWeights": weights }));
        }
    }
}

fn name_failure(sent: &Alias) -> Option<String> {
    let Some(name) = text(sent, "Name") else {
        return Some("Value null at 'name' failed to satisfy constraint: Member must not be null".to_owned());
    };
    let is_taken = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let fits = !name.is_empty() && name.bytes().all(is_taken) && !name.bytes().all(|byte| byte.is_ascii_digit());
    (!fits).then(|| {
        format!(
            "Value '{name}' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: \
             (?!^[0-9]+$)([a-zA-Z0-9-_]+)"
        )
    })
}

fn weight_failures(sent: &Alias) -> Vec<String> {
    let mut failures = Vec::new();
    for (version, weight) in weights(sent) {
        let at = "at 'routingConfig.additionalVersionWeights' failed to satisfy constraint:";
        if version.is_empty() || !version.bytes().all(|byte| byte.is_ascii_digit()) {
            failures.push(format!(
                "Value '{{{version}={weight}}}' {at} Map keys must satisfy constraint: [Member must have length less than or \
                 equal to 1024, Member must have length greater than or equal to 1, Member must satisfy regular expression \
                 pattern: [0-9]+, Member must not be null]"
            ));
        }
        if weight.as_f64().is_none_or(|weight| !(0.0..=1.0).contains(&weight)) {
            failures.push(format!(
                "Value '{{{version}={weight:?}}}' {at} Map value must satisfy constraint: [Member must have value less than \
                 or equal to 1.0, Member must have value greater than or equal to 0.0, Member must not be null]",
                weight = weight.as_f64().unwrap_or_default()
            ));
        }
    }
    failures
}

/// Checks the versions that an alias names.
fn check_versions(function: &Function, arn: &str, alias: &Alias) -> Result<(), ServiceError> {
    let main = text(alias, "FunctionVersion").unwrap_or_default();
    let weights = weights(alias);
    if weights.len() > 1 {
        let message = "Number of items in AdditionalVersionWeights cannot be greater than 1";
        return Err(ServiceError::invalid_parameter(message));
    }
    if weights.contains_key(main) {
        return Err(ServiceError::invalid_parameter(&format!(
            "Invalid function version {main}. Function version {main} is already included in routing configuration."
        )));
    }
    if main == LATEST && !weights.is_empty() {
        let message = "$LATEST is not supported for an alias pointing to more than 1 version";
        return Err(ServiceError::limit_exceeded(message));
    }
    for version in std::iter::once(main).chain(weights.keys().map(String::as_str)) {
        if function.snapshot(Some(version)).is_none() {
            return Err(ServiceError::function_not_found(&format!("{arn}:{version}")));
        }
    }
    Ok(())
}
