//! PublishLayerVersion and what reads and deletes versions.

use lambdactl_schema::request::{Architecture, Runtime};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::functions::checks::{Request, read_code};
use crate::functions::dates::last_modified;
use crate::functions::defaults::code_members;
use crate::functions::object;
use crate::http::asked::Asked;
use crate::http::members::parse;
use crate::http::pages::page;
use crate::layers::named::{layer, number, version};
use crate::names::validation_errors;
use crate::service_error::ServiceError;
use crate::shared::Shared;
use crate::store::attached::Policy;
use crate::store::function::CodeSource;
use crate::store::layer::{Layer, LayerVersion};

/// What `MaxItems` of lists of layers may be (the service's model).
const MANY: usize = 50;

/// Members of a request that are answered as they were sent.
const KEPT: [&str; 3] = ["CompatibleRuntimes", "CompatibleArchitectures", "LicenseInfo"];

/// PublishLayerVersion. The same content again is another version, and numbers go on after all were deleted.
pub(crate) fn publish(shared: &Shared, asked: &Asked) -> Result<Value, ServiceError> {
    let name = layer(asked)?;
    let sent = parse(&asked.body)?;
    check(&sent)?;
    // What is wrong with content is said in the words for code: those for layers could not be verified.
    let members: Map<String, Value> =
        [("Code".to_owned(), sent.get("Content").cloned().unwrap_or_else(|| json!({})))].into_iter().collect();
    let object = object::named(&shared.store, members.get("Code"))?;
    let (code, zip) = read_code(&Request { members: &members }, object)?;
    let (sha256, size) = code_members(&code, zip.as_ref());
    let scope = &asked.scope;
    let arn = scope.layer_arn(&name);
    let endpoint = &shared.endpoint;
    shared.store.change_layer(&scope.region, &name, |layer| {
        let mut layer = layer.unwrap_or_default();
        layer.last_version += 1;
        let number = layer.last_version;
        let mut members = Map::new();
        members.insert("LayerVersionArn".to_owned(), format!("{arn}:{number}").into());
        members.insert("Version".to_owned(), number.into());
        members.insert("Description".to_owned(), sent.get("Description").cloned().unwrap_or_else(|| json!("")));
        members.insert("CreatedDate".to_owned(), last_modified().into());
        for member in KEPT {
            members.extend(sent.get(member).map(|value| (member.to_owned(), value.clone())));
        }
        let digest = match &code {
            CodeSource::Zip { digest } => Some(digest.clone()),
            CodeSource::S3 { .. } | CodeSource::Image { .. } => None,
        };
        let version = LayerVersion { members, sha256, size, digest, policy: Policy::default() };
        let answer = whole(&arn, &version, endpoint);
        layer.versions.insert(number, version);
        Ok((Some(layer), zip, answer))
    })
}

/// GetLayerVersion.
pub(crate) fn get(shared: &Shared, asked: &Asked) -> Result<Value, ServiceError> {
    let (name, number) = (layer(asked)?, number(asked)?);
    read(shared, asked, &name, number)
}

/// GetLayerVersionByArn.
pub(crate) fn get_by_arn(shared: &Shared, asked: &Asked) -> Result<Value, ServiceError> {
    let arn = asked.member("Arn").unwrap_or_default();
    let Some((region, account, name, number)) = version(arn) else {
        return Err(validation_errors(&[format!(
            "Value '{arn}' at 'arn' failed to satisfy constraint: Member must satisfy regular expression pattern: \
             (arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{{2}}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{{1}}:\\d{{12}}:layer:[a-zA-Z0-9-_]+:[0-9]+)|\
             (arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+)"
        )]));
    };
    if region != asked.scope.region || account != asked.scope.account {
        return Err(ServiceError::access_denied());
    }
    read(shared, asked, name, number)
}

fn read(shared: &Shared, asked: &Asked, name: &str, number: u64) -> Result<Value, ServiceError> {
    let layer = shared.store.layer(&asked.scope.region, name)?.unwrap_or_default();
    let version = layer.versions.get(&number);
    let version = version.ok_or_else(|| ServiceError::not_found("The resource you requested does not exist."))?;
    Ok(whole(&asked.scope.layer_arn(name), version, &shared.endpoint))
}

