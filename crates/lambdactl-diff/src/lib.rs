//! Compares what manifests ask for with what an account has, and says what would be done about it.
//!
//! [`plan`] takes both sides and returns a [`Plan`]: plain data that a person reads, that JSON shows and that the
//! applier executes without a further choice. Pure: no I/O, no clock, no environment.
//!
//! Guarantees:
//! - a function of the account is the subject of a call only where the options say so, and never when it belongs to
//!   another manifest;
//! - a plan made right after its own application has nothing in it, whatever the service fills in or reorders;
//! - no [`Change`] holds the value of an environment variable, or of a member that is not known.
//!
//! Start at [`plan`]; what is not plain about a member stands in [`fields`], and the calls of an update are made in
//! `update`.

pub mod fields;

mod action;
mod adoption;
mod beside;
mod change;
mod changes;
mod code;
mod current;
mod declaration;
mod deletion;
mod found;
mod guards;
mod health;
mod ignored;
mod known;
mod layers;
mod needs;
mod normal;
mod objects;
mod options;
mod planner;
mod public;
mod published;
mod sealed;
mod secrets;
mod storage;
mod stored;
mod tags;
mod update;
mod versions;
mod within;

pub use action::{Action, Change, ChangeKind, FunctionPlan, Plan, Refusal, RefusalReason, Sides, Summary, Unsettled};
pub use adoption::{Adoption, AdoptionStep, adoptions};
pub use beside::{POINTED_TO, SHOWN_SOURCE, mapping_arn, mappings_with_tags_to_read};
pub use current::{Attachments, CodeSigning, CurrentFunction, CurrentState, Listed, Tags};
pub use declaration::{Declaration, declaration};
pub use deletion::plan_deletion;
pub use found::{Found, FoundBeside};
pub use guards::{owner_unknown, version_failed};
pub use health::{Health, Reason};
pub use layers::{CurrentLayer, LayerAction, LayerArn, LayerArns, LayerPlan, LayerVersion, layer_object};
pub use needs::{Need, needs};
pub use objects::object;
pub use options::PlanOptions;
pub use planner::{is_created_by, ownership, plan, plan_function};
pub use published::{Newest, PublishedVersion};
pub use sealed::{BrokenPlan, Moved, Reviewed, SealedFunction, SealedInputs, SealedLayer, SealedOptions, SealedPlan};
pub use secrets::Secrets;
pub use storage::{freed_by_versions, shown_bytes};
pub use stored::{ObjectName, Objects, Seen, StoredObject};
pub use tags::same_tags;
pub use update::tagging;
pub use versions::{VersionDifference, is_published, needs_newest, version_difference};
