//! JSON: serde_json decides whether it is JSON at all, jsonc-parser says where everything stands.

use jsonc_parser::ast;
use jsonc_parser::common::{Range, Ranged};
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};
use lambdactl_schema::rules;
use serde::de::IgnoredAny;

use crate::diagnostic::SyntaxError;
use crate::keys;
use crate::node::{Entry, Kind, Node};
use crate::source::Source;
use crate::span::Span;

/// Reads a JSON file, which is one document.
pub(crate) fn parse(source: &Source) -> Result<Vec<Node>, SyntaxError> {
    // The strict gate: jsonc-parser takes a raw tab in a string even with every leniency off.
    serde_json::from_str::<IgnoredAny>(&source.text).map_err(|error| {
        let at = source.offset(error.line(), 1) + error.column().saturating_sub(1);
        let mut message = error.to_string();
        if let Some(cut) = message.find(" at line ") {
            message.truncate(cut);
        }
        syntax(message, at.min(source.text.len()), at)
    })?;
    let parsed = parse_to_ast(&source.text, &CollectOptions::default(), &STRICT)
        .map_err(|error| syntax(error.kind().to_string(), error.range().start, error.range().end))?;
    match parsed.value {
        Some(value) => Ok(vec![node(value)?]),
        None => Ok(Vec::new()),
    }
}

const STRICT: ParseOptions = ParseOptions {
    allow_comments: false,
    allow_loose_object_property_names: false,
    allow_trailing_commas: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

fn node(value: ast::Value<'_>) -> Result<Node, SyntaxError> {
    let range = value.range();
    let kind = match value {
        ast::Value::NullKeyword(_) => Kind::Null,
        ast::Value::BooleanLit(literal) => Kind::Bool(literal.value),
        ast::Value::NumberLit(literal) => match literal.value.parse() {
            Ok(number) => Kind::Number(number),
            Err(_) => return Err(syntax("a number out of range".to_owned(), range.start, range.end)),
        },
        ast::Value::StringLit(literal) => Kind::String(literal.value.into_owned()),
        ast::Value::Array(array) => Kind::List(array.elements.into_iter().map(node).collect::<Result<_, _>>()?),
        ast::Value::Object(object) => Kind::Map(entries(object)?),
    };
    Ok(Node { span: span(range), kind })
}

fn entries(object: ast::Object<'_>) -> Result<Vec<Entry>, SyntaxError> {
    let mut seen = std::collections::HashSet::new();
    let mut entries = Vec::with_capacity(object.properties.len());
    for property in object.properties {
        let range = property.name.range();
        let key = property.name.into_string();
        if !seen.insert(key.clone()) {
            return Err(keys::duplicate(&key, span(range)));
        }
        entries.push(Entry { key, key_span: span(range), value: node(property.value)? });
    }
    Ok(entries)
}

fn syntax(message: String, start: usize, end: usize) -> SyntaxError {
    SyntaxError { rule: &rules::SYNTAX, message, help: None, span: Span::new(start, end) }
}

fn span(range: Range) -> Span {
    Span::new(range.start, range.end)
}
