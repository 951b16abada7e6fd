use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::Args;
use lambdactl_aws::read_inventory;
use lambdactl_diff::{CurrentFunction, CurrentState, PlanOptions, Tags, declaration, fields, plan};
use lambdactl_manifest::{Format, Input, ReadOptions, read, read_file};
use lambdactl_reconcile::READS;
use lambdactl_schema::Desired;
use lambdactl_write::{Style, Written, manifest};
use serde_json::{Map, Value, json};

use crate::exit::Exit;
use crate::files::{Secrecy, write_new};
use crate::flags::Global;
use crate::globs::glob;
use crate::location::Location;
use crate::manifests::today;
use crate::render::diagnostics;
use crate::render::style::count;
use crate::runtime::block_on;
use crate::text::{Text, text};
use crate::writing::Writing;
use crate::{environment, output};

/// Write a manifest of functions that exist.
///
/// What most functions agree on becomes a default, what the service fills in anyway is left out, and values of
/// environment variables become references: `${env:NAME}`. Planning with the result finds nothing to do. Reads only.
///
/// The code of zip functions is imported with --download-code; otherwise say where it is, in the manifest's `Code`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Only functions whose names match; `*` and `?` stand for any characters. May be given more than once.
    #[arg(long = "name", value_name = "GLOB")]
    names: Vec<String>,

    /// Only functions that carry this tag. May be given more than once; all must be there.
    #[arg(long = "tag", value_name = "KEY=VALUE", value_parser = tag)]
    tags: Vec<(String, String)>,

    /// Download the archives of zip functions into this folder, as NAME.zip.
    #[arg(long, value_name = "DIR")]
    download_code: Option<PathBuf>,

    /// Leave out what stands beside functions: aliases, permissions, function URLs and the rest. Reading that takes seven
    /// requests for each function and one for each alias.
    #[arg(long)]
    functions_only: bool,

    #[command(flatten)]
    writing: Writing,
}

/// A bucket that does not exist stands for code that was not imported: the manifest can be read and planned, and a create
/// call would say which bucket is missing.
const NOT_IMPORTED: &str = "code-was-not-imported";

pub(crate) fn run(global: &Global, arguments: &Arguments) -> anyhow::Result<Exit> {
    let format = arguments.writing.format()?;
    block_on(async {
        let mut location = Location::open(global, &Desired::default(), &Arc::default(), Path::new(".")).await?;
        let current = inventory(&location, arguments).await?;
        if current.functions.is_empty() {
            location.close().await?;
            let such = if arguments.names.is_empty() && arguments.tags.is_empty() { "" } else { "such " };
            bail!("there is no {such}function in {}", current.region);
        }
        let (mut functions, mut notes) = declare(&current);
        code(&location, arguments, &mut functions, &mut notes).await?;
        let import = Import { arguments, format, current: &current };
        let mut written = import.write(functions.clone());
        if import.pin_moved_images(&mut location, &written, &mut functions).await? {
            written = import.write(functions);
        }
        location.close().await?;
        import.finish(&written, &notes)
    })
}

/// Reads the functions that are asked for.
async fn inventory(location: &Location, arguments: &Arguments) -> anyhow::Result<CurrentState> {
    let globs = arguments.names.iter().map(|name| glob("--name", name)).collect::<Result<Vec<_>, _>>()?;
    let wanted = |name: &str| globs.is_empty() || globs.iter().any(|glob| glob.is_match(name));
    let mut current = match read_inventory(location.session.client(), wanted, !arguments.functions_only, READS).await {
        Ok(current) => current,
        Err(error) => return Err(location.explained(error.into())),
    };
    current.functions.retain(|_, function| arguments.tags.iter().all(|(key, value)| has_tag(function, key, value)));
    Ok(current)
}

fn has_tag(function: &CurrentFunction, key: &str, value: &str) -> bool {
    matches!(&function.tags, Tags::Known(tags) if tags.get(key).is_some_and(|found| found == value))
}

/// Returns the functions as a manifest declares them, and what could not be read of each.
fn declare(current: &CurrentState) -> (Vec<Map<String, Value>>, Vec<String>) {
    let mut notes = Vec::new();
    let mut functions = Vec::new();
    for (name, function) in &current.functions {
        let declared = declaration(function);
        functions.push(declared.members);
        notes.extend(declared.notes.into_iter().map(|note| format!("function `{name}`: {note}")));
    }
    (functions, notes)
}

