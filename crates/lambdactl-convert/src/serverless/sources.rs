//! The parts of a variable of the Serverless Framework: `${env:NAME, self:custom.name, 'text'}` has three sources.

use serde_json::{Value, json};

use crate::reference::{CLOSE, OPEN};

/// Where a value is looked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Source<'a> {
    /// As it is written.
    pub(super) written: &'a str,
    /// Its kind, such as `self` or `file`.
    pub(super) kind: &'a str,
    /// What stands in parentheses behind the kind.
    pub(super) argument: Option<&'a str>,
    /// What stands behind the colon.
    pub(super) address: &'a str,
}

/// Splits a variable at its commas: not at those in quotes, in parentheses, or in a reference.
pub(super) fn sources(expression: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut from, mut quote, mut depth) = (0, None, 0usize);
    for (index, letter) in expression.char_indices() {
        match (quote, letter) {
            (Some(open), letter) if letter == open => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(letter),
            (None, '(' | OPEN) => depth += 1,
            (None, ')' | CLOSE) => depth = depth.saturating_sub(1),
            (None, ',') if depth == 0 => {
                parts.push(expression[from..index].trim());
                from = index + 1;
            }
            _ => {}
        }
    }
    parts.push(expression[from..].trim());
    parts
}

/// A value that is written out: in quotes, a number, a boolean or `null`.
pub(super) fn literal(source: &str) -> Option<Value> {
    for quote in ['\'', '"'] {
        if let Some(text) = source.strip_prefix(quote) {
            return Some(json!(text.strip_suffix(quote).unwrap_or(text)));
        }
    }
    match source {
        "" | "true" | "false" | "null" => Some(serde_json::from_str(source).unwrap_or_default()),
        number if number.parse::<f64>().is_ok() => serde_json::from_str(number).ok(),
        _ => None,
    }
}

/// Takes a source apart; nothing where it is none, such as `AWS::Region` or a name of CloudFormation's.
pub(super) fn source(written: &str) -> Option<Source<'_>> {
    let end = written.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-' && letter != '_')?;
    let (kind, rest) = written.split_at(end);
    if kind.is_empty() || rest.starts_with("::") {
        return None;
    }
    if let Some(rest) = rest.strip_prefix('(') {
        let (argument, rest) = rest.rsplit_once(')')?;
        let address = rest.strip_prefix(':').unwrap_or_default();
        return Some(Source { written, kind, argument: Some(argument.trim()), address });
    }
    // How versions 1 and 2 say a region.
    if let Some((region, address)) =
        rest.strip_prefix('.').filter(|_| kind == "cf" || kind == "ssm").and_then(|rest| rest.split_once(':'))
    {
        return Some(Source { written, kind, argument: Some(region), address: address.trim() });
    }
    let address = rest.strip_prefix(':')?;
    Some(Source { written, kind, argument: None, address: address.trim() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_taken_apart() {
        assert_eq!(sources("env:LIST, 'a,b'"), ["env:LIST", "'a,b'"]);
        assert_eq!(sources("file(a,b.yml):x , 7"), ["file(a,b.yml):x", "7"]);
        assert_eq!((literal("'a,b'"), literal("7"), literal("self:x")), (Some(json!("a,b")), Some(json!(7)), None));
        let file = source("file(./a.yml):b.c").unwrap();
        assert_eq!((file.kind, file.argument, file.address), ("file", Some("./a.yml"), "b.c"));
        assert_eq!((source("AWS::Region"), source("Queue"), source("Queue.Arn")), (None, None, None));
        let region = source("cf(us-east-1):stack.Output").unwrap();
        assert_eq!((region.kind, region.argument, region.address), ("cf", Some("us-east-1"), "stack.Output"));
        assert_eq!(
            source("cf.us-east-1:stack.Output").map(|old| (old.argument, old.address)),
            Some((region.argument, region.address))
        );
    }
}
