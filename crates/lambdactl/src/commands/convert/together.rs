//! Several files as one manifest.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::bail;
use lambdactl_convert::Converted;

use crate::trouble::Trouble;

/// Puts what came out of several files together. What cannot stand in one manifest is an error.
pub(super) fn together(files: Vec<(&Path, Converted)>) -> anyhow::Result<Converted> {
    let mut files = files.into_iter();
    let Some((first, mut all)) = files.next() else { bail!("there is no file to convert") };
    for (file, converted) in files {
        let apart = |what: String| {
            Trouble::new(format!("{} and {} {what}", first.display(), file.display())).help("convert them one by one")
        };
        match (&all.region, &converted.region) {
            (Some(one), Some(other)) if one != other => bail!(apart(format!("are for two regions, {one} and {other}"))),
            (None, region) => all.region.clone_from(region),
            _ => {}
        }
        if let Some(unknown) = converted
            .unknowns
            .iter()
            .find(|unknown| all.unknowns.iter().any(|known| known.name == unknown.name && known.what != unknown.what))
        {
            bail!(apart(format!("use the variable {} for different values", unknown.name)));
        }
        let name = |function: &serde_json::Map<String, serde_json::Value>, key: &str| {
            function.get(key).and_then(serde_json::Value::as_str).map(str::to_owned)
        };
        for (key, known, more) in
            [("FunctionName", &all.functions, &converted.functions), ("LayerName", &all.layers, &converted.layers)]
        {
            let known: BTreeSet<String> = known.iter().filter_map(|one| name(one, key)).collect();
            if let Some(twice) = more.iter().filter_map(|one| name(one, key)).find(|name| known.contains(name)) {
                bail!(apart(format!("both have {twice}")));
            }
        }
        if let Some(code) =
            converted.files.iter().find(|code| all.files.iter().any(|known| known.folder == code.folder))
        {
            bail!(apart(format!("both have code for the folder {}", code.folder)));
        }
        // Files that hold what the account has make the whole manifest one that does.
        if converted.tool.has_values_of_the_account() {
            all.tool = converted.tool;
        }
        all.layers.extend(converted.layers);
        all.functions.extend(converted.functions);
        all.files.extend(converted.files);
        all.notes.extend(converted.notes.into_iter().filter(|note| note.path != "name"));
        all.ignored.extend(converted.ignored);
        for unknown in converted.unknowns {
            match all.unknowns.iter_mut().find(|known| known.name == unknown.name) {
                Some(known) => known.places.extend(unknown.places),
                None => all.unknowns.push(unknown),
            }
        }
        all.environment.extend(converted.environment);
    }
    all.environment.sort_unstable();
    all.environment.dedup();
    let mut seen = BTreeSet::new();
    all.ignored.retain(|line| seen.insert(line.clone()));
    Ok(all)
}
