//! What a manifest can reach on the machine that reads it. It may be anybody's: a pull request is read as well.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use lambdactl_package::{ReadError, read_file};
use lambdactl_schema::{StateOutputs, state_outputs};

/// The largest file that a reference may bring in.
const LARGEST_FILE: u64 = 1 << 20;

/// The largest Terraform state that is read.
const LARGEST_STATE: u64 = 64 << 20;

/// Why a file that is elsewhere is not read.
pub(crate) const OUTSIDE: &str = "it is outside of the manifest's folder";

/// The folder of version control, which holds credentials of those who check out.
const HISTORY: &str = ".git";

/// Credentials of the machine that reads a manifest: what ends in `*` stands for every name that begins so.
const CREDENTIALS: [&str; 9] = [
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_CONTAINER_*",
    "ACTIONS_*",
    "GITHUB_TOKEN",
    "GH_TOKEN",
    "CI_JOB_TOKEN",
    "CI_JOB_JWT*",
    "SYSTEM_ACCESSTOKEN",
];

/// The files that a manifest can reach.
#[derive(Debug)]
pub(crate) struct Reach {
    /// The manifest's folder, which its paths start from.
    pub(crate) folder: PathBuf,
    /// The folder without links, once it was asked for.
    real: OnceLock<PathBuf>,
    /// Folders that the user lets references read from, too.
    allowed: Vec<PathBuf>,
    /// The outputs of Terraform states that were read.
    states: Mutex<BTreeMap<String, Result<Arc<StateOutputs>, String>>>,
}

impl Reach {
    pub(crate) fn new(folder: PathBuf, allowed: &[PathBuf]) -> Self {
        Self { folder, real: OnceLock::new(), allowed: allowed.to_vec(), states: Mutex::default() }
    }

    fn real_folder(&self) -> &Path {
        self.real.get_or_init(|| self.folder.canonicalize().unwrap_or_else(|_| self.folder.clone()))
    }

    /// Reads a text file without its last line end, as a shell's `$(cat FILE)` does.
    pub(crate) fn read_text(&self, name: &str) -> Result<String, String> {
        let mut text = String::from_utf8(self.read(name, LARGEST_FILE)?).map_err(|_| "it is not UTF-8".to_owned())?;
        if text.ends_with('\n') {
            text.pop();
            if text.ends_with('\r') {
                text.pop();
            }
        }
        Ok(text)
    }

    /// Returns the outputs of a Terraform state, each with whether it is sensitive. One that many references name is read once.
    pub(crate) fn read_outputs(&self, name: &str) -> Result<Arc<StateOutputs>, String> {
        let read =
            || -> Result<Arc<StateOutputs>, String> { state_outputs(&self.read(name, LARGEST_STATE)?).map(Arc::new) };
        let Ok(mut states) = self.states.lock() else { return read() };
        if let Some(known) = states.get(name) {
            return known.clone();
        }
        let outputs = read();
        states.insert(name.to_owned(), outputs.clone());
        outputs
    }

    fn read(&self, name: &str, most: u64) -> Result<Vec<u8>, String> {
        read_file(&self.found(name)?, most).map_err(|error| match error {
            ReadError::TooLarge { most } => format!("it has more than the {most} bytes that a reference may bring in"),
            other => other.to_string(),
        })
    }

    /// Returns the path of a file without links, when references may read it.
    fn found(&self, name: &str) -> Result<PathBuf, String> {
        let path = self.folder.join(name);
        let roots: Vec<PathBuf> = std::iter::once(self.real_folder().to_owned())
            .chain(self.allowed.iter().filter_map(|folder| folder.canonicalize().ok()))
            .collect();
        let inside = |path: &Path| roots.iter().find_map(|root| path.strip_prefix(root).ok().map(Path::to_owned));
        let real = path.canonicalize().map_err(|error| {
            // Whether there is something outside is not said.
            match self.written_inside(name, &roots) {
                true => error.to_string(),
                false => OUTSIDE.to_owned(),
            }
        })?;
        match inside(&real) {
            None => Err(OUTSIDE.to_owned()),
            Some(below) if is_history(&below) => Err("it belongs to the repository's `.git`".to_owned()),
            Some(_) => Ok(real),
        }
    }

    /// Whether a path leads into one of the folders as it is written.
    fn written_inside(&self, name: &str, roots: &[PathBuf]) -> bool {
        let mut path = self.real_folder().to_owned();
        for component in Path::new(name).components() {
            match component {
                Component::CurDir => {}
                Component::ParentDir => _ = path.pop(),
                other => path.push(other),
            }
        }
        roots.iter().any(|root| path.starts_with(root))
    }

    /// Returns where code is, seen from the manifest's folder: inside or outside of it.
    pub(crate) fn of_code(&self, real: &Path) -> CodePlace {
        let folder = self.real_folder();
        if let Ok(below) = real.strip_prefix(folder) {
            return if is_history(below) { CodePlace::History } else { CodePlace::Inside };
        }
        // What leads to the manifest's folder itself was chosen by the user.
        let mut own = folder.components();
        let rest: PathBuf = real.components().skip_while(|component| own.next() == Some(*component)).collect();
        if is_history(&rest) { CodePlace::History } else { CodePlace::Outside }
    }
}

