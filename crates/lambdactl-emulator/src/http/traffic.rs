//! What comes in: which operation a request is, how many there were, and whether the quota has room for one more.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::http::Method;
use tokio::time::Instant;

use crate::tagging::GET_RESOURCES;

/// Which quotas are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Quota {
    /// None.
    #[default]
    None,
    /// Those of the service, for each region: 100 GetFunction requests a second, 15 of all other Lambda calls together
    /// (AWS documentation, Lambda quotas), and 15 GetResources requests (AWS documentation, Tag Editor quotas). For
    /// GetCallerIdentity no number is documented, so it is not limited.
    Aws,
}

/// How many requests of an operation came in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Requests {
    /// Those that were answered, errors included.
    pub answered: u64,
    /// Those that were refused for the quota.
    pub throttled: u64,
}

/// A quota that operations share.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Share {
    GetFunction,
    /// All other calls of the Lambda API together.
    Control,
    GetResources,
}

impl Share {
    fn of(operation: &str) -> Option<Self> {
        match operation {
            "GetFunction" => Some(Self::GetFunction),
            "GetResources" => Some(Self::GetResources),
            "GetCallerIdentity" => None,
            _ => Some(Self::Control),
        }
    }

    /// Requests a second.
    fn rate(self) -> f64 {
        match self {
            Self::GetFunction => 100.0,
            Self::Control | Self::GetResources => 15.0,
        }
    }
}

/// Counts requests and keeps quotas.
pub(crate) struct Traffic {
    quota: Quota,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    counts: BTreeMap<&'static str, Requests>,
    /// By region.
    buckets: HashMap<(String, Share), Bucket>,
}

/// Holds up to one second's worth of requests: the service's burst is not documented, and nobody could verify this one.
struct Bucket {
    rate: f64,
    tokens: f64,
    filled: Instant,
}

impl Traffic {
    pub(crate) fn new(quota: Quota) -> Self {
        Self { quota, state: Mutex::default() }
    }

    /// Counts a request and says whether it may go on. What is no operation costs nothing: it never gets as far as the
    /// part of the service that has the quota.
    pub(crate) fn admit(&self, operation: &'static str, region: &str) -> bool {
        let mut state = self.state();
        let share = Share::of(operation).filter(|_| self.quota == Quota::Aws);
        let admitted = share.is_none_or(|share| {
            let bucket = state.buckets.entry((region.to_owned(), share));
            bucket.or_insert_with(|| Bucket::full(share.rate())).take()
        });
        let counts = state.counts.entry(operation).or_default();
        *(if admitted { &mut counts.answered } else { &mut counts.throttled }) += 1;
        admitted
    }

