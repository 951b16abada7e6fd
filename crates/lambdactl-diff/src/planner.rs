use std::collections::{BTreeMap, BTreeSet};

use lambdactl_schema::{
    CREATING_TAG, Call, CreateFunctionRequest, Desired, FunctionSpec, Kind, OWNER_TAG, Origins, PROTECT_TAG,
};
use serde_json::{Map, Value};

use crate::action::{Action, Change, FunctionPlan, Plan, Refusal, RefusalReason, Unsettled};
use crate::beside::BesidePlan;
use crate::changes::{additions, changes};
use crate::current::{CurrentFunction, CurrentState};
use crate::found::Found;
use crate::guards::{
    claimed, deleting, failed, failed_version, layer_unknown, no_rollout, no_version, owner_unknown, unclear_mappings,
    version_failed,
};
use crate::health::Health;
use crate::ignored::is_ignored;
use crate::known::Known;
use crate::layers::{LayerArns, LayerPlan, Resolved};
use crate::needs::{Need, needs};
use crate::options::PlanOptions;
use crate::public::name_origins;
use crate::published::Newest;
use crate::secrets::Secrets;
use crate::stored::Objects;
use crate::update::Difference;
use crate::{beside, code, deletion, layers, normal};

/// Compares every function of the manifest with the account.
pub fn plan(desired: &Desired, current: &CurrentState, options: &PlanOptions) -> Plan {
    let mut layers: Vec<LayerPlan> = desired
        .layers
        .iter()
        .map(|spec| layers::plan(spec, current.layers.get(spec.name()), &current.objects, options))
        .collect();
    let arns = LayerArns::of(&layers);
    let planner = Planner::new(desired, &current.objects, &arns, options);
    let mut functions: Vec<FunctionPlan> = desired
        .functions
        .iter()
        .map(|spec| planner.one(spec, current.functions.get(&spec.request.function_name)))
        .collect();
    if options.prune
        && let Some(owner) = &desired.name
    {
        let undeclared = current.undeclared.iter();
        functions.extend(undeclared.filter_map(|(name, function)| deletion::plan(name, function, owner, options)));
    }
    layers::prune(&mut layers, &functions, desired, current, options);
    let notes = notes(&functions, current);
    let (account, region, orphans) = (current.account.clone(), current.region.clone(), current.mentioned.len());
    Plan { account, region, functions, layers, notes, orphans }
}

/// What there is to say of the account as a whole.
fn notes(functions: &[FunctionPlan], current: &CurrentState) -> Vec<String> {
    /// Names that are written out: a note is read by people.
    const NAMED: usize = 20;
    let mut notes = Vec::new();
    let unread = functions.iter().filter(|function| function.is_listed).count();
    if unread > 0 {
        let (functions, them) = if unread == 1 { ("function", "it") } else { ("functions", "each") };
        notes.push(format!(
            "whether {unread} {functions} can be used was not read, because a list of functions does not say it: `plan \
             --health` reads {them}"
        ));
    }
    if !current.mentioned.is_empty() {
        let named: Vec<&str> = current.mentioned.iter().take(NAMED).map(String::as_str).collect();
        let rest = match current.mentioned.len().saturating_sub(NAMED) {
            0 => String::new(),
            rest => format!(" and {rest} more"),
        };
        notes.push(format!(
            "in the account, with this manifest's tag, and not declared: {}{rest}; --prune would delete them",
            named.join(", ")
        ));
    }
    notes
}

/// Compares one function of the manifest with what the account has of it by now, given the versions of layers that it names.
pub fn plan_function(
    desired: &Desired,
    objects: &Objects,
    layers: &LayerArns,
    name: &str,
    current: Option<&CurrentFunction>,
    options: &PlanOptions,
) -> Option<FunctionPlan> {
    let spec = desired.functions.iter().find(|spec| spec.request.function_name == name)?;
    Some(Planner::new(desired, objects, layers, options).one(spec, current))
}

