use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use lambdactl_convert::{Converted, Note, Tool, convert};
use lambdactl_diff::fields;
use lambdactl_manifest::{Format, LARGEST};
use lambdactl_write::{Style, Written, manifest};
use serde_json::{Map, json};

use crate::commands::import::{ManifestFormat, format_of};
use crate::exit::Exit;
use crate::files::{Secrecy, write_new, write_variables};
use crate::output;
use crate::render::style::count;

/// Make a manifest of what another tool keeps.
///
/// Reads a lambroll function.json, a SAM or CloudFormation template, a serverless.yml, or what `terraform show -json`
/// prints of a plan or a state. What a manifest cannot say is listed on standard error; nothing is dropped in silence.
/// What only the other tool knows becomes a reference.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The file; `-` for standard input.
    file: PathBuf,

    /// The file to write; it must not exist. Default: standard output.
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,

    /// What to write. Default: what the file's name says, else yaml.
    #[arg(long, value_name = "FORMAT", value_enum)]
    format: Option<ManifestFormat>,

    /// Write the values of environment variables that Terraform keeps, instead of references. What stands in a template is
    /// written either way.
    #[arg(long)]
    show_values: bool,

    /// Write the values that such references stand for to this file, for `set -a; . FILE; set +a`. It must not exist, and
    /// only you may read it.
    #[arg(long, value_name = "FILE", conflicts_with = "show_values")]
    env_file: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let format = format_of(arguments.format, arguments.out.as_deref())?;
    for path in arguments.out.iter().chain(&arguments.env_file) {
        if path.exists() {
            bail!("{} is there already; nothing was written", path.display());
        }
    }
    let name = arguments.file.display();
    let converted = convert(&text_of(&arguments.file)?).with_context(|| format!("cannot convert {name}"))?;
    let Written { text, values } = written(&converted, format, arguments.show_values);
    match &arguments.out {
        Some(path) => write_new(path, &text, Secrecy::of(arguments.show_values))?,
        None => output::stdout(&text),
    }
    let Converted { tool, functions, notes, .. } = &converted;
    let place = arguments.out.as_ref().map(|path| format!(" into {}", path.display())).unwrap_or_default();
    output::stderr(&format!("Converted {} from a {}{place}.\n", count(functions.len(), "function"), tool.as_str()));
    output::stderr(&report(notes));
    if let Some(path) = &arguments.env_file {
        write_variables(path, &values)?;
    } else if !values.is_empty() {
        output::stderr(&format!(
            "note: the manifest refers to {}; `--env-file FILE` writes their values to a file\n",
            count(values.len(), "environment variable")
        ));
    }
    Ok(Exit::Done)
}

fn written(converted: &Converted, format: Format, show_values: bool) -> Written {
    let mut head = Map::from_iter([("version".to_owned(), json!(1))]);
    if let Some(region) = &converted.region {
        head.insert("region".into(), json!(region));
    }
    // Terraform's files hold what the account has, secrets included; a template holds what its authors wrote.
    let show_values = show_values || converted.tool != Tool::Terraform;
    let style = Style { format, show_values, has_references: true, service_default: &fields::default_of };
    manifest(head, converted.functions.clone(), style)
}

/// Lists the notes; what is the same for several functions is said once.
fn report(notes: &[Note]) -> String {
    let mut lines: Vec<(&str, &str, Vec<&str>)> = Vec::new();
    for Note { function, path, message } in notes {
        let function = function.as_deref();
        match lines.iter_mut().find(|(seen, said, _)| seen == path && said == message) {
            Some((_, _, functions)) => functions.extend(function),
            None => lines.push((path, message, function.into_iter().collect())),
        }
    }
    let line = |(path, message, functions): &(&str, &str, Vec<&str>)| {
        let gap = if functions.is_empty() { "" } else { ": " };
        format!("note: {}{gap}{path}: {message}\n", functions.join(", "))
    };
    lines.iter().map(line).collect()
}

fn text_of(path: &Path) -> anyhow::Result<String> {
    let mut bytes = Vec::new();
    let limit = LARGEST + 1;
    if path == Path::new("-") {
        std::io::stdin().lock().take(limit).read_to_end(&mut bytes).context("cannot read standard input")?;
    } else {
        let file = fs::File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
        file.take(limit).read_to_end(&mut bytes).with_context(|| format!("cannot read {}", path.display()))?;
    }
    if bytes.len() as u64 > LARGEST {
        bail!("{} has more than {LARGEST} bytes", path.display());
    }
    String::from_utf8(bytes).ok().with_context(|| format!("{} is not UTF-8", path.display()))
}
