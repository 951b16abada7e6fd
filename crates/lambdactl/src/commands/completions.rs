use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::cli::Cli;
use crate::exit::Exit;
use crate::output;

/// Print the completion script of a shell.
///
/// For example: `lambdactl completions bash > ~/.local/share/bash-completion/completions/lambdactl`
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The shell.
    #[arg(value_enum)]
    shell: Shell,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "lambdactl", &mut script);
    output::document(&String::from_utf8(script)?)?;
    Ok(Exit::Done)
}
