//! Resources of a template that stand beside a function.

use serde_json::{Value, json};

use super::owner::{Owner, provisioned};
use crate::beside::{self, INVOKE, Members, NEWEST, URL, tags_of, weights_of};
use crate::intrinsics::Template;
use crate::notes::Notes;
use lambdactl_schema::STATEMENT_MEMBERS;

/// What a type of resources becomes, and the property that names its function.
#[derive(Clone, Copy)]
struct Kind {
    name: &'static str,
    function: &'static str,
    read: fn(&mut Context<'_>, Members),
}

/// In the order in which they are read: aliases are there when something hangs on them.
const KINDS: [Kind; 6] = [
    Kind { name: "AWS::Lambda::Version", function: "FunctionName", read: version },
    Kind { name: "AWS::Lambda::Alias", function: "FunctionName", read: alias },
    Kind { name: "AWS::Lambda::Permission", function: "FunctionName", read: permission },
    Kind { name: "AWS::Lambda::EventSourceMapping", function: "FunctionName", read: mapping },
    Kind { name: "AWS::Lambda::Url", function: "TargetFunctionArn", read: url },
    Kind { name: "AWS::Lambda::EventInvokeConfig", function: "FunctionName", read: invoke },
];

/// Whether resources of a type stand beside functions.
pub(super) fn is_read(kind: &str) -> bool {
    super::layers::is_layer(kind) || KINDS.iter().any(|row| row.name == kind)
}

/// One resource, and the place on the function where it goes.
struct Context<'a> {
    id: &'a str,
    owner: &'a mut Owner,
    /// The alias that it names.
    alias: Option<String>,
    path: String,
    notes: &'a mut Notes,
}

/// Puts the resources beside their functions.
pub(crate) fn attach(owners: &mut [Owner], template: &Template<'_>, notes: &mut Notes) {
    for kind in KINDS {
        let resources = template.resources.as_object().into_iter().flatten();
        for (id, resource) in resources.filter(|(_, resource)| resource["Type"] == kind.name) {
            notes.about(None);
            let path = format!("Resources.{id}");
            if resource["Condition"].as_str().is_some_and(|name| template.condition(name, notes) == Some(false)) {
                notes.left_out(path, "its condition is false");
                continue;
            }
            let properties = &resource["Properties"];
            let Some((index, qualifier)) = Target { template, owners }.of(&properties[kind.function], notes) else {
                notes.left_out(path, "the function that it is for is not in this file");
                continue;
            };
            let mut members = Members::new();
            for (name, written) in
                properties.as_object().into_iter().flatten().filter(|(name, _)| *name != kind.function)
            {
                let value = match name.as_str() {
                    // Versions have no numbers before they are there.
                    "FunctionVersion" => version_of(written, template, &format!("{path}.{name}"), notes),
                    "RoutingConfig" => routing(written, template, &format!("{path}.{name}"), notes),
                    _ => template.resolve(written, &format!("{path}.{name}"), notes),
                };
                if !value.is_null() {
                    members.insert(name.clone(), value);
                }
            }
            let own = members.shift_remove("Qualifier").and_then(|qualifier| qualifier.as_str().map(str::to_owned));
            let alias = own.or(qualifier).filter(|qualifier| qualifier != "$LATEST");
            let owner = &mut owners[index];
            notes.about(Some(&owner.id));
            let is_there = |alias: &String| !owner.members.get("Aliases").is_none_or(|all| all[alias].is_null());
            if kind.name != "AWS::Lambda::Alias" && alias.as_ref().is_some_and(|alias| !is_there(alias)) {
                notes.must(path, "left out: it hangs on a version, or on an alias that is not in this file");
                continue;
            }
            (kind.read)(&mut Context { id, owner, alias, path, notes }, members);
        }
    }
    notes.about(None);
}

impl Context<'_> {
    fn place(&mut self) -> &mut Members {
        beside::place(&mut self.owner.members, self.alias.as_deref())
    }
}

fn version(context: &mut Context<'_>, members: Members) {
    context.owner.members.insert("Publish".into(), json!(true));
    for name in members.keys().filter(|name| *name != "CodeSha256") {
        context
            .notes
            .left_out(format!("{}.{name}", context.path), "versions have no settings of their own in a manifest");
    }
}

