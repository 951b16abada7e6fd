//! A plan as a page, and what a page says of a plan that something else is known of, too.

use jiff::Timestamp;
use lambdactl_diff::{Action, FunctionPlan, LayerAction, LayerPlan, Plan};
use lambdactl_page::{Page, PageFunction, PageLocation, Problem, Standing};
use lambdactl_schema::Desired;

use super::changes;
use super::layers;
use super::words::{LocationNote, counts, planned};

/// Returns a page without locations: what it is about, and when it was made.
pub(crate) fn of(desired: &Desired, location_note: LocationNote) -> Page {
    let name = desired.origins.text("/name").or(desired.name.as_deref());
    let note = location_note.as_str().trim().trim_matches(['(', ')']);
    Page {
        title: name.map_or_else(|| "AWS Lambda".to_owned(), str::to_owned),
        made_at: instant(Timestamp::now()),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        notes: if note.is_empty() { Vec::new() } else { vec![note.to_owned()] },
        ..Page::default()
    }
}

/// Writes a moment as a page wants it.
pub(crate) fn instant(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Returns what a page says of a location whose plan is known.
pub(crate) fn location(name: Option<&str>, plan: &Plan, requests: u64) -> PageLocation {
    let layers = plan.layers.iter().map(layer);
    PageLocation {
        name: name.map(str::to_owned),
        account: plan.account.clone(),
        region: plan.region.clone(),
        summary: Some(counts(plan)),
        requests: Some(requests),
        is_whole: plan.is_whole(),
        notes: plan.notes.clone(),
        functions: layers.chain(plan.functions.iter().map(function)).collect(),
        ..PageLocation::default()
    }
}

fn function(plan: &FunctionPlan) -> PageFunction {
    let (standing, error) = match &plan.action {
        Action::Create(_) | Action::Update(_) | Action::Replace(_) | Action::Delete { .. } => (Standing::Pending, None),
        Action::Drift => (Standing::Drifted, None),
        Action::Refused(refusal) => {
            let standing = if refusal.reason.is_failure() { Standing::Failed } else { Standing::Drifted };
            let help = Some(refusal.help.to_string());
            (standing, Some(Problem { message: refusal.message.clone(), help }))
        }
        Action::Unchanged => (Standing::InStep, None),
    };
    PageFunction {
        name: plan.as_public_name().to_owned(),
        is_layer: false,
        standing,
        symbol: plan.action.symbol(),
        status: planned(&plan.action).to_owned(),
        state: plan.state.clone(),
        version: None,
        lines: changes::public_lines(plan).lines().map(str::to_owned).collect(),
        notes: plan.notes.clone(),
        error,
    }
}

fn layer(plan: &LayerPlan) -> PageFunction {
    PageFunction {
        name: plan.as_public_name().to_owned(),
        is_layer: true,
        standing: match plan.action {
            LayerAction::Create | LayerAction::Delete => Standing::Pending,
            LayerAction::Drift => Standing::Drifted,
            LayerAction::Unchanged => Standing::InStep,
        },
        symbol: plan.action.symbol(),
        status: layers::planned(plan),
        state: None,
        version: plan.version.map(|version| version.to_string()),
        lines: layers::public_lines(plan).lines().map(str::to_owned).collect(),
        notes: plan.notes.clone(),
        error: None,
    }
}
