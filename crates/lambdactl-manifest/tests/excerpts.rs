//! No excerpt and no message shows what may be a secret, whatever is wrong with the text that it stands in.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeMap;
use std::fs;

use lambdactl_manifest::{Input, ReadOptions, Reading, read};

/// Values of environment variables and of members that nobody knows; every run of eight of their characters is looked for.
const MARKERS: [&str; 9] = [
    "Hx7kQ2vZp9sL4mWd",
    "a}b{Jw6fXz3gKo0i",
    "usr:Tq8nB5rYc1uE@host=x",
    "bWFya2VyLXZhbHVlLW9uZQ==",
    "Ln3-first-of-several",
    "Rk5second: of-several",
    "Pq1third=of-several",
    "unknown-Gv4eXa7dUs9",
    "comment-Zt6yMb8hCj2",
];

const BLOCK: &str = "version: 1
x-common: &shared unknown-Gv4eXa7dUs9
defaults:
  Runtime: python3.13
functions:
  - FunctionName: first
    Handler: app.handler
    Role: arn:aws:iam::123456789012:role/r
    Code: {S3Bucket: abc, S3Key: k}
    # comment-Zt6yMb8hCj2
    Environment:
      Variables:
        TOKEN: Hx7kQ2vZp9sL4mWd
        BRACES: \"a}b{Jw6fXz3gKo0i\" # comment-Zt6yMb8hCj2
        ADDRESS: 'usr:Tq8nB5rYc1uE@host=x'
        BASE: bWFya2VyLXZhbHVlLW9uZQ==
        SHARED: *shared
        PEM: |
          Ln3-first-of-several
          Rk5second: of-several
          Pq1third=of-several
        FOLDED: Ln3-first-of-several
          Pq1third=of-several
    Secrets: {TOKEN: unknown-Gv4eXa7dUs9}
    Timeout: 9999
";

const FLOW: &str = "functions: [{FunctionName: first, Runtime: python3.13, Handler: app.handler, Role: 'arn:aws:iam::123456789012:role/r',
  Code: {S3Bucket: abc, S3Key: k}, Environment: {Variables: {TOKEN: Hx7kQ2vZp9sL4mWd, BRACES: \"a}b{Jw6fXz3gKo0i\",
  ADDRESS: 'usr:Tq8nB5rYc1uE@host=x', BASE: bWFya2VyLXZhbHVlLW9uZQ==, LINES: \"Ln3-first-of-several\\nRk5second: of-several\\nPq1third=of-several\"}},
  VpcConfig: {Key: unknown-Gv4eXa7dUs9}, Timeout: 9999}]  # comment-Zt6yMb8hCj2
";

const TOML: &str = "version = 1 # comment-Zt6yMb8hCj2
DB_PASSWORD = \"unknown-Gv4eXa7dUs9\"

[[functions]]
FunctionName = \"first\"
Runtime = \"python3.13\"
Handler = \"app.handler\"
Role = \"arn:aws:iam::123456789012:role/r\"
Code = { S3Bucket = \"abc\", S3Key = \"k\" }
Timeout = 9999

[functions.Environment.Variables]
TOKEN = \"Hx7kQ2vZp9sL4mWd\"
BRACES = 'a}b{Jw6fXz3gKo0i' # comment-Zt6yMb8hCj2
ADDRESS = \"usr:Tq8nB5rYc1uE@host=x\"
PEM = \"\"\"
Ln3-first-of-several
bWFya2VyLXZhbHVlLW9uZQ==
Rk5second: of-several
Pq1third=of-several
\"\"\"
";

const JSON: &str = "{\"functions\": [{
  \"FunctionName\": \"first\", \"Runtime\": \"python3.13\", \"Handler\": \"app.handler\",
  \"Role\": \"arn:aws:iam::123456789012:role/r\", \"Code\": {\"S3Bucket\": \"abc\", \"S3Key\": \"k\"}, \"Timeout\": 9999,
  \"Environment\": {\"Variables\": {
    \"TOKEN\": \"Hx7kQ2vZp9sL4mWd\",
    \"BRACES\": \"a}b{Jw6fXz3gKo0i\", \"BASE\": \"bWFya2VyLXZhbHVlLW9uZQ==\",
    \"ADDRESS\": \"usr:Tq8nB5rYc1uE@host=x\",
    \"LINES\": \"Ln3-first-of-several\\nRk5second: of-several\\nPq1third=of-several\"
  }},
  \"Secrets\": [{\"Name\": \"A\", \"Value\": \"unknown-Gv4eXa7dUs9\"}]
}]}
";

