use std::borrow::Cow;

use lambdactl_schema::rules::{self, Rule, Severity};
use lambdactl_schema::{
    Anchor, Beside, CreateFunctionRequest, FunctionSpec, Home, Origin, Origins, Pointer, UNKNOWN, ValueType, Violation,
    expected_type,
};
use serde_json::Value;

use crate::beside;
use crate::code::{self, Archive, Content, Holder};
use crate::controls;
use crate::diagnostic::Diagnostic;
use crate::document::{Document, FunctionEntry};
use crate::head::Head;
use crate::layers::report_undeclared;
use crate::locations::Reach;
use crate::node::{Kind, Node, escape, unescape};
use crate::references::{self, Context, Resolved, Unknown, repeatable};
use crate::span::Span;
use crate::surroundings::Surroundings;

/// A function that was read, with or without errors.
pub(crate) struct ReadFunction {
    /// Its name, when it has one.
    pub(crate) name: Option<String>,
    /// What tells it from others where its name is not known: what is written there.
    pub(crate) identity: Option<String>,
    /// Values that are not known here.
    pub(crate) unknown: Vec<Unknown>,
    /// What it is called by: its name, or the reference that brings that in from outside.
    pub(crate) label: Option<String>,
    /// Its name as messages have it: with the reference that brings it in, if one does.
    pub(crate) shown: Option<String>,
    /// Where its name stands.
    pub(crate) name_span: Span,
    pub(crate) path: String,
    /// It is not in the location that is read.
    pub(crate) is_elsewhere: bool,
    /// Absent when something is wrong with it. A request has room for every member: what is moved about is its address.
    pub(crate) spec: Option<Box<FunctionSpec>>,
}

