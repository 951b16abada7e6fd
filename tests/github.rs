//! A GitHub for tests: the comments of one pull request, the files of a release, and a runner for the steps of an action.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

/// What the server keeps.
#[derive(Default)]
pub struct Kept {
    /// The bodies of comments, all by the workflow's own token; a comment's id is its index and one.
    pub comments: Vec<String>,
    /// Files by their path.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Methods and paths of what was asked, in order.
    pub asked: Vec<String>,
    /// Answer comments with 403, as for a pull request of a fork.
    pub forbids: bool,
}

/// A server on a free port, until the test ends.
pub struct GitHub {
    /// Where it answers.
    pub address: String,
    /// What it keeps.
    pub kept: Arc<Mutex<Kept>>,
}

impl GitHub {
    /// Starts it.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let kept: Arc<Mutex<Kept>> = Arc::default();
        let shared = Arc::clone(&kept);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let _ = answer(stream, &shared);
            }
        });
        Self { address, kept }
    }
}

fn answer(stream: TcpStream, kept: &Mutex<Kept>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split(' ');
    let (method, path) = (words.next().unwrap_or_default().to_owned(), words.next().unwrap_or_default().to_owned());
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        if header.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = header.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let (status, answer) = respond(&method, &path, &body, &mut kept.lock().unwrap());
    let mut stream = reader.into_inner();
    write!(stream, "HTTP/1.1 {status} x\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", answer.len())?;
    stream.write_all(&answer)
}

fn respond(method: &str, path: &str, body: &[u8], kept: &mut Kept) -> (u16, Vec<u8>) {
    kept.asked.push(format!("{method} {path}"));
    if let Some(file) = kept.files.get(path) {
        return (200, file.clone());
    }
    if kept.forbids {
        return (403, b"{}".to_vec());
    }
    let text = || serde_json::from_slice::<Value>(body).unwrap()["body"].as_str().unwrap().to_owned();
    let comment =
        |id: usize, body: &String| json!({ "id": id + 1, "body": body, "user": { "login": "github-actions[bot]" } });
    match (method, path.rsplit('/').next().unwrap_or_default()) {
        ("GET", comments) if comments.starts_with("comments?") => {
            let page: usize = comments.rsplit('=').next().unwrap().parse().unwrap();
            let page = kept.comments.iter().enumerate().skip((page - 1) * 100).take(100);
            (200, page.map(|(id, body)| comment(id, body)).collect::<Value>().to_string().into_bytes())
        }
        ("POST", "comments") => {
            kept.comments.push(text());
            (201, b"{}".to_vec())
        }
        ("PATCH", id) => {
            kept.comments[id.parse::<usize>().unwrap() - 1] = text();
            (200, b"{}".to_vec())
        }
        // `GET /user` is nothing that the token of a workflow may ask.
        _ => (403, b"{}".to_vec()),
    }
}

/// An action, and what a runner gives to it.
pub struct Runner<'a> {
    /// The action's file, parsed.
    pub action: Value,
    /// Where the workflow's checkout is.
    pub workspace: &'a Path,
    /// What `github.*` expressions stand for.
    pub contexts: BTreeMap<String, String>,
    /// The environment of all steps.
    pub environment: BTreeMap<String, String>,
}

/// What a run of an action left behind.
#[derive(Debug)]
pub struct ActionRan {
    /// Whether every step succeeded.
    pub succeeded: bool,
    /// Everything that was printed.
    pub log: String,
    /// The action's outputs.
    pub outputs: BTreeMap<String, String>,
}

impl Runner<'_> {
    /// Runs the steps of a composite action, as far as this project's uses them.
    pub fn run(&self, inputs: &[(&str, &str)]) -> ActionRan {
        let mut known = self.contexts.clone();
        for (name, input) in self.action["inputs"].as_object().unwrap() {
            known
                .insert(format!("inputs.{name}"), self.expanded(input["default"].as_str().unwrap_or_default(), &known));
        }
        known.extend(inputs.iter().map(|(name, value)| (format!("inputs.{name}"), (*value).to_owned())));
        let (mut succeeded, mut log) = (true, String::new());
        for step in self.action["runs"]["steps"].as_array().unwrap() {
            let condition = step["if"].as_str().unwrap_or("true");
            let is_always = condition.contains("failure()");
            if (!succeeded && !is_always) || !holds(condition, &known) {
                continue;
            }
            let output = tempfile::NamedTempFile::new().unwrap();
            let folder = step["working-directory"].as_str().unwrap_or(".");
            let mut command = Command::new("bash");
            command
                .args(["--noprofile", "--norc", "-e", "-o", "pipefail", "-c"])
                .arg(self.expanded(step["run"].as_str().unwrap(), &known))
                .current_dir(self.workspace.join(self.expanded(folder, &known)))
                .env_clear()
                .envs(&self.environment)
                .env("GITHUB_OUTPUT", output.path());
            for (name, value) in step["env"].as_object().into_iter().flatten() {
                command.env(name, self.expanded(value.as_str().unwrap(), &known));
            }
            let ran = command.stdin(Stdio::null()).output().unwrap();
            succeeded &= ran.status.success();
            log += &String::from_utf8_lossy(&ran.stdout);
            log += &String::from_utf8_lossy(&ran.stderr);
            if let Some(id) = step["id"].as_str() {
                for line in std::fs::read_to_string(output.path()).unwrap().lines() {
                    let (name, value) = line.split_once('=').unwrap();
                    known.insert(format!("steps.{id}.outputs.{name}"), value.to_owned());
                }
            }
        }
        let outputs = self.action["outputs"].as_object().unwrap().iter();
        let outputs =
            outputs.map(|(name, output)| (name.clone(), self.expanded(output["value"].as_str().unwrap(), &known)));
        ActionRan { succeeded, log, outputs: outputs.collect() }
    }

    /// Puts values in the place of `${{ … }}`.
    fn expanded(&self, text: &str, known: &BTreeMap<String, String>) -> String {
        let mut result = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${{") {
            let (expression, after) = after.split_once("}}").unwrap();
            let value = expression.split("||").map(|name| known.get(name.trim()).cloned().unwrap_or_default());
            result += before;
            result += &value.into_iter().find(|value| !value.is_empty()).unwrap_or_default();
            rest = after;
        }
        result + rest
    }
}

fn holds(condition: &str, known: &BTreeMap<String, String>) -> bool {
    condition.split("&&").map(str::trim).all(|term| match term {
        "true" | "(success() || failure())" => true,
        term => {
            let (name, value, equal) = match (term.split_once(" == "), term.split_once(" != ")) {
                (Some((name, value)), _) => (name, value, true),
                (_, Some((name, value))) => (name, value, false),
                _ => panic!("this runner does not know `{term}`"),
            };
            (known.get(name).map(String::as_str) == Some(value.trim_matches('\''))) == equal
        }
    })
}

/// The folders of programs with another one in front.
pub fn path_with(folder: &Path) -> String {
    let rest = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(PathBuf::from(folder)).chain(std::env::split_paths(&rest));
    std::env::join_paths(folders).unwrap().into_string().unwrap()
}
