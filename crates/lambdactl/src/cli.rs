use std::ffi::OsString;

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};

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
        // The arguments of twenty commands cost more than the start of the one that is meant.
        if let Ok(matches) = deferred().try_get_matches_from(&arguments) {
            return Self::from_arg_matches(&matches);
        }
        // Help, versions and errors are those of the whole.
        let mut command = Self::command();
        if arguments.iter().any(|argument| argument == "validate") {
            command = command.mut_subcommand("validate", with_flags_of_plan_and_apply);
        }
        let matches = command.try_get_matches_from_mut(arguments)?;
        Self::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
    }
}

/// The command line with the arguments of no command until it is the one that is meant.
fn deferred() -> clap::Command {
    let all = Global::augment_args(clap::Command::new("lambdactl")).subcommand_required(true);
    COMMANDS.iter().fold(all, |all, (name, arguments)| {
        let command = clap::Command::new(*name);
        all.subcommand(match *name {
            "validate" => command
                .defer(|validate| with_flags_of_plan_and_apply(commands::validate::Arguments::augment_args(validate))),
            // It has a flag of its own in the place of a common one, which must be there before those are handed down.
            "convert" => arguments(command),
            _ => command.defer(*arguments),
        })
    })
}

fn with_flags_of_plan_and_apply(mut validate: clap::Command) -> clap::Command {
    let others = [commands::plan::Arguments::augment_args, commands::apply::Arguments::augment_args];
    for augment in others {
        for argument in augment(clap::Command::new("other")).get_arguments() {
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

/// Makes the commands: a row for each, with its name and the module that has its arguments.
macro_rules! commands {
    ($($name:literal $variant:ident $module:ident,)*) => {
        #[derive(Debug, Subcommand)]
        pub(crate) enum Command {
            $($variant(commands::$module::Arguments),)*
        }

        /// What builds the arguments of each command, by its name.
        const COMMANDS: &[(&str, fn(clap::Command) -> clap::Command)] =
            &[$(($name, commands::$module::Arguments::augment_args),)*];
    };
}

commands! {
    "validate" Validate validate,
    "plan" Plan plan,
    "apply" Apply apply,
    "status" Status status,
    "invoke" Invoke invoke,
    "rollback" Rollback rollback,
    "delete" Delete delete,
    "render" Render render,
    "reconcile" Reconcile reconcile,
    "adopt" Adopt adopt,
    "import" Import import,
    "init" Init init,
    "fmt" Fmt fmt,
    "convert" Convert convert,
    "iam-policy" IamPolicy iam_policy,
    "explain" Explain explain,
    "schema" Schema schema,
    "emulator" Emulator emulator,
    "completions" Completions completions,
    "version" Version version,
    "man" Man man,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn validate() -> clap::Command {
        let mut command = Cli::command().mut_subcommand("validate", with_flags_of_plan_and_apply);
        command.build();
        command.find_subcommand("validate").unwrap().clone()
    }

    #[test]
    fn commands_are_built_alike_whether_they_are_all_built_or_one() {
        let (mut whole, mut lazy) = (Cli::command(), deferred());
        whole.build();
        lazy.build();
        let names = |command: &clap::Command| -> Vec<String> {
            command.get_subcommands().map(|one| one.get_name().to_owned()).filter(|name| name != "help").collect()
        };
        assert_eq!(names(&whole), names(&lazy));
        for one in whole.get_subcommands().filter(|one| !["help", "validate"].contains(&one.get_name())) {
            let other = lazy.find_subcommand(one.get_name()).unwrap();
            let ids = |command: &clap::Command| -> BTreeSet<String> {
                command
                    .get_arguments()
                    .map(|argument| argument.get_id().to_string())
                    .filter(|id| id != "version")
                    .collect()
            };
            assert_eq!(ids(one), ids(other), "{}", one.get_name());
        }
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
