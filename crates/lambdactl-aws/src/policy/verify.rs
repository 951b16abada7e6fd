//! What `plan --verify` asks.

use std::collections::BTreeSet;

use lambdactl_schema::{Kind, Operation, Source};

use super::Policy;

impl Policy<'_> {
    /// What is asked of the things that functions name.
    pub(super) fn verifies(&mut self) {
        let roles = self.collect(|spec| Some(self.role(&spec.request.role)));
        self.allow_calls("VerifyRoles", &[Operation::GetRole], roles);
        self.allow_calls("VerifyLayers", &[Operation::GetLayerVersionByArn], self.used_layers());
        let has_network = self.any(|spec| spec.request.vpc_config.is_some());
        let reserves = self.any(|spec| spec.beside.has(Kind::ReservedConcurrency));
        let mut calls = Vec::new();
        if has_network {
            calls.extend([Operation::DescribeSubnets, Operation::DescribeSecurityGroups]);
        }
        calls.extend(reserves.then_some(Operation::GetAccountSettings));
        // These calls know no resource to be limited to.
        self.allow_calls("VerifyAccount", &calls, vec!["*".to_owned()]);
        let keys = self.desired.functions.iter().flat_map(|spec| {
            let durable = spec.request.durable_config.as_ref().and_then(|config| config.kms_key_arn.clone());
            [spec.request.kms_key_arn.clone(), spec.request.code.source_kms_key_arn.clone(), durable]
        });
        let keys: BTreeSet<String> = keys.flatten().filter(|arn| !arn.is_empty()).collect();
        self.allow_calls("VerifyKeys", &[Operation::DescribeKey], keys.into_iter().collect());
        let repositories = self.collect(|spec| self.repository(spec.request.code.image_uri.as_ref()?));
        self.allow_calls("VerifyImages", &[Operation::BatchGetImage], repositories);
        let mut queues = BTreeSet::new();
        for spec in &self.desired.functions {
            let declared = spec.beside.declared().into_iter();
            let mappings = declared.filter(|declared| declared.kind == Kind::EventSourceMappings);
            for mapping in mappings.filter_map(|declared| declared.value) {
                if Source::of(mapping).is_some_and(Source::is_queue) {
                    queues.extend(mapping["EventSourceArn"].as_str().map(str::to_owned));
                }
            }
        }
        self.allow_calls("VerifyQueues", &[Operation::GetQueueAttributes], queues.into_iter().collect());
    }
}