/// Resolves, merges, checks and types one function.
pub(crate) fn read_function(
    entry: FunctionEntry,
    document: &Document,
    home: &Home<'_>,
    surroundings: &Surroundings<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> ReadFunction {
    let FunctionEntry { path, mut node } = entry;
    let numbers = beside::in_one_form(&mut node);
    let name_of = |node: &Node| node.get("FunctionName").and_then(Node::as_str).map(str::to_owned);
    let written = name_of(&node);
    let label = written.as_ref().and_then(|name| repeatable(name).map(Cow::into_owned));
    let context = Context {
        source: surroundings.source,
        file: surroundings.file,
        path: &path,
        function: label.as_deref(),
        schema: surroundings.validator.function_schema(),
        has_layers: true,
    };
    let before = diagnostics.len();
    let Resolved { mut failed, mut origins, unknown, layers } =
        references::resolve(&mut node, &surroundings.values, &context, diagnostics);
    report_undeclared(&layers, &path, None, surroundings, diagnostics);
    failed.extend(document.resolved_defaults.failed.iter().cloned());
    for (pointer, origin) in document.resolved_defaults.origins.iter() {
        if is_taken_from_defaults(&node, pointer) {
            origins.insert(pointer, origin.clone());
        }
    }
    for pointer in document.resolved_defaults.origins.unknown() {
        if is_taken_from_defaults(&node, pointer) {
            origins.insert_unknown(pointer);
        }
    }
    let identity = written.filter(|_| origins.unknown().any(|pointer| pointer == "/FunctionName"));
    let name = name_of(&node);
    let origin = origins.text("/FunctionName");
    let shown = origin.or(name.as_deref().filter(|_| label.is_some())).map(str::to_owned);
    // Where it is called by its name, one of variables of the command line is: what is no name may be anything.
    let is_called = origins.outside("/FunctionName").is_none() && name.as_deref().is_some_and(is_function_name);
    let label = if is_called || origin.is_none() { label.and(name.clone()) } else { label };
    // Until here it was called by what is written.
    for diagnostic in &mut diagnostics[before..] {
        diagnostic.function.clone_from(&label);
    }
    controls::report_controls(&node, label.as_deref(), surroundings, diagnostics);
    let name_span = node.get("FunctionName").map_or_else(|| first_span(&node), |name| name.span);

    let mut members = merge(document.defaults.as_ref(), &node, &mut Pointer::default());
    beside::label(&mut members);
    let absent = beside::take_absent(&mut members);
    let reach = Reach::of(&members["locations"], &origins, surroundings.head);
    if reach == Reach::Elsewhere {
        // What is wrong with it is said where it is.
        diagnostics.truncate(before);
        let unknown = Vec::new();
        return ReadFunction { name, identity, unknown, label, shown, name_span, path, is_elsewhere: true, spec: None };
    }
    let elsewhere = plain_name_of(&mut members, home);
    let name = name.map(|name| members["FunctionName"].as_str().map_or(name, str::to_owned));
    let place = Placing { node: &node, defaults: document.defaults.as_ref(), path: &path };
    let mut report = |violation: Violation| {
        let Violation { rule, severity, message, help, pointer, anchor } = violation;
        let (span, path) = place.of(&pointer, &anchor);
        let message = message + &surroundings.whence(origins.text(&pointer));
        let mut diagnostic = Diagnostic::file(rule, surroundings.file, message)
            .at(surroundings.source, span)
            .path(path)
            .function(label.as_deref());
        diagnostic.severity = severity;
        diagnostic.help = help;
        diagnostics.push(diagnostic);
    };

    let plain = |rule: &'static Rule, pointer: &str, message: String| Violation {
        rule,
        severity: rule.severity,
        message,
        help: rule.help.map(str::to_owned),
        pointer: pointer.to_owned(),
        anchor: Anchor::Value,
    };
    if let Reach::Nowhere(problems) = reach {
        for (pointer, message, help) in problems {
            let violation = plain(&rules::LOCATION, &pointer, message);
            report(Violation { help: Some(help), ..violation });
        }
    }
    if let Some(message) = elsewhere {
        report(plain(&rules::NAME_ARN, "/FunctionName", message));
    }
    for pointer in numbers {
        let message = "a version is a text, and this is a number".to_owned();
        report(plain(&rules::VERSION_NUMBER, &pointer, message));
    }
    let mut empty = Vec::new();
    if let Some(defaults) = &document.defaults {
        without_effect(defaults, &node, "", &mut empty);
    }
    for pointer in empty {
        let message = format!("`{}` is an empty map, and keeps what the defaults say", pointer[1..].replace('/', "."));
        report(plain(&rules::EMPTY_MAP, &pointer, message));
    }
    let is_archive = |pointer: &str| matches!(pointer, "/Code" | "/Code/ZipFile");
    let archive = if origins.unknown().any(is_archive) {
        // Which archive is not known, and that it is one.
        members["Code"] = match members["Code"].take() {
            Value::Object(code) => Value::Object(code),
            _ => serde_json::json!({ "ZipFile": "" }),
        };
        None
    } else if covers(&failed, "/Code") {
        // What the reference stands for is not known; its error has been reported. Which kind of code it is may be known.
        if let Some(code) = members.get_mut("Code").filter(|code| !code.is_object()) {
            *code = serde_json::json!({ "ZipFile": "" });
        }
        None
    } else {
        code::take_archive(&mut members, Holder::CODE, &origins, surroundings).unwrap_or_else(|error| {
            report(error.into());
            None
        })
    };
    if let Some(archive) = &archive {
        code::doubts(&members, archive, &origins).into_iter().for_each(&mut report);
    }
    for violation in surroundings.validator.check_resolved(&members, home, &origins) {
        if !covers(&failed, &violation.pointer) {
            report(violation);
        }
    }

    let clean = failed.is_empty() && diagnostics[before..].iter().all(|found| found.severity != Severity::Error);
    let spec = clean.then(|| {
        stand_in(&mut members, &origins, surroundings.validator.function_schema());
        make_whole(&mut members, surroundings.validator.function_schema(), &mut Pointer::default());
        let mut spec = spec(members, archive, &origins, surroundings.head);
        beside::put_back(&mut spec.beside, &absent);
        Box::new(spec)
    });
    ReadFunction { name, identity, unknown, label, shown, name_span, path, is_elsewhere: false, spec }
}

/// Puts a value of the wanted type where a value is not known: one that asks for more, such as a version to be published.
fn stand_in(members: &mut Value, origins: &Origins, schema: &Value) {
    for pointer in origins.unknown() {
        let stand_in = match expected_type(schema, pointer.split('/').skip(1)) {
            ValueType::Integer | ValueType::Number => Value::from(1),
            ValueType::Boolean => Value::from(true),
            ValueType::Texts => serde_json::json!([UNKNOWN]),
            ValueType::Structure | ValueType::Text => continue,
        };
        if let Some(value) = members.pointer_mut(pointer) {
            *value = stand_in;
        }
    }
}

/// Whether a text is the name of a function, and cannot steer what shows it.
fn is_function_name(text: &str) -> bool {
    let is_of_a_name = |letter: char| letter.is_ascii_alphanumeric() || "-_:$".contains(letter);
    text.chars().all(is_of_a_name)
}

