//! The two streams. A pipe that nobody reads any more ends the output and nothing else.

use std::io::Write;

use anstyle::{AnsiColor, Style};

/// Writes a text to standard output; styles are taken out when it is not a terminal.
pub(crate) fn stdout(text: &str) {
    let _ = anstream::stdout().lock().write_all(text.as_bytes());
}

/// Writes a text to standard error; styles are taken out when it is not a terminal.
pub(crate) fn stderr(text: &str) {
    let _ = anstream::stderr().lock().write_all(text.as_bytes());
}

/// Writes an error and its causes to standard error.
pub(crate) fn error(error: &anyhow::Error) {
    let style = Style::new().bold().fg_color(Some(AnsiColor::Red.into()));
    let mut text = format!("{style}error{style:#}: {error}\n");
    for cause in error.chain().skip(1) {
        text.push_str(&format!("  caused by: {cause}\n"));
    }
    stderr(&text);
}
