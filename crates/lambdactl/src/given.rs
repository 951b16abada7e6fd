//! What the command line gives for references in manifests.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::Args;
use lambdactl_manifest::{Input, Kind, Node, parse_text, texts};
use lambdactl_schema::{LookedUp, ReferenceKind, Secrecy, plain_name};

use crate::trouble::Trouble;
use crate::{env_file, environment};

/// Flags that give values.
#[derive(Clone, Debug, Args)]
pub(crate) struct Given {
    /// The value of `${var:NAME}` in manifests; may be given more than once.
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = name_and_value, help_heading = HEADING)]
    pub(crate) variables: Vec<(String, String)>,

    /// A file with values of `${var:NAME}`: a flat map in YAML, TOML or JSON; --var goes before it. May be given more than once:
    /// the last one counts.
    #[arg(long = "var-file", value_name = "FILE", help_heading = HEADING)]
    variable_files: Vec<PathBuf>,

    /// A file with values of `${env:NAME}`, a line `NAME=VALUE` for each; the environment goes before it. May be given more than
    /// once: the last one counts.
    #[arg(long = "env-file", value_name = "FILE", help_heading = HEADING)]
    environment_files: Vec<PathBuf>,

    /// What stands in for a look-up, such as `ssm:/app/url=https://example.org`; may be given more than once.
    #[arg(long = "lookup", value_name = "REFERENCE=VALUE", value_parser = name_and_value, help_heading = HEADING)]
    lookups: Vec<(String, String)>,
}

/// As of the other flags of manifests.
const HEADING: &str = "Manifest options";

/// Takes a name and a value apart. What has no name is refused later: clap would repeat the whole text, which may be a secret
/// whose name was forgotten.
fn name_and_value(text: &str) -> Result<(String, String), Infallible> {
    let (name, value) = text.split_once('=').unwrap_or(("", text));
    Ok((name.to_owned(), value.to_owned()))
}

impl Given {
    /// Returns the values of variables: those of --var, else those of files.
    pub(crate) fn variables(&self) -> anyhow::Result<BTreeMap<String, String>> {
        once("--var", "NAME=VALUE", &self.variables)?;
        let mut variables = BTreeMap::new();
        for path in &self.variable_files {
            variables.extend(variables_of(path)?);
        }
        variables.extend(self.variables.iter().cloned());
        Ok(variables)
    }

    /// Returns the files that values come from.
    pub(crate) fn files(&self) -> impl Iterator<Item = &PathBuf> {
        self.variable_files.iter().chain(&self.environment_files)
    }

    /// Returns the environment, and what files say of variables that are not in it.
    pub(crate) fn environment(&self) -> anyhow::Result<BTreeMap<String, String>> {
        let mut variables = BTreeMap::new();
        for path in &self.environment_files {
            variables.extend(env_file::read(path)?);
        }
        variables.extend(environment::all());
        Ok(variables)
    }

    /// Returns what stands in for look-ups. What it is in the account is not known, so that it is kept as a secret wherever it may
    /// be one.
    pub(crate) fn looked_up(&self) -> anyhow::Result<BTreeMap<String, LookedUp>> {
        once("--lookup", "REFERENCE=VALUE", &self.lookups)?;
        let mut looked_up = BTreeMap::new();
        for (name, value) in &self.lookups {
            let kind = name.split_once(':').and_then(|(word, argument)| {
                let kind = ReferenceKind::of_word(word).filter(|kind| kind.is_lookup())?;
                kind.row().argument.takes(argument).then_some(kind)
            });
            let Some(kind) = kind else {
                bail!(
                    Trouble::new(format!("--lookup {} names no look-up", plain_name(name))).help(
                        "write what stands between `${` and `}`: `ssm:NAME=VALUE`, `secret:ID=VALUE`, `tfstate:PATH#OUTPUT=VALUE` or \
                         `stack:NAME#OUTPUT=VALUE`"
                    )
                );
            };
            let is_secret = matches!(kind.row().secrecy, Secrecy::Secret | Secrecy::AsTold);
            looked_up.insert(name.clone(), LookedUp { value: Ok(value.clone()), is_secret });
        }
        Ok(looked_up)
    }
}

/// Makes sure that each is a name and a value, and stands once.
fn once(flag: &str, form: &str, given: &[(String, String)]) -> anyhow::Result<()> {
    if let Some(index) = given.iter().position(|(name, _)| name.is_empty()) {
        bail!(
            Trouble::new(format!("{flag} number {} is not {form}", index + 1))
                .help("what was given is not shown, since it may be a secret")
        );
    }
    let mut names = BTreeSet::new();
    if let Some((name, _)) = given.iter().find(|(name, _)| !names.insert(name.as_str())) {
        bail!(Trouble::new(format!("{flag} {name} is given twice")).help("say which value is meant"));
    }
    Ok(())
}

/// Reads a file of variables.
fn variables_of(path: &Path) -> anyhow::Result<Vec<(String, String)>> {
    const HELP: &str = "a file of variables is a flat map in YAML, TOML or JSON: `NAME: VALUE`";
    let name = path.display();
    let (mut found, unreadable) = texts(&[Input::Path(path.to_owned())]);
    if let Some(diagnostic) = unreadable.first() {
        bail!(Trouble::new(format!("--var-file {name}: {}", diagnostic.message)).help(HELP));
    }
    let (Some(text), true) = (found.pop(), found.is_empty()) else {
        bail!(Trouble::new(format!("--var-file {name} is a folder")).help("name its files one by one"));
    };
    let roots = match parse_text(&text.name, &text.text, text.format) {
        Ok(roots) => roots,
        Err(reading) => {
            let message = reading.diagnostics.first().map(|diagnostic| {
                let place = diagnostic.place.map(|place| reading.sources[place.source.0].position(place.span.start));
                let line = place.map(|position| format!("line {}: ", position.line)).unwrap_or_default();
                format!("{line}{}", diagnostic.message)
            });
            bail!(Trouble::new(format!("--var-file {name}: {}", message.unwrap_or_default())).help(HELP));
        }
    };
    let [Node { kind: Kind::Map(entries), .. }] = roots.as_slice() else {
        bail!(Trouble::new(format!("--var-file {name} is no map")).help(HELP));
    };
    let mut variables = Vec::with_capacity(entries.len());
    for entry in entries {
        let value = match &entry.value.kind {
            Kind::String(text) => text.clone(),
            Kind::Number(number) => number.to_string(),
            Kind::Bool(value) => value.to_string(),
            Kind::Null | Kind::List(_) | Kind::Map(_) => bail!(
                Trouble::new(format!("--var-file {name}: `{}` is no text, number or boolean", plain_name(&entry.key)))
                    .help(HELP)
            ),
        };
        variables.push((entry.key.clone(), value));
    }
    Ok(variables)
}
