use anstyle::{AnsiColor, Color, Style};

const fn colored(color: AnsiColor) -> Style {
    Style::new().fg_color(Some(Color::Ansi(color)))
}

pub(crate) const GREEN: Style = colored(AnsiColor::Green);
pub(crate) const YELLOW: Style = colored(AnsiColor::Yellow);
pub(crate) const RED: Style = colored(AnsiColor::Red);
pub(crate) const DIM: Style = Style::new().dimmed();
pub(crate) const ERROR: Style = colored(AnsiColor::Red).bold();
pub(crate) const BOLD: Style = Style::new().bold();

/// Returns a count with its noun: `1 function`, `2 functions`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
