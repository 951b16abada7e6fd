use lambdactl_manifest::Format;
use serde_json::{Map, Value};

use crate::format;
use crate::order::{Order, keys_of_root};
use crate::yaml;

/// Writes a manifest in canonical order. A null says nothing, and is left out.
pub fn text(manifest: &Value, language: Format) -> String {
    let mut manifest = manifest.clone();
    drop_nulls(&mut manifest);
    text_with_nulls(&manifest, language)
}

/// The same, with the nulls that say that something must not be there. TOML has no way to write them.
pub fn text_with_nulls(manifest: &Value, language: Format) -> String {
    let keys = keys_of_root(manifest.as_object().into_iter().flat_map(Map::keys).map(String::as_str));
    let mut manifest = Order::new().canonical(manifest.clone(), &keys);
    if language == Format::Toml {
        drop_nulls(&mut manifest);
    }
    match language {
        Format::Yaml => as_formatted(yaml::write(&manifest), format::styled),
        Format::Toml => {
            as_formatted(toml::to_string_pretty(&manifest).expect("a manifest is a table"), format::styled_toml)
        }
        Format::Json => format!("{manifest:#}\n"),
    }
}

/// Takes out what says nothing. TOML has no way to write it.
fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, member| !member.is_null());
            members.values_mut().for_each(drop_nulls);
        }
        Value::Array(items) => {
            items.retain(|item| !item.is_null());
            items.iter_mut().for_each(drop_nulls);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Gives a text the style that people's texts are brought into.
fn as_formatted(text: String, style: fn(&str) -> Option<String>) -> String {
    style(&text).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nothing_is_written_of_a_null() {
        let manifest = json!({ "functions": [{ "FunctionName": "f", "DeadLetterConfig": { "TargetArn": null }, "Layers": [null] }] });
        for language in [Format::Yaml, Format::Toml, Format::Json] {
            let text = text(&manifest, language);
            assert!(!text.contains("null") && text.contains("DeadLetterConfig") && text.contains("Layers"), "{text}");
        }
    }
}
