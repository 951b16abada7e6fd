//! The last resort: a mistake of lambdactl itself is said without what it stumbled over, and ends with 1 as any other error.

use std::io::Write;
use std::panic::{PanicHookInfo, UnwindSafe};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::exit::Exit;
use crate::text::{Text, text};

/// A panic may have ended a thread that nobody asks what became of it.
static PANICKED: AtomicBool = AtomicBool::new(false);

/// Has panics reported in a line. Their own messages can hold values, and are left out.
pub(crate) fn report() {
    std::panic::set_hook(Box::new(|info| {
        PANICKED.store(true, Ordering::Relaxed);
        // Around the bars and their lock, which the panic may have happened under.
        let _ = std::io::stderr().write_all(message(info).as_str().as_bytes());
    }));
}

/// Runs the command; a panic in it is an error.
pub(crate) fn caught(command: impl FnOnce() -> Exit + UnwindSafe) -> Exit {
    let exit = std::panic::catch_unwind(command).unwrap_or(Exit::Error);
    if PANICKED.load(Ordering::Relaxed) { Exit::Error } else { exit }
}

fn message(info: &PanicHookInfo<'_>) -> Text {
    let place = info.location().map(|location| format!("{}:{}", short(location.file()), location.line()));
    text!(
        "error: this is a mistake in lambdactl, at {}\n  = help: please report it with this line and the command, values left out\n",
        place.unwrap_or_else(|| "an unknown place".to_owned())
    )
}

/// Returns a source file's path from its crate on: what is before is of the machine that built it.
fn short(path: &str) -> String {
    let parts: Vec<&str> = path.split(['/', '\\']).collect();
    let source = parts.iter().rposition(|part| *part == "src").unwrap_or(parts.len() - 1);
    parts[source.saturating_sub(1)..].join("/")
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn path_begins_with_its_crate() {
        assert_eq!(
            short("/home/x/registry/src/y/aws-sigv4-1.6.4/src/http_request/sign.rs"),
            "aws-sigv4-1.6.4/src/http_request/sign.rs"
        );
        assert_eq!(short("crates/lambdactl/src/main.rs"), "lambdactl/src/main.rs");
        assert_eq!(short("main.rs"), "main.rs");
    }

    #[test]
    #[ignore = "the other test runs it in a process of its own"]
    fn panics_with_a_secret() {
        report();
        let exit = caught(|| panic!("{}", "s3cret"));
        std::process::exit(if exit == Exit::Error { 1 } else { 0 });
    }

    #[test]
    fn panic_is_an_error_without_its_payload() {
        let name = "panics::tests::panics_with_a_secret";
        let arguments = ["--exact", name, "--ignored", "--nocapture"];
        let output = Command::new(std::env::current_exe().unwrap()).args(arguments).output().unwrap();
        let printed = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(1), "{printed}");
        assert!(printed.contains("this is a mistake in lambdactl, at lambdactl/src/panics.rs:"), "{printed}");
        assert!(!printed.contains("s3cret") && !printed.contains("panicked"), "{printed}");
    }
}
