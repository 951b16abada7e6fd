use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value, json};

use crate::converted::{Ask, File, Note, Unknown};
use crate::names;
use crate::reference;

/// Notes that are kept, and places of one variable. A file can be made so that each value needs one.
const MOST: usize = 20_000;
const MOST_PLACES: usize = 200;

/// What is collected on the way.
#[derive(Default)]
pub(crate) struct Notes {
    pub(crate) found: Vec<Note>,
    pub(crate) unknowns: Vec<Unknown>,
    pub(crate) files: Vec<File>,
    pub(crate) ignored: Vec<String>,
    /// The notes that are there.
    seen: HashSet<Note>,
    /// The variable of each thing that is not known, by what tells it apart.
    names: HashMap<String, String>,
    /// The places of variables in the list, by their names.
    given: HashMap<String, usize>,
    /// What was added, in its order.
    log: Vec<Added>,
    function: Option<String>,
}

/// Something that can be taken back.
enum Added {
    Note,
    /// A variable, with what tells it apart.
    Unknown(String),
    /// A place of a variable.
    Place(usize),
}

/// How much there was to say at some time.
pub(crate) struct Mark(usize);

impl Notes {
    /// The notes that follow are about a function, or about none.
    pub(crate) fn about(&mut self, function: Option<&str>) {
        self.function = function.map(str::to_owned);
    }

    /// Remembers what there is, to take back what comes.
    pub(crate) fn mark(&self) -> Mark {
        Mark(self.log.len())
    }

    /// Takes back what came since: the value that it was about is not used.
    pub(crate) fn back_to(&mut self, mark: &Mark) {
        while self.log.len() > mark.0 {
            match self.log.pop() {
                Some(Added::Unknown(identity)) => {
                    self.names.remove(&identity);
                    if let Some(unknown) = self.unknowns.pop() {
                        self.given.remove(&unknown.name);
                    }
                }
                Some(said) => self.take_back(&said),
                None => return,
            }
        }
    }

    /// Takes back what was said since: the value can be used elsewhere, and its variables stay.
    pub(crate) fn without_notes_since(&mut self, mark: &Mark) {
        let since = self.log.split_off(mark.0.min(self.log.len()));
        let mut kept = Vec::new();
        for added in since.into_iter().rev() {
            match added {
                Added::Unknown(_) => kept.push(added),
                said => self.take_back(&said),
            }
        }
        self.log.extend(kept.into_iter().rev());
    }

    fn take_back(&mut self, said: &Added) {
        match said {
            Added::Note => {
                if let Some(note) = self.found.pop() {
                    self.seen.remove(&note);
                }
            }
            Added::Place(index) => {
                if let Some(unknown) = self.unknowns.get_mut(*index) {
                    unknown.places.pop();
                }
            }
            Added::Unknown(_) => {}
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
        if self.found.len() < MOST && self.seen.insert(note.clone()) {
            self.found.push(note);
            self.log.push(Added::Note);
        }
    }

    /// Whether there was more to say than is kept.
    pub(crate) fn is_full(&self) -> bool {
        self.found.len() >= MOST
    }

    /// Says so.
    pub(crate) fn tell_that_full(&mut self) {
        let message = format!("there are more notes than the {MOST} that are kept: convert the file in parts");
        self.found.push(Note { ask: Ask::MustDo, function: None, path: String::new(), message });
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
        let name = match self.names.get(identity) {
            Some(name) => name.clone(),
            None => {
                // A name that a reference stands in is made of what it is by default.
                let wanted = reference::by_defaults(wanted).map_or_else(|| wanted.to_owned(), |(plain, _)| plain);
                let name = self.free(&names::variable(&wanted));
                self.names.insert(identity.to_owned(), name.clone());
                self.given.insert(name.clone(), self.unknowns.len());
                let what = reference::shown(&what);
                self.unknowns.push(Unknown { name: name.clone(), form, what, places: Vec::new() });
                self.log.push(Added::Unknown(identity.to_owned()));
                name
            }
        };
        let place = (self.function.clone(), path.to_owned());
        if let Some(index) = self.given.get(&name).copied()
            && let Some(unknown) = self.unknowns.get_mut(index)
            && unknown.places.len() < MOST_PLACES
            && !unknown.places.contains(&place)
        {
            unknown.places.push(place);
            self.log.push(Added::Place(index));
        }
        json!(reference::variable(&name))
    }

    /// The name that is wanted, or one with a number behind it.
    fn free(&self, wanted: &str) -> String {
        let mut name = wanted.to_owned();
        let mut count = 1;
        while self.given.contains_key(&name) {
            count += 1;
            name = format!("{wanted}_{count}");
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