    pub(crate) fn counts(&self) -> BTreeMap<&'static str, Requests> {
        self.state().counts.clone()
    }

    pub(crate) fn forget(&self) {
        self.state().counts.clear();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Plain numbers: a thread that panicked has left none of them half-written.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Bucket {
    fn full(rate: f64) -> Self {
        Self { rate, tokens: rate, filled: Instant::now() }
    }

    fn take(&mut self) -> bool {
        let now = Instant::now();
        self.tokens = (self.tokens + (now - self.filled).as_secs_f64() * self.rate).min(self.rate);
        self.filled = now;
        let has_one = self.tokens >= 1.0;
        if has_one {
            self.tokens -= 1.0;
        }
        has_one
    }
}

/// Returns the operation of a request; nothing for what is none. `target` is the header of JSON protocols.
pub(crate) fn operation(method: &Method, path: &str, target: Option<&str>) -> Option<&'static str> {
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    Some(match (method.as_str(), segments.as_slice()) {
        ("POST", ["2015-03-31", "functions"]) => "CreateFunction",
        ("GET", ["2015-03-31", "functions"]) => "ListFunctions",
        ("GET", ["2015-03-31", "functions", _]) => "GetFunction",
        ("DELETE", ["2015-03-31", "functions", _]) => "DeleteFunction",
        ("GET", ["2015-03-31", "functions", _, "configuration"]) => "GetFunctionConfiguration",
        ("GET", ["2020-06-30", "functions", _, "code-signing-config"]) => "GetFunctionCodeSigningConfig",
        ("PUT", ["2015-03-31", "functions", _, "configuration"]) => "UpdateFunctionConfiguration",
        ("PUT", ["2015-03-31", "functions", _, "code"]) => "UpdateFunctionCode",
        ("POST", ["2015-03-31", "functions", _, "versions"]) => "PublishVersion",
        ("GET", ["2015-03-31", "functions", _, "versions"]) => "ListVersionsByFunction",
        ("POST", ["2015-03-31", "functions", _, "aliases"]) => "CreateAlias",
        ("GET", ["2015-03-31", "functions", _, "aliases"]) => "ListAliases",
        ("POST", ["2015-03-31", "functions", _, "policy"]) => "AddPermission",
        ("GET", ["2015-03-31", "functions", _, "policy"]) => "GetPolicy",
        ("POST", ["2021-10-31", "functions", _, "url"]) => "CreateFunctionUrlConfig",
        ("GET", ["2021-10-31", "functions", _, "urls"]) => "ListFunctionUrlConfigs",
        ("PUT", ["2017-10-31", "functions", _, "concurrency"]) => "PutFunctionConcurrency",
        ("DELETE", ["2017-10-31", "functions", _, "concurrency"]) => "DeleteFunctionConcurrency",
        ("GET", ["2019-09-30", "functions", _, "concurrency"]) => "GetFunctionConcurrency",
        ("POST", ["2015-03-31", "event-source-mappings"]) => "CreateEventSourceMapping",
        ("GET", ["2015-03-31", "event-source-mappings"]) => "ListEventSourceMappings",
        ("PUT", ["2020-06-30", "functions", _, "code-signing-config"]) => "PutFunctionCodeSigningConfig",
        ("DELETE", ["2020-06-30", "functions", _, "code-signing-config"]) => "DeleteFunctionCodeSigningConfig",
        ("GET", ["2020-04-22", "code-signing-configs"]) => "ListCodeSigningConfigs",
        ("GET", ["2020-04-22", "code-signing-configs", _, "functions"]) => "ListFunctionsByCodeSigningConfig",
        ("POST", ["2017-03-31", "tags", _]) => "TagResource",
        ("DELETE", ["2017-03-31", "tags", _]) => "UntagResource",
        ("GET", ["2017-03-31", "tags", _]) => "ListTags",
        ("GET", ["2016-08-19", "account-settings"]) => "GetAccountSettings",
        ("POST", []) => match target {
            // Which operation a form asks for stands in its body; only this one is answered.
            None => "GetCallerIdentity",
            Some(GET_RESOURCES) => "GetResources",
            Some(_) => return None,
        },
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn requests_are_told_apart() {
        let named = |method: Method, path: &str| operation(&method, path, None);
        assert_eq!(named(Method::GET, "/2015-03-31/functions/f"), Some("GetFunction"));
        assert_eq!(named(Method::GET, "/2015-03-31/functions/"), Some("ListFunctions"));
        assert_eq!(named(Method::POST, "/"), Some("GetCallerIdentity"));
        assert_eq!(operation(&Method::POST, "/", Some(GET_RESOURCES)), Some("GetResources"));
        assert_eq!(operation(&Method::POST, "/", Some("X.GetResources")), None);
        assert_eq!(named(Method::GET, "/code/x.zip"), None);
    }

    #[tokio::test(start_paused = true)]
    async fn quotas_are_of_each_region_and_fill_up_again() {
        let traffic = Traffic::new(Quota::Aws);
        let admitted = |operation, region, count| (0..count).filter(|_| traffic.admit(operation, region)).count();
        assert_eq!(admitted("CreateFunction", "us-east-1", 10), 10);
        assert_eq!(admitted("ListFunctions", "us-east-1", 10), 5, "one quota for both");
        assert_eq!(admitted("ListFunctions", "us-west-2", 16), 15);
        assert_eq!(admitted("GetFunction", "us-east-1", 120), 100);
        assert_eq!(admitted("GetResources", "us-east-1", 20), 15);
        assert_eq!(admitted("GetCallerIdentity", "us-east-1", 150), 150);
        tokio::time::advance(Duration::from_millis(200)).await;
        assert_eq!(admitted("CreateFunction", "us-east-1", 10), 3);
        assert_eq!(traffic.counts()["ListFunctions"], Requests { answered: 20, throttled: 6 });
        traffic.forget();
        assert!(traffic.counts().is_empty());
        assert_eq!((0..50).filter(|_| Traffic::new(Quota::None).admit("CreateFunction", "r")).count(), 50);
    }
}
