//! What a Lambda function looks like.
//!
//! The request types of CreateFunction are the one description of a function: they are the entry of a manifest,
//! the body of the call, and the source of the JSON Schema that editors and [`Validator`] use. A new member of the
//! API is one field here, and one row in the diff engine's table if it is not plain.
//!
//! Nothing in this crate does I/O, awaits, or reads a clock or the environment.
//!
//! Start at [`CreateFunctionRequest`], then [`function_schema`], then [`Validator`].

mod open_enum;
mod secret;
mod unlisted;

pub mod beside;
pub mod kinds;
pub mod letters;
pub mod limits;
pub mod operations;
pub mod partitions;
pub mod preflight;
pub mod request;
pub mod rules;
pub mod runtimes;

mod call;
mod certainty;
mod checks;
mod compiled;
mod conditions;
mod desired;
mod ignored;
mod json_schema;
mod layer;
mod looked_up;
mod manifest;
mod members;
mod messages;
mod origins;
mod pointer;
mod redaction;
mod references;
mod shape;
mod suggest;
mod validate;
mod violation;

pub use beside::{
    Beside, Declared, MAPPING_MEMBERS, MappingChange, MappingMember, NEWEST, Place, ROLLOUT, Rollout, RolloutStep,
    STATEMENT_MEMBERS, Slot, Source, SourceKey, percent, shares, spelled,
};
pub use call::{Call, Subject};
pub use desired::{ArchiveSource, Artifacts, Desired, FunctionSpec, LayerSpec, Location};
pub use json_schema::{ValueType, expected_type, function_schema, manifest_schema, rendered_manifest_schema};
pub use kinds::Kind;
pub use layer::{LayerContent, PublishLayerVersionRequest, is_layer_name, layer_reference, referred_layer};
pub use looked_up::{LookedUp, StateOutputs, state_outputs};
pub use manifest::{
    CODE_TAG, CREATING_TAG, MANIFEST_KEYS, NOT_OF_STAGES, OWN_TAGS, OWNER_TAG, PROTECT_TAG, SAVED_PLAN_START,
};
pub use members::{Member, find_member, members};
pub use messages::plain_name;
pub use operations::Operation;
pub use origins::{Origin, Origins, UNKNOWN};
pub use pointer::{Outer, Pointer};
pub use redaction::Redaction;
pub use references::{Argument, Offline, REFERENCES, ReferenceKind, ReferenceRow, Secrecy, reference_forms};
pub use request::CreateFunctionRequest;
pub use secret::Secret;
pub use shape::Shape;
pub use suggest::nearest;
pub use unlisted::UnlistedMembers;
pub use validate::Validator;
pub use violation::{Anchor, Home, Policy, Violation};
