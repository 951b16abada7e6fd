use std::fmt::{Display, Formatter};

use crate::text::{Text, text};

/// An error that has more to say than a line: what is wrong in detail, and what to do. These are apart from the message, so
/// that a name in it cannot pretend to be one of them.
#[derive(Debug)]
pub(crate) struct Trouble {
    message: String,
    list: Vec<String>,
    help: Option<String>,
}

impl Trouble {
    /// Makes an error with a message of one line.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), list: Vec::new(), help: None }
    }

    /// Adds what to do.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds the parts of what is wrong, a line for each.
    pub(crate) fn list(mut self, list: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.list.extend(list.into_iter().map(Into::into));
        self
    }

    /// Returns what stands below the message.
    pub(crate) fn details(&self) -> Text {
        let list = self.list.iter().map(|line| text!("  {}\n", line));
        list.chain(self.help.iter().map(|help| text!("  = help: {}\n", help))).collect()
    }
}

impl Display for Trouble {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Trouble {}
