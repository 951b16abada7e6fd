use serde_json::{Map, Value, json};

use crate::converted::{Ask, File, Note, Unknown};
use crate::names;
use crate::reference;

/// Notes and variables that are kept. A file can be made so that each value needs one.
const MOST: usize = 20_000;

/// What is collected on the way.
#[derive(Default)]
pub(crate) struct Notes {
    pub(crate) found: Vec<Note>,
    pub(crate) unknowns: Vec<Unknown>,
    pub(crate) files: Vec<File>,
    pub(crate) ignored: Vec<String>,
    /// What each variable stands for.
    identities: Vec<(String, String)>,
    function: Option<String>,
}

/// How much there was to say at some time.
pub(crate) struct Mark {
    notes: usize,
    /// The places of each variable.
    places: Vec<usize>,
    identities: usize,
}

impl Notes {
    /// The notes that follow are about a function, or about none.
    pub(crate) fn about(&mut self, function: Option<&str>) {
        self.function = function.map(str::to_owned);
    }

    /// Remembers what there is, to take back what comes.
    pub(crate) fn mark(&self) -> Mark {
        Mark {
            notes: self.found.len(),
            places: self.unknowns.iter().map(|unknown| unknown.places.len()).collect(),
            identities: self.identities.len(),
        }
    }

    /// Takes back what came since: the value that it was about is not used.
    pub(crate) fn back_to(&mut self, mark: &Mark) {
        self.without_notes_since(mark);
        self.unknowns.truncate(mark.places.len());
        self.identities.truncate(mark.identities);
    }

    /// Takes back what was said since: the value can be used elsewhere, and its variables stay.
    pub(crate) fn without_notes_since(&mut self, mark: &Mark) {
        self.found.truncate(mark.notes);
        for (unknown, places) in self.unknowns.iter_mut().zip(mark.places.iter().chain(std::iter::repeat(&0))) {
            unknown.places.truncate(*places);
        }
    }

    /// Says what must be done.
    pub(crate) fn must(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.add(Ask::MustDo, path.into(), message.into());
    }

    /// Says what may be meant otherwise.
    pub(crate) fn guessed(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.add(Ask::Guessed, path.into(), message.into());
    }

    /// The same about the file, whichever function it was found for.
    pub(crate) fn guessed_of_file(&mut self, path: impl Into<String>, message: impl Into<String>) {
        let function = self.function.take();
        self.add(Ask::Guessed, path.into(), message.into());
        self.function = function;
    }

    /// Says of the file what must be done, whichever function it was found for.
    pub(crate) fn must_of_file(&mut self, path: impl Into<String>, message: impl Into<String>) {
        let function = self.function.take();
        self.add(Ask::MustDo, path.into(), message.into());
        self.function = function;
    }

    /// Says that a member has no place in a manifest.
    pub(crate) fn left_out(&mut self, path: impl Into<String>, why: impl Into<String>) {
        self.add(Ask::LeftOut, path.into(), why.into());
    }

    fn add(&mut self, ask: Ask, path: String, message: String) {
        let message = reference::shown(&message);
        let note = Note { ask, function: self.function.clone(), path, message };
        if self.found.len() < MOST && !self.found.contains(&note) {
            self.found.push(note);
        }
    }

    /// Makes a reference of what is not known here. Who asks for the same again gets the same variable, and two things get two.
    pub(crate) fn unknown(&mut self, wanted: &str, form: &'static str, what: impl Into<String>, path: &str) -> Value {
        let what = what.into();
        self.unknown_as(wanted, &what.clone(), form, what, path)
    }

    /// The same where what it stands for is told apart by more than what is said of it.
    pub(crate) fn unknown_as(
        &mut self,
        wanted: &str,
        identity: &str,
        form: &'static str,
        what: String,
        path: &str,
    ) -> Value {
        let name = self.name_for(&names::variable(wanted), identity);
        let what = reference::shown(&what);
        let place = (self.function.clone(), path.to_owned());
        match self.unknowns.iter_mut().find(|unknown| unknown.name == name) {
            Some(unknown) if unknown.places.contains(&place) => {}
            Some(unknown) => unknown.places.push(place),
            None => self.unknowns.push(Unknown { name: name.clone(), form, what, places: vec![place] }),
        }
        json!(reference::variable(&name))
    }

    /// The variable of what has this description, or a free one: the name that is wanted, or one with a number behind it.
    fn name_for(&mut self, wanted: &str, identity: &str) -> String {
        if let Some((name, _)) = self.identities.iter().find(|(_, other)| other == identity) {
            return name.clone();
        }
        let mut name = wanted.to_owned();
        let mut count = 1;
        while self.identities.iter().any(|(given, _)| *given == name) {
            count += 1;
            name = format!("{wanted}_{count}");
        }
        if self.identities.len() < MOST {
            self.identities.push((name.clone(), identity.to_owned()));
        }
        name
    }

    /// Makes a reference to the account, which no file says.
    pub(crate) fn account(&mut self) -> String {
        reference::environment("AWS_ACCOUNT_ID", None).unwrap_or_default()
    }
}

/// Functions of a file, before their notes are known to be complete.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) name: Option<String>,
    pub(crate) region: Option<String>,
    pub(crate) layers: Vec<Map<String, Value>>,
    pub(crate) functions: Vec<Map<String, Value>>,
}

/// Returns where a role is that only the other tool knows.
pub(crate) fn missing_role(name: &str, notes: &mut Notes, made_by: &str) -> Value {
    notes.unknown(&format!("{}RoleArn", names::variable(name)), "ARN", format!("the role of {name}: {made_by}"), "Role")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_unknown_is_told_once_and_two_get_two_variables() {
        let mut notes = Notes::default();
        let first = notes.unknown("QueueArn", "ARN", "the parameter QueueArn", "A");
        assert_eq!(notes.unknown("QueueArn", "ARN", "the parameter QueueArn", "B"), first);
        let mark = notes.mark();
        let second = notes.unknown("QueueArn", "ARN", "Arn of the resource Queue", "C");
        assert_ne!(first, second);
        notes.without_notes_since(&mark);
        assert_eq!((notes.unknowns[0].places.len(), notes.unknowns[1].places.len()), (2, 0));
        notes.back_to(&mark);
        assert_eq!(notes.unknowns.len(), 1);
        assert_eq!(notes.unknown("QueueArn", "ARN", "Arn of the resource Queue", "C"), second);
    }
}
