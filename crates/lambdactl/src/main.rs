//! The `lambdactl` command: flags, rendering and exit codes.
//!
//! The only crate of the workspace that prints, asks, exits or reads the environment. One file for each command under
//! `commands`; what people and machines see is made under `render`, and text of others goes through `text`.

mod allowances;
mod ask;
mod cli;
mod commands;
mod continuous;
mod durations;
mod env_file;
mod environment;
mod exit;
mod files;
mod flags;
mod given;
mod globs;
mod location;
mod logging;
mod lookups;
mod manifests;
mod names;
mod output;
mod packages;
mod panics;
mod render;
mod runtime;
mod saved_plan;
mod selection;
mod several;
mod signals;
mod text;
mod trouble;
mod verified;
mod writing;

use std::process::ExitCode;

use clap::CommandFactory;

use crate::ask::ask;
use crate::cli::{Cli, Command};
use crate::exit::Exit;
use crate::render::style::ERROR;
use crate::text::{Text, clean, text};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    panics::report();
    panics::caught(ended).into()
}

/// Runs the command and says what went wrong, also where its output did not get to anybody.
fn ended() -> Exit {
    let exit = match Cli::of(std::env::args_os()) {
        Ok(cli) => {
            cli.global.color.as_choice().write_global();
            logging::start(&cli.global);
            run(cli).unwrap_or_else(|error| {
                output::error(&error);
                Exit::Error
            })
        }
        Err(error) => usage(&error),
    };
    match output::failure() {
        Ok(()) => exit,
        Err(error) => {
            output::error(&error);
            Exit::Error
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<Exit> {
    let Cli { global, command } = cli;
    match command {
        Command::Validate(arguments) => commands::validate::run(&global, &arguments),
        Command::Plan(arguments) => commands::plan::run(&global, &arguments),
        Command::Apply(arguments) => commands::apply::run(&global, &arguments),
        Command::Status(arguments) => commands::status::run(&global, &arguments),
        Command::Invoke(arguments) => commands::invoke::run(&global, &arguments),
        Command::Rollback(arguments) => commands::rollback::run(&global, &arguments),
        Command::Delete(arguments) => commands::delete::run(&global, &arguments),
        Command::Render(arguments) => commands::render::run(&global, &arguments),
        Command::Reconcile(arguments) => commands::reconcile::run(&global, &arguments),
        Command::Adopt(arguments) => commands::adopt::run(&global, &arguments),
        Command::Import(arguments) => commands::import::run(&global, &arguments),
        Command::Init(arguments) => commands::init::run(&arguments),
        Command::Fmt(arguments) => commands::fmt::run(&arguments),
        Command::Convert(arguments) => commands::convert::run(&global, &arguments),
        Command::IamPolicy(arguments) => commands::iam_policy::run(&global, &arguments),
        Command::Explain(arguments) => commands::explain::run(&arguments),
        Command::Schema(arguments) => commands::schema::run(&arguments),
        Command::Emulator(arguments) => commands::emulator::run(&arguments),
        Command::Completions(arguments) => commands::completions::run(&arguments, Cli::command()),
        Command::Version(arguments) => commands::version::run(&arguments),
        Command::Man(arguments) => commands::man::run(&arguments, Cli::command()),
    }
}

/// Prints what clap has to say. It exits with 2 for a wrong command line, and 2 means "the plan is not empty" here.
fn usage(error: &clap::Error) -> Exit {
    // Help and version are asked for.
    if !error.use_stderr() {
        output::stdout(&Text::drawn(&error.render().ansi().to_string()));
        return Exit::Done;
    }
    // clap repeats arguments as they are, so it is asked once more, with clean ones.
    let clean = std::env::args_os().map(|argument| clean::line(&argument.to_string_lossy()).into_owned().into());
    output::stderr(&match Cli::of(clean) {
        Err(error) if error.use_stderr() => Text::drawn(&error.render().ansi().to_string()),
        _ => text!("{0}error{0:#}: {1}\n", ERROR, error.kind().to_string()),
    });
    Exit::Error
}
