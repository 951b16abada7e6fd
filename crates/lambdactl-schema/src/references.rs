//! The kinds of references, such as `${env:NAME}`: one row each, which the form in manifests, the words of messages, the pattern of
//! the editors' schema and what is known without a network follow from.

/// A kind of reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReferenceKind {
    /// A variable of the environment.
    Env,
    /// A variable of the command line or of the manifest.
    Var,
    /// The text of a file.
    File,
    /// The stage of this run.
    Stage,
    /// The region of this run.
    Region,
    /// The account of this run.
    Account,
    /// Something of the location of this run.
    Location,
    /// A parameter of Systems Manager.
    Ssm,
    /// A secret of Secrets Manager.
    Secret,
    /// An output of a Terraform state.
    Tfstate,
    /// An output of a CloudFormation stack.
    Stack,
    /// A layer of the manifest.
    Layer,
}

/// One row.
#[derive(Clone, Copy, Debug)]
pub struct ReferenceRow {
    /// The kind.
    pub kind: ReferenceKind,
    /// What stands behind `${`.
    pub word: &'static str,
    /// How one is written, for messages and pages.
    pub form: &'static str,
    /// What it stands for, in few words.
    pub about: &'static str,
    /// What stands behind the colon.
    pub argument: Argument,
    /// Whether its value is known without a network.
    pub offline: Offline,
    /// Whether its value is a secret.
    pub secrecy: Secrecy,
    /// Whether a `:-default` or a `?` can stand behind its name.
    pub has_default: bool,
    /// Whether it can stand in the name or the default of another.
    pub can_nest: bool,
}