/// Says where the code of zip functions is, after downloading it if that was asked for.
async fn code(
    location: &Location,
    arguments: &Arguments,
    functions: &mut [Map<String, Value>],
    notes: &mut Vec<String>,
) -> anyhow::Result<()> {
    let mut not_imported = 0;
    for function in functions {
        let Some(Value::Object(mut code)) = function.get("Code").cloned() else { continue };
        if code.contains_key("ImageUri") || code.contains_key("S3Bucket") {
            continue;
        }
        let name = function["FunctionName"].as_str().unwrap_or_default().to_owned();
        let downloaded = match &arguments.download_code {
            None => None,
            Some(_) if !is_file_name(&name) => {
                notes.push(format!("function `{name}`: its code was not downloaded: no file can be named so"));
                None
            }
            Some(folder) => match location.session.client().download_code(&name).await {
                Ok(bytes) => {
                    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
                    let path = folder.join(format!("{name}.zip"));
                    // The same archive may be there from an earlier import; another one is someone's work.
                    if read_file(&path, bytes.len() as u64).ok().as_ref() != Some(&bytes) {
                        write_new(&path, &bytes, Secrecy::Secret)?;
                    }
                    Some(seen_from_manifest(&path, arguments.writing.out())?)
                }
                Err(error) => {
                    notes.push(format!("function `{name}`: {error}"));
                    None
                }
            },
        };
        let value = match downloaded {
            Some(path) if code.is_empty() => json!(path),
            Some(path) => {
                code.insert("ZipFile".into(), json!(format!("fileb://{path}")));
                Value::Object(code)
            }
            None => {
                not_imported += 1;
                code.insert("S3Bucket".into(), json!(NOT_IMPORTED));
                code.insert("S3Key".into(), json!(format!("{name}.zip")));
                Value::Object(code)
            }
        };
        function.insert("Code".into(), value);
    }
    if not_imported > 0 {
        let way = if arguments.download_code.is_some() { "" } else { ", or import with --download-code" };
        notes.push(format!(
            "the code of {} was not imported, and plans do not compare it: say where it is, in `Code`{way}",
            count(not_imported, "function"),
        ));
    }
    Ok(())
}

/// Whether a function's name can be that of a file: what the service allows in a name, and no name of a device in Windows.
/// Another name comes from something that is not the service, and could lead anywhere.
fn is_file_name(name: &str) -> bool {
    const LONGEST: usize = 140;
    let is_letter = |letter: u8| letter.is_ascii_alphanumeric() || letter == b'-' || letter == b'_';
    let upper = name.to_ascii_uppercase();
    let is_port = |port: &str| {
        upper.strip_prefix(port).is_some_and(|rest| rest.len() == 1 && rest.bytes().all(|digit| digit.is_ascii_digit()))
    };
    let is_device = ["CON", "PRN", "AUX", "NUL"].contains(&upper.as_str()) || is_port("COM") || is_port("LPT");
    (1..=LONGEST).contains(&name.len()) && name.bytes().all(is_letter) && !is_device
}

/// Returns a path as the manifest names it: from its own folder.
fn seen_from_manifest(path: &Path, manifest: Option<&Path>) -> anyhow::Result<String> {
    let folder = manifest.and_then(Path::parent).filter(|folder| !folder.as_os_str().is_empty());
    let seen = match folder {
        None => path.to_owned(),
        Some(folder) => match path.strip_prefix(folder) {
            Ok(below) => below.to_owned(),
            Err(_) => std::path::absolute(path)?,
        },
    };
    let seen = seen.display().to_string();
    Ok(if seen.starts_with(['/', '.']) { seen } else { format!("./{seen}") })
}

/// One import, from the functions as they were read.
struct Import<'a> {
    arguments: &'a Arguments,
    format: Format,
    current: &'a CurrentState,
}

