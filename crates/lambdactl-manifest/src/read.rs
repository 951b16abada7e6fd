use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use lambdactl_schema::{Desired, Validator, rules};

use crate::diagnostic::{Diagnostic, Severity, SyntaxError};
use crate::document::{Document, Setting, Surroundings, take_apart};
use crate::function::{ReadFunction, read_function};
use crate::input::{Format, Input, Loaded, load};
use crate::node::{Kind, Node};
use crate::references::Values;
use crate::source::{Place, Source, SourceId};
use crate::{json, masks, toml, yaml};

/// What to read, and what references may refer to.
#[derive(Clone, Debug, Default)]
pub struct ReadOptions {
    /// The manifests.
    pub inputs: Vec<Input>,
    /// The environment, for `${env:NAME}`.
    pub environment: BTreeMap<String, String>,
    /// The variables of the command line, for `${var:NAME}`.
    pub variables: BTreeMap<String, String>,
}

/// What came out of reading.
#[derive(Debug)]
pub struct Reading {
    /// What the manifests ask for; to be used only when there are no errors.
    pub desired: Desired,
    /// Every function that has a name, with or without errors, in the order of the manifests.
    pub declared: Vec<Declared>,
    /// The texts, for excerpts.
    pub sources: Vec<Source>,
    /// Everything that is wrong, by file and place.
    pub diagnostics: Vec<Diagnostic>,
}

/// A function that a manifest declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// Its name.
    pub name: String,
    /// Where it is declared.
    pub source: SourceId,
}

impl Reading {
    /// Whether there are no errors.
    pub fn is_valid(&self) -> bool {
        self.diagnostics.iter().all(|diagnostic| diagnostic.severity != Severity::Error)
    }
}

/// Reads manifests, checks every function and returns all that is wrong at once.
///
/// Never fails and never panics: a file that cannot be read is a diagnostic like any other.
pub fn read(options: &ReadOptions) -> Reading {
    let validator = Validator::new();
    let (loaded, mut diagnostics) = load(&options.inputs);
    let mut gathered = Gathered::default();
    let mut sources = Vec::with_capacity(loaded.len());
    for Loaded { mut source, format, folder } in loaded {
        let id = SourceId(sources.len());
        let parsed = match format {
            Format::Yaml => yaml::parse(&source),
            Format::Toml => toml::parse(&source),
            Format::Json => json::parse(&source),
        };
        match parsed {
            Ok(documents) => {
                source.hide(documents.iter().flat_map(masks::secrets).collect());
                gathered.take_file(documents, id, &source.name, folder, options, &validator, &mut diagnostics);
            }
            Err(SyntaxError { rule, message, help, span }) => {
                source.hide(masks::guessed_secrets(&source.text));
                let mut diagnostic = Diagnostic::file(rule, &source.name, message).at(id, span);
                diagnostic.help = help;
                diagnostics.push(diagnostic);
            }
        }
        sources.push(source);
    }
    let declared = gathered.declared();
    let desired = gathered.into_desired(&sources, &mut diagnostics);
    tidy(&mut diagnostics);
    Reading { desired, declared, sources, diagnostics }
}

/// What the documents read so far ask for together.
#[derive(Default)]
struct Gathered {
    functions: Vec<(SourceId, ReadFunction)>,
    names: Vec<(SourceId, Setting)>,
    regions: Vec<(SourceId, Setting)>,
    accounts: Vec<(SourceId, Setting)>,
}

impl Gathered {
    #[expect(clippy::too_many_arguments, reason = "one call, each of another kind")]
    fn take_file(
        &mut self,
        documents: Vec<Node>,
        source: SourceId,
        file: &str,
        folder: PathBuf,
        options: &ReadOptions,
        validator: &Validator,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        // `---` at the end of a file opens a document with nothing in it.
        let documents: Vec<_> = documents.into_iter().filter(|node| !matches!(node.kind, Kind::Null)).collect();
        if documents.is_empty() {
            let message = "the file has nothing but comments";
            diagnostics.push(
                Diagnostic::file(&rules::UNREADABLE, file, message)
                    .help("`functions:` and a list of functions is the least"),
            );
        }
        let values = Values { environment: &options.environment, variables: &options.variables, folder: &folder };
        let surroundings = Surroundings { source, file, values, validator };
        for root in documents {
            let mut document = take_apart(root, &surroundings, diagnostics);
            for entry in std::mem::take(&mut document.functions) {
                let function = read_function(entry, &document, &surroundings, diagnostics);
                self.functions.push((source, function));
            }
            check_defaults(&document, &surroundings, diagnostics);
            self.names.extend(document.name.map(|setting| (source, setting)));
            self.regions.extend(document.region.map(|setting| (source, setting)));
            self.accounts.extend(document.account.map(|setting| (source, setting)));
        }
    }

