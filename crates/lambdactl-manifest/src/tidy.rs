//! The order in which diagnostics are told, and which of them are one.

use std::collections::BTreeSet;

use crate::diagnostic::Diagnostic;
use crate::keys::plain_path;

/// Sorts by place, and folds what one value breaks in many functions into one diagnostic.
pub(crate) fn tidy(diagnostics: &mut Vec<Diagnostic>) {
    for diagnostic in diagnostics.iter_mut() {
        diagnostic.path = plain_path(&diagnostic.path);
        let layers = [("stage", &diagnostic.stages), ("location", &diagnostic.locations)]
            .map(|(word, names)| named(word, names));
        let layers: Vec<String> = layers.into_iter().flatten().collect();
        if !layers.is_empty() {
            diagnostic.message = format!("{} ({})", diagnostic.message, layers.join(", "));
        }
    }
    diagnostics.sort_by_cached_key(|diagnostic| {
        let place = diagnostic.place.map_or((0, 0, 0), |place| (1, place.source.0, place.span.start));
        (place, diagnostic.rule.code, diagnostic.message.clone())
    });
    diagnostics.dedup_by(|later, first| {
        let same = first.place.is_some()
            && first.place == later.place
            && first.rule == later.rule
            && first.message == later.message;
        if same && later.function != first.function {
            first.also.extend(later.function.take());
        }
        same
    });
}

/// Says which stages or locations something is about.
fn named(word: &str, names: &BTreeSet<String>) -> Option<String> {
    /// Names that are listed.
    const LISTED: usize = 10;
    let listed: Vec<String> = names.iter().take(LISTED).map(|name| format!("`{name}`")).collect();
    let many = if names.len() > 1 { "s" } else { "" };
    let more = match names.len().saturating_sub(LISTED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    (!names.is_empty()).then(|| format!("{word}{many} {}{more}", listed.join(", ")))
}
