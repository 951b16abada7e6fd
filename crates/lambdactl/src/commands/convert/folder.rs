//! What stands beside the file that is converted, and what is written beside the manifest: never anything outside of either
//! folder.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use lambdactl_convert::{Ask, Converted, Note};
use lambdactl_manifest::read_file;

use crate::files::{Secrecy, write_new};

/// The largest file that a service may name.
const LARGEST: u64 = 1 << 20;

const IGNORE: &str = ".lambdaignore";

/// Reads a text file that another one names: below that one's folder, links included.
pub(super) fn read_below(file: &Path, name: &str) -> Result<String, String> {
    const OUTSIDE: &str = "it is outside of the file's folder";
    let folder = folder_of(file).canonicalize().map_err(|_| "its folder cannot be read".to_owned())?;
    if Path::new(name).is_absolute() || name.split(['/', '\\']).any(|part| part == ".." || part == "~") {
        return Err(OUTSIDE.to_owned());
    }
    let path = folder.join(name).canonicalize().map_err(|_| "there is no such file".to_owned())?;
    let below = path.strip_prefix(&folder).map_err(|_| OUTSIDE.to_owned())?;
    if below.components().any(|part| part.as_os_str().eq_ignore_ascii_case(".git")) {
        return Err("it belongs to the repository's `.git`".to_owned());
    }
    let bytes = read_file(&path, LARGEST).map_err(|error| error.to_string())?;
    String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())
}

fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The files that are written beside a manifest.
pub(super) struct Plan {
    files: Vec<(PathBuf, String)>,
    notes: Vec<Note>,
}

impl Plan {
    /// Decides what to write before anything is written. What is there already stays, and a note says what it lacks.
    pub(super) fn of(converted: &Converted, out: Option<&Path>, from: &[PathBuf]) -> anyhow::Result<Self> {
        let mut plan = Self { files: Vec::new(), notes: Vec::new() };
        let Some(out) = out else {
            for file in &converted.files {
                let what = format!("with --out FILE its code is written to {}/{}", file.folder, file.name);
                plan.notes.push(must("Code", what));
            }
            plan.propose(&converted.ignored);
            return Ok(plan);
        };
        let folder = folder_of(out);
        for file in &converted.files {
            let place = folder.join(&file.folder);
            match fs::symlink_metadata(&place) {
                Ok(found) if !found.is_dir() => bail!("cannot write into {}: it is not a folder", place.display()),
                Ok(_) if place.join(file.name).symlink_metadata().is_ok() => {
                    plan.notes.push(must(
                        "Code",
                        format!("{}/{} is there already, and stays as it is", file.folder, file.name),
                    ));
                }
                _ => plan.files.push((place.join(file.name), file.text.clone())),
            }
        }
        if !converted.ignored.is_empty() {
            let path = folder.join(IGNORE);
            let mut lines = converted.ignored.clone();
            // A line that takes files in must not take the manifest back.
            if let Some(name) = out.file_name().map(|name| format!("/{}", name.to_string_lossy()))
                && lines.iter().any(|line| line.starts_with('!'))
                && !lines.contains(&name)
            {
                lines.push(name);
            }
            match path.symlink_metadata() {
                Ok(_) => {
                    // What is there already need not be proposed.
                    let known = read_below(out, IGNORE).unwrap_or_default();
                    let is_new = |line: &&String| !known.lines().any(|own| own.trim() == line.as_str());
                    plan.propose(&lines.iter().filter(is_new).cloned().collect::<Vec<_>>());
                }
                Err(_) => plan.files.push((path, lines.join("\n") + "\n")),
            }
        }
        let is_elsewhere = |file: &&PathBuf| {
            file.as_path() != Path::new("-") && folder.canonicalize().ok() != folder_of(file).canonicalize().ok()
        };
        for file in from.iter().filter(is_elsewhere) {
            let what = format!("paths start from the manifest's folder: put the manifest beside {}", file.display());
            plan.notes.push(must("Code", what));
        }
        Ok(plan)
    }

    fn propose(&mut self, lines: &[String]) {
        if !lines.is_empty() {
            self.notes.push(must(
                IGNORE,
                format!("the tool leaves these out of archives; write them into {IGNORE}: {}", lines.join(" ")),
            ));
        }
    }

    /// Writes the files. Returns what there is to say.
    pub(super) fn write(self) -> anyhow::Result<Vec<Note>> {
        for (path, text) in &self.files {
            let folder = folder_of(path);
            if !folder.exists() {
                fs::create_dir(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
            }
            write_new(path, text, Secrecy::Open)?;
        }
        Ok(self.notes)
    }
}

/// A note of the program's own.
fn must(path: &str, message: String) -> Note {
    Note { ask: Ask::MustDo, function: None, path: path.to_owned(), message }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn nothing_outside_of_the_folder_is_read() {
        let around = tempfile::tempdir().unwrap();
        let folder = around.path().join("service");
        for name in ["service", "service/below", "service/.git", "other"] {
            fs::create_dir(around.path().join(name)).unwrap();
        }
        for (name, text) in
            [("below/a.yml", "a"), (".git/config", "b"), ("../secret.yml", "c"), ("../other/d.yml", "d")]
        {
            write_new(&folder.join(name), text, Secrecy::Open).unwrap();
        }
        symlink(around.path().join("secret.yml"), folder.join("link.yml")).unwrap();
        symlink(around.path().join("other"), folder.join("linked")).unwrap();
        symlink(folder.join("below"), folder.join("within")).unwrap();
        let file = folder.join("serverless.yml");
        assert_eq!(read_below(&file, "below/a.yml"), Ok("a".to_owned()));
        assert_eq!(read_below(&file, "within/a.yml"), Ok("a".to_owned()));
        let absolute = around.path().join("secret.yml").display().to_string();
        for name in [
            "../secret.yml",
            "below/../../secret.yml",
            "link.yml",
            "linked/d.yml",
            ".git/config",
            "below",
            "nowhere",
            &absolute,
            "",
        ] {
            assert!(read_below(&file, name).is_err(), "{name}");
        }
    }

    #[test]
    fn code_is_written_into_real_folders_only() {
        let around = tempfile::tempdir().unwrap();
        let folder = around.path().join("manifests");
        for name in ["manifests", "elsewhere"] {
            fs::create_dir(around.path().join(name)).unwrap();
        }
        let template = r#"{"Resources": {"F": {"Type": "AWS::Lambda::Function", "Properties": {"Runtime": "python3.13", "Code": {"ZipFile": "x = 1"}}}}}"#;
        let converted =
            lambdactl_convert::convert(template.as_bytes(), &lambdactl_convert::Surroundings::NONE).unwrap();
        let out = folder.join("lambda.yaml");
        symlink(around.path().join("elsewhere"), folder.join("F")).unwrap();
        assert!(Plan::of(&converted, Some(&out), &[]).is_err());
        fs::remove_file(folder.join("F")).unwrap();
        Plan::of(&converted, Some(&out), &[]).unwrap().write().unwrap();
        assert_eq!(fs::read_to_string(folder.join("F/index.py")).unwrap(), "x = 1");
        let again = Plan::of(&converted, Some(&out), &[]).unwrap();
        assert!(again.files.is_empty() && again.notes.len() == 1);
    }
}
