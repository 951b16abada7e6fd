use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use lambdactl_diff::{SealedInputs, SealedPlan};
use lambdactl_manifest::{
    DEFAULT_NAMES, Input, LARGEST, ReadOptions, Reading, Rendered, UnknownValues, read, read_each, read_everywhere,
    render,
};
use lambdactl_schema::{Desired, Policy};

use crate::flags::Global;
use crate::given::Given;
use crate::render::diagnostics;
use crate::text::text;
use crate::trouble::Trouble;
use crate::{environment, output, saved_plan};

/// Flags of every command that reads manifests.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Manifest options")]
pub(crate) struct ManifestArguments {
    /// A manifest, a folder of manifests, or `-` for standard input; the same as -f.
    // With the other arguments of a command, not with the options.
    #[arg(value_name = "FILE", help_heading = None::<&'static str>)]
    named: Vec<PathBuf>,

    #[command(flatten)]
    flags: ManifestFlags,
}

/// The same for a command that takes its manifests by `-f` only, because names of functions stand where they would.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Manifest options")]
pub(crate) struct ManifestFlags {
    /// A manifest, a folder of manifests (every *.yaml, *.yml, *.toml and *.json in it), or `-` for standard input;
    /// may be given more than once. Default: lambda.yaml, .yml, .toml or .json here.
    #[arg(short = 'f', long = "file", value_name = "FILE")]
    files: Vec<PathBuf>,

    /// The stage that is meant, where manifests have stages; also `${stage}` in them. Default: LAMBDACTL_STAGE.
    #[arg(long, value_name = "NAME")]
    stage: Option<String>,

    /// Only the locations whose names match, where manifests have locations; `*` and `?` stand for any characters. May be given
    /// more than once.
    #[arg(long = "location", value_name = "GLOB")]
    locations: Vec<String>,

    #[command(flatten)]
    given: Given,

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

impl ManifestFlags {
    /// Whether a manifest is named.
    pub(crate) fn are_given(&self) -> bool {
        !self.files.is_empty()
    }

    /// Whether a manifest is named or stands here.
    pub(crate) fn are_there(&self) -> bool {
        self.are_given() || !here().is_empty()
    }

    /// Returns them as arguments.
    pub(crate) fn arguments(&self) -> ManifestArguments {
        ManifestArguments { named: Vec::new(), flags: self.clone() }
    }
}

impl ManifestArguments {
    /// Reads the manifests for every stage and location that is meant.
    pub(crate) fn read_everywhere(&self, global: &Global, unknown: UnknownValues) -> anyhow::Result<Reading> {
        Ok(self.read_with_options(global, unknown, &mut read_everywhere)?.0)
    }

    /// Returns the stage that is meant.
    fn stage(&self) -> Option<String> {
        self.flags.stage.clone().or_else(|| environment::get(environment::LAMBDACTL_STAGE))
    }

    /// Reads the manifests and, where nothing is wrong with them, writes them out after defaults and references. What is wrong is
    /// printed.
    pub(crate) fn render(&self, global: &Global) -> anyhow::Result<Option<Rendered>> {
        let (reading, options) = self.read_with_options(global, UnknownValues::Noted, &mut read)?;
        output::stderr(&diagnostics::render_problems(&reading));
        Ok(reading.is_valid().then(|| render(&options)))
    }

    fn read_with_options(
        &self,
        global: &Global,
        unknown: UnknownValues,
        with: &mut dyn FnMut(&ReadOptions) -> Reading,
    ) -> anyhow::Result<(Reading, ReadOptions)> {
        let options = self.options(global, unknown)?;
        let reading = with(&options);
        self.tell_unused(&reading);
        Ok((reading, options))
    }

    /// Returns what the manifests are read with.
    pub(crate) fn options(&self, global: &Global, unknown: UnknownValues) -> anyhow::Result<ReadOptions> {
        let given = &self.flags.given;
        Ok(ReadOptions {
            inputs: inputs(paths(&self.named())?)?,
            stage: self.stage(),
            locations: self.flags.locations.clone(),
            region: global.region.clone().or_else(|| environment::of_aws().region),
            environment: given.environment()?,
            variables: given.variables()?,
            looked_up: given.looked_up()?,
            allowed_folders: self.flags.allowed_folders.clone(),
            policy: Policy {
                allow_unknown: self.flags.allow_unknown,
                as_of: self.flags.as_of.unwrap_or(today().as_of),
            },
            unknown,
        })
    }

