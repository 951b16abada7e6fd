//! Resources of Terraform that stand beside a function.

use lambdactl_schema::is_layer_name;
use serde_json::{Map, Value, json};

use super::resource::{Resource, references, without_keys};
use super::words::{Shape, api, is_something, pascal};
use crate::beside::{self, INVOKE, Members, URL};
use crate::names::label;
use crate::notes::Notes;
use crate::reference;
use lambdactl_schema::STATEMENT_MEMBERS;

/// A function and the address of its resource.
pub(super) struct Owner<'a> {
    pub(super) address: &'a str,
    pub(super) members: Members,
}

const LAYER: &str = "aws_lambda_layer_version";

/// In the order in which they are read: aliases are there when something hangs on them.
const KINDS: [(&str, Read); 8] = [
    ("aws_lambda_alias", alias),
    ("aws_lambda_provisioned_concurrency_config", provisioned),
    ("aws_lambda_permission", permission),
    ("aws_lambda_function_url", url),
    ("aws_lambda_event_source_mapping", mapping),
    ("aws_lambda_function_event_invoke_config", invoke),
    ("aws_lambda_runtime_management_config", runtime),
    ("aws_lambda_function_recursion_config", recursion),
];

type Read = fn(&mut Context<'_>, &Value);

/// One resource, and the function it is for.
struct Context<'a> {
    short: String,
    path: String,
    function: &'a mut Members,
    alias: Option<String>,
    notes: &'a mut Notes,
}

impl Context<'_> {
    fn place(&mut self) -> &mut Members {
        beside::place(self.function, self.alias.as_deref())
    }

    /// A structure in the words of the API, with the members that a manifest has.
    fn members(&mut self, values: &Value, names: &[(&str, &str)], known: &[&str]) -> Value {
        let mut members = Members::new();
        for (name, value) in values.as_object().into_iter().flatten().filter(|(_, value)| is_something(value)) {
            if OF_THE_PROVIDER.contains(&name.as_str()) {
                continue;
            }
            let own =
                names.iter().find(|(own, _)| own == name).map_or_else(|| pascal(name), |(_, api)| (*api).to_owned());
            let value = match value {
                Value::Array(items) if items.first().is_some_and(Value::is_object) => api(&items[0], Shape::Structure),
                value => api(value, Shape::Structure),
            };
            members.insert(own, value);
        }
        beside::only(members, &|name| known.contains(&name), &self.path, self.notes)
    }
}

/// Attributes of these resources that the provider computes, or that say which function they are for.
const OF_THE_PROVIDER: [&str; 20] = [
    "id",
    "arn",
    "region",
    "function_name",
    "function_arn",
    "invoke_arn",
    "uuid",
    "url_id",
    "function_url",
    "qualifier",
    "last_modified",
    "last_processing_result",
    "state",
    "state_transition_reason",
    "tags_all",
    "timeouts",
    "skip_destroy",
    "statement_id_prefix",
    "source_code_hash",
    "statement_id",
];

pub(super) fn is_read(kind: &str) -> bool {
    kind == LAYER || KINDS.iter().any(|(name, _)| *name == kind)
}

