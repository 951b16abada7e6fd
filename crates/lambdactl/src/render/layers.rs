//! Layers in plans and reports, for people and for comments.

use std::fmt::Write;

use lambdactl_apply::{LayerOutcome, Status};
use lambdactl_diff::{LayerAction, LayerPlan, Plan};

use super::changes::{changes, plain_lines};
use super::style::{DIM, GREEN, RED, YELLOW, count};
use crate::text::markdown::{block, code, html};
use crate::text::{Text, text};

/// Returns the changes of a layer as lines that anyone may read, without colours.
pub(super) fn public_lines(layer: &LayerPlan) -> String {
    let mut lines = String::new();
    for change in &layer.changes {
        plain_lines(&mut lines, change, layer.version.is_none());
    }
    lines
}

/// Returns what a plan says of a layer.
pub(super) fn planned(layer: &LayerPlan) -> String {
    match (layer.action, layer.version) {
        (LayerAction::Create, None) => "will be published".to_owned(),
        (LayerAction::Create, Some(version)) => format!("will be published anew (version {version} differs)"),
        (LayerAction::Drift, Some(version)) => format!("differs, and version {version} stays in use"),
        (LayerAction::Drift, None) => "differs".to_owned(),
        (LayerAction::Delete, _) => "loses old versions".to_owned(),
        (LayerAction::Unchanged, _) => "is unchanged".to_owned(),
    }
}

/// How many layers there are of each action.
pub(super) struct Counts {
    pub(super) published: usize,
    pub(super) drifted: usize,
    /// Old versions that are deleted.
    pub(super) old: usize,
    /// Layers that were not compared as a whole.
    unread: usize,
}

impl Counts {
    pub(super) fn of(plan: &Plan) -> Self {
        let of = |action: LayerAction| plan.layers.iter().filter(|layer| layer.action == action).count();
        Self {
            published: of(LayerAction::Create),
            drifted: of(LayerAction::Drift),
            old: plan.layers.iter().map(|layer| layer.old.len()).sum(),
            unread: plan.layers.iter().filter(|layer| layer.is_partly_compared).count(),
        }
    }

    /// Returns them in words, as they follow those of functions.
    pub(super) fn words(&self) -> Vec<String> {
        let Self { published, drifted, old, unread: _ } = *self;
        [
            (published, count(published, "layer") + " to publish"),
            (drifted, count(drifted, "layer") + " drifted"),
            (old, count(old, "old version") + " of layers to delete"),
        ]
        .into_iter()
        .filter_map(|(number, words)| (number > 0).then_some(words))
        .collect()
    }
}

/// Renders the layers of a plan for people: those that differ, and the notes of the others.
pub(super) fn lines(plan: &Plan) -> Text {
    let mut text = Text::default();
    let (shown, others): (Vec<&LayerPlan>, Vec<&LayerPlan>) =
        plan.layers.iter().partition(|layer| layer.action != LayerAction::Unchanged);
    for layer in shown {
        let style = match layer.action {
            LayerAction::Create => GREEN,
            LayerAction::Drift => YELLOW,
            LayerAction::Delete => RED,
            LayerAction::Unchanged => DIM,
        };
        let symbol = layer.action.symbol();
        text += text!("{0}{1} layer {2}{0:#} {3}{4}{3:#}\n", style, symbol, layer.name, DIM, planned(layer));
        text += changes(&layer.changes, layer.version.is_none());
        for note in &layer.notes {
            text += text!("    {0}note: {1}{0:#}\n", DIM, note);
        }
        text += Text::own("\n");
    }
    text += notes_of(others.into_iter());
    text
}

/// Renders what there is to say of layers although nothing differs.
pub(super) fn notes(plan: &Plan) -> Text {
    notes_of(plan.layers.iter())
}

fn notes_of<'a>(layers: impl Iterator<Item = &'a LayerPlan>) -> Text {
    let notes = layers.flat_map(|layer| layer.notes.iter().map(move |note| (layer, note)));
    notes.map(|(layer, note)| text!("{0}note: layer {1}: {2}{0:#}\n", DIM, layer.name, note)).collect()
}

/// What ends a plan in which layers have drifted.
pub(super) fn about_drift(plan: &Plan) -> Text {
    match plan.layers.iter().any(|layer| layer.action == LayerAction::Drift) {
        true => Text::own("Layers that differ keep their newest version: only `apply --update` publishes another.\n"),
        false => Text::default(),
    }
}