fn alias(context: &mut Context<'_>, mut members: Members) {
    let Some(Value::String(name)) = members.shift_remove("Name") else {
        return context.notes.must(context.path.clone(), "left out: the alias has no name that is known here");
    };
    if name.contains('\u{1}') {
        return context
            .notes
            .must(context.path.clone(), "left out: the alias's name is not known here; write it under `Aliases`");
    }
    context.alias = Some(name);
    for (member, value) in members {
        match member.as_str() {
            "FunctionVersion" => {
                if value == NEWEST {
                    context.owner.members.insert("Publish".into(), json!(true));
                }
                context.place().insert(member, value);
            }
            "Description" | "RoutingConfig" => _ = context.place().insert(member, value),
            "ProvisionedConcurrencyConfig" => provisioned(context.place(), &value),
            _ => context.notes.left_out(format!("{}.{member}", context.path), "a manifest has no such member"),
        }
    }
}

fn permission(context: &mut Context<'_>, mut members: Members) {
    if members.get("Action").is_some_and(|action| action == "lambda:InvokeFunction") {
        members.shift_remove("Action");
    }
    let statement = beside::only(members, &|name| STATEMENT_MEMBERS.contains(&name), &context.path, context.notes);
    let id = context.id;
    context.notes.about(None);
    context.notes.guessed("Permissions", "CloudFormation makes the ids of statements: called by the logical ids here, so that a function that exists gets a second statement");
    beside::put(context.place(), "Permissions", id, statement);
}

fn mapping(context: &mut Context<'_>, mut members: Members) {
    if let Some(tags) = members.shift_remove("Tags") {
        members.insert("Tags".into(), tags_of(tags));
    }
    if let Some(key) = members.shift_remove("KmsKeyArn") {
        members.insert("KMSKeyArn".into(), key);
    }
    // CloudFormation's word for the one key of the API's map.
    let endpoints = members.get_mut("SelfManagedEventSource").and_then(|source| source.get_mut("Endpoints"));
    if let Some(endpoints) = endpoints.and_then(Value::as_object_mut)
        && let Some(servers) = endpoints.shift_remove("KafkaBootstrapServers")
    {
        endpoints.insert("KAFKA_BOOTSTRAP_SERVERS".into(), servers);
    }
    let mapping = beside::mapping(members, &context.path, context.notes);
    let id = context.id;
    beside::put(context.place(), "EventSourceMappings", id, mapping);
}

fn url(context: &mut Context<'_>, members: Members) {
    let url = beside::only(members, &|name| URL.contains(&name), &context.path, context.notes);
    context.place().insert("FunctionUrlConfig".into(), url);
}

fn invoke(context: &mut Context<'_>, mut members: Members) {
    // What SAM writes where there are no destinations.
    members.retain(|_, value| *value != json!({}));
    let config = beside::only(members, &|name| INVOKE.contains(&name), &context.path, context.notes);
    context.place().insert("EventInvokeConfig".into(), config);
}

/// The version of an alias: a resource of the template is the newest one.
fn version_of(written: &Value, template: &Template<'_>, path: &str, notes: &mut Notes) -> Value {
    let refers = match written.as_object().filter(|map| map.len() == 1).and_then(|map| map.iter().next()) {
        Some((name, Value::Array(parts))) if name == "Fn::GetAtt" => {
            parts.get(1).is_some_and(|attribute| attribute == "Version")
        }
        Some((name, Value::String(text))) if name == "Fn::GetAtt" => text.ends_with(".Version"),
        Some((name, Value::String(text))) if name == "Fn::Sub" => text.ends_with(".Version}"),
        _ => false,
    };
    if refers { json!(NEWEST) } else { template.resolve(written, path, notes) }
}

fn routing(written: &Value, template: &Template<'_>, path: &str, notes: &mut Notes) -> Value {
    let weights: Vec<Value> = written["AdditionalVersionWeights"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|weight| {
            json!({
                "FunctionVersion": version_of(&weight["FunctionVersion"], template, path, notes),
                "FunctionWeight": template.resolve(&weight["FunctionWeight"], path, notes),
            })
        })
        .collect();
    weights_of(&json!({ "AdditionalVersionWeights": weights })).unwrap_or_default()
}

