//! A plan as a comment on a pull request.

use std::fmt::Write;

use lambdactl_diff::{Action, FunctionPlan, Plan};

use super::changes::public_lines;
use super::layers;
use super::style::count;
use super::words::{LocationNote, as_the_manifest_says, counts, planned};
use crate::text::commands::broken_up;
use crate::text::markdown::{block, code, html, word};

/// What a program finds its own comment by, to replace it. It never changes.
const MARKER: &str = "<!-- lambdactl-plan -->";

/// Bytes that a comment may have. GitHub counts characters, of which there are never more.
const LONGEST: usize = 65_536;
/// Bytes kept free for the note about what was left out.
const RESERVE: usize = 300;

/// Renders a plan as clean Markdown: the marker, what matters most, then each function behind a fold.
pub(crate) fn render(plan: &Plan, location_note: LocationNote) -> String {
    let mut text = format!("{MARKER}\n### {}\n\n{}", title(plan, location_note), risks(plan));
    let shown: Vec<&FunctionPlan> =
        plan.functions.iter().filter(|function| function.action != Action::Unchanged).collect();
    let mut left_out = 0;
    let sections = layers::sections(plan).into_iter().chain(shown.into_iter().map(section));
    for section in sections {
        // A comment is made of a file, and a step may print that.
        let section = broken_up(&section);
        if left_out == 0 && text.len() + section.len() + RESERVE <= LONGEST {
            text.push_str(&section);
        } else {
            left_out += 1;
        }
    }
    if left_out > 0 {
        let _ = writeln!(
            text,
            "\n> {} left out here: a comment has at most {LONGEST} characters. `lambdactl plan` shows all.",
            count(left_out, if plan.layers.is_empty() { "function" } else { "function or layer" }),
        );
    }
    text
}

fn title(plan: &Plan, location_note: LocationNote) -> String {
    let account = plan.account.as_ref().map(|account| format!(" in account {}", word(account))).unwrap_or_default();
    format!("lambdactl plan for {}{account}{}: {}", word(&plan.region), location_note.as_str(), counts(plan))
}

/// Says first what a reviewer should not miss.
fn risks(plan: &Plan) -> String {
    let summary = plan.summary();
    let mut text = String::new();
    if plan.is_empty() {
        text.push_str(as_the_manifest_says(plan));
        text.push_str("\n\n");
    }
    if summary.delete > 0 {
        let _ = writeln!(text, "- :warning: {} will be **deleted**.", count(summary.delete, "function"));
    }
    let removals = plan.removals().count();
    if removals > 0 {
        let _ = writeln!(text, "- :warning: {} beside functions will be **removed**.", count(removals, "thing"));
    }
    let is_public = |note: &&String| note.starts_with("PUBLIC: ");
    let public = plan.functions.iter().filter(|function| function.notes.iter().any(|note| is_public(&note))).count();
    if public > 0 {
        let _ = writeln!(text, "- :warning: {} will be open to **everyone**.", count(public, "function"));
    }
    if summary.replace > 0 {
        let functions = count(summary.replace, "function");
        let _ = writeln!(text, "- :warning: {functions} will be **deleted and created again**.");
    }
    let is_refused = |function: &&FunctionPlan| matches!(function.action, Action::Refused(_));
    let refused = plan.functions.iter().filter(is_refused).count();
    if refused > 0 {
        let _ = writeln!(
            text,
            "- :warning: {} cannot be brought to where the manifest wants it.",
            count(refused, "function")
        );
    }
    if summary.drift > refused {
        let differ = differ(summary.drift - refused);
        let _ = writeln!(text, "- :warning: {differ} from the manifest, and apply leaves alone what exists.");
    }
    if summary.update > 0 {
        let _ = writeln!(text, "- {} will be updated.", count(summary.update, "function"));
    }
    if summary.create > 0 {
        let _ = writeln!(text, "- {} will be created.", count(summary.create, "function"));
    }
    // What is created anew is compared with nothing in the end.
    let is_unread =
        |function: &&FunctionPlan| function.is_partly_compared && !matches!(function.action, Action::Replace(_));
    let unread = plan.functions.iter().filter(is_unread).count();
    if unread > 0 {
        let _ = writeln!(text, "- Of {} something could not be compared:", count(unread, "function"));
        text.push_str(&unshown(plan));
    }
    text.push_str(&layers::risks(plan));
    for note in &plan.notes {
        let _ = writeln!(text, "- {}", code(note));
    }
    if !text.is_empty() && !text.ends_with("\n\n") {
        text.push('\n');
    }
    text
}

/// The notes of the functions that have no section of their own, as many as a reviewer reads.
fn unshown(plan: &Plan) -> String {
    const MOST: usize = 20;
    let unshown = plan.functions.iter().filter(|function| function.action == Action::Unchanged);
    let notes: Vec<(&str, &String)> =
        unshown.flat_map(|function| function.notes.iter().map(|note| (function.as_public_name(), note))).collect();
    let mut text = String::new();
    for (name, note) in notes.iter().take(MOST) {
        let _ = writeln!(text, "  - {}: {}", code(name), code(note));
    }
    if notes.len() > MOST {
        let _ = writeln!(text, "  - and {} more, which `lambdactl plan` shows", notes.len() - MOST);
    }
    text
}