/// Says first what a reviewer of a comment should not miss.
pub(super) fn risks(plan: &Plan) -> String {
    let Counts { published, drifted, old, unread } = Counts::of(plan);
    let mut text = String::new();
    if old > 0 {
        let _ = writeln!(text, "- :warning: {} of layers will be **deleted**.", count(old, "old version"));
    }
    if drifted > 0 {
        let verb = if drifted == 1 { "differs" } else { "differ" };
        let _ = writeln!(
            text,
            "- :warning: {} {verb} from the manifest, and the newest version stays in use.",
            count(drifted, "layer")
        );
    }
    if published > 0 {
        let _ = writeln!(text, "- {} will be published.", count(published, "layer"));
    }
    if unread > 0 {
        let _ = writeln!(text, "- Of {} something could not be compared:", count(unread, "layer"));
        for layer in plan.layers.iter().filter(|layer| layer.action == LayerAction::Unchanged) {
            for note in &layer.notes {
                let _ = writeln!(text, "  - {}: {}", code(layer.as_public_name()), code(note));
            }
        }
    }
    text
}

/// Renders the layers of a plan that differ, each behind a fold.
pub(super) fn sections(plan: &Plan) -> Vec<String> {
    let shown = plan.layers.iter().filter(|layer| layer.action != LayerAction::Unchanged);
    let section = |layer: &LayerPlan| {
        let (symbol, name) = (layer.action.symbol(), html(layer.as_public_name()));
        let planned = planned(layer);
        let mut text = format!("<details><summary><code>{symbol} layer {name}</code> {planned}</summary>\n\n");
        let lines = public_lines(layer);
        if !lines.is_empty() {
            text.push_str(&block("diff", &lines));
        }
        for note in &layer.notes {
            let _ = writeln!(text, "\nNote: {}", code(note));
        }
        text.push_str("\n</details>\n");
        text
    };
    shown.map(section).collect()
}

/// Renders what an apply did with layers: those that were published or pruned, and those that failed.
pub(super) fn outcomes(layers: &[LayerOutcome]) -> Text {
    let mut text = Text::default();
    for layer in layers {
        let version = layer.version.map(|version| format!("version {version}")).unwrap_or_default();
        let (style, word, rest) = match layer.status {
            Status::Applied if layer.action == "delete" => (RED, "pruned", String::new()),
            Status::Applied => (GREEN, "published", version),
            Status::Failed => (RED, "failed", String::new()),
            Status::Skipped => (YELLOW, "skipped", String::new()),
            Status::Unchanged | Status::Drift => continue,
        };
        text += text!("  {0}{1:<8}{0:#} {2:<24} {3}\n", style, word, format!("layer {}", layer.name), rest);
        if let Some(error) = &layer.error {
            text += text!("           {}\n", error.message);
            if let Some(help) = &error.help {
                text += text!("           = help: {}\n", help);
            }
        }
    }
    text
}

/// Returns what an apply did with layers, in words that follow those of functions.
pub(super) fn totals(layers: &[LayerOutcome]) -> Vec<String> {
    let of = |status: Status, action: Option<&str>| {
        let is_one =
            |layer: &&LayerOutcome| layer.status == status && action.is_none_or(|action| action == layer.action);
        layers.iter().filter(is_one).count()
    };
    [
        (of(Status::Applied, Some("create")), "published"),
        (of(Status::Applied, Some("delete")), "pruned"),
        (of(Status::Failed, None), "failed"),
        (of(Status::Skipped, None), "skipped"),
        (of(Status::Drift, None), "drifted and left alone"),
    ]
    .into_iter()
    .filter(|(number, _)| *number > 0)
    .map(|(number, word)| format!("{} {word}", count(number, "layer")))
    .collect()
}

/// Returns the notes of a plan's layers for JSON, where a layer has no field for them.
pub(super) fn notes_in_words(plan: &Plan) -> impl Iterator<Item = String> + '_ {
    plan.layers.iter().flat_map(|layer| layer.notes.iter().map(move |note| format!("layer {}: {note}", layer.name)))
}

/// Whether an apply had anything to do with layers.
pub(super) fn is_something_done(layers: &[LayerOutcome]) -> bool {
    layers.iter().any(|layer| !matches!(layer.status, Status::Unchanged | Status::Drift))
}
