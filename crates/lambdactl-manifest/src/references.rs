//! `${env:NAME}`, `${var:NAME}` and `${file:PATH}` in string values.
//!
//! References are resolved in the tree, after parsing, so a value can never change the document's structure; what a
//! reference brings in is not searched for further references.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use lambdactl_schema::{Pointer, ValueType, expected_type, rules};
use serde_json::Value;

use crate::diagnostic::Diagnostic;
use crate::node::{Kind, Node};
use crate::source::SourceId;

/// The largest file that a reference may bring in.
const LARGEST_FILE: u64 = 1 << 20;

/// What references are resolved from.
pub(crate) struct Values<'a> {
    pub(crate) environment: &'a BTreeMap<String, String>,
    pub(crate) variables: &'a BTreeMap<String, String>,
    pub(crate) folder: &'a Path,
}

/// Where a tree stands, for diagnostics.
pub(crate) struct Context<'a> {
    pub(crate) source: SourceId,
    pub(crate) file: &'a str,
    /// JSON pointer of the tree in its document.
    pub(crate) path: &'a str,
    pub(crate) function: Option<&'a str>,
    /// The schema of the tree, for the types of references.
    pub(crate) schema: &'a Value,
}

/// Resolves the references of a tree in place. Returns the pointers, within the tree, of those that could not be.
pub(crate) fn resolve(
    node: &mut Node,
    values: &Values<'_>,
    context: &Context<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<String> {
    let mut failed = Vec::new();
    visit(node, &mut Pointer::default(), &mut |node, path| {
        let Kind::String(text) = &node.kind else { return };
        if !text.contains("${") {
            return;
        }
        match expand(text, values) {
            Ok(expanded) => {
                let wanted =
                    if expanded.whole { expected_type(context.schema, path.segments()) } else { ValueType::Text };
                node.kind = typed(expanded.text, wanted);
            }
            Err((message, help)) => {
                let pointer = path.as_str().to_owned();
                let mut diagnostic = Diagnostic::file(&rules::REFERENCE, context.file, message)
                    .at(context.source, node.span)
                    .path(format!("{}{pointer}", context.path))
                    .function(context.function);
                diagnostic.help = Some(help);
                diagnostics.push(diagnostic);
                failed.push(pointer);
            }
        }
    });
    failed
}

fn visit(node: &mut Node, path: &mut Pointer, leaf: &mut impl FnMut(&mut Node, &Pointer)) {
    match &mut node.kind {
        Kind::List(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                let outer = path.enter_item(index);
                visit(item, path, leaf);
                path.leave(outer);
            }
        }
        Kind::Map(entries) => {
            for entry in entries {
                let outer = path.enter(&entry.key);
                visit(&mut entry.value, path, leaf);
                path.leave(outer);
            }
        }
        _ => leaf(node, path),
    }
}

struct Expanded {
    text: String,
    /// The value is one reference and nothing else.
    whole: bool,
}

type Unresolved = (String, String);

fn expand(text: &str, values: &Values<'_>) -> Result<Expanded, Unresolved> {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    let mut whole = false;
    while let Some(at) = rest.find("${") {
        let (before, reference) = rest.split_at(at);
        if let Some(literal) = before.strip_suffix('$') {
            result.push_str(literal);
            result.push_str("${");
            rest = &reference[2..];
            continue;
        }
        let Some(end) = reference.find('}') else {
            return Err(("a `${` without its `}`".into(), "close it, or write `$${` for a literal `${`".into()));
        };
        let value = lookup(&reference[2..end], values)?;
        rest = &reference[end + 1..];
        whole = at == 0 && result.is_empty() && rest.is_empty();
        result.push_str(before);
        result.push_str(&value);
    }
    result.push_str(rest);
    Ok(Expanded { text: result, whole })
}

