use clap::{Args, ValueEnum};

use crate::exit::Exit;
use crate::output;

/// Print the JSON Schema of manifests.
///
/// Editors complete and explain members with it: put `# yaml-language-server: $schema=PATH` on the first line of a
/// manifest.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// What to print.
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = SchemaFormat::Json)]
    format: SchemaFormat,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum SchemaFormat {
    Json,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    match arguments.format {
        SchemaFormat::Json => output::document(&lambdactl_schema::rendered_manifest_schema())?,
    }
    Ok(Exit::Done)
}