fn differ(number: usize) -> String {
    let verb = if number == 1 { "differs" } else { "differ" };
    format!("{} {verb}", count(number, "function"))
}

fn section(function: &FunctionPlan) -> String {
    let planned = planned(&function.action);
    let lines = public_lines(function);
    let (symbol, name) = (function.action.symbol(), html(function.as_public_name()));
    let mut text = format!("<details><summary><code>{symbol} {name}</code> {planned}</summary>\n\n");
    if !lines.is_empty() {
        text.push_str(&block("diff", &lines));
    }
    if let Action::Refused(refusal) = &function.action {
        let _ = writeln!(text, "\nRefused: {}. To do: {}.", code(&refusal.message), refusal.help);
    }
    for note in &function.notes {
        let _ = writeln!(text, "\nNote: {}", code(note));
    }
    text.push_str("\n</details>\n");
    text
}

#[cfg(test)]
mod tests {
    use lambdactl_diff::{Change, ChangeKind};
    use serde_json::json;

    use super::*;

    fn drifted(name: String, before: &str) -> FunctionPlan {
        FunctionPlan {
            name,
            action: Action::Drift,
            changes: vec![Change {
                path: "/Description".into(),
                kind: ChangeKind::Changed,
                before: Some(json!(before)),
                after: Some(json!("x")),
                sensitive: false,
                public: None,
            }],
            ..FunctionPlan::default()
        }
    }

    fn plan(functions: Vec<FunctionPlan>) -> Plan {
        Plan { region: "us-west-2".into(), functions, ..Plan::default() }
    }

    #[test]
    fn long_plan_is_cut_with_a_note() {
        let text = render(
            &plan((0..2000).map(|index| drifted(format!("function-{index}"), "y")).collect()),
            LocationNote::default(),
        );
        assert!(text.len() <= LONGEST && text.starts_with(MARKER), "{}", text.len());
        let shown = text.matches("<details>").count();
        assert_eq!(shown, text.matches("</details>").count());
        assert!(text.contains(&format!("> {} functions left out here", 2000 - shown)), "{}", &text[text.len() - 200..]);
    }

    #[test]
    fn value_cannot_end_its_block() {
        let text = render(&plan(vec![drifted("f".into(), "``` </details> ````")]), LocationNote::default());
        assert_eq!(text.matches("\n`````\n").count(), 1, "{text}");
    }

    #[test]
    fn text_of_others_means_nothing() {
        let evil = "</code>\n\n# @team [x](y) ![z](w) --> <b>`\u{1b}[31m\u{202e}";
        let mut function = drifted(evil.into(), &format!("a\r{evil}\n::stop-commands::x"));
        function.changes[0].path = format!("/Tags/{}", evil.replace('/', "~1"));
        function.notes = vec![evil.into()];
        let refused = FunctionPlan {
            action: Action::Refused(lambdactl_diff::Refusal {
                reason: lambdactl_diff::RefusalReason::Claimed,
                message: evil.into(),
                help: "take it out".into(),
            }),
            ..function.clone()
        };
        let made = Plan {
            account: Some(evil.into()),
            region: evil.into(),
            functions: vec![function, refused],
            notes: vec![evil.into()],
            ..Plan::default()
        };
        let text = render(&made, LocationNote::default());
        assert!(
            !text.chars().any(|letter| letter.is_control() && letter != '\n') && !text.contains('\u{202e}'),
            "{text}"
        );
        // Outside of code there is nothing of it: take the blocks, the spans and the tags' escaped texts away.
        let mut prose = String::new();
        let mut fence: Option<String> = None;
        for line in text.lines() {
            let ticks: String = line.chars().take_while(|letter| *letter == '`').collect();
            match &fence {
                Some(open) if line == open => fence = None,
                Some(_) => {}
                None if line.ends_with("diff") && ticks.len() >= 3 => fence = Some(ticks),
                // A block of HTML, in which nothing but tags is marked up.
                None if line.starts_with("<details>") => assert_eq!(line.matches('<').count(), 5, "{line}"),
                None => prose += &format!("{line}\n"),
            }
        }
        while let Some(start) = prose.find('`') {
            let ticks: String = prose[start..].chars().take_while(|letter| *letter == '`').collect();
            let inner = start + ticks.len();
            let end = inner + prose[inner..].find(&ticks).unwrap();
            prose.replace_range(start..end + ticks.len(), "");
        }
        for mark in ["@team", "<b>", "-->", "](", "</code>", "stop-commands"] {
            assert!(!prose.trim_start_matches(MARKER).contains(mark), "{mark}: {prose}");
        }
    }
}
