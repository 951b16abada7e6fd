use clap::Args;
use serde_json::json;

use crate::exit::Exit;
use crate::flags::Format;
use crate::output;
use crate::text::{Text, text};

/// Print the version, and what this build knows.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// What to print.
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Human)]
    format: Format,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let version = env!("CARGO_PKG_VERSION");
    let target = env!("LAMBDACTL_TARGET");
    let calendar = lambdactl_schema::runtimes::CALENDAR_DATE;
    output::stdout(&match arguments.format {
        Format::Human => text!("lambdactl {} ({}), runtimes as of {}\n", version, target, calendar.to_string()),
        Format::Json => {
            let version = json!({
                "format_version": 1, "version": version, "target": target, "manifest_version": 1,
                "runtimes_as_of": calendar.to_string(),
            });
            Text::pretty_json(&version)
        }
    });
    Ok(Exit::Done)
}
