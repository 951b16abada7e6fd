use std::io::BufRead;

use anyhow::Context;

use crate::output;
use crate::text::Text;

/// Asks a question at the terminal; anything but a yes is a no. Whoever could not be shown what it is about is not asked.
pub(crate) fn ask(question: &Text) -> anyhow::Result<bool> {
    output::failure()?;
    output::stderr(question);
    output::failure()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer).context("cannot read the answer")?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}
