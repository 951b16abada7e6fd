//! Tags of container images: the service resolves one when a function is created or updated, and never again. So a plan
//! asks the registry which image a tag means now, and has exactly that one applied.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{self, StreamExt};
use lambdactl_schema::{Call, Desired, Operation, Subject};
use serde_json::{Value, json};
use tracing::info;

use crate::client::Client;
use crate::error::CallError;

/// The manifests that are asked for: those of one image, and lists of several.
pub(crate) const MANIFESTS: [&str; 4] = [
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.oci.image.index.v1+json",
];

/// An image in a private registry: `ACCOUNT.dkr.ecr.REGION.SUFFIX/REPOSITORY:TAG`, or with `@DIGEST`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Image<'a> {
    pub(crate) account: &'a str,
    pub(crate) region: &'a str,
    /// Everything before the tag or the digest.
    pub(crate) address: &'a str,
    pub(crate) repository: &'a str,
    /// The tag or the digest.
    pub(crate) id: &'a str,
    is_digest: bool,
}

impl<'a> Image<'a> {
    /// Takes a URI apart; nothing for one that is no private registry's.
    pub(crate) fn of(uri: &'a str) -> Option<Self> {
        let (host, path) = uri.split_once('/')?;
        let mut labels = host.split('.');
        let (account, dkr, ecr, region) = (labels.next()?, labels.next()?, labels.next()?, labels.next()?);
        if dkr != "dkr" || !matches!(ecr, "ecr" | "ecr-fips") {
            return None;
        }
        let (repository, id, is_digest) = match path.split_once('@') {
            // A tag before a digest says nothing.
            Some((path, digest)) => (path.split(':').next().unwrap_or_default(), digest, true),
            None => match path.split_once(':') {
                Some((repository, tag)) => (repository, tag, false),
                None => (path, "latest", false),
            },
        };
        let address = &uri[..host.len() + 1 + repository.len()];
        Some(Self { account, region, address, repository, id, is_digest })
    }

    /// The same for one that is named by a tag.
    fn tagged(uri: &'a str) -> Option<Self> {
        Self::of(uri).filter(|image| !image.is_digest)
    }

    /// Returns how a call names it.
    pub(crate) fn member(&self) -> Value {
        json!({ if self.is_digest { "imageDigest" } else { "imageTag" }: self.id })
    }
}

/// Whether a manifest has images that are named by a tag of a registry that can be asked.
pub fn has_image_tags(desired: &Desired) -> bool {
    desired.functions.iter().any(|spec| spec.request.code.image_uri.as_deref().and_then(Image::tagged).is_some())
}

/// Replaces the tags of images by the digests that they mean now. Returns what could not be resolved, and why, by the
/// function's name: those are compared by their tags. Without a registry to ask, as on one machine, nothing is done.
pub async fn resolve_images(client: &Client, desired: &mut Desired, parallelism: usize) -> BTreeMap<String, String> {
    if client.connection().ecr.is_none() {
        return BTreeMap::new();
    }
    let uris: BTreeSet<String> =
        desired.functions.iter().filter_map(|spec| spec.request.code.image_uri.clone()).collect();
    let resolved: BTreeMap<String, Result<String, String>> = stream::iter(uris)
        .map(async |uri| {
            let image = Image::tagged(&uri)?;
            let digest = client.resolve(&image).await.map(|digest| format!("{}@{digest}", image.address));
            Some((uri, digest))
        })
        .buffer_unordered(parallelism.max(1))
        .filter_map(async |found| found)
        .collect()
        .await;
    let mut unresolved = BTreeMap::new();
    for spec in &mut desired.functions {
        let uri = &mut spec.request.code.image_uri;
        match uri.as_ref().and_then(|uri| resolved.get(uri)) {
            Some(Ok(digest)) => *uri = Some(digest.clone()),
            Some(Err(reason)) => {
                unresolved.insert(spec.request.function_name.clone(), reason.clone());
            }
            None => {}
        }
    }
    unresolved
}

impl Client {
    async fn resolve(&self, image: &Image<'_>) -> Result<String, String> {
        if image.region != self.connection().region() {
            return Err(format!("its registry is in {}", image.region));
        }
        match self.image_digest(image).await {
            Ok(Some(digest)) => Ok(digest),
            Ok(None) => Err(format!("the registry has no tag `{}`", image.id)),
            Err(error) => {
                info!(%error, "a registry cannot be asked");
                Err(format!("the registry could not be asked ({})", error.code()))
            }
        }
    }

    /// Asks which image a tag means (BatchGetImage). For an image of several architectures this is the digest of the
    /// index; whether the service then shows that of one of them nobody could verify.
    async fn image_digest(&self, image: &Image<'_>) -> Result<Option<String>, CallError> {
        let call = Call::new(Operation::BatchGetImage, Subject::default())
            .with("registryId", image.account)
            .with("repositoryName", image.repository)
            .with("imageIds", json!([image.member()]))
            .with("acceptedMediaTypes", json!(MANIFESTS));
        let answer = self.answer(call).await?;
        // No images, or the answer of something else.
        let Some(digest) = answer["images"][0]["imageId"].get("imageDigest") else {
            return if answer["failures"].is_array() || answer["images"].is_array() {
                Ok(None)
            } else {
                Err(self.unexpected(Operation::BatchGetImage, "no list of images"))
            };
        };
        match digest.as_str().filter(|digest| is_digest(digest)) {
            Some(digest) => Ok(Some(digest.to_owned())),
            None => Err(self.unexpected(Operation::BatchGetImage, "a digest that is none")),
        }
    }
}

/// `sha256:` and 64 digits: the image that is applied is named by it.
fn is_digest(text: &str) -> bool {
    let digits = text.strip_prefix("sha256:").unwrap_or_default();
    digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris_are_taken_apart() {
        let host = "123456789012.dkr.ecr.us-east-1.amazonaws.com";
        let uri = format!("{host}/team/app:1.2");
        let image = Image::of(&uri).expect("an image");
        assert_eq!((image.account, image.region), ("123456789012", "us-east-1"));
        assert_eq!((image.repository, image.id), ("team/app", "1.2"));
        assert_eq!(image.address, format!("{host}/team/app"));
        assert_eq!(image.member(), json!({ "imageTag": "1.2" }));
        assert_eq!(Image::of(&format!("{host}/app")).expect("an image").id, "latest");
        let digest = format!("sha256:{}", "0".repeat(64));
        for uri in [format!("{host}/app@{digest}"), format!("{host}/app:1@{digest}")] {
            let image = Image::of(&uri).expect("an image");
            assert_eq!((image.address, image.member()), (&*format!("{host}/app"), json!({ "imageDigest": digest })));
            assert_eq!(Image::tagged(&uri), None);
        }
        assert_eq!(Image::of("public.ecr.aws/lambda/python:3.13"), None);
    }
}
