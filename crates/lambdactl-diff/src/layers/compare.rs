//! Compares the newest version of a layer with the manifest. Versions never change, so that whatever differs takes another one,
//! and nothing is published where nothing differs: the service publishes the same content anew each time.

use lambdactl_schema::{Call, LayerSpec, Operation, Subject};
use serde_json::{Map, Value, json};

use super::planned::{CurrentLayer, LayerAction, LayerPlan, LayerVersion, layer_object};
use crate::change::{CONTENT_DIGEST, Change, Sides};
use crate::changes::change;
use crate::options::PlanOptions;
use crate::stored::{Objects, Seen};

/// The members that are compared, and whether their order means nothing.
const MEMBERS: [(&str, bool); 4] =
    [("Description", false), ("LicenseInfo", false), ("CompatibleRuntimes", true), ("CompatibleArchitectures", true)];

/// What stands for a value of the account where the manifest's comes from outside: it is likely an earlier one of those.
const ANOTHER: &str = "(another value)";

/// Compares a layer of the manifest with the newest version that the account has.
pub(crate) fn plan(
    spec: &LayerSpec,
    current: Option<&CurrentLayer>,
    objects: &Objects,
    options: &PlanOptions,
) -> LayerPlan {
    let plan = LayerPlan {
        name: spec.name().to_owned(),
        public_name: spec.origins.outside("/LayerName").map(str::to_owned),
        publish: Some(publication(spec)),
        code_sha256: spec.code_sha256.clone(),
        archive: spec.archive.clone(),
        notes: spec.notes.clone(),
        ..LayerPlan::default()
    };
    match current {
        Some(CurrentLayer::None) => {
            let mut changes = additions(spec);
            name_origins(&mut changes, spec);
            LayerPlan { action: LayerAction::Create, changes, ..plan }
        }
        Some(CurrentLayer::Newest(newest)) => existing(spec, newest, objects, options, plan),
        Some(CurrentLayer::Unknown(reason)) => unread(reason, plan),
        None => unread("nobody asked for them", plan),
    }
}

fn existing(
    spec: &LayerSpec,
    newest: &LayerVersion,
    objects: &Objects,
    options: &PlanOptions,
    plan: LayerPlan,
) -> LayerPlan {
    let mut notes = plan.notes;
    let wanted = spec.request.members();
    let mut changes: Vec<Change> = content(spec, newest, objects, &mut notes).into_iter().collect();
    changes.extend(members(&newest.members, &wanted));
    name_origins(&mut changes, spec);
    let is_partly_compared = notes.len() > spec.notes.len();
    let action = match (changes.is_empty(), options.update) {
        (true, _) => LayerAction::Unchanged,
        (false, true) => LayerAction::Create,
        (false, false) => LayerAction::Drift,
    };
    let (version, version_arn) = (Some(newest.number), Some(newest.arn.clone()));
    LayerPlan { action, changes, version, version_arn, notes, is_partly_compared, ..plan }
}

fn unread(reason: &str, mut plan: LayerPlan) -> LayerPlan {
    plan.notes.push(format!("its versions could not be read and were not compared: {reason}"));
    LayerPlan { is_partly_compared: true, unread: Some(reason.to_owned()), ..plan }
}

/// The call that publishes a layer. The archive is added when it is sent.
fn publication(spec: &LayerSpec) -> Call {
    let mut members = spec.request.members();
    members.shift_remove("LayerName");
    Call::new(Operation::PublishLayerVersion, Subject::layer(spec.name())).with_all(members)
}

/// What a plan shows of a layer that has no version yet.
fn additions(spec: &LayerSpec) -> Vec<Change> {
    let members = spec.request.members();
    let content = match &spec.code_sha256 {
        Some(sha256) => vec![change(CONTENT_DIGEST.to_owned(), None, Some(json!(sha256)))],
        None => ["S3Bucket", "S3Key", "S3ObjectVersion"]
            .iter()
            .filter_map(|name| Some((name, members["Content"].get(name)?.clone())))
            .map(|(name, value)| change(format!("/Content/{name}"), None, Some(value)))
            .collect(),
    };
    content.into_iter().chain(self::members(&Map::new(), &members)).collect()
}