    fn declared(&self) -> Vec<Declared> {
        let named = |(source, function): &(SourceId, ReadFunction)| {
            Some(Declared { name: function.name.clone()?, source: *source })
        };
        self.functions.iter().filter_map(named).collect()
    }

    fn into_desired(self, sources: &[Source], diagnostics: &mut Vec<Diagnostic>) -> Desired {
        let mut desired = Desired {
            name: agreed("name", &self.names, sources, diagnostics),
            region: agreed("region", &self.regions, sources, diagnostics),
            account: agreed("account", &self.accounts, sources, diagnostics),
            functions: Vec::with_capacity(self.functions.len()),
        };
        let mut seen: HashMap<String, Place> = HashMap::new();
        for (source, function) in self.functions {
            if let Some(name) = function.name {
                let place = Place { source, span: function.name_span };
                if let Some(first) = seen.get(&name) {
                    let other = &sources[first.source.0];
                    let line = other.position(first.span.start).line;
                    diagnostics.push(
                        Diagnostic::file(
                            &rules::DUPLICATE_FUNCTION,
                            &sources[source.0].name,
                            format!("a function `{name}` is already declared at {}:{line}", other.name),
                        )
                        .at(source, function.name_span)
                        .path(function.path)
                        .function(Some(&name)),
                    );
                } else {
                    seen.insert(name, place);
                }
            }
            desired.functions.extend(function.spec);
        }
        desired
    }
}

/// Checks what no function has shown to be wrong: defaults of a manifest without functions, or overridden everywhere.
fn check_defaults(document: &Document, surroundings: &Surroundings<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let Some(defaults) = &document.defaults else { return };
    for violation in surroundings.validator.check_defaults(&defaults.to_value()) {
        if document.failed_defaults.contains(&violation.pointer) {
            continue;
        }
        let (span, path) = match &violation.anchor {
            lambdactl_schema::Anchor::Value => {
                (defaults.pointer(&violation.pointer).map(|node| node.span), String::new())
            }
            lambdactl_schema::Anchor::Key(key) => (
                defaults.pointer(&violation.pointer).and_then(|node| node.entry(key)).map(|entry| entry.key_span),
                format!("/{}", crate::node::escape(key)),
            ),
        };
        let mut diagnostic = Diagnostic::file(violation.rule, surroundings.file, violation.message)
            .at(surroundings.source, span.unwrap_or(defaults.span))
            .path(format!("/defaults{}{path}", violation.pointer));
        diagnostic.help = violation.help;
        // `Code: ./app.zip` as a default is judged where it is used.
        if !(violation.pointer == "/Code" && defaults.get("Code").is_some_and(|code| code.as_str().is_some())) {
            diagnostics.push(diagnostic);
        }
    }
}

/// Returns the one value that all documents give, and reports those that give another.
fn agreed(
    key: &str,
    settings: &[(SourceId, Setting)],
    sources: &[Source],
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<String> {
    let (first_source, first) = settings.first()?;
    for (source, setting) in &settings[1..] {
        if setting.value != first.value {
            let other = &sources[first_source.0];
            let line = other.position(first.span.start).line;
            diagnostics.push(
                Diagnostic::file(
                    &rules::CONFLICT,
                    &sources[source.0].name,
                    format!("`{key}` is `{}` here and `{}` at {}:{line}", setting.value, first.value, other.name),
                )
                .at(*source, setting.span)
                .path(format!("/{key}")),
            );
        }
    }
    Some(first.value.clone())
}

/// Sorts by place, and folds what one value breaks in many functions into one diagnostic.
fn tidy(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by_cached_key(|diagnostic| {
        let place = diagnostic.place.map_or((0, 0, 0), |place| (1, place.source.0, place.span.start));
        (place, diagnostic.rule.code, diagnostic.message.clone())
    });
    diagnostics.dedup_by(|later, first| {
        let same = first.place.is_some()
            && first.place == later.place
            && first.rule == later.rule
            && first.message == later.message;
        if same && later.function != first.function {
            first.also.extend(later.function.take());
        }
        same
    });
}
