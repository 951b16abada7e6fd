use std::borrow::Cow;

use std::collections::BTreeMap;

use lambdactl_schema::{ArchiveSource, Call, CreateFunctionRequest, Operation, Place, Rollout};
use serde_json::Value;

use crate::layers::{LayerAction, LayerPlan};
use crate::needs::Need;

pub use crate::change::{Change, ChangeKind, Sides};
pub(crate) use crate::change::{DIGEST, OBJECT, PUBLISH};

/// What would be done, function by function, in the manifest's order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// The account, when anything told it.
    pub account: Option<String>,
    /// The region.
    pub region: String,
    /// One entry for each function of the manifest, and behind them one for each that is to be deleted.
    pub functions: Vec<FunctionPlan>,
    /// One entry for each layer of the manifest, in its order.
    pub layers: Vec<LayerPlan>,
    /// What there is to say of the account as a whole, in sentences for the user.
    pub notes: Vec<String>,
    /// How many functions carry the manifest's tag that it does not declare, where that was seen.
    pub orphans: usize,
}

/// What would be done about one function.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FunctionPlan {
    /// The function's name.
    pub name: String,
    /// The name as a comment has it, where a reference brought it in: the manifest's own text.
    pub public_name: Option<String>,
    /// The state that the service gives it, such as `Active`; absent where it does not exist, and where only a list was read.
    pub state: Option<String>,
    /// What apply has to wait for although it changes nothing: the service has not finished with it.
    pub unsettled: Vec<Unsettled>,
    /// Its ARN, when it exists.
    pub function_arn: Option<String>,
    /// The revision that was compared, when it exists.
    pub revision_id: Option<String>,
    /// Digest of the archive that the manifest has for it, as the service computes it.
    pub code_sha256: Option<String>,
    /// Where the archive is, when the request does not have it.
    pub archive: Option<ArchiveSource>,
    /// The call, if there is one.
    pub action: Action,
    /// How the function differs from the manifest, by path.
    pub changes: Vec<Change>,
    /// Differences in members that belong to someone else: shown on request, never acted upon.
    pub ignored: Vec<Change>,
    /// The paths of changes that stay as they are although something else is done: nobody asked for them.
    pub left: Vec<String>,
    /// What is there beside the function under a key of the manifest, and no business of it: shown on request.
    pub undeclared: Vec<String>,
    /// What has to be read beside the function to compare it again.
    pub needs: Vec<Need>,
    /// The aliases that move step by step, by name.
    pub rollouts: BTreeMap<String, Rollout>,
    /// What else there is to say, in sentences for the user.
    pub notes: Vec<String>,
    /// What a person asked to be told besides, line by line: what is in the package.
    pub details: Vec<String>,
    /// Whether something could not be compared; a note says what.
    pub is_partly_compared: bool,
    /// Whether only a list of functions was read, which has no states.
    pub is_listed: bool,
}

/// What the service still works on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unsettled {
    /// The function.
    Function,
    /// This published version of it.
    Version(String),
    /// The instances that are kept ready for this alias.
    Provisioned(String),
    /// The event source mapping with this UUID.
    Mapping(String),
}

/// What is done about a function: a list of calls with their whole bodies, or nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Action {
    /// The function is missing: CreateFunction.
    Create(Box<CreateFunctionRequest>),
    /// The function differs: these calls, in this order.
    Update(Vec<Call>),
    /// The function differs in what only its creation can set: DeleteFunction and CreateFunction.
    Replace(Box<CreateFunctionRequest>),
    /// The function belongs to the manifest, which no longer declares it: DeleteFunction, unless its tag says by then
    /// that it belongs to another. Its mappings that are the manifest's own go first.
    Delete {
        /// The manifest that owns it.
        owner: String,
        /// UUIDs of event source mappings.
        mappings: Vec<String>,
    },
    /// The function differs, and is left alone.
    Drift,
    /// What was asked for cannot be done to this function, or must not.
    Refused(Refusal),
    /// The function is as the manifest says.
    #[default]
    Unchanged,
}

