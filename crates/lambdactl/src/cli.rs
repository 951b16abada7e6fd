use clap::{Args, Parser, Subcommand, ValueEnum};
use lambdactl_aws::{CONTROL_RATE, GET_FUNCTION_RATE};

use crate::commands;

/// Keeps AWS Lambda functions as lambda.yaml describes them.
///
/// lambda.yaml says which functions should exist, in the words of the CreateFunction API. `plan` shows how an account
/// differs from it, `apply` creates what is missing and leaves alone what exists. There is no state file: the account
/// is the state.
#[derive(Debug, Parser)]
#[command(name = "lambdactl", version, propagate_version = true, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,

    #[command(subcommand)]
    pub(crate) command: Command,
}

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

    /// Requests a second to send to the Lambda API, GetFunction apart; 0 for no limit. The account's quota is 15.
    #[arg(long, global = true, value_name = "N", default_value_t = CONTROL_RATE, value_parser = rate)]
    pub(crate) rate: f64,

    /// GetFunction requests a second; 0 for no limit. The account's quota is 100.
    #[arg(long, global = true, value_name = "N", default_value_t = GET_FUNCTION_RATE, value_parser = rate)]
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

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Validate(commands::validate::Arguments),
    Plan(commands::plan::Arguments),
    Apply(commands::apply::Arguments),
    Adopt(commands::adopt::Arguments),
    Import(commands::import::Arguments),
    Init(commands::init::Arguments),
    Fmt(commands::fmt::Arguments),
    Convert(commands::convert::Arguments),
    IamPolicy(commands::iam_policy::Arguments),
    Explain(commands::explain::Arguments),
    Schema(commands::schema::Arguments),
    Emulator(commands::emulator::Arguments),
    Completions(commands::completions::Arguments),
    Version(commands::version::Arguments),
    Man(commands::man::Arguments),
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
