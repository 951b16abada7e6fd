//! JUnit XML, which CI servers show as tests: a suite for each manifest, a test for each function.

mod suites;

use std::io;

use lambdactl_manifest::{Diagnostic, Reading};
use lambdactl_schema::rules::Severity;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};
use quick_xml::writer::ElementWriter;

use self::suites::{Case, suites};
use super::parts::range;
use crate::text::{Text, clean};

type Xml = Writer<Vec<u8>>;

/// Renders what `validate` found.
pub(crate) fn validation(reading: &Reading) -> Text {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    write(&mut writer, reading).expect("memory takes everything");
    let text = String::from_utf8(writer.into_inner()).expect("only texts are written");
    // What was filled in is clean, so the line ends are those of the form.
    Text::lines(&format!("{text}\n"))
}

fn write(writer: &mut Xml, reading: &Reading) -> io::Result<()> {
    let suites = suites(reading);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let counted = Counts::of(suites.iter().flat_map(|suite| &suite.cases));
    counted.element(writer, "testsuites", "lambdactl validate").write_inner_content(|writer| {
        for suite in &suites {
            let element = Counts::of(&suite.cases).element(writer, "testsuite", suite.file);
            element.write_inner_content(|writer| {
                suite.cases.iter().try_for_each(|case| write_case(writer, case, suite.file, reading))
            })?;
        }
        Ok(())
    })?;
    Ok(())
}

/// How many tests there are; one that has several failures failed once.
struct Counts {
    tests: usize,
    failures: usize,
}

impl Counts {
    fn of<'a>(cases: impl IntoIterator<Item = &'a Case<'a>>) -> Self {
        cases.into_iter().fold(Self { tests: 0, failures: 0 }, |counts, case| Self {
            tests: counts.tests + 1,
            failures: counts.failures + usize::from(case.of(Severity::Error).next().is_some()),
        })
    }

    fn element<'w>(&self, writer: &'w mut Xml, tag: &'static str, name: &str) -> ElementWriter<'w, Vec<u8>> {
        let (tests, failures) = (self.tests.to_string(), self.failures.to_string());
        let counts = [("tests", &*tests), ("failures", &*failures), ("errors", "0"), ("skipped", "0")];
        element(writer, tag, &[("name", name)]).with_attributes(counts)
    }
}

fn write_case(writer: &mut Xml, case: &Case<'_>, file: &str, reading: &Reading) -> io::Result<()> {
    let testcase = element(writer, "testcase", &[("name", case.name), ("classname", file)]);
    if case.found.is_empty() {
        testcase.write_empty()?;
        return Ok(());
    }
    testcase.write_inner_content(|writer| {
        for error in case.of(Severity::Error) {
            let failure = element(writer, "failure", &[("type", error.rule.code), ("message", &error.message)]);
            failure.write_text_content(BytesText::new(&details(error, reading)))?;
        }
        let warnings: String = case
            .of(Severity::Warning)
            .map(|warning| format!("warning[{}]: {}\n", warning.rule.code, details(warning, reading)))
            .collect();
        if !warnings.is_empty() {
            element(writer, "system-out", &[]).write_text_content(BytesText::new(&warnings))?;
        }
        Ok(())
    })?;
    Ok(())
}

fn element<'w>(writer: &'w mut Xml, tag: &'static str, attributes: &[(&str, &str)]) -> ElementWriter<'w, Vec<u8>> {
    let attributes = attributes.iter().map(|(name, value)| (*name, clean::line(value)));
    writer.create_element(tag).with_attributes(attributes)
}

/// Returns all there is to say, in clean lines: some readers show this text and not the failure's message. What is clean has
/// none of the characters that XML 1.0 lacks.
fn details(diagnostic: &Diagnostic, reading: &Reading) -> String {
    let mut text = clean::line(&diagnostic.file).into_owned();
    if let Some((start, _)) = range(diagnostic, reading) {
        text.push_str(&format!(":{}:{}", start.line, start.column));
    }
    text.push_str(&format!(": {}", clean::line(&diagnostic.message)));
    if !diagnostic.path.is_empty() {
        text.push_str(&format!("\npath: {}", clean::line(&diagnostic.path)));
    }
    if let Some(help) = &diagnostic.help {
        text.push_str(&format!("\nhelp: {}", clean::line(help)));
    }
    text
}

#[cfg(test)]
mod tests {
    use lambdactl_manifest::{Input, ReadOptions, read};

    use super::*;

    fn reading(manifest: &str) -> Reading {
        let inputs = vec![Input::Standard(manifest.as_bytes().to_vec())];
        read(&ReadOptions { inputs, ..ReadOptions::default() })
    }

    const FUNCTION: &str = "Runtime: python3.13, Handler: x, Role: 'arn:aws:iam::123456789012:role/r', \
                            Code: {S3Bucket: abc, S3Key: k}";

    #[test]
    fn each_function_is_a_test_and_so_is_the_file() {
        let xml = validation(&reading(&format!(
            "nmae: x\nfunctions:\n  a: {{{FUNCTION}}}\n  b: {{Timeout: 0, MemorySize: 1, {FUNCTION}}}\n"
        )));
        assert_eq!(
            xml.as_str(),
            r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="lambdactl validate" tests="3" failures="2" errors="0" skipped="0">
  <testsuite name="&lt;stdin&gt;" tests="3" failures="2" errors="0" skipped="0">
    <testcase name="&lt;stdin&gt;" classname="&lt;stdin&gt;">
      <failure type="L010" message="unknown key `nmae` in the manifest">&lt;stdin&gt;:1:1: unknown key `nmae` in the manifest
path: /nmae
help: did you mean `name`?</failure>
    </testcase>
    <testcase name="a" classname="&lt;stdin&gt;"/>
    <testcase name="b" classname="&lt;stdin&gt;">
      <failure type="L014" message="`Timeout` is 0, which is below the minimum of 1">&lt;stdin&gt;:4:16: `Timeout` is 0, which is below the minimum of 1
path: /functions/b/Timeout</failure>
      <failure type="L014" message="`MemorySize` is 1, which is below the minimum of 128">&lt;stdin&gt;:4:31: `MemorySize` is 1, which is below the minimum of 128
path: /functions/b/MemorySize</failure>
    </testcase>
  </testsuite>
</testsuites>
"#
        );
    }

    #[test]
    fn warnings_fail_nothing() {
        let mut reading = reading(&format!("functions:\n  a: {{Timeout: 0, {FUNCTION}}}\n"));
        reading.diagnostics[0].severity = Severity::Warning;
        let xml = validation(&reading);
        let xml = xml.as_str();
        assert!(xml.contains(r#"tests="2" failures="0""#) && !xml.contains("<failure"), "{xml}");
        assert!(xml.contains("<system-out>warning[L014]: &lt;stdin&gt;:2:16: `Timeout` is 0"), "{xml}");
    }

    #[test]
    fn characters_that_xml_lacks_are_shown() {
        let xml = validation(&reading("functions:\n  \"a\\u202e\\uffff]]>\": {\"k\\u202e\\uffff]]>\": 1}\n"));
        assert!(!xml.as_str().contains(['\u{202e}', '\u{ffff}']) && xml.as_str().contains("unknown key `k"), "{xml:?}");
        let mut reader = quick_xml::Reader::from_str(xml.as_str());
        while reader.read_event().unwrap() != Event::Eof {}
    }
}
