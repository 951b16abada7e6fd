use lambdactl_aws::CurrentAlias;
use lambdactl_reconcile::{Candidate, Candidates};
use lambdactl_schema::shares;

use super::style::{BOLD, DIM, GREEN, count};
use super::words::LocationNote;
use crate::text::{Text, text};

/// Versions that are shown: a person chooses among them.
const SHOWN: usize = 20;

/// Renders the versions that an alias could name, from the newest on.
pub(crate) fn candidates(name: &str, alias: &str, candidates: &Candidates) -> Text {
    let Candidates { alias: now, versions } = candidates;
    let mut text = text!("Alias {0}{1}{0:#} of {0}{2}{0:#} names {3}.\n\n", BOLD, alias, name, leads_to(now));
    text += versions.iter().take(SHOWN).map(|version| candidate(version, now)).collect::<Text>();
    match versions.len().saturating_sub(SHOWN) {
        0 if versions.is_empty() => text += Text::own("  No version is published.\n"),
        0 => {}
        more => text += text!("  {0}and {1}; --to takes any of them{0:#}\n", DIM, count(more, "older version")),
    }
    text + Text::own("\n")
}

fn candidate(version: &Candidate, now: &CurrentAlias) -> Text {
    let Candidate { number, published, description, code_sha256, difference } = version;
    let is_now = *number == now.version;
    let (mark, style) = if is_now { ("*", GREEN) } else { (" ", BOLD) };
    let differs = match difference {
        _ if is_now => "where it is now".to_owned(),
        None => "what differs is not known: the version that it names is not there".to_owned(),
        Some(difference) => {
            let code = difference.code.then_some("code");
            let names: Vec<&str> = code.into_iter().chain(difference.members.iter().map(String::as_str)).collect();
            if names.is_empty() { "the same".to_owned() } else { format!("differs in {}", names.join(", ")) }
        }
    };
    let code: String = code_sha256.chars().take(8).collect();
    let mut text = text!(
        "{0} {1}{2:>4}{1:#}  {3:<16}  {4}code {5:<8}{4:#}  {6}\n",
        mark,
        style,
        number,
        minutes(published),
        DIM,
        code,
        differs
    );
    if !description.is_empty() {
        text += text!("        {}\n", description);
    }
    text
}

/// The service writes `2026-11-27T08:30:00.000+0000`.
fn minutes(time: &str) -> String {
    time.chars().take("2026-11-27T08:30".len()).map(|letter| if letter == 'T' { ' ' } else { letter }).collect()
}

/// Says where the calls of an alias go.
pub(crate) fn leads_to(alias: &CurrentAlias) -> String {
    shares(&alias.version, &alias.weights)
}

/// Says that an alias was moved, and what the next apply makes of it.
pub(crate) fn moved(name: &str, alias: &str, was: &CurrentAlias, to: &str, location_note: LocationNote) -> Text {
    let verdict = text!(
        "{0}Moved{0:#}: alias {1} of {2} names version {3}; before, {4}.{5}\n\n",
        GREEN,
        alias,
        name,
        to,
        leads_to(was),
        location_note.as_str()
    );
    let manifest = text!(
        "A manifest that declares the alias still says otherwise: `plan` shows that as\ndrift, and `apply --update` moves the \
         alias again. To keep it, write one of\nthese for the function: the first says where it stays, the second leaves it\nalone:\n  Aliases: {{{0}: {{FunctionVersion: \"{1}\"}}}}\n  ignore: [/Aliases/{0}/FunctionVersion]\n",
        alias,
        to
    );
    verdict + manifest
}
