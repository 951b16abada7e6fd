//! From requests to operations and back.

use super::row::{Lost, Protocol, Resource, Row};
use super::table::Operation;

impl Operation {
    /// Returns the IAM action of its own; none where it needs no permission.
    pub fn action(self) -> Option<String> {
        let Row { service, action, resource, .. } = *self.row();
        let own = action.map_or_else(|| format!("{}:{}", service.prefix(), self.name()), str::to_owned);
        (resource != Resource::Nothing).then_some(own)
    }

    /// Returns all IAM actions that it needs: another one may be for a part of its answer.
    pub fn actions(self) -> Vec<String> {
        self.action().into_iter().chain(self.row().also.map(str::to_owned)).collect()
    }

    /// Returns the header `x-amz-target` of its requests, where its protocol has one.
    pub fn target(self) -> Option<String> {
        self.row().service.target_prefix().map(|prefix| format!("{prefix}.{}", self.name()))
    }

    /// Whether the same call may be sent again after its answer was lost.
    pub fn is_repeatable(self) -> bool {
        self.row().lost == Lost::Harmless
    }

    /// Returns the operation of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|operation| operation.name() == name)
    }

    /// Returns the operation of a method and a path of Lambda's, with its query, and the labels in the path, by their names,
    /// as they stand there. A path that ends in a slash is the same to the service, where SDKs send one. Where two rows have
    /// a path, the one whose query stands there is meant.
    pub fn at<'a>(method: &str, path_and_query: &'a str) -> Option<(Self, Vec<(&'static str, &'a str)>)> {
        let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
        let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
        let rest = Self::ALL.iter().copied().filter(|operation| {
            let row = operation.row();
            row.service.protocol() == Protocol::RestJson && row.method.as_str() == method
        });
        let found = rest.filter_map(|operation| {
            let (path, fixed) = operation.row().path_and_query();
            let is_asked = fixed.is_empty() || query.split('&').any(|pair| pair == fixed);
            Some((operation, labels(path, &segments).filter(|_| is_asked)?))
        });
        found.max_by_key(|(operation, _)| operation.row().path_and_query().1.len())
    }

    /// Returns the operation that a header `x-amz-target` names.
    pub fn targeted(target: &str) -> Option<Self> {
        let (prefix, name) = target.split_once('.')?;
        Self::named(name).filter(|operation| operation.row().service.target_prefix() == Some(prefix))
    }
}

/// Matches the segments of a path with a row's; returns the labels.
fn labels<'a>(path: &'static str, segments: &[&'a str]) -> Option<Vec<(&'static str, &'a str)>> {
    let mut found = Vec::new();
    let mut wanted = path.split('/').skip(1);
    for segment in segments {
        let wanted = wanted.next()?;
        match wanted.strip_prefix('{').and_then(|label| label.strip_suffix('}')) {
            Some(label) => found.push((label, *segment)),
            None if wanted == *segment => {}
            None => return None,
        }
    }
    wanted.next().is_none().then_some(found)
}

#[cfg(test)]
mod tests {
    use super::super::row::Method;
    use super::super::row::Service;
    use super::*;

    #[test]
    fn requests_are_told_apart() {
        let at = |method: &str, path: &str| Operation::at(method, path).map(|(operation, _)| operation);
        assert_eq!(at("GET", "/2015-03-31/functions/f"), Some(Operation::GetFunction));
        assert_eq!(at("GET", "/2015-03-31/functions/"), Some(Operation::ListFunctions));
        assert_eq!(at("POST", "/2015-03-31/functions"), Some(Operation::CreateFunction));
        assert_eq!(at("PUT", "/2015-03-31/functions/f"), None);
        assert_eq!(at("GET", "/2015-03-31/functions/f/nothing"), None);
        assert_eq!(at("GET", "/code/x.zip"), None);
        let provisioned = "/2019-09-30/functions/f/provisioned-concurrency";
        for (query, operation) in [
            ("", Operation::GetProvisionedConcurrencyConfig),
            ("?Qualifier=1", Operation::GetProvisionedConcurrencyConfig),
            ("?List=ALL", Operation::ListProvisionedConcurrencyConfigs),
            ("?MaxItems=1&List=ALL", Operation::ListProvisionedConcurrencyConfigs),
        ] {
            assert_eq!(at("GET", &format!("{provisioned}{query}")), Some(operation), "{query}");
        }
        let invoking = "/2019-09-25/functions/f/event-invoke-config";
        assert_eq!(at("POST", invoking), Some(Operation::UpdateFunctionEventInvokeConfig));
        assert_eq!(at("GET", &format!("{invoking}/list")), Some(Operation::ListFunctionEventInvokeConfigs));
        assert_eq!(at("POST", "/"), None, "root belongs to other protocols");
        let (operation, labels) =
            Operation::at("GET", "/2020-04-22/code-signing-configs/arn/functions").expect("an operation");
        assert_eq!(operation, Operation::ListFunctionsByCodeSigningConfig);
        assert_eq!(labels, [("CodeSigningConfigArn", "arn")]);
    }

    #[test]
    fn every_row_finds_itself() {
        for operation in Operation::ALL.iter().copied() {
            assert_eq!(Operation::named(operation.name()), Some(operation));
            match operation.target() {
                Some(target) => assert_eq!(Operation::targeted(&target), Some(operation)),
                None if operation.row().service == Service::Lambda => {
                    let row = operation.row();
                    let found = Operation::at(row.method.as_str(), row.path).map(|(found, _)| found);
                    assert_eq!(found, Some(operation), "another row has its path");
                }
                None => {}
            }
        }
        assert_eq!(Operation::targeted("Other.GetResources"), None);
    }

    #[test]
    fn actions_are_those_of_the_service() {
        for (operation, actions) in [
            (Operation::GetFunction, vec!["lambda:GetFunction", "lambda:ListTags"]),
            (Operation::Invoke, vec!["lambda:InvokeFunction"]),
            (Operation::HeadObject, vec!["s3:GetObject"]),
            (Operation::UploadPart, vec!["s3:PutObject"]),
            (Operation::GetResources, vec!["tag:GetResources"]),
            (Operation::BatchGetImage, vec!["ecr:BatchGetImage"]),
            (Operation::GetCallerIdentity, vec![]),
        ] {
            assert_eq!(operation.actions(), actions);
        }
    }

    #[test]
    fn reads_may_be_repeated_and_what_creates_may_not() {
        for operation in Operation::ALL.iter().copied() {
            let (row, name) = (operation.row(), operation.name());
            if matches!(row.method, Method::Get | Method::Head) {
                assert!(operation.is_repeatable(), "{name}");
            }
            if row.is_guarded || ["Create", "Publish", "Add"].iter().any(|verb| name.starts_with(verb)) {
                assert!(!operation.is_repeatable() || row.service == Service::S3, "{name}");
            }
        }
    }
}
