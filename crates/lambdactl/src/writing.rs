use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::{Args, ValueEnum};
use lambdactl_manifest::Format;
use lambdactl_write::Written;

use crate::files::{Secrecy, check_new, write_new, write_variables};
use crate::output;
use crate::render::style::count;
use crate::text::{Text, text};
use crate::trouble::Trouble;

/// Where a command puts the manifest that it makes, and how.
#[derive(Clone, Debug, Args)]
pub(crate) struct Writing {
    /// The file to write; it must not exist. Default: standard output.
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,

    /// What to write. Default: what the file's name says, else yaml.
    #[arg(long, value_name = "FORMAT", value_enum)]
    format: Option<ManifestFormat>,

    /// Write values of environment variables into the manifest, instead of references.
    #[arg(long)]
    pub(crate) show_values: bool,

    /// Write the values that references stand for to this file, for `set -a; . FILE; set +a`. It must not exist, and
    /// only you may read it. Other commands read it with --env-file.
    #[arg(long = "write-env-file", alias = "env-file", value_name = "FILE", conflicts_with = "show_values")]
    env_file: Option<PathBuf>,
}

/// The languages of manifests.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ManifestFormat {
    Yaml,
    Toml,
    Json,
}

impl ManifestFormat {
    /// Returns the language.
    pub(crate) fn language(self) -> Format {
        match self {
            Self::Yaml => Format::Yaml,
            Self::Toml => Format::Toml,
            Self::Json => Format::Json,
        }
    }
}

impl Writing {
    /// Returns the file that the manifest is to be in.
    pub(crate) fn out(&self) -> Option<&Path> {
        self.out.as_deref()
    }

    /// Returns the manifest's language, and makes sure that no file is in the way. To be called before any work.
    pub(crate) fn format(&self) -> anyhow::Result<Format> {
        for path in self.out.iter().chain(&self.env_file) {
            check_new(path)?;
        }
        match (self.format, &self.out) {
            (Some(format), _) => Ok(format.language()),
            (None, None) => Ok(Format::Yaml),
            (None, Some(path)) => match Format::of(path) {
                Some(format) => Ok(format),
                None => bail!(
                    Trouble::new(format!("{} does not say whether it is YAML, TOML or JSON", path.display()))
                        .help("pass --format")
                ),
            },
        }
    }

    /// Writes the manifest and the file with the values.
    pub(crate) fn write(&self, written: &Written) -> anyhow::Result<()> {
        match &self.out {
            Some(path) => write_new(path, &written.text, Secrecy::of(self.show_values))?,
            None => output::document(&written.text)?,
        }
        match &self.env_file {
            Some(path) => write_variables(path, &written.values),
            None => Ok(()),
        }
    }

    /// Says where the manifest went: ` into FILE`, or nothing.
    pub(crate) fn place(&self) -> Text {
        self.out.as_ref().map(|path| text!(" into {}", path)).unwrap_or_default()
    }

    /// Tells people what became of the values: what could not be kept, and how to get at those that became references, if they
    /// have not asked for them.
    pub(crate) fn tell_of_values(&self, written: &Written) {
        for note in &written.notes {
            output::stderr(&text!("note: {}\n", note));
        }
        if !written.values.is_empty() && self.env_file.is_none() {
            output::stderr(&text!(
                "note: the manifest refers to {}; `--write-env-file FILE` writes their values to a file\n",
                count(written.values.len(), "environment variable"),
            ));
        }
    }
}
