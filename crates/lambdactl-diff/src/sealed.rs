//! A plan that was reviewed, sealed so that exactly that is applied or nothing.

use std::collections::{BTreeMap, BTreeSet};

use lambdactl_schema::{
    Artifacts, Call, Desired, FunctionSpec, LayerSpec, Operation, Pointer, SAVED_PLAN_START, Shape,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::action::{Action, ChangeKind, FunctionPlan, Plan};
use crate::changes::is_sensitive;
use crate::layers::LayerPlan;
use crate::options::PlanOptions;

/// The form of the file.
const FORMAT_VERSION: u32 = 7;

/// How saved plans began before format 3.
const EARLIER_START: &[u8] = b"{\n  \"format_version\": ";

/// What a saved plan holds: digests of what was reviewed, and no value of it.
///
/// Of a secret it holds that it is set, and whether it comes, goes or changes. No digest covers more of it: whoever has the
/// file has the salt, and could try one guess after the other. The salt keeps equal plans from looking equal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedPlan {
    /// The form of this file. It comes first, so that the file is known by its first bytes.
    #[serde(rename = "lambdactl_saved_plan")]
    pub format_version: u32,
    /// What every digest begins with.
    pub salt: String,
    /// What was read, and how.
    pub inputs: SealedInputs,
    /// The account, when anything told it.
    pub account: Option<String>,
    /// The region.
    pub region: String,
    /// The globs that the plan was limited to.
    pub targets: Vec<String>,
    /// What the plan was allowed to do.
    pub options: SealedOptions,
    /// Digest of everything that the manifests say.
    pub manifest: String,
    /// One entry for each layer, in the manifest's order.
    pub layers: Vec<SealedLayer>,
    /// One entry for each function, in the manifest's order.
    pub functions: Vec<SealedFunction>,
}

/// What was read for a saved plan: it is read again to apply it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedInputs {
    /// The manifests, as paths from the plan's own folder with `/` between their parts; `-` for standard input.
    pub manifests: Vec<String>,
    /// The stage, where one was chosen.
    pub stage: Option<String>,
    /// The patterns of `--location`.
    pub locations: Vec<String>,
    /// The names that `--var` and `--var-file` gave values to.
    pub variables: Vec<String>,
    /// The names of the environment that the manifests refer to and that were set.
    pub environment: Vec<String>,
    /// `--allow-unknown`.
    pub allow_unknown: bool,
    /// `--as-of`, where it was given.
    pub as_of: Option<String>,
}

/// What a saved plan was allowed to do: it is made anew under the same rules.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedOptions {
    /// `--update`.
    pub update: bool,
    /// `--replace`.
    pub replace: Vec<String>,
    /// `--prune`.
    pub prune: bool,
    /// `--force`.
    pub force: bool,
}

/// What a saved plan holds of one function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedFunction {
    /// The function's name.
    pub name: String,
    /// The planned action's word.
    pub action: String,
    /// Digest of what the manifest says about it.
    pub declared: String,
    /// Digest of its archive, as the service computes it.
    pub code_sha256: Option<String>,
    /// The revision that was compared; absent for a function that did not exist.
    pub revision_id: Option<String>,
    /// Digest of the action and of every difference.
    pub planned: String,
}

/// What a saved plan holds of one layer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedLayer {
    /// The layer's name.
    pub name: String,
    /// The planned action's word.
    pub action: String,
    /// Digest of what the manifest says about it, its content included.
    pub declared: String,
    /// The version that was compared; absent for a layer that had none.
    pub version: Option<u64>,
    /// Digest of the action, of every difference and of the versions that go.
    pub planned: String,
}

/// What is no longer as it was reviewed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Moved {
    /// The account or region is another.
    Place(String),
    /// Functions came into the manifest, or went.
    Functions(Vec<String>),
    /// The manifest says something else about a function.
    Manifest(String),
    /// A function's archive is another.
    Artifact(String),
    /// A function was changed, created or deleted in the account.
    Account(String),
    /// The manifest says something else about a layer, or has other content for it.
    LayerManifest(String),
    /// Versions of a layer were published or deleted.
    LayerAccount(String),
    /// The manifest says something else beside its functions.
    Head,
}

