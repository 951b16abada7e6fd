use std::io::BufRead;

use crate::output;

/// Asks a question at the terminal; anything but a yes is a no.
pub(crate) fn ask(question: &str) -> std::io::Result<bool> {
    output::stderr(question);
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}