    fn tell_unused(&self, reading: &Reading) {
        let given = &self.flags.given;
        // One that the manifests do not refer to is likely misspelt.
        let is_used = |name: &str| reading.sources.iter().any(|source| refers_to(&source.text, name));
        let were_read = !reading.sources.is_empty();
        for (name, _) in given.variables.iter().filter(|(name, _)| were_read && !is_used(name)) {
            output::stderr(&text!("warning: --var {}: no manifest refers to it\n", name));
        }
        if let Some(stage) = self.flags.stage.as_ref().filter(|_| were_read && reading.stages.is_empty())
            && !reading.sources.iter().any(|source| source.text.contains("${stage}"))
        {
            output::stderr(&text!("warning: --stage {}: no manifest has stages or refers to one\n", stage));
        }
    }

    /// Reads the manifests for each location that is meant. Returns what is wrong, which nobody was told yet, a reading for each of
    /// them, and what they were read with.
    pub(crate) fn read_each(&self, global: &Global) -> anyhow::Result<(Reading, Vec<Reading>, ReadOptions)> {
        let mut each = Vec::new();
        let mut keep = |options: &ReadOptions| {
            let (told, readings) = read_each(options);
            each = readings;
            told
        };
        let (told, options) = self.read_with_options(global, UnknownValues::Refused, &mut keep)?;
        Ok((told, each, options))
    }

    /// Reads the manifests for one location, in the same way.
    pub(crate) fn read_one(&self, global: &Global) -> anyhow::Result<(Reading, ReadOptions)> {
        self.read_with_options(global, UnknownValues::Refused, &mut read)
    }

    /// Reads the manifests for a command that works without a network, and plans nothing. What is wrong is printed, and then there is
    /// nothing.
    pub(crate) fn read_offline(&self, global: &Global) -> anyhow::Result<Option<Desired>> {
        let reading = self.read_with_options(global, UnknownValues::Noted, &mut read)?.0;
        output::stderr(&diagnostics::render_problems(&reading));
        Ok(reading.is_valid().then_some(reading.desired))
    }

    /// Returns the files that are named, in either way.
    pub(crate) fn named(&self) -> Vec<PathBuf> {
        self.named.iter().chain(&self.flags.files).cloned().collect()
    }

    /// Returns every file that is read for the manifests' own texts, whether it is there or not.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let named = self.named();
        let manifests = if named.is_empty() { DEFAULT_NAMES.map(PathBuf::from).to_vec() } else { named };
        manifests.into_iter().chain(self.flags.given.files().cloned()).collect()
    }

    /// Returns what a plan that is saved there keeps of what was read: names, and no value.
    pub(crate) fn sealed(&self, reading: &Reading, plan: &Path) -> anyhow::Result<SealedInputs> {
        let manifests = paths(&self.named())?.into_iter().map(|path| saved_plan::relative(&path, plan));
        let referred: BTreeSet<&str> =
            reading.sources.iter().flat_map(|source| environment_names(&source.text)).collect();
        let set = self.flags.given.environment()?;
        Ok(SealedInputs {
            manifests: manifests.collect::<Result<_, _>>()?,
            stage: self.stage(),
            locations: self.flags.locations.clone(),
            variables: self.flags.given.variables()?.into_keys().collect(),
            environment: referred.into_iter().filter(|name| set.contains_key(*name)).map(str::to_owned).collect(),
            allow_unknown: self.flags.allow_unknown,
            as_of: self.flags.as_of.map(|day| day.to_string()),
        })
    }

    /// Returns the arguments by which a saved plan's manifests are read again. Values come from the command line and the
    /// environment, as they did when the plan was made.
    pub(crate) fn of_saved(&self, path: &Path, sealed: &SealedPlan) -> anyhow::Result<Self> {
        let SealedInputs { manifests, stage, locations, variables, environment, allow_unknown, as_of } = &sealed.inputs;
        if manifests.is_empty() {
            bail!("{} names no manifest", path.display());
        }
        if self.flags.stage.is_some() || !self.flags.locations.is_empty() {
            bail!(
                Trouble::new("a saved plan says itself what stage and locations it is for")
                    .help("leave out --stage and --location, or make another plan")
            );
        }
        let (given, set) = (self.flags.given.variables()?, self.flags.given.environment()?);
        let missing =
            variables.iter().filter(|name| !given.contains_key(*name)).map(|name| format!("--var {name}=VALUE"));
        let unset = environment.iter().filter(|name| !set.contains_key(*name));
        let missing: Vec<String> =
            missing.chain(unset.map(|name| format!("the environment variable {name}"))).collect();
        if !missing.is_empty() {
            bail!(
                Trouble::new(format!("{} was made with values that are not given now", path.display()))
                    .list(missing)
                    .help("a plan keeps their names only: give them again")
            );
        }
        let as_of = match as_of {
            Some(day) => Some(day.parse().ok().with_context(|| format!("{} has a day that is none", path.display()))?),
            None => None,
        };
        Ok(Self {
            named: manifests.iter().map(|name| saved_plan::resolved(name, path)).collect::<Result<_, _>>()?,
            flags: ManifestFlags {
                files: Vec::new(),
                stage: stage.clone(),
                locations: locations.clone(),
                allow_unknown: self.flags.allow_unknown || *allow_unknown,
                as_of: self.flags.as_of.or(as_of),
                ..self.flags.clone()
            },
        })
    }