/// What can stand behind the colon of a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Argument {
    /// Nothing, nor a colon.
    None,
    /// A name of letters, digits and these signs.
    Name(&'static str),
    /// This word.
    Word(&'static str),
    /// The path of a file.
    Path,
    /// An identifier of letters, digits and these signs; behind a `#` a key may stand.
    Keyed(&'static str),
    /// A path, or the address of an object in S3, and behind a `#` the name of an output.
    Output,
    /// A name of letters, digits and these signs, and behind a `#` the name of an output.
    NamedOutput(&'static str),
}

/// Whether a value is known without a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offline {
    /// It is.
    Always,
    /// It is, where the environment has it.
    IfSet,
    /// It is, where the command line or the manifest says it.
    IfSaid,
    /// It is, where it is in a file here.
    IfLocal,
    /// It is not.
    Never,
}

/// Whether a value is a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secrecy {
    /// Whoever can read the manifest may see it.
    Open,
    /// Nobody knows: what others read has the reference instead.
    Outside,
    /// Where it comes from says so; what others read has the reference in any case.
    AsTold,
    /// It is one.
    Secret,
}

/// The longest argument: an ARN, or a name with a path before it.
const LONGEST: usize = 2048;

/// Every kind, in the order of their pages.
pub const REFERENCES: [ReferenceRow; 12] = {
    use Argument::{Keyed, Name, NamedOutput, None, Output, Path, Word};
    use Offline::{Always, IfLocal, IfSaid, IfSet, Never};
    use ReferenceKind as Kind;
    use Secrecy::{AsTold, Open, Outside, Secret};
    const ROW: ReferenceRow = ReferenceRow {
        kind: Kind::Env,
        word: "",
        form: "",
        about: "",
        argument: None,
        offline: Always,
        secrecy: Open,
        has_default: false,
        can_nest: true,
    };
    [
        ReferenceRow {
            kind: Kind::Env,
            word: "env",
            form: "${env:NAME}",
            about: "a variable of the environment or of `--env-file`; `${env:NAME:-default}` has a default, and with `${env:NAME?}` the entry is left out when it is not set",
            argument: Name("_-.()"),
            offline: IfSet,
            secrecy: Outside,
            has_default: true,
            ..ROW
        },
        ReferenceRow {
            kind: Kind::Var,
            word: "var",
            form: "${var:NAME}",
            about: "a variable of `--var`, of `--var-file`, of the stage, or of the manifest, in this order",
            argument: Name("_-."),
            ..ROW
        },
        ReferenceRow {
            kind: Kind::File,
            word: "file",
            form: "${file:PATH}",
            about: "the text of a file below the manifest's folder, or below `--allow-file DIR`",
            argument: Path,
            secrecy: Outside,
            ..ROW
        },
        ReferenceRow {
            kind: Kind::Stage,
            word: "stage",
            form: "${stage}",
            about: "the stage of this run",
            offline: IfSaid,
            ..ROW
        },
        ReferenceRow {
            kind: Kind::Region,
            word: "region",
            form: "${region}",
            about: "the region of this run",
            offline: IfSaid,
            ..ROW
        },
        ReferenceRow {
            kind: Kind::Account,
            word: "account",
            form: "${account}",
            about: "the account of this run",
            offline: IfSaid,
            ..ROW
        },
        ReferenceRow {
            kind: Kind::Location,
            word: "location",
            form: "${location:name}",
            about: "the name of the location of this run",
            argument: Word("name"),
            offline: IfSaid,
            ..ROW
        },
        ReferenceRow {
            kind: Kind::Ssm,
            word: "ssm",
            form: "${ssm:NAME}",
            about: "a parameter of Systems Manager; a SecureString is a secret",
            argument: Name("_-./:"),
            offline: Never,
            secrecy: AsTold,
            ..ROW
        },
        ReferenceRow {
            kind: Kind::Secret,
            word: "secret",
            form: "${secret:ID}",
            about: "a secret of Secrets Manager; `${secret:ID#KEY}` is one key of its JSON",
            argument: Keyed("_-./:+=@!"),
            offline: Never,
            secrecy: Secret,
            ..ROW
        },
        ReferenceRow {
            kind: Kind::Tfstate,
            word: "tfstate",
            form: "${tfstate:PATH#OUTPUT}",
            about: "an output of a Terraform state: a file, or `s3://BUCKET/KEY`; a secret where the state says sensitive",
            argument: Output,
            offline: IfLocal,
            secrecy: AsTold,
            ..ROW
        },
        ReferenceRow {
            kind: Kind::Stack,
            word: "stack",
            form: "${stack:NAME#OUTPUT}",
            about: "an output of a CloudFormation stack",
            argument: NamedOutput("-/:_"),
            offline: Never,
            secrecy: Outside,
            ..ROW
        },
        ReferenceRow {
            kind: Kind::Layer,
            word: "layer",
            form: "${layer:NAME}",
            about: "the ARN of the layer version that apply finds or publishes; a whole item of a function's `Layers`",
            argument: Name("_-."),
            can_nest: false,
            ..ROW
        },
    ]
};

impl ReferenceKind {
    /// Returns its row.
    pub fn row(self) -> &'static ReferenceRow {
        &REFERENCES[self as usize]
    }

    /// Returns the kind that a word behind `${` means.
    pub fn of_word(word: &str) -> Option<Self> {
        REFERENCES.iter().find(|row| row.word == word).map(|row| row.kind)
    }

    /// Whether it is the argument that tells what is meant, and not this run.
    pub fn has_argument(self) -> bool {
        self.row().argument != Argument::None
    }

    /// Whether a service or a file of another tool has the value.
    pub fn is_lookup(self) -> bool {
        matches!(self.row().offline, Offline::Never | Offline::IfLocal)
    }
}

impl Argument {
    /// Whether a text can stand there.
    pub fn takes(self, text: &str) -> bool {
        let is_one = |text: &str| !text.contains("${") && !text.chars().any(char::is_control);
        let output = |text: &str| is_name(text, "_-.");
        match self {
            Self::None => text.is_empty(),
            Self::Name(signs) => is_name(text, signs),
            Self::Word(word) => text == word,
            Self::Path => !text.is_empty() && is_one(text),
            Self::Keyed(signs) => match text.split_once('#') {
                Some((id, key)) => is_name(id, signs) && !key.is_empty() && key.len() <= LONGEST && is_one(key),
                None => is_name(text, signs),
            },
            Self::Output => text
                .rsplit_once('#')
                .is_some_and(|(path, name)| !path.is_empty() && path.len() <= LONGEST && is_one(path) && output(name)),
            Self::NamedOutput(signs) => {
                text.split_once('#').is_some_and(|(name, key)| is_name(name, signs) && output(key))
            }
        }
    }
}