/// Whether a function has at a pointer what the defaults say.
pub(crate) fn is_taken_from_defaults(own: &Node, pointer: &str) -> bool {
    let mut here = own;
    for segment in pointer.split('/').skip(1) {
        match (&here.kind, here.get(&unescape(segment))) {
            (Kind::Map(_), Some(next)) => here = next,
            (Kind::Map(_), None) => return true,
            _ => return false,
        }
    }
    false
}

/// Whether a pointer is one of those that failed, or holds one, or lies in one.
fn covers(failed: &[String], pointer: &str) -> bool {
    let within = |outer: &str, inner: &str| {
        inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    failed.iter().any(|failed| within(failed, pointer) || (!pointer.is_empty() && within(pointer, failed)))
}

/// Finds the empty maps of a function where the defaults have entries, by their pointers.
fn without_effect(defaults: &Node, own: &Node, pointer: &str, found: &mut Vec<String>) {
    for entry in defaults.entries() {
        let Some(own) = own.get(&entry.key).filter(|own| matches!(own.kind, Kind::Map(_))) else { continue };
        let pointer = format!("{pointer}/{}", escape(&entry.key));
        if own.entries().is_empty() && !entry.value.entries().is_empty() {
            found.push(pointer);
        } else {
            without_effect(&entry.value, own, &pointer, found);
        }
    }
}

/// Makes the plain name of a name that is a function's ARN, whole or in part (`ACCOUNT:function:NAME`), and says what of it is
/// elsewhere.
fn plain_name_of(members: &mut Value, home: &Home<'_>) -> Option<String> {
    let text = members["FunctionName"].as_str()?;
    let (before, name) = text.split_once("function:").filter(|(before, name)| {
        (before.is_empty() || before.ends_with(':')) && !name.is_empty() && !name.contains(':')
    })?;
    let parts: Vec<&str> = before.trim_end_matches(':').split(':').collect();
    let (region, account) = match parts.as_slice() {
        [""] => (None, None),
        [account] => (None, Some(*account)),
        ["arn", partition, "lambda", region, account] if partition.starts_with("aws") => {
            (Some(*region), Some(*account))
        }
        _ => return None,
    };
    let differs = |what: &str, own: Option<&str>, wanted: Option<&str>| match (own, wanted) {
        (Some(own), Some(wanted)) if own != wanted => Some(format!("the {what} of the ARN is not the manifest's")),
        (Some(_), None) => Some(format!("the name is an ARN with a {what}, and the manifest says none")),
        _ => None,
    };
    let wrong = differs("region", region, home.region).or_else(|| differs("account", account, home.account));
    let name = name.to_owned();
    members["FunctionName"] = Value::String(name);
    wrong
}

/// Merges the defaults under a function: maps by key, anything else is replaced.
pub(crate) fn merge(defaults: Option<&Node>, own: &Node, pointer: &mut Pointer) -> Value {
    match (defaults.map(|node| &node.kind), &own.kind) {
        (Some(Kind::Map(defaults)), Kind::Map(members)) => {
            let mut merged = serde_json::Map::new();
            for entry in defaults {
                let outer = pointer.enter(&entry.key);
                let value = match own.get(&entry.key) {
                    // Takes away what the defaults say.
                    Some(Node { kind: Kind::Null, .. }) => beside::says_absent(pointer.as_str()).then_some(Value::Null),
                    Some(own) => Some(merge(Some(&entry.value), own, pointer)),
                    None => Some(entry.value.to_value()),
                };
                pointer.leave(outer);
                merged.extend(value.map(|value| (entry.key.clone(), value)));
            }
            let is_taken_away = |key: &str| defaults.iter().any(|entry| entry.key == key);
            for entry in members {
                if !merged.contains_key(&entry.key) && !is_taken_away(&entry.key) {
                    merged.insert(entry.key.clone(), entry.value.to_value());
                }
            }
            Value::Object(merged)
        }
        _ => own.to_value(),
    }
}

/// Finds where a member of a merged function was written.
pub(crate) struct Placing<'a> {
    pub(crate) node: &'a Node,
    pub(crate) defaults: Option<&'a Node>,
    pub(crate) path: &'a str,
}