/// Whether a function is what a request would have created: the same configuration, code and tags.
pub fn is_created_by(request: &CreateFunctionRequest, code_sha256: Option<&str>, current: &CurrentFunction) -> bool {
    let mut request = request.clone();
    // Whoever created it may have finished by now.
    if let Some(tags) = &mut request.tags {
        tags.remove(CREATING_TAG);
    }
    let spec = FunctionSpec { code_sha256: code_sha256.map(str::to_owned), ..FunctionSpec::of(request) };
    // Versions are not looked at: what was published meanwhile does not make it another function.
    let current = CurrentFunction { newest: Newest::NotRead, ..current.clone() };
    compare(&spec, &current, &Known::new(), &Objects::default(), &Secrets::Hidden).changes.is_empty()
}

struct Planner<'a> {
    owner: Option<&'a str>,
    /// Which parts of the manifest's head references brought in.
    origins: &'a Origins,
    objects: &'a Objects,
    layers: &'a LayerArns,
    options: &'a PlanOptions,
    known: Known,
}

impl<'a> Planner<'a> {
    fn new(desired: &'a Desired, objects: &'a Objects, layers: &'a LayerArns, options: &'a PlanOptions) -> Self {
        let (owner, origins) = (desired.name.as_deref(), &desired.origins);
        Self { owner, origins, objects, layers, options, known: Known::new() }
    }

    fn one(&self, spec: &FunctionSpec, current: Option<&CurrentFunction>) -> FunctionPlan {
        let Resolved { spec, notes, unread } = self.layers.resolve(spec, current);
        let mut plan = match current {
            None => self.create(&spec),
            Some(current) => self.existing(&spec, current),
        };
        plan.is_partly_compared |= !notes.is_empty();
        plan.notes.extend(notes);
        if let Some((layer, reason)) = unread.filter(|_| plan.action.is_call()) {
            plan.action = Action::Refused(layer_unknown(&layer, &reason));
        }
        plan
    }

    fn create(&self, spec: &FunctionSpec) -> FunctionPlan {
        // There is nothing yet that a fingerprint could be compared with.
        let shown = matches!(self.options.secrets, Secrets::Shown);
        let secrets = if shown { &self.options.secrets } else { &Secrets::Hidden };
        let request = self.request(spec);
        let mut members = request.members();
        members.insert("Code".into(), code::shown(spec));
        members.shift_remove("FunctionName");
        // It goes when the creation is done.
        if let Some(Value::Object(tags)) = members.get_mut("Tags") {
            tags.shift_remove(CREATING_TAG);
        }
        let mut changes = additions(&request.function_name, &members, secrets);
        let BesidePlan { changes: beside, notes, versionless, .. } = beside::of_new(spec, self.owner, self.options);
        changes.extend(beside);
        name_origins(&mut changes, spec, self.origins);
        let plan = FunctionPlan { changes, ..self.planned(spec) };
        let notes = plan.notes.iter().cloned().chain(notes).collect();
        let action = match versionless.is_empty() {
            true => Action::Create(Box::new(request)),
            false => Action::Refused(no_version(&versionless)),
        };
        FunctionPlan { action, notes, ..plan }
    }

    /// What a plan takes over from the manifest, and what has to be read to make it again.
    fn planned(&self, spec: &FunctionSpec) -> FunctionPlan {
        FunctionPlan { needs: needs(spec, self.options.prune), ..FunctionPlan::of(spec) }
    }

    /// Returns the request that creates a function, with the tags that say whose it is.
    fn request(&self, spec: &FunctionSpec) -> CreateFunctionRequest {
        let mut request = spec.request.clone();
        if let Some(owner) = self.owner {
            request.tags.get_or_insert_default().extend(ownership(owner, spec.protect));
        }
        if let Some(tag) = self.objects.tag(spec) {
            request.tags.get_or_insert_default().extend([tag]);
        }
        // Taken off again when all of it is there: until then an apply goes on with it.
        if !beside::of_new(spec, self.owner, self.options).is_empty() {
            request.tags.get_or_insert_default().insert(CREATING_TAG.to_owned(), "true".to_owned());
        }
        request
    }