fn reading_of(name: &str, text: &str) -> Reading {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    read(&ReadOptions { inputs: vec![Input::Path(path)], ..ReadOptions::default() })
}

/// All that any format of output can take from a reading: messages, and each line of a text as an excerpt has it.
fn said(reading: &Reading) -> String {
    let mut text = String::new();
    for found in &reading.diagnostics {
        text.push_str(&format!(
            "{}\n{:?}\n{:?}\n{:?}\n{}\n",
            found.message, found.help, found.function, found.also, found.path
        ));
    }
    for source in reading.sources.iter() {
        for line in 1..=source.line_count() {
            text.push_str(&source.line(line).0);
            text.push('\n');
        }
    }
    text
}

fn messages(reading: &Reading) -> String {
    reading.diagnostics.iter().map(|found| format!("{}\n{:?}\n", found.message, found.help)).collect()
}

/// Returns a run of eight characters of a marker that a text has.
fn leak(text: &str) -> Option<String> {
    const RUN: usize = 8;
    MARKERS.iter().find_map(|marker| {
        let letters: Vec<char> = marker.chars().collect();
        letters.windows(RUN).map(|run| run.iter().collect::<String>()).find(|run| text.contains(run))
    })
}

#[test]
fn known_members_are_shown_and_nothing_else() {
    for (name, text) in [("a.yaml", BLOCK), ("a.yaml", FLOW), ("a.toml", TOML), ("a.json", JSON)] {
        let reading = reading_of(name, text);
        assert!(reading.diagnostics.iter().all(|found| !["L002", "L003"].contains(&found.rule.code)), "{reading:#?}");
        let said = said(&reading);
        assert_eq!(leak(&said), None, "{said}");
        for shown in ["first", "python3.13", "app.handler", "9999", "TOKEN", "Environment", "abc"] {
            assert!(said.contains(shown), "{shown}: {said}");
        }
    }
}

#[test]
fn lines_look_like_this() {
    let lines = |name: &str, text: &str| {
        let reading = reading_of(name, text);
        let source = &reading.sources[0];
        (1..=source.line_count()).map(|line| source.line(line).0).collect::<Vec<_>>()
    };
    let yaml = lines("a.yaml", BLOCK);
    assert_eq!(yaml[1], "x-common: ******* *******************");
    assert_eq!(yaml[6], "    Handler: app.handler");
    assert_eq!(yaml[8], "    Code: {S3Bucket: abc, S3Key: k}");
    assert_eq!(yaml[9], "    * *******************");
    assert_eq!(yaml[12], "        TOKEN: ****************");
    assert_eq!(yaml[23], "    Secrets: {TOKEN: *******************}");
    let toml = lines("a.toml", TOML);
    assert_eq!(toml[0], "version = 1 * *******************");
    assert_eq!(toml[1], "DB_PASSWORD = *********************");
    assert_eq!(toml[8], "Code = { S3Bucket = \"abc\", S3Key = \"k\" }");
    assert_eq!(toml[11], "[functions.Environment.Variables]");
    let json = lines("a.json", JSON);
    assert_eq!(json[4], "    \"TOKEN\": ******************,");
    assert_eq!(json[9], "  \"Secrets\": [{\"Name\": ***, \"Value\": *********************}]");
}

