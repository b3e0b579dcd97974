//! What messages quote of inputs, kept short: a header of a megabyte or a name of four thousand characters must not drown
//! the message about it.
//!
//! Everything is shortened in its middle, where an ellipsis stands, so that both ends can be recognised.

use std::borrow::Cow;
use std::fmt::Display;
use std::path::Path;

use crate::path_text;

/// Characters of a value.
const VALUE: usize = 80;

/// Characters of a path.
const PATH: usize = 160;

/// Characters of another program's or library's message, which may quote the input itself.
const CAUSE: usize = 240;

/// Characters of a whole message.
const MESSAGE: usize = 600;

/// The text in at most `most` characters: the first two thirds and the last third of it, `…` between.
pub fn shortened(text: &str, most: usize) -> Cow<'_, str> {
    if text.len() <= most || text.chars().nth(most).is_none() {
        return text.into();
    }
    let kept = most.saturating_sub(1);
    let (first, last) = (kept - kept / 3, kept / 3);
    let end = text.char_indices().nth(first).map_or(text.len(), |(at, _)| at);
    let start = match last {
        0 => text.len(),
        last => text.char_indices().nth_back(last - 1).map_or(0, |(at, _)| at),
    };
    format!("{}…{}", &text[..end], &text[start..]).into()
}

/// A value of an input, in at most 80 characters.
pub fn short(value: impl Display) -> String {
    shortened(&value.to_string(), VALUE).into_owned()
}

/// A text of an input between double quotes, with its control characters escaped, in at most 80 characters.
pub fn quoted(text: &str) -> String {
    short(format_args!("{:?}", shortened(text, VALUE)))
}

/// A path as [`path_text`] writes it, in at most 160 characters.
pub fn short_path(path: impl AsRef<Path>) -> String {
    shortened(&path_text(path.as_ref()), PATH).into_owned()
}

/// What another program or library says, in at most 240 characters.
pub fn short_cause(cause: impl Display) -> String {
    shortened(&cause.to_string(), CAUSE).into_owned()
}

/// A whole message, in at most 600 characters: the last resort where something in it was not shortened by itself.
pub fn short_message(message: impl Display) -> String {
    shortened(&message.to_string(), MESSAGE).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The twin by lists of characters.
    fn slowly(text: &str, most: usize) -> String {
        let all: Vec<char> = text.chars().collect();
        if all.len() <= most {
            return text.to_owned();
        }
        let kept = most.saturating_sub(1);
        let last = kept / 3;
        let ends = [&all[..kept - last], &['…'], &all[all.len() - last..]];
        ends.concat().into_iter().collect()
    }

    #[test]
    fn both_ends_are_kept() {
        assert_eq!(shortened("/data/progan/0_real/1.png", 13), "/data/pr….png");
        for text in ["", "a", "abcdef", "größer als 😀 漢字", "ééééééééé"] {
            for most in 1..20 {
                let found = shortened(text, most);
                assert_eq!(found, slowly(text, most), "{text} {most}");
                assert!(found.chars().count() <= most);
            }
        }
    }

    #[test]
    fn no_length_of_input_comes_through() {
        let long = "x\n".repeat(1 << 20);
        for (found, most) in [
            (short(&long), VALUE),
            (quoted(&long), VALUE),
            (short_path(&long), PATH),
            (short_cause(&long), CAUSE),
            (short_message(&long), MESSAGE),
        ] {
            assert_eq!(found.chars().count(), most);
        }
        assert_eq!(quoted("a\"\n"), "\"a\\\"\\n\"");
        assert!(quoted(&long).starts_with("\"x\\n") && quoted(&long).ends_with("\\n\""));
    }
}
