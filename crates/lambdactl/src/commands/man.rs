use std::fs;
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use clap_mangen::Man;

use crate::exit::Exit;
use crate::files::{Secrecy, write};
use crate::output;

/// Print the manual page.
///
/// For example: `lambdactl man > /usr/local/share/man/man1/lambdactl.1`
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Write the page, and one for each command, into this folder.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

/// Renders the pages of the program's command line.
pub(crate) fn run(arguments: &Arguments, program: clap::Command) -> anyhow::Result<Exit> {
    if let Some(folder) = &arguments.dir {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let mut command = program.disable_help_subcommand(true);
        command.build();
        for command in command.get_subcommands().chain([&command]) {
            let page = Man::new(command.clone());
            write(&folder.join(page.get_filename()), rendered(&page)?, Secrecy::Open)?;
        }
        return Ok(Exit::Done);
    }
    output::document(&rendered(&Man::new(program))?)?;
    Ok(Exit::Done)
}

fn rendered(page: &Man) -> anyhow::Result<String> {
    let mut text = Vec::new();
    page.render(&mut text)?;
    Ok(String::from_utf8(text)?)
}
