use clap::Args;
use lambdactl_manifest::{Format, Hidden, Rendered, ValueOrigin};
use lambdactl_write::text_with_nulls;
use serde_json::Value;

use crate::exit::Exit;
use crate::flags::Global;
use crate::manifests::ManifestArguments;
use crate::output;
use crate::text::{Text, text};
use crate::writing::ManifestFormat;

/// Print the manifest as it is after its stage, defaults and references.
///
/// No network is used. Defaults are merged into each function, and references become their values, but for those that are not known
/// here. What stands where secrets do, the values of environment variables, stays a reference, and a value that is written there
/// becomes one. With -v it is said where values came from.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// What to write.
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = ManifestFormat::Yaml)]
    format: ManifestFormat,

    // Last, so that its heading is over its own options only.
    #[command(flatten)]
    manifests: ManifestArguments,
}

pub(crate) fn run(global: &Global, arguments: &Arguments) -> anyhow::Result<Exit> {
    let Some(rendered) = arguments.manifests.render(global)? else { return Ok(Exit::Error) };
    let Rendered { manifest, hidden, origins } = rendered;
    let language = arguments.format.language();
    output::document(&text_with_nulls(&manifest, language))?;
    for Hidden { owner, member, reference, is_default } in &hidden {
        let what = if *is_default { "the default of the reference in" } else { "the value of" };
        output::stderr(&text!(
            "note: {}{} {} is not shown, because it may be a secret: {} stands there\n",
            of(owner.as_deref()),
            what,
            member,
            reference
        ));
    }
    if language == Format::Toml && has_null(&manifest) {
        output::stderr(&Text::own(
            "note: TOML has no way to say that something must not be there: what is null is left out\n",
        ));
    }
    if global.verbose > 0 {
        for ValueOrigin { owner, member, text, layer } in &origins {
            let from = layer.as_deref().unwrap_or("a reference");
            let text = text.as_ref().map(|text| format!(", written as {text}")).unwrap_or_default();
            output::stderr(&text!("{}{} comes from {}{}\n", of(owner.as_deref()), member, from, text));
        }
    }
    Ok(Exit::Done)
}

fn of(owner: Option<&str>) -> String {
    owner.map(|owner| format!("{owner}: ")).unwrap_or_default()
}

fn has_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().any(has_null),
        Value::Object(members) => members.values().any(has_null),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}
