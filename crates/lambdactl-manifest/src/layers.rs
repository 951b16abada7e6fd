//! The layers of a manifest: resolved, checked and typed like functions, without defaults.

use std::borrow::Cow;
use std::collections::HashMap;

use lambdactl_schema::rules::{self, Severity};
use lambdactl_schema::{
    Anchor, LayerSpec, Origin, Origins, PublishLayerVersionRequest, Violation, is_layer_name, nearest, plain_name,
};
use serde_json::Value;

use crate::code::{self, Archive, Content, Holder};
use crate::controls::report_controls;
use crate::diagnostic::Diagnostic;
use crate::document::FunctionEntry;
use crate::head::Head;
use crate::node::{Node, escape};
use crate::references::{self, Context, NamedLayer, Resolved, Unknown, repeatable};
use crate::source::Source;
use crate::span::{Place, SourceId, Span};
use crate::surroundings::Surroundings;

/// A layer that was read, with or without errors.
pub(crate) struct ReadLayer {
    /// Its name, when it has one that is known.
    name: Option<String>,
    /// Its name as messages have it: with the reference that brings it in, if one does.
    shown: String,
    name_span: Span,
    path: String,
    /// Values that are not known here.
    pub(crate) unknown: Vec<Unknown>,
    /// Absent when something is wrong with it.
    spec: Option<Box<LayerSpec>>,
}

/// Resolves, checks and types one layer.
pub(crate) fn read_layer(
    entry: FunctionEntry,
    surroundings: &Surroundings<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> ReadLayer {
    let FunctionEntry { path, mut node } = entry;
    let schema = surroundings.validator.layer_schema();
    let context = Context {
        source: surroundings.source,
        file: surroundings.file,
        path: &path,
        function: None,
        schema,
        has_layers: false,
    };
    let before = diagnostics.len();
    let written = node.get("LayerName").and_then(Node::as_str).and_then(repeatable).map(Cow::into_owned);
    let Resolved { failed, origins, unknown, layers: _ } =
        references::resolve(&mut node, &surroundings.values, &context, diagnostics);
    report_controls(&node, None, surroundings, diagnostics);
    let is_known = origins.unknown().all(|pointer| pointer != "/LayerName") && failed.iter().all(|f| f != "/LayerName");
    let name = node.get("LayerName").and_then(Node::as_str).filter(|_| is_known).map(str::to_owned);
    let shown = match origins.text("/LayerName") {
        Some(text) => text.to_owned(),
        None => name.as_deref().or(written.as_deref()).map(plain_name).unwrap_or_default(),
    };
    let first_span = || node.entries().first().map_or(node.span, |entry| entry.key_span);
    let name_span = node.get("LayerName").map_or_else(first_span, |name| name.span);

    let mut members = node.to_value();
    let place = Placing { node: &node, path: &path, name_span };
    let mut report = |violation: Violation| {
        let Violation { rule, severity, message, help, pointer, anchor } = violation;
        let (span, path) = place.of(&pointer, &anchor);
        let mut diagnostic =
            Diagnostic::file(rule, surroundings.file, message).at(surroundings.source, span).path(path);
        diagnostic.severity = severity;
        diagnostic.help = help;
        diagnostics.push(diagnostic);
    };
    let within = |pointer: &str| pointer == Holder::CONTENT.whole || pointer == Holder::CONTENT.zip_file;
    let archive = if origins.unknown().any(within) || failed.iter().any(|pointer| within(pointer)) {
        // Which archive is not known, and that it is one.
        if let Some(content) = members.get_mut("Content") {
            *content = serde_json::json!({ "ZipFile": "" });
        }
        None
    } else {
        code::take_archive(&mut members, Holder::CONTENT, &origins, surroundings).unwrap_or_else(|error| {
            report(error.into());
            None
        })
    };
    for violation in surroundings.validator.check_layer(&members, &origins) {
        if !failed.contains(&violation.pointer) {
            report(violation);
        }
    }
    let clean = failed.is_empty() && diagnostics[before..].iter().all(|found| found.severity != Severity::Error);
    let spec = clean.then(|| {
        stand_in(&mut members, &origins);
        Box::new(spec(members, archive, &origins, surroundings.head))
    });
    ReadLayer { name, shown, name_span, path, unknown, spec }
}

/// A list that is not known is none: what is made of it here is not planned with.
fn stand_in(members: &mut Value, origins: &Origins) {
    for pointer in origins.unknown() {
        match pointer {
            "/CompatibleRuntimes" | "/CompatibleArchitectures" => members[&pointer[1..]] = Value::Array(Vec::new()),
            "/versions/keep" => members["versions"]["keep"] = Value::from(1),
            _ => {}
        }
    }
}

/// Finds where a member of a layer was written.
struct Placing<'a> {
    node: &'a Node,
    path: &'a str,
    name_span: Span,
}

