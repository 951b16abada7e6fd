use std::io::BufRead;

use anyhow::Context;

use crate::output;
use crate::text::Text;

/// Asks a question at the terminal; anything but a yes is a no.
pub(crate) fn ask(question: &Text) -> anyhow::Result<bool> {
    Ok(matches!(line(question)?.to_ascii_lowercase().as_str(), "y" | "yes"))
}

/// Asks for a line at the terminal. Whoever could not be shown what it is about is not asked.
pub(crate) fn line(question: &Text) -> anyhow::Result<String> {
    output::failure()?;
    output::stderr(question);
    output::failure()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer).context("cannot read the answer")?;
    Ok(answer.trim().to_owned())
}
