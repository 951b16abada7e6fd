//! What documents that are read together have in common: one head, and each function's name once.

use std::collections::HashMap;

use lambdactl_schema::{Artifacts, FunctionSpec, Home, rules};

use crate::diagnostic::Diagnostic;
use crate::document::{Document, Setting};
use crate::function::ReadFunction;
use crate::source::{Place, Source, SourceId};

/// What the manifests say about all of their functions.
pub(crate) struct Head {
    pub(crate) name: Option<String>,
    pub(crate) region: Option<String>,
    pub(crate) account: Option<String>,
    pub(crate) update: bool,
    pub(crate) artifacts: Option<Artifacts>,
}

impl Head {
    /// Returns the one head of all documents, and reports those that say something else.
    pub(crate) fn agreed<'a>(
        documents: impl Iterator<Item = &'a Document> + Clone,
        sources: &[Source],
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Self {
        let mut agreed = |key, setting: fn(&Document) -> Option<&Setting>| {
            let settings: Vec<_> =
                documents.clone().filter_map(|document| Some((document.source, setting(document)?))).collect();
            agreed(key, &settings, sources, diagnostics)
        };
        let bucket = agreed("artifacts/bucket", |document| document.artifacts[0].as_ref());
        let prefix = agreed("artifacts/prefix", |document| document.artifacts[1].as_ref()).unwrap_or_default();
        let kms_key = agreed("artifacts/kmsKey", |document| document.artifacts[2].as_ref());
        Self {
            artifacts: bucket.map(|bucket| Artifacts { bucket, prefix, kms_key }),
            update: agreed("update", |document| document.update.as_ref()).is_some_and(|update| update == "true"),
            name: agreed("name", |document| document.name.as_ref()),
            region: agreed("region", |document| document.region.as_ref()),
            account: agreed("account", |document| document.account.as_ref()),
        }
    }

    pub(crate) fn home(&self) -> Home<'_> {
        Home { name: self.name.as_deref(), region: self.region.as_deref(), account: self.account.as_deref() }
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
        if let Some(name) = function.name {
            let place = Place { source, span: function.name_span };
            if let Some(first) = seen.get(&name) {
                let other = &sources[first.source.0];
                let line = other.position(first.span.start).line;
                diagnostics.push(
                    Diagnostic::file(
                        &rules::DUPLICATE_FUNCTION,
                        &sources[source.0].name,
                        format!("a function `{name}` is already declared at {}:{line}", other.name),
                    )
                    .at(source, function.name_span)
                    .path(function.path)
                    .function(Some(&name)),
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
        if setting.value != first.value {
            let other = &sources[first_source.0];
            let line = other.position(first.span.start).line;
            diagnostics.push(
                Diagnostic::file(
                    &rules::CONFLICT,
                    &sources[source.0].name,
                    format!("`{key}` is `{}` here and `{}` at {}:{line}", setting.value, first.value, other.name),
                )
                .at(*source, setting.span)
                .path(format!("/{key}")),
            );
        }
    }
    Some(first.value.clone())
}
