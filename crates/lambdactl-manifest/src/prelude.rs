//! What has to be known of a document before anything else in it is resolved: where it is applied to.

use lambdactl_schema::rules;

use crate::diagnostic::Diagnostic;
use crate::keys::is_bare_request;
use crate::locations;
use crate::node::{Entry, Kind, Node};
use crate::references::{self, Context, Resolved, UnknownValues, Values};
use crate::span::Span;
use crate::stages::Overlay;
use crate::surroundings::Surroundings;
use crate::variables;
use lambdactl_schema::Location;

/// Where a document is applied to.
#[derive(Default)]
pub(crate) struct Prelude {
    /// The region, where it says one that is known.
    pub(crate) region: Option<String>,
    /// The account, where it says one that is known.
    pub(crate) account: Option<String>,
    pub(crate) locations: Vec<Location>,
    /// Where `locations` stands.
    pub(crate) locations_span: Span,
    /// The entries that were looked at, as they are written.
    pub(crate) written: Vec<Entry>,
    /// The same, resolved.
    pub(crate) entries: Vec<Entry>,
    pub(crate) resolved: Resolved,
    /// The variables, not resolved: they may name the region of a location.
    pub(crate) variables: Option<Entry>,
}

/// Takes out of a document where it is applied to, and resolves it.
pub(crate) fn settle(
    root: &mut Node,
    overlay: &Overlay,
    surroundings: &Surroundings<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Prelude {
    let mut prelude = Prelude::default();
    if is_bare_request(root) {
        return prelude;
    }
    prelude.variables = root.take("variables");
    let entries: Vec<Entry> = ["region", "account", "locations"].iter().filter_map(|key| root.take(key)).collect();
    if entries.is_empty() {
        return prelude;
    }
    prelude.written.clone_from(&entries);
    // What a variable stands for is told when it is resolved for good, and so is what is wrong with it.
    let quiet = Values { unknown: UnknownValues::Noted, ..surroundings.values };
    let quiet = Surroundings { values: quiet, ..*surroundings };
    let own = prelude
        .variables
        .as_ref()
        .map(|entry| variables::of_document(&mut entry.value.clone(), overlay, &quiet, &mut Vec::new()));
    let own = own.unwrap_or_default();
    let values = Values { own: Some(&own), ..surroundings.values };
    let span = entries.first().map(|entry| entry.value.span).unwrap_or_default();
    let mut node = Node { span, kind: Kind::Map(entries) };
    let context = Context::of_head(surroundings.source, surroundings.file);
    let resolved = references::resolve(&mut node, &values, &context, diagnostics);
    if values.unknown == UnknownValues::Refused {
        for unknown in &resolved.unknown {
            let message = format!("`{}` depends on what is known only once it is", unknown.member.escape_debug());
            let diagnostic = Diagnostic::file(&rules::REFERENCE, surroundings.file, message)
                .at(unknown.source, unknown.span)
                .path(unknown.path.clone());
            diagnostics
                .push(diagnostic.help("use variables that name neither the region, the account nor the location"));
        }
    }
    let text = |key: &str| {
        let pointer = format!("/{key}");
        let is_known =
            resolved.origins.unknown().all(|unknown| unknown != pointer) && !resolved.failed.contains(&pointer);
        node.get(key).and_then(Node::as_str).filter(|_| is_known).map(str::to_owned)
    };
    (prelude.region, prelude.account) = (text("region"), text("account"));
    if let Some(entry) = node.entry("locations") {
        prelude.locations_span = entry.key_span;
        let mut report = |node: &Node, path: String, message: String, help: &str| {
            let diagnostic = Diagnostic::file(&rules::LOCATION, surroundings.file, message);
            diagnostics.push(diagnostic.at(surroundings.source, node.span).path(path).help(help));
        };
        prelude.locations = locations::of_document(entry, &resolved, &mut report);
    }
    if let Kind::Map(entries) = node.kind {
        prelude.entries = entries;
    }
    prelude.resolved = resolved;
    prelude
}
