//! Where a request acts: account and region.

use lambdactl_schema::partitions;

/// Where a request acts: the region that it was signed for, and the emulator's account.
pub(crate) struct Scope {
    pub(crate) region: String,
    pub(crate) account: String,
}

impl Scope {
    /// The unqualified ARN of a function.
    pub(crate) fn function_arn(&self, name: &str) -> String {
        let Scope { region, account } = self;
        format!("arn:{}:lambda:{region}:{account}:function:{name}", self.partition())
    }

    /// The ARN of an event source mapping.
    pub(crate) fn mapping_arn(&self, uuid: &str) -> String {
        let Scope { region, account } = self;
        format!("arn:{}:lambda:{region}:{account}:event-source-mapping:{uuid}", self.partition())
    }

    /// The partition that the region belongs to.
    pub(crate) fn partition(&self) -> &'static str {
        partitions::of(&self.region).name
    }
}

/// The region of a SigV4 `Authorization` header, which stands third in its credential scope:
/// `Credential=KEY/DATE/REGION/SERVICE/aws4_request`.
pub(crate) fn signed_region(authorization: &str) -> Option<&str> {
    signed(authorization, 2)
}

/// The service that it is for, which stands fourth.
pub(crate) fn signed_service(authorization: &str) -> Option<&str> {
    signed(authorization, 3)
}

fn signed(authorization: &str, place: usize) -> Option<&str> {
    let (_, credential) = authorization.split_once("Credential=")?;
    let scope = credential.split([',', ' ']).next()?;
    let part = scope.split('/').nth(place)?;
    // Part of a key in the store, of every ARN and of texts, so nothing but a region's characters.
    let region_like = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (!part.is_empty() && part.bytes().all(region_like)).then_some(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn region_comes_from_the_credential_scope() {
        let header = "AWS4-HMAC-SHA256 Credential=AKID/20260101/eu-west-1/lambda/aws4_request, \
                      SignedHeaders=host";
        assert_eq!(signed_region(header), Some("eu-west-1"));
        assert_eq!(signed_service(header), Some("lambda"));
        assert_eq!(signed_region("Bearer token"), None);
        assert_eq!(signed_region("AWS4-HMAC-SHA256 Credential=AKID/20260101/EU WEST/lambda"), None);
    }

    #[test]
    fn arns_are_of_the_regions_partition() {
        for partition in partitions::PARTITIONS {
            let region = format!("{}-east-1", partition.regions[0]);
            let expected = format!("arn:{}:lambda:{region}:123456789012:function:f", partition.name);
            let scope = Scope { region, account: "123456789012".to_owned() };
            assert_eq!(scope.function_arn("f"), expected);
        }
    }
}
