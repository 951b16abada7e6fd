use std::process::ExitCode;

/// How the command ends; scripts rely on the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// 0: done, or nothing to do. Drift that apply was not asked to mend is no error.
    Done,
    /// 1: an invalid manifest, a wrong command line, a failed call or function, an output that could not be written.
    Error,
    /// 2: with `--detailed-exitcode`, the plan is not empty, drift included.
    PlanNotEmpty,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Error => 1,
            Exit::PlanNotEmpty => 2,
        })
    }
}