fn is_name(text: &str, signs: &str) -> bool {
    /// Characters of a name that is no path and no ARN.
    const SHORT: usize = 128;
    let longest = if signs.contains('/') { LONGEST } else { SHORT };
    !text.is_empty()
        && text.len() <= longest
        && text.chars().all(|letter| letter.is_alphanumeric() || signs.contains(letter))
}

/// Returns how every kind is written, for a message: "`${env:NAME}`, … and `${layer:NAME}`".
pub fn reference_forms() -> String {
    let forms: Vec<String> = REFERENCES.iter().map(|row| format!("`{}`", row.form)).collect();
    let (last, others) = forms.split_last().expect("there are kinds");
    format!("{} and {last}", others.join(", "))
}

/// Returns a pattern that a text with a reference in it has.
pub(crate) fn reference_pattern() -> String {
    let words = |has_argument: bool| -> String {
        let of_kind = REFERENCES.iter().filter(|row| row.kind.has_argument() == has_argument);
        of_kind.map(|row| row.word).collect::<Vec<_>>().join("|")
    };
    format!(r"\$\{{(({}):[^}}]+|{})\}}", words(true), words(false))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stand_in_the_order_of_their_kinds() {
        for (index, row) in REFERENCES.iter().enumerate() {
            assert_eq!(row.kind as usize, index, "{}", row.word);
            assert_eq!(ReferenceKind::of_word(row.word), Some(row.kind));
            assert!(row.form.starts_with(&format!("${{{}", row.word)) && row.form.ends_with('}'), "{}", row.form);
        }
        assert_eq!(ReferenceKind::of_word("Env"), None);
        assert!(ReferenceKind::Ssm.is_lookup() && !ReferenceKind::Env.is_lookup() && !ReferenceKind::Stage.is_lookup());
    }

    #[test]
    fn arguments_have_the_form_of_what_they_name() {
        let takes = |kind: ReferenceKind, text: &str| kind.row().argument.takes(text);
        for (kind, good, bad) in [
            (ReferenceKind::Env, &["A", "ProgramFiles(x86)"][..], &["", "a b", "a/b"][..]),
            (ReferenceKind::Var, &["a.b"], &["a(b)", "a:b"]),
            (ReferenceKind::File, &["a b/c#d"], &["", "a\n", "${a"]),
            (ReferenceKind::Stage, &[""], &["a"]),
            (ReferenceKind::Location, &["name"], &["", "region"]),
            (
                ReferenceKind::Ssm,
                &["/app/db", "a:3", "arn:aws:ssm:us-east-1:123456789012:parameter/a"],
                &["", "/a b", "a#b"],
            ),
            (ReferenceKind::Secret, &["app/db", "app/db#password", "a#b c"], &["", "#a", "a#", "a b", "a#\n"]),
            (ReferenceKind::Tfstate, &["a/b.tfstate#role_arn", "s3://b/k#x"], &["a", "#a", "a#", "a#b c"]),
            (ReferenceKind::Stack, &["network#Subnet"], &["network", "#a", "a#", "a b#c"]),
            (ReferenceKind::Layer, &["common"], &["", "a b"]),
        ] {
            for text in good {
                assert!(takes(kind, text), "{kind:?} {text}");
            }
            for text in bad {
                assert!(!takes(kind, text), "{kind:?} {text}");
            }
        }
        assert!(!takes(ReferenceKind::Var, &"a".repeat(129)) && takes(ReferenceKind::Ssm, &"a".repeat(129)));
        assert!(!takes(ReferenceKind::Ssm, &"a".repeat(LONGEST + 1)));
    }
}