    fn existing(&self, spec: &FunctionSpec, current: &CurrentFunction) -> FunctionPlan {
        let Compared { before, after, mut changes, mut ignored, notes: uncompared } =
            compare(spec, current, &self.known, self.objects, &self.options.secrets);
        let is_partly_compared = !uncompared.is_empty();
        let mut notes = spec.notes.clone();
        notes.extend(uncompared);
        let code_tag = self.objects.tag(spec);
        let arn = current.text("FunctionArn").unwrap_or_default();
        let difference =
            Difference { spec, before: &before, after: &after, changes: &changes, tags: &current.tags, code_tag, arn };
        let health = current.health();
        let failed = match &health {
            Health::UpdateFailed(reason) => Some(reason),
            _ => None,
        };
        let own = if self.options.update { difference.calls(failed) } else { Vec::new() };
        let mut beside = beside::plan(spec, current, &own, self.owner, self.options);
        let beside_changes = std::mem::take(&mut beside.changes);
        let mut left = std::mem::take(&mut beside.left);
        let (beside_ignored, uncompared) =
            (std::mem::take(&mut beside.ignored), std::mem::take(&mut beside.uncompared));
        let is_partly_compared = is_partly_compared || !uncompared.is_empty();
        notes.extend(uncompared);
        let undeclared = std::mem::take(&mut beside.undeclared);
        let publishes = beside.needs_version();
        let moving = std::mem::take(&mut beside.moving).into_iter().map(Unsettled::Provisioned);
        let settling = std::mem::take(&mut beside.settling).into_iter().map(Unsettled::Mapping);
        let beside_notes = std::mem::take(&mut beside.notes);
        let rollouts = std::mem::take(&mut beside.rollouts);
        let is_empty = beside_changes.is_empty() && beside.is_empty();
        let action = self.action(spec, current, &difference, Work { own, beside, is_empty }, &mut notes);
        if matches!(action, Action::Update(_)) && !self.options.update {
            let stays = changes.iter().filter(|change| !(publishes && change.is_publishing()));
            left.extend(stays.map(|change| change.path.clone()));
        }
        if matches!(action, Action::Update(_) | Action::Drift | Action::Unchanged) {
            notes.extend(beside_notes);
        }
        if !left.is_empty() && matches!(action, Action::Update(_)) && !self.options.update {
            // The key of a tag may be the account's own word: what has the tag is enough here.
            let of_tags = |path: &str| path.rfind("/Tags/").map(|at| at + "/Tags".len());
            let mut places: Vec<&str> = left.iter().map(|path| &path[..of_tags(path).unwrap_or(path.len())]).collect();
            places.dedup();
            notes.push(format!("differences that stay as they are without --update: {}", places.join(", ")));
        }
        if let Some((before, after)) = sizes(&changes, spec, current) {
            notes.push(format!("the code changed: an archive of {before} bytes becomes one of {after}"));
        }
        changes.extend(beside_changes);
        ignored.extend(beside_ignored);
        name_origins(&mut changes, spec, self.origins);
        name_origins(&mut ignored, spec, self.origins);
        let planned = self.planned(spec);
        let needs = planned.needs.iter().cloned().chain(fed_qualifiers(current)).collect::<BTreeSet<_>>();
        FunctionPlan {
            needs: needs.into_iter().collect(),
            function_arn: current.text("FunctionArn").map(str::to_owned),
            revision_id: current.text("RevisionId").map(str::to_owned),
            action,
            changes,
            ignored,
            left,
            rollouts,
            notes,
            undeclared,
            is_partly_compared,
            is_listed: current.is_listed(),
            state: current.text("State").map(str::to_owned),
            unsettled: unsettled(current).into_iter().chain(moving).chain(settling).collect(),
            ..planned
        }
    }