/// Finds the function that a property names.
struct Target<'a, 'b> {
    template: &'a Template<'b>,
    owners: &'a [Owner],
}

impl Target<'_, '_> {
    /// Returns the function's place and what of it is named.
    fn of(&self, written: &Value, notes: &mut Notes) -> Option<(usize, Option<String>)> {
        if let Some((name, argument)) =
            written.as_object().filter(|map| map.len() == 1).and_then(|map| map.iter().next())
        {
            let found = match (name.as_str(), argument) {
                ("Ref", Value::String(id)) => self.by_id(id, notes),
                ("Fn::GetAtt", Value::Array(parts)) => self.by_id(parts.first()?.as_str()?, notes),
                ("Fn::GetAtt", Value::String(text)) => self.by_id(text.split('.').next()?, notes),
                ("Fn::Sub", Value::String(text)) => self.by_text(text, notes),
                ("Fn::Join", Value::Array(parts)) if parts.first()? == ":" => {
                    let (index, _) = self.of(parts.get(1)?.get(0)?, notes)?;
                    let alias = self.template.decided(parts.get(1)?.get(1)?, "FunctionName", notes)?;
                    Some((index, Some(alias.as_str()?.to_owned())))
                }
                _ => None,
            };
            if found.is_some() {
                return found;
            }
        }
        let mark = notes.mark();
        let value = self.template.resolve(written, "FunctionName", notes);
        notes.back_to(&mark);
        let text = value.as_str()?;
        let is_named = |owner: &Owner, text: &str| owner.members.get("FunctionName").is_some_and(|name| name == text);
        let name = text.split(":function:").last()?;
        let (name, qualifier) = match name.split_once(':') {
            Some((name, qualifier)) if !name.contains('\u{1}') => (name, Some(qualifier.to_owned())),
            _ => (name, None),
        };
        self.owners.iter().position(|owner| is_named(owner, name)).map(|index| (index, qualifier))
    }

    /// A resource's id: a function's, or that of a version or an alias.
    fn by_id(&self, id: &str, notes: &mut Notes) -> Option<(usize, Option<String>)> {
        if let Some((id, "Alias")) = id.split_once('.') {
            let index = self.owners.iter().position(|owner| owner.id == id)?;
            return Some((index, self.owners[index].alias.clone()));
        }
        if let Some(index) = self.owners.iter().position(|owner| owner.id == id) {
            return Some((index, None));
        }
        let resource = &self.template.resources[id];
        let properties = &resource["Properties"];
        match resource["Type"].as_str()? {
            "AWS::Lambda::Alias" => {
                let (index, _) = self.of_function(&properties["FunctionName"])?;
                let name = self.template.decided(&properties["Name"], "Name", notes)?;
                Some((index, Some(name.as_str()?.to_owned())))
            }
            "AWS::Lambda::Version" => {
                let (index, _) = self.of_function(&properties["FunctionName"])?;
                Some((index, Some("version".to_owned())))
            }
            _ => None,
        }
    }

    /// The function that an alias or a version names by its id.
    fn of_function(&self, written: &Value) -> Option<(usize, Option<String>)> {
        let id = match written.as_object()?.iter().next()? {
            (_, Value::String(id)) => id.trim_start_matches("${").trim_end_matches('}').split('.').next()?,
            (_, Value::Array(parts)) => parts.first()?.as_str()?,
            _ => return None,
        };
        self.owners.iter().position(|owner| owner.id == id).map(|index| (index, None))
    }

    /// `${F}`, `${F.Arn}` and either with `:ALIAS` behind it.
    fn by_text(&self, text: &str, notes: &mut Notes) -> Option<(usize, Option<String>)> {
        let (inner, rest) = text.strip_prefix("${")?.split_once('}')?;
        let id = inner.strip_suffix(".Arn").unwrap_or(inner);
        let (index, alias) = self.by_id(id, notes)?;
        let Some(rest) = rest.strip_prefix(':') else { return rest.is_empty().then_some((index, alias)) };
        let qualifier = self.template.decided(&json!({ "Fn::Sub": rest }), "FunctionName", notes)?;
        Some((index, Some(qualifier.as_str()?.to_owned())))
    }
}
