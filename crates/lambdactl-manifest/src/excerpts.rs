//! What an excerpt shows of a line.

use crate::format::Format;
use crate::masks::Masks;
use crate::source::Source;
use crate::{covers, json, toml, yaml};

impl Source {
    /// Returns a line (from 1) without its end, and the offset at which it begins. What is not known to be no secret is
    /// replaced by asterisks, byte for byte, so that offsets stay true; that goes for comments, for members that are not
    /// known, and for every value of a text that cannot be parsed.
    pub fn line(&self, line: usize) -> (String, u32) {
        let start = self.lines[line - 1];
        let end = self.lines.get(line).copied().unwrap_or(self.text.len() as u32);
        let whole = &self.text[start as usize..end as usize];
        let text = whole.trim_end_matches(['\n', '\r']);
        (self.masks.get_or_init(|| self.look_for_masks()).hide(text, start as usize), start)
    }

    fn look_for_masks(&self) -> Masks {
        let parsed = match self.format {
            Format::Yaml => yaml::parse(self),
            Format::Toml => toml::parse(self),
            Format::Json => json::parse(self),
        };
        match parsed {
            Ok(roots) => covers::of_documents(&self.text, &roots),
            Err(_) => Masks::Broken(self.format),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, format: Format) -> String {
        let source = Source::new("x".into(), text.into(), format);
        (1..=source.line_count()).map(|line| source.line(line).0 + "\n").collect()
    }

    #[test]
    fn broken_text_shows_names_and_no_value() {
        use Format::{Json, Toml, Yaml};
        for (format, text) in [
            (Yaml, "Environment:\n  Variables:\n    A1: s3cret\n   B1: s3cret\nTimeout: [\n"),
            (Yaml, "Environment: {Variables: {A1: s3cret, B1: s3cret}\nTimeout: 3\n"),
            (Yaml, "Environment:\n  Variables:\n\t\tA1: s3cret\n"),
            (Yaml, "Environment: {Variables: {A: \"}\", TOKEN: \"s3cret\" \"x\"}}\n"),
            (Yaml, "Variables:\n  A: x\n# s3cret\nTOKEN: \"s3cret\n"),
            (Yaml, "Variabels:\n  PEM: |\n    s3cret\n    s3cret: x\n    S3CRETS3CRET1234: x\n  x: [\n"),
            (Yaml, "A: 's3cret: x\n"),
            (Yaml, "- s3cret\n- \"s3cret\": \"\n"),
            (Json, "{\"Environment\": {\"Variables\": {\"A1\": \"s3cret\", }}}"),
            (Json, "{\"Vars\": {\n  \"TOKEN\": \"a\"\n  \"B\": \"s3cret\"\n}}\n"),
            (Json, "{\"A\": {\n\"s3cret\": \"B\"}"),
            (Toml, "[functions.Environment.Variables]\nA1 = \"s3cret\"\nB1 = = \"s3cret\"\n[next]\n"),
            (Toml, "Environment.Variables.A1 = \"s3cret\n"),
            (Toml, "[functions.s3cret]\nA = '''\nabcds3cret=\ns3cret = \"x\"\nJBSWY3S3CRET==\n"),
        ] {
            let shown = shown(text, format);
            assert!(!shown.to_lowercase().contains("s3cret"), "{shown}");
        }
        assert_eq!(shown("Timeout: x y\n  - Handler: [\n", Yaml), "Timeout: * *\n  - Handler: *\n\n");
        assert_eq!(shown("  \"TOKEN\": \"x\"\n", Json), "  \"TOKEN\": ***\n\n");
        assert_eq!(shown("TOKEN = \"x\n", Toml), "TOKEN = **\n\n");
        assert_eq!(shown("[[functions.Tags]\nx", Toml), "[[functions*Tags*\n*\n");
    }
}
