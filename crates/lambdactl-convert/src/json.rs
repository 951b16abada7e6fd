//! JSON in which no key stands twice: parsers take one or the other, and nobody is told.

use std::cell::RefCell;
use std::fmt::{self, Formatter};

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value, json};

use crate::converted::ConvertError;

/// Reads JSON.
pub(crate) fn parse_json(text: &str) -> Result<Value, ConvertError> {
    let twice = RefCell::new(None);
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = Strict(&twice).deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    value.map_err(|error| match twice.into_inner() {
        Some(key) => ConvertError::Twice(key),
        None => ConvertError::Syntax(error.to_string()),
    })
}

/// Puts lambroll's templates into texts, wherever they stand: `{"Timeout": {{ env `T` `3` }}}` is JSON only once they are gone.
pub(crate) fn with_templates_in_texts(text: &str) -> Option<String> {
    let mut result = String::with_capacity(text.len());
    let (mut is_in_text, mut is_escaped) = (false, false);
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        if rest.starts_with("{{") {
            let end = 2 + end_of_template(&rest[2..])?;
            let written = Value::String(rest[..end + 2].to_owned()).to_string();
            result.push_str(if is_in_text { &written[1..written.len() - 1] } else { &written });
            rest = &rest[end + 2..];
            continue;
        }
        match letter {
            '"' if !is_escaped => is_in_text = !is_in_text,
            _ => {}
        }
        is_escaped = letter == '\\' && is_in_text && !is_escaped;
        result.push(letter);
        rest = &rest[letter.len_utf8()..];
    }
    Some(result)
}

/// Where a template ends that begins before this text: braces in its texts do not end it.
pub(crate) fn end_of_template(text: &str) -> Option<usize> {
    let mut quote = None;
    let mut is_escaped = false;
    for (index, letter) in text.char_indices() {
        match (quote, letter) {
            (Some('"'), '\\') if !is_escaped => {
                is_escaped = true;
                continue;
            }
            (Some(open), letter) if letter == open && !is_escaped => quote = None,
            (Some(_), _) => {}
            (None, '`' | '"') => quote = Some(letter),
            (None, '}') if text[index..].starts_with("}}") => return Some(index),
            (None, _) => {}
        }
        is_escaped = false;
    }
    None
}

/// Reads a value, and leaves the key that stands twice.
#[derive(Clone, Copy)]
struct Strict<'a>(&'a RefCell<Option<String>>);

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value of JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(json!(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(json!(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(json!(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(json!(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            let value = entries.next_value_seed(self)?;
            if map.contains_key(&key) {
                self.0.borrow_mut().get_or_insert(key);
                return Err(A::Error::custom("a key stands twice"));
            }
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_stand_in_texts() {
        for (text, wanted) in [
            ("{\"T\": {{ env `T` `3` }}}", "{\"T\": \"{{ env `T` `3` }}\"}"),
            ("{\"T\": \"a{{ env \"T\" }}b\"}", "{\"T\": \"a{{ env \\\"T\\\" }}b\"}"),
            ("{\"T\": \"\\\"{{ env `}}` }}\"}", "{\"T\": \"\\\"{{ env `}}` }}\"}"),
        ] {
            assert_eq!(with_templates_in_texts(text).as_deref(), Some(wanted));
            assert!(parse_json(wanted).is_ok(), "{wanted}");
        }
        assert_eq!(with_templates_in_texts("{\"T\": {{ env `T"), None);
    }
}
