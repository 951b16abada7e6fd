use std::fmt::Write;
use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::Args;
use lambdactl_manifest::{Format, Input, Reading, Source, Text, texts};
use lambdactl_write::{FormatError, format};
use similar::TextDiff;

use crate::exit::Exit;
use crate::files::rewrite;
use crate::manifests::{inputs, paths};
use crate::output;
use crate::render::diagnostics;
use crate::render::style::count;
use crate::text::{Text as Printed, clean, text};
use crate::trouble::Trouble;

/// Bring manifests into one order and style.
///
/// Members come in the order of the API's documentation, with the comments that belong to them; what a manifest means
/// does not change. A manifest with anchors keeps its order. Files are rewritten in place; standard input (`-f -`) is
/// written to standard output.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Change nothing; show what would change, and exit with 1 if anything would.
    #[arg(long)]
    check: bool,

    /// A manifest, a folder of manifests, or `-` for standard input; the same as -f.
    #[arg(value_name = "FILE")]
    named: Vec<PathBuf>,

    /// A manifest, a folder of manifests, or `-` for standard input; may be given more than once. Default: lambda.yaml,
    /// .yml, .toml or .json here.
    #[arg(short = 'f', long = "file", value_name = "FILE")]
    files: Vec<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let inputs = inputs(paths(&[arguments.named.as_slice(), &arguments.files].concat())?)?;
    let is_standard = inputs.iter().any(|input| matches!(input, Input::Standard(_)));
    if is_standard && inputs.len() > 1 {
        bail!("standard input is formatted alone");
    }
    let (texts, unreadable) = texts(&inputs);
    let mut problems = vec![Reading::of_unreadable(unreadable)];
    let mut changed = 0;
    for Text { name, text, format: language } in &texts {
        let formatted = match format(name, text, *language) {
            Ok(formatted) => formatted,
            Err(FormatError::Syntax(reading)) => {
                problems.push(*reading);
                continue;
            }
            Err(error @ FormatError::Meaning) => bail!(
                Trouble::new(format!("{name} was not formatted: {error}"))
                    .help("this is a mistake in lambdactl; please report it with the manifest, values left out")
            ),
        };
        if is_standard && !arguments.check {
            output::document(&formatted)?;
        }
        if formatted == *text {
            continue;
        }
        changed += 1;
        if arguments.check {
            output::stdout(&Printed::lines(&difference(&clean::line(name), text, &formatted, *language)));
        } else if !is_standard {
            rewrite(Path::new(name), &formatted)?;
            output::stderr(&text!("formatted {}\n", name));
        }
    }
    for reading in &problems {
        output::stderr(&diagnostics::render_problems(reading));
    }
    let is_readable = problems.iter().all(|reading| reading.diagnostics.is_empty());
    if arguments.check && changed > 0 {
        output::stderr(&text!("{} not formatted; `lambdactl fmt` does it\n", count(changed, "file")));
    }
    Ok(if !is_readable || (arguments.check && changed > 0) { Exit::Error } else { Exit::Done })
}

/// Returns what formatting changes, line by line. As in an excerpt, values that may be secrets are asterisks.
fn difference(name: &str, text: &str, formatted: &str, language: Format) -> String {
    let source = |text: &str| Source::new(name.to_owned(), text.to_owned(), language);
    let (before, after) = (source(text), source(formatted));
    let diff = TextDiff::from_lines(text, formatted);
    let mut shown = format!("--- {name}\n+++ {name}, formatted\n");
    for hunk in diff.unified_diff().iter_hunks() {
        let _ = writeln!(shown, "{}", hunk.header());
        for change in hunk.iter_changes() {
            let line = match (change.old_index(), change.new_index()) {
                (Some(index), None) => before.line(index + 1).0,
                (_, Some(index)) => after.line(index + 1).0,
                (None, None) => continue,
            };
            let _ = writeln!(shown, "{}{line}", change.tag());
        }
    }
    shown
}