/// Why a function is not brought to where the manifest wants it although that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The reason, for scripts.
    pub reason: RefusalReason,
    /// The reason, for people.
    pub message: String,
    /// What to do about it.
    pub help: Cow<'static, str>,
}

/// The kinds of refusals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefusalReason {
    /// Another manifest owns the function.
    Claimed,
    /// The function carries no manifest's tag, and only what this one owns may be deleted.
    NotOwned,
    /// Whose the function is, and whether it is protected, could not be read.
    OwnerUnknown,
    /// The service could not set the function or its newest version up; the service's code for why.
    Failed(String),
    /// The function is being deleted.
    Deleting,
    /// Only a replacement would do, and the function was not named for one, or is protected.
    NeedsReplacement,
    /// The function is no longer declared, and protected from being deleted.
    Protected,
    /// The function is no longer declared, and others depend on it.
    InUse,
    /// The call would change what belongs to someone else.
    Ignored,
    /// An alias names the newest version, and there is none.
    NoVersion,
    /// Event source mappings cannot be told from each other.
    Unclear,
    /// An alias cannot move step by step between these versions.
    NoRollout,
    /// The versions of a layer that it names could not be read.
    LayerUnknown,
}

impl RefusalReason {
    /// Whether an apply that leaves the function as it is has failed. What is kept from being pruned is kept as told.
    pub fn is_failure(&self) -> bool {
        match self {
            Self::Claimed
            | Self::NotOwned
            | Self::OwnerUnknown
            | Self::Failed(_)
            | Self::Deleting
            | Self::NeedsReplacement
            | Self::Ignored
            | Self::NoVersion
            | Self::Unclear
            | Self::NoRollout
            | Self::LayerUnknown => true,
            Self::Protected | Self::InUse => false,
        }
    }

    /// Whether it is so whatever the user asks for: the account itself is not as it should be.
    fn is_about_the_account(&self) -> bool {
        match self {
            Self::Claimed | Self::OwnerUnknown | Self::Failed(_) | Self::Deleting | Self::Unclear => true,
            Self::NotOwned
            | Self::NeedsReplacement
            | Self::Protected
            | Self::InUse
            | Self::Ignored
            | Self::NoVersion
            | Self::NoRollout
            | Self::LayerUnknown => false,
        }
    }

    /// Returns the reason's word, as JSON output has it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Claimed => "Claimed",
            Self::NotOwned => "NotOwned",
            Self::OwnerUnknown => "OwnerUnknown",
            Self::Failed(code) => code,
            Self::Deleting => "Deleting",
            Self::NeedsReplacement => "NeedsReplacement",
            Self::Protected => "Protected",
            Self::InUse => "InUse",
            Self::Ignored => "Ignored",
            Self::NoVersion => "NoVersion",
            Self::Unclear => "Unclear",
            Self::NoRollout => "NoRollout",
            Self::LayerUnknown => "LayerUnknown",
        }
    }
}

/// How many functions there are of each action.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Missing functions.
    pub create: usize,
    /// Functions that are changed in place.
    pub update: usize,
    /// Functions that are deleted and created again.
    pub replace: usize,
    /// Functions that are deleted.
    pub delete: usize,
    /// Functions that differ and are left alone, whatever the reason.
    pub drift: usize,
    /// Functions that are as they should be.
    pub unchanged: usize,
}

