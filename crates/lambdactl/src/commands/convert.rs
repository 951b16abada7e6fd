mod folder;
mod report;
mod together;

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::Args;
use lambdactl_aws::stack_resources;
use lambdactl_convert::{Converted, Stack, Surroundings, convert};
use lambdactl_diff::fields;
use lambdactl_manifest::{Format, LARGEST};
use lambdactl_schema::Desired;
use lambdactl_write::{Style, Written, manifest};
use serde_json::{Map, json};

use crate::exit::Exit;
use crate::files::{Secrecy, check_new, read, write_new};
use crate::flags::Global;
use crate::location::Location;
use crate::output;
use crate::render::style::count;
use crate::runtime::block_on;
use crate::text::{Text, text};
use crate::writing::Writing;

/// What an editor finds the schema by, where `lambdactl schema` has put it.
const SCHEMA: &str = "$schema=./schemas/lambda.schema.json";

/// Make a manifest of what another tool keeps.
///
/// Reads a lambroll function.json, a SAM or CloudFormation template, a serverless.yml, what `terraform show -json`
/// prints of a plan or a state, or what `aws lambda get-function` prints. What stands beside the functions comes along: aliases,
/// URLs, permissions, event source mappings, settings, layers. What a manifest cannot say is listed on standard error; nothing
/// is dropped in silence. What only the other tool knows becomes a reference; so do the values of environment variables that
/// Terraform and answers of AWS keep, while those of a template are written as they stand there.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The files, which become one manifest; `-` for standard input.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// The region that the functions are meant for. Default: what the file says.
    #[arg(long, value_name = "REGION")]
    region: Option<String>,

    /// Ask the account what this CloudFormation stack has made of the file: functions, roles, queues and others get the names that
    /// they have there. Reads only, and needs the permission cloudformation:ListStackResources.
    #[arg(long, value_name = "NAME")]
    stack: Option<String>,

    /// Write what was left out, guessed, and is still to be done to this file, as JSON. It must not exist.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,

    // What stands in a template is written either way; Terraform's files hold what the account has.
    #[command(flatten)]
    writing: Writing,
}

pub(crate) fn run(global: &Global, arguments: &Arguments) -> anyhow::Result<Exit> {
    let writing = &arguments.writing;
    let format = writing.format()?;
    if let Some(path) = &arguments.report {
        check_new(path)?;
    }
    let stack = arguments.stack.as_deref().map(|name| block_on(made(global, arguments, name))).transpose()?;
    let (stack, its_region) = stack.unzip();
    let region = arguments.region.as_deref().or(its_region.as_deref());
    let each = arguments.files.iter().map(|file| Ok((file.as_path(), converted(file, region, stack.as_ref())?)));
    let converted = together::together(each.collect::<anyhow::Result<Vec<_>>>()?)?;
    let written = written(&converted, format, writing.show_values);
    let beside = folder::Plan::of(&converted, writing.out(), &arguments.files)?;
    writing.write(&written)?;
    let mut notes = converted.notes.clone();
    notes.extend(beside.write()?);
    let functions = count(converted.functions.len(), "function");
    output::stderr(&text!("Converted {} from a {}{}.\n", functions, converted.tool.as_str(), writing.place()));
    let command = report::command(&converted, writing.out());
    output::stderr(&report::text(&converted, &notes, &command));
    if let Some(path) = &arguments.report {
        let report = report::json(&converted, &notes, &command);
        write_new(path, Text::pretty_json(&report).as_str(), Secrecy::Open)?;
    }
    writing.tell_of_values(&written);
    Ok(Exit::Done)
}

/// Asks what a stack has made, and returns the region where that is, too.
async fn made(global: &Global, arguments: &Arguments, stack: &str) -> anyhow::Result<(Stack, String)> {
    let desired = Desired { region: arguments.region.clone(), ..Desired::default() };
    let location = Location::open(global, &desired, &Arc::default(), Path::new(".")).await?;
    let client = location.session.client();
    let resources = match stack_resources(client, stack).await {
        Ok(resources) => resources,
        Err(error) => return Err(location.explained_call(error)),
    };
    let region = client.connection().region().to_owned();
    location.close().await?;
    // An ARN ends with the name and an id: `arn:aws:cloudformation:REGION:ACCOUNT:stack/NAME/ID`.
    let name = stack.split(":stack/").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or(stack);
    Ok((Stack { name: name.to_owned(), resources }, region))
}

fn converted(file: &Path, region: Option<&str>, stack: Option<&Stack>) -> anyhow::Result<Converted> {
    let bytes = bytes_of(file)?;
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let is_stream = file == Path::new("-");
    let surroundings = Surroundings {
        file: if is_stream { "" } else { &name },
        region,
        stack,
        read: &|path| {
            if is_stream { Err("standard input has no folder".to_owned()) } else { folder::read_below(file, path) }
        },
    };
    convert(&bytes, &surroundings).with_context(|| format!("cannot convert {}", file.display()))
}

fn written(converted: &Converted, format: Format, show_values: bool) -> Written {
    let mut head = Map::from_iter([("version".to_owned(), json!(1))]);
    if let Some(name) = &converted.name {
        head.insert("name".into(), json!(name));
    }
    if let Some(region) = &converted.region {
        head.insert("region".into(), json!(region));
    }
    if !converted.layers.is_empty() {
        head.insert("layers".into(), json!(converted.layers));
    }
    // Such files hold what the account has, secrets included; a template holds what its authors wrote.
    let show_values = show_values || !converted.tool.has_values_of_the_account();
    let style = Style { format, show_values, has_references: true, service_default: &fields::default_of };
    let mut written = manifest(head, converted.functions.clone(), style);
    match format {
        Format::Yaml => written.text.insert_str(0, &format!("# yaml-language-server: {SCHEMA}\n")),
        Format::Toml => written.text.insert_str(0, &format!("#:schema {}\n", SCHEMA.trim_start_matches("$schema="))),
        Format::Json => {}
    }
    written
}

fn bytes_of(path: &Path) -> anyhow::Result<Vec<u8>> {
    let bytes = if path == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::stdin().lock().take(LARGEST + 1).read_to_end(&mut bytes).context("cannot read standard input")?;
        bytes
    } else {
        read(path, LARGEST)?
    };
    if bytes.len() as u64 > LARGEST {
        bail!("{} has more than {LARGEST} bytes", path.display());
    }
    Ok(bytes)
}
