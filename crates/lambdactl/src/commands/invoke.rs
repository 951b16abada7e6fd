use std::io::Read;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, bail};
use clap::Args;
use lambdactl_aws::{Invocation, InvocationType, Invoked, LONGEST_RUN};
use lambdactl_manifest::read_file;
use serde_json::Value;

use crate::exit::Exit;
use crate::flags::Global;
use crate::location::Location;
use crate::manifests::ManifestFlags;
use crate::names::{function_name, qualifier};
use crate::output;
use crate::runtime::block_on;
use crate::text::{Text, text};
use crate::trouble::Trouble;

/// Call a function.
///
/// What it answers goes to standard output, as it came; the version that answered, the time that it took and the end of its log go
/// to standard error. A function that fails is exit code 1. A call whose answer is lost is not sent again: the function may have
/// run.
///
/// Needs no manifest. Where there is one, named by -f or in the working directory, the region and the account are the manifest's;
/// --region without -f leaves it aside. With --local no function is run: what was
/// sent comes back.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The function.
    #[arg(value_parser = function_name)]
    name: String,

    /// A version or an alias of it.
    #[arg(long, value_name = "VERSION|ALIAS", value_parser = qualifier)]
    qualifier: Option<String>,

    /// What the function is given: JSON, or @FILE for a file with JSON, or @- for standard input. At most 6 MB, 1 MB with --async.
    #[arg(long, value_name = "JSON|@FILE")]
    payload: Option<String>,

    /// Show the end of the function's log, at most 4 KB.
    #[arg(long, conflicts_with_all = ["asynchronous", "dry_run"])]
    tail: bool,

    /// Put the call into the function's queue, and wait for no answer.
    #[arg(long = "async", conflicts_with = "dry_run")]
    asynchronous: bool,

    /// Ask whether the function is there and may be called, and do not run it.
    #[arg(long)]
    dry_run: bool,

    // Last, so that its heading is over its own options only.
    #[command(flatten)]
    manifests: ManifestFlags,
}

pub(crate) fn run(global: &Global, arguments: &Arguments) -> anyhow::Result<Exit> {
    let Arguments { name, qualifier, payload, tail, asynchronous, dry_run, manifests } = arguments;
    let kind = match (asynchronous, dry_run) {
        (true, _) => InvocationType::Event,
        (_, true) => InvocationType::DryRun,
        _ => InvocationType::RequestResponse { tail: *tail },
    };
    let payload = payload.as_deref().map(|payload| read(payload, kind)).transpose()?.unwrap_or_default();
    let invocation = Invocation { name: name.clone(), qualifier: qualifier.clone(), payload, kind };
    let called = block_on(async {
        let Some(location) = Location::open_with(global, manifests, Some(LONGEST_RUN)).await? else { return Ok(None) };
        let began = Instant::now();
        let invoked = location.session.client().invoke(invocation).await;
        let took = began.elapsed();
        let invoked = invoked.map_err(|error| location.explained_call(error));
        location.close().await?;
        Ok(Some((invoked?, took)))
    })?;
    let Some((invoked, took)) = called else { return Ok(Exit::Error) };
    let Invoked { payload, version, log, function_error } = invoked;
    match kind {
        InvocationType::Event => {
            output::stderr(&text!("{} was put into the queue of calls; its answer goes nowhere from here\n", name));
        }
        InvocationType::DryRun => output::stderr(&text!("{} is there and may be called; it was not run\n", name)),
        InvocationType::RequestResponse { .. } => {
            output::answer(&payload);
            let version = version.map(|version| format!(" by version {version}")).unwrap_or_default();
            output::stderr(&text!("{} answered{} in {} ms\n", name, version, took.as_millis() as u64));
        }
    }
    match log {
        Some(log) => {
            output::stderr(&Text::own("end of the log:\n"));
            output::stderr(&Text::lines(&ended(log)));
        }
        None if *tail => output::stderr(&Text::own("note: the service gave no log\n")),
        None => {}
    }
    if let Some(error) = function_error {
        let how = match error.as_str() {
            "Handled" => "the function answered with an error",
            _ => "the function failed",
        };
        let message = format!("{how} ({error}); what it answered is on standard output");
        let help = if *tail { "the end of its log is above" } else { "--tail shows the end of its log" };
        bail!(Trouble::new(message).help(help));
    }
    Ok(Exit::Done)
}

/// Reads a payload, and makes sure that it is one.
fn read(given: &str, kind: InvocationType) -> anyhow::Result<Vec<u8>> {
    let most = kind.largest_payload();
    let bytes = match given.strip_prefix('@') {
        None => given.as_bytes().to_vec(),
        Some("-") => {
            let mut bytes = Vec::new();
            // One byte more than it may have is enough to be told that it is too large.
            let mut input = std::io::stdin().lock().take(most as u64 + 1);
            input.read_to_end(&mut bytes).context("cannot read standard input")?;
            bytes
        }
        Some("") => {
            bail!(Trouble::new("--payload @ names no file").help("write --payload @FILE, or @- for standard input"))
        }
        Some(path) => {
            read_file(Path::new(path), most as u64).with_context(|| format!("cannot read the payload {path}"))?
        }
    };
    if bytes.len() > most {
        let (is, asynchronous) = match kind {
            InvocationType::Event => (most >> 20, " with --async"),
            _ => (most >> 20, ""),
        };
        bail!(
            Trouble::new(format!("the payload has more than {is} MB, and Lambda takes no more{asynchronous}"))
                .help("put the data where the function can read it, such as S3, and send its address")
        );
    }
    // The parser's words have a place and nothing of the text.
    if let Err(error) = serde_json::from_slice::<Value>(&bytes) {
        let help = match given.strip_prefix('@') {
            None => "quote it for the shell, such as --payload '{\"id\": 1}'; a file is named as @FILE",
            Some(_) => "Lambda takes JSON only: a text is written in quotes",
        };
        bail!(Trouble::new(format!("the payload is no JSON: {error}")).help(help));
    }
    Ok(bytes)
}

/// A log's last line may have no end.
fn ended(mut log: String) -> String {
    if !log.ends_with('\n') {
        log.push('\n');
    }
    log
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWERED: InvocationType = InvocationType::RequestResponse { tail: false };

    #[test]
    fn payloads_are_json_of_a_bounded_size_and_never_repeated() {
        assert_eq!(read("{\"a\": 1} ", ANSWERED).unwrap(), b"{\"a\": 1} ");
        assert_eq!(read("\"text\"", InvocationType::Event).unwrap(), b"\"text\"");
        for (payload, words) in [
            ("{hunter2: 1}", "no JSON"),
            ("", "no JSON"),
            ("{} {}", "no JSON"),
            ("@", "names no file"),
            ("@/does/not/exist", "cannot read the payload /does/not/exist"),
            ("@/dev/zero", "cannot read the payload"),
        ] {
            let error = read(payload, ANSWERED).unwrap_err();
            assert!(error.to_string().contains(words) && !format!("{error:?}").contains("hunter2"), "{error:?}");
        }
        let large = format!("\"{}\"", "x".repeat(1 << 20));
        assert!(read(&large, ANSWERED).is_ok());
        assert!(read(&large, InvocationType::Event).unwrap_err().to_string().contains("1 MB"));
    }
}
