use std::collections::{BTreeMap, BTreeSet};

use lambdactl_schema::{Call, Desired, Operation, Subject, preflight};
use serde_json::{Value, json};

use super::found::{Verified, shown};
use super::uses::{ask_each, or_missing, reasons, uses};
use crate::client::Client;
use crate::error::CallError;
use crate::images::{Image, MANIFESTS};

/// Images that one call takes (the service's model of BatchGetImage).
const MOST: usize = 100;
/// What a function has that says nothing of its instruction set (the service's model).
const DEFAULT: &str = "x86_64";
const POINTER: &str = "/Code/ImageUri";

/// Asks each repository for the images that functions are made of, and reads what each is made for where it says so.
pub(super) async fn check(client: &Client, desired: &Desired, parallelism: usize) -> Verified {
    let images = uses(desired, |spec| {
        let uri = spec.request.code.image_uri.clone();
        uri.filter(|uri| Image::of(uri).is_some()).map(|uri| (uri, POINTER.to_owned()))
    });
    let mut repositories: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for uri in images.keys() {
        let address = Image::of(uri).map(|image| image.address.to_owned()).unwrap_or_default();
        repositories.entry(address).or_default().push(uri);
    }
    let known = ask_each(repositories.keys().cloned(), parallelism, async |address| {
        client.images(&repositories[address]).await
    })
    .await;
    let mut verified = Verified::default();
    for (uri, users) in &images {
        let Some(image) = Image::of(uri) else { continue };
        let found = match &known[image.address] {
            Err(_) => continue,
            Ok(found) => found.as_ref().and_then(|found| found.get(image.id)),
        };
        for (spec, pointer) in users {
            let shown = shown(spec, pointer, uri);
            let own = spec.request.architectures.iter().flatten().next();
            let own = own.map_or(DEFAULT, |architecture| architecture.as_str());
            match found {
                None => verified.find(&preflight::IMAGE_MISSING, spec, pointer, format!("there is no image {shown}")),
                Some(Held::Unknown(why)) => verified.tell(spec, format!("the image {shown} was not verified: {why}")),
                Some(Held::For(all)) if !all.is_empty() && !all.contains(own) => {
                    let all = joined(all);
                    let message = format!("the image {shown} is made for {all}, and the function is for {own}");
                    verified.find(&preflight::IMAGE_ARCHITECTURE, spec, pointer, message);
                }
                Some(Held::For(all)) if all.len() > 1 => verified.tell(
                    spec,
                    format!("the image {shown} is made for {}: AWS says that Lambda takes images for one", joined(all)),
                ),
                Some(Held::For(_)) => {}
            }
        }
    }
    verified.unasked("registry", reasons(&known));
    verified
}

fn joined(all: &BTreeSet<String>) -> String {
    all.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// What a registry has under a tag or a digest.
enum Held {
    /// An image for these instruction sets; none where it does not say.
    For(BTreeSet<String>),
    /// Nobody knows, for this reason.
    Unknown(String),
}

/// Returns what an image is made for, by its list of manifests: in the words of Lambda. A manifest of its own says it in an object
/// that would have to be downloaded. Attestations have an architecture of their own, `unknown`.
fn architectures(manifest: &str) -> BTreeSet<String> {
    let manifest: Value = serde_json::from_str(manifest).unwrap_or_default();
    let listed = manifest["manifests"].as_array().into_iter().flatten();
    let named = listed.filter_map(|item| item["platform"]["architecture"].as_str());
    named
        .filter(|name| *name != "unknown")
        .map(|name| if name == "amd64" { "x86_64".to_owned() } else { name.to_owned() })
        .collect()
}

impl Client {
    /// Asks a repository for images of it (BatchGetImage); nothing where there is no such repository.
    async fn images(&self, uris: &[&str]) -> Result<Option<BTreeMap<String, Held>>, CallError> {
        const OPERATION: Operation = Operation::BatchGetImage;
        let mut found = BTreeMap::new();
        for uris in uris.chunks(MOST) {
            let images: Vec<Image<'_>> = uris.iter().filter_map(|uri| Image::of(uri)).collect();
            let Some(first) = images.first() else { continue };
            let elsewhere = match self.connection().ecr {
                None => Some("there is no registry on this machine".to_owned()),
                Some(_) if first.region != self.connection().region() => {
                    Some(format!("its registry is in {}", first.region))
                }
                Some(_) => None,
            };
            if let Some(why) = elsewhere {
                found.extend(images.iter().map(|image| (image.id.to_owned(), Held::Unknown(why.clone()))));
                continue;
            }
            let ids: Vec<Value> = images.iter().map(Image::member).collect();
            let call = Call::new(OPERATION, Subject::default())
                .with("registryId", first.account)
                .with("repositoryName", first.repository)
                .with("imageIds", json!(ids))
                .with("acceptedMediaTypes", json!(MANIFESTS));
            let Some(answer) = or_missing(self.look_for(call).await, &["RepositoryNotFoundException"])? else {
                return Ok(None);
            };
            let (Some(held), failures) = (answer["images"].as_array(), answer["failures"].as_array()) else {
                return Err(self.unexpected(OPERATION, "no list of images"));
            };
            for image in held {
                let all = architectures(image["imageManifest"].as_str().unwrap_or_default());
                for id in ["imageTag", "imageDigest"].into_iter().filter_map(|id| image["imageId"][id].as_str()) {
                    found.insert(id.to_owned(), Held::For(all.clone()));
                }
            }
            for failure in failures.into_iter().flatten() {
                let code = failure["failureCode"].as_str().unwrap_or("no reason");
                if code == "ImageNotFound" {
                    continue;
                }
                for id in ["imageTag", "imageDigest"].into_iter().filter_map(|id| failure["imageId"][id].as_str()) {
                    found.insert(id.to_owned(), Held::Unknown(format!("{OPERATION} answered {code}")));
                }
            }
        }
        Ok(Some(found))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_manifests_say_what_they_are_for() {
        let of = |names: &[&str]| {
            let manifests: Vec<Value> =
                names.iter().map(|name| json!({ "platform": { "architecture": name } })).collect();
            joined(&architectures(&json!({ "schemaVersion": 2, "manifests": manifests }).to_string()))
        };
        assert_eq!(of(&["amd64", "unknown"]), "x86_64");
        assert_eq!(of(&["arm64", "amd64"]), "arm64, x86_64");
        assert!(architectures(r#"{"config":{}}"#).is_empty() && architectures("no JSON").is_empty());
    }
}
