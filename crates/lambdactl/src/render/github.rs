//! The commands by which a step of a GitHub workflow marks lines of files.

use lambdactl_manifest::{Diagnostic, Position, Reading};
use lambdactl_schema::rules::Severity;

use super::diagnostics::verdict;
use super::parts::{message_and_help, range};
use crate::text::{Text, commands, text};

/// Renders what `validate` found, one command a line, and the verdict as plain text.
pub(crate) fn validation(reading: &Reading) -> Text {
    let found = reading.diagnostics.iter().map(|diagnostic| command(diagnostic, range(diagnostic, reading)));
    let mut text: Text = found.collect();
    let (word, counts) = verdict(reading);
    text += text!("{}: {}\n", word, counts);
    text
}

fn command(diagnostic: &Diagnostic, range: Option<(Position, Position)>) -> Text {
    let mut properties = vec![("file", diagnostic.file.clone())];
    if let Some((start, end)) = range {
        let numbers = [("line", start.line), ("col", start.column), ("endLine", end.line), ("endColumn", end.column)];
        // GitHub knows columns of a single line only.
        let known = if start.line == end.line { 4 } else { 3 };
        properties.extend(numbers[..known].iter().map(|(name, number)| (*name, number.to_string())));
    }
    properties.push(("title", diagnostic.rule.code.to_owned()));
    let name = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    commands::command(name, &properties, &message_and_help(diagnostic))
}

#[cfg(test)]
mod tests {
    use lambdactl_schema::rules;

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
            stages: Default::default(),
            locations: Default::default(),
        }
    }

    #[test]
    fn properties_and_data_are_escaped_each_in_its_way() {
        assert_eq!(
            command(&diagnostic(), None).as_str(),
            "::warning file=a%2Cb%3Ac%25.yaml,title=L014::100%25: too much,%0D%0Areally%0Ahelp: take less\n"
        );
    }

    #[test]
    fn end_column_is_left_out_on_another_line() {
        let at = |line, column| Position { line, column };
        let one = command(&diagnostic(), Some((at(2, 3), at(2, 9))));
        assert!(one.as_str().contains(",line=2,col=3,endLine=2,endColumn=9,title="), "{one:?}");
        let several = command(&diagnostic(), Some((at(2, 3), at(4, 1))));
        assert!(several.as_str().contains(",line=2,col=3,endLine=4,title="), "{several:?}");
    }
}
