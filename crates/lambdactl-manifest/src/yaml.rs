//! YAML, by serde-saphyr: the only parser tried that gives every key and value a position and neither hangs nor dies
//! on hostile input. Its options are set here and nowhere else.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lambdactl_schema::rules;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Number;
use serde_saphyr::budget::BudgetBreach;
use serde_saphyr::{Location, Spanned};

use crate::diagnostic::SyntaxError;
use crate::keys;
use crate::node::{Entry, Kind, Node};
use crate::source::Source;
use crate::span::Span;

/// Levels of nesting that are read.
const MAX_DEPTH: usize = 24;
/// Documents of one file.
const MAX_DOCUMENTS: usize = 100_000;
/// Anchored values of one file, counted with what is in them.
const MAX_ANCHORED: usize = 200_000;

/// Tags of templates, which are named in errors. Any other may be the beginning of a password.
const TAGS_OF_TEMPLATES: [&str; 18] = [
    "!And",
    "!Base64",
    "!Cidr",
    "!Condition",
    "!Equals",
    "!FindInMap",
    "!GetAZs",
    "!GetAtt",
    "!If",
    "!ImportValue",
    "!Join",
    "!Not",
    "!Or",
    "!Ref",
    "!Select",
    "!Split",
    "!Sub",
    "!Transform",
];

/// Reads the documents of a YAML file.
pub(crate) fn parse(source: &Source) -> Result<Vec<Node>, SyntaxError> {
    let roots: Vec<Node> = serde_saphyr::from_multiple_with_options(&source.text, options())
        .map_err(|error| syntax_error(source, &error))?;
    if let Some(error) = roots.iter().find_map(|root| keys::find_bare(root, &source.text)) {
        return Err(error);
    }
    // The parser reads past tags of other programs.
    if source.text.contains('!')
        && let Some(tagged) = roots.iter().find_map(|root| find_tag(root, &source.text))
    {
        return Err(tagged);
    }
    Ok(roots)
}

/// Finds the first value with a tag that means nothing here, such as `!Ref NAME`: without it the value is another.
fn find_tag(node: &Node, text: &str) -> Option<SyntaxError> {
    if let Some((tag, span)) = tag_before(text, node.span.start as usize) {
        return Some(SyntaxError {
            rule: &rules::SYNTAX,
            message: if TAGS_OF_TEMPLATES.contains(&tag) {
                format!("the tag `{tag}` means nothing in a manifest")
            } else {
                "a tag that means nothing in a manifest".to_owned()
            },
            help: Some(
                "references are written `${env:NAME}` or `${var:NAME}`; `lambdactl convert` reads templates".into(),
            ),
            span,
        });
    }
    match &node.kind {
        Kind::List(items) => items.iter().find_map(|item| find_tag(item, text)),
        Kind::Map(entries) => entries.iter().find_map(|entry| find_tag(&entry.value, text)),
        _ => None,
    }
}

/// Returns the tag that stands right before a value. Those of YAML itself, such as `!!str`, are read.
fn tag_before(text: &str, start: usize) -> Option<(&str, Span)> {
    let before = text.get(..start)?.trim_end();
    let line = &before[before.rfind('\n').map_or(0, |end| end + 1)..];
    let tag = line.rsplit([' ', '\t', '[', '{', ',']).next().unwrap_or_default();
    let is_comment = line.trim_start().starts_with('#') || line.contains(" #");
    // A key that ends so has its colon or its quote behind it.
    let is_whole = before.len() < start && !tag.ends_with(':') && !tag.contains(['"', '\'']);
    let is_foreign = tag.len() > 1 && tag.starts_with('!') && !tag.starts_with("!!");
    (is_foreign && is_whole && !is_comment).then(|| (tag, Span::new(before.len() - tag.len(), before.len())))
}

fn options() -> serde_saphyr::Options {
    let budget = serde_saphyr::budget! {
        // Room for tens of thousands of functions; the defaults stop at about six thousand.
        max_events: 20_000_000,
        max_nodes: 10_000_000,
        max_total_scalar_bytes: 256 << 20,
        max_aliases: 1_000_000,
        max_anchors: 1_000_000,
        max_merge_keys: 1_000_000,
        max_documents: MAX_DOCUMENTS,
        // The deepest member of the API is nine levels down. The parser spends stack on every level, 32 KB of it in a
        // debug build, and threads may have 2 MB.
        max_depth: MAX_DEPTH,
        // An alias bomb ends early and small.
        max_recorded_anchor_events: MAX_ANCHORED,
        // One `&defaults` and thousands of `<<: *defaults` is how people write manifests.
        enforce_alias_anchor_ratio: false,
    };
    let mut options = serde_saphyr::options! {
        budget: budget,
        // `no` is a country and `on` a word.
        strict_booleans: true,
        // An account id may begin with a zero.
        leading_zero_numbers_as_strings: true,
        underscored_numbers_as_strings: true,
        with_snippet: false,
    };
    options.alias_limits.max_total_replayed_events = 2_000_000;
    options
}

