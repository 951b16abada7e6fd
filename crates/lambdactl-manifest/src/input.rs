use std::fs;
use std::path::{Path, PathBuf};

use lambdactl_package::{ReadError, read_file};
use lambdactl_schema::rules;

use crate::diagnostic::Diagnostic;
use crate::format::Format;
use crate::source::Source;

/// What is looked for in the working directory when no file is named.
pub const DEFAULT_NAMES: [&str; 4] = ["lambda.yaml", "lambda.yml", "lambda.toml", "lambda.json"];

/// Bytes of the largest manifest that is read: three times that of 10,000 functions.
pub const LARGEST: u64 = 32 << 20;

/// A manifest, or a folder of them.
#[derive(Clone, Debug)]
pub enum Input {
    /// A regular file, or a folder whose `*.yaml`, `*.yml`, `*.toml` and `*.json` are read in the order of their names.
    Path(PathBuf),
    /// Standard input, as the caller read it.
    Standard(Vec<u8>),
}

/// A text that is ready to be parsed.
pub(crate) struct Loaded {
    pub(crate) source: Source,
    pub(crate) format: Format,
    /// What the paths in it start from.
    pub(crate) folder: PathBuf,
}

/// Reads the texts of every input; what cannot be read becomes a diagnostic.
pub(crate) fn load(inputs: &[Input]) -> (Vec<Loaded>, Vec<Diagnostic>) {
    let mut loaded = Vec::new();
    let mut diagnostics = Vec::new();
    let mut keep = |result: Result<Loaded, Diagnostic>| match result {
        Ok(text) => loaded.push(text),
        Err(diagnostic) => diagnostics.push(diagnostic),
    };
    for input in inputs {
        match input {
            Input::Standard(bytes) => keep(load_standard(bytes)),
            Input::Path(path) if path.is_dir() => match files_of(path) {
                Ok(files) => files.iter().for_each(|file| keep(load_file(file))),
                Err(diagnostic) => keep(Err(diagnostic)),
            },
            Input::Path(path) => keep(load_file(path)),
        }
    }
    (loaded, diagnostics)
}

/// Returns the manifests of a folder, in the order of their names.
fn files_of(folder: &Path) -> Result<Vec<PathBuf>, Diagnostic> {
    let name = folder.display().to_string();
    let entries = fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>())
        .map_err(|error| unreadable(&name, &error.to_string()))?;
    let mut files: Vec<_> = entries.into_iter().filter(|path| Format::of(path).is_some() && path.is_file()).collect();
    if files.is_empty() {
        return Err(unreadable(&name, "the folder has no *.yaml, *.yml, *.toml or *.json"));
    }
    files.sort();
    Ok(files)
}

fn load_file(path: &Path) -> Result<Loaded, Diagnostic> {
    let name = path.display().to_string();
    let Some(format) = Format::of(path) else {
        let message =
            if path.exists() { "its name does not say whether it is YAML, TOML or JSON" } else { "no such file" };
        return Err(unreadable(&name, message).help("a manifest is named *.yaml, *.yml, *.toml or *.json"));
    };
    let bytes = read_file(path, LARGEST).map_err(|error| match error {
        error if error.is_not_found() => unreadable(&name, "no such file"),
        ReadError::TooLarge { .. } => too_large(&name, fs::metadata(path).map_or(0, |metadata| metadata.len())),
        error => unreadable(&name, &error.to_string()),
    })?;
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Ok(Loaded { source: Source::new(name.clone(), text(&name, bytes)?, format), format, folder: folder.to_owned() })
}

fn load_standard(bytes: &[u8]) -> Result<Loaded, Diagnostic> {
    const NAME: &str = "<stdin>";
    if bytes.len() as u64 > LARGEST {
        return Err(too_large(NAME, bytes.len() as u64));
    }
    let text = text(NAME, bytes.to_vec())?;
    let format = guess(&text);
    Ok(Loaded { source: Source::new(NAME.to_owned(), text, format), format, folder: PathBuf::from(".") })
}

/// Standard input has no name to tell its language by: JSON opens with a brace, TOML with a table or an assignment.
fn guess(text: &str) -> Format {
    let first = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#')).unwrap_or_default();
    let is_key = |key: &str| key.trim().chars().all(|letter| letter.is_alphanumeric() || "_-.\"".contains(letter));
    if first.starts_with('{') {
        Format::Json
    } else if (first.starts_with('[') && first.ends_with(']'))
        || first.split_once('=').is_some_and(|(key, _)| is_key(key))
    {
        Format::Toml
    } else {
        Format::Yaml
    }
}

fn text(name: &str, bytes: Vec<u8>) -> Result<String, Diagnostic> {
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = valid.iter().filter(|byte| **byte == b'\n').count() + 1;
        unreadable(name, &format!("line {line} is not UTF-8")).help("save the file as UTF-8")
    })?;
    let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
    if text.trim().is_empty() {
        return Err(unreadable(name, "the file is empty").help("`functions:` and a list of functions is the least"));
    }
    Ok(text)
}

fn unreadable(name: &str, message: &str) -> Diagnostic {
    Diagnostic::file(&rules::UNREADABLE, name, message)
}

/// A file of the kernel says no size.
fn too_large(name: &str, size: u64) -> Diagnostic {
    let size = if size > LARGEST { format!("{} MB", size >> 20) } else { "more".to_owned() };
    unreadable(name, &format!("{size}, and a manifest may have {} MB", LARGEST >> 20))
        .help("keep code out of the manifest (`Code: ./app.zip`), or split it and pass the folder with -f")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standard_input_is_told_by_its_first_line() {
        assert_eq!(guess("# note\n{\"functions\": []}"), Format::Json);
        assert_eq!(guess("version = 1\n"), Format::Toml);
        assert_eq!(guess("\n[defaults]\n"), Format::Toml);
        assert_eq!(guess("functions:\n- FunctionName: a=b\n"), Format::Yaml);
        assert_eq!(guess("Description: a=b\n"), Format::Yaml);
    }
}
