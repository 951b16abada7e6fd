//! What documents that are read together have in common: one head, and each function's name once.

use std::collections::{BTreeSet, HashMap};

use lambdactl_schema::{Artifacts, FunctionSpec, Home, Origins, UNKNOWN, rules};

use crate::diagnostic::Diagnostic;
use crate::document::{Document, Setting};
use crate::function::ReadFunction;
use crate::head::Head;
use crate::source::Source;
use crate::span::{Place, SourceId};

impl Head {
    /// Returns the one head of all documents, and reports those that say something else.
    pub(crate) fn agreed<'a>(
        documents: impl Iterator<Item = &'a Document> + Clone,
        sources: &[Source],
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Self {
        let mut origins = Origins::default();
        let mut agreed = |key, setting: fn(&Document) -> Option<&Setting>| {
            let settings: Vec<_> =
                documents.clone().filter_map(|document| Some((document.source, setting(document)?))).collect();
            if let Some(origin) = settings.iter().find_map(|(_, setting)| setting.origin.clone()) {
                origins.insert(format!("/{key}"), origin);
            }
            agreed(key, &settings, sources, diagnostics)
        };
        let bucket = agreed("artifacts/bucket", |document| document.artifacts[0].as_ref());
        let prefix = agreed("artifacts/prefix", |document| document.artifacts[1].as_ref()).unwrap_or_default();
        let kms_key = agreed("artifacts/kmsKey", |document| document.artifacts[2].as_ref());
        let owner = agreed("artifacts/account", |document| document.artifacts[3].as_ref());
        let head = Self {
            artifacts: bucket.map(|bucket| Artifacts { bucket, prefix, kms_key, account: owner }),
            update: agreed("update", |document| document.update.as_ref()).is_some_and(|update| update == "true"),
            name: agreed("name", |document| document.name.as_ref()),
            region: agreed("region", |document| document.region.as_ref()),
            account: agreed("account", |document| document.account.as_ref()),
            layers: BTreeSet::new(),
            has_unknown_layers: false,
            locations: Vec::new(),
            location: None,
            origins: Origins::default(),
        };
        Self { origins, ..head }
    }

    pub(crate) fn home(&self) -> Home<'_> {
        let Self { name, region, account, origins, .. } = self;
        Home { name: name.as_deref(), region: region.as_deref(), account: account.as_deref(), origins }
    }
}

/// Returns what each function asks for, and reports names that stand twice.
pub(crate) fn take_once(
    functions: Vec<(SourceId, ReadFunction)>,
    sources: &[Source],
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<FunctionSpec> {
    let mut seen: HashMap<String, Place> = HashMap::new();
    let mut specs = Vec::with_capacity(functions.len());
    for (source, function) in functions {
        if let Some(name) = function.identity.or(function.name) {
            let shown = function.shown.as_deref().unwrap_or("…");
            let place = Place { source, span: function.name_span };
            if let Some(first) = seen.get(&name) {
                let other = &sources[first.source.0];
                let line = other.position(first.span.start).line;
                diagnostics.push(
                    Diagnostic::file(
                        &rules::DUPLICATE_FUNCTION,
                        &sources[source.0].name,
                        format!("a function `{}` is already declared at {}:{line}", shown.escape_debug(), other.name),
                    )
                    .at(source, function.name_span)
                    .path(function.path)
                    .function(function.label.as_deref()),
                );
            } else {
                seen.insert(name, place);
            }
        }
        specs.extend(function.spec.map(|spec| *spec));
    }
    specs
}

/// Returns the one value that all documents give, and reports those that give another.
fn agreed(
    key: &str,
    settings: &[(SourceId, &Setting)],
    sources: &[Source],
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<String> {
    let (first_source, first) = settings.first()?;
    for (source, setting) in &settings[1..] {
        // A value that is not known may be the same.
        let is_known = |setting: &Setting| setting.origin.is_none() || !setting.value.contains(UNKNOWN);
        if setting.value != first.value && is_known(setting) && is_known(first) {
            let other = &sources[first_source.0];
            let line = other.position(first.span.start).line;
            diagnostics.push(
                Diagnostic::file(
                    &rules::CONFLICT,
                    &sources[source.0].name,
                    format!("`{key}` is `{}` here and `{}` at {}:{line}", setting.shown(), first.shown(), other.name),
                )
                .at(*source, setting.span)
                .path(format!("/{key}")),
            );
        }
    }
    Some(first.value.clone())
}
