//! Layers: the newest version of each against the manifest.

mod arns;
mod compare;
mod planned;
mod prune;

pub use arns::{LayerArn, LayerArns};
pub use planned::{CurrentLayer, LayerAction, LayerPlan, LayerVersion, layer_object};

pub(crate) use arns::Resolved;
pub(crate) use compare::plan;
pub(crate) use prune::prune;
