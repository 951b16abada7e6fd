use granit_parser::{Event, Parser};
use lambdactl_manifest::{Format, Kind, Node, Reading, parse_text};
use pretty_yaml::config::{FormatOptions, LanguageOptions, LayoutOptions, Quotes};
use serde_json::Value;
use toml_edit::{Array, DocumentMut, InlineTable, Item, Table};

use crate::order::{Keys, Order, keys_of_root};
use crate::rearrange::rearranged;

/// Characters of a line that a list or map in brackets may fill.
const WIDTH: usize = 100;

/// Columns that pretty_yaml's parser counts an indentation in: it keeps them as the bits of a word and panics at more.
const MOST_INDENT: usize = 63;

/// Why a text was not formatted.
#[derive(Debug, thiserror::Error)]
pub enum FormatError {
    /// It cannot be parsed; the reading says where.
    #[error("the text cannot be parsed")]
    Syntax(Box<Reading>),
    /// What came out would have meant something else, or lost a comment.
    #[error("it would not mean the same afterwards")]
    Meaning,
}

/// Brings a manifest into the canonical order and style. What it means stays the same, and so do its comments.
///
/// # Errors
/// Where the text is no YAML, TOML or JSON, or cannot be formatted without changing what it means.
pub fn format(name: &str, text: &str, language: Format) -> Result<String, FormatError> {
    let text = text.replace("\r\n", "\n");
    let roots = parse_text(name, &text, language).map_err(FormatError::Syntax)?;
    let means_the_same = |result: &str| {
        parse_text(name, result, language).is_ok_and(|after| values(&after) == values(&roots))
            && comments(result, language) == comments(&text, language)
    };
    let accepted = |result: Option<String>| result.filter(|result| means_the_same(result));
    let formatted = match language {
        // The order is worth less than the style, and both less than what the text means: pretty_yaml does not know every
        // way of writing a text over several lines.
        Format::Yaml => {
            let rearranged = rearranged(&text, &roots);
            accepted(styled(&rearranged))
                .or_else(|| accepted(styled(&text)))
                .or_else(|| accepted(Some(rearranged)))
                .or_else(|| accepted(Some(text.clone())))
        }
        Format::Toml => accepted(styled_toml(&text)),
        Format::Json => accepted(Some(json(&roots))),
    };
    formatted.ok_or(FormatError::Meaning)
}

fn values(roots: &[Node]) -> Vec<Value> {
    roots.iter().map(Node::to_value).collect()
}

/// Brings YAML into the style; nothing for what pretty_yaml does not read.
pub(crate) fn styled(yaml: &str) -> Option<String> {
    if yaml.lines().any(|line| line.len() - line.trim_start_matches(' ').len() > MOST_INDENT) {
        return None;
    }
    let options = FormatOptions {
        layout: LayoutOptions { print_width: WIDTH, ..LayoutOptions::default() },
        language: LanguageOptions {
            quotes: Quotes::PreferDouble,
            brace_spacing: false,
            trailing_comma: false,
            ..LanguageOptions::default()
        },
    };
    pretty_yaml::format_text(yaml, &options).ok()
}

/// The comments of a text, in any order. Those of JSON do not exist.
fn comments(text: &str, language: Format) -> Vec<String> {
    let mut found: Vec<String> = match language {
        // Both texts have been parsed by the same parser, so no event is an error.
        Format::Yaml => Parser::new_from_str(text)
            .map_while(Result::ok)
            .filter_map(|(event, _)| match event {
                Event::Comment(comment, _) => Some(comment.trim().to_owned()),
                _ => None,
            })
            .collect(),
        // toml_edit keeps what stands between values; a `#` in a text is in both versions of it.
        Format::Toml => text.lines().filter_map(|line| Some(line[line.find('#')?..].trim().to_owned())).collect(),
        Format::Json => Vec::new(),
    };
    found.sort_unstable();
    found
}

fn json(roots: &[Node]) -> String {
    let order = Order::new();
    roots.iter().map(|root| format!("{:#}\n", order.canonical(root.to_value(), &keys_of(root)))).collect()
}

