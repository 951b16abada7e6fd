//! The two streams. A pipe that nobody reads any more ends the output and nothing else.

use std::io::Write;
use std::sync::{Mutex, PoisonError};

use anstyle::{AnsiColor, Style};
use indicatif::MultiProgress;

/// Writes a text to standard output; styles are taken out when it is not a terminal.
pub(crate) fn stdout(text: &str) {
    let _ = anstream::stdout().lock().write_all(text.as_bytes());
}

/// The bars on standard error, while there are some.
static BARS: Mutex<Option<MultiProgress>> = Mutex::new(None);

/// Has bars step aside for what is written to standard error from now on, or no longer.
pub(crate) fn make_way(bars: Option<MultiProgress>) {
    *BARS.lock().unwrap_or_else(PoisonError::into_inner) = bars;
}

/// Writes a text to standard error; styles are taken out when it is not a terminal.
pub(crate) fn stderr(text: &str) {
    let write = || {
        let _ = anstream::stderr().lock().write_all(text.as_bytes());
    };
    match &*BARS.lock().unwrap_or_else(PoisonError::into_inner) {
        Some(bars) => bars.suspend(write),
        None => write(),
    }
}

/// Standard error for the log: a line at a time.
pub(crate) struct LogLines;

impl Write for LogLines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        stderr(&String::from_utf8_lossy(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
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
