use lambdactl_aws::Extent;
use lambdactl_diff::PlanOptions;

/// Returns what must be read for a plan with these options.
pub(crate) fn extent(options: &PlanOptions) -> Extent {
    Extent {
        code_signing: options.update,
        attachments: options.replace.clone(),
        undeclared: options.prune,
        old_versions: options.prune,
        old_layer_versions: options.prune,
        ..Extent::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_options_need_is_read() {
        let nothing = extent(&PlanOptions::default());
        assert!(!nothing.code_signing && nothing.attachments.is_empty() && !nothing.undeclared);
        let all = PlanOptions { update: true, replace: vec!["f".to_owned()], prune: true, ..PlanOptions::default() };
        let all = extent(&all);
        assert!(all.code_signing && all.undeclared && all.old_versions && all.old_layer_versions);
        assert_eq!(all.attachments, ["f"]);
    }
}
