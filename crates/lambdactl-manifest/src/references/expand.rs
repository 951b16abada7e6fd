//! What a text with references comes to.

use lambdactl_schema::{LookedUp, Offline, ReferenceKind, Secrecy, UNKNOWN, layer_reference, reference_forms};

use crate::reach::{OUTSIDE, is_credential};
use crate::references::syntax::{Malformed, Part, Reference, shown};
use crate::references::values::{UnknownValues, Values, VariableState};

/// What a text with references comes to.
#[derive(Default)]
pub(crate) struct Expanded {
    pub(crate) text: String,
    /// How many references there are.
    pub(crate) references: usize,
    /// One of them is none that whoever reads the manifest may see.
    pub(crate) from_outside: bool,
    /// One of them is a secret.
    pub(crate) is_secret: bool,
    /// One of them is not known here, and `*` stands for it.
    pub(crate) is_unknown: bool,
    /// The layer of the manifest that one of them names.
    pub(crate) layer: Option<String>,
}

/// Why a text has no value.
#[derive(Debug)]
pub(crate) enum Unresolved {
    /// It is wrong, or refers to what is not there; what to do about it.
    Wrong(String, String),
    /// The same, and it was said where it stands.
    Said,
    /// A variable that may be unset is: what it stands in is left out.
    Absent,
}

pub(crate) fn wrong(message: impl Into<String>, help: impl Into<String>) -> Unresolved {
    Unresolved::Wrong(message.into(), help.into())
}

impl From<Malformed> for Unresolved {
    fn from(malformed: Malformed) -> Self {
        match malformed {
            Malformed::Open => wrong("a `${` without its `}`", "close it, or write `$${` for a literal `${`"),
            // Does not say what stands there: whoever writes a secret with a `${` in it does not mean a reference.
            Malformed::NoReference => wrong(
                "a `${` that begins no reference",
                format!("{} are references; write `$${{` for a literal `${{`", reference_forms()),
            ),
            Malformed::Credential(name) => is_never_resolved(&name),
        }
    }
}

fn is_never_resolved(name: &str) -> Unresolved {
    wrong(
        format!("`${{env:{name}}}` is never resolved: it holds credentials of whoever runs lambdactl"),
        "a manifest must not read it; give the function a role, or pass what it needs under another name",
    )
}