/// ListLayerVersions, the newest first. A layer that is not there has none.
pub(crate) fn list(shared: &Shared, asked: &Asked) -> Result<Value, ServiceError> {
    let name = layer(asked)?;
    let layer = shared.store.layer(&asked.scope.region, &name)?.unwrap_or_default();
    let versions = layer.versions.values().rev().filter(|version| is_wanted(version, asked));
    page(asked, versions.map(|version| Value::Object(version.members.clone())).collect(), MANY)
}

/// ListLayers: those that have versions.
pub(crate) fn list_layers(shared: &Shared, asked: &Asked) -> Result<Value, ServiceError> {
    let mut rows = Vec::new();
    shared.store.visit_layers(&asked.scope.region, |name, Layer { versions, .. }| {
        if let Some(newest) = versions.values().rev().find(|version| is_wanted(version, asked)) {
            let arn = asked.scope.layer_arn(name);
            rows.push(json!({ "LayerName": name, "LayerArn": arn, "LatestMatchingVersion": newest.members }));
        }
    })?;
    page(asked, rows, MANY)
}

/// DeleteLayerVersion, which is no error where there is none. Functions that use the version keep it.
pub(crate) fn delete(shared: &Shared, asked: &Asked) -> Result<(), ServiceError> {
    let (name, number) = (layer(asked)?, number(asked)?);
    shared.store.change_layer(&asked.scope.region, &name, |layer| {
        let removed = layer.and_then(|mut layer| layer.versions.remove(&number).map(|_| layer));
        Ok((removed, None, ()))
    })
}

/// Whether a version is one that the query asks for.
fn is_wanted(version: &LayerVersion, asked: &Asked) -> bool {
    [("CompatibleRuntime", "CompatibleRuntimes"), ("CompatibleArchitecture", "CompatibleArchitectures")].iter().all(
        |(query, member)| {
            let listed = version.members.get(*member).and_then(Value::as_array);
            asked.member(query).is_none_or(|wanted| listed.is_some_and(|all| all.iter().any(|one| one == wanted)))
        },
    )
}

/// A version with its content, as one that is read by itself.
fn whole(arn: &str, version: &LayerVersion, endpoint: &str) -> Value {
    let LayerVersion { members, sha256, size, digest, policy: _ } = version;
    let mut content = json!({ "CodeSha256": sha256, "CodeSize": size });
    if let Some(digest) = digest {
        content["Location"] = format!("{endpoint}/code/{digest}.zip").into();
    }
    let mut answer = Map::new();
    answer.insert("Content".to_owned(), content);
    answer.insert("LayerArn".to_owned(), arn.into());
    answer.extend(members.clone());
    Value::Object(answer)
}

/// Checks a request against the service's model. Its list of runtimes has deprecated ones in it, which are taken.
fn check(sent: &Map<String, Value>) -> Result<(), ServiceError> {
    let mut failures = Vec::new();
    let member = |name: &str| name[..1].to_lowercase() + &name[1..];
    for (name, most) in [("Description", 256), ("LicenseInfo", 512)] {
        let text = sent.get(name).and_then(Value::as_str).unwrap_or_default();
        if text.chars().count() > most {
            failures.push(format!(
                "Value '{text}' at '{}' failed to satisfy constraint: Member must have length less than or equal to {most}",
                member(name)
            ));
        }
    }
    let runtimes = Runtime::KNOWN;
    let architectures = Architecture::KNOWN;
    for (name, most, values) in [("CompatibleRuntimes", 15, runtimes), ("CompatibleArchitectures", 2, architectures)] {
        let items = sent.get(name).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let texts: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
        let shown =
            format!("Value '[{}]' at '{}' failed to satisfy constraint: Member must", texts.join(", "), member(name));
        if texts.len() > most {
            failures.push(format!("{shown} have length less than or equal to {most}"));
        }
        if !texts.iter().all(|text| values.contains(text)) {
            failures.push(format!(
                "{shown} satisfy constraint: [Member must satisfy enum value set: [{}], Member must not be null]",
                values.join(", ")
            ));
        }
    }
    if !sent.contains_key("Content") {
        failures.push("Value null at 'content' failed to satisfy constraint: Member must not be null".to_owned());
    }
    if failures.is_empty() { Ok(()) } else { Err(validation_errors(&failures)) }
}

/// A revision of a policy.
pub(crate) fn revision() -> String {
    Uuid::new_v4().to_string()
}