#[test]
fn values_of_another_shape_are_hidden() {
    let head = "functions:\n- FunctionName: f\n  Code: {S3Bucket: abc, S3Key: k}\n";
    for member in [
        "Description: {TOKEN: Hx7kQ2vZp9sL4mWd}",
        "Handler: [Hx7kQ2vZp9sL4mWd]",
        "Tags: Hx7kQ2vZp9sL4mWd",
        "Tags: {a: {b: Hx7kQ2vZp9sL4mWd}}",
        "VpcConfig: Hx7kQ2vZp9sL4mWd",
        "VpcConfig: {SubnetIds: {a: Hx7kQ2vZp9sL4mWd}}",
        "FileSystemConfigs: [{Arn: a, LocalMountPath: b, Token: Hx7kQ2vZp9sL4mWd}]",
        "Environment: Hx7kQ2vZp9sL4mWd",
        "Environment: TOKEN=Hx7kQ2vZp9sL4mWd",
        "Environment: [TOKEN=Hx7kQ2vZp9sL4mWd, {Name: A, Value: Hx7kQ2vZp9sL4mWd}]",
        "Environment: {Vars: {A: Hx7kQ2vZp9sL4mWd}}",
        "Environment: {Variables: [Hx7kQ2vZp9sL4mWd]}",
        "Environment: {Variables: {Hx7kQ2vZp9sL4mWd}}",
        "Environment: {Variables: {A:Hx7kQ2vZp9sL4mWd}}",
        "Environment: {Variables: {A Hx7kQ2vZp9sL4mWd, B: x}}",
        "Environment: {Variables: {A, Hx7kQ2vZp9sL4mWd, B: x}}",
        "envVars: {TOKEN: Hx7kQ2vZp9sL4mWd}",
        "Vars: {TOKEN: Hx7kQ2vZp9sL4mWd}",
        "DB_PASSWORD: Hx7kQ2vZp9sL4mWd",
        "TOKEN=Hx7kQ2vZp9sL4mWd: x",
        "TOKEN: *Hx7kQ2vZp9sL4mWd",
        "TOKEN: !Hx7kQ2vZp9sL4mWd",
        "TOKEN: !Hx7kQ2vZp9sL4mWd x",
        "TOKEN: &Hx7kQ2vZp9sL4mWd x",
        "TOKEN: @Hx7kQ2vZp9sL4mWd",
        "TOKEN: |Hx7kQ2vZp9sL4mWd",
        "Environment: {Variables: {A: 'x${Hx7kQ2vZp9sL4mWd}'}}",
        "Environment: {Variables: {A: 'x${Hx7kQ2vZp9sL4mWd'}}",
        "Runtime: ${env:NONE:-Hx7kQ2vZp9sL4mWd}",
        "Code: {ZipFile: Hx7kQ2vZp9sL4mWd}",
    ] {
        let said = said(&reading_of("a.yaml", &format!("{head}  {member}\n")));
        assert_eq!(leak(&said), None, "{member}\n{said}");
    }
    for head in [
        "secrets: {a: Hx7kQ2vZp9sL4mWd}",
        "name: {a: Hx7kQ2vZp9sL4mWd}",
        "region: [Hx7kQ2vZp9sL4mWd]",
        "functions: Hx7kQ2vZp9sL4mWd",
    ] {
        let said = said(&reading_of("a.yaml", &format!("{head}\n")));
        assert_eq!(leak(&said), None, "{head}\n{said}");
    }
    let defaults = "defaults: {Secrets: {A: Hx7kQ2vZp9sL4mWd}, DB: Hx7kQ2vZp9sL4mWd}\nfunctions: []\n";
    assert_eq!(leak(&said(&reading_of("a.yaml", defaults))), None);
}

#[test]
fn anchor_that_the_environment_uses_is_a_secret_everywhere() {
    let text =
        "functions:\n- FunctionName: f\n  Description: &t Hx7kQ2vZp9sL4mWd\n  Environment: {Variables: {A: *t}}\n";
    let said = said(&reading_of("a.yaml", text));
    assert!(said.contains("Description: ** ****************"), "{said}");
    assert_eq!(leak(&said), None);
}

