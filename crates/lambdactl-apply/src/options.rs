use std::time::Duration;

use lambdactl_diff::{CurrentFunction, FunctionPlan, LayerArns, LayerPlan};

use crate::report::{LayerOutcome, Outcome};
use crate::stop::Stop;

/// How a plan is carried out.
#[derive(Clone, Copy)]
pub struct ApplyOptions<'a> {
    /// Changing calls in flight at a time. Waiting until a new function is ready takes no place among them.
    pub parallelism: usize,
    /// Whether to wait until each function is ready.
    pub wait: bool,
    /// Whether the first failure keeps further functions from being started.
    pub fail_fast: bool,
    /// How long one function may take, its calls and the waits together.
    pub timeout: Duration,
    /// By which the caller can keep further functions from being started.
    pub stop: &'a Stop,
    /// Whether an interruption moves the aliases of a rollout back, rather than leaves them where they are.
    pub back: bool,
    /// Plans a function again, as it is by now.
    pub replan: Replan<'a>,
    /// The KMS key that encrypts archives in S3.
    pub kms_key: Option<&'a str>,
    /// The account that the bucket of archives must belong to, where that is known.
    pub bucket_owner: Option<&'a str>,
}

/// Plans a function again, given what the account has of it by now and the versions of layers that it names. `None`: the manifest
/// does not declare it.
pub type Replan<'a> = &'a (dyn Fn(&str, Option<&CurrentFunction>, &LayerArns) -> Option<FunctionPlan> + Sync);

/// Something that a person may want to watch.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// A version of a layer is about to be published.
    Publishing(&'a LayerPlan),
    /// A layer is finished, well or not.
    Published(&'a LayerOutcome),
    /// Work on a function begins.
    Started(&'a FunctionPlan),
    /// An archive is on its way to S3.
    Uploading {
        /// The name of the function or the layer.
        name: &'a str,
        /// Bytes that have arrived.
        sent: u64,
        /// Bytes of the archive.
        total: u64,
    },
    /// An alias sends a part of its calls to another version.
    Shifted {
        /// The name of the function.
        name: &'a str,
        /// The alias.
        alias: &'a str,
        /// The version.
        version: &'a str,
        /// The part of the calls, 1 for all of them.
        weight: f64,
        /// How long it stays so.
        wait: Duration,
    },
    /// The service has accepted the function and sets it up.
    Accepted(&'a str),
    /// A function is finished, well or not.
    Finished(&'a Outcome),
}
