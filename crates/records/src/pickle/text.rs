//! Text as protocols 0 to 2 write it. Nothing here gives more than two bytes for one.

/// A byte string from its Python 2 literal, quotes and all; `None` where `repr` would not have written it.
pub(super) fn from_literal(literal: &[u8]) -> Option<Vec<u8>> {
    let quote = *literal.first().filter(|quote| b"'\"".contains(quote))?;
    let mut rest = literal.get(1..)?.strip_suffix(&[quote])?;
    let mut bytes = Vec::with_capacity(rest.len());
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        let (&escape, after) = rest.split_first()?;
        rest = after;
        bytes.push(match escape {
            b'\\' | b'\'' | b'"' => escape,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'x' => {
                let (digits, after) = rest.split_first_chunk::<2>()?;
                rest = after;
                u8::try_from(hexadecimal(digits)?).ok()?
            }
            _ => return None,
        });
    }
    Some(bytes)
}

/// UTF-8 from Python's `raw-unicode-escape`: Latin-1, but for `\u` with four hexadecimal digits and `\U` with eight.
/// `None` where an escape is not whole or names no character.
pub(super) fn from_raw_unicode_escape(text: &[u8]) -> Option<Vec<u8>> {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        let width = match (byte, rest.first()) {
            (b'\\', Some(b'u')) => 4,
            (b'\\', Some(b'U')) => 8,
            (b'\\', Some(&next)) => {
                // Python takes the two together, so that the second can begin no escape.
                rest = rest.get(1..)?;
                decoded.extend(['\\', char::from(next)]);
                continue;
            }
            _ => {
                decoded.push(char::from(byte));
                continue;
            }
        };
        let digits = rest.get(1..=width)?;
        rest = rest.get(width + 1..)?;
        decoded.push(char::from_u32(hexadecimal(digits)?)?);
    }
    Some(decoded.into_bytes())
}

/// What `codecs.encode(text, "latin1")` gives; `None` where a character is beyond Latin-1.
pub(super) fn to_latin1(text: &[u8]) -> Option<Vec<u8>> {
    let characters = std::str::from_utf8(text).ok()?.chars();
    characters
        .map(|character| u8::try_from(u32::from(character)).ok())
        .collect()
}

fn hexadecimal(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0u32, |number, &digit| {
        Some(number.checked_mul(16)? + char::from(digit).to_digit(16)?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_read_as_python_2_writes_them() {
        let cases: [(&[u8], Option<&[u8]>); 8] = [
            (br"'a\x00\n\t\r\\\''", Some(b"a\0\n\t\r\\'")),
            (br#""it's""#, Some(b"it's")),
            (b"''", Some(b"")),
            (b"'", None),
            (b"'a\"", None),
            (br"'\x0'", None),
            (br"'\q'", None),
            (b"", None),
        ];
        for (literal, expected) in cases {
            assert_eq!(
                from_literal(literal).as_deref(),
                expected,
                "{}",
                literal.escape_ascii()
            );
        }
    }

    #[test]
    fn raw_unicode_escape_is_latin_1_with_escapes() {
        let cases: [(&[u8], Option<&str>); 7] = [
            (b"a\\u005cn\\u000a\xff\\U0001f600", Some("a\\n\n\u{ff}\u{1f600}")),
            (br"\\u0041\", Some(r"\\u0041\")),
            (br"\u004", None),
            (br"\ud800", None),
            (br"\U00110000", None),
            (br"\uzzzz", None),
            (b"", Some("")),
        ];
        for (text, expected) in cases {
            let decoded = from_raw_unicode_escape(text);
            assert_eq!(
                decoded.as_deref(),
                expected.map(str::as_bytes),
                "{}",
                text.escape_ascii()
            );
        }
    }

    #[test]
    fn latin_1_ends_at_255() {
        assert_eq!(
            to_latin1("\0a\u{ff}".as_bytes()).as_deref(),
            Some(&b"\0a\xff"[..])
        );
        assert_eq!(to_latin1("\u{100}".as_bytes()), None);
    }
}
