//! The documents of all inputs, parsed.

use std::path::PathBuf;

use lambdactl_schema::rules;

use crate::diagnostic::{Diagnostic, SyntaxError};
use crate::format::Format;
use crate::input::{Input, Loaded, load};
use crate::node::{Kind, Node};
use crate::reach::Reach;
use crate::source::Source;
use crate::span::SourceId;
use crate::{json, toml, yaml};

/// The documents of all inputs.
pub(crate) struct Parsed {
    pub(crate) sources: Vec<Source>,
    /// What the files can reach, by source.
    pub(crate) reaches: Vec<Reach>,
    /// Every document, in order.
    pub(crate) roots: Vec<Root>,
    /// What could not be read or parsed.
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// A document.
#[derive(Clone)]
pub(crate) struct Root {
    pub(crate) source: SourceId,
    /// Its number among those of its file.
    pub(crate) index: usize,
    pub(crate) node: Node,
}

impl Parsed {
    pub(crate) fn of(inputs: &[Input], allowed_folders: &[PathBuf]) -> Self {
        let (loaded, diagnostics) = load(inputs);
        let mut parsed = Self { sources: Vec::new(), reaches: Vec::new(), roots: Vec::new(), diagnostics };
        for Loaded { source, format, folder } in loaded {
            let id = SourceId(parsed.sources.len());
            let roots = parse(&source, id, format, &mut parsed.diagnostics).into_iter().enumerate();
            parsed.roots.extend(roots.map(|(index, node)| Root { source: id, index, node }));
            parsed.reaches.push(Reach::new(folder, allowed_folders));
            parsed.sources.push(source);
        }
        parsed
    }
}

/// Returns the documents of a text.
pub(crate) fn parse(source: &Source, id: SourceId, format: Format, diagnostics: &mut Vec<Diagnostic>) -> Vec<Node> {
    let parsed = match format {
        Format::Yaml => yaml::parse(source),
        Format::Toml => toml::parse(source),
        Format::Json => json::parse(source),
    };
    match parsed {
        Ok(mut roots) => {
            // `---` at the end of a file opens a document with nothing in it.
            roots.retain(|root| !matches!(root.kind, Kind::Null));
            if roots.is_empty() {
                let message = "the file has nothing but comments";
                diagnostics.push(
                    Diagnostic::file(&rules::UNREADABLE, &source.name, message)
                        .help("`functions:` and a list of functions is the least"),
                );
            }
            roots
        }
        Err(SyntaxError { rule, message, help, span }) => {
            let mut diagnostic = Diagnostic::file(rule, &source.name, message).at(id, span);
            diagnostic.help = help;
            diagnostics.push(diagnostic);
            Vec::new()
        }
    }
}
