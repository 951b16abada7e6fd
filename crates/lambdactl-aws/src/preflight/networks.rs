use std::collections::{BTreeMap, BTreeSet};

use lambdactl_schema::rules::Rule;
use lambdactl_schema::{Call, Desired, FunctionSpec, Operation, Subject, preflight};

use super::found::{Verified, shown};
use super::uses::reason;
use crate::client::Client;
use crate::error::CallError;
use crate::xml::{element_of, items};

/// What a filter of EC2 takes (EC2 documentation, "List and filter using the CLI and API").
const MOST: usize = 200;

/// A list of a function's network settings.
struct List {
    member: &'static str,
    /// What one is called.
    one: &'static str,
    operation: Operation,
    filter: &'static str,
    /// The elements of the answer: the list, and the id in one item.
    elements: (&'static str, &'static str),
    missing: &'static Rule,
    of: fn(&FunctionSpec) -> &[String],
}

const SUBNETS: List = List {
    member: "/VpcConfig/SubnetIds",
    one: "subnet",
    operation: Operation::DescribeSubnets,
    filter: "subnet-id",
    elements: ("subnetSet", "subnetId"),
    missing: &preflight::SUBNET_MISSING,
    of: |spec| spec.request.vpc_config.as_ref().and_then(|vpc| vpc.subnet_ids.as_deref()).unwrap_or_default(),
};

const GROUPS: List = List {
    member: "/VpcConfig/SecurityGroupIds",
    one: "security group",
    operation: Operation::DescribeSecurityGroups,
    filter: "group-id",
    elements: ("securityGroupInfo", "groupId"),
    missing: &preflight::GROUP_MISSING,
    of: |spec| spec.request.vpc_config.as_ref().and_then(|vpc| vpc.security_group_ids.as_deref()).unwrap_or_default(),
};

/// The network of each subnet or security group that is there.
type Networks = BTreeMap<String, String>;

/// Asks for all subnets at once, and for all security groups.
pub(super) async fn check(client: &Client, desired: &Desired) -> Verified {
    let mut verified = Verified::default();
    let [subnets, groups] = [read(client, desired, &SUBNETS).await, read(client, desired, &GROUPS).await];
    for (list, found) in [(&SUBNETS, &subnets), (&GROUPS, &groups)] {
        if let Err((reason, count)) = found {
            verified.unasked(list.one, std::iter::repeat_n(reason.clone(), *count));
        }
    }
    for spec in &desired.functions {
        let mut own = BTreeSet::new();
        if let Ok(found) = &subnets {
            own = networks_of(spec, &SUBNETS, found, &mut verified);
            if own.len() > 1 {
                let message = format!("the subnets are of several networks: {}", joined(&own));
                verified.find(&preflight::NETWORKS_DIFFER, spec, SUBNETS.member, message);
            }
        }
        let Ok(found) = &groups else { continue };
        let of_groups = networks_of(spec, &GROUPS, found, &mut verified);
        for (index, id) in (GROUPS.of)(spec).iter().enumerate() {
            let pointer = format!("{}/{index}", GROUPS.member);
            let Some(network) = found.get(id).filter(|network| !own.is_empty() && !own.contains(*network)) else {
                continue;
            };
            let shown = shown(spec, &pointer, id);
            let message =
                format!("the security group {shown} is of {network}, and the subnets are of {}", joined(&own));
            verified.find(&preflight::NETWORKS_DIFFER, spec, pointer, message);
        }
        // Without subnets that are known, groups can still disagree among themselves.
        if own.is_empty() && of_groups.len() > 1 {
            let message = format!("the security groups are of several networks: {}", joined(&of_groups));
            verified.find(&preflight::NETWORKS_DIFFER, spec, GROUPS.member, message);
        }
    }
    verified
}

/// Says what of a function's list is missing, and returns the networks of the rest.
fn networks_of(spec: &FunctionSpec, list: &List, found: &Networks, verified: &mut Verified) -> BTreeSet<String> {
    let mut networks = BTreeSet::new();
    for (index, id) in (list.of)(spec).iter().enumerate() {
        match found.get(id) {
            Some(network) => _ = networks.insert(network.clone()),
            None => {
                let pointer = format!("{}/{index}", list.member);
                let message = format!("there is no {} {}", list.one, shown(spec, &pointer, id));
                verified.find(list.missing, spec, pointer, message);
            }
        }
    }
    networks
}

fn joined(networks: &BTreeSet<String>) -> String {
    networks.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// Reads the networks of all that functions name in a list; where that cannot be asked, the reason, and how many there are.
async fn read(client: &Client, desired: &Desired, list: &List) -> Result<Networks, (String, usize)> {
    let ids: BTreeSet<&String> = desired.functions.iter().flat_map(|spec| (list.of)(spec)).collect();
    let ids: Vec<&String> = ids.into_iter().collect();
    let mut found = Networks::new();
    for ids in ids.chunks(MOST) {
        found.extend(client.networks(list, ids).await.map_err(|error| (reason(&error), ids.len()))?);
    }
    Ok(found)
}

impl Client {
    /// Asks for some by a filter, which leaves out those that are not there; by their ids one missing would be an error for all.
    async fn networks(&self, list: &List, ids: &[&String]) -> Result<Networks, CallError> {
        let mut call = Call::new(list.operation, Subject::default()).with("Filter.1.Name", list.filter);
        for (index, id) in ids.iter().enumerate() {
            call = call.with(&format!("Filter.1.Value.{}", index + 1), id.as_str());
        }
        let answer = self.look(call).await?;
        let (set, id) = list.elements;
        let Some(items) = items(&answer.body, set) else {
            return Err(self.unexpected(list.operation, "no list of them"));
        };
        let network = |item: &String| Some((element_of(item, id)?, element_of(item, "vpcId")?));
        Ok(items.iter().filter_map(network).collect())
    }
}
