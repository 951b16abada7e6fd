use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use lambdactl_convert::{Converted, Note, Tool, convert};
use lambdactl_diff::fields;
use lambdactl_manifest::{Format, LARGEST, read_file};
use lambdactl_write::{Style, Written, manifest};
use serde_json::{Map, json};

use crate::exit::Exit;
use crate::output;
use crate::render::style::count;
use crate::writing::Writing;

/// Make a manifest of what another tool keeps.
///
/// Reads a lambroll function.json, a SAM or CloudFormation template, a serverless.yml, or what `terraform show -json`
/// prints of a plan or a state. What a manifest cannot say is listed on standard error; nothing is dropped in silence.
/// What only the other tool knows becomes a reference; so do the values of environment variables that Terraform keeps, while
/// those of a template are written as they stand there.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The file; `-` for standard input.
    file: PathBuf,

    // What stands in a template is written either way; Terraform's files hold what the account has.
    #[command(flatten)]
    writing: Writing,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let writing = &arguments.writing;
    let format = writing.format()?;
    let name = arguments.file.display();
    let converted = convert(&text_of(&arguments.file)?).with_context(|| format!("cannot convert {name}"))?;
    let written = written(&converted, format, writing.show_values);
    writing.write(&written)?;
    let Converted { tool, functions, notes, .. } = &converted;
    let place = writing.place();
    output::stderr(&format!("Converted {} from a {}{place}.\n", count(functions.len(), "function"), tool.as_str()));
    output::stderr(&report(notes));
    writing.tell_of_values(&written);
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
    let bytes = if path == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::stdin().lock().take(LARGEST + 1).read_to_end(&mut bytes).context("cannot read standard input")?;
        bytes
    } else {
        read_file(path, LARGEST).with_context(|| format!("cannot read {}", path.display()))?
    };
    if bytes.len() as u64 > LARGEST {
        bail!("{} has more than {LARGEST} bytes", path.display());
    }
    String::from_utf8(bytes).ok().with_context(|| format!("{} is not UTF-8", path.display()))
}
