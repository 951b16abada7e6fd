//! What the fuzz target checks, over every manifest of the repository and mutations of each.
//!
//! An input on which the fuzzer has failed goes into `tests/fuzz/regressions/` and stays there.
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "../../../tests/fuzz/invariants.rs"]
mod invariants;

use std::fs;
use std::path::{Path, PathBuf};

/// Mutations of each manifest.
const MUTATIONS: u64 = 40;

#[test]
fn invariants_hold_for_every_manifest_and_its_mutations() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut corpus = Vec::new();
    for folder in ["examples", "tests/cases", "tests/rules", "tests/fuzz/regressions"] {
        collect(&repository.join(folder), &mut corpus);
    }
    assert!(corpus.len() > 100, "{}", corpus.len());
    for path in corpus {
        let text = fs::read(&path).unwrap();
        invariants::check(&text);
        let mut random = Random(text.len() as u64 + 1);
        for _ in 0..MUTATIONS {
            invariants::check(&mutated(&text, &mut random));
        }
    }
}

fn collect(folder: &Path, corpus: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, corpus);
        } else if path
            .extension()
            .is_none_or(|extension| ["yaml", "yml", "toml", "json"].iter().any(|own| extension == *own))
        {
            corpus.push(path);
        }
    }
    corpus.sort();
}

/// Takes out, doubles or swaps a line, or changes a byte to one that means something in YAML, TOML or JSON.
fn mutated(text: &[u8], random: &mut Random) -> Vec<u8> {
    const SPEAKING: &[u8] = b"{}[]:,&*!|>'\"%@`#-?\t\r\n =$\\\0\xff\xc3~<0";
    let mut lines: Vec<Vec<u8>> = text.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    for _ in 0..=random.below(3) {
        if lines.is_empty() {
            break;
        }
        let at = random.below(lines.len());
        match random.below(6) {
            0 => drop(lines.remove(at)),
            1 => lines.insert(at, lines[at].clone()),
            2 => {
                let other = random.below(lines.len());
                lines.swap(at, other);
            }
            _ if lines[at].is_empty() => {}
            kind => {
                let line = &mut lines[at];
                let place = random.below(line.len());
                let byte = SPEAKING[random.below(SPEAKING.len())];
                match kind {
                    3 => line[place] = byte,
                    4 => line.insert(place, byte),
                    _ => line.truncate(place),
                }
            }
        }
    }
    lines.concat()
}

/// Xorshift: the same numbers on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }
}
