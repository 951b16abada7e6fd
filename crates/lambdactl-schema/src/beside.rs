//! What stands beside a function, as a manifest declares it: the shapes of what is written, in the words of the calls that set
//! it, and what a manifest says of one function.
//!
//! Field docs are user documentation: they become the descriptions in the JSON Schema.

mod alias;
mod declared;
mod mapping;
mod permission;
mod rollout;
mod settings;
mod source;
mod url;

use std::collections::BTreeMap;

use schemars::JsonSchema;

use alias::Alias;
use mapping::EventSourceMapping;
use permission::Permission;
use settings::{EventInvokeConfig, RuntimeManagementConfig, VersionsToKeep};
use url::FunctionUrlConfig;

pub use declared::{Beside, Declared, NEWEST, Place, Slot};
pub use mapping::{
    ConsumptionMode, EventRecordFormat, FullDocument, FunctionResponseType, Metric, RecordPart,
    SchemaRegistryAccessType, SourceAccessType, StartingPosition, SystemLogLevel,
};
pub use permission::STATEMENT_MEMBERS;
pub use rollout::{ROLLOUT, Rollout, RolloutStep, percent, shares, spelled};
pub use settings::{RecursiveLoop, UpdateRuntimeOn};
pub use source::{MEMBERS as MAPPING_MEMBERS, MappingChange, MappingMember, Source, SourceKey};
pub use url::{AuthType, InvokeMode};

/// The keys of a function that are no members of CreateFunction, and set what stands beside it.
///
/// These types describe the file to schemars; what a manifest says of them is kept as it is written ([`Beside`]).
#[derive(JsonSchema)]
#[serde(rename_all = "PascalCase")]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "read by schemars only")]
pub(crate) struct BesideKeys {
    /// How many instances the function may use at a time, which are kept for it; `0` stops it. `null`: none are kept. Left
    /// out: not looked at.
    #[schemars(range(min = 0))]
    reserved_concurrent_executions: Option<u32>,

    /// What the service does about a function that calls itself through a queue, a topic or a bucket. `null`: as
    /// `Terminate`. Left out: not looked at.
    recursive_loop: Option<RecursiveLoop>,

    /// When the service moves the function to a newer version of its runtime. `null`: as `Auto`. Left out: not looked at.
    runtime_management_config: Option<RuntimeManagementConfig>,

    /// How asynchronous calls of the function itself are retried, and where their records go. `null`: the service's
    /// defaults. Left out: not looked at.
    event_invoke_config: Option<EventInvokeConfig>,

    /// The address by which the function itself is called over HTTPS. `null`: there must be none. Left out: not looked at.
    function_url_config: Option<FunctionUrlConfig>,

    /// Who may call the function itself: statements of its resource policy by their `StatementId`. `null` for one: it must
    /// not be there. Statements that are not named are left alone.
    #[schemars(extend("propertyNames" = { "minLength": 1, "maxLength": 100, "pattern": permission::STATEMENT_ID }))]
    permissions: Option<BTreeMap<String, Permission>>,

    /// What feeds the function itself from queues, streams, topics and databases: a list, or a map from labels of your own.
    /// `null`: there must be none. Left out: not looked at. Mappings that are not declared are left alone, unless they carry
    /// this manifest's tag.
    #[schemars(extend("propertyNames" = { "minLength": 1, "maxLength": 64, "pattern": mapping::LABEL }))]
    event_source_mappings: Option<BTreeMap<String, EventSourceMapping>>,

    /// Aliases by their name, each with what hangs on it. `null` for one: it must not be there. Aliases that are not named
    /// are left alone.
    #[schemars(extend("propertyNames" = { "minLength": 1, "maxLength": 128, "pattern": alias::NAME }))]
    aliases: Option<BTreeMap<String, Alias>>,

    /// How many published versions stay. Left out: all of them.
    #[serde(rename = "versions")]
    versions: Option<VersionsToKeep>,
}
