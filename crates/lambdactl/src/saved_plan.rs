//! Plans in files: what `plan --out` writes and `apply PLAN` holds the world against.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, bail};
use lambdactl_diff::{Moved, SealedPlan};
use lambdactl_schema::SAVED_PLAN_START;

use crate::files::{self, Secrecy};
use crate::trouble::Trouble;

/// Bytes of the largest plan that is read: many times that of 10,000 functions.
const LARGEST: u64 = 64 << 20;

/// Writes a sealed plan.
pub(crate) fn write(path: &Path, sealed: &SealedPlan) -> anyhow::Result<()> {
    files::write(path, sealed.to_text(), Secrecy::Secret)
}

/// Returns the plan among files, if there is one. A plan is told from a manifest by its content, and stands alone.
pub(crate) fn among(paths: &[PathBuf]) -> anyhow::Result<Option<(&Path, SealedPlan)>> {
    let Some(path) = paths.iter().find(|path| is_one(path)) else { return Ok(None) };
    if paths.len() > 1 {
        bail!(
            Trouble::new(format!("{} is a saved plan, and other files are named beside it", path.display()))
                .help("a saved plan names its manifests itself: leave the others out")
        );
    }
    let text = files::read(path, LARGEST)?;
    let sealed = SealedPlan::from_text(&text).map_err(|broken| {
        Trouble::new(format!("{} is a saved plan that cannot be applied: {broken}", path.display()))
            .help("make it again with `plan --out`, and have it reviewed again")
    })?;
    Ok(Some((path, sealed)))
}

/// Refuses saved plans where manifests are meant.
pub(crate) fn refuse_among(paths: &[PathBuf]) -> anyhow::Result<()> {
    match paths.iter().find(|path| is_one(path)) {
        Some(path) => bail!(
            Trouble::new(format!("{} is a saved plan, and a manifest is needed", path.display()))
                .help("`lambdactl apply` takes saved plans")
        ),
        None => Ok(()),
    }
}

/// Refuses when anything is not as it was reviewed.
pub(crate) fn refuse(path: &Path, moved: &[Moved]) -> anyhow::Result<()> {
    if moved.is_empty() {
        return Ok(());
    }
    bail!(
        Trouble::new(format!("{} is not what would be applied now; nothing was changed", path.display()))
            .list(moved.iter().map(Moved::to_string))
            .help("make the plan again, and have it reviewed again")
    )
}

/// Looks at the first bytes of a regular file; anything else may have no end, or never begin.
fn is_one(path: &Path) -> bool {
    let mut start = Vec::new();
    fs::metadata(path).is_ok_and(|found| found.is_file())
        && File::open(path)
            .and_then(|file| file.take(SAVED_PLAN_START.len() as u64).read_to_end(&mut start))
            .is_ok_and(|_| SealedPlan::is_one(&start))
}

/// Returns the path of a manifest from the folder of a plan.
pub(crate) fn relative(manifest: &Path, plan: &Path) -> anyhow::Result<String> {
    if manifest == Path::new("-") {
        return Ok("-".to_owned());
    }
    let (manifest, folder) = (real(manifest)?, real_folder(plan)?);
    let common = manifest.components().zip(folder.components()).take_while(|(one, other)| one == other).count();
    let up = folder.components().skip(common).map(|_| Ok(".."));
    let down = manifest.components().skip(common).map(|part| match part {
        Component::Normal(name) => name.to_str().context("its name is not Unicode"),
        _ => bail!("it is on another drive than the plan"),
    });
    let parts: anyhow::Result<Vec<&str>> = up.chain(down).collect();
    let parts = parts.with_context(|| format!("the plan cannot name the manifest {}", manifest.display()))?;
    Ok(if parts.is_empty() { ".".to_owned() } else { parts.join("/") })
}

/// Returns the path of a manifest that a plan names, from the working directory.
pub(crate) fn resolved(name: &str, plan: &Path) -> anyhow::Result<PathBuf> {
    let is_relative = Path::new(name)
        .components()
        .all(|part| matches!(part, Component::Normal(_) | Component::ParentDir | Component::CurDir));
    if name.is_empty() || name.contains('\0') || !is_relative {
        bail!(
            Trouble::new(format!("{} names a manifest by a path that is not relative to it: {name}", plan.display()))
                .help("make it again with `plan --out`")
        );
    }
    if name == "-" {
        return Ok("-".into());
    }
    Ok(plan.parent().unwrap_or(Path::new("")).join(name))
}

/// Returns a path without links in its folders; a link at its end stays, because it is what the user named.
fn real(path: &Path) -> anyhow::Result<PathBuf> {
    match path.file_name() {
        Some(name) => Ok(real_folder(path)?.join(name)),
        None => fs::canonicalize(path).with_context(|| format!("cannot find {}", path.display())),
    }
}

fn real_folder(path: &Path) -> anyhow::Result<PathBuf> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::canonicalize(folder).with_context(|| format!("cannot find {}", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifest_is_found_from_its_plan() {
        let folder = tempfile::tempdir().unwrap();
        for sub in ["out/deep", "app"] {
            fs::create_dir_all(folder.path().join(sub)).unwrap();
        }
        let at = |name: &str| folder.path().join(name);
        fs::write(at("app/lambda.yaml"), "x").unwrap();
        for (manifest, plan, expected) in [
            ("app/lambda.yaml", "out/deep/a.plan", "../../app/lambda.yaml"),
            ("app/lambda.yaml", "app/a.plan", "lambda.yaml"),
            ("app/lambda.yaml", "a.plan", "app/lambda.yaml"),
            ("app", "app/a.plan", "../app"),
        ] {
            let name = relative(&at(manifest), &at(plan)).unwrap();
            // A folder is named from above.
            assert_eq!(name, if manifest == "app" { "." } else { expected });
            assert_eq!(
                fs::canonicalize(resolved(&name, &at(plan)).unwrap()).unwrap(),
                fs::canonicalize(at(manifest)).unwrap()
            );
        }
        assert_eq!(relative(Path::new("-"), &at("a.plan")).unwrap(), "-");
        assert!(relative(&at("no/where.yaml"), &at("a.plan")).is_err());
    }

    #[test]
    fn plan_cannot_name_what_it_likes() {
        for name in [
            "",
            "/etc/passwd",
            "a\0b",
            #[cfg(windows)]
            "C:\\x",
        ] {
            assert!(resolved(name, Path::new("a.plan")).is_err(), "{name}");
        }
        assert_eq!(resolved("-", Path::new("out/a.plan")).unwrap(), Path::new("-"));
        assert_eq!(resolved("../x.yaml", Path::new("out/a.plan")).unwrap(), Path::new("out/../x.yaml"));
    }

    #[test]
    fn only_regular_files_are_looked_into() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!is_one(folder.path()) && !is_one(Path::new("-")) && !is_one(&folder.path().join("nowhere")));
        #[cfg(unix)]
        {
            let pipe = folder.path().join("pipe");
            assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
            assert!(!is_one(&pipe) && !is_one(Path::new("/dev/zero")));
        }
    }
}
