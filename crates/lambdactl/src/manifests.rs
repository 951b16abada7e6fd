use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use lambdactl_manifest::{DEFAULT_NAMES, Input, LARGEST, ReadOptions, Reading, read};
use lambdactl_schema::{Desired, Policy};

use crate::render::diagnostics;
use crate::{environment, output};

/// Flags of every command that reads manifests.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Manifest options")]
pub(crate) struct ManifestArguments {
    /// A manifest, a folder of manifests (every *.yaml, *.yml, *.toml and *.json in it), or `-` for standard input;
    /// may be given more than once. Default: lambda.yaml, .yml, .toml or .json here.
    #[arg(short = 'f', long = "file", value_name = "FILE")]
    files: Vec<PathBuf>,

    /// The value of `${var:NAME}` in manifests; may be given more than once.
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = name_and_value)]
    variables: Vec<(String, String)>,

    /// A folder that `${file:PATH}` in manifests may read from, beside the manifest's own; may be given more than once.
    #[arg(long = "allow-file", value_name = "DIR")]
    allowed_folders: Vec<PathBuf>,

    /// Let members and values that this version does not know through to the service, with a warning.
    #[arg(long)]
    allow_unknown: bool,

    /// The day by which to judge runtimes. Default: today.
    #[arg(long, value_name = "YYYY-MM-DD")]
    as_of: Option<Date>,
}

impl ManifestArguments {
    /// Reads the manifests.
    pub(crate) fn read(&self) -> anyhow::Result<Reading> {
        let options = ReadOptions {
            inputs: inputs(paths(&self.files)?)?,
            environment: environment::all(),
            variables: self.variables.iter().cloned().collect::<BTreeMap<_, _>>(),
            allowed_folders: self.allowed_folders.clone(),
            policy: Policy { allow_unknown: self.allow_unknown, as_of: self.as_of.unwrap_or(today().as_of) },
        };
        Ok(read(&options))
    }

    /// Reads the manifests for a command that goes on only when nothing is wrong with them; what is wrong is printed.
    pub(crate) fn read_valid(&self) -> anyhow::Result<Option<Desired>> {
        let reading = self.read()?;
        output::stderr(&diagnostics::render_problems(&reading));
        Ok(reading.is_valid().then_some(reading.desired))
    }

    /// Returns the folder that the first manifest is in.
    pub(crate) fn folder(&self) -> anyhow::Result<PathBuf> {
        let here = PathBuf::from(".");
        Ok(match paths(&self.files)?.into_iter().next() {
            Some(path) if is_standard(&path) => here,
            Some(path) if path.is_dir() => path,
            Some(path) => path.parent().filter(|parent| !parent.as_os_str().is_empty()).map_or(here, Path::to_owned),
            None => here,
        })
    }

    /// Whether standard input is a manifest, and so not there to answer questions.
    pub(crate) fn take_standard_input(&self) -> bool {
        self.files.iter().any(|path| is_standard(path))
    }
}

/// Returns the manifests that are meant: those that are named, or the one that is here.
pub(crate) fn paths(files: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    if !files.is_empty() {
        return Ok(files.to_vec());
    }
    let found: Vec<_> = DEFAULT_NAMES.into_iter().map(PathBuf::from).filter(|path| path.exists()).collect();
    match found.as_slice() {
        [] => bail!("no manifest here: looked for {}; name one with -f FILE", DEFAULT_NAMES.join(", ")),
        [_] => Ok(found),
        [first, second, ..] => {
            bail!("both {} and {} are here; say which with -f FILE", first.display(), second.display())
        }
    }
}

/// Opens manifests; standard input is read to its end.
pub(crate) fn inputs(paths: Vec<PathBuf>) -> anyhow::Result<Vec<Input>> {
    paths.into_iter().map(|path| if is_standard(&path) { standard() } else { Ok(Input::Path(path)) }).collect()
}

/// The strict policy of this day.
pub(crate) fn today() -> Policy {
    Policy { allow_unknown: false, as_of: TimeZone::UTC.to_datetime(Timestamp::now()).date() }
}

fn is_standard(path: &Path) -> bool {
    path == Path::new("-")
}

fn standard() -> anyhow::Result<Input> {
    // One byte more than a manifest may have is enough to be told that it is too large.
    const ENOUGH: u64 = LARGEST + 1;
    let mut bytes = Vec::new();
    std::io::stdin().lock().take(ENOUGH).read_to_end(&mut bytes).context("cannot read standard input")?;
    Ok(Input::Standard(bytes))
}

fn name_and_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("must be NAME=VALUE".to_owned()),
    }
}
