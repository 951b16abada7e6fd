//! From what differs beside a function to the calls that mend it, in their order.

use lambdactl_schema::kinds::{Kind, Order};
use lambdactl_schema::{Call, Operation, Subject};
use serde_json::{Value, json};

use super::step::{Policy, Step, Turn};
use super::{forms, mapping_calls, statements};

/// Returns the calls of all steps, in two parts: those before a version is published, and those after it.
///
/// Within each part calls stand in the order of kinds: what is named or limited by another comes after it, and what goes
/// is taken away in the end, in reverse. `owner` is the manifest that new mappings belong to.
pub(crate) fn calls(function: &str, steps: &[&Step], owner: Option<&str>) -> (Vec<Call>, Vec<Call>) {
    let mut ordered: Vec<(Order, usize, &Step)> =
        steps.iter().map(|step| (order(step, steps), rank(step), *step)).collect();
    ordered.sort_by_key(|(order, rank, _)| (*order, *rank));
    let (before, after): (Vec<_>, Vec<_>) = ordered.into_iter().partition(|(order, ..)| *order < Order::Published);
    let make =
        |part: Vec<(Order, usize, &Step)>| part.into_iter().flat_map(|(.., step)| of(function, step, owner)).collect();
    (make(before), make(after))
}

fn order(step: &Step, steps: &[&Step]) -> Order {
    if step.turn == Turn::Goes {
        return Order::Last;
    }
    let provisions = steps.iter().any(|other| other.kind == Kind::ProvisionedConcurrency);
    match step.kind {
        // The sum of what is kept ready must fit into it all the time: room is made first, and taken away in the end.
        Kind::ReservedConcurrency if provisions && is_tightened(step) => Order::Named,
        kind => kind.row().order,
    }
}

fn rank(step: &Step) -> usize {
    let place = |kind: Kind| Kind::ALL.iter().position(|other| *other == kind).unwrap_or_default();
    match (step.turn, step.kind) {
        (Turn::Goes, kind) => Kind::ALL.len() - place(kind),
        // Where it stands among what is named by others, it comes after what has to fit into it.
        (_, Kind::ReservedConcurrency) => place(Kind::ProvisionedConcurrency) + 1,
        (_, kind) => place(kind) + usize::from(place(kind) > place(Kind::ProvisionedConcurrency)),
    }
}

fn is_tightened(step: &Step) -> bool {
    let number = |side: &Option<Value>| side.as_ref().and_then(Value::as_u64).unwrap_or(u64::MAX);
    number(&step.wanted) < number(&step.before)
}

/// The calls of one step.
fn of(function: &str, step: &Step, owner: Option<&str>) -> Vec<Call> {
    let Step { kind, slot, turn, answer, sent: wanted, .. } = step;
    let qualifier = slot.qualifier.clone();
    let name = slot.name.clone();
    let place = Subject { qualifier, ..Subject::function(function) };
    let named = Subject { id: name.clone(), ..place.clone() };
    let call = |operation: Operation| Call::new(operation, place.clone());
    let with =
        |operation: Operation, value: &Value| call(operation).with_all(value.as_object().cloned().unwrap_or_default());
    let one = |member: &str, set: Operation, reset: Operation| match wanted {
        Some(value) => vec![call(set).with(member, value.clone())],
        None => vec![call(reset)],
    };
    match (kind, turn, wanted) {
        (Kind::ReservedConcurrency, ..) => {
            one("ReservedConcurrentExecutions", Operation::PutFunctionConcurrency, Operation::DeleteFunctionConcurrency)
        }
        (Kind::ProvisionedConcurrency, ..) => one(
            "ProvisionedConcurrentExecutions",
            Operation::PutProvisionedConcurrencyConfig,
            Operation::DeleteProvisionedConcurrencyConfig,
        ),
        (Kind::Recursion, _, Some(value)) => {
            vec![call(Operation::PutFunctionRecursionConfig).with("RecursiveLoop", value.clone())]
        }
        (Kind::RuntimeManagement, _, Some(value)) => vec![with(Operation::PutRuntimeManagementConfig, value)],
        (Kind::EventInvoke, _, Some(value)) => vec![event_invoke(&place, step, value)],
        (Kind::Aliases, Turn::Comes, Some(value)) => {
            vec![with(Operation::CreateAlias, value).with("Name", name.unwrap_or_default())]
        }
        (Kind::Aliases, Turn::Differs, Some(value)) => vec![update_alias(named, step, answer.as_ref(), value)],
        (Kind::Aliases, ..) => vec![Call::new(Operation::DeleteAlias, named)],
        (Kind::Permissions, turn, wanted) => {
            let remove = (*turn != Turn::Comes).then(|| Call::new(Operation::RemovePermission, named));
            let add = wanted.as_ref().map(|form| add_permission(&place, name.as_deref().unwrap_or_default(), form));
            remove.into_iter().chain(add).collect()
        }
        (Kind::EventSourceMappings, ..) => mapping_calls::calls(function, step, owner),
        (Kind::Urls, Turn::Goes, _) | (Kind::Urls, _, None) => vec![call(Operation::DeleteFunctionUrlConfig)],
        (Kind::Urls, turn, Some(value)) => url(&place, step, *turn, value),
        _ => Vec::new(),
    }
}

