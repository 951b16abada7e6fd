//! The two streams. Only a [`Text`] gets into them.
//!
//! A pipe that nobody reads any more ends the output and nothing else. Any other reason for which something could not be
//! written is kept until the command has done its work, which then has failed: see [`failure`].

use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};
use std::sync::{Mutex, OnceLock, PoisonError};

use anyhow::{Context, bail};
use indicatif::MultiProgress;

use crate::environment;
use crate::flags::LogFormat;
use crate::render::style::ERROR;
use crate::text::commands::{broken_up, has_command};
use crate::text::{Purpose, Text, text};
use crate::trouble::Trouble;

/// Why something could not be written; the first reason counts.
static FAILURE: Mutex<Option<(&'static str, io::Error)>> = Mutex::new(None);

/// The bars on standard error, while there are some.
static BARS: Mutex<Option<MultiProgress>> = Mutex::new(None);

/// Writes a text to standard output; styles are taken out when it is not a terminal.
pub(crate) fn stdout(text: &Text) {
    let mut stream = anstream::stdout().lock();
    keep("standard output", stream.write_all(safe(text).as_bytes()).and_then(|()| stream.flush()));
}

/// Writes a document to standard output as it is, unless it would be obeyed there.
pub(crate) fn document(content: &str) -> anyhow::Result<()> {
    if io::stdout().is_terminal() {
        stdout(&Text::lines(content));
        return Ok(());
    }
    if is_read_by_server() && has_command(content) && !is_file(&io::stdout()) {
        bail!(
            Trouble::new("the text has what a CI server would take for a command in the log; nothing was printed")
                .help("have it written into a file")
        );
    }
    let mut stream = io::stdout().lock();
    keep("standard output", stream.write_all(content.as_bytes()).and_then(|()| stream.flush()));
    Ok(())
}

/// Writes what a function has answered to standard output: the bytes as they came, but for a terminal, and for a CI server that
/// would obey them.
pub(crate) fn answer(bytes: &[u8]) {
    let content = String::from_utf8_lossy(bytes);
    let is_terminal = io::stdout().is_terminal();
    if is_terminal || (is_read_by_server() && has_command(&content) && !is_file(&io::stdout())) {
        let end = if is_terminal && !content.ends_with('\n') { "\n" } else { "" };
        stdout(&Text::lines(&format!("{content}{end}")));
        return;
    }
    let mut stream = io::stdout().lock();
    keep("standard output", stream.write_all(bytes).and_then(|()| stream.flush()));
}

/// Writes a text to standard error; styles are taken out when it is not a terminal.
pub(crate) fn stderr(text: &Text) {
    keep("standard error", write_error(text));
}

/// Writes a line of the log. One that cannot be written is lost, and nothing else.
pub(crate) fn log(text: &Text) {
    let _ = write_error(text);
}

fn write_error(text: &Text) -> io::Result<()> {
    if text.is_empty() {
        return Ok(());
    }
    let write = || {
        let mut stream = anstream::stderr().lock();
        stream.write_all(safe(text).as_bytes()).and_then(|()| stream.flush())
    };
    match &*BARS.lock().unwrap_or_else(PoisonError::into_inner) {
        Some(bars) => bars.suspend(write),
        None => write(),
    }
}

/// Has bars step aside for what is written to standard error from now on, or no longer.
pub(crate) fn make_way(bars: Option<MultiProgress>) {
    *BARS.lock().unwrap_or_else(PoisonError::into_inner) = bars;
}

/// Writes an error, its causes and what to do about it to standard error.
pub(crate) fn error(error: &anyhow::Error) {
    let mut lines = text!("{0}error{0:#}: {1}\n", ERROR, error.to_string());
    let mut more = Text::default();
    for (index, cause) in error.chain().enumerate() {
        if index > 0 {
            lines += text!("  caused by: {}\n", cause);
        }
        if let Some(trouble) = cause.downcast_ref::<Trouble>() {
            more += trouble.details();
        }
    }
    lines += more;
    stderr(&lines);
}

/// Returns why something could not be written, if anything could not. To be asked when all is done.
pub(crate) fn failure() -> anyhow::Result<()> {
    match FAILURE.lock().unwrap_or_else(PoisonError::into_inner).take() {
        Some((stream, cause)) => Err(cause).with_context(|| format!("cannot write to {stream}")),
        None => Ok(()),
    }
}

fn keep(stream: &'static str, result: io::Result<()>) {
    if let Err(cause) = result
        && cause.kind() != io::ErrorKind::BrokenPipe
    {
        FAILURE.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert((stream, cause));
    }
}

/// Breaks up what a CI server that reads along would obey.
fn safe(text: &Text) -> Cow<'_, str> {
    match text.purpose() {
        Purpose::Words if is_read_by_server() => broken_up(text.as_str()),
        Purpose::Words | Purpose::Commands => text.as_str().into(),
    }
}

fn is_read_by_server() -> bool {
    static ANSWER: OnceLock<bool> = OnceLock::new();
    *ANSWER.get_or_init(|| environment::READ_BY_SERVER.iter().any(|name| environment::get(name).is_some()))
}

/// Whether a stream goes into a file.
fn is_file(stream: &io::Stdout) -> bool {
    #[cfg(unix)]
    {
        use std::os::fd::AsFd;
        let descriptor = stream.as_fd().try_clone_to_owned();
        descriptor.map(std::fs::File::from).and_then(|file| file.metadata()).is_ok_and(|found| found.is_file())
    }
    #[cfg(not(unix))]
    {
        let _ = stream;
        false
    }
}

/// Standard error for the log. What is written at once is one event, and becomes one line.
pub(crate) struct LogLines(pub(crate) LogFormat);

impl Write for LogLines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let event = String::from_utf8_lossy(bytes);
        log(&match self.0 {
            LogFormat::Text => text!("{}\n", event.strip_suffix('\n').unwrap_or(&event)),
            LogFormat::Json => Text::escaped_json(&event),
        });
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
