use clap::CommandFactory;

use crate::cli::Cli;
use crate::exit::Exit;
use crate::output;

pub(crate) fn run() -> anyhow::Result<Exit> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut page)?;
    output::stdout(&String::from_utf8(page)?);
    Ok(Exit::Done)
}
