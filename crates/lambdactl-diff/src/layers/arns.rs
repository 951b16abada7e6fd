//! From references to layers to the ARNs of their versions.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use lambdactl_schema::{FunctionSpec, referred_layer};
use serde_json::Value;

use super::planned::{LayerAction, LayerPlan};
use crate::action::{Action, FunctionPlan};
use crate::current::CurrentFunction;

/// What the references of functions to layers stand for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LayerArns(pub BTreeMap<String, LayerArn>);

/// What a reference to a layer stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LayerArn {
    /// The ARN of a version.
    Known(String),
    /// A version that is still to be published.
    Coming,
    /// The versions could not be read, for this reason.
    Unknown(String),
}

impl LayerArns {
    /// Returns what is known before anything is published.
    pub fn of(layers: &[LayerPlan]) -> Self {
        let arn = |layer: &LayerPlan| match (&layer.version_arn, &layer.unread) {
            (_, Some(reason)) => LayerArn::Unknown(reason.clone()),
            (Some(arn), None) if layer.action != LayerAction::Create => LayerArn::Known(arn.clone()),
            _ => LayerArn::Coming,
        };
        Self(layers.iter().map(|layer| (layer.name.clone(), arn(layer))).collect())
    }

    fn known(&self, item: &str) -> Option<&str> {
        match self.0.get(referred_layer(item)?)? {
            LayerArn::Known(arn) => Some(arn),
            LayerArn::Coming | LayerArn::Unknown(_) => None,
        }
    }

    /// Puts ARNs in the place of references, as far as they are known.
    ///
    /// Of a layer that could not be read a function keeps the version that it has; where it has none, nobody knows which one it is to
    /// get.
    pub(crate) fn resolve<'s>(&self, spec: &'s FunctionSpec, current: Option<&CurrentFunction>) -> Resolved<'s> {
        let mut resolved = Resolved { spec: Cow::Borrowed(spec), notes: Vec::new(), unread: None };
        let items = spec.request.layers.as_deref().unwrap_or_default();
        for (index, item) in items.iter().enumerate() {
            let Some(name) = referred_layer(item) else { continue };
            let arn = match self.0.get(name) {
                Some(LayerArn::Known(arn)) => arn.clone(),
                Some(LayerArn::Unknown(reason)) => match current.and_then(|current| own(current, name)) {
                    Some(arn) => {
                        resolved.notes.push(format!(
                            "which version of the layer `{name}` is the newest could not be read, and the function's own was taken to be it: \
                             {reason}"
                        ));
                        arn
                    }
                    None => {
                        resolved.unread = Some((name.to_owned(), reason.clone()));
                        continue;
                    }
                },
                Some(LayerArn::Coming) | None => continue,
            };
            if let Some(layers) = &mut resolved.spec.to_mut().request.layers {
                layers[index] = arn;
            }
        }
        resolved
    }
}

/// A function whose references to layers are resolved as far as they can be.
pub(crate) struct Resolved<'s> {
    pub(crate) spec: Cow<'s, FunctionSpec>,
    /// What could not be compared, and how that was got over.
    pub(crate) notes: Vec<String>,
    /// A layer of which nothing is known, and why.
    pub(crate) unread: Option<(String, String)>,
}

/// Returns the version of a layer that a function has.
fn own(current: &CurrentFunction, name: &str) -> Option<String> {
    let arns = used(current).into_iter();
    arns.map(str::to_owned).find(|arn| arn.split(':').nth(6) == Some(name))
}

/// Returns the layer versions that a function has, by their ARNs.
pub(crate) fn used(current: &CurrentFunction) -> Vec<&str> {
    let layers = current.configuration.get("Layers").and_then(Value::as_array);
    layers.into_iter().flatten().filter_map(|layer| layer["Arn"].as_str()).collect()
}

impl FunctionPlan {
    /// Returns the layers that have to be published before this can be carried out.
    pub fn awaited_layers(&self) -> BTreeSet<&str> {
        let items: Vec<&str> = match &self.action {
            Action::Create(request) | Action::Replace(request) => {
                request.layers.iter().flatten().map(String::as_str).collect()
            }
            Action::Update(calls) => calls
                .iter()
                .filter_map(|call| call.members.get("Layers")?.as_array())
                .flatten()
                .filter_map(Value::as_str)
                .collect(),
            Action::Delete { .. } | Action::Drift | Action::Refused(_) | Action::Unchanged => Vec::new(),
        };
        items.into_iter().filter_map(referred_layer).collect()
    }

    /// The same plan once layers are published: their ARNs stand where the references stood.
    pub fn with_layers(&self, arns: &LayerArns) -> Cow<'_, Self> {
        if self.awaited_layers().is_empty() {
            return Cow::Borrowed(self);
        }
        let mut plan = self.clone();
        match &mut plan.action {
            Action::Create(request) | Action::Replace(request) => {
                for item in request.layers.iter_mut().flatten() {
                    if let Some(arn) = arns.known(item) {
                        *item = arn.to_owned();
                    }
                }
            }
            Action::Update(calls) => {
                calls.iter_mut().filter_map(|call| call.members.get_mut("Layers")).for_each(|value| put(value, arns));
            }
            Action::Delete { .. } | Action::Drift | Action::Refused(_) | Action::Unchanged => {}
        }
        let of_layers = plan.changes.iter_mut().filter(|change| change.path.split('/').nth(1) == Some("Layers"));
        of_layers.filter_map(|change| change.after.as_mut()).for_each(|value| put(value, arns));
        Cow::Owned(plan)
    }
}

fn put(value: &mut Value, arns: &LayerArns) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| put(item, arns)),
        Value::String(item) => {
            if let Some(arn) = arns.known(item) {
                *item = arn.to_owned();
            }
        }
        _ => {}
    }
}
