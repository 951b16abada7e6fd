//! What the end-to-end tests share: the built command in a clean environment, and servers that end with their test.
//!
//! Add a case before you add code: a folder under `cases/` is a test of its own (see `golden.rs`).
#![allow(clippy::unwrap_used, clippy::missing_panics_doc)]

pub mod github;
pub mod http;
pub mod python;

use std::ffi::OsStr;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

/// Returns the top folder of the repository.
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Copies what is in a folder into another one.
pub fn copy_tree(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap() {
            kind if kind.is_dir() => copy_tree(&entry.path(), &target),
            _ => _ = std::fs::copy(entry.path(), target).unwrap(),
        }
    }
}

/// Returns the path of the command, built from the code as it stands.
pub fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        let mut build = Command::new(env!("CARGO"));
        build.current_dir(repository()).args(["build", "--quiet", "--package", "lambdactl", "--bin", "lambdactl"]);
        let profile = if cfg!(debug_assertions) {
            "debug"
        } else {
            build.arg("--release");
            "release"
        };
        assert!(build.status().unwrap().success(), "the command does not build");
        // This test is <target>/<profile>/deps/<name>.
        let own = std::env::current_exe().unwrap();
        let target = own.ancestors().nth(3).unwrap();
        target.join(profile).join(format!("lambdactl{}", std::env::consts::EXE_SUFFIX))
    })
}

/// The command, ready to run: no AWS setting of the machine reaches it.
pub struct Lambdactl {
    command: Command,
    input: Option<Vec<u8>>,
    /// Where the streams go, if they are not kept.
    streams: [Option<File>; 2],
}

/// What a run left behind.
#[derive(Debug)]
pub struct Ran {
    /// The exit code.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

/// Starts a run of the command in a folder.
pub fn lambdactl(folder: &Path) -> Lambdactl {
    in_clean_environment(folder, Command::new(binary()))
}

/// The same after a shell has done something that children inherit, such as `umask 000` or `ulimit -n 20`.
pub fn lambdactl_after(folder: &Path, setup: &str) -> Lambdactl {
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("{setup}; exec \"$0\" \"$@\"")]).arg(binary());
    in_clean_environment(folder, shell)
}

fn in_clean_environment(folder: &Path, mut command: Command) -> Lambdactl {
    command.current_dir(folder).env_clear();
    for name in ["PATH", "HOME", "TMPDIR", "SystemRoot"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_CONFIG_FILE", folder.join("no-config"))
        .env("AWS_SHARED_CREDENTIALS_FILE", folder.join("no-credentials"));
    Lambdactl { command, input: None, streams: [None, None] }
}

impl Lambdactl {
    /// Adds arguments.
    pub fn args<A: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.command.args(arguments);
        self
    }

    /// Sets an environment variable.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Points the run at a server, with credentials that it takes.
    pub fn against(self, endpoint: &str) -> Self {
        self.env("AWS_ENDPOINT_URL", endpoint)
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_REGION", "us-east-1")
    }

    /// Gives the run something to read.
    pub fn input(mut self, input: impl Into<Vec<u8>>) -> Self {
        self.input = Some(input.into());
        self
    }

    /// Sends standard output, standard error or both to a file, rather than keep them.
    pub fn streams_to(mut self, stdout: Option<&Path>, stderr: Option<&Path>) -> Self {
        self.streams = [stdout, stderr].map(|path| path.map(|path| File::options().write(true).open(path).unwrap()));
        self
    }

    /// Starts the command and leaves it running, without anything to read.
    pub fn spawn(mut self) -> Child {
        self.command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Starts the command and leaves it running; what it says of its work goes to a file.
    pub fn spawn_logging(mut self, log: &Path) -> Child {
        let log = File::options().append(true).open(log).unwrap();
        self.command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap()
    }

    /// Runs the command to its end.
    pub fn run(mut self) -> Ran {
        let [stdout, stderr] = self.streams.map(|stream| stream.map_or_else(Stdio::piped, Stdio::from));
        self.command.stdin(Stdio::piped()).stdout(stdout).stderr(stderr);
        let mut child = self.command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = self.input.take().unwrap_or_default();
        let writer = std::thread::spawn(move || {
            // The command may end without having read everything.
            let _ = stdin.write_all(&input);
        });
        let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
        writer.join().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Ran { code: status.code().unwrap_or(-1), stdout: text(stdout), stderr: text(stderr) }
    }
}

impl Ran {
    /// Asserts the exit code, showing everything when it is another.
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// Reads standard output as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}:\n{}\n{}", self.stdout, self.stderr))
    }
}

/// `lambdactl emulator` as a process of its own, on a free port; ended when dropped.
pub struct Emulator {
    child: Child,
    /// Where it answers.
    pub endpoint: String,
}

impl Emulator {
    /// Starts it, with its functions in memory.
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// Starts it with further arguments.
    pub fn start_with(arguments: &[&str]) -> Self {
        let mut child = Command::new(binary())
            .args(["emulator", "--port", "0"])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let endpoint = line.trim().rsplit(' ').next().unwrap().to_owned();
        assert!(endpoint.starts_with("http://127.0.0.1:"), "{line}");
        Self { child, endpoint }
    }
}

impl Emulator {
    /// Returns how many requests came in since the last call, by operation, as `answered` and `throttled`.
    pub fn take_requests(&self) -> Value {
        let counts = http::send(&self.endpoint, "GET", "/_emulator/requests");
        http::send(&self.endpoint, "DELETE", "/_emulator/requests");
        serde_json::from_str(&counts).unwrap()
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
