use lambdactl_apply::{Event, Status};

use crate::output;

/// Prints one line to standard error for each event.
pub(crate) fn print(event: Event<'_>) {
    let text = match event {
        Event::Creating(name) => format!("{name}: creating\n"),
        // Short-lived, and visible in the log with -v.
        Event::Accepted(_) => return,
        Event::Finished(outcome) if outcome.status == Status::Failed => format!("{}: failed\n", outcome.name),
        Event::Finished(outcome) => format!("{}: created\n", outcome.name),
    };
    output::stderr(&text);
}
