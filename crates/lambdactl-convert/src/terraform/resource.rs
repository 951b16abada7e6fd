use serde_json::Value;

/// A resource.
pub(super) struct Resource {
    pub(super) address: String,
    pub(super) kind: String,
    pub(super) values: Value,
    /// What its configuration refers to, by attribute; null where there is no configuration.
    pub(super) expressions: Value,
    /// The module that it stands in, with a dot behind it, or nothing.
    pub(super) module: String,
}

/// An address without the keys of `count` and `for_each`.
pub(super) fn without_keys(address: &str) -> String {
    let mut result = String::new();
    let (mut depth, mut is_quoted) = (0usize, false);
    for letter in address.chars() {
        match letter {
            '"' if depth > 0 => is_quoted = !is_quoted,
            '[' if !is_quoted => depth += 1,
            ']' if !is_quoted => depth = depth.saturating_sub(1),
            letter if depth == 0 => result.push(letter),
            _ => {}
        }
    }
    result
}

/// What an attribute's configuration refers to, in whole addresses.
pub(super) fn references<'a>(resource: &'a Resource, attribute: &str) -> impl Iterator<Item = String> + 'a {
    let found = resource.expressions[attribute]["references"].as_array().into_iter().flatten();
    found.filter_map(Value::as_str).map(|reference| format!("{}{reference}", without_keys(&resource.module)))
}