fn keys_of(root: &Node) -> Keys {
    match &root.kind {
        Kind::Map(entries) => keys_of_root(entries.iter().map(|entry| entry.key.as_str())),
        _ => Keys::Manifest,
    }
}

pub(crate) fn styled_toml(text: &str) -> Option<String> {
    let mut document: DocumentMut = text.parse().ok()?;
    let keys = keys_of_root(document.iter().map(|(key, _)| key));
    arrange_table(document.as_table_mut(), &keys, &Order::new());
    let below = without_indent(Some(document.trailing()));
    document.set_trailing(below);
    // No text can begin or end a document: its quotes are outside.
    Some(format!("{}\n", document.to_string().trim()))
}

fn arrange_table(table: &mut Table, keys: &Keys, order: &Order) {
    table.sort_values_by(|left, _, right, _| {
        let place = |key: &str| order.place(keys, key).unwrap_or(usize::MAX);
        place(left.get()).cmp(&place(right.get()))
    });
    let decor = table.decor_mut();
    let above = without_indent(decor.prefix());
    let gap = if above.starts_with('\n') { "" } else { "\n" };
    decor.set_prefix(format!("{gap}{above}"));
    for (key, item) in table.iter_mut() {
        let below = order.below(keys, key.get());
        arrange(item, &below, order);
        if item.is_value() {
            tidy_key(key);
        }
    }
}

fn arrange(item: &mut Item, keys: &Keys, order: &Order) {
    match item {
        Item::Table(table) => arrange_table(table, keys, order),
        Item::ArrayOfTables(tables) => {
            let below = order.items(keys);
            tables.iter_mut().for_each(|table| arrange_table(table, &below, order));
        }
        Item::Value(value) => {
            match value {
                toml_edit::Value::Array(array) => tidy_array(array),
                toml_edit::Value::InlineTable(table) => tidy_inline(table),
                _ => {}
            }
            let decor = value.decor_mut();
            decor.set_prefix(" ");
            let comment = decor.suffix().and_then(|suffix| suffix.as_str()).unwrap_or_default().trim().to_owned();
            decor.set_suffix(if comment.is_empty() { String::new() } else { format!(" {comment}") });
        }
        Item::None => {}
    }
}

/// Takes the indent of a key and of the comments above it away.
fn tidy_key(mut key: toml_edit::KeyMut<'_>) {
    let decor = key.leaf_decor_mut();
    decor.set_prefix(without_indent(decor.prefix()));
    decor.set_suffix(" ");
}

/// Takes the spaces before the lines above a key or a header away, and those before itself; and all empty lines in a row
/// but one.
fn without_indent(above: Option<&toml_edit::RawString>) -> String {
    let above = above.and_then(|above| above.as_str()).unwrap_or_default();
    // The last piece is what stands before the key itself.
    let Some((lines, _)) = above.rsplit_once('\n') else { return String::new() };
    let mut lines: Vec<&str> = lines.split('\n').map(str::trim).collect();
    lines.dedup_by(|next, line| next.is_empty() && line.is_empty());
    lines.into_iter().map(|line| format!("{line}\n")).collect()
}

fn tidy_array(array: &mut Array) {
    let has_comments = array.to_string().contains('#');
    if !has_comments {
        array.fmt();
        let width = array.to_string().len();
        if width > WIDTH {
            for item in array.iter_mut() {
                item.decor_mut().set_prefix("\n    ");
            }
            array.set_trailing("\n");
            array.set_trailing_comma(true);
        }
    }
}