impl SealedPlan {
    /// Seals a plan.
    pub fn seal(reviewed: Reviewed<'_>, salt: String) -> Self {
        let Reviewed { inputs, desired, plan, targets, options } = reviewed;
        let PlanOptions { secrets: _, update, replace, prune, force } = options;
        let options = SealedOptions { update: *update, replace: replace.clone(), prune: *prune, force: *force };
        let specs = by_name(desired);
        let functions = plan
            .functions
            .iter()
            .map(|function| SealedFunction {
                name: function.name.clone(),
                action: function.action.as_str().to_owned(),
                declared: specs.get(function.name.as_str()).map(|spec| declared(spec, &salt)).unwrap_or_default(),
                code_sha256: specs.get(function.name.as_str()).and_then(|spec| spec.code_sha256.clone()),
                revision_id: function.revision_id.clone(),
                planned: planned(function, &salt),
            })
            .collect();
        let declared_layers: BTreeMap<&str, String> = layers_by_name(desired, &salt);
        let layers = plan
            .layers
            .iter()
            .map(|layer| SealedLayer {
                name: layer.name.clone(),
                action: layer.action.as_str().to_owned(),
                declared: declared_layers.get(layer.name.as_str()).cloned().unwrap_or_default(),
                version: layer.version,
                planned: planned_layer(layer, &salt),
            })
            .collect();
        Self {
            format_version: FORMAT_VERSION,
            account: plan.account.clone(),
            region: plan.region.clone(),
            targets: targets.to_vec(),
            options,
            manifest: head(desired, &salt),
            layers,
            functions,
            inputs,
            salt,
        }
    }

    /// Whether a text is a saved plan, of this format or of another.
    pub fn is_one(text: &[u8]) -> bool {
        text.starts_with(SAVED_PLAN_START) || text.starts_with(EARLIER_START)
    }

    /// Returns the text of the file.
    pub fn to_text(&self) -> String {
        json!(self).to_string() + "\n"
    }

    /// Reads the text of a file.
    pub fn from_text(text: &[u8]) -> Result<Self, BrokenPlan> {
        /// The one field that every format has, each under its name.
        #[derive(Deserialize)]
        struct Format {
            #[serde(rename = "lambdactl_saved_plan", alias = "format_version")]
            version: u32,
        }
        let Format { version } = serde_json::from_slice(text).map_err(BrokenPlan::unreadable)?;
        if version != FORMAT_VERSION {
            return Err(BrokenPlan::Format(version));
        }
        serde_json::from_slice(text).map_err(BrokenPlan::unreadable)
    }

    /// Returns what the manifests say that is not what was reviewed; to be asked before the account is read.
    pub fn moved_manifest(&self, desired: &Desired) -> Vec<Moved> {
        let mut moved = Vec::new();
        let specs = by_name(desired);
        let mut others: Vec<String> = self
            .functions
            .iter()
            .filter(|sealed| sealed.is_declared() && !specs.contains_key(sealed.name.as_str()))
            .map(|sealed| sealed.name.clone())
            .collect();
        let is_sealed =
            |name: &&&str| self.functions.iter().any(|sealed| sealed.is_declared() && sealed.name == **name);
        others.extend(specs.keys().filter(|name| !is_sealed(name)).map(|name| (*name).to_owned()));
        if !others.is_empty() {
            moved.push(Moved::Functions(others));
        }
        for sealed in &self.functions {
            let Some(spec) = specs.get(sealed.name.as_str()) else { continue };
            if spec.code_sha256 != sealed.code_sha256 {
                moved.push(Moved::Artifact(sealed.name.clone()));
            } else if declared(spec, &self.salt) != sealed.declared {
                moved.push(Moved::Manifest(sealed.name.clone()));
            }
        }
        let layers = layers_by_name(desired, &self.salt);
        for sealed in &self.layers {
            if layers.get(sealed.name.as_str()) != Some(&sealed.declared) {
                moved.push(Moved::LayerManifest(sealed.name.clone()));
            }
        }
        if moved.is_empty() && head(desired, &self.salt) != self.manifest {
            moved.push(Moved::Head);
        }
        moved
    }