#[test]
fn edits_of_manifests_show_no_value() {
    const EDITS: usize = 750;
    let mut broken = 0;
    for (number, (name, text)) in
        [("a.yaml", BLOCK), ("a.yaml", FLOW), ("a.toml", TOML), ("a.json", JSON)].into_iter().enumerate()
    {
        let mut random = Random(number as u64 + 7);
        for _ in 0..EDITS {
            let edited = edited(text, &mut random);
            let reading = reading_of(name, &edited);
            broken += usize::from(reading.diagnostics.iter().any(|found| found.rule.code == "L002"));
            let said = said(&reading);
            assert_eq!(leak(&said), None, "{edited}\n----\n{said}");
        }
    }
    assert!(broken > EDITS, "the edits break too little: {broken}");
}

/// Changes one thing, as a slip of the hand does.
fn edited(text: &str, random: &mut Random) -> String {
    const SIGNS: &[char] = &[
        '{', '}', '[', ']', ':', ',', '"', '\'', '#', '&', '*', '!', '|', '>', '-', '=', '.', ' ', '\n', '\t', '\\',
        'x', '$', '%', '?',
    ];
    let mut letters: Vec<char> = text.chars().collect();
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    let at = random.below(letters.len());
    let line = random.below(lines.len());
    match random.below(8) {
        0 => drop(letters.remove(at)),
        1 => letters.insert(at, SIGNS[random.below(SIGNS.len())]),
        2 => letters[at] = SIGNS[random.below(SIGNS.len())],
        3 => letters.truncate(at),
        4 => drop(lines.remove(line)),
        // A line that goes elsewhere may become the text of a member that is shown: it is the next one that it meets here.
        5 => lines.insert(line, lines[line]),
        6 => lines.swap(line, (line + 1).min(text.lines().count() - 1)),
        _ => {
            let end = (at + random.below(6)).min(letters.len());
            letters.drain(at..end);
        }
    }
    if letters.len() != text.chars().count() || letters.iter().ne(text.chars().collect::<Vec<_>>().iter()) {
        return letters.into_iter().collect();
    }
    lines.concat()
}

/// A small generator of numbers that are the same on every machine (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % most.max(1) as u64) as usize
    }
}

