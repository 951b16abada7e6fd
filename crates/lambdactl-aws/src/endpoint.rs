//! Where a service answers, by partition. The table is that of the service's public endpoint rules (botocore 1.43.11,
//! partitions.json).

/// A group of regions with a DNS suffix of its own.
struct Partition {
    /// What a region's name begins with; the most particular stands first.
    regions: &'static [&'static str],
    suffix: &'static str,
    dual_stack_suffix: &'static str,
}

const PARTITIONS: &[Partition] = &[
    Partition { regions: &["cn-"], suffix: "amazonaws.com.cn", dual_stack_suffix: "api.amazonwebservices.com.cn" },
    Partition { regions: &["us-gov-"], suffix: "amazonaws.com", dual_stack_suffix: "api.aws" },
    Partition { regions: &["eusc-"], suffix: "amazonaws.eu", dual_stack_suffix: "api.amazonwebservices.eu" },
    Partition { regions: &["us-isob-"], suffix: "sc2s.sgov.gov", dual_stack_suffix: "api.aws.scloud" },
    Partition { regions: &["us-isof-"], suffix: "csp.hci.ic.gov", dual_stack_suffix: "api.aws.hci.ic.gov" },
    Partition { regions: &["us-iso-"], suffix: "c2s.ic.gov", dual_stack_suffix: "api.aws.ic.gov" },
    Partition { regions: &["eu-isoe-"], suffix: "cloud.adc-e.uk", dual_stack_suffix: "api.cloud-aws.adc-e.uk" },
    // Every other region is of the commercial partition, those that do not exist yet included.
    Partition { regions: &[""], suffix: "amazonaws.com", dual_stack_suffix: "api.aws" },
];

/// What the configuration says about endpoints.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Variant {
    pub(crate) fips: bool,
    pub(crate) dual_stack: bool,
}

/// Returns the address of a service in a region.
pub(crate) fn endpoint(service: &str, region: &str, variant: Variant) -> String {
    let partition = PARTITIONS
        .iter()
        .find(|partition| partition.regions.iter().any(|prefix| region.starts_with(prefix)))
        .expect("the last partition takes every region");
    let suffix = if variant.dual_stack { partition.dual_stack_suffix } else { partition.suffix };
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
