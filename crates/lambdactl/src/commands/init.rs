use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;

use crate::exit::Exit;
use crate::files::{Secrecy, write, write_new};
use crate::output;
use crate::text::{Text, text};

/// Write a first lambda.yaml.
///
/// A commented manifest with one function, the schema that editors complete and explain it with, and, where there is no
/// `src`, a handler to start from. Nothing that exists is changed.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The folder.
    #[arg(default_value = ".", value_name = "DIR")]
    folder: PathBuf,
}

const MANIFEST: &str = include_str!("init/lambda.yaml");
const HANDLER: &str = include_str!("init/app.py");

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let folder = &arguments.folder;
    let manifest = folder.join("lambda.yaml");
    if manifest.symlink_metadata().is_ok() {
        bail!("{} is there already; nothing was changed", shown(&manifest));
    }
    let schema = folder.join("schemas/lambda.schema.json");
    let source = folder.join("src");
    let schemas = folder.join("schemas");
    fs::create_dir_all(&schemas).with_context(|| format!("cannot make {}", schemas.display()))?;
    // The schema is lambdactl's own, and an older one may be there.
    write(&schema, lambdactl_schema::rendered_manifest_schema(), Secrecy::Open)?;
    let mut written = vec![schema];
    if !source.exists() {
        fs::create_dir(&source).with_context(|| format!("cannot make {}", source.display()))?;
        let handler = source.join("app.py");
        write_new(&handler, HANDLER, Secrecy::Open)?;
        written.insert(0, handler);
    }
    write_new(&manifest, MANIFEST, Secrecy::Open)?;
    written.insert(0, manifest);
    for path in &written {
        output::stderr(&text!("wrote {}\n", shown(path)));
    }
    let at = if folder.as_os_str() == "." { Text::default() } else { text!(" -f {}", folder) };
    output::stderr(&text!("Next: `lambdactl plan{} --local` shows what apply would do, without an account.\n", at));
    Ok(Exit::Done)
}

/// A path as people write it.
fn shown(path: &Path) -> String {
    path.strip_prefix(".").unwrap_or(path).display().to_string()
}
