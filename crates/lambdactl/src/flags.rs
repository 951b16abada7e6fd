//! Flags that commands share.

use clap::{Args, ValueEnum};
use lambdactl_schema::operations::Quota;

/// Flags of every command.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Common options")]
pub(crate) struct Global {
    /// The region, where the manifest does not say one.
    #[arg(long, global = true, value_name = "REGION")]
    pub(crate) region: Option<String>,

    /// The profile of the shared AWS configuration files.
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) profile: Option<String>,

    /// One address for every AWS service, such as that of `lambdactl emulator`.
    #[arg(long, global = true, value_name = "URL", conflicts_with = "local")]
    pub(crate) endpoint_url: Option<String>,

    /// Work with an emulated Lambda inside this process, which keeps its functions in .lambdactl/ beside the
    /// manifest. Needs no account, no credentials and no network.
    #[arg(long, global = true)]
    pub(crate) local: bool,

    /// Requests a second to send to the Lambda API, GetFunction apart, and as many GetPolicy; 0 for no limit. The
    /// account's quota is 15 for each of the two.
    #[arg(long, global = true, value_name = "N", default_value_t = Quota::Control.rate(), value_parser = rate)]
    pub(crate) rate: f64,

    /// GetFunction requests a second; 0 for no limit. The account's quota is 100.
    #[arg(long, global = true, value_name = "N", default_value_t = Quota::GetFunction.rate(), value_parser = rate)]
    pub(crate) get_function_rate: f64,

    /// When to use colour; `auto` is on a terminal, unless NO_COLOR is set.
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t = Color::Auto)]
    pub(crate) color: Color,

    /// Log every call to standard error; twice, everything.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,

    /// The form of log lines.
    #[arg(long, global = true, value_name = "FORMAT", value_enum, default_value_t = LogFormat::Text)]
    pub(crate) log_format: LogFormat,
}

fn rate(text: &str) -> Result<f64, String> {
    let parsed = text.parse().ok().filter(|rate: &f64| rate.is_finite() && *rate >= 0.0);
    parsed.ok_or_else(|| "must be a number of requests a second, or 0 for no limit".to_owned())
}

/// When to use colour.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

impl Color {
    pub(crate) fn as_choice(self) -> anstream::ColorChoice {
        match self {
            Self::Auto => anstream::ColorChoice::Auto,
            Self::Always => anstream::ColorChoice::Always,
            Self::Never => anstream::ColorChoice::Never,
        }
    }
}

/// The form of log lines.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum LogFormat {
    Text,
    Json,
}

/// What a command prints to standard output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Human,
    /// For machines.
    Json,
}