fn syntax_error(source: &Source, error: &serde_saphyr::Error) -> SyntaxError {
    let error = error.without_snippet();
    let start =
        error.location().map_or(0, |location| source.offset(location.line() as usize, location.column() as usize));
    let mut kind = error;
    while let serde_saphyr::Error::AliasError { error, .. } = kind {
        kind = error;
    }
    if let serde_saphyr::Error::DuplicateMappingKey { key, .. } = kind {
        let span = Span::new(start, start);
        return keys::duplicate(key.as_deref().unwrap_or_default(), span);
    }
    if kind.to_string().contains("non-finite float") {
        return SyntaxError {
            rule: &rules::TYPE,
            message: "a number that JSON does not have".to_owned(),
            help: Some("put it in quotes".to_owned()),
            span: Span::new(start, start),
        };
    }
    let message = message(kind, &source.text);
    let line = &source.text[source.text[..start].rfind('\n').map_or(0, |end| end + 1)..];
    let help = if line.starts_with('\t') || line.trim_start_matches(' ').starts_with('\t') {
        Some("indent with spaces: YAML does not take tabs".to_owned())
    } else {
        None
    };
    SyntaxError { rule: &rules::SYNTAX, message, help, span: Span::new(start, start) }
}

/// Says what is wrong, in the scanner's words, which never repeat the text; other errors of the parser may.
fn message(kind: &serde_saphyr::Error, text: &str) -> String {
    use serde_saphyr::Error;
    match kind {
        Error::Budget { breach, .. } => match breach {
            BudgetBreach::Depth { .. } => format!("nested more than {MAX_DEPTH} levels deep"),
            BudgetBreach::Documents { .. } => format!("more than {MAX_DOCUMENTS} documents in one file"),
            BudgetBreach::Anchors { .. }
            | BudgetBreach::RecordedAnchorEvents { .. }
            | BudgetBreach::RecordedAnchorBytes { .. }
                if !has_alias(text) =>
            {
                format!("anchors (`&name`) on more than {MAX_ANCHORED} values")
            }
            BudgetBreach::Anchors { .. }
            | BudgetBreach::RecordedAnchorEvents { .. }
            | BudgetBreach::RecordedAnchorBytes { .. }
            | BudgetBreach::Aliases { .. }
            | BudgetBreach::AliasAnchorRatio { .. }
            | BudgetBreach::MergeKeys { .. } => "aliases expand to more than a manifest can hold".to_owned(),
            _ => "more values than a manifest can hold".to_owned(),
        },
        Error::AliasReplayLimitExceeded { .. }
        | Error::AliasReplayCounterOverflow { .. }
        | Error::AliasExpansionLimitExceeded { .. }
        | Error::AliasReplayStackDepthExceeded { .. } => "aliases expand to more than a manifest can hold".to_owned(),
        Error::ExternalMessage { .. } => {
            let mut message = kind.to_string();
            // The place is said by the diagnostic; the parser says it again in words.
            for tail in [" at line ", "\n"] {
                if let Some(cut) = message.find(tail) {
                    message.truncate(cut);
                }
            }
            // The scanner's own limit, for flow collections.
            if message.contains("recursion limit") {
                return format!("nested more than {MAX_DEPTH} levels deep");
            }
            message
        }
        Error::UnknownAnchor { .. } => "an alias (`*name`) without its anchor (`&name`)".to_owned(),
        Error::RecursiveReferencesRequireWeakTypes { .. } => "an anchor is used within itself".to_owned(),
        Error::Eof { .. } => "the text ends too early".to_owned(),
        Error::MergeValueNotMapOrSeqOfMaps { .. } => "`<<` takes a map, or a list of maps".to_owned(),
        Error::InvalidBinaryBase64 { .. } => "`!!binary` takes base64".to_owned(),
        Error::NullIntoString { .. } => "a key is empty".to_owned(),
        _ => "this is not YAML that a manifest can have".to_owned(),
    }
}

/// Whether something in a text looks like an alias, which stands for all that is under its anchor.
fn has_alias(text: &str) -> bool {
    text.match_indices('*').any(|(at, _)| {
        let before =
            text[..at].chars().next_back().is_none_or(|letter| letter.is_whitespace() || "[{,".contains(letter));
        before && text[at + 1..].starts_with(|letter: char| letter.is_alphanumeric() || letter == '_')
    })
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Kind>::deserialize(deserializer)?;
        Ok(Self { span: span(&spanned.defined), kind: spanned.value })
    }
}

fn span(location: &Location) -> Span {
    let start = location.span().byte_offset().unwrap_or(0) as usize;
    let length = location.span().byte_len().unwrap_or(0) as usize;
    Span::new(start, start + length)
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(KindVisitor)
    }
}

