use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use lambdactl_schema::rules::Severity;
use lambdactl_schema::{Desired, LookedUp, Policy};

use crate::diagnostic::Diagnostic;
use crate::input::Input;
use crate::references::UnknownValues;
use crate::source::Source;
use crate::span::SourceId;

/// What to read, what references may refer to, and how strictly to judge.
#[derive(Clone, Debug, Default)]
pub struct ReadOptions {
    /// The manifests.
    pub inputs: Vec<Input>,
    /// The stage, where one is chosen.
    pub stage: Option<String>,
    /// Patterns of names of locations; none for all of them.
    pub locations: Vec<String>,
    /// The region of this run, where the manifest does not say one.
    pub region: Option<String>,
    /// The environment, for `${env:NAME}`.
    pub environment: BTreeMap<String, String>,
    /// The variables of the command line, for `${var:NAME}`.
    pub variables: BTreeMap<String, String>,
    /// What services said of references, by what stands between `${` and `}`, such as `ssm:/app/url`.
    pub looked_up: BTreeMap<String, LookedUp>,
    /// Folders beside the manifest's own that `${file:PATH}` may read from.
    pub allowed_folders: Vec<PathBuf>,
    /// How strictly to judge, and by which day.
    pub policy: Policy,
    /// What becomes of references that cannot be resolved here.
    pub unknown: UnknownValues,
}

/// What came out of reading.
#[derive(Debug, Default)]
pub struct Reading {
    /// What the manifests ask for; to be used only when there are no errors. Values that are not known are `*` in texts,
    /// and any other value of their type: with [`UnknownValues::Noted`] these functions are not to be planned with.
    pub desired: Desired,
    /// The stage that was read; absent where every one was, or where the manifests have none.
    pub stage: Option<String>,
    /// The names of the stages that the manifests have.
    pub stages: BTreeSet<String>,
    /// Every function that has a name, with or without errors, in the order of the manifests.
    pub declared: Vec<Declared>,
    /// Where each function of a valid reading's `desired` is declared, with its name, where a message may repeat that.
    pub(crate) places: Vec<(FunctionPlace, Option<String>)>,
    /// The texts, for excerpts.
    pub sources: Arc<Vec<Source>>,
    /// Everything that is wrong, by file and place.
    pub diagnostics: Vec<Diagnostic>,
}

/// A function that a manifest declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// Its name, or the reference to the environment or a file that brings it in.
    pub name: String,
    /// Where it is declared.
    pub source: SourceId,
}

/// Where a function is declared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct FunctionPlace {
    pub(crate) source: SourceId,
    /// The number of its document in that source.
    pub(crate) document: usize,
    /// JSON pointer in the document.
    pub(crate) path: String,
}

impl Reading {
    /// A reading of files that could not be read.
    pub fn of_unreadable(diagnostics: Vec<Diagnostic>) -> Self {
        Self { diagnostics, ..Self::default() }
    }

    /// How many functions the manifests declare, in any of the stages and locations that were read.
    pub fn function_count(&self) -> usize {
        self.places.len()
    }

    /// Whether there are no errors.
    pub fn is_valid(&self) -> bool {
        self.diagnostics.iter().all(|diagnostic| diagnostic.severity != Severity::Error)
    }
}