    /// Returns what the account has that is not what was reviewed.
    pub fn moved_account(&self, plan: &Plan) -> Vec<Moved> {
        let place = |account: &Option<String>, region: &str| {
            format!("{region}, account {}", account.as_deref().unwrap_or("unknown"))
        };
        // A region without functions tells no account.
        let other_account = plan.account.is_some() && self.account.is_some() && plan.account != self.account;
        if other_account || plan.region != self.region {
            return vec![Moved::Place(format!(
                "{}, now {}",
                place(&self.account, &self.region),
                place(&plan.account, &plan.region)
            ))];
        }
        let functions: BTreeMap<&str, &FunctionPlan> =
            plan.functions.iter().map(|function| (function.name.as_str(), function)).collect();
        let is_sealed = |name: &str| self.functions.iter().any(|sealed| sealed.name == name);
        let added = plan.functions.iter().filter(|function| !is_sealed(&function.name));
        let added: Vec<Moved> = added.map(|function| Moved::Account(function.name.clone())).collect();
        self.functions
            .iter()
            .filter(|sealed| {
                functions.get(sealed.name.as_str()).is_none_or(|function| {
                    function.revision_id != sealed.revision_id || planned(function, &self.salt) != sealed.planned
                })
            })
            .map(|sealed| Moved::Account(sealed.name.clone()))
            .chain(added)
            .chain(self.moved_layers(plan))
            .collect()
    }
}

impl SealedPlan {
    fn moved_layers<'p>(&'p self, plan: &'p Plan) -> impl Iterator<Item = Moved> + 'p {
        let is_as_sealed = |sealed: &SealedLayer| {
            let mut layers = plan.layers.iter();
            layers.any(|layer| {
                layer.name == sealed.name
                    && layer.version == sealed.version
                    && planned_layer(layer, &self.salt) == sealed.planned
            })
        };
        let moved = self.layers.iter().filter(move |sealed| !is_as_sealed(sealed));
        moved.map(|sealed| Moved::LayerAccount(sealed.name.clone()))
    }
}

/// What a plan is sealed of.
#[derive(Clone, Debug)]
pub struct Reviewed<'a> {
    /// What was read.
    pub inputs: SealedInputs,
    /// What the manifests say.
    pub desired: &'a Desired,
    /// What was planned.
    pub plan: &'a Plan,
    /// The globs that the plan was limited to.
    pub targets: &'a [String],
    /// What the plan was allowed to do.
    pub options: &'a PlanOptions,
}

/// Why a file is not a plan that can be applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BrokenPlan {
    /// It is in the format of another version of lambdactl.
    Format(u32),
    /// It is not what [`SealedPlan::to_text`] makes; where reading stopped.
    Unreadable {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
}

impl BrokenPlan {
    /// Keeps the place of an error only: its text repeats what the file says.
    fn unreadable(error: serde_json::Error) -> Self {
        Self::Unreadable { line: error.line(), column: error.column() }
    }
}

impl std::fmt::Display for BrokenPlan {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Format(version) => {
                write!(formatter, "it is in format {version}, and this version reads {FORMAT_VERSION}")
            }
            Self::Unreadable { line, column } => write!(formatter, "it is damaged at line {line}, column {column}"),
        }
    }
}

impl std::error::Error for BrokenPlan {}

impl SealedFunction {
    /// Whether the manifest declared it; what is to be deleted is what it no longer declares.
    fn is_declared(&self) -> bool {
        !self.declared.is_empty()
    }
}

impl std::fmt::Display for Moved {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Place(places) => write!(formatter, "the plan was made for {places}"),
            Self::Functions(names) => write!(
                formatter,
                "the manifest has other functions than the plan: {}",
                names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
            ),
            Self::Manifest(name) => {
                write!(formatter, "function `{name}`: the manifest says something else than the plan")
            }
            Self::Artifact(name) => write!(formatter, "function `{name}`: its code is another than the plan's"),
            Self::Account(name) => {
                write!(formatter, "function `{name}`: it was changed in the account since the plan was made")
            }
            Self::LayerManifest(name) => {
                write!(formatter, "layer `{name}`: the manifest or the content says something else than the plan")
            }
            Self::LayerAccount(name) => {
                write!(formatter, "layer `{name}`: its versions were changed in the account since the plan was made")
            }
            Self::Head => write!(formatter, "the manifest's head says something else than the plan"),
        }
    }
}