    fn action(
        &self,
        spec: &FunctionSpec,
        current: &CurrentFunction,
        difference: &Difference<'_>,
        work: Work,
        notes: &mut Vec<String>,
    ) -> Action {
        let Work { own, beside, is_empty } = work;
        let is_same = difference.changes.is_empty() && is_empty;
        let is_named = self.options.replace.contains(&spec.request.function_name);
        if let Some(reason) = current.untold()
            && (self.owner.is_some() || is_named || self.options.prune)
        {
            return Action::Refused(owner_unknown(reason));
        }
        if let Some((owner, other)) = self.owner.zip(current.owner()).filter(|(owner, other)| owner != other) {
            return Action::Refused(claimed(self.origins.outside("/name").unwrap_or(owner), other));
        }
        match current.health() {
            Health::Failed(reason) if is_named => {
                return self.replacement(spec, current, format!("the service could not set it up ({reason})"), notes);
            }
            Health::Failed(reason) => return Action::Refused(failed(&reason)),
            Health::Deleting => return Action::Refused(deleting()),
            Health::UpdateFailed(reason) => {
                let remedy = reason.remedy().map(|remedy| format!("; {remedy}")).unwrap_or_default();
                notes.push(format!("its last update failed, and it serves as before: {reason}{remedy}"));
                if is_same {
                    return if self.options.update { Action::Update(own) } else { Action::Drift };
                }
            }
            health @ (Health::Pending(_) | Health::Updating(_)) => notes.push(under_way(&health)),
            Health::Unknown | Health::Ready => {}
        }
        if let Some((number, reason)) = failed_version(current)
            && (is_same || !self.options.update)
        {
            return Action::Refused(version_failed(number, reason));
        }
        if !beside.unclear.is_empty() {
            return Action::Refused(unclear_mappings(&beside.unclear));
        }
        if is_same {
            return Action::Unchanged;
        }
        let replaced = difference.replaced_members();
        if !replaced.is_empty() {
            let members = replaced.join(", ");
            let verb = if replaced.len() == 1 { "is" } else { "are" };
            let reason = format!("{members} {verb} set when a function is created, and never changed");
            if is_named {
                return self.replacement(spec, current, reason, notes);
            }
            if self.options.update {
                return Action::Refused(Refusal {
                    reason: RefusalReason::NeedsReplacement,
                    message: format!("{reason}; the function would have to be replaced"),
                    help: "name it with --replace to have it deleted and created again; `plan --replace NAME` shows what that loses".into(),
                });
            }
            notes.push(format!("{reason}: only --replace would do"));
        }
        if !beside.versionless.is_empty() {
            return Action::Refused(no_version(&beside.versionless));
        }
        if !beside.impossible.is_empty() {
            return Action::Refused(no_rollout(&beside.impossible));
        }
        if self.options.update && difference.needs_ignored_code() {
            return Action::Refused(Refusal {
                reason: RefusalReason::Ignored,
                message: "Architectures can be changed only together with the code, and `ignore` says that the code \
                          belongs to someone else"
                    .to_owned(),
                help: "ignore `/Architectures`, too, or no longer `/Code`".into(),
            });
        }
        let calls = beside.join(own, || difference.publish());
        if calls.is_empty() { Action::Drift } else { Action::Update(calls) }
    }

    /// Deletes a function that was named for it and creates it again, unless it is protected.
    fn replacement(
        &self,
        spec: &FunctionSpec,
        current: &CurrentFunction,
        reason: String,
        notes: &mut Vec<String>,
    ) -> Action {
        if spec.protect || current.is_protected() {
            return Action::Refused(Refusal {
                reason: RefusalReason::NeedsReplacement,
                message: format!("{reason}; the function would have to be replaced, and is protected"),
                help: "take `protect` out of the manifest and the tag `lambdactl:protect` off the function".into(),
            });
        }
        notes.push(format!("replaced because {reason}"));
        notes.extend(deletion::losses(current, None));
        Action::Replace(Box::new(self.request(spec)))
    }
}