/// Resolves the references of a text that was taken apart.
pub(crate) fn expand(parts: &[Part<'_>], values: &Values<'_>) -> Result<Expanded, Unresolved> {
    let mut expanded = Expanded::default();
    for part in parts {
        match part {
            Part::Text(text) => expanded.text.push_str(text),
            Part::Reference(reference) => {
                expanded.references += 1;
                let secrecy = reference.kind.row().secrecy;
                expanded.from_outside |= secrecy != Secrecy::Open;
                expanded.is_secret |= secrecy == Secrecy::Secret;
                let before = expanded.text.len();
                lookup(reference, values, &mut expanded)?;
                if !values.ledger.spend(expanded.text.len() - before) {
                    return Err(wrong(
                        "the manifest's references bring in more than 256 MB",
                        "name the file as code, or refer to it less often",
                    ));
                }
            }
        }
    }
    Ok(expanded)
}

impl Expanded {
    /// Takes what a name or a default has come to: its text is given back, not added. Nothing where that is not known.
    fn inner(&mut self, parts: &[Part<'_>], values: &Values<'_>) -> Result<Option<String>, Unresolved> {
        let Expanded { text, references: _, from_outside, is_secret, is_unknown, layer } = expand(parts, values)?;
        if layer.is_some() {
            return Err(wrong(
                "`${layer:NAME}` stands within another reference",
                "it is a whole item of a function's `Layers`",
            ));
        }
        self.from_outside |= from_outside;
        self.is_secret |= is_secret;
        self.is_unknown |= is_unknown;
        Ok(if is_unknown { None } else { Some(text) })
    }

    fn push_unknown(&mut self) {
        self.is_unknown = true;
        self.text.push_str(UNKNOWN);
    }
}

/// Adds what a reference stands for. What it brings in is not searched for further references.
fn lookup(reference: &Reference<'_>, values: &Values<'_>, expanded: &mut Expanded) -> Result<(), Unresolved> {
    let Reference { kind, name: written, default, is_optional } = reference;
    let Some(name) = expanded.inner(written, values)? else {
        // What is made of a part that is not known is not known itself.
        expanded.text.push_str(UNKNOWN);
        return Ok(());
    };
    if !kind.row().argument.takes(&name) {
        return Err(Malformed::NoReference.into());
    }
    match kind {
        ReferenceKind::Layer => {
            expanded.text.push_str(&layer_reference(&name));
            expanded.layer = Some(name);
        }
        ReferenceKind::Env => {
            if is_credential(&name) {
                return Err(is_never_resolved(&shown(written)));
            }
            // As in a shell, `:-` also stands in for a variable that is set and empty.
            match (values.environment.get(&name), default) {
                (Some(value), default) if !value.is_empty() || default.is_none() => expanded.text.push_str(value),
                (_, Some(default)) => {
                    let default = expanded.inner(default, values)?;
                    expanded.text.push_str(default.as_deref().unwrap_or(UNKNOWN));
                }
                (_, None) if values.unknown == UnknownValues::Noted => expanded.push_unknown(),
                (_, None) if *is_optional => return Err(Unresolved::Absent),
                (_, None) => {
                    let shown = shown(written);
                    return Err(wrong(
                        format!("the environment variable `{shown}` is not set"),
                        format!("set it, or give a default: `${{env:{shown}:-…}}`"),
                    ));
                }
            }
        }
        ReferenceKind::Var => variable(&name, written, values, expanded)?,
        ReferenceKind::File => {
            let text = values.reach.read_text(&name).map_err(|reason| unreadable("file", written, &reason))?;
            expanded.text.push_str(&text);
        }
        ReferenceKind::Stage | ReferenceKind::Region | ReferenceKind::Account | ReferenceKind::Location => {
            match values.run.said(*kind) {
                Some(said) => expanded.text.push_str(said),
                None if values.unknown == UnknownValues::Noted => expanded.push_unknown(),
                None => return Err(unsaid(*kind)),
            }
        }
        ReferenceKind::Ssm | ReferenceKind::Secret | ReferenceKind::Tfstate | ReferenceKind::Stack => {
            look_up(reference, &name, values, expanded)?;
        }
    }
    Ok(())
}

/// Adds the value of a variable: the command line's, else the document's.
fn variable(name: &str, written: &[Part<'_>], values: &Values<'_>, expanded: &mut Expanded) -> Result<(), Unresolved> {
    if let Some(value) = values.variables.get(name) {
        expanded.text.push_str(value);
        return Ok(());
    }
    let shown = shown(written);
    let Some(variable) = values.own.and_then(|own| own.0.get(name)) else {
        let help = match values.own {
            Some(_) => format!("pass `--var {shown}=VALUE`, or give it a value under `variables` of the manifest"),
            None => format!("a variable of the manifest cannot refer to another; pass `--var {shown}=VALUE`"),
        };
        return Err(wrong(format!("there is no variable `{shown}`"), help));
    };
    expanded.from_outside |= variable.from_outside;
    expanded.is_secret |= variable.is_secret;
    match variable.state {
        VariableState::Known => expanded.text.push_str(&variable.value),
        VariableState::Unknown => expanded.push_unknown(),
        VariableState::Wrong => return Err(Unresolved::Said),
    }
    Ok(())
}

fn unsaid(kind: ReferenceKind) -> Unresolved {
    let form = kind.row().form;
    let help = match kind {
        ReferenceKind::Stage => "pass `--stage NAME`, or set LAMBDACTL_STAGE",
        ReferenceKind::Region => "give the manifest a `region`, or pass `--region REGION`",
        ReferenceKind::Account => "give the manifest an `account`",
        _ => "give the manifest `locations`, and say which one is meant with `--location NAME`",
    };
    wrong(format!("`{form}` stands for nothing: nobody says it"), help)
}

fn unreadable(word: &str, written: &[Part<'_>], reason: &str) -> Unresolved {
    let help = match reason == OUTSIDE {
        true => "put the file into the manifest's folder, or pass `--allow-file FOLDER` with a folder that it is in",
        false => "paths start from the manifest's folder",
    };
    wrong(format!("cannot read `${{{word}:{}}}`: {reason}", shown(written)), help)
}

/// Adds what a service, or a file of another tool, has.
fn look_up(
    reference: &Reference<'_>,
    name: &str,
    values: &Values<'_>,
    expanded: &mut Expanded,
) -> Result<(), Unresolved> {
    let Reference { kind, name: written, .. } = reference;
    let row = kind.row();
    let key = format!("{}:{name}", row.word);
    if let Some(LookedUp { value, is_secret }) = values.looked_up.get(&key) {
        expanded.is_secret |= is_secret;
        return match value {
            Ok(value) => {
                expanded.text.push_str(value);
                Ok(())
            }
            Err(reason) => Err(wrong(
                format!("`${{{}:{}}}` has no value: {reason}", row.word, shown(written)),
                "check its name, and that whoever runs lambdactl may read it",
            )),
        };
    }
    if row.offline == Offline::IfLocal
        && let Some((path, output)) = name.rsplit_once('#').filter(|(path, _)| !path.starts_with("s3://"))
    {
        let outputs = values.reach.read_outputs(path).map_err(|reason| unreadable(row.word, written, &reason))?;
        let Some((value, is_sensitive)) = outputs.get(output) else {
            return Err(wrong(
                format!("`${{{}:{}}}` names no output of the state", row.word, shown(written)),
                "declare it as an `output` of the root module, and apply that",
            ));
        };
        expanded.is_secret |= is_sensitive;
        expanded.text.push_str(value);
        return Ok(());
    }
    values.ledger.want(&key);
    if values.unknown == UnknownValues::Noted {
        expanded.push_unknown();
        return Ok(());
    }
    Err(wrong(
        format!("`${{{}:{}}}` was not looked up", row.word, shown(written)),
        format!("pass `--lookup '{}:{}=VALUE'`", row.word, shown(written)),
    ))
}