/// A value that a reference brings in, in every member that is checked: the reference is named, and not the value.
#[test]
fn messages_name_references_and_not_what_they_stand_for() {
    const SECRET: &str = "Hx7kQ2vZp9sL4mWd";
    let whole = |name: &str| format!("${{{name}}}");
    for reference in [whole("env:SEC"), whole("var:sec"), whole("file:sec.txt"), whole("env:NONE:-Hx7kQ2vZp9sL4mWd")] {
        let shown = if reference.contains(":-") { "${env:NONE:-…}".to_owned() } else { reference.clone() };
        for text in [
            format!("region: '{reference}'\nfunctions: []"),
            format!("account: '{reference}'\nfunctions: []"),
            format!("name: '{reference}!'\nfunctions: []"),
            format!("version: '{reference}'\nfunctions: []"),
            format!("update: '{reference}'\nfunctions: []"),
            format!("artifacts: {{bucket: '{reference}!'}}\nfunctions: []"),
            format!("region: us-east-1\n---\nregion: '{reference}'\nfunctions: []"),
            member(&format!("Runtime: '{reference}'")),
            member(&format!("Handler: 'a b {reference}'")),
            member(&format!("Role: '{reference}'")),
            member(&format!("KMSKeyArn: '{reference}'")),
            member(&format!("PackageType: '{reference}'")),
            member(&format!("Timeout: '{reference}'")),
            member(&format!("Publish: '{reference}'")),
            member(&format!("Layers: ['{reference}']")),
            member(&format!("Layers: ['arn:{reference}:1', 'arn:{reference}:2']")),
            member(&format!("Architectures: ['{reference}']")),
            member(&format!("Tags: {{a: 'b;{reference}'}}")),
            member(&format!("VpcConfig: {{SubnetIds: ['{reference}']}}")),
            member(&format!("TracingConfig: {{Mode: '{reference}'}}")),
            member(&format!("DeadLetterConfig: {{TargetArn: '{reference}'}}")),
            member(&format!("ignore: ['{reference}']")),
            member(&format!("protect: '{reference}'")),
            member(&format!("Code: '{reference}'")),
            member(&format!("Code: './{reference}/x.zip'")),
            member(&format!("Code: {{ZipFile: 'fileb://{reference}'}}")),
            member(&format!("Code: {{ImageUri: '{reference}'}}")),
            format!("functions: [{{FunctionName: '{reference} '}}]"),
            format!("functions: [{{FunctionName: '{reference}', Timeout: 0}}]"),
            format!("functions: [{{FunctionName: '{reference}'}}, {{FunctionName: '{reference}'}}]"),
            format!("defaults: {{Runtime: '{reference}'}}\nfunctions: [{{FunctionName: f}}]"),
            format!("defaults: {{Runtime: '{reference}'}}\nfunctions: []"),
        ] {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join("lambda.yaml"), &text).unwrap();
            fs::write(folder.path().join("sec.txt"), format!("{SECRET}\n")).unwrap();
            let secret = || SECRET.to_owned();
            let reading = read(&ReadOptions {
                inputs: vec![Input::Path(folder.path().join("lambda.yaml"))],
                environment: BTreeMap::from([("SEC".to_owned(), secret())]),
                variables: BTreeMap::from([("sec".to_owned(), secret())]),
                ..ReadOptions::default()
            });
            let said = said(&reading);
            assert!(!reading.is_valid(), "{text}\n{said}");
            // A function is called by its name, where that comes from the command line.
            let is_called = reference == whole("var:sec") && text.contains("FunctionName: '${var:sec}'");
            let said = if is_called { messages(&reading) } else { said };
            assert_eq!(leak(&said), None, "{text}\n{said}");
            let names = reading.diagnostics.iter().any(|found| {
                found.message.contains(&shown) || found.function.as_ref().is_some_and(|name| name.contains(&shown))
            });
            let is_said_otherwise = ["must be", "already declared", "fit"]
                .iter()
                .any(|word| reading.diagnostics.iter().any(|found| found.message.contains(word)));
            assert!(names || is_said_otherwise || is_called, "{text}\n{said}");
        }
    }
}

fn member(member: &str) -> String {
    let code = if member.starts_with("Code") { "" } else { "  Code: {S3Bucket: abc, S3Key: k}\n" };
    format!("functions:\n- FunctionName: f\n{code}  {member}\n")
}

#[test]
fn parts_of_a_reference_are_named_by_it() {
    let text = "region: us-east-1\naccount: '123456789012'\nfunctions:\n- FunctionName: f\n  Runtime: '${env:RT}'\n  \
                Handler: a.b\n  Role: '${env:ROLE}'\n  Code: {S3Bucket: abc, S3Key: k}\n  KMSKeyArn: '${env:KEY}'\n";
    let environment = [
        ("RT", "python3.6"),
        ("ROLE", "arn:aws:iam::999988887777:role/r"),
        ("KEY", "arn:aws:kms:eu-west-1:999988887777:key/k"),
    ];
    let reading = read(&ReadOptions {
        inputs: vec![Input::Standard(text.as_bytes().to_vec())],
        environment: environment.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        ..ReadOptions::default()
    });
    let messages: Vec<_> = reading.diagnostics.iter().map(|found| found.message.as_str()).collect();
    let said = said(&reading);
    assert!(messages.iter().any(|message| message.contains("the account of `${env:ROLE}`")), "{said}");
    assert!(messages.iter().any(|message| message.contains("the region of `${env:KEY}`")), "{said}");
    assert!(messages.iter().any(|message| message.contains("`Runtime` is `${env:RT}`")), "{said}");
    for value in ["999988887777", "eu-west-1", "python3.6"] {
        assert!(!said.contains(value), "{value}: {said}");
    }
}
