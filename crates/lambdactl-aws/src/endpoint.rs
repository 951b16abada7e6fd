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

#[cfg(test)]
mod tests {
    use super::*;

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