fn by_name(desired: &Desired) -> BTreeMap<&str, &FunctionSpec> {
    desired.functions.iter().map(|spec| (spec.request.function_name.as_str(), spec)).collect()
}

fn head(desired: &Desired, salt: &str) -> String {
    let Desired { name, region, account, location, update, artifacts, origins: _, lookups: _, layers: _, functions } =
        desired;
    let layers = layers_by_name(desired, salt);
    let functions: Vec<String> = functions.iter().map(|spec| declared(spec, salt)).collect();
    let artifacts = artifacts
        .as_ref()
        .map(|Artifacts { bucket, prefix, kms_key, account }| json!([bucket, prefix, kms_key, account]));
    let location = location.as_ref().map(|location| json!([location.name, location.role_arn]));
    digest(salt, &json!([name, region, account, location, update, artifacts, layers, functions]))
}

fn layers_by_name<'d>(desired: &'d Desired, salt: &str) -> BTreeMap<&'d str, String> {
    desired.layers.iter().map(|spec| (spec.name(), declared_layer(spec, salt))).collect()
}

fn declared_layer(spec: &LayerSpec, salt: &str) -> String {
    let LayerSpec { request, code_sha256, code_size: _, archive: _, keep, origins: _, notes: _ } = spec;
    digest(salt, &json!([without_archive(request.members()), code_sha256, keep]))
}

fn planned_layer(layer: &LayerPlan, salt: &str) -> String {
    let LayerPlan {
        name,
        public_name: _,
        action,
        changes,
        version: _,
        version_arn,
        publish,
        old,
        code_sha256,
        archive: _,
        notes: _,
        is_partly_compared: _,
        unread,
    } = layer;
    let publish = publish.as_ref().map(|call| without_archive(call.members.clone()));
    let changes: Vec<Value> = changes.iter().map(|change| json!([change.path, change.before, change.after])).collect();
    digest(salt, &json!([name, action.as_str(), changes, version_arn, publish, old, code_sha256, unread]))
}

/// Takes out of a layer's request what no digest may cover: the archive, whose own digest stands for it, and of members that are not
/// known here everything but that they are set.
fn without_archive(mut members: Map<String, Value>) -> Map<String, Value> {
    let hide = |pointer: String, value: &mut Value| {
        if !Shape::of_layer().can_show(&pointer, value) {
            *value = json!(true);
        }
    };
    if let Some(Value::Object(content)) = members.get_mut("Content") {
        content.shift_remove("ZipFile");
        content.iter_mut().for_each(|(name, value)| hide(format!("/Content/{name}"), value));
    }
    let others = members.iter_mut().filter(|(name, _)| *name != "Content");
    others.for_each(|(name, value)| hide(format!("/{name}"), value));
    members
}

fn declared(spec: &FunctionSpec, salt: &str) -> String {
    let FunctionSpec { request, beside, code_sha256, code_size: _, archive: _, ignore, protect, origins, notes: _ } =
        spec;
    let secrets: BTreeSet<&str> = origins.secrets().collect();
    let members = without_values(request.members(), &secrets);
    let mut beside = beside.0.clone();
    for (name, value) in &mut beside {
        hide_named(&mut Pointer::default(), name, value, &secrets);
    }
    digest(salt, &json!([members, beside, code_sha256, ignore, protect]))
}

/// Takes out what is at these pointers.
fn hide_named(path: &mut Pointer, name: &str, value: &mut Value, secrets: &BTreeSet<&str>) {
    let outer = path.enter(name);
    match value {
        value if secrets.contains(path.as_str()) => *value = json!(true),
        Value::Object(members) => {
            members.iter_mut().for_each(|(name, value)| hide_named(path, name, value, secrets));
        }
        Value::Array(items) => {
            let items = items.iter_mut().enumerate();
            items.for_each(|(index, item)| hide_named(path, &index.to_string(), item, secrets));
        }
        _ => {}
    }
    path.leave(outer);
}

