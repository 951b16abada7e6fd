//! The way out for every text that is filled into the page.

use std::borrow::Cow;

use lambdactl_schema::letters::{is_harmless, push_visible};
use minijinja::{Error, Output, State, Value};

/// Escapes a text for the inside of an element and of a quoted attribute; what is no letter becomes visible.
pub(crate) fn escaped(text: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| (b' '..=b'~').contains(&byte) && !b"&<>\"'`#".contains(&byte);
    if text.bytes().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 32);
    for letter in text.chars() {
        match letter {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\'' => escaped += "&#39;",
            '`' => escaped += "&#96;",
            // What CI servers take for a command when a step prints the file.
            '[' if escaped.ends_with("##") => escaped += "&#91;",
            letter if is_harmless(letter) => escaped.push(letter),
            letter => push_visible(&mut escaped, letter),
        }
    }
    Cow::Owned(escaped)
}

/// What the template engine does with each value: only what this crate has marked as safe stays as it is.
pub(crate) fn formatter(output: &mut Output<'_>, _: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    let written = match value.as_str() {
        Some(text) if value.is_safe() => output.write_str(text),
        Some(text) => output.write_str(&escaped(text)),
        None if value.is_undefined() || value.is_none() => Ok(()),
        None => output.write_str(&escaped(&value.to_string())),
    };
    written.map_err(Error::from)
}