impl Action {
    /// Returns the action's word, as JSON output has it.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Create(_) => "create",
            Self::Update(_) => "update",
            Self::Replace(_) => "replace",
            Self::Delete { .. } => "delete",
            Self::Drift | Self::Refused(_) => "drift",
            Self::Unchanged => "unchanged",
        }
    }

    /// Returns the action's sign, as people read it.
    pub fn symbol(&self) -> char {
        match self {
            Self::Create(_) => '+',
            Self::Update(_) => '~',
            Self::Replace(_) => '±',
            Self::Delete { .. } => '-',
            Self::Drift | Self::Refused(_) => '!',
            Self::Unchanged => '=',
        }
    }

    /// Whether it changes the account.
    pub fn is_call(&self) -> bool {
        match self {
            Self::Create(_) | Self::Update(_) | Self::Replace(_) | Self::Delete { .. } => true,
            Self::Drift | Self::Refused(_) | Self::Unchanged => false,
        }
    }
}

impl FunctionPlan {
    /// Whether only lists, which may be behind, have told of a function that would be touched, or whose code a tag says to be
    /// another.
    pub fn rests_on_lists(&self) -> bool {
        let is_touched = matches!(self.action, Action::Update(_) | Action::Replace(_));
        self.is_listed && (is_touched || self.changes.iter().any(Change::is_object))
    }
}

impl FunctionPlan {
    fn mask(&mut self, mask: &mut dyn FnMut(&str) -> String) {
        // Name, ARN and revision were checked when they were read, and notes and refusals are our own words around what was
        // cleaned then.
        let Self {
            name: _,
            function_arn: _,
            revision_id: _,
            code_sha256: _,
            archive: _,
            action: _,
            changes,
            ignored,
            left,
            undeclared: _,
            needs: _,
            rollouts: _,
            notes: _,
            is_partly_compared: _,
            public_name: _,
            state: _,
            unsettled: _,
            is_listed: _,
            details: _,
        } = self;
        for (old, new) in mask_changes(changes.iter_mut().chain(ignored), mask) {
            left.iter_mut().filter(|path| **path == old).for_each(|path| path.clone_from(&new));
        }
    }

    /// Returns the name as a comment on a pull request can have it.
    pub fn as_public_name(&self) -> &str {
        self.public_name.as_deref().unwrap_or(&self.name)
    }

    /// Returns the members that a call may have to wait for, by name: those that a service checks when it gets them.
    pub fn named_members(&self) -> Vec<(&'static str, String)> {
        let named = |role: Option<&str>, key: Option<&str>| {
            let members = [("Role", role), ("KMSKeyArn", key)];
            members.into_iter().filter_map(|(name, value)| Some((name, value?.to_owned()))).collect()
        };
        match &self.action {
            Action::Create(request) | Action::Replace(request) => {
                named(Some(&request.role), request.kms_key_arn.as_deref())
            }
            Action::Update(calls) => {
                let text =
                    |member: &str| of(calls, Operation::UpdateFunctionConfiguration)?.members.get(member)?.as_str();
                named(text("Role"), text("KMSKeyArn"))
            }
            Action::Delete { .. } | Action::Drift | Action::Refused(_) | Action::Unchanged => Vec::new(),
        }
    }

    /// Returns the archive that the calls carry, as base64, where the plan has it itself.
    pub fn inline_archive(&self) -> Option<&str> {
        match &self.action {
            Action::Create(request) | Action::Replace(request) => request.code.zip_file.as_deref(),
            Action::Update(calls) => of(calls, Operation::UpdateFunctionCode)?.members.get("ZipFile")?.as_str(),
            Action::Delete { .. } | Action::Drift | Action::Refused(_) | Action::Unchanged => None,
        }
    }
}

/// Returns the call of an operation, where there is one.
fn of(calls: &[Call], operation: Operation) -> Option<&Call> {
    calls.iter().find(|call| call.operation == operation)
}

