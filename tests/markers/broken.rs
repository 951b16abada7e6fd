//! Manifests that cannot be parsed, which is when people paste secrets: no excerpt shows a value.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::documents::{LANGUAGES, command, folder, leaks, manifest, secrets, text};
use crate::findings::{all, judge, number_of};
use crate::marks::Search;

/// Edits of a text, of those that make it one that cannot be parsed.
fn broken(text: &str, language: &str, wanted: usize) -> Vec<String> {
    const SPEAKING: &[char] = &[
        '{', '}', '[', ']', '"', '\'', ':', ',', '#', '&', '*', '!', '%', '@', '`', '|', '>', '=', '\\', '\t', '\n',
        ' ', '-', '\u{0}', '\u{feff}', '<', '~', '?', '$',
    ];
    let search = Search::new(&secrets());
    let mut found = Vec::new();
    let mut known = BTreeSet::new();
    for number in 0..wanted * 12 {
        if found.len() == wanted {
            break;
        }
        let random = |what: &str, below: usize| number_of(&format!("{language} {number} {what}")) % below;
        let mut characters: Vec<char> = text.chars().collect();
        let at = random("at", characters.len());
        let character = SPEAKING[random("character", SPEAKING.len())];
        match random("edit", 7) {
            0 => drop(characters.remove(at)),
            1 | 2 => characters.insert(at, character),
            3 => characters[at] = character,
            4 => characters.truncate(at),
            edit => {
                let edited: String = characters.iter().collect();
                let mut lines: Vec<&str> = edited.split_inclusive('\n').collect();
                let line = random("line", lines.len());
                match edit {
                    5 => drop(lines.remove(line)),
                    _ => {
                        let other = random("other", lines.len());
                        lines.swap(line, other);
                    }
                }
                characters = lines.concat().chars().collect();
            }
        }
        let edited: String = characters.into_iter().collect();
        if !is_shown_rightly(&edited, language, &search) && known.insert(edited.clone()) {
            found.push(edited);
        }
    }
    assert!(found.len() * 2 > wanted, "{language}: {}", found.len());
    found
}

/// Whether a text can be parsed and has values where others may see them: what an edit has made of a value is no value.
fn is_shown_rightly(text: &str, language: &str, search: &Search) -> bool {
    let parsed = match language {
        "json" => serde_json::from_str(text).ok(),
        "yaml" => serde_yaml::from_str(text).ok(),
        _ => toml::from_str::<Value>(text).ok(),
    };
    fn open(value: &Value, search: &Search) -> bool {
        match value {
            Value::Object(members) => members.iter().any(|(key, value)| {
                !search.find(key.as_bytes()).is_empty() || (key != "Environment" && open(value, search))
            }),
            Value::Array(items) => items.iter().any(|item| open(item, search)),
            other => !search.find(other.to_string().as_bytes()).is_empty(),
        }
    }
    parsed.is_some_and(|parsed: Value| open(&parsed, search))
}

/// What is done with a folder of them; the first of these always, and each other with a third of the folders.
const LINES: [&str; 9] = [
    "validate -f all",
    "validate -f all --format json",
    "validate -f all --format sarif",
    "validate -f all --format github",
    "validate -f all --format junit",
    "validate -f all --color always",
    "plan --local -f all",
    "apply --local --yes -f all",
    "fmt --check -f all",
];

#[test]
fn no_value_gets_out_of_a_manifest_that_is_broken() {
    let search = Search::new(&secrets());
    let (wanted, count) = if all() { (3000, 60) } else { (72, 32) };
    let mut cells = Vec::new();
    for language in LANGUAGES {
        let whole = text(&manifest(), language);
        // The same in one line, as people write it.
        let flow = if language == "yaml" { text(&manifest(), "json") } else { whole.clone() };
        let texts = [broken(&whole, language, wanted), broken(&flow, language, wanted / 3)].concat();
        for (index, texts) in texts.chunks(count).enumerate() {
            cells.push((format!("{language} {index}"), (language, texts.to_vec(), index)));
        }
    }
    println!(
        "{} documents in {} folders",
        cells.iter().map(|(_, (_, texts, _))| texts.len()).sum::<usize>(),
        cells.len()
    );
    judge("values of broken manifests", &cells, |(language, texts, turn)| {
        let named: Vec<_> =
            texts.iter().enumerate().map(|(index, text)| (format!("all/{index}.{language}"), text.as_str())).collect();
        let folder = folder(named.iter().cloned());
        let mut found = Vec::new();
        for (index, line) in LINES.iter().enumerate() {
            if index == 0 || all() || (index + turn) % 3 == 0 {
                let left = command(folder.path(), line, turn + index);
                found.extend(leaks(&search, &left, &format!("broken {language}")));
            }
        }
        for (index, (name, _)) in named.iter().enumerate() {
            if (index + turn) % if all() { 4 } else { 20 } == 0 {
                let left = command(folder.path(), &format!("convert {name}"), turn + index);
                found.extend(
                    leaks(&search, &left, &format!("broken {language}")).into_iter().filter(|_| left.code != Some(0)),
                );
            }
        }
        found
    });
}
