//! What is said of layers beyond their schema: those that a function names, and one that a manifest declares.

use serde_json::Value;

use super::surroundings::{Surroundings, foreign_partition};
use crate::layer::referred_layer;
use crate::messages::show_origin;
use crate::origins::Origins;
use crate::rules;
use crate::violation::{Anchor, Violation};

/// The layers of a function: one version of each, all of one region.
pub(super) fn check(function: &Value, surroundings: &Surroundings<'_>, found: &mut Vec<Violation>) {
    let arns: Vec<&str> = function["Layers"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let Surroundings { home, origins } = surroundings;
    let mut region = home.region;
    let shown = |index: usize| {
        origins
            .text(&format!("/Layers/{index}"))
            .map_or_else(|| format!("`{}`", arns[index].escape_debug()), show_origin)
    };
    let mut whose_region = home.region.map(|region| surroundings.of_manifest("/region", region));
    for (index, arn) in arns.iter().enumerate() {
        let pointer = format!("/Layers/{index}");
        if let Some(name) = referred_layer(arn) {
            if arns[..index].iter().any(|other| referred_layer(other) == Some(name)) {
                let message = format!("the layer {} stands here twice", shown(index));
                found.push(Violation::of(&rules::LAYER_TWICE, &pointer, message));
            }
            continue;
        }
        if origins.is_unknown(&pointer) {
            continue;
        }
        // `arn:aws:lambda:REGION:ACCOUNT:layer:NAME:VERSION`; a layer of AWS's own has neither region nor version.
        let Some((layer, _)) = arn.rsplit_once(':').filter(|_| !arn.contains(":awslayer:")) else {
            foreign_partition(arn, &pointer, surroundings, found);
            continue;
        };
        let same = |other: &&&str| other.rsplit_once(':').is_some_and(|(other, _)| other == layer);
        if let Some(first) = arns[..index].iter().position(|other| same(&other)) {
            let message = if arns[first] == *arn {
                format!("the layer {} stands here twice", shown(index))
            } else {
                format!("{} and {} are versions of one layer", shown(index), shown(first))
            };
            found.push(Violation::of(&rules::LAYER_TWICE, &pointer, message));
        }
        if foreign_partition(arn, &pointer, surroundings, found) {
            continue;
        }
        let own = arn.split(':').nth(3).unwrap_or_default();
        match region {
            Some(region) if region != own => {
                let whose = if home.region.is_some() { "the manifest's functions are" } else { "another layer is" };
                let own = surroundings.part(&pointer, "region", own);
                let region = whose_region.as_deref().unwrap_or(region);
                let message = format!("the layer is in {own}, and {whose} in {region}");
                found.push(Violation::of(&rules::LAYER_REGION, &pointer, message));
            }
            Some(_) => {}
            None => {
                region = Some(own);
                whose_region = Some(surroundings.part(&pointer, "region", own));
            }
        }
    }
}

/// Says of a declared layer what its schema cannot, and says in other words what the schema has `found` where a reader would not
/// know what to do about it.
pub(crate) fn check_layer(layer: &Value, mut found: Vec<Violation>, origins: &Origins) -> Vec<Violation> {
    const PERMISSIONS: &str = "Permissions";
    let is_arn = layer["LayerName"].as_str().is_some_and(|name| name.starts_with("arn:"));
    for violation in &mut found {
        if violation.pointer.is_empty() && violation.anchor == Anchor::Key(PERMISSIONS.to_owned()) {
            violation.message = "the permissions of a layer are not managed yet".to_owned();
            violation.help =
                Some("take `Permissions` out, and call AddLayerVersionPermission for each version".to_owned());
        } else if violation.pointer == "/LayerName" && is_arn {
            violation.message = "`LayerName` is an ARN, and a layer is published by its name".to_owned();
            violation.help = Some("give the name alone: the account and the region are the manifest's".to_owned());
        }
    }
    let content = &layer["Content"];
    let has = |member: &str| !content[member].is_null();
    let is_archive = has("ZipFile") && !["S3Bucket", "S3Key", "S3ObjectVersion"].into_iter().any(has);
    let is_object = has("S3Bucket") && has("S3Key") && !has("ZipFile");
    if content.is_object() && !is_archive && !is_object && !origins.is_unknown("/Content") {
        let message = "`Content` is neither a zip archive nor an object in S3".to_owned();
        let help = "give a path, `ZipFile`, or `S3Bucket` with `S3Key`, and one of them only";
        found.push(Violation {
            help: Some(help.to_owned()),
            ..Violation::of(&rules::ONE_CODE_SOURCE, "/Content", message)
        });
    }
    found
}
