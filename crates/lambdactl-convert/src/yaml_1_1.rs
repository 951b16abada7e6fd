//! CloudFormation and SAM read YAML 1.1, in which some words are booleans that are texts in YAML 1.2.

use std::borrow::Cow;

use yaml_parser::SyntaxKind;

/// The words, as PyYAML reads them, with which SAM and the AWS CLI do; CloudFormation itself was not tried. `y` and `n` are
/// none there, although YAML 1.1 has them.
const WORDS: [(&str, bool); 4] = [("yes", true), ("on", true), ("no", false), ("off", false)];

/// Returns a text in which these words are `true` and `false`, where they are values without quotes. A text that is not read is
/// left as it is.
pub(crate) fn with_booleans(text: &str) -> Cow<'_, str> {
    if !WORDS.iter().any(|(word, _)| text.to_ascii_lowercase().contains(word)) {
        return Cow::Borrowed(text);
    }
    let Ok(tree) = yaml_parser::parse(text) else { return Cow::Borrowed(text) };
    let mut changed = String::with_capacity(text.len());
    let mut from = 0;
    for token in tree.descendants_with_tokens().filter_map(|element| element.into_token()) {
        if token.kind() != SyntaxKind::PLAIN_SCALAR {
            continue;
        }
        let Some(value) = boolean(token.text()) else { continue };
        let is_key = token
            .parent_ancestors()
            .find_map(|node| match node.kind() {
                SyntaxKind::BLOCK_MAP_KEY | SyntaxKind::FLOW_MAP_KEY => Some(true),
                SyntaxKind::BLOCK_MAP_VALUE
                | SyntaxKind::FLOW_MAP_VALUE
                | SyntaxKind::BLOCK_SEQ_ENTRY
                | SyntaxKind::FLOW_SEQ_ENTRY => Some(false),
                _ => None,
            })
            .unwrap_or(true);
        if !is_key {
            let start: usize = token.text_range().start().into();
            changed.push_str(&text[from..start]);
            changed.push_str(if value { "true" } else { "false" });
            from = token.text_range().end().into();
        }
    }
    changed.push_str(&text[from..]);
    Cow::Owned(changed)
}

/// Small, capital or all in capitals: nothing between.
fn boolean(text: &str) -> Option<bool> {
    let is_written = |word: &str| {
        let capital = format!("{}{}", word[..1].to_ascii_uppercase(), &word[1..]);
        text == word || text == capital || text == word.to_ascii_uppercase()
    };
    WORDS.iter().find(|(word, _)| is_written(word)).map(|(_, value)| *value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_booleans_where_they_are_plain_values() {
        for (text, expected) in [
            ("a: on\n", "a: true\n"),
            ("a: {b: Yes, c: [NO, off], d: x}\n", "a: {b: true, c: [false, false], d: x}\n"),
            ("a:\n  - on # here\n  - 'on'\n  - \"no\"\n", "a:\n  - true # here\n  - 'on'\n  - \"no\"\n"),
            ("on: y\n\"yes\": nO\nno: |\n  yes\n", "on: y\n\"yes\": nO\nno: |\n  yes\n"),
            ("a: !Sub on\nb: online\n", "a: !Sub true\nb: online\n"),
            ("a: [on\n", "a: [on\n"),
        ] {
            assert_eq!(with_booleans(text), expected);
        }
    }
}
