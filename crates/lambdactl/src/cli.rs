use std::ffi::OsString;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::commands;
use crate::flags::Global;

/// Keeps AWS Lambda functions as lambda.yaml describes them.
///
/// lambda.yaml says which functions should exist, in the words of the CreateFunction API. `plan` shows how an account
/// differs from it, `apply` creates what is missing and leaves alone what exists. There is no state file: the account
/// is the state.
#[derive(Debug, Parser)]
#[command(name = "lambdactl", version, propagate_version = true, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,

    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Cli {
    /// Reads the command line.
    ///
    /// `validate` takes the flags of `plan` and `apply`, too, so that one list of arguments serves all three; those that
    /// are not its own change nothing. It takes them from those commands as they are: there is no second list.
    pub(crate) fn of(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        let arguments: Vec<OsString> = arguments.into_iter().collect();
        let mut command = Self::command();
        // To know all those flags costs a part of every start.
        if arguments.iter().any(|argument| argument == "validate") {
            command = command.mut_subcommand("validate", with_flags_of_plan_and_apply);
        }
        let matches = command.try_get_matches_from_mut(arguments)?;
        Self::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
    }
}

fn with_flags_of_plan_and_apply(mut validate: clap::Command) -> clap::Command {
    let all = Cli::command();
    for name in ["plan", "apply"] {
        let other = all.find_subcommand(name).expect("plan and apply are commands");
        for argument in other.get_arguments() {
            let is_known = validate.get_arguments().any(|own| own.get_id() == argument.get_id());
            // A saved plan stands where manifests stand, where a command takes both.
            let is_taken = argument.is_positional() && validate.get_positionals().next().is_some();
            if !is_known && !is_taken {
                validate = validate.arg(argument.clone().hide(true).required(false));
            }
        }
    }
    validate
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Validate(commands::validate::Arguments),
    Plan(commands::plan::Arguments),
    Apply(commands::apply::Arguments),
    Status(commands::status::Arguments),
    Invoke(commands::invoke::Arguments),
    Rollback(commands::rollback::Arguments),
    Delete(commands::delete::Arguments),
    Render(commands::render::Arguments),
    Reconcile(commands::reconcile::Arguments),
    Adopt(commands::adopt::Arguments),
    Import(commands::import::Arguments),
    Init(commands::init::Arguments),
    Fmt(commands::fmt::Arguments),
    Convert(commands::convert::Arguments),
    IamPolicy(commands::iam_policy::Arguments),
    Explain(commands::explain::Arguments),
    Schema(commands::schema::Arguments),
    Emulator(commands::emulator::Arguments),
    Completions(commands::completions::Arguments),
    Version(commands::version::Arguments),
    Man(commands::man::Arguments),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn validate() -> clap::Command {
        let mut command = Cli::command().mut_subcommand("validate", with_flags_of_plan_and_apply);
        command.build();
        command.find_subcommand("validate").unwrap().clone()
    }

    #[test]
    fn validate_takes_every_flag_of_plan_and_apply_and_shows_its_own() {
        let mut all = Cli::command();
        all.build();
        let taken = validate();
        for other in ["plan", "apply"] {
            for flag in all.find_subcommand(other).unwrap().get_arguments().filter(|flag| !flag.is_positional()) {
                let same = taken.get_arguments().find(|own| own.get_long() == flag.get_long());
                let same = same.unwrap_or_else(|| panic!("validate does not take --{:?} of {other}", flag.get_long()));
                assert_eq!(same.get_short(), flag.get_short());
                assert_eq!(same.get_num_args(), flag.get_num_args(), "--{:?}", flag.get_long());
            }
        }
        taken.clone().debug_assert();
        let help = validate().render_long_help().to_string();
        assert!(help.contains("--var ") && !help.contains("--update"), "{help}");
    }

    #[test]
    fn arguments_of_plan_and_apply_change_nothing_for_validate() {
        let read = |line: &str| {
            let mut command = Cli::command().mut_subcommand("validate", with_flags_of_plan_and_apply);
            let matches = command.try_get_matches_from_mut(line.split(' '))?;
            Cli::from_arg_matches(&matches)
        };
        for line in [
            "lambdactl validate --update --var a=b --replace f --target=x* --as-of 2026-01-01",
            "lambdactl validate --local -yqv --parallelism 3 --timeout=1m --var a=b --no-wait",
            "lambdactl validate --var=a=b saved.plan",
        ] {
            let cli = read(line).unwrap_or_else(|error| panic!("{line}: {error}"));
            let Command::Validate(arguments) = cli.command else { panic!("{line}") };
            assert!(format!("{arguments:?}").contains(r#"("a", "b")"#), "{line}: {arguments:?}");
        }
        assert!(read("lambdactl validate --updte").is_err());
        assert!(read("lambdactl adopt --update").is_err());
    }
}