fn planned(function: &FunctionPlan, salt: &str) -> String {
    let FunctionPlan {
        name,
        public_name: _,
        function_arn: _,
        revision_id: _,
        code_sha256: _,
        archive: _,
        action,
        changes,
        ignored: _,
        left: _,
        undeclared: _,
        needs: _,
        rollouts,
        notes: _,
        is_partly_compared: _,
        is_listed: _,
        details: _,
        state: _,
        unsettled: _,
    } = function;
    let secrets: BTreeSet<&str> =
        changes.iter().filter(|change| change.sensitive).map(|change| change.path.as_str()).collect();
    let body = match action {
        Action::Create(request) | Action::Replace(request) => {
            Value::Object(without_values(request.members(), &secrets))
        }
        Action::Update(calls) => {
            calls.iter().map(|call| json!([call.operation, sealed_members(call, &secrets)])).collect()
        }
        Action::Delete { owner, mappings } => json!([owner, mappings]),
        Action::Refused(refusal) => json!(refusal.reason.as_str()),
        Action::Drift | Action::Unchanged => Value::Null,
    };
    let changes: Vec<Value> = changes
        .iter()
        // What stands for a secret is of one run.
        .map(|change| match (change.sensitive, change.kind) {
            (false, _) => json!([change.path, change.before, change.after]),
            (true, ChangeKind::Added) => json!([change.path, "added"]),
            (true, ChangeKind::Removed) => json!([change.path, "removed"]),
            (true, ChangeKind::Changed) => json!([change.path, "changed"]),
        })
        .collect();
    let steps: Vec<Value> = rollouts
        .iter()
        .map(|(alias, rollout)| {
            let steps: Vec<Value> =
                rollout.steps.iter().map(|step| json!([step.weight, step.wait.as_secs_f64()])).collect();
            json!([alias, steps, rollout.alarms])
        })
        .collect();
    match steps.is_empty() {
        true => digest(salt, &json!([name, action.as_str(), body, changes])),
        false => digest(salt, &json!([name, action.as_str(), body, changes, steps])),
    }
}

/// Takes out of a request what no digest may cover: of secrets it leaves that they are set, and of the archive nothing,
/// because its own digest stands for it.
fn without_values(mut members: Map<String, Value>, secrets: &BTreeSet<&str>) -> Map<String, Value> {
    if let Some(Value::Object(code)) = members.get_mut("Code") {
        code.shift_remove("ZipFile");
    }
    members.shift_remove("ZipFile");
    for (name, value) in &mut members {
        hide_named(&mut Pointer::default(), name, value, secrets);
        hide_secrets(&mut Pointer::default(), name, value);
    }
    members
}

fn hide_secrets(path: &mut Pointer, name: &str, value: &mut Value) {
    let outer = path.enter(name);
    match value {
        Value::Object(members) => members.iter_mut().for_each(|(name, value)| hide_secrets(path, name, value)),
        // Of a secret list not even the length is told.
        value if is_sensitive(path.as_str(), None, Some(value)) => *value = json!(!value.is_null()),
        Value::Array(items) => {
            items.iter_mut().enumerate().for_each(|(index, item)| hide_secrets(path, &index.to_string(), item))
        }
        _ => {}
    }
    path.leave(outer);
}

fn sealed_members(call: &Call, secrets: &BTreeSet<&str>) -> Value {
    // One that stands where others do not may be in any call.
    let is_looked_up = |path: &&str| !is_sensitive(path, None, Some(&json!("")));
    match call.operation {
        Operation::UpdateFunctionConfiguration | Operation::UpdateFunctionCode => {
            Value::Object(without_values(call.members.clone(), secrets))
        }
        _ if secrets.iter().any(is_looked_up) => json!(call.members.keys().collect::<Vec<_>>()),
        _ => json!(call.members),
    }
}

fn digest(salt: &str, value: &Value) -> String {
    let mut hasher = Sha256::new();
    hasher.update(salt.as_bytes());
    hasher.update(value.to_string().as_bytes());
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
