use lambdactl_manifest::Format;
use serde_json::{Map, Value};

use crate::order::{Order, keys_of_root};
use crate::yaml;

/// Writes a manifest in canonical order. `comments` are lines that go before it; JSON has none.
pub fn text(manifest: &Value, format: Format, comments: &[String]) -> String {
    let keys = keys_of_root(manifest.as_object().into_iter().flat_map(Map::keys).map(String::as_str));
    let manifest = Order::new().canonical(manifest.clone(), &keys);
    let comments: String = comments
        .iter()
        .map(|line| if line.is_empty() { "#\n".to_owned() } else { format!("# {line}\n") })
        .collect();
    match format {
        Format::Yaml => format!("{comments}{}", yaml::write(&manifest)),
        Format::Toml => format!("{comments}{}", toml::to_string_pretty(&manifest).expect("a manifest is a table")),
        Format::Json => format!("{manifest:#}\n"),
    }
}
