//! Where a service answers, by partition (public endpoint rules of the services).

use lambdactl_schema::partitions;

/// What the configuration says about endpoints.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Variant {
    pub(crate) fips: bool,
    pub(crate) dual_stack: bool,
}

/// Returns the address of a service in a region.
pub(crate) fn endpoint(service: &str, region: &str, variant: Variant) -> String {
    let partition = partitions::of(region);
    let suffix = if variant.dual_stack { partition.dual_stack_dns_suffix } else { partition.dns_suffix };
    let fips = if variant.fips { "-fips" } else { "" };
    format!("https://{service}{fips}.{region}.{suffix}")
}

/// Returns the address of IAM, which is the same for every region of a partition. It is the one of IPv4 in any case.
pub(crate) fn endpoint_of_iam(region: &str, variant: Variant) -> String {
    let home = partitions::of(region).iam;
    format!("https://{}", if variant.fips { home.fips_host } else { home.host })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iam_has_one_home_in_a_partition() {
        let plain = |region| endpoint_of_iam(region, Variant::default());
        assert_eq!(plain("eu-west-1"), "https://iam.amazonaws.com");
        assert_eq!(plain("us-gov-east-1"), "https://iam.us-gov.amazonaws.com");
        assert_eq!(plain("cn-northwest-1"), "https://iam.cn-north-1.amazonaws.com.cn");
        let fips = Variant { fips: true, dual_stack: false };
        assert_eq!(endpoint_of_iam("eu-west-1", fips), "https://iam-fips.amazonaws.com");
    }

    #[test]
    fn every_partition_has_its_suffix() {
        let plain = |region| endpoint("lambda", region, Variant::default());
        assert_eq!(plain("us-west-2"), "https://lambda.us-west-2.amazonaws.com");
        assert_eq!(plain("us-gov-west-1"), "https://lambda.us-gov-west-1.amazonaws.com");
        assert_eq!(plain("cn-north-1"), "https://lambda.cn-north-1.amazonaws.com.cn");
        assert_eq!(plain("eusc-de-east-1"), "https://lambda.eusc-de-east-1.amazonaws.eu");
        assert_eq!(plain("us-isob-east-1"), "https://lambda.us-isob-east-1.sc2s.sgov.gov");
        assert_eq!(plain("us-iso-east-1"), "https://lambda.us-iso-east-1.c2s.ic.gov");
        assert_eq!(plain("eu-isoe-west-1"), "https://lambda.eu-isoe-west-1.cloud.adc-e.uk");
        let both = Variant { fips: true, dual_stack: true };
        assert_eq!(endpoint("lambda", "us-east-1", both), "https://lambda-fips.us-east-1.api.aws");
        assert_eq!(
            endpoint("sts", "cn-north-1", Variant { fips: false, dual_stack: true }),
            "https://sts.cn-north-1.api.amazonwebservices.com.cn"
        );
    }
}