impl Import<'_> {
    fn write(&self, functions: Vec<Map<String, Value>>) -> Written {
        let mut head = Map::from_iter([("version".to_owned(), json!(1))]);
        if let Some(owner) = self.owner() {
            head.insert("name".into(), json!(owner));
        }
        head.insert("region".into(), json!(self.current.region));
        if let Some(account) = &self.current.account {
            head.insert("account".into(), json!(account));
        }
        let show_values = self.arguments.writing.show_values;
        manifest(
            head,
            functions,
            Style { format: self.format, show_values, has_references: false, service_default: &fields::default_of },
        )
    }

    /// Returns the manifest that owns all of the functions, if one does.
    fn owner(&self) -> Option<&str> {
        let mut owners = self.current.functions.values().map(CurrentFunction::owner);
        let first = owners.next()??;
        owners.all(|owner| owner == Some(first)).then_some(first)
    }

    /// Reads what was written, as a plan would.
    fn read_back(&self, written: &Written) -> lambdactl_manifest::Reading {
        let mut environment = environment::all();
        environment.extend(written.values.clone());
        let input = match self.arguments.writing.out() {
            Some(path) if path.exists() => Input::Path(path.to_owned()),
            _ => Input::Standard(written.text.clone().into_bytes()),
        };
        read(&ReadOptions { inputs: vec![input], environment, policy: today(), ..ReadOptions::default() })
    }

    /// Names images by their digests where their tags mean others by now: a plan would find them changed. Returns whether
    /// there are such.
    async fn pin_moved_images(
        &self,
        location: &mut Location,
        written: &Written,
        functions: &mut [Map<String, Value>],
    ) -> anyhow::Result<bool> {
        let has_images = functions.iter().any(|function| function["Code"].get("ImageUri").is_some());
        if !has_images {
            return Ok(false);
        }
        let reading = self.read_back(written);
        let resolved = location.session.resolved(&reading.desired).await;
        let resolved = resolved.map_err(|error| location.explained(error))?;
        let plan = plan(&resolved, self.current, &PlanOptions::default());
        let mut any = false;
        for planned in
            plan.functions.iter().filter(|planned| planned.changes.iter().any(|change| change.path == "/Code/ImageUri"))
        {
            let code = self.current.functions.get(&planned.name).and_then(|function| function.code.as_ref());
            let Some(uri) = code.and_then(|code| code.get("ResolvedImageUri")) else { continue };
            for function in functions.iter_mut().filter(|function| function["FunctionName"] == planned.name) {
                function["Code"]["ImageUri"] = uri.clone();
                any = true;
            }
        }
        Ok(any)
    }

    /// Writes everything, and says what a reader should know: also when the manifest would not be taken back.
    fn finish(&self, written: &Written, notes: &[String]) -> anyhow::Result<Exit> {
        let writing = &self.arguments.writing;
        writing.write(written)?;
        let functions = count(self.current.functions.len(), "function");
        output::stderr(&text!("Imported {}{}.\n", functions, writing.place()));
        for note in notes {
            output::stderr(&text!("note: {}\n", note));
        }
        writing.tell_of_values(written);
        let reading = self.read_back(written);
        output::stderr(&diagnostics::render_problems(&reading));
        if !reading.is_valid() {
            output::stderr(&Text::own(
                "note: plans want these mended first; `--as-of` an earlier day lets through what the service takes no longer for new \
                 functions, and `--allow-unknown` what this version of lambdactl does not know\n",
            ));
        } else {
            let plan = plan(&reading.desired, self.current, &PlanOptions::default());
            let differ = |path: &str| path != "/Code/ImageUri";
            for function in
                plan.functions.iter().filter(|function| function.changes.iter().any(|change| differ(&change.path)))
            {
                let paths: Vec<&str> = function.changes.iter().map(|change| change.path.as_str()).collect();
                output::stderr(&text!(
                    "note: function `{}` will show as different: {}\n",
                    function.name,
                    paths.join(", ")
                ));
            }
        }
        Ok(Exit::Done)
    }
}

fn tag(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("must be KEY=VALUE".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_the_service_allows_become_files() {
        for name in ["a", "resize-image", "A_1", "console", "com10", &"x".repeat(140)] {
            assert!(is_file_name(name), "{name}");
        }
        let long = "x".repeat(100_000);
        for name in [
            "", ".", "..", "../../x", "/x", "a/b", "a\\b", "C:x", "con", "NUL", "Com1", "a\nb", "a\0", "a.zip", "é",
            " a", &long,
        ] {
            assert!(!is_file_name(name), "{name}");
        }
    }
}
