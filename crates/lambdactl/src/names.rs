//! Names on the command line.

/// Reads the name of a function: the pattern and the length are those of the service's model.
pub(crate) fn function_name(text: &str) -> Result<String, String> {
    let help = "write the function's name: letters, digits, `-` and `_`, at most 64";
    match text {
        _ if text.starts_with("arn:") => Err(format!("it is an ARN; {help}; the region is said by --region")),
        _ if text.len() <= 64 && is_word(text, "-_") => Ok(text.to_owned()),
        _ if text.contains(':') => Err(format!("{help}; a version or an alias is said by a flag")),
        _ => Err(help.to_owned()),
    }
}

/// Reads a version or an alias (the service's model).
pub(crate) fn qualifier(text: &str) -> Result<String, String> {
    match text.len() <= 128 && is_word(text, "-_$.") {
        true => Ok(text.to_owned()),
        false => Err("write the number of a version, the name of an alias, or $LATEST".to_owned()),
    }
}

/// Reads the name of an alias (the service's model): one of digits would be a version.
pub(crate) fn alias_name(text: &str) -> Result<String, String> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    match text.len() <= 128 && is_word(text, "-_") && !is_number {
        true => Ok(text.to_owned()),
        false => Err("write the alias's name: letters, digits, `-` and `_`, and not digits alone".to_owned()),
    }
}

/// Reads the number of a published version.
pub(crate) fn version_number(text: &str) -> Result<String, String> {
    match text.parse::<u64>() {
        Ok(number) if number > 0 && text == number.to_string() => Ok(text.to_owned()),
        _ => Err("write the number of a published version, such as 7".to_owned()),
    }
}

fn is_word(text: &str, others: &str) -> bool {
    !text.is_empty() && text.chars().all(|letter| letter.is_ascii_alphanumeric() || others.contains(letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_words() {
        for name in ["f", "my-function_2", &"n".repeat(64)] {
            assert_eq!(function_name(name).as_deref(), Ok(name));
        }
        for wrong in ["", "a b", "f:live", "arn:aws:lambda:us-east-1:123456789012:function:f", "ü", &"n".repeat(65)] {
            assert!(function_name(wrong).is_err(), "{wrong}");
        }
        assert!(function_name("f:live").unwrap_err().contains("a flag"));
        for (text, is_one) in [("live", true), ("v2", true), ("2", false), ("", false), ("$LATEST", false)] {
            assert_eq!(alias_name(text).is_ok(), is_one, "{text}");
        }
        for (text, is_one) in [("7", true), ("0", false), ("07", false), ("+7", false), ("$LATEST", false), ("", false)]
        {
            assert_eq!(version_number(text).is_ok(), is_one, "{text}");
        }
        for (text, is_one) in [("7", true), ("live", true), ("$LATEST", true), ("", false), ("a/b", false)] {
            assert_eq!(qualifier(text).is_ok(), is_one, "{text}");
        }
    }
}
