//! Names, keys and texts of manifests, files and flags that command a terminal or a runner: none does.

use std::fs;

use serde_json::{Map, Value, json};

use crate::documents::{LANGUAGES, command, folder, manifest, text};
use crate::findings::{Finding, all, judge};
use crate::hostile;
use crate::runs::{Left, run};

#[test]
fn no_text_of_a_manifest_commands_a_terminal_or_a_runner() {
    let mut cells = Vec::new();
    for (index, text) in hostile::TEXTS.iter().enumerate() {
        for (turn, place) in ["key", "text", "valid", "reference", "file", "flag"].iter().enumerate() {
            if all() || (index + turn) % 3 == 0 {
                cells.push((format!("{place}: {text:?}"), (*place, *text, index + turn)));
            }
        }
    }
    judge("controls of manifests", &cells, |(place, hostile, turn)| {
        let base = manifest();
        let mut documents: Vec<Value> = Vec::new();
        let mut change = |pointer: &str, value: Value| {
            let mut changed = base.clone();
            *changed.pointer_mut(pointer).unwrap() = value;
            documents.push(changed);
        };
        match *place {
            "key" => {
                for pointer in [
                    "",
                    "/functions/0",
                    "/defaults",
                    "/functions/0/Code",
                    "/functions/0/Environment",
                    "/functions/0/Environment/Variables",
                    "/defaults/Tags",
                ] {
                    let mut with: Map<String, Value> = base.pointer(pointer).unwrap().as_object().unwrap().clone();
                    with.insert((*hostile).to_owned(), json!("x"));
                    change(pointer, Value::Object(with));
                }
            }
            "text" => {
                for pointer in [
                    "/name",
                    "/region",
                    "/version",
                    "/functions/0/FunctionName",
                    "/functions/0/Handler",
                    "/functions/0/Timeout",
                    "/functions/0/Code",
                    "/functions/0/Code/S3Key",
                    "/defaults/Runtime",
                    "/defaults/Role",
                    "/defaults/Tags/team",
                    "/functions/0/Description",
                ] {
                    change(pointer, json!(hostile));
                }
            }
            "reference" => {
                for form in [
                    format!("${{{hostile}}}"),
                    format!("${{env:{hostile}}}"),
                    format!("${{var:{hostile}}}"),
                    format!("${{file:{hostile}}}"),
                    format!("${{{hostile}"),
                ] {
                    change("/functions/0/Description", json!(form));
                    change("/functions/0/Environment/Variables/MF_PLAIN", json!(form));
                }
            }
            "valid" => {
                change("/functions/0/Description", json!(format!("{hostile}\nlast")));
                let mut more = base["functions"][0].clone();
                more["Tags"] = json!({ "k": hostile });
                more["ignore"] = json!(["/Timeout"]);
                more["Unknown"] = json!({ *hostile: [hostile] });
                change("/functions/0", more);
            }
            _ => documents.push(base.clone()),
        }
        let mut found = Vec::new();
        let mut hear = |left: Left| {
            found.extend(hostile::faults(&left).into_iter().map(|(stream, what, excerpt)| Finding {
                kind: format!("{what} · {stream} · {place} · {}", left.line.split(' ').next().unwrap_or_default()),
                example: format!("by `{}`: {excerpt}", left.line.escape_debug()),
            }));
            found.extend(left.misfortune().map(|example| Finding { kind: format!("end · {place}"), example }));
        };
        let name_in_file = hostile.replace(['/', '\0'], "_");
        let language = LANGUAGES[turn % 2];
        let texts: Vec<_> = documents
            .iter()
            .enumerate()
            .map(|(index, document)| (format!("all/{index}.{language}"), text(document, language)))
            .collect();
        let folder = folder(texts.iter().map(|(name, text)| (name.clone(), text.as_str())));
        match *place {
            "valid" => {
                for (index, (name, _)) in texts.iter().enumerate() {
                    for flags in ["", "--color always", "--format markdown", "--markdown comment.md"] {
                        hear(command(
                            folder.path(),
                            format!("plan --local --allow-unknown -f {name} {flags}").trim_end(),
                            turn + index,
                        ));
                    }
                    hear(command(
                        folder.path(),
                        &format!("apply --local --yes --no-wait --allow-unknown -f {name}"),
                        turn + index,
                    ));
                }
            }
            "file" => {
                fs::write(folder.path().join(format!("{name_in_file}.yaml")), "functions: [").unwrap();
                for line in [
                    &["validate", "-f"][..],
                    &["validate", "--format", "github", "-f"],
                    &["plan", "--local", "-f"],
                    &["fmt", "-f"],
                    &["convert"],
                ] {
                    let file = format!("{name_in_file}.yaml");
                    hear(run(folder.path(), &[line, &[file.as_str()]].concat(), &[("GITHUB_ACTIONS", "true")], None));
                    hear(run(
                        folder.path(),
                        &[line, &[&format!("no-{file}")]].concat(),
                        &[("GITHUB_ACTIONS", "true")],
                        None,
                    ));
                }
            }
            "flag" => {
                let flag = hostile.replace('\0', "");
                for line in [
                    &["plan", "--local", "--target"][..],
                    &["plan", "--local", "--replace"],
                    &["plan", "--endpoint-url"],
                    &["plan", "--profile"],
                    &["validate", "--var"],
                    &["validate", "--as-of"],
                    &["explain"],
                    &["apply"],
                    &["validate", "--format"],
                    &["plan", "--region"],
                    &["import", "--local", "--name"],
                    &["emulator", "--port"],
                    &["plan", "--local", "--out"],
                ] {
                    let mut arguments = line.to_vec();
                    arguments.push(&flag);
                    if ["plan", "validate"].contains(&line[0]) {
                        arguments.extend(
                            ["-f", "all/0.json"]
                                .iter()
                                .map(|word| if word.ends_with("json") { texts[0].0.as_str() } else { word }),
                        );
                    }
                    hear(run(
                        folder.path(),
                        &arguments,
                        &[("GITHUB_ACTIONS", "true"), ("AWS_REGION", "us-east-1")],
                        None,
                    ));
                }
            }
            _ => {
                for (index, flags) in ["", " --color always", " --format github", " --allow-unknown"].iter().enumerate()
                {
                    hear(command(folder.path(), &format!("validate -f all{flags}"), turn + index));
                }
                hear(command(folder.path(), &format!("plan --local -f {}", texts[turn % texts.len()].0), *turn));
            }
        }
        found
    });
}
