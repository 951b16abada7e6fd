use lambdactl_manifest::Format;
use serde_json::{Map, Value};

use crate::format;
use crate::order::{Order, keys_of_root};
use crate::yaml;

/// Writes a manifest in canonical order.
pub fn text(manifest: &Value, language: Format) -> String {
    let keys = keys_of_root(manifest.as_object().into_iter().flat_map(Map::keys).map(String::as_str));
    let manifest = Order::new().canonical(manifest.clone(), &keys);
    match language {
        Format::Yaml => as_formatted(yaml::write(&manifest), format::styled),
        Format::Toml => {
            as_formatted(toml::to_string_pretty(&manifest).expect("a manifest is a table"), format::styled_toml)
        }
        Format::Json => format!("{manifest:#}\n"),
    }
}

/// Gives a text the style that people's texts are brought into.
fn as_formatted(text: String, style: fn(&str) -> Option<String>) -> String {
    style(&text).unwrap_or(text)
}
