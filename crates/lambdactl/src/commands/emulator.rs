use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use lambdactl_emulator::{Emulator, EmulatorOptions, Quota};

use crate::duration;
use crate::exit::Exit;
use crate::output;
use crate::target::block_on;

/// Serve an emulated Lambda control plane over HTTP.
///
/// The AWS CLI and the SDKs work with it when AWS_ENDPOINT_URL names it. It listens on this machine only, runs no
/// function and checks no signature. Ends with Ctrl-C.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The port; 0 takes any that is free.
    #[arg(long, value_name = "N", default_value_t = 4567)]
    port: u16,

    /// The folder that keeps the functions. Default: memory.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,

    /// The account that is played.
    #[arg(long, value_name = "ID", default_value = "123456789012")]
    account: String,

    /// Which quotas of requests to keep: `aws` refuses more than 100 GetFunction requests a second, more than 15 of all
    /// other Lambda calls together, and more than 15 GetResources requests of the tagging API.
    #[arg(long, value_name = "QUOTA", value_enum, default_value_t = QuotaArgument::None)]
    quota: QuotaArgument,

    /// How long to hold each answer back, such as `50ms`. Default: not at all.
    #[arg(long, value_name = "DURATION", value_parser = duration::above_zero)]
    latency: Option<Duration>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum QuotaArgument {
    None,
    Aws,
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
        latency: arguments.latency.unwrap_or_default(),
        ..EmulatorOptions::default()
    };
    block_on(async {
        let emulator = Emulator::start(options).await?;
        let endpoint = emulator.endpoint();
        output::stdout(&format!("Lambda is served at {endpoint}\n"));
        output::stderr(&format!(
            "\nIn another shell:\n  export AWS_ENDPOINT_URL={endpoint} AWS_REGION=us-east-1\n  \
             export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local\n  aws lambda list-functions\n\nCtrl-C ends it.\n"
        ));
        stopped().await?;
        emulator.stop().await?;
        Ok(Exit::Done)
    })
}

/// Waits for Ctrl-C, or for the signal by which supervisors end a service.
async fn stopped() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            result = tokio::signal::ctrl_c() => result,
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}
