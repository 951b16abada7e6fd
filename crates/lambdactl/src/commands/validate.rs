use clap::Args;

use crate::cli::Format;
use crate::exit::Exit;
use crate::manifests::ManifestArguments;
use crate::output;
use crate::render::{diagnostics, json};

/// Check manifests without a network.
///
/// Finds every mistake at once and points at it: syntax, unknown keys, types, limits, and members that do not go
/// together.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    manifests: ManifestArguments,

    /// What to print.
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Human)]
    format: Format,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let reading = arguments.manifests.read()?;
    match arguments.format {
        Format::Human => output::stdout(&diagnostics::render(&reading)),
        Format::Json => output::stdout(&json::validation(&reading)),
    }
    Ok(if reading.is_valid() { Exit::Done } else { Exit::Error })
}