/// Cleans changes, and returns the paths that became others.
fn mask_changes<'c>(
    changes: impl Iterator<Item = &'c mut Change>,
    mask: &mut dyn FnMut(&str) -> String,
) -> Vec<(String, String)> {
    let mut moved = Vec::new();
    for Change { path, kind, before, after: _, sensitive, public } in changes {
        // The key of a tag that only the account has; mappings have tags, too, at the end of a longer path. All other names in paths
        // are those of the API or of the manifest.
        if let (ChangeKind::Removed, Some((owner, key))) = (*kind, path.rsplit_once("/Tags/")) {
            let masked = format!("{owner}/Tags/{}", mask(key));
            moved.push((std::mem::replace(path, masked.clone()), masked));
        }
        // What stands for a secret is none, or was asked for.
        if *sensitive {
            continue;
        }
        let public = public.as_deref_mut().and_then(|Sides { before, after: _ }| before.as_mut());
        for before in before.iter_mut().chain(public) {
            mask_all(before, mask);
        }
    }
    moved
}

fn mask_all(value: &mut Value, mask: &mut dyn FnMut(&str) -> String) {
    match value {
        Value::String(text) => *text = mask(text),
        Value::Array(items) => items.iter_mut().for_each(|item| mask_all(item, mask)),
        // The keys of a filter's pattern are texts of the account as well.
        Value::Object(map) => {
            for (key, mut value) in std::mem::take(map) {
                mask_all(&mut value, mask);
                map.insert(mask(&key), value);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

impl Plan {
    /// Passes every text that came from the account, and may be shown, through `mask`. What calls would send stays as it is.
    pub fn mask(&mut self, mask: &mut dyn FnMut(&str) -> String) {
        let Self { account: _, region: _, functions, layers, notes: _, orphans: _ } = self;
        for function in functions {
            function.mask(mask);
        }
        for layer in layers {
            let _ = mask_changes(layer.changes.iter_mut(), mask);
        }
    }

    /// Counts the functions by action.
    pub fn summary(&self) -> Summary {
        let mut summary = Summary::default();
        for function in &self.functions {
            match function.action {
                Action::Create(_) => summary.create += 1,
                Action::Update(_) => summary.update += 1,
                Action::Replace(_) => summary.replace += 1,
                Action::Delete { .. } => summary.delete += 1,
                Action::Drift | Action::Refused(_) => summary.drift += 1,
                Action::Unchanged => summary.unchanged += 1,
            }
        }
        summary
    }

    /// Returns the functions that are an error whatever was asked for: those of another manifest, those whose owner cannot be
    /// read, and those that do not work. Each with the reason.
    pub fn failures(&self) -> impl Iterator<Item = (&FunctionPlan, &Refusal)> {
        self.functions.iter().filter_map(|function| match &function.action {
            Action::Refused(refusal) if refusal.reason.is_about_the_account() => Some((function, refusal)),
            _ => None,
        })
    }

    /// Returns the things beside functions that would be taken away, old versions apart.
    pub fn removals(&self) -> impl Iterator<Item = (&FunctionPlan, &Change)> {
        let acted = self.functions.iter().filter(|function| matches!(function.action, Action::Update(_)));
        acted.flat_map(|function| {
            let is_gone = |change: &&Change| {
                change.kind == ChangeKind::Removed
                    && !function.left.contains(&change.path)
                    && Place::of(&change.path).is_some_and(|place| place.is_thing())
            };
            function.changes.iter().filter(is_gone).map(move |change| (function, change))
        })
    }

    /// Whether everything that the manifest says was compared, and every function's state was read.
    pub fn is_whole(&self) -> bool {
        self.functions.iter().all(|function| !function.is_partly_compared && !function.is_listed)
            && self.layers.iter().all(|layer| !layer.is_partly_compared)
    }

    /// Whether applying it would change the account.
    pub fn has_calls(&self) -> bool {
        self.functions.iter().any(|function| function.action.is_call()) || self.layers.iter().any(LayerPlan::has_calls)
    }

    /// Whether the account is as the manifest says: nothing to do and nothing drifted.
    pub fn is_empty(&self) -> bool {
        self.functions.iter().all(|function| function.action == Action::Unchanged)
            && self.layers.iter().all(|layer| layer.action == LayerAction::Unchanged)
    }
}
