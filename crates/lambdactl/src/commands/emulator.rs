use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use lambdactl_emulator::{Emulator, EmulatorOptions, Failing, Fault, Faults, Invocations, Quota, Setup, operations};

use serde_json::Value;

use crate::durations::any;
use crate::exit::Exit;
use crate::output;
use crate::runtime::block_on;
use crate::signals::interrupted;
use crate::text::text;

/// Serve an emulated Lambda control plane over HTTP.
///
/// The AWS CLI and the SDKs work with it when AWS_ENDPOINT_URL names it. It listens on this machine only, runs no
/// function (see `--invoke`) and checks no signature. Requests to another name than 127.0.0.1, localhost or `[::1]`, and those of web pages
/// of another origin, get status 403.
///
/// Ends with Ctrl-C, SIGTERM or SIGHUP, once the requests in flight are answered, after three seconds at most; the second
/// signal ends it at once.
#[derive(Debug, Args)]
#[command(after_long_help = known_operations())]
pub(crate) struct Arguments {
    /// The port; 0 takes any that is free.
    #[arg(long, value_name = "N", default_value_t = 4567)]
    port: u16,

    /// The folder that keeps the functions, for your user alone: its mode becomes 0700, and what is a link or another
    /// user's is refused. Default: memory.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,

    /// The account that is played.
    #[arg(long, value_name = "ID", default_value = "123456789012")]
    account: String,

    /// Which quotas of requests to keep: `aws` refuses more than 100 GetFunction requests a second, more than 15
    /// GetPolicy, more than 15 of all other Lambda calls together, Invoke apart, and more than 15 GetResources requests of the
    /// tagging API.
    #[arg(long, value_name = "QUOTA", value_enum, default_value_t = QuotaArgument::None)]
    quota: QuotaArgument,

    /// How long to hold each answer back, such as `50ms`.
    #[arg(long, value_name = "DURATION", default_value = "0s", value_parser = any)]
    latency: Duration,

    /// How long a function or an event source mapping is being set up after its creation, and provisioned concurrency after
    /// it was asked for.
    #[arg(long, value_name = "DURATION", default_value = "0s", value_parser = any)]
    pending: Duration,

    /// The same for a function in a VPC.
    #[arg(long, value_name = "DURATION", default_value = "0s", value_parser = any)]
    pending_vpc: Duration,

    /// How long a function stays InProgress after an update, and refuses further ones; how long provisioned concurrency
    /// takes to change, or to move with an alias to another version; and how long a change or a deletion of an event source
    /// mapping takes.
    #[arg(long, value_name = "DURATION", default_value = "0s", value_parser = any)]
    updating: Duration,

    /// What invocations answer: `echo`, what was sent; else a file with JSON, always the same. An answer with an `errorMessage`
    /// and an `errorType` is that of a function that failed. Without it they are refused; DryRun and Event are not.
    #[arg(long, value_name = "echo|FILE")]
    invoke: Option<PathBuf>,

    /// What goes wrong, and how often: throttle, error, error-after, drop-before, drop-after or stall, and a chance between 0
    /// and 1; may be given more than once.
    #[arg(long = "fault", value_name = "KIND=CHANCE", value_parser = fault)]
    faults: Vec<(Fault, f64)>,

    /// Which function fails, and where: `create=NAME` leaves it in the state Failed, `update=NAME` makes its updates fail,
    /// `version=NAME` its new versions, `provisioned=NAME` their provisioned concurrency, `mapping=NAME` leaves its event
    /// source mappings in the state Disabled, and `tags=NAME` hides its tags. A code of the service may follow, such as
    /// `create=NAME:InvalidSubnet`. May be given more than once.
    #[arg(long, value_name = "STAGE=NAME")]
    failing: Vec<Failing>,

    /// For how long a role cannot be assumed after it was first named.
    #[arg(long, value_name = "DURATION", default_value = "0s", value_parser = any)]
    role_lag: Duration,

    /// What the faults are drawn by: the same number, the same faults.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

fn fault(text: &str) -> Result<(Fault, f64), String> {
    let (kind, chance) = text.split_once('=').ok_or("must be KIND=CHANCE, such as error=0.1")?;
    let chance = chance.parse().ok().filter(|chance| (0.0..=1.0).contains(chance));
    Ok((kind.parse()?, chance.ok_or("the chance is between 0 and 1")?))
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum QuotaArgument {
    None,
    Aws,
}

/// Names the operations that the emulator answers, by service.
fn known_operations() -> String {
    let mut services: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for operation in operations() {
        services.entry(operation.row().service.title()).or_default().push(operation.name());
    }
    let lines = services.into_iter().map(|(service, names)| format!("  {service}: {}.\n", names.join(", ")));
    format!(
        "Operations:\n{}\nGET /_emulator/operations has this list as JSON, GET /_emulator/requests how often each was called.",
        lines.collect::<String>()
    )
}

/// Reads what invocations answer.
fn invocations(source: Option<&Path>) -> anyhow::Result<Invocations> {
    let Some(path) = source else { return Ok(Invocations::Refused) };
    if path == Path::new("echo") {
        return Ok(Invocations::Echo);
    }
    let answer = fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
    // The parser's own words would quote it.
    if serde_json::from_slice::<Value>(&answer).is_err() {
        bail!("{} is no JSON", path.display());
    }
    Ok(Invocations::Always(answer.into()))
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let options = EmulatorOptions {
        port: arguments.port,
        data: arguments.data.clone(),
        account: arguments.account.clone(),
        quota: match arguments.quota {
            QuotaArgument::None => Quota::None,
            QuotaArgument::Aws => Quota::Aws,
        },
        latency: arguments.latency,
        setup: Setup {
            plain: arguments.pending,
            vpc: arguments.pending_vpc.max(arguments.pending),
            update: arguments.updating,
        },
        invocations: invocations(arguments.invoke.as_deref())?,
        faults: Faults {
            chances: arguments.faults.clone(),
            seed: arguments.seed,
            role_lag: arguments.role_lag,
            failing: arguments.failing.clone(),
        },
        ..EmulatorOptions::default()
    };
    block_on(async {
        let mut first = pin!(interrupted());
        // Signals are listened to before anybody can know that there is something to end.
        let emulator = tokio::select! {
            biased;
            ended = &mut first => return Ok(ended.map(|()| Exit::Done)?),
            emulator = Emulator::start(options) => emulator?,
        };
        let endpoint = emulator.endpoint();
        output::stdout(&text!("Lambda is served at {}\n", endpoint));
        // Nobody would know where.
        output::failure()?;
        output::stderr(&text!(
            "\nIn another shell:\n  export AWS_ENDPOINT_URL={} AWS_REGION=us-east-1\n  \
             export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local\n  aws lambda list-functions\n\nCtrl-C ends it.\n",
            endpoint
        ));
        first.await?;
        let second = async {
            if interrupted().await.is_err() {
                std::future::pending().await
            }
        };
        emulator.stop_or(second).await?;
        Ok(Exit::Done)
    })
}