impl Placing<'_> {
    /// Returns the range of a member, and its pointer in the document.
    fn of(&self, pointer: &str, anchor: &Anchor) -> (Span, String) {
        let Self { node, path, name_span } = self;
        let found = match anchor {
            Anchor::Value if pointer.is_empty() => return (*name_span, (*path).to_owned()),
            Anchor::Value => node.pointer(pointer).map(|node| (node.span, format!("{path}{pointer}"))),
            Anchor::Key(key) => {
                let entry = node.pointer(pointer).and_then(|node| node.entry(key));
                entry.map(|entry| (entry.key_span, format!("{path}{pointer}/{}", escape(key))))
            }
        };
        // What was made of a path stands where the path does.
        let above = || pointer.rsplit_once('/').map(|(above, _)| self.of(above, &Anchor::Value));
        found.or_else(above).unwrap_or_else(|| (*name_span, (*path).to_owned()))
    }
}

/// Types a layer that the schema has taken.
fn spec(mut members: Value, archive: Option<Archive>, origins: &Origins, head: Option<&Head>) -> LayerSpec {
    let versions = members.as_object_mut().and_then(|members| members.remove("versions"));
    let keep = versions.and_then(|versions| versions["keep"].as_f64()).map(|keep| keep as u64);
    let mut request: PublishLayerVersionRequest =
        serde_json::from_value(members).expect("the schema is made from this type, and has taken the value");
    let mut own_origins = Origins::default();
    for (pointer, origin) in origins.iter().filter(|(_, origin)| origin.from_outside) {
        own_origins.insert(pointer, origin.clone());
    }
    let mut spec = LayerSpec { keep, origins: own_origins, ..LayerSpec::of(request.clone()) };
    let Some(Archive { content, sha256, size, note, .. }) = archive else { return spec };
    match content {
        Content::Base64(base64) => request.content.zip_file = Some(base64),
        Content::Source(source) => {
            request.content.zip_file = None;
            if let Some((head, artifacts)) = head.and_then(|head| Some((head, head.artifacts.as_ref()?))) {
                let file_name = format!("{}.zip", code::file_name(&sha256));
                for (pointer, own, rest) in [
                    ("/artifacts/bucket", "/Content/S3Bucket", ""),
                    ("/artifacts/prefix", "/Content/S3Key", file_name.as_str()),
                ] {
                    if let Some(text) = head.origins.outside(pointer) {
                        spec.origins.insert(
                            own,
                            Origin {
                                text: format!("{text}{rest}"),
                                from_outside: true,
                                is_secret: head.origins.is_secret(pointer),
                            },
                        );
                    }
                }
                request.content.s3_bucket = Some(artifacts.bucket.clone());
                request.content.s3_key = Some(format!("{}{file_name}", artifacts.prefix));
            }
            spec.archive = Some(source);
        }
    }
    spec.request = request;
    spec.code_sha256 = Some(sha256);
    spec.code_size = Some(size);
    spec.notes.extend(note);
    spec
}

/// Returns what each layer asks for, and reports names that stand twice. Tells the head which layers there are.
pub(crate) fn take_once(
    layers: Vec<(SourceId, ReadLayer)>,
    head: &mut Head,
    sources: &[Source],
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<LayerSpec> {
    let mut seen: HashMap<String, Place> = HashMap::new();
    let mut specs = Vec::with_capacity(layers.len());
    for (source, layer) in layers {
        let ReadLayer { name, shown, name_span, path, unknown: _, spec } = layer;
        let Some(name) = name else {
            head.has_unknown_layers = true;
            continue;
        };
        if let Some(first) = seen.get(&name) {
            let other = &sources[first.source.0];
            let line = other.position(first.span.start).line;
            let message = format!("a layer `{}` is already declared at {}:{line}", shown.escape_debug(), other.name);
            diagnostics.push(
                Diagnostic::file(&rules::DUPLICATE_FUNCTION, &sources[source.0].name, message)
                    .at(source, name_span)
                    .path(format!("{path}/LayerName")),
            );
            continue;
        }
        seen.insert(name.clone(), Place { source, span: name_span });
        head.layers.insert(name);
        specs.extend(spec.map(|spec| *spec));
    }
    specs
}

/// Reports references to layers that the manifest does not declare. `base` is the pointer of the tree that they stand in.
pub(crate) fn report_undeclared(
    named: &[NamedLayer],
    base: &str,
    function: Option<&str>,
    surroundings: &Surroundings<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let Some(head) = surroundings.head.filter(|head| !head.has_unknown_layers) else { return };
    for NamedLayer { name, shown, pointer, span } in named {
        if head.layers.contains(name) {
            continue;
        }
        let likely = nearest(name, head.layers.iter().map(String::as_str)).filter(|likely| is_layer_name(likely));
        let help = match likely {
            Some(likely) => format!("did you mean `${{layer:{likely}}}`?"),
            None => {
                "declare it under `layers` of the manifest; a layer of others is named by the ARN of its version".into()
            }
        };
        diagnostics.push(
            Diagnostic::file(
                &rules::REFERENCE,
                surroundings.file,
                format!("`{shown}` names no layer of this manifest"),
            )
            .at(surroundings.source, *span)
            .path(format!("{base}{pointer}"))
            .function(function)
            .help(help),
        );
    }
}