/// Puts the resources beside their functions. Returns the layers that functions refer to.
pub(super) fn attach(owners: &mut [Owner<'_>], all: &[Resource], notes: &mut Notes) -> Vec<Members> {
    for (kind, read) in KINDS {
        for resource in all.iter().filter(|resource| resource.kind == kind) {
            let Some(index) = function_of(resource, owners) else {
                notes.must(
                    resource.address.clone(),
                    "left out: the function that it is for is not in this file, or not known yet",
                );
                continue;
            };
            let qualifier = match resource.values["qualifier"].as_str() {
                Some("" | "$LATEST") | None => None,
                Some(own) => Some(own.to_owned()),
            };
            let qualifier = qualifier.filter(|own| !own.contains('\u{1}')).or_else(|| alias_of(resource, all));
            let owner = &mut owners[index];
            let has = |alias: &String| !owner.members.get("Aliases").is_none_or(|aliases| aliases[alias].is_null());
            if kind != "aws_lambda_alias" && qualifier.as_ref().is_some_and(|alias| !has(alias)) {
                notes.must(
                    resource.address.clone(),
                    "left out: it hangs on a version, or on an alias that is not in this file",
                );
                continue;
            }
            notes.about(Some(owner.address));
            let mut context = Context {
                short: without_keys(resource.address.rsplit('.').next().unwrap_or_default()),
                path: resource.address.clone(),
                function: &mut owner.members,
                alias: qualifier,
                notes,
            };
            read(&mut context, &resource.values);
        }
    }
    notes.about(None);
    layers(owners, all, notes)
}

/// The function that a resource names: by name or ARN, else by what its configuration refers to.
fn function_of(resource: &Resource, owners: &[Owner<'_>]) -> Option<usize> {
    let named = resource.values["function_name"].as_str().or_else(|| resource.values["function_arn"].as_str());
    if let Some(name) = named {
        let name = name.rsplit(":function:").next().unwrap_or(name).split(':').next().unwrap_or_default();
        return owners.iter().position(|owner| owner.members.get("FunctionName").is_some_and(|own| own == name));
    }
    let refers: Vec<String> = references(resource, "function_name").collect();
    let is_meant = |owner: &Owner<'_>| {
        let base = without_keys(owner.address);
        refers.iter().any(|reference| {
            *reference == base
                || reference.starts_with(&format!("{base}."))
                || reference.starts_with(&format!("{base}["))
        })
    };
    let meant: Vec<usize> =
        owners.iter().enumerate().filter(|(_, owner)| is_meant(owner)).map(|(index, _)| index).collect();
    match meant.as_slice() {
        [only] => Some(*only),
        // Of several instances, the one with the same key.
        several => several.iter().copied().find(|index| key_of(owners[*index].address) == key_of(&resource.address)),
    }
}

fn key_of(address: &str) -> &str {
    address.rsplit_once('.').and_then(|(_, last)| last.find('[').map(|start| &last[start..])).unwrap_or_default()
}

/// The name of the alias that a resource refers to.
fn alias_of(resource: &Resource, all: &[Resource]) -> Option<String> {
    let refers: Vec<String> = references(resource, "qualifier").collect();
    let alias = all.iter().filter(|one| one.kind == "aws_lambda_alias").find(|one| {
        let base = without_keys(&one.address);
        refers.iter().any(|reference| *reference == base || reference.starts_with(&format!("{base}.")))
    })?;
    alias.values["name"].as_str().map(str::to_owned)
}

fn alias(context: &mut Context<'_>, values: &Value) {
    let Some(name) = values["name"].as_str().filter(|name| !name.contains('\u{1}')) else {
        return context.notes.must(context.path.clone(), "left out: the alias has no name that is known yet");
    };
    let alias = beside::published_alias(context.function, name);
    match values["function_version"].as_str() {
        Some(version) if !version.contains('\u{1}') => {
            alias.insert("FunctionVersion".into(), json!(version));
            if version.parse::<u64>().is_ok() {
                context.notes.guessed(
                    context.path.clone(),
                    "it stays at its version; write `FunctionVersion: published` to let it follow the newest one",
                );
            }
        }
        _ => {}
    }
    let alias = beside::place(context.function, Some(name));
    if is_something(&values["description"]) {
        alias.insert("Description".into(), values["description"].clone());
    }
    if let Some(weights) = beside::weights_of(
        &json!({ "AdditionalVersionWeights": values["routing_config"][0]["additional_version_weights"] }),
    )
    .filter(|weights| weights["AdditionalVersionWeights"].as_object().is_some_and(|map| !map.is_empty()))
    {
        alias.insert("RoutingConfig".into(), weights);
    }
}

fn provisioned(context: &mut Context<'_>, values: &Value) {
    if context.alias.is_none() {
        return context
            .notes
            .must(context.path.clone(), "left out: it is for a version, and a manifest has it for aliases");
    }
    let count = values["provisioned_concurrent_executions"].clone();
    context.place().insert("ProvisionedConcurrentExecutions".into(), count);
}

fn permission(context: &mut Context<'_>, values: &Value) {
    let names = [("principal_org_id", "PrincipalOrgID")];
    let mut statement = context.members(values, &names, &STATEMENT_MEMBERS);
    if statement["Action"] == "lambda:InvokeFunction" {
        statement.as_object_mut().map(|statement| statement.shift_remove("Action"));
    }
    let id = values["statement_id"].as_str().filter(|id| !id.contains('\u{1}'));
    if id.is_none() {
        context.notes.guessed(context.path.clone(), "its id is not known yet: called like the resource");
    }
    let id = id.map_or_else(|| context.short.clone(), str::to_owned);
    beside::put(context.place(), "Permissions", &id, statement);
}

fn url(context: &mut Context<'_>, values: &Value) {
    let mut url = context.members(values, &[("authorization_type", "AuthType")], &URL);
    if url["InvokeMode"] == "BUFFERED" {
        url.as_object_mut().map(|url| url.shift_remove("InvokeMode"));
    }
    context.place().insert("FunctionUrlConfig".into(), url);
}

fn invoke(context: &mut Context<'_>, values: &Value) {
    let mut values = values.clone();
    // A block within a block, each a list of one.
    values["destination_config"] = json!([values["destination_config"][0].clone()]);
    let mut config = context.members(&values, &[], &INVOKE);
    if !is_something(&config["DestinationConfig"]) {
        config.as_object_mut().map(|config| config.shift_remove("DestinationConfig"));
    }
    context.place().insert("EventInvokeConfig".into(), config);
}

fn runtime(context: &mut Context<'_>, values: &Value) {
    let config = context.members(values, &[], &["UpdateRuntimeOn", "RuntimeVersionArn"]);
    context.function.insert("RuntimeManagementConfig".into(), config);
}

fn recursion(context: &mut Context<'_>, values: &Value) {
    context.function.insert("RecursiveLoop".into(), values["recursive_loop"].clone());
}

fn mapping(context: &mut Context<'_>, values: &Value) {
    let mut members = Members::new();
    for (name, value) in values.as_object().into_iter().flatten() {
        let is_said = is_something(value) || (name == "enabled" && value.is_boolean());
        if !is_said || OF_THE_PROVIDER.contains(&name.as_str()) {
            continue;
        }
        let own = pascal(name);
        match name.as_str() {
            "kms_key_arn" => _ = members.insert("KMSKeyArn".into(), value.clone()),
            "document_db_event_source_config" => {
                members.insert("DocumentDBEventSourceConfig".into(), api(&value[0], Shape::Structure));
            }
            "filter_criteria" => {
                let filters = value[0]["filter"].as_array().into_iter().flatten();
                let filters: Vec<Value> = filters.map(|filter| json!({ "Pattern": filter["pattern"] })).collect();
                members.insert(own, json!({ "Filters": filters }));
            }
            "destination_config" => {
                let target = &value[0]["on_failure"][0]["destination_arn"];
                members.insert(own, json!({ "OnFailure": { "Destination": target } }));
            }
            "source_access_configuration" => {
                let items = value.as_array().into_iter().flatten();
                let items: Vec<Value> = items.map(|item| json!({ "Type": item["type"], "URI": item["uri"] })).collect();
                members.insert("SourceAccessConfigurations".into(), json!(items));
            }
            "self_managed_event_source" => {
                let mut endpoints = Map::new();
                for (kind, hosts) in value[0]["endpoints"].as_object().into_iter().flatten() {
                    let hosts: Vec<&str> = hosts.as_str().unwrap_or_default().split(',').map(str::trim).collect();
                    endpoints.insert(kind.clone(), json!(hosts));
                }
                members.insert(own, json!({ "Endpoints": endpoints }));
            }
            "tags" => _ = members.insert(own, api(value, Shape::Data)),
            // What the service says where nobody has said anything.
            "maximum_retry_attempts" | "maximum_record_age_in_seconds" if *value == json!(-1) => {}
            "parallelization_factor" | "tumbling_window_in_seconds" | "maximum_batching_window_in_seconds"
                if *value == json!(0) => {}
            _ => {
                let value = match value {
                    Value::Array(items) if items.first().is_some_and(Value::is_object) => {
                        api(&items[0], Shape::Structure)
                    }
                    value => value.clone(),
                };
                members.insert(own, value);
            }
        }
    }
    let mapping = beside::mapping(members, &context.path, context.notes);
    let short = context.short.clone();
    beside::put(context.place(), "EventSourceMappings", &short, mapping);
}

/// The layers that functions name by their addresses; a function whose layer has an ARN already names that.
fn layers(owners: &mut [Owner<'_>], all: &[Resource], notes: &mut Notes) -> Vec<Members> {
    let mut layers: Vec<Members> = Vec::new();
    for owner in owners.iter_mut() {
        let Some(items) = owner.members.get_mut("Layers").and_then(Value::as_array_mut) else { continue };
        for item in items {
            let Some(address) = item.as_str().and_then(|text| text.strip_prefix("\u{1}layer:")?.strip_suffix('\u{2}'))
            else {
                continue;
            };
            let Some(resource) = all.iter().find(|one| one.kind == LAYER && without_keys(&one.address) == address)
            else {
                *item = notes.unknown(address, "ARN", format!("the ARN of a version of {address}"), "layers");
                continue;
            };
            let name = resource.values["layer_name"]
                .as_str()
                .filter(|name| is_layer_name(name))
                .map_or_else(|| label(address), str::to_owned);
            *item = json!(reference::layer(&name));
            if layers.iter().any(|layer| layer["LayerName"] == name.as_str()) {
                continue;
            }
            let mut content = Members::new();
            for (attribute, member) in
                [("s3_bucket", "S3Bucket"), ("s3_key", "S3Key"), ("s3_object_version", "S3ObjectVersion")]
            {
                if is_something(&resource.values[attribute]) {
                    content.insert(member.into(), resource.values[attribute].clone());
                }
            }
            let content = match (&resource.values["filename"], content.is_empty()) {
                (Value::String(path), true) if !path.is_empty() => json!(path),
                (_, false) => Value::Object(content),
                _ => notes.unknown(
                    &format!("{name}Content"),
                    "PATH",
                    format!("the content of the layer {name}"),
                    "layers",
                ),
            };
            let mut layer =
                Members::from_iter([("LayerName".to_owned(), json!(name)), ("Content".to_owned(), content)]);
            for attribute in ["description", "compatible_runtimes", "compatible_architectures", "license_info"] {
                if is_something(&resource.values[attribute]) {
                    layer.insert(pascal(attribute), resource.values[attribute].clone());
                }
            }
            layers.push(layer);
        }
    }
    let others = all
        .iter()
        .filter(|one| one.kind == LAYER)
        .filter(|one| !layers.iter().any(|layer| layer["LayerName"] == one.values["layer_name"]));
    for resource in others {
        notes.left_out(
            resource.address.clone(),
            "functions name the ARN of its version; write it under `layers` to publish versions",
        );
    }
    layers
}
