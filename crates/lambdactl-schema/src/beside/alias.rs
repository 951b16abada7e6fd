use std::collections::BTreeMap;

use schemars::JsonSchema;

use super::mapping::{self, EventSourceMapping};
use super::permission::{self, Permission};
use super::settings::EventInvokeConfig;
use super::url::FunctionUrlConfig;

/// Names of aliases: not of digits alone, which are versions (the service's model, CreateAlias).
pub(crate) const NAME: &str = r"^[a-zA-Z0-9_-]*[a-zA-Z_-][a-zA-Z0-9_-]*$";
/// What an alias points to: a version, `$LATEST`, or the newest version.
const VERSION: &str = r"^(\$LATEST(\.PUBLISHED)?|[0-9]+|published)$";
/// A time, in one unit or several.
const WAIT: &str = r"^([0-9]+(ms|s|m|h))+$";
/// What an alias sends a part of the calls to.
const WEIGHTED_VERSION: &str = r"^([0-9]+|published)$";

/// A name for a version of a function, and what hangs on that name.
#[derive(JsonSchema)]
#[serde(rename_all = "PascalCase")]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "read by schemars only")]
pub(crate) struct Alias {
    /// The version: its number in quotes, `$LATEST`, or `published`, which is the newest version after this apply.
    #[schemars(length(min = 1, max = 1024), regex(pattern = VERSION), example = &"published")]
    function_version: String,

    /// Free text, up to 256 characters. Default: empty.
    #[schemars(length(max = 256))]
    description: Option<String>,

    /// Which part of the calls goes to another version. `null`: none. Left out: not looked at; where the alias moves, its
    /// weights are taken away.
    routing_config: Option<RoutingConfig>,

    /// lambdactl's own: how the alias moves to another version, step by step. Left out: at once.
    #[serde(rename = "rollout")]
    rollout: Option<Rollout>,

    /// How many instances are kept ready for the alias. They cost money while nobody calls. `null`: none. Left out: not
    /// looked at.
    #[schemars(range(min = 1))]
    provisioned_concurrent_executions: Option<u32>,

    /// How asynchronous calls of the alias are retried, and where their records go. `null`: the service's defaults. Left
    /// out: not looked at.
    event_invoke_config: Option<EventInvokeConfig>,

    /// The address by which the alias is called over HTTPS. `null`: there must be none. Left out: not looked at.
    function_url_config: Option<FunctionUrlConfig>,

    /// Who may call the alias: statements of its resource policy by their `StatementId`. `null` for one: it must not be
    /// there. Statements that are not named are left alone.
    #[schemars(extend("propertyNames" = { "minLength": 1, "maxLength": 100, "pattern": permission::STATEMENT_ID }))]
    permissions: Option<BTreeMap<String, Permission>>,

    /// What feeds the alias from queues, streams, topics and databases: a list, or a map from labels of your own. `null`: there
    /// must be none. Left out: not looked at.
    #[schemars(extend("propertyNames" = { "minLength": 1, "maxLength": 64, "pattern": mapping::LABEL }))]
    event_source_mappings: Option<BTreeMap<String, EventSourceMapping>>,
}

/// How an alias moves to another version.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "read by schemars only")]
pub(crate) struct Rollout {
    /// Which part of the calls goes to the new version, one after the other; after the last one all of them.
    #[schemars(length(min = 1, max = 50))]
    steps: Vec<RolloutStep>,

    /// Alarms of CloudWatch that watch it, by their names: one that goes off moves the alias back. Default: none.
    #[schemars(length(max = 100), inner(length(min = 1, max = 255)))]
    alarms: Option<Vec<String>>,
}

/// A part of the calls, and how long it stays so.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "read by schemars only")]
pub(crate) struct RolloutStep {
    /// The part of the calls that the new version gets, between 0 and 1.
    #[schemars(extend("exclusiveMinimum" = 0, "exclusiveMaximum" = 1))]
    weight: f64,

    /// How long it stays so, such as `30s`, `10m` or `1h`.
    #[schemars(length(min = 2, max = 16), regex(pattern = WAIT))]
    wait: String,
}

/// How an alias divides calls.
#[derive(JsonSchema)]
#[serde(rename_all = "PascalCase")]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "read by schemars only")]
pub(crate) struct RoutingConfig {
    /// One version, by its number or as `published`, and its part of the calls, from 0.0 to 1.0. The rest goes to
    /// `FunctionVersion`.
    #[schemars(extend(
        "propertyNames" = { "pattern": WEIGHTED_VERSION },
        "additionalProperties" = { "type": "number", "minimum": 0, "maximum": 1 }
    ))]
    additional_version_weights: Option<BTreeMap<String, f64>>,
}
