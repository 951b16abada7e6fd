//! AWS's partitions: groups of regions that share nothing with one another, neither accounts nor names of hosts.
//!
//! The table is botocore's (1.43.11, `partitions.json`; of IAM, which has one home in a partition, its
//! `endpoint-rule-set-1.json`).

/// A group of regions with ARNs and host names of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Partition {
    /// The second part of its ARNs, such as `aws-cn`.
    pub name: &'static str,
    /// What stands before the last two words of its regions, such as `us-gov` in `us-gov-west-1`.
    pub regions: &'static [&'static str],
    /// What ends the names of its hosts.
    pub dns_suffix: &'static str,
    /// The same where a host has addresses of both kinds.
    pub dual_stack_dns_suffix: &'static str,
    /// Where IAM is.
    pub iam: Home,
}

/// Where a service is that all regions of a partition share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Home {
    /// The region that its requests are signed for.
    pub region: &'static str,
    /// Its host.
    pub host: &'static str,
    /// Its host with cryptography by FIPS.
    pub fips_host: &'static str,
}

/// All of them. The first has the regions that nobody knows yet.
pub const PARTITIONS: &[Partition] = &[
    Partition {
        name: "aws",
        regions: &["us", "eu", "ap", "sa", "ca", "me", "af", "il", "mx"],
        dns_suffix: "amazonaws.com",
        dual_stack_dns_suffix: "api.aws",
        iam: Home { region: "us-east-1", host: "iam.amazonaws.com", fips_host: "iam-fips.amazonaws.com" },
    },
    Partition {
        name: "aws-cn",
        regions: &["cn"],
        dns_suffix: "amazonaws.com.cn",
        dual_stack_dns_suffix: "api.amazonwebservices.com.cn",
        iam: Home {
            region: "cn-north-1",
            host: "iam.cn-north-1.amazonaws.com.cn",
            fips_host: "iam-fips.amazonaws.com.cn",
        },
    },
    Partition {
        name: "aws-us-gov",
        regions: &["us-gov"],
        dns_suffix: "amazonaws.com",
        dual_stack_dns_suffix: "api.aws",
        iam: Home { region: "us-gov-west-1", host: "iam.us-gov.amazonaws.com", fips_host: "iam.us-gov.amazonaws.com" },
    },
    Partition {
        name: "aws-iso",
        regions: &["us-iso"],
        dns_suffix: "c2s.ic.gov",
        dual_stack_dns_suffix: "api.aws.ic.gov",
        iam: Home {
            region: "us-iso-east-1",
            host: "iam.us-iso-east-1.c2s.ic.gov",
            fips_host: "iam-fips.us-iso-east-1.c2s.ic.gov",
        },
    },
    Partition {
        name: "aws-iso-b",
        regions: &["us-isob"],
        dns_suffix: "sc2s.sgov.gov",
        dual_stack_dns_suffix: "api.aws.scloud",
        iam: Home {
            region: "us-isob-east-1",
            host: "iam.us-isob-east-1.sc2s.sgov.gov",
            fips_host: "iam-fips.us-isob-east-1.sc2s.sgov.gov",
        },
    },
    Partition {
        name: "aws-iso-e",
        regions: &["eu-isoe"],
        dns_suffix: "cloud.adc-e.uk",
        dual_stack_dns_suffix: "api.cloud-aws.adc-e.uk",
        iam: Home {
            region: "eu-isoe-west-1",
            host: "iam.eu-isoe-west-1.cloud.adc-e.uk",
            fips_host: "iam-fips.cloud.adc-e.uk",
        },
    },
    Partition {
        name: "aws-iso-f",
        regions: &["us-isof"],
        dns_suffix: "csp.hci.ic.gov",
        dual_stack_dns_suffix: "api.aws.hci.ic.gov",
        iam: Home {
            region: "us-isof-south-1",
            host: "iam.us-isof-south-1.csp.hci.ic.gov",
            fips_host: "iam-fips.csp.hci.ic.gov",
        },
    },
    Partition {
        name: "aws-eusc",
        // Botocore has Germany's only; others of the group are to come.
        regions: &["eusc-de", "eusc"],
        dns_suffix: "amazonaws.eu",
        dual_stack_dns_suffix: "api.amazonwebservices.eu",
        iam: Home {
            region: "eusc-de-east-1",
            host: "iam.eusc-de-east-1.amazonaws.eu",
            fips_host: "iam-fips.amazonaws.eu",
        },
    },
];

