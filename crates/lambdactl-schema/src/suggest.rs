/// Likeness from which a name is offered; below it a suggestion is noise more often than help.
const LIKE: f64 = 0.8;

/// Returns the candidate that `written` was probably meant to be.
///
/// Case, hyphens and underscores are passed over, so `memory_size` finds `MemorySize`.
pub fn nearest<'a>(written: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let written = plain(written);
    candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&written, &plain(candidate)), candidate))
        .filter(|(likeness, _)| *likeness > LIKE)
        // Of equals the first wins: candidates come in the service's order.
        .fold(None, |best: Option<(f64, &str)>, next| match best {
            Some(best) if best.0 >= next.0 => Some(best),
            _ => Some(next),
        })
        .map(|(_, candidate)| candidate)
}

fn plain(name: &str) -> String {
    name.chars().filter(|character| !matches!(character, '-' | '_')).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspelt_names_find_what_was_meant() {
        let members = ["Timeout", "TracingConfig", "MemorySize", "Handler"];
        assert_eq!(nearest("Timout", members), Some("Timeout"));
        assert_eq!(nearest("timeout", members), Some("Timeout"));
        assert_eq!(nearest("memory_size", members), Some("MemorySize"));
        assert_eq!(nearest("Colour", members), None);
        assert_eq!(nearest("X86_64", ["x86_64", "arm64"]), Some("x86_64"));
        assert_eq!(nearest("nodejs22", ["nodejs20.x", "nodejs22.x"]), Some("nodejs22.x"));
    }
}