fn lookup(reference: &str, values: &Values<'_>) -> Result<String, Unresolved> {
    let Some((kind, name)) = reference.split_once(':') else {
        return Err(unknown(reference));
    };
    match kind {
        "env" => {
            let (name, default) = match name.split_once(":-") {
                Some((name, default)) => (name, Some(default)),
                None => (name, None),
            };
            // As in a shell, `:-` also stands in for a variable that is set and empty.
            match (values.environment.get(name), default) {
                (Some(value), default) if !value.is_empty() || default.is_none() => Ok(value.clone()),
                (_, Some(default)) => Ok(default.to_owned()),
                _ => Err((
                    format!("the environment variable `{name}` is not set"),
                    format!("set it, or give a default: `${{env:{name}:-…}}`"),
                )),
            }
        }
        "var" => values
            .variables
            .get(name)
            .cloned()
            .ok_or_else(|| (format!("there is no variable `{name}`"), format!("pass `--var {name}=VALUE`"))),
        "file" => read_file(&values.folder.join(name)).map_err(|reason| {
            (format!("cannot read `{name}`: {reason}"), "paths start from the manifest's folder".to_owned())
        }),
        _ => Err(unknown(reference)),
    }
}

fn unknown(reference: &str) -> Unresolved {
    (
        format!("`${{{reference}}}` is not a reference"),
        "`${env:NAME}`, `${env:NAME:-default}`, `${var:NAME}` and `${file:PATH}` are; write `$${` for a literal `${`"
            .to_owned(),
    )
}

/// Reads a text file without its last line end, as a shell's `$(cat FILE)` does.
fn read_file(path: &Path) -> Result<String, String> {
    let size = fs::metadata(path).map_err(|error| error.to_string())?.len();
    if size > LARGEST_FILE {
        return Err(format!("{size} bytes, and a reference may bring in {LARGEST_FILE}"));
    }
    let bytes = fs::read(path).map_err(|error| error.to_string())?;
    let mut text = String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())?;
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    Ok(text)
}

/// Gives a reference's text the type that the schema wants; a text that has not that form stays one, and is refused
/// by the schema.
fn typed(text: String, wanted: ValueType) -> Kind {
    let trimmed = text.trim();
    match wanted {
        ValueType::Integer => trimmed.parse::<i64>().ok().map(|value| Kind::Number(value.into())),
        ValueType::Number => trimmed.parse().ok().and_then(serde_json::Number::from_f64).map(Kind::Number),
        ValueType::Boolean => trimmed.parse().ok().map(Kind::Bool),
        ValueType::Text => None,
    }
    .unwrap_or(Kind::String(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(text: &str) -> Result<String, String> {
        let pairs = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect::<BTreeMap<_, _>>()
        };
        let environment = pairs(&[("STAGE", "prod"), ("EMPTY", ""), ("NESTED", "${env:STAGE}")]);
        let variables = pairs(&[("n", "7")]);
        let values = Values { environment: &environment, variables: &variables, folder: Path::new(".") };
        expand(text, &values).map(|expanded| expanded.text).map_err(|(message, _)| message)
    }

    #[test]
    fn references_are_replaced_and_nothing_else() {
        assert_eq!(expanded("fn-${env:STAGE}-${var:n}").unwrap(), "fn-prod-7");
        assert_eq!(expanded("$LATEST $5 $${env:STAGE}").unwrap(), "$LATEST $5 ${env:STAGE}");
        assert_eq!(expanded("${env:NONE:-a:b}").unwrap(), "a:b");
        assert_eq!(expanded("${env:EMPTY:-x}${env:EMPTY}").unwrap(), "x");
        assert_eq!(expanded("${env:NESTED}").unwrap(), "${env:STAGE}");
    }

    #[test]
    fn what_cannot_be_resolved_says_why() {
        assert_eq!(expanded("${env:NONE}").unwrap_err(), "the environment variable `NONE` is not set");
        assert_eq!(expanded("${var:x}").unwrap_err(), "there is no variable `x`");
        assert!(expanded("${file:/nowhere}").unwrap_err().starts_with("cannot read `/nowhere`"));
        assert!(expanded("${AWS::Region}").unwrap_err().contains("is not a reference"));
        assert!(expanded("${env:STAGE").unwrap_err().contains("without its"));
    }
}