/// Returns the partition of a region whose name has the form of one, such as `us-gov-west-1`; nothing for other words.
pub fn known(region: &str) -> Option<&'static Partition> {
    let (rest, number) = region.rsplit_once('-')?;
    let (before, word) = rest.rsplit_once('-')?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let is_word = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let found = PARTITIONS.iter().find(|partition| partition.regions.contains(&before))?;
    (is_number && is_word).then_some(found)
}

/// Returns the partition of a region. A name of no known form belongs to the partition whose regions begin so, else to the
/// first one, which is where new regions appear.
pub fn of(region: &str) -> &'static Partition {
    let begins = |start: &&str| region.strip_prefix(start).is_some_and(|rest| rest.starts_with('-'));
    let by_start = || PARTITIONS[1..].iter().find(|partition| partition.regions.iter().any(begins));
    known(region).or_else(by_start).unwrap_or(&PARTITIONS[0])
}

/// Returns the partition that an ARN names, known or not.
pub fn of_arn(arn: &str) -> Option<&str> {
    arn.strip_prefix("arn:")?.split(':').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_regions_have_a_form() {
        for (region, partition) in [
            ("us-west-2", Some("aws")),
            ("us-gov-west-1", Some("aws-us-gov")),
            ("us-west-", None),
            ("us-west-x", None),
            ("us--2", None),
            ("us-w_st-2", Some("aws")),
            ("us-w.st-2", None),
            ("west-2", None),
            ("xx-west-2", None),
            ("us", None),
        ] {
            assert_eq!(known(region).map(|partition| partition.name), partition, "{region}");
        }
        // New regions appear in the first partition, and in groups whose names are known.
        assert_eq!(of("xx-west-2").name, "aws");
        assert_eq!(of("us-gov-somewhere").name, "aws-us-gov");
        assert_eq!(of("us-governor").name, "aws");
        assert_eq!(of_arn("arn:aws-cn:s3:::b"), Some("aws-cn"));
        assert_eq!(of_arn("urn:aws"), None);
    }

    #[test]
    fn regions_belong_to_one_partition() {
        for (region, name) in [
            ("us-west-2", "aws"),
            ("ap-southeast-7", "aws"),
            ("us-gov-west-1", "aws-us-gov"),
            ("cn-northwest-1", "aws-cn"),
            ("eusc-de-east-1", "aws-eusc"),
            ("us-iso-east-1", "aws-iso"),
            ("us-isob-east-1", "aws-iso-b"),
            ("eu-isoe-west-1", "aws-iso-e"),
            ("us-isof-south-1", "aws-iso-f"),
        ] {
            assert_eq!((of(region).name, region), (name, region));
            let is_known = known(region).map(|partition| partition.name);
            assert_eq!(is_known, Some(name), "{region}");
        }
        for region in ["local", "", "-", "us", "us-east", "us-east-x", "us--1", "xx-east-1", "us-gov-iso-east-1"] {
            assert_eq!(known(region), None, "{region}");
        }
        assert_eq!((of("local").name, of("xx-east-1").name, of("cn-new").name), ("aws", "aws", "aws-cn"));
    }

    #[test]
    fn names_and_beginnings_stand_once() {
        let mut names: Vec<&str> = PARTITIONS.iter().map(|partition| partition.name).collect();
        let mut beginnings: Vec<&str> = PARTITIONS.iter().flat_map(|partition| partition.regions).copied().collect();
        let counts = (names.len(), beginnings.len());
        names.sort_unstable();
        names.dedup();
        beginnings.sort_unstable();
        beginnings.dedup();
        assert_eq!(counts, (names.len(), beginnings.len()));
        assert_eq!(of_arn("arn:aws-cn:iam::123456789012:role/r"), Some("aws-cn"));
        assert_eq!(of_arn("role/r"), None);
    }
}