/// The bytes of the archive that the function has, and of the one that it would get, where that is another.
fn sizes(changes: &[Change], spec: &FunctionSpec, current: &CurrentFunction) -> Option<(u64, u64)> {
    let is_changed = changes.iter().any(Change::is_archive);
    Some((current.configuration.get("CodeSize")?.as_u64()?, spec.code_size.filter(|_| is_changed)?))
}

/// The qualifiers that mappings of a function are of now: a mapping that moves is found there when it is read again.
fn fed_qualifiers(current: &CurrentFunction) -> impl Iterator<Item = Need> {
    let things = match current.beside.get(&Kind::EventSourceMappings) {
        Some(Found::Things(things)) => Some(things),
        _ => None,
    };
    let kind = Kind::EventSourceMappings;
    things.into_iter().flat_map(BTreeMap::keys).map(move |slot| Need { kind, qualifier: slot.qualifier.clone() })
}

/// What apply waits for although nothing is to be changed.
fn unsettled(current: &CurrentFunction) -> Vec<Unsettled> {
    let version = match &current.newest {
        Newest::Version(newest) if newest.health.is_unsettled() => Some(Unsettled::Version(newest.number.clone())),
        _ => None,
    };
    current.health().is_unsettled().then_some(Unsettled::Function).into_iter().chain(version).collect()
}

/// Says what the service is at.
fn under_way(health: &Health) -> String {
    match health {
        Health::Pending(reason) => format!("the service is still setting it up ({reason})"),
        _ => "an update of it is under way".to_owned(),
    }
}

/// Returns the tags that say whose a function is.
pub fn ownership(owner: &str, protect: bool) -> BTreeMap<String, String> {
    let mut tags = BTreeMap::from([(OWNER_TAG.to_owned(), owner.to_owned())]);
    if protect {
        tags.insert(PROTECT_TAG.to_owned(), "true".to_owned());
    }
    tags
}

impl FunctionPlan {
    /// What a plan takes over from the manifest; the rest is nothing yet.
    fn of(spec: &FunctionSpec) -> Self {
        Self {
            name: spec.request.function_name.clone(),
            public_name: spec.origins.outside("/FunctionName").map(str::to_owned),
            code_sha256: spec.code_sha256.clone(),
            archive: spec.archive.clone(),
            notes: spec.notes.clone(),
            ..Self::default()
        }
    }
}

/// What could be done about a function, and about what stands beside it.
struct Work {
    own: Vec<Call>,
    beside: BesidePlan,
    /// Whether nothing beside it differs.
    is_empty: bool,
}

/// Both sides of a function, and how they differ.
struct Compared {
    before: Map<String, Value>,
    after: Map<String, Value>,
    changes: Vec<Change>,
    ignored: Vec<Change>,
    /// What could not be compared.
    notes: Vec<String>,
}

fn compare(
    spec: &FunctionSpec,
    current: &CurrentFunction,
    known: &Known,
    objects: &Objects,
    secrets: &Secrets,
) -> Compared {
    let mut notes = Vec::new();
    // What `--allow-unknown` let through is compared as it stands.
    let members = known.members().chain(spec.request.unlisted.0.keys().map(String::as_str));
    let mut before = normal::from_answer(&current.configuration, members);
    let mut after = normal::from_request(spec.request.members());
    known.forget_others(&mut before, &after);
    if let Some(error) = current.configuration.get("Environment").and_then(|environment| environment.get("Error")) {
        let code = error["ErrorCode"].as_str().unwrap_or("unknown error");
        notes.push(format!("the environment could not be read and was not compared: {code}"));
        before.shift_remove("Environment");
        after.shift_remove("Environment");
    }
    let mut changes = changes(&spec.request.function_name, &before, &after, secrets);
    changes.extend(code::compare(spec, current, objects, &mut notes));
    for kind in Kind::ALL {
        changes.extend(beside::compare(kind, spec, current, known, &mut notes));
    }
    let (ignored, changes): (Vec<_>, Vec<_>) =
        changes.into_iter().partition(|change| is_ignored(&change.path, &spec.ignore));
    Compared { before, after, changes, ignored, notes }
}
