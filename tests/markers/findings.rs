//! Work on many cells at a time, and what was found in them.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// Runs in flight: most of their time is waits.
const WORKERS: usize = 6;

/// Whether everything is to be run.
pub(crate) fn all() -> bool {
    std::env::var_os("MARKERS_ALL").is_some()
}

/// A fixed number for a text, to choose by: the same on every machine (FNV-1a, and the end of MurmurHash3 so that like
/// texts have unlike numbers).
pub(crate) fn number_of(text: &str) -> usize {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let mut hash = text.bytes().fold(0xcbf2_9ce4_8422_2325, step);
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    usize::try_from((hash ^ (hash >> 33)) >> 33).unwrap()
}

/// Something that must not be: its kind, by which findings are counted together, and one example.
pub(crate) struct Finding {
    pub(crate) kind: String,
    pub(crate) example: String,
}

/// Runs named cells and panics with what was found in them.
pub(crate) fn judge<T: Sync>(title: &str, cells: &[(String, T)], judge: impl Fn(&T) -> Vec<Finding> + Sync) {
    let only = std::env::var("MARKERS_ONLY").ok();
    let cells: Vec<_> = cells.iter().filter(|(name, _)| only.as_ref().is_none_or(|only| name.contains(only))).collect();
    let next = AtomicUsize::new(0);
    let found: Mutex<BTreeMap<String, Vec<String>>> = Mutex::default();
    let began = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                while let Some((name, cell)) = cells.get(next.fetch_add(1, Ordering::Relaxed)) {
                    for Finding { kind, example } in judge(cell) {
                        found.lock().unwrap().entry(kind).or_default().push(format!("[{name}] {example}"));
                    }
                }
            });
        }
    });
    let found = found.into_inner().unwrap();
    let count: usize = found.values().map(Vec::len).sum();
    let mut report = format!(
        "{title}: {} cells in {:.0?}, {count} findings of {} kinds\n",
        cells.len(),
        began.elapsed(),
        found.len()
    );
    println!("{report}");
    for (kind, examples) in &found {
        let _ = writeln!(report, "{:5} × {kind}\n        {}", examples.len(), examples[0]);
    }
    if let Ok(path) = std::env::var("MARKERS_REPORT") {
        let all: String = found
            .iter()
            .flat_map(|(kind, examples)| examples.iter().map(move |example| format!("{kind}\t{example}\n")))
            .collect();
        std::fs::write(format!("{path}.{}", title.replace(' ', "-")), all).unwrap();
    }
    assert!(found.is_empty(), "{report}");
}