/// Where code is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CodePlace {
    /// In the manifest's folder.
    Inside,
    /// Elsewhere.
    Outside,
    /// In a folder of version control.
    History,
}

fn is_history(path: &Path) -> bool {
    path.components().any(|component| component.as_os_str().eq_ignore_ascii_case(HISTORY))
}

/// Whether a variable of the environment holds credentials of the machine, and is no manifest's business.
pub(crate) fn is_credential(name: &str) -> bool {
    let same = |own: &str, name: &str| if cfg!(windows) { own.eq_ignore_ascii_case(name) } else { own == name };
    CREDENTIALS.iter().any(|credential| match credential.strip_suffix('*') {
        Some(prefix) => name.get(..prefix.len()).is_some_and(|start| same(prefix, start)),
        None => same(credential, name),
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn credentials_of_the_machine_are_told_by_their_names() {
        for name in [
            "AWS_SECRET_ACCESS_KEY",
            "AWS_SESSION_TOKEN",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
            "ACTIONS_RUNTIME_TOKEN",
            "GITHUB_TOKEN",
            "GH_TOKEN",
            "CI_JOB_TOKEN",
            "CI_JOB_JWT",
            "CI_JOB_JWT_V2",
            "SYSTEM_ACCESSTOKEN",
        ] {
            assert!(is_credential(name), "{name}");
            assert_eq!(is_credential(&name.to_lowercase()), cfg!(windows), "{name}");
        }
        for name in ["AWS_REGION", "AWS_ACCESS_KEY_ID", "GITHUB_SHA", "CI_JOB_ID", "MY_GITHUB_TOKEN", "ACTION", "ü"] {
            assert!(!is_credential(name), "{name}");
        }
    }

    #[test]
    fn files_are_read_from_inside_only() {
        let top = tempfile::tempdir().expect("a folder");
        let app = top.path().join("app");
        for (name, text) in [
            ("app/in.txt", "in\n"),
            ("app/.git/config", "token"),
            ("app/sub/.GIT", "token"),
            ("out.txt", "out"),
            ("app-2/x.txt", "beside"),
        ] {
            let path = top.path().join(name);
            fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            fs::write(path, text).expect("a file");
        }
        let reach = Reach::new(app.clone(), &[]);
        assert_eq!(reach.read_text("in.txt"), Ok("in".to_owned()));
        assert_eq!(reach.read_text("sub/../in.txt"), Ok("in".to_owned()));
        assert_eq!(reach.read_text("../app/in.txt"), Ok("in".to_owned()));
        assert_eq!(reach.read_text(&app.join("in.txt").display().to_string()), Ok("in".to_owned()));
        let outside = Err(OUTSIDE.to_owned());
        for name in ["../out.txt", "../nowhere.txt", "/etc/hostname", "/nowhere", "../app-2/x.txt", "..", "sub/../../x"]
        {
            assert_eq!(reach.read_text(name), outside, "{name}");
        }
        let history = Err("it belongs to the repository's `.git`".to_owned());
        assert_eq!(reach.read_text(".git/config"), history);
        assert_eq!(reach.read_text("sub/.GIT"), history);
        assert_eq!(reach.read_text("sub"), Err("it is not a regular file".to_owned()));
        assert!(reach.read_text("none.txt").is_err_and(|error| !error.contains("outside")));
        assert!(reach.read_text("a\0b").is_err());

        let allowed = Reach::new(app, &[top.path().to_owned()]);
        assert_eq!(allowed.read_text("../out.txt"), Ok("out".to_owned()));
        assert_eq!(allowed.read_text(".git/config"), Err("it belongs to the repository's `.git`".to_owned()));
    }

    #[cfg(unix)]
    #[test]
    fn links_lead_nowhere_else() {
        let top = tempfile::tempdir().expect("a folder");
        let app = top.path().join("app");
        fs::create_dir_all(app.join(".git")).expect("a folder");
        fs::write(top.path().join("out.txt"), "out").expect("a file");
        fs::write(app.join("in.txt"), "in").expect("a file");
        fs::write(app.join(".git/config"), "token").expect("a file");
        let link = |target: &str, name: &str| std::os::unix::fs::symlink(target, app.join(name)).expect("a link");
        link("in.txt", "good");
        link("../out.txt", "bad");
        link("..", "up");
        link(".git/config", "config");
        link("/dev/zero", "zero");
        let reach = Reach::new(app.clone(), &[]);
        assert_eq!(reach.read_text("good"), Ok("in".to_owned()));
        for name in ["bad", "up/out.txt", "config", "zero"] {
            assert!(reach.read_text(name).is_err(), "{name}");
        }
        // The folder itself may be reached by a link.
        std::os::unix::fs::symlink(&app, top.path().join("by-link")).expect("a link");
        assert_eq!(Reach::new(top.path().join("by-link"), &[]).read_text("in.txt"), Ok("in".to_owned()));
        let devices = Reach::new(app, &[PathBuf::from("/dev"), PathBuf::from("/proc")]);
        assert_eq!(devices.read_text("zero"), Err("it is not a regular file".to_owned()));
    }
}
