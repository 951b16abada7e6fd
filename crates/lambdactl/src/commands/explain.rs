use anyhow::bail;
use clap::Args;
use lambdactl_schema::{find_member, preflight, rules};

use crate::exit::Exit;
use crate::text::Text;
use crate::{output, render};

/// Explain a rule or a member.
///
/// A rule by its code, as errors show it: L013, or V001 of what `plan --verify` finds. A member by its name: Timeout, VpcConfig.SubnetIds, region. Says what
/// is allowed, what an absent member means, how a change is carried out, and where that is known from.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// A rule's code, or a member's name.
    #[arg(value_name = "CODE|FIELD")]
    subject: String,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let subject = arguments.subject.trim();
    let text = match (rules::by_code(subject).or_else(|| preflight::by_code(subject)), find_member(subject)) {
        (Some(rule), _) => render::explain::rule(rule),
        (None, Ok(member)) => render::explain::member(&member),
        (None, Err(Some(name))) => bail!("there is no rule and no member `{subject}`; did you mean `{name}`?"),
        (None, Err(None)) => {
            bail!("there is no rule and no member `{subject}`; `lambdactl schema` has every member, errors show codes")
        }
    };
    output::stdout(&Text::drawn(&text));
    Ok(Exit::Done)
}
