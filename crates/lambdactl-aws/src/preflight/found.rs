use lambdactl_schema::FunctionSpec;
use lambdactl_schema::rules::Rule;

use crate::client::Client;

/// Something in the account with which an apply would fail, or a function would.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What kind of thing it is.
    pub rule: &'static Rule,
    /// Whose member it is about.
    pub owner: Owner,
    /// JSON pointer of the member in its function or layer.
    pub pointer: String,
    /// What was found, as a fragment.
    pub message: String,
}

/// What a finding belongs to, by its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    /// A function.
    Function(String),
    /// A layer.
    Layer(String),
}

/// What came out of asking.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// What is wrong, in the order in which it was asked for.
    pub findings: Vec<Finding>,
    /// What there is to say of a function, by its name, in sentences.
    pub about: Vec<(String, String)>,
    /// What could not be asked, and why, in sentences.
    pub notes: Vec<String>,
}

impl Verified {
    /// Adds a finding about a member of a function.
    pub(super) fn find(
        &mut self,
        rule: &'static Rule,
        spec: &FunctionSpec,
        pointer: impl Into<String>,
        message: String,
    ) {
        let owner = Owner::Function(spec.request.function_name.clone());
        self.findings.push(Finding { rule, owner, pointer: pointer.into(), message });
    }

    /// Says something of a function.
    pub(super) fn tell(&mut self, spec: &FunctionSpec, note: String) {
        self.about.push((spec.request.function_name.clone(), note));
    }

    /// Says what was not verified, and why: once for each reason.
    pub(super) fn unasked(&mut self, what: &str, reasons: impl IntoIterator<Item = String>) {
        let mut counts = std::collections::BTreeMap::<String, usize>::new();
        for reason in reasons {
            *counts.entry(reason).or_default() += 1;
        }
        self.notes.extend(counts.into_iter().map(|(reason, count)| {
            let many = if count == 1 { "" } else { "s" };
            format!("not verified: {count} {what}{many}: {reason}")
        }));
    }

    /// Adds what another check found.
    pub(super) fn take(&mut self, other: Self) {
        let Self { findings, about, notes } = other;
        self.findings.extend(findings);
        self.about.extend(about);
        self.notes.extend(notes);
    }

    /// Takes the secrets of the run out of all texts: an account may have a name that repeats one.
    pub(super) fn clean(&mut self, client: &Client) {
        let mut redaction = client.redaction();
        let findings = self.findings.iter_mut().map(|finding| &mut finding.message);
        for text in findings.chain(self.about.iter_mut().map(|(_, note)| note)).chain(&mut self.notes) {
            *text = redaction.mask(text).into_owned();
        }
    }
}

/// Returns a value of a function as a message has it: the manifest's own text where a reference brought it in from outside.
pub(super) fn shown<'a>(spec: &'a FunctionSpec, pointer: &str, value: &'a str) -> &'a str {
    let ends = pointer.match_indices('/').map(|(end, _)| end).filter(|end| *end > 0).chain([pointer.len()]);
    ends.rev().find_map(|end| spec.origins.outside(&pointer[..end])).unwrap_or(value)
}
