//! CloudFormation templates, with the functions of SAM and its `Globals`.

mod code;
mod globals;
mod owner;

mod events;
mod layers;

mod function;
mod stack;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::beside::Members;
use crate::for_each::written_out;
use crate::intrinsics::Template;
use crate::notes::{Found, Notes};
use crate::surroundings::Surroundings;

use function::{PLAIN, SAM};

pub(crate) use owner::Owner;
pub(crate) use stack::attach;

/// The sections of a template that are read, or say nothing about functions.
const READ: [&str; 8] = [
    "AWSTemplateFormatVersion",
    "Conditions",
    "Description",
    "Globals",
    "Mappings",
    "Parameters",
    "Resources",
    "Transform",
];

/// Attributes of a function's resource that are read, or say nothing about it.
const ATTRIBUTES: [&str; 6] = ["Type", "Properties", "Condition", "Metadata", "DependsOn", "Comment"];

/// Resources that CloudFormation makes of other templates.
const NESTED: [&str; 2] = ["AWS::CloudFormation::Stack", "AWS::Serverless::Application"];

/// Transforms that are known; another one is a program that only the account can run.
const TRANSFORMS: [&str; 2] = ["AWS::Serverless-2016-10-31", "AWS::LanguageExtensions"];

pub(crate) fn functions(document: &Value, surroundings: &Surroundings<'_>, notes: &mut Notes) -> Found {
    let parameters = &document["Parameters"];
    let resources = written_out(&document["Resources"], parameters, notes);
    let conditions = written_out(&document["Conditions"], parameters, notes);
    let template = Template {
        parameters,
        mappings: &document["Mappings"],
        conditions: &conditions,
        resources: &resources,
        region: surroundings.region,
        stack: surroundings.stack,
        depth: Default::default(),
        steps: Default::default(),
        is_endless: Default::default(),
    };
    let (mut owners, layers) = read_functions(&document["Globals"], &template, notes);
    attach(&mut owners, &template, notes);
    let mut left: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (id, resource) in resources.as_object().into_iter().flatten() {
        let kind = resource["Type"].as_str().unwrap_or_default();
        if NESTED.contains(&kind) {
            let place = ["TemplateURL", "Location"].iter().find_map(|name| resource["Properties"][*name].as_str());
            let place = place.map(|place| format!(" ({place})")).unwrap_or_default();
            notes.must(format!("Resources.{id}"), format!("it is a template of its own{place}: convert that one, too"));
        } else if !carries(kind) && kind != "AWS::CDK::Metadata" {
            left.entry(kind).or_default().push(id);
        }
    }
    for (kind, ids) in left {
        let kind = if kind.is_empty() { "no type" } else { kind };
        notes.left_out(format!("Resources ({kind})"), format!("not managed by lambdactl: {}", ids.join(", ")));
    }
    for (section, _) in document.as_object().into_iter().flatten() {
        if !READ.contains(&section.as_str()) {
            notes.left_out(section, "a manifest has no such thing");
        }
    }
    let transforms = match &document["Transform"] {
        Value::Array(items) => items.clone(),
        one => vec![one.clone()],
    };
    for name in transforms.iter().map(|one| one.as_str().or(one["Name"].as_str())) {
        if let Some(name) = name.filter(|name| !TRANSFORMS.contains(name)) {
            let what = format!(
                "{name} is run by CloudFormation only: convert what `aws cloudformation get-template --template-stage Processed` prints"
            );
            notes.must("Transform", what);
        }
    }
    let is_read = |kind: &&String| ["Function", "LayerVersion"].contains(&kind.as_str());
    for kind in
        document["Globals"].as_object().into_iter().flat_map(|globals| globals.keys()).filter(|kind| !is_read(kind))
    {
        notes.left_out(format!("Globals.{kind}"), "not about functions");
    }
    Found {
        name: None,
        region: surroundings.region.map(str::to_owned),
        layers,
        functions: owners.into_iter().map(|owner| owner.members).collect(),
    }
}

/// Whether resources of a type are carried over, or said one by one.
pub(crate) fn carries(kind: &str) -> bool {
    kind == PLAIN || kind == SAM || stack::is_read(kind)
}

/// Reads the functions and layers of resources.
pub(crate) fn read_functions(
    globals: &Value,
    template: &Template<'_>,
    notes: &mut Notes,
) -> (Vec<Owner>, Vec<Members>) {
    let (names, layers) = layers::layers(&globals["LayerVersion"], template, notes);
    let mut owners = Vec::new();
    for (id, resource) in template.resources.as_object().into_iter().flatten() {
        let kind = resource["Type"].as_str().unwrap_or_default();
        if kind != PLAIN && kind != SAM {
            continue;
        }
        notes.about(Some(id));
        if let Some(condition) = resource["Condition"].as_str() {
            match template.condition(condition, notes) {
                Some(true) => {}
                Some(false) => {
                    notes.must("Condition", format!("the function is left out: its condition {condition} is false; give the parameters other defaults to convert it"));
                    continue;
                }
                None => notes.guessed(
                    "Condition",
                    format!("whether {condition} holds is not known here: the function is carried over"),
                ),
            }
        }
        for key in resource.as_object().into_iter().flat_map(|resource| resource.keys()) {
            if !ATTRIBUTES.contains(&key.as_str()) {
                notes.left_out(key, "a manifest has no such thing");
            }
        }
        let properties = match kind {
            SAM => globals::merged(&globals["Function"], &resource["Properties"]),
            _ => resource["Properties"].clone(),
        };
        let of =
            function::Resource { id, is_sam: kind == SAM, properties: &properties, metadata: &resource["Metadata"] };
        owners.push(function::function(&of, template, &names, notes));
    }
    notes.about(None);
    (owners, layers)
}