/// Put replaces the whole configuration. One that says what the service does anyway is taken away.
fn event_invoke(place: &Subject, step: &Step, sent: &Value) -> Call {
    if step.wanted == forms::default(Kind::EventInvoke) {
        return Call::new(Operation::DeleteFunctionEventInvokeConfig, place.clone());
    }
    Call::new(Operation::PutFunctionEventInvokeConfig, place.clone())
        .with_all(sent.as_object().cloned().unwrap_or_default())
}

/// UpdateAlias keeps what it does not say: weights that are not wanted have to be taken away (recorded answers).
fn update_alias(named: Subject, step: &Step, answer: Option<&Value>, form: &Value) -> Call {
    let mut members = form.as_object().cloned().unwrap_or_default();
    members.entry("Description").or_insert_with(|| json!(""));
    let differs = |member: &str| {
        let before = step.before.as_ref().map(|before| &before[member]);
        before != step.wanted.as_ref().map(|wanted| &wanted[member])
    };
    if differs("FunctionVersion") || differs("RoutingConfig") {
        members.entry("RoutingConfig").or_insert_with(|| json!({}));
    }
    let revision = answer.and_then(|answer| answer["RevisionId"].as_str());
    members.extend(revision.map(|revision| ("RevisionId".to_owned(), json!(revision))));
    Call::new(Operation::UpdateAlias, named).with_all(members)
}

fn add_permission(place: &Subject, id: &str, form: &Value) -> Call {
    let members = form.as_object().cloned().unwrap_or_default();
    let call = Call::new(Operation::AddPermission, place.clone()).with("StatementId", id).with_all(members);
    match call.members.contains_key("Action") {
        true => call,
        false => call.with("Action", statements::ACTION),
    }
}

/// The statements that make a URL public come before it: what they let in is not there yet.
fn url(place: &Subject, step: &Step, turn: Turn, form: &Value) -> Vec<Call> {
    let own = |form: &Value| {
        let mut members = form.as_object().cloned().unwrap_or_default();
        members.shift_remove("public");
        members
    };
    let mut calls: Vec<Call> = step
        .policy
        .iter()
        .map(|policy| match policy {
            Policy::Add(id, statement) => add_permission(place, id, statement),
            Policy::Remove(id) => {
                Call::new(Operation::RemovePermission, Subject { id: Some(id.clone()), ..place.clone() })
            }
        })
        .collect();
    let mut members = own(form);
    let is_same = step.before.as_ref().map(own) == step.wanted.as_ref().map(own);
    if turn == Turn::Comes {
        calls.push(Call::new(Operation::CreateFunctionUrlConfig, place.clone()).with_all(members));
    } else if !is_same {
        // Rules that are left out are kept: an empty map takes them away.
        members.entry("Cors").or_insert_with(|| json!({}));
        let update = Call::new(Operation::UpdateFunctionUrlConfig, place.clone()).with_all(members);
        // It is closed before the statements go, and opened after they are there.
        match step.policy.first() {
            Some(Policy::Remove(_)) => calls.insert(0, update),
            _ => calls.push(update),
        }
    }
    calls
}
