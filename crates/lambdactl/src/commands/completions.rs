use clap::Args;
use clap_complete::Shell;

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

/// Writes the script for the program's command line.
pub(crate) fn run(arguments: &Arguments, mut program: clap::Command) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut program, "lambdactl", &mut script);
    output::document(&String::from_utf8(script)?)?;
    Ok(Exit::Done)
}