impl Placing<'_> {
    /// Returns the range of a member, and its pointer in the document.
    pub(crate) fn of(&self, pointer: &str, anchor: &Anchor) -> (Span, String) {
        let find = |root: &Node| match anchor {
            Anchor::Value => root.pointer(pointer).map(|node| node.span),
            Anchor::Key(key) => root.pointer(pointer).and_then(|node| node.entry(key)).map(|entry| entry.key_span),
        };
        let pointer_of = |base: &str| match anchor {
            Anchor::Value => format!("{base}{pointer}"),
            Anchor::Key(key) => format!("{base}{pointer}/{}", escape(key)),
        };
        if pointer.is_empty() && *anchor == Anchor::Value {
            // A function as a whole is best pointed at by its name.
            let span = self.node.get("FunctionName").map_or_else(|| first_span(self.node), |name| name.span);
            return (span, self.path.to_owned());
        }
        if let Some(span) = find(self.node) {
            return (span, pointer_of(self.path));
        }
        if let Some(span) = self.defaults.and_then(find) {
            return (span, pointer_of("/defaults"));
        }
        // A key that was made on the way (a path that became an archive): its nearest written parent.
        match pointer.rsplit_once('/') {
            Some((parent, _)) => self.of(parent, &Anchor::Value),
            None => (first_span(self.node), self.path.to_owned()),
        }
    }
}

/// Where a map begins for the eye: its first key.
fn first_span(node: &Node) -> Span {
    node.entries().first().map_or(node.span, |entry| entry.key_span)
}

/// Writes whole numbers as such where the schema wants them: to JSON Schema `3.0` is one, and to the request types not.
fn make_whole(value: &mut Value, schema: &Value, path: &mut Pointer) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let outer = path.enter(name);
                make_whole(value, schema, path);
                path.leave(outer);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter_mut().enumerate() {
                let outer = path.enter_item(index);
                make_whole(value, schema, path);
                path.leave(outer);
            }
        }
        Value::Number(number) if number.is_f64() => {
            let wants_whole = expected_type(schema, path.segments()) == ValueType::Integer;
            if wants_whole && let Some(float) = number.as_f64().filter(|float| float.fract() == 0.0) {
                // The schema's limits are far below the point where this would lose digits.
                *value = Value::from(float as i64);
            }
        }
        _ => {}
    }
}

/// Types a function that the schema has taken.
fn spec(mut members: Value, archive: Option<Archive>, origins: &Origins, head: Option<&Head>) -> FunctionSpec {
    let mut take = |key: &str| members.as_object_mut().and_then(|members| members.remove(key));
    let ignore = take("ignore").and_then(|value| serde_json::from_value(value).ok()).unwrap_or_default();
    take("locations");
    let protect = take("protect").and_then(|value| value.as_bool()).unwrap_or(false);
    let beside = members.as_object_mut().map(Beside::take).unwrap_or_default();
    let mut request: CreateFunctionRequest =
        serde_json::from_value(members).expect("the schema is made from this type, and has taken the value");
    let mut spec_origins = Origins::default();
    for (pointer, origin) in origins.iter().filter(|(_, origin)| origin.from_outside) {
        spec_origins.insert(pointer, origin.clone());
    }
    let (mut code_sha256, mut code_size, mut file, mut notes) = (None, None, None, Vec::new());
    if let Some(Archive { content, sha256, size, note, .. }) = archive {
        match content {
            Content::Base64(base64) => request.code.zip_file = Some(base64),
            Content::Source(source) => {
                request.code.zip_file = None;
                if let Some((head, artifacts)) = head.and_then(|head| Some((head, head.artifacts.as_ref()?))) {
                    let file_name = format!("{}.zip", code::file_name(&sha256));
                    for (pointer, own, rest) in [
                        ("/artifacts/bucket", "/Code/S3Bucket", ""),
                        ("/artifacts/prefix", "/Code/S3Key", file_name.as_str()),
                    ] {
                        if let Some(text) = head.origins.outside(pointer) {
                            spec_origins.insert(
                                own,
                                Origin {
                                    text: format!("{text}{rest}"),
                                    from_outside: true,
                                    is_secret: head.origins.is_secret(pointer),
                                },
                            );
                        }
                    }
                    request.code.s3_bucket = Some(artifacts.bucket.clone());
                    request.code.s3_key = Some(format!("{}{file_name}", artifacts.prefix));
                }
                file = Some(source);
            }
        }
        code_sha256 = Some(sha256);
        code_size = Some(size);
        notes.extend(note);
    }
    FunctionSpec {
        request,
        beside,
        code_sha256,
        code_size,
        archive: file,
        ignore,
        protect,
        origins: spec_origins,
        notes,
    }
}
