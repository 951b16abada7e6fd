//! TOML, by the toml crate's table with spans.

use lambdactl_schema::rules;
use serde_json::Number;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::diagnostic::SyntaxError;
use crate::node::{Entry, Kind, Node};
use crate::source::Source;
use crate::span::Span;

/// Reads a TOML file, which is one document.
pub(crate) fn parse(source: &Source) -> Result<Vec<Node>, SyntaxError> {
    let table = DeTable::parse(&source.text).map_err(|error| {
        let span = error.span().unwrap_or_default();
        let duplicate = error.message().contains("duplicate key");
        SyntaxError {
            rule: if duplicate { &rules::DUPLICATE_KEY } else { &rules::SYNTAX },
            // The parser's own words: they never repeat the text.
            message: error.message().lines().next().unwrap_or("not TOML").to_owned(),
            help: if duplicate { rules::DUPLICATE_KEY.help.map(str::to_owned) } else { None },
            span: Span::new(span.start, span.end),
        }
    })?;
    let span = span(&table);
    Ok(vec![Node { span, kind: Kind::Map(entries(table.into_inner())?) }])
}

fn entries(table: DeTable<'_>) -> Result<Vec<Entry>, SyntaxError> {
    let entry = |(key, value): (Spanned<std::borrow::Cow<'_, str>>, Spanned<DeValue<'_>>)| {
        let key_span = span(&key);
        Ok(Entry { key: key.into_inner().into_owned(), key_span, value: node(value)? })
    };
    table.into_iter().map(entry).collect()
}

fn node(value: Spanned<DeValue<'_>>) -> Result<Node, SyntaxError> {
    let span = span(&value);
    let kind = match value.into_inner() {
        DeValue::String(text) => Kind::String(text.into_owned()),
        DeValue::Boolean(value) => Kind::Bool(value),
        DeValue::Integer(integer) => match i64::from_str_radix(integer.as_str(), integer.radix()) {
            Ok(value) => Kind::Number(value.into()),
            Err(_) => return Err(refused(span, "an integer of more than 64 bits", "put it in quotes")),
        },
        DeValue::Float(float) => match float.as_str().parse().ok().and_then(Number::from_f64) {
            Some(number) => Kind::Number(number),
            None => return Err(refused(span, "a number that JSON does not have", "put it in quotes")),
        },
        DeValue::Datetime(_) => {
            return Err(refused(span, "a date, and the API has no dates here", "put it in quotes"));
        }
        DeValue::Array(items) => Kind::List(items.into_iter().map(node).collect::<Result<_, _>>()?),
        DeValue::Table(table) => Kind::Map(entries(table)?),
    };
    Ok(Node { span, kind })
}

fn refused(span: Span, message: &str, help: &str) -> SyntaxError {
    SyntaxError { rule: &rules::SYNTAX, message: message.to_owned(), help: Some(help.to_owned()), span }
}

fn span<T>(value: &Spanned<T>) -> Span {
    Span::new(value.span().start, value.span().end)
}
