//! The commands by which a step of a GitHub workflow marks lines of files.

use lambdactl_manifest::{Diagnostic, Position, Reading};

use super::diagnostics::verdict;
use super::parts::{message_and_help, range};

/// Renders what `validate` found, one command a line, and the verdict as plain text.
pub(crate) fn validation(reading: &Reading) -> String {
    let mut text = String::new();
    for diagnostic in &reading.diagnostics {
        text.push_str(&command(diagnostic, range(diagnostic, reading)));
        text.push('\n');
    }
    let (word, counts) = verdict(reading);
    text.push_str(&format!("{word}: {counts}\n"));
    text
}

fn command(diagnostic: &Diagnostic, range: Option<(Position, Position)>) -> String {
    let mut properties = format!("file={}", property(&diagnostic.file));
    if let Some((start, end)) = range {
        properties.push_str(&format!(",line={},col={},endLine={}", start.line, start.column, end.line));
        // GitHub knows columns of a single line only.
        if start.line == end.line {
            properties.push_str(&format!(",endColumn={}", end.column));
        }
    }
    let message = data(&message_and_help(diagnostic));
    format!("::{} {properties},title={}::{message}", diagnostic.severity.as_str(), diagnostic.rule.code)
}

/// Escapes what follows the command's second pair of colons.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes the value of a property, which commas and colons end.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use lambdactl_schema::rules;
    use lambdactl_schema::rules::Severity;

    use super::*;

    fn diagnostic() -> Diagnostic {
        Diagnostic {
            severity: Severity::Warning,
            rule: &rules::RANGE,
            message: "100%: too much,\r\nreally".into(),
            help: Some("take less".into()),
            file: "a,b:c%.yaml".into(),
            place: None,
            path: String::new(),
            function: None,
            also: Vec::new(),
        }
    }

    #[test]
    fn properties_and_data_are_escaped_each_in_its_way() {
        assert_eq!(
            command(&diagnostic(), None),
            "::warning file=a%2Cb%3Ac%25.yaml,title=L014::100%25: too much,%0D%0Areally%0Ahelp: take less"
        );
    }

    #[test]
    fn end_column_is_left_out_on_another_line() {
        let at = |line, column| Position { line, column };
        let one = command(&diagnostic(), Some((at(2, 3), at(2, 9))));
        assert!(one.contains(",line=2,col=3,endLine=2,endColumn=9,title="), "{one}");
        let several = command(&diagnostic(), Some((at(2, 3), at(4, 1))));
        assert!(several.contains(",line=2,col=3,endLine=4,title="), "{several}");
    }
}
