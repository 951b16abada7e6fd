//! The `lambdactl` command: flags, rendering and exit codes.
//!
//! The only crate of the workspace that prints, asks, exits or reads the environment. One file for each command under
//! `commands`; what people and machines see is made under `render`.

mod ask;
mod cli;
mod commands;
mod durations;
mod environment;
mod exit;
mod files;
mod logging;
mod manifests;
mod output;
mod permissions;
mod render;
mod saved_plan;
mod selection;
mod signals;
mod target;
mod writing;

use std::process::ExitCode;

use crate::ask::ask;
use crate::cli::{Cli, Command};
use crate::exit::Exit;

fn main() -> ExitCode {
    let cli = match Cli::from_command_line() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    cli.global.color.as_choice().write_global();
    logging::start(&cli.global);
    match run(cli) {
        Ok(exit) => exit.into(),
        Err(error) => {
            output::error(&error);
            Exit::Error.into()
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<Exit> {
    let Cli { global, command } = cli;
    match command {
        Command::Validate(arguments) => commands::validate::run(&arguments),
        Command::Plan(arguments) => commands::plan::run(&global, &arguments),
        Command::Apply(arguments) => commands::apply::run(&global, &arguments),
        Command::Adopt(arguments) => commands::adopt::run(&global, &arguments),
        Command::Import(arguments) => commands::import::run(&global, &arguments),
        Command::Init(arguments) => commands::init::run(&arguments),
        Command::Fmt(arguments) => commands::fmt::run(&arguments),
        Command::Convert(arguments) => commands::convert::run(&arguments),
        Command::IamPolicy(arguments) => commands::iam_policy::run(&global, &arguments),
        Command::Explain(arguments) => commands::explain::run(&arguments),
        Command::Schema(arguments) => commands::schema::run(&arguments),
        Command::Emulator(arguments) => commands::emulator::run(&arguments),
        Command::Completions(arguments) => commands::completions::run(&arguments),
        Command::Version(arguments) => commands::version::run(&arguments),
        Command::Man(arguments) => commands::man::run(&arguments),
    }
}

/// clap exits with 2 for a wrong command line, and 2 means "the plan is not empty" here.
fn usage(error: &clap::Error) -> ExitCode {
    // Help and version are asked for, and print to standard output; a closed pipe is nobody's error.
    let _ = error.print();
    if error.use_stderr() { Exit::Error.into() } else { Exit::Done.into() }
}