struct KindVisitor;

impl<'de> Visitor<'de> for KindVisitor {
    type Value = Kind;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Kind, E> {
        Ok(Kind::Null)
    }

    fn visit_none<E>(self) -> Result<Kind, E> {
        Ok(Kind::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Kind, D::Error> {
        Kind::deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Kind, E> {
        Ok(Kind::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Kind, E> {
        Ok(Kind::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Kind, E> {
        Ok(Kind::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Kind, E> {
        // JSON has no infinity and no NaN.
        Ok(Number::from_f64(value).map_or_else(|| Kind::String(value.to_string()), Kind::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Kind, E> {
        Ok(Kind::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Kind, E> {
        Ok(Kind::String(value))
    }

    fn visit_bytes<E>(self, value: &[u8]) -> Result<Kind, E> {
        // `!!binary` is decoded by the parser; the API wants base64.
        Ok(Kind::String(STANDARD.encode(value)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Kind, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Kind::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Kind, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = members.next_key::<Spanned<String>>()? {
            let key_span = span(&key.defined);
            entries.push(Entry { key: key.value, key_span, value: members.next_value()? });
        }
        Ok(Kind::Map(entries))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use crate::format::Format;

    use super::*;

    fn yaml_files(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let is_of_others = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("convert-"));
            if path.is_dir() && !is_of_others {
                yaml_files(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "yaml") {
                found.push(path);
            }
        }
    }

    /// Reads a text with the other parser; it leaves merge keys to its caller.
    fn second_opinion(text: &str) -> Vec<serde_json::Value> {
        serde_yaml::Deserializer::from_str(text)
            .map(|document| {
                let mut value = serde_yaml::Value::deserialize(document).unwrap();
                value.apply_merge().unwrap();
                serde_json::to_value(value).unwrap()
            })
            .collect()
    }

    fn assert_agreed(name: &str, text: &str) {
        let source = Source::new(name.to_owned(), text.to_owned(), Format::Yaml);
        let ours: Vec<_> = parse(&source).unwrap().iter().map(Node::to_value).collect();
        assert_eq!(ours, second_opinion(text), "{name}");
    }

    #[test]
    fn another_parser_reads_the_same_values() {
        let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut files = Vec::new();
        yaml_files(&repository.join("examples"), &mut files);
        yaml_files(&repository.join("tests/cases"), &mut files);
        assert!(files.len() > 2, "{files:?}");
        for file in files {
            assert_agreed(&file.display().to_string(), &fs::read_to_string(&file).unwrap());
        }
        for text in [
            "a: &x {b: 1, c: [1, 2.5, true, ~]}\nd: {<<: *x, b: 2}\ne: *x\n",
            "text: |\n  two\n  lines\nfolded: >-\n  one\n  line\nquoted: 'it''s'\nescaped: \"\\u00fc\\n\"\n",
            "ü: ß\r\n'': empty\r\n? long\r\n: value\r\n",
            "a: no\nb: on\nc: '1'\nd: 1e3\ne: .5\nf: 0x1f\ng: -7\nh: \"\"\ni:\n",
        ] {
            assert_agreed(text, text);
        }
    }

    #[test]
    fn tag_of_another_program_is_an_error_at_its_place() {
        for (text, wanted) in [
            ("a: !Ref X\n", Some("!Ref")),
            ("a: [1, !Sub 'x']\n", Some("!Sub")),
            ("a: !If\n  - 1\n", Some("!If")),
            ("a !x: 1\n\"[!\": ''\n'b !y': \"\"\n", None),
            ("a: !!str 1\n# b !x\nc: \"!Ref X\"\nd: hi !you\ne: 1 # !z\nf:\n  - '!'\n", None),
        ] {
            let result = parse(&Source::new("x".to_owned(), text.to_owned(), Format::Yaml));
            let found = result.err().map(|error| text[error.span.start as usize..error.span.end as usize].to_owned());
            assert_eq!(found.as_deref(), wanted, "{text}");
        }
    }

    #[test]
    fn every_value_knows_its_range() {
        let text = "a: ü\nb: [x, 'yy']\nc: *d\n".replace("a: ü", "a: &d ü");
        let source = Source::new("x".to_owned(), text.clone(), Format::Yaml);
        let document = parse(&source).unwrap().remove(0);
        let written = |pointer: &str| {
            let span = document.pointer(pointer).unwrap().span;
            &text[span.start as usize..span.end as usize]
        };
        assert_eq!(written("/a"), "ü");
        assert_eq!(written("/b/1"), "'yy'");
        // An alias is the value where the anchor is.
        assert_eq!(document.pointer("/c").unwrap().span, document.pointer("/a").unwrap().span);
        let key = document.entry("b").unwrap().key_span;
        assert_eq!(&text[key.start as usize..key.end as usize], "b");
    }
}
