//! One function of a template.

use serde_json::{Map, Value, json};

use super::code::{NOT_BUILT, code_of};
use super::events;
use super::layers::{Names, referred};
use super::owner::{Owner, provisioned};
use crate::beside::{self, INVOKE, Members, URL, published_alias, tags_of};
use crate::converted::File;
use crate::intrinsics::Template;
use crate::names::{folder, is_member};
use crate::notes::{Notes, missing_role};
use crate::reference::by_defaults;

pub(super) const PLAIN: &str = "AWS::Lambda::Function";
pub(super) const SAM: &str = "AWS::Serverless::Function";

/// Letters of the longest name of a function.
const LONGEST: usize = 64;

/// A function's resource.
pub(super) struct Resource<'a> {
    pub(super) id: &'a str,
    pub(super) is_sam: bool,
    /// Its properties, with the globals.
    pub(super) properties: &'a Value,
    pub(super) metadata: &'a Value,
}

/// What becomes of a property that is not a member of the API under the same name.
#[derive(Clone, Copy)]
enum Becomes {
    /// A member of another name.
    Member(&'static str),
    /// A member within a structure.
    Within(&'static str, &'static str),
    /// A key of the manifest under the same name.
    Key,
    /// Nothing, for a reason.
    Nothing(&'static str),
    /// What is read elsewhere.
    Elsewhere,
}

use Becomes::{Elsewhere, Key, Member, Nothing, Within};

/// The properties of both kinds of functions.
const BOTH: [(&str, Becomes); 7] = [
    ("KmsKeyArn", Member("KMSKeyArn")),
    ("ReservedConcurrentExecutions", Key),
    ("RuntimeManagementConfig", Key),
    ("RecursiveLoop", Key),
    ("FunctionScalingConfig", Nothing("a manifest cannot say it; set it with the AWS CLI, lambdactl leaves it alone")),
    ("Code", Elsewhere),
    ("PublishToLatestPublished", Elsewhere),
];

const NO_ROLES: &str = "roles are not managed; the function's `Role` is";

/// The properties that only SAM's have.
const OF_SAM: [(&str, Becomes); 22] = [
    ("CodeUri", Elsewhere),
    ("InlineCode", Elsewhere),
    ("ImageUri", Elsewhere),
    ("SourceKMSKeyArn", Elsewhere),
    ("Tracing", Within("TracingConfig", "Mode")),
    ("DeadLetterQueue", Elsewhere),
    ("CapacityProviderConfig", Elsewhere),
    ("Events", Elsewhere),
    ("EventInvokeConfig", Elsewhere),
    ("FunctionUrlConfig", Elsewhere),
    ("AutoPublishAlias", Elsewhere),
    ("ProvisionedConcurrencyConfig", Elsewhere),
    ("IgnoreGlobals", Elsewhere),
    ("DeploymentPreference", Nothing("an alias moves at once; write `RoutingConfig` for a canary by hand")),
    ("AutoPublishCodeSha256", Nothing("a version is published when code or settings differ")),
    ("AutoPublishAliasAllProperties", Nothing("a version is published when code or settings differ")),
    ("VersionDescription", Nothing("a version takes the function's `Description`")),
    ("VersionDeletionPolicy", Nothing("old versions stay unless `versions: {keep: N}` says otherwise")),
    ("Policies", Nothing(NO_ROLES)),
    ("PermissionsBoundary", Nothing(NO_ROLES)),
    ("AssumeRolePolicyDocument", Nothing(NO_ROLES)),
    ("RolePath", Nothing(NO_ROLES)),
];

fn row(name: &str, is_sam: bool) -> Option<Becomes> {
    let of_sam = OF_SAM.iter().filter(|_| is_sam);
    BOTH.iter().chain(of_sam).find(|(property, _)| *property == name).map(|(_, becomes)| *becomes)
}

pub(super) fn function(of: &Resource<'_>, template: &Template<'_>, layers: &Names, notes: &mut Notes) -> Owner {
    let mut members = Members::new();
    for (name, written) in of.properties.as_object().into_iter().flatten() {
        let becomes = row(name, of.is_sam);
        match becomes {
            Some(Nothing(why)) => {
                notes.left_out(name, why);
                continue;
            }
            Some(Elsewhere) => continue,
            None if name == "PropagateTags" && of.is_sam => {
                notes.left_out(name, "tags are written on the function only");
                continue;
            }
            None if !is_member(name) => {
                notes.left_out(name, "the CreateFunction API has no such member");
                continue;
            }
            _ => {}
        }
        if name == "Environment" {
            blank_variables(written, notes);
        }
        let written = if name == "Layers" { referred(written, layers) } else { written.clone() };
        let written = if name == "Tags" { with_known_keys(&written, template, notes) } else { written };
        let value = template.resolve(&written, name, notes);
        if value.is_null() {
            continue;
        }
        match becomes {
            Some(Member(member)) => _ = members.insert(member.into(), value),
            Some(Within("TracingConfig", _)) if value == "Disabled" => {}
            Some(Within(member, inner)) => _ = members.insert(member.into(), json!({ inner: value })),
            _ if name == "Tags" => _ = members.insert(name.clone(), tags_of(value)),
            _ => _ = members.insert(name.clone(), value),
        }
    }
    code(of, template, &mut members, notes);
    image(of, &mut members, notes);
    named(of, template, &mut members, notes);
    // The role that SAM makes has the function's id in its own.
    let role = format!("{}Role", of.id);
    if !members.contains_key("Role")
        && of.is_sam
        && of.properties["RolePath"].is_null()
        && template.made(&role).is_some()
    {
        members.insert("Role".into(), json!(template.arn(&role, "Role", notes)));
    }
    if members.get("Role").is_none_or(Value::is_null) {
        let made = if of.is_sam { "SAM makes one of Policies" } else { "the template names none" };
        members.insert("Role".into(), missing_role(of.id, notes, made));
    }
    let mut owner = Owner { id: of.id.to_owned(), members, alias: None };
    if of.is_sam {
        words_of_sam(of, template, &mut owner.members, notes);
        beside_of_sam(of, template, &mut owner, notes);
    }
    if template.resolve(&of.properties["PublishToLatestPublished"], "PublishToLatestPublished", notes) == json!(true) {
        owner.members.insert("PublishTo".into(), json!("LATEST_PUBLISHED"));
    }
    owner
}

/// The name: the template's, or the logical id as far as a name may be.
fn named(of: &Resource<'_>, template: &Template<'_>, members: &mut Members, notes: &mut Notes) {
    let written = members.get("FunctionName").and_then(Value::as_str);
    if let Some((name, _)) = template.made(of.id) {
        // A name with references in it stays, where they come to the same.
        if written.and_then(by_defaults).is_none_or(|(written, _)| written != name) {
            if let Some(written) = written {
                let said = format!("{written}, which the stack calls {name}: that is written");
                notes.guessed("FunctionName", said);
            }
            members.insert("FunctionName".into(), json!(name));
        }
        return;
    }
    if template.stack.is_some() {
        notes.must("FunctionName", "the stack that you named has no such function: is it a stack of this template?");
    }
    if members.contains_key("FunctionName") {
        return;
    }
    let called: String = of.id.chars().take(LONGEST).collect();
    notes.must("FunctionName", "the stack makes the name: called by the logical id here; write the real one to manage a function that exists (`aws cloudformation list-stack-resources` shows it)");
    members.insert("FunctionName".into(), json!(called));
}

/// SAM's own words for members of the API.
fn words_of_sam(of: &Resource<'_>, template: &Template<'_>, members: &mut Members, notes: &mut Notes) {
    let queue = template.resolve(&of.properties["DeadLetterQueue"], "DeadLetterQueue", notes);
    if !queue["TargetArn"].is_null() {
        members.insert("DeadLetterConfig".into(), json!({ "TargetArn": queue["TargetArn"] }));
    } else if !queue.is_null() {
        notes.left_out("DeadLetterQueue", "it has no TargetArn");
    }
    let provider = template.resolve(&of.properties["CapacityProviderConfig"], "CapacityProviderConfig", notes);
    if let Value::Object(provider) = provider {
        let config: Map<String, Value> = provider
            .into_iter()
            .map(|(name, value)| (if name == "Arn" { "CapacityProviderArn".to_owned() } else { name }, value))
            .collect();
        let config = if config.contains_key("LambdaManagedInstancesCapacityProviderConfig") {
            Value::Object(config)
        } else {
            json!({ "LambdaManagedInstancesCapacityProviderConfig": config })
        };
        members.insert("CapacityProviderConfig".into(), config);
    }
}

/// What SAM makes other resources of.
fn beside_of_sam(of: &Resource<'_>, template: &Template<'_>, owner: &mut Owner, notes: &mut Notes) {
    let properties = of.properties;
    let alias = &properties["AutoPublishAlias"];
    if !alias.is_null() {
        match template.decided(alias, "AutoPublishAlias", notes).as_ref().and_then(Value::as_str) {
            Some(name) if !name.is_empty() => {
                published_alias(&mut owner.members, name);
                owner.alias = Some(name.to_owned());
            }
            _ => notes.must("AutoPublishAlias", "left out: its name is not known here; write it under `Aliases`"),
        }
    }
    let alias = owner.alias.clone();
    let concurrency =
        template.resolve(&properties["ProvisionedConcurrencyConfig"], "ProvisionedConcurrencyConfig", notes);
    match (&concurrency, &alias) {
        (Value::Null, _) => {}
        (config, Some(alias)) => provisioned(beside::place(&mut owner.members, Some(alias)), config),
        (_, None) => notes.left_out("ProvisionedConcurrencyConfig", "it needs an alias"),
    }
    if let Value::Object(mut url) = template.resolve(&properties["FunctionUrlConfig"], "FunctionUrlConfig", notes) {
        let is_public = url.get("AuthType").is_some_and(|kind| kind == "NONE");
        if let Some(invoke) = url.shift_remove("InvokeMode").filter(|mode| mode != "BUFFERED") {
            url.insert("InvokeMode".into(), invoke);
        }
        let mut url = beside::only(url, &|name| URL.contains(&name), "FunctionUrlConfig", notes);
        if is_public {
            // SAM adds the statement that lets everybody call.
            url["public"] = json!(true);
        }
        beside::place(&mut owner.members, alias.as_deref()).insert("FunctionUrlConfig".into(), url);
    }
    if let Value::Object(mut config) = template.resolve(&properties["EventInvokeConfig"], "EventInvokeConfig", notes) {
        for side in ["OnSuccess", "OnFailure"] {
            let Some(target) = config.get_mut("DestinationConfig").and_then(|both| both.get_mut(side)) else {
                continue;
            };
            let place = format!("EventInvokeConfig.DestinationConfig.{side}");
            let destination = match &target["Destination"] {
                Value::Null => notes.unknown(
                    &format!("{}{side}", of.id),
                    "ARN",
                    format!("where {side} of {} goes: SAM makes it", of.id),
                    &place,
                ),
                known => known.clone(),
            };
            *target = json!({ "Destination": destination });
        }
        let config = beside::only(config, &|name| INVOKE.contains(&name), "EventInvokeConfig", notes);
        beside::place(&mut owner.members, alias.as_deref()).insert("EventInvokeConfig".into(), config);
    }
    events::events(&properties["Events"], template, owner, notes);
}

/// The code, from wherever the template has it.
fn code(of: &Resource<'_>, template: &Template<'_>, members: &mut Members, notes: &mut Notes) {
    let properties = of.properties;
    let inline = if of.is_sam { &properties["InlineCode"] } else { &properties["Code"]["ZipFile"] };
    if !inline.is_null() {
        return self::inline(of, inline, template, members, notes);
    }
    let is_image_asset =
        !of.metadata["aws:asset:dockerfile-path"].is_null() || of.metadata["aws:asset:property"] == "Code.ImageUri";
    if let Some(asset) = of.metadata["aws:asset:path"].as_str().filter(|_| !is_image_asset) {
        notes.guessed("Code", "taken from the folder of CDK's assembly: keep the manifest beside the template");
        members.insert("Code".into(), json!(format!("./{asset}")));
        return;
    }
    let (path, written) = ["Code", "CodeUri", "ImageUri"]
        .into_iter()
        .map(|name| (name, &properties[name]))
        .find(|(_, written)| !written.is_null())
        .unwrap_or(("Code", &Value::Null));
    let value = match path {
        "ImageUri" => json!({ "ImageUri": template.resolve(written, path, notes) }),
        _ => code_of(template.resolve(written, path, notes)),
    };
    let is_image = properties["PackageType"] == "Image" || value.get("ImageUri").is_some();
    let value = match value {
        Value::String(_) if is_image => Value::Null,
        Value::Object(map) if map.is_empty() => Value::Null,
        value => value,
    };
    let is_local = value.as_str().is_some_and(|text| !text.starts_with('\u{1}'));
    if of.is_sam && is_local && !of.metadata["SamResourceId"].is_string() {
        notes.must(path, NOT_BUILT);
    }
    let mut value = match value {
        Value::Null if is_image => {
            let what = format!("the image of {}, which is built from `Metadata`", of.id);
            json!({ "ImageUri": notes.unknown(&format!("{}ImageUri", of.id), "URI", what, "ImageUri") })
        }
        Value::Null => {
            notes.must("Code", "the template names none: taken from the manifest's folder");
            json!(".")
        }
        value => value,
    };
    let key = &properties["SourceKMSKeyArn"];
    if of.is_sam && !key.is_null() {
        match (template.resolve(key, "SourceKMSKeyArn", notes), value.as_object_mut()) {
            (Value::Null, _) => {}
            (key, Some(code)) => _ = code.insert("SourceKMSKeyArn".into(), key),
            (_, None) => notes.left_out("SourceKMSKeyArn", "it is for code in S3"),
        }
    }
    members.insert("Code".into(), value);
}

/// Code within the template: the service wants an archive.
fn inline(of: &Resource<'_>, written: &Value, template: &Template<'_>, members: &mut Members, notes: &mut Notes) {
    let folder = folder(of.id);
    let path = if of.is_sam { "InlineCode" } else { "Code.ZipFile" };
    let runtime = members.get("Runtime").and_then(Value::as_str).unwrap_or_default();
    let name = match runtime {
        runtime if runtime.starts_with("python") => Some("index.py"),
        runtime if runtime.starts_with("nodejs") => Some("index.js"),
        _ => None,
    };
    let text = template.decided(written, path, notes);
    match (name, text.as_ref().and_then(Value::as_str)) {
        (Some(name), Some(text)) => {
            if text.contains("cfnresponse") || text.contains("cfn-response") {
                notes.must(
                    path,
                    format!("the code uses `cfn-response`, which CloudFormation adds: put it into the folder {folder}"),
                );
            }
            notes.files.push(File { folder: folder.clone(), name, text: text.to_owned() });
        }
        _ => notes
            .must(path, format!("code within the template that is not known here: put it into the folder {folder}")),
    }
    members.insert("Code".into(), json!(format!("./{folder}")));
}

/// An image brings its own runtime.
fn image(of: &Resource<'_>, members: &mut Members, notes: &mut Notes) {
    let is_image = of.properties["PackageType"] == "Image"
        || members.get("Code").is_some_and(|code| code.get("ImageUri").is_some());
    if !is_image {
        return;
    }
    members.insert("PackageType".into(), json!("Image"));
    for name in ["Runtime", "Handler", "Layers"] {
        if members.shift_remove(name).is_some() {
            notes.left_out(name, "a container image brings its own");
        }
    }
}

/// Says which variables have nothing as their value: CloudFormation refuses such a template.
fn blank_variables(environment: &Value, notes: &mut Notes) {
    let variables = environment["Variables"].as_object().into_iter().flatten();
    for (name, _) in variables.filter(|(_, value)| value.is_null()) {
        notes.left_out(format!("Environment.Variables.{name}"), "it has no value; write \"\" for an empty text");
    }
}

/// Tags whose keys are texts: a manifest has no references in keys.
fn with_known_keys(tags: &Value, template: &Template<'_>, notes: &mut Notes) -> Value {
    let Value::Array(items) = tags else { return tags.clone() };
    let mut known = Vec::new();
    for (index, tag) in items.iter().enumerate() {
        let path = format!("Tags.{index}.Key");
        match template.decided(&tag["Key"], &path, notes) {
            Some(Value::String(key)) => known.push(json!({ "Key": key, "Value": tag["Value"] })),
            _ if tag.get("Key").is_none() => known.push(tag.clone()),
            _ => notes.must(path, "left out: a manifest has no references in keys; write the tag by hand"),
        }
    }
    Value::Array(known)
}