    /// Returns the folder that the first manifest is in.
    pub(crate) fn folder(&self) -> anyhow::Result<PathBuf> {
        let here = PathBuf::from(".");
        Ok(match paths(&self.named())?.into_iter().next() {
            Some(path) if is_standard(&path) => here,
            Some(path) if path.is_dir() => path,
            Some(path) => path.parent().filter(|parent| !parent.as_os_str().is_empty()).map_or(here, Path::to_owned),
            None => here,
        })
    }

    /// Whether standard input is a manifest, and so not there to answer questions.
    pub(crate) fn take_standard_input(&self) -> bool {
        self.named().iter().any(|path| is_standard(path))
    }
}

/// The manifests in the working directory that need not be named.
fn here() -> Vec<PathBuf> {
    DEFAULT_NAMES.into_iter().map(PathBuf::from).filter(|path| path.exists()).collect()
}

/// Returns the manifests that are meant: those that are named, or the one that is here.
pub(crate) fn paths(files: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    if !files.is_empty() {
        saved_plan::refuse_among(files)?;
        return Ok(files.to_vec());
    }
    let found = here();
    match found.as_slice() {
        [] => bail!("no manifest here: looked for {}; name one", DEFAULT_NAMES.join(", ")),
        [_] => Ok(found),
        [first, second, ..] => {
            bail!("both {} and {} are here; say which", first.display(), second.display())
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
    if SealedPlan::is_one(&bytes) {
        bail!("standard input is a saved plan, and a manifest is needed; a saved plan is named as a file");
    }
    Ok(Input::Standard(bytes))
}

/// Returns the names that a text refers to as `${env:NAME}`, whatever stands behind the name.
fn environment_names(text: &str) -> impl Iterator<Item = &str> {
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    text.split("${env:").skip(1).filter_map(move |rest| {
        let end = rest.find(|letter| !is_name(letter))?;
        (end > 0 && rest[end..].starts_with(['}', ':', '?'])).then(|| &rest[..end])
    })
}

/// Whether a text has `${var:NAME}`, or one whose name ends in another reference and may turn out to be this.
fn refers_to(text: &str, name: &str) -> bool {
    text.match_indices("${var:").any(|(at, start)| {
        let written = &text[at + start.len()..];
        let Some(end) = written.find(['}', '$']).filter(|_| !text[..at].ends_with('$')) else { return false };
        let (fixed, rest) = written.split_at(end);
        if rest.starts_with('}') { fixed == name } else { name.starts_with(fixed) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_environment_are_found_in_a_text() {
        let text =
            "a: ${env:A}\nb: '${env:B:-${env:C}}' # ${env:D?} ${env:${stage}} ${env:} ${env:E ${var:F}\nc: ${env:G";
        assert_eq!(environment_names(text).collect::<Vec<_>>(), ["A", "B", "C", "D"]);
    }

    #[test]
    fn variables_are_used_under_their_whole_names() {
        for (text, used, unused) in [
            ("a: ${var:name}", &["name"][..], &["na", "nam", "names", "ame", ""][..]),
            ("a: x-${var:a}-${var:b.c}", &["a", "b.c"], &["b", "c"]),
            ("a: ${env:A:-${var:inner}}", &["inner"], &["in"]),
            ("a: ${env:${var:name}}", &["name"], &["env"]),
            // Which one is meant is known only when the reference within is resolved.
            ("a: ${var:db-${var:stage}}", &["db-prod", "db-", "stage"], &["db", "prod"]),
            ("a: ${var:${env:X}}", &["any"], &[]),
            ("a: $${var:literal} var:bare ${var:open", &[], &["literal", "bare", "open"]),
        ] {
            assert!(used.iter().all(|name| refers_to(text, name)), "{text}: {used:?}");
            assert!(!unused.iter().any(|name| refers_to(text, name)), "{text}: {unused:?}");
        }
    }
}
