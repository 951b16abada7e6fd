//! Runs of the command, with everything that they leave behind.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use lambdactl_emulator::{Emulator, EmulatorOptions, Setup};
use lambdactl_tests::lambdactl;
use tokio::runtime::Runtime;

use crate::cells::{Place, Text, put};
use crate::marks::markers;
use crate::proxy::{Answer, Proxy, send};
use crate::scenarios::{LEVELS, Scenario, secrets};

/// A run that takes longer is ended, and is a fault.
const LONGEST: Duration = Duration::from_secs(45);

static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap());

/// What one run has left behind.
pub(crate) struct Left {
    /// The command line, without values.
    pub(crate) line: String,
    /// Nothing where it had to be ended.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
    /// New files, by their paths.
    pub(crate) files: BTreeMap<String, Vec<u8>>,
}

impl Left {
    /// Every stream and file, by its name.
    pub(crate) fn streams(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let files = self.files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice()));
        [("stdout", self.stdout.as_slice()), ("stderr", self.stderr.as_slice())].into_iter().chain(files)
    }

    /// What is wrong with how it ended.
    pub(crate) fn misfortune(&self) -> Option<String> {
        let tail = || {
            String::from_utf8_lossy(&self.stderr[self.stderr.len().saturating_sub(300)..]).escape_debug().to_string()
        };
        match self.code {
            None => Some(format!("no end after {LONGEST:?}, or killed: {}", tail())),
            Some(0..=2) if !String::from_utf8_lossy(&self.stderr).contains("panicked at") => None,
            Some(code) => Some(format!("exit code {code}: {}", tail())),
        }
    }
}

/// Runs a command in a folder and returns what it has left there. Files of the folder that were there before and
/// `.lambdactl`, which is made for values, are no part of it.
pub(crate) fn run(folder: &Path, arguments: &[&str], environment: &[(&str, &str)], endpoint: Option<&str>) -> Left {
    let before: BTreeMap<String, Vec<u8>> = files(folder);
    let mut command = lambdactl(folder).args(arguments);
    for marker in [markers("en"), markers("oe")].concat() {
        command = command.env(&marker.variable, &marker.value);
    }
    for (name, value) in environment {
        command = command.env(name, value);
    }
    if let Some(endpoint) = endpoint {
        command = command.against(endpoint);
    }
    let mut child = command.spawn();
    let (mut stdout, mut stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let reader = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        stdout.read_to_end(&mut bytes).map(|_| bytes).unwrap_or_default()
    });
    let other = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        stderr.read_to_end(&mut bytes).map(|_| bytes).unwrap_or_default()
    });
    let began = Instant::now();
    let code = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status.code();
        }
        if began.elapsed() > LONGEST {
            child.kill().unwrap();
            child.wait().unwrap();
            break None;
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let new = files(folder).into_iter().filter(|(path, bytes)| before.get(path) != Some(bytes)).collect();
    let shown = arguments.iter().filter(|argument| !argument.contains('='));
    Left {
        line: shown.copied().collect::<Vec<_>>().join(" "),
        code,
        stdout: reader.join().unwrap(),
        stderr: other.join().unwrap(),
        files: new,
    }
}

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap().flatten() {
            let path = entry.path();
            let name = path.strip_prefix(folder).unwrap().to_string_lossy().into_owned();
            match entry.file_type().unwrap() {
                kind if kind.is_dir() && name != ".lambdactl" => folders.push(path),
                kind if kind.is_file() => drop(found.insert(name, fs::read(path).unwrap())),
                _ => {}
            }
        }
    }
    found
}

/// What is done in one run of a scenario.
pub(crate) struct Cell {
    pub(crate) scenario: usize,
    /// The call whose first answers are changed; later ones are as they are, so that retries come to an end.
    pub(crate) operation: String,
    pub(crate) place: Place,
    /// Chooses text, format and level.
    pub(crate) turn: usize,
}

/// Prepares an account and a folder, and runs a scenario's commands. Returns what they left behind, and what was answered.
pub(crate) fn play(scenario: &Scenario, cell: &Cell, text: Box<Text<'static>>) -> (Vec<Left>, Vec<Answer>) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("lambda.json"), scenario.manifest.to_string()).unwrap();
    fs::create_dir(folder.path().join("src")).unwrap();
    fs::write(folder.path().join("src/a.py"), "def b(event, context): pass\n").unwrap();
    for marker in secrets().iter().filter(|marker| marker.variable.starts_with("FI_")) {
        fs::write(folder.path().join(format!("{}.txt", marker.variable)), &marker.value).unwrap();
    }
    let setup = Setup {
        plain: Duration::from_millis(100),
        vpc: Duration::from_millis(100),
        update: Duration::from_millis(100),
    };
    let options = EmulatorOptions { setup, ..EmulatorOptions::default() };
    let emulator = RUNTIME.block_on(Emulator::start(options)).unwrap();
    for (method, path, body) in &scenario.account {
        for _ in 0..20 {
            let (status, answer) = send(&emulator.endpoint(), method, path, &body.to_string());
            if status < 300 {
                break;
            }
            // What has just been made may be worked on.
            assert_eq!(status, 409, "{}: {answer}", scenario.name);
            std::thread::sleep(Duration::from_millis(30));
        }
    }
    if !scenario.account.is_empty() {
        std::thread::sleep(Duration::from_millis(110));
    }
    let (operation, place) = (cell.operation.clone(), cell.place.clone());
    let change = move |answer: &mut Answer, before: usize| {
        // Texts without consequence are in every answer, refusals in one or two.
        let often = if matches!(place, Place::Refusal(_) | Place::Class(_) | Place::Body(_)) { 1 } else { usize::MAX };
        if answer.operation == operation && before < often {
            put(answer, &place, &text);
        }
    };
    let proxy = Proxy::start(&emulator.endpoint(), Box::new(scenario.honest), Box::new(change));
    let variables: Vec<String> = secrets()
        .iter()
        .filter(|marker| marker.variable.starts_with("VA_"))
        .map(|marker| format!("--var={}={}", marker.variable, marker.value))
        .collect();
    let mut lefts = Vec::new();
    for (index, (prints, line)) in scenario.steps.iter().enumerate() {
        let turn = cell.turn + index;
        let ways = prints.ways();
        let (way, level) = (ways[turn % ways.len()], LEVELS[(turn / ways.len() + turn) % LEVELS.len()]);
        let mut arguments = line.clone();
        if !way.iter().any(|flag| flag.starts_with("--") && line.contains(flag)) {
            arguments.extend(way);
        }
        arguments.extend(level.0);
        arguments.extend(["--rate", "0", "--get-function-rate", "0"]);
        if line[0] != "import" {
            arguments.extend(variables.iter().map(String::as_str));
        }
        let environment = [("RUST_LOG", level.1), ("GITHUB_ACTIONS", "true")];
        let environment = if level.1.is_empty() { &environment[1..] } else { &environment[..] };
        lefts.push(run(folder.path(), &arguments, environment, Some(&proxy.endpoint())));
    }
    let seen = proxy.seen();
    drop(proxy);
    RUNTIME.spawn(async move { emulator.stop().await });
    (lefts, seen)
}
