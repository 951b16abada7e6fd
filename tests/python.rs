//! The virtual environment with other people's servers and readers, made once under the target folder.

use std::fs::{self, File};
use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::http::is_up;
use crate::repository;

/// A virtual environment with everything of one of the requirements in `tests/python`.
pub struct Python {
    folder: PathBuf,
}

impl Python {
    /// Finds or makes the environment of servers and readers. `None`, said aloud, where there is no Python 3; in CI that is a
    /// failure.
    pub fn provision() -> Option<Self> {
        Self::of("peers", "requirements.txt")
    }

    /// Does the same for the newest model of the services.
    pub fn model() -> Option<Self> {
        Self::of("model", "model-requirements.txt")
    }

    /// Does the same for AWS SAM's translator.
    pub fn sam() -> Option<Self> {
        Self::of("sam", "sam-requirements.txt")
    }

    fn of(name: &str, requirements: &str) -> Option<Self> {
        if !is_here() {
            return None;
        }
        let target = crate::binary().ancestors().nth(2).unwrap();
        let folder = target.join(name);
        fs::create_dir_all(target).unwrap();
        let lock = File::create(target.join(format!("{name}.lock"))).unwrap();
        // Another test binary may be at it; a first installation takes a minute or two.
        let began = Instant::now();
        while lock.try_lock().is_err() {
            assert!(began.elapsed() < Duration::from_secs(600), "the virtual environment is locked for ten minutes");
            std::thread::sleep(Duration::from_millis(500));
        }
        let python = Self { folder };
        python.install(requirements);
        Some(python)
    }

    fn install(&self, requirements: &str) {
        let requirements = repository().join("tests/python").join(requirements);
        let wanted = fs::read_to_string(&requirements).unwrap();
        let stamp = self.folder.join("installed.txt");
        if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
            return;
        }
        let _ = fs::remove_dir_all(&self.folder);
        succeed(Command::new("python3").args(["-m", "venv"]).arg(&self.folder));
        let mut pip = Command::new(self.program("python"));
        // Settings of AWS's tools reach pip's own HTTP client, too.
        pip.env_remove("AWS_CA_BUNDLE").args(["-m", "pip", "install", "--quiet", "--requirement"]).arg(&requirements);
        succeed(&mut pip);
        fs::write(stamp, wanted).unwrap();
    }

    /// Returns the path of a program of the environment.
    pub fn program(&self, name: &str) -> PathBuf {
        self.folder.join("bin").join(name)
    }

    /// Runs a script of `tests/python` and reads what it prints as JSON.
    pub fn run(&self, script: &str, arguments: &[&str], input: &Value) -> Value {
        let mut command = Command::new(self.program("python"));
        command.arg(repository().join("tests/python").join(script)).args(arguments);
        clean(&mut command);
        command.envs([
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_DEFAULT_REGION", "us-east-1"),
        ]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.to_string().as_bytes()).unwrap();
        let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
        assert!(status.success(), "{script} {arguments:?}:\n{}", String::from_utf8_lossy(&stderr));
        serde_json::from_slice(&stdout).unwrap()
    }
}

/// Whether there is a Python 3. Where not, it is said aloud that tests are left out; in CI that is a failure.
pub fn is_here() -> bool {
    let found = Command::new("python3").arg("--version").output().is_ok_and(|output| output.status.success());
    if !found {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "CI needs Python 3");
        // To the terminal itself: the test harness keeps what a passing test prints.
        let _ = writeln!(std::io::stderr(), "left out: tests that need Python 3");
    }
    found
}

/// A Lambda API server that nobody here wrote; ended when dropped.
pub struct Peer {
    child: Child,
    /// `127.0.0.1:PORT`.
    pub address: String,
}

impl Peer {
    /// Starts moto.
    pub fn moto(python: &Python) -> Self {
        Self::start("/moto-api/data.json", |port| {
            let mut command = Command::new(python.program("moto_server"));
            command.args(["-H", "127.0.0.1", "-p", &port.to_string()]);
            command.env("MOTO_IAM_LOAD_MANAGED_POLICIES", "false");
            command
        })
    }

    /// Starts ministack.
    pub fn ministack(python: &Python) -> Self {
        Self::start("/_ministack/health", |port| {
            let mut command = Command::new(python.program("ministack"));
            command.env("GATEWAY_PORT", port.to_string()).env("BIND_HOST", "127.0.0.1");
            command.env("SERVICES", "lambda,s3,iam,sts,monitoring").env("MINISTACK_ACCOUNT_ID", "123456789012");
            command
        })
    }

    fn start(ready: &str, command: impl Fn(u16) -> Command) -> Self {
        // The port is free a moment before, and another test may take it first: then the server ends at once.
        (0..3).find_map(|_| Self::start_once(ready, &command)).expect("a server that is up within a minute")
    }

    fn start_once(ready: &str, command: &impl Fn(u16) -> Command) -> Option<Self> {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = command(port);
        // These servers keep what they were told in a folder of their own where they can.
        command.current_dir(std::env::temp_dir()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        for name in aws_variables() {
            command.env_remove(name);
        }
        let mut peer = Self { child: command.spawn().unwrap(), address: format!("127.0.0.1:{port}") };
        let began = Instant::now();
        while !is_up(&peer.address, ready) {
            if began.elapsed() > Duration::from_secs(60) || peer.child.try_wait().unwrap().is_some() {
                return None;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        // Whoever answers on the port must be this one.
        peer.child.try_wait().unwrap().is_none().then_some(peer)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn clean(command: &mut Command) {
    for name in aws_variables() {
        command.env_remove(name);
    }
    command.env("AWS_EC2_METADATA_DISABLED", "true").env("AWS_CONFIG_FILE", "no-config");
}

fn aws_variables() -> impl Iterator<Item = String> {
    std::env::vars().map(|(name, _)| name).filter(|name| name.starts_with("AWS_"))
}

fn succeed(command: &mut Command) {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(status.success(), "{command:?}:\n{}{}", text(&stdout), text(&stderr));
}

/// Returns a small zip archive, as base64, and its digest as the service computes it.
pub fn small_zip() -> (&'static str, &'static str) {
    (
        "UEsDBBQAAAAAAAAAIQBDvrfoAQAAAAEAAAAEAAAAYS5weWFQSwECFAMUAAAAAAAAACEAQ7636AEAAAABAAAABAAAAAAAAAAAAAAApAEAAAAAYS5weVBLBQYAAAAAAQABADIAAAAjAAAAAAA=",
        "Lwn4uvJz95fMQpb3iWoXnw9EUr4JKho0fglxcifDdvk=",
    )
}

/// Writes a manifest into a folder.
pub fn write_manifest(folder: &Path, manifest: &Value) {
    fs::write(folder.join("lambda.json"), manifest.to_string()).unwrap();
}
