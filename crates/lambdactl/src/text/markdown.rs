//! Text of others in a comment. It stands in code, where no link, image, mention, tag or comment is one.

use super::clean::line;

/// A row of backticks that is longer than any in the text, and than `least`.
fn fence(text: &str, least: usize) -> String {
    let longest = text.split(|letter| letter != '`').map(str::len).max().unwrap_or(0);
    "`".repeat((longest + 1).max(least))
}

/// Puts a text of others into a sentence.
pub(crate) fn code(text: &str) -> String {
    let text = line(text);
    let fence = fence(&text, 1);
    // A backtick at the edge would join the fence; one blank on both sides is taken off again.
    let gap = if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) || text.is_empty() { " " } else { "" };
    format!("{fence}{gap}{text}{gap}{fence}")
}

/// Puts a word into a sentence: as it is where it is letters, digits and hyphens, otherwise as code.
pub(crate) fn word(text: &str) -> String {
    let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if is_plain { text.to_owned() } else { code(text) }
}

/// Puts a text between tags of HTML, such as those of `code`.
pub(crate) fn html(text: &str) -> String {
    let mut escaped = String::new();
    for letter in line(text).chars() {
        match letter {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\'' => escaped += "&#39;",
            letter => escaped.push(letter),
        }
    }
    escaped
}

/// Puts lines, each of which was cleaned, into a block of code.
pub(crate) fn block(language: &'static str, lines: &str) -> String {
    let fence = fence(lines, 3);
    format!("{fence}{language}\n{lines}{fence}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_others_is_code() {
        assert_eq!(code("a <b> @team [x](y) ![z](w) --> *c*"), "`a <b> @team [x](y) ![z](w) --> *c*`");
        assert_eq!(code("`a` ``b"), "``` `a` ``b ```");
        assert_eq!(code("a\n\n# b\u{202e}"), "`a␊␊# b\\u{202e}`");
        assert_eq!(code(""), "`  `");
        assert_eq!((word("us-east-1"), word("@x")), ("us-east-1".to_owned(), "`@x`".to_owned()));
        assert_eq!(html("</code>\n&\"'"), "&lt;/code&gt;␊&amp;&quot;&#39;");
        assert_eq!(block("diff", "``` </details> ````\n"), "`````diff\n``` </details> ````\n`````\n");
    }
}
