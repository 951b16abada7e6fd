//! What a zip says of its entries.

/// Bytes of the end-of-central-directory record, behind which a comment of at most 65,535 bytes may stand.
const END_RECORD: usize = 22;
/// Bytes of an entry's record before its name.
const ENTRY_RECORD: usize = 46;

/// Returns how many bytes the entries have together, by the archive's directory; nothing where there is no zip. Of a
/// directory that breaks off, what comes before counts.
pub(crate) fn unzipped_size(bytes: &[u8]) -> Option<u64> {
    let from = bytes.len().saturating_sub(END_RECORD + 65_535);
    let end = from + bytes[from..].windows(END_RECORD).rposition(|window| window.starts_with(b"PK\x05\x06"))?;
    // What stands before the archive moves it, so that it is found from its end.
    let length = number(bytes, end + 12, 4)?;
    let start = end.saturating_sub(usize::try_from(length).unwrap_or(usize::MAX));
    let mut rest = &bytes[start..end];
    let mut size = 0_u64;
    while rest.starts_with(b"PK\x01\x02") {
        let Some(entry) = number(rest, 24, 4) else { break };
        size = size.saturating_add(entry);
        let lengths = [28, 30, 32].map(|at| number(rest, at, 2).unwrap_or_default() as usize);
        rest = rest.get(ENTRY_RECORD + lengths.iter().sum::<usize>()..).unwrap_or_default();
    }
    Some(size)
}

/// Reads a little-endian number.
fn number(bytes: &[u8], at: usize, length: usize) -> Option<u64> {
    let bytes = bytes.get(at..at + length)?;
    Some(bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}