fn tidy_inline(table: &mut InlineTable) {
    if !table.to_string().contains('#') {
        table.fmt();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_formatted(language: Format, text: &str, wanted: &str) {
        let once = format("x", text, language).unwrap();
        assert_eq!(once, wanted, "{once}");
        assert_eq!(format("x", &once, language).unwrap(), once);
    }

    #[test]
    fn yaml_is_ordered_and_keeps_its_comments() {
        assert_formatted(
            Format::Yaml,
            r#"# yaml-language-server: $schema=./schemas/lambda.schema.json
#
# Payments.

functions:
# resizes
- Handler:   'app.handler'
  # what people call it
  FunctionName: resize-image  # the name
  MemorySize: 256


  Code: ./src
  VpcConfig:
      SecurityGroupIds: [ sg-1 ]
      SubnetIds:
      - subnet-1
  Environment: { Variables: { B: "1", A: '2' } }
- FunctionName: report
  Description: |
    # no comment
    at all
  Role: r
# whose
name: payments
version: 1
"#,
            r#"# yaml-language-server: $schema=./schemas/lambda.schema.json
#
# Payments.

version: 1
# whose
name: payments
functions:
  # resizes
  # what people call it
  - FunctionName: resize-image # the name
    Handler: "app.handler"
    Code: ./src

    MemorySize: 256
    VpcConfig:
      SubnetIds:
        - subnet-1
      SecurityGroupIds: [sg-1]
    Environment: {Variables: {B: "1", A: "2"}}
  - FunctionName: report
    Role: r
    Description: |
      # no comment
      at all
"#,
        );
    }

    #[test]
    fn what_refers_to_something_above_stays_below() {
        let text =
            "version: 1\nfunctions:\n  - Role: &role r\n    FunctionName: a\n  - Role: *role\n    FunctionName: b\n";
        assert_formatted(Format::Yaml, text, text);
    }

    #[test]
    fn toml_is_ordered_and_keeps_its_comments() {
        assert_formatted(
            Format::Toml,
            r#"
# Payments.
name="payments"  # whose
version   = 1



[[functions]]
  # how much
  MemorySize = 256
  FunctionName="a"
  Layers = ["x",   "y"]
  Code = {S3Key="k",S3Bucket="b"}
  [functions.Environment.Variables]
  B = "1"
"#,
            r#"version = 1

# Payments.
name = "payments" # whose

[[functions]]
FunctionName = "a"
Code = { S3Key = "k", S3Bucket = "b" }
# how much
MemorySize = 256
Layers = ["x", "y"]

[functions.Environment.Variables]
B = "1"
"#,
        );
    }

    #[test]
    fn layers_are_ordered_like_functions() {
        assert_formatted(
            Format::Yaml,
            "functions: []\nlayers:\n- versions: {keep: 5}\n  Content: ./common\n  LayerName: common\n",
            "layers:\n  - LayerName: common\n    Content: ./common\n    versions: {keep: 5}\nfunctions: []\n",
        );
        // Names are their writer's own, also one that is the name of a member.
        let map = "layers:\n  common:\n    Content: ./common\n    LicenseInfo: MIT\n  Content:\n    Content: ./other\nfunctions: []\n";
        assert_formatted(Format::Yaml, map, map);
    }

    #[test]
    fn json_is_ordered() {
        assert_formatted(
            Format::Json,
            r#"{"functions": [{"Code": {"S3Key": "k", "S3Bucket": "b"}, "FunctionName": "a"}], "version": 1}"#,
            r#"{
  "version": 1,
  "functions": [
    {
      "FunctionName": "a",
      "Code": {
        "S3Bucket": "b",
        "S3Key": "k"
      }
    }
  ]
}
"#,
        );
    }

    #[test]
    fn deep_indentation_stays_as_it_is() {
        let text: String = (0..20).map(|level| format!("{}k{level}:\n", "      ".repeat(level))).collect();
        let text = format!("{text}{}z: 1 # kept\n", "      ".repeat(20));
        assert_eq!(format("lambda.yaml", &text, Format::Yaml).unwrap(), text);
    }

    #[test]
    fn broken_text_is_an_error_with_a_place() {
        let error = format("x.yaml", "a: [1\nb: 2\n", Format::Yaml).unwrap_err();
        let FormatError::Syntax(reading) = error else { panic!("{error}") };
        assert!(reading.diagnostics[0].place.is_some());
    }
}
