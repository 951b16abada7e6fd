//! Which characters are seen where they stand, and what stands for the others on a terminal, in a comment and on a page.

/// Puts a character behind a text so that it is seen: a picture, or its number, where it would do something else.
pub fn push_visible(clean: &mut String, letter: char) {
    match letter {
        // Unicode has a picture of each control character of ASCII, in their order.
        '\0'..='\u{1f}' => {
            clean.push(char::from_u32(0x2400 + u32::from(letter)).unwrap_or(char::REPLACEMENT_CHARACTER))
        }
        '\u{7f}' => clean.push('␡'),
        letter if is_harmless(letter) => clean.push(letter),
        letter => clean.extend(letter.escape_unicode()),
    }
}

/// Whether a character is seen where it stands, and does nothing else.
pub fn is_harmless(letter: char) -> bool {
    match letter {
        ' '..='~' => true,
        // Blanks that are wide are blanks.
        '\u{a0}' | '\u{3000}' => true,
        // Letters without a shape, and variants of letters that can carry a hidden text.
        '\u{34f}'
        | '\u{115f}'
        | '\u{1160}'
        | '\u{17b4}'
        | '\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{2800}'
        | '\u{3164}'
        | '\u{fe00}'..='\u{fe0d}'
        | '\u{ffa0}'
        | '\u{e0100}'..='\u{e01ef}' => false,
        // What Rust escapes in a debug form: controls, formats, separators, what is unassigned or private. A mark that
        // joins the letter before it is escaped at the beginning of a text only.
        letter => {
            let mut pair = [b'a', 0, 0, 0, 0];
            let length = 1 + letter.encode_utf8(&mut pair[1..]).len();
            std::str::from_utf8(&pair[..length]).is_ok_and(|pair| pair.escape_debug().nth(1) == Some(letter))
        }
    }
}