/// Compares the content by what is known of it; what cannot be compared becomes a note.
fn content(spec: &LayerSpec, newest: &LayerVersion, objects: &Objects, notes: &mut Vec<String>) -> Option<Change> {
    let other = |sha256: &str| {
        let differs = sha256 != newest.code_sha256;
        differs.then(|| change(CONTENT_DIGEST.to_owned(), Some(json!(newest.code_sha256)), Some(json!(sha256))))
    };
    if let Some(sha256) = &spec.code_sha256 {
        return other(sha256);
    }
    let mut uncompared = |reason: &str| {
        notes.push(format!("the content is in S3 and was not compared: {reason}"));
        None
    };
    let Some(name) = layer_object(spec) else { return uncompared("the service does not say which object it was") };
    let stored = match objects.0.get(&name) {
        Some(Seen::Yes(stored)) => stored,
        Some(Seen::No(reason)) => return uncompared(&format!("the object could not be looked at: {reason}")),
        None => return uncompared("the service does not say which object it was"),
    };
    match (&stored.sha256, newest.code_size) {
        (Some(sha256), _) => other(sha256),
        (None, Some(size)) if size != stored.size => {
            Some(change("/Content/CodeSize".to_owned(), Some(json!(size)), Some(json!(stored.size))))
        }
        // A layer has no tags that could say it.
        (None, _) => uncompared("S3 has no SHA-256 of the object, and its size is the same"),
    }
}

/// Compares the other members. What is empty is absent; of runtimes and instruction sets the order means nothing.
fn members(before: &Map<String, Value>, after: &Map<String, Value>) -> Vec<Change> {
    let form = |side: &Map<String, Value>, name: &str, is_set: bool| match side.get(name)? {
        Value::Array(items) if items.is_empty() => None,
        Value::Array(items) if is_set => {
            let mut texts: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            texts.sort_unstable();
            texts.dedup();
            Some(json!(texts))
        }
        Value::String(text) if text.is_empty() => None,
        Value::Null => None,
        value => Some(value.clone()),
    };
    let compared = MEMBERS.iter().map(|(name, is_set)| (name, form(before, name, *is_set), form(after, name, *is_set)));
    let different = compared.filter(|(_, before, after)| before != after);
    different.map(|(name, before, after)| change(format!("/{name}"), before, after)).collect()
}

/// Gives the changes their public sides: what references brought in stands as the reference.
fn name_origins(changes: &mut [Change], spec: &LayerSpec) {
    for change in changes {
        let outside = |pointer: &str| spec.origins.outside(pointer).map(str::to_owned);
        let is_within = |pointer: &str| pointer.strip_prefix(&change.path).is_some_and(|rest| rest.starts_with('/'));
        let text = outside(&change.path).or_else(|| {
            let within = spec.origins.iter().find(|(pointer, origin)| origin.from_outside && is_within(pointer));
            within.map(|(_, origin)| origin.text.clone())
        });
        if let Some(text) = text {
            let sides = Sides {
                before: change.before.as_ref().map(|_| json!(ANOTHER)),
                after: change.after.as_ref().map(|_| json!(text)),
            };
            change.public = Some(Box::new(sides));
        }
    }
}

impl LayerPlan {
    /// Whether a version is what this plan would publish, as far as anything tells it: after a lost answer, or when someone else was
    /// quicker.
    pub fn is_published_as(&self, version: &LayerVersion) -> bool {
        let is_content = self.code_sha256.as_ref().is_none_or(|sha256| *sha256 == version.code_sha256);
        is_content && self.publish.as_ref().is_some_and(|call| members(&version.members, &call.members).is_empty())
    }
}
