//! What a zip says of its entries.

/// Bytes of the end-of-central-directory record, behind which a comment of at most 65,535 bytes may stand.
const END_RECORD: usize = 22;
/// Bytes of an entry's record before its name.
const ENTRY_RECORD: usize = 46;

/// What a zip says of its entries together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Entries {
    /// How many there are.
    pub(crate) count: usize,
    /// Their bytes once they are unpacked.
    pub(crate) unzipped: u64,
}

/// Returns what an archive's directory says; nothing where there is no zip. Of a directory that breaks off, what comes before
/// counts.
pub(crate) fn entries(bytes: &[u8]) -> Option<Entries> {
    let from = bytes.len().saturating_sub(END_RECORD + 65_535);
    let end = from + bytes[from..].windows(END_RECORD).rposition(|window| window.starts_with(b"PK\x05\x06"))?;
    // What stands before the archive moves it, so that it is found from its end.
    let length = number(bytes, end + 12, 4)?;
    let start = end.saturating_sub(usize::try_from(length).unwrap_or(usize::MAX));
    let mut rest = &bytes[start..end];
    let mut found = Entries::default();
    while rest.starts_with(b"PK\x01\x02") {
        let Some(entry) = number(rest, 24, 4) else { break };
        found.count += 1;
        found.unzipped = found.unzipped.saturating_add(entry);
        let lengths = [28, 30, 32].map(|at| number(rest, at, 2).unwrap_or_default() as usize);
        rest = rest.get(ENTRY_RECORD + lengths.iter().sum::<usize>()..).unwrap_or_default();
    }
    Some(found)
}

/// Reads a little-endian number.
fn number(bytes: &[u8], at: usize, length: usize) -> Option<u64> {
    let bytes = bytes.get(at..at + length)?;
    Some(bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}
