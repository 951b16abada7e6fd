use clap::{Args, ValueEnum};
use lambdactl_manifest::UnknownValues;

use crate::exit::Exit;
use crate::flags::Global;
use crate::manifests::ManifestArguments;
use crate::output;
use crate::render::{diagnostics, github, json, junit, sarif};

/// Check manifests without a network.
///
/// Finds every mistake at once and points at it: syntax, unknown keys, types, limits, and members that do not go
/// together. Where manifests have stages or locations, each of them is checked that --stage and --location do not leave out. Takes
/// the flags of plan and apply, too, so that one list of arguments serves all three; only those below
/// count here.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// What to print.
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = ValidateFormat::Human)]
    format: ValidateFormat,

    /// Refuse references to what is not known here, as plan and apply do. Default: a warning names them.
    #[arg(long)]
    strict: bool,

    // Last, so that its heading is over its own options only.
    #[command(flatten)]
    manifests: ManifestArguments,
}

/// What `validate` prints.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum ValidateFormat {
    /// For people.
    Human,
    /// For machines.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Commands of a GitHub workflow, which mark the lines.
    Github,
    /// JUnit XML, for the test reports of CI servers.
    Junit,
}

pub(crate) fn run(global: &Global, arguments: &Arguments) -> anyhow::Result<Exit> {
    let unknown = if arguments.strict { UnknownValues::Refused } else { UnknownValues::Noted };
    let reading = arguments.manifests.read_everywhere(global, unknown)?;
    output::stdout(&match arguments.format {
        ValidateFormat::Human => diagnostics::render(&reading),
        ValidateFormat::Json => json::validation(&reading),
        ValidateFormat::Sarif => sarif::validation(&reading),
        ValidateFormat::Github => github::validation(&reading),
        ValidateFormat::Junit => junit::validation(&reading),
    });
    Ok(if reading.is_valid() { Exit::Done } else { Exit::Error })
}
