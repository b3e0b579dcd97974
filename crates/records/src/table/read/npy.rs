//! NumPy arrays read value by value.
//!
//! The `npyz` crate writes ours, but multiplies a header's shape unchecked and parses its Python text by
//! recursion, so a forged header could panic it; this reader takes plain arrays only.

use std::io::{self, Read};

use dftective_sample::short_cause;
use half::f16;

use crate::table::field::Field;

/// Longer headers are those of structured arrays.
const LONGEST_HEADER: usize = 4096;

/// Longer texts than any path or message: memory set aside for one value.
const WIDEST_TEXT: usize = 1 << 16;

/// An array being read.
pub(super) struct Array<R> {
    reader: R,
    header: Header,
    value: Vec<u8>,
}

#[derive(Debug, PartialEq)]
pub(super) struct Header {
    element: Element,
    is_big_endian: bool,
    pub is_fortran: bool,
    pub shape: Vec<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Element {
    Float,
    Signed,
    Unsigned,
    Boolean,
    /// Unicode code points of four bytes.
    Text,
    /// Bytes of text, as older programs store it.
    Bytes,
}

impl<R: Read> Array<R> {
    pub fn open(mut reader: R) -> io::Result<Self> {
        let mut start = [0; 8];
        reader.read_exact(&mut start)?;
        let length = match start {
            [0x93, b'N', b'U', b'M', b'P', b'Y', 1, _] => {
                let mut length = [0; 2];
                reader.read_exact(&mut length)?;
                usize::from(u16::from_le_bytes(length))
            }
            [0x93, b'N', b'U', b'M', b'P', b'Y', 2 | 3, _] => {
                let mut length = [0; 4];
                reader.read_exact(&mut length)?;
                u32::from_le_bytes(length) as usize
            }
            _ => return Err(invalid("not a NumPy array of version 1, 2 or 3")),
        };
        if length > LONGEST_HEADER {
            return Err(invalid(format!(
                "expected a header of at most {LONGEST_HEADER} bytes, found {length}"
            )));
        }
        let mut text = vec![0; length];
        reader.read_exact(&mut text)?;
        let text = String::from_utf8_lossy(&text);
        let (header, size) = parse(&text).ok_or_else(|| {
            invalid(if is_of_objects(&text) {
                "an array of Python objects, which cannot be read without running code; expected numbers or text, \
                 as .astype(float) or .astype(str) makes them"
                    .to_owned()
            } else {
                let found = short_cause(text.trim_end());
                format!("expected a plain array of numbers or text, found {found}")
            })
        })?;
        Ok(Self {
            reader,
            header,
            value: vec![0; size],
        })
    }

    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The next value in the order of the file.
    pub fn next(&mut self) -> io::Result<Field<'static>> {
        self.reader.read_exact(&mut self.value)?;
        match self.header.element {
            Element::Text => return self.text(),
            Element::Bytes => return self.bytes(),
            _ => {}
        }
        if self.header.is_big_endian {
            self.value.reverse();
        }
        let value = self.value.as_slice();
        Ok(match (self.header.element, value) {
            (Element::Float, &[a, b]) => Field::Real(f16::from_le_bytes([a, b]).into()),
            (Element::Float, &[a, b, c, d]) => Field::Real(f32::from_le_bytes([a, b, c, d]).into()),
            (Element::Float, _) => Field::Real(f64::from_le_bytes(widen(value, 0))),
            (Element::Boolean, _) => Field::Boolean(value != [0]),
            (Element::Signed, _) => {
                let is_negative = value.last().is_some_and(|&byte| byte >= 0x80);
                Field::Integer(i64::from_le_bytes(widen(
                    value,
                    if is_negative { 0xff } else { 0 },
                )))
            }
            _ => {
                let number = u64::from_le_bytes(widen(value, 0));
                i64::try_from(number).map_or(Field::Real(number as f64), Field::Integer)
            }
        })
    }

    fn text(&self) -> io::Result<Field<'static>> {
        let point = |bytes: &[u8; 4]| {
            let code = if self.header.is_big_endian {
                u32::from_be_bytes(*bytes)
            } else {
                u32::from_le_bytes(*bytes)
            };
            char::from_u32(code).ok_or_else(|| invalid(format!("{code:#x} is no character")))
        };
        let (points, _) = self.value.as_chunks::<4>();
        let length = points
            .iter()
            .rposition(|point| *point != [0; 4])
            .map_or(0, |last| last + 1);
        let text: String = points[..length].iter().map(point).collect::<io::Result<_>>()?;
        Ok(Field::Text(text.into()))
    }

    /// NumPy fills them up with NULs.
    fn bytes(&self) -> io::Result<Field<'static>> {
        let length = self.value.iter().rposition(|&byte| byte != 0);
        let bytes = &self.value[..length.map_or(0, |last| last + 1)];
        let text = std::str::from_utf8(bytes).map_err(|_| invalid("a text is not UTF-8"))?;
        Ok(Field::Text(text.to_owned().into()))
    }

    /// Checks that nothing follows; reading to the end is also what checks the member's checksum.
    pub fn finish(mut self) -> io::Result<()> {
        match self.reader.read(&mut [0])? {
            0 => Ok(()),
            _ => Err(invalid("there is more data than the header says")),
        }
    }
}

/// At most eight bytes, filled up at their end.
fn widen(value: &[u8], fill: u8) -> [u8; 8] {
    let mut wide = [fill; 8];
    for (wide, byte) in wide.iter_mut().zip(value) {
        *wide = *byte;
    }
    wide
}

fn invalid(message: impl ToString) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message.to_string())
}

/// The header of a plain array and the size of its values in bytes.
fn parse(text: &str) -> Option<(Header, usize)> {
    let (mut dtype, mut is_fortran, mut shape) = (None, None, None);
    let mut rest = text.trim().strip_prefix('{')?.trim_start();
    while rest != "}" {
        let (key, after) = quoted(rest)?;
        let value = after.trim_start().strip_prefix(':')?.trim_start();
        rest = match key {
            "descr" => {
                let (descr, after) = quoted(value)?;
                dtype = Some(parse_dtype(descr)?);
                after
            }
            "fortran_order" => {
                is_fortran = Some(value.starts_with("True"));
                value
                    .strip_prefix("True")
                    .or_else(|| value.strip_prefix("False"))?
            }
            "shape" => {
                let (inside, after) = value.strip_prefix('(')?.split_once(')')?;
                let lengths = inside
                    .split(',')
                    .map(str::trim)
                    .filter(|length| !length.is_empty());
                shape = Some(lengths.map(|length| length.parse().ok()).collect::<Option<_>>()?);
                after
            }
            _ => return None,
        }
        .trim_start();
        rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
    }
    let (element, size, is_big_endian) = dtype?;
    Some((
        Header {
            element,
            is_big_endian,
            is_fortran: is_fortran?,
            shape: shape?,
        },
        size,
    ))
}

fn quoted(text: &str) -> Option<(&str, &str)> {
    let quote = text.chars().next().filter(|quote| ['\'', '"'].contains(quote))?;
    text[1..].split_once(quote)
}

/// Whether the header is one of Python objects: `'O'`, with or without a mark of byte order.
fn is_of_objects(header: &str) -> bool {
    ["'|O'", "'O'", "'|O8'", "'O8'"]
        .iter()
        .any(|descr| header.contains(descr))
}

/// Kind, bytes and byte order of a type such as `<f8` or `<U12`.
fn parse_dtype(descr: &str) -> Option<(Element, usize, bool)> {
    let is_big_endian = descr.starts_with('>');
    let kind = descr.trim_start_matches(['<', '>', '|', '=']);
    let element = match kind.chars().next()? {
        'f' => Element::Float,
        'i' => Element::Signed,
        'u' => Element::Unsigned,
        'b' => Element::Boolean,
        'U' => Element::Text,
        'S' => Element::Bytes,
        _ => return None,
    };
    let size = kind[1..].parse().ok()?;
    match (element, size) {
        (Element::Float, 2 | 4 | 8)
        | (Element::Signed | Element::Unsigned, 1 | 2 | 4 | 8)
        | (Element::Boolean, 1) => Some((element, size, is_big_endian)),
        (Element::Text, 1..=WIDEST_TEXT) => Some((element, size * 4, is_big_endian)),
        (Element::Bytes, 1..=WIDEST_TEXT) => Some((element, size, is_big_endian)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(text: &str) -> Option<(Header, usize)> {
        parse(text)
    }

    #[test]
    fn reads_what_numpy_writes() {
        let (found, size) =
            header("{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }   \n").unwrap();
        assert_eq!(
            (found.element, found.is_fortran, found.shape, size),
            (Element::Float, false, vec![3, 4], 8)
        );
        let (found, size) = header("{'descr': '>U12', 'fortran_order': True, 'shape': (), }\n").unwrap();
        assert_eq!(
            (found.element, found.is_big_endian, found.is_fortran),
            (Element::Text, true, true)
        );
        assert_eq!((found.shape, size), (vec![], 48));
    }

    #[test]
    fn refuses_other_headers() {
        for text in [
            "",
            "{",
            "{'descr': '<f8'",
            "{'descr': '|O', 'fortran_order': False, 'shape': (3,), }",
            "{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (3,), }",
            "{'descr': '<f8', 'fortran_order': 0, 'shape': (3,), }",
            "{'descr': '<f8', 'fortran_order': False, 'shape': (-3,), }",
            "{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999,), }",
            "{'descr': '<U99999999', 'fortran_order': False, 'shape': (1,), }",
            "{'descr': '<f3', 'fortran_order': False, 'shape': (1,), }",
            "{'descr': '<f16', 'fortran_order': False, 'shape': (1,), }",
            "{'descr': '<c16', 'fortran_order': False, 'shape': (1,), }",
            "{'descr': '<M8[ns]', 'fortran_order': False, 'shape': (1,), }",
            "{'shape': (1,), 'fortran_order': False}",
            "{é}",
        ] {
            assert_eq!(header(text), None, "{text}");
        }
    }

    /// The only value of an array.
    fn array(descr: &str, data: &[u8]) -> Field<'static> {
        let text = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': (1,), }}");
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((text.len() as u16).to_le_bytes());
        bytes.extend(text.bytes());
        bytes.extend(data);
        let value = Array::open(io::Cursor::new(bytes)).and_then(|mut array| array.next());
        value.unwrap()
    }

    #[test]
    fn reads_integers_of_every_width() {
        for (descr, data, expected) in [
            ("|i1", &[0xfe][..], Field::Integer(-2)),
            ("|u1", &[0xfe], Field::Integer(254)),
            (">i2", &[0xff, 0xfd], Field::Integer(-3)),
            ("<u2", &[0xff, 0xfd], Field::Integer(0xfdff)),
            ("<i4", &(-7i32).to_le_bytes(), Field::Integer(-7)),
            (">u4", &[0xff; 4], Field::Integer(0xffff_ffff)),
            ("<i8", &(-5i64).to_le_bytes(), Field::Integer(-5)),
            (">u8", &7u64.to_be_bytes(), Field::Integer(7)),
            ("<u8", &[0xff; 8], Field::Real(18_446_744_073_709_551_615.0)),
            ("|b1", &[0], Field::Boolean(false)),
            ("|b1", &[1], Field::Boolean(true)),
        ] {
            assert_eq!(array(descr, data), expected, "{descr}");
        }
    }

    #[test]
    fn reads_reals_of_every_width() {
        // Sign, five bits of exponent with bias 15, ten of fraction: 0x3e00 is 1.5, 0xc248 is -3.140625, 0x0001 is 2^-24.
        for (descr, data, expected) in [
            ("<f2", &0x3e00u16.to_le_bytes()[..], 1.5),
            (">f2", &0xc248u16.to_be_bytes(), -3.140625),
            ("<f2", &1u16.to_le_bytes(), 2f64.powi(-24)),
            (">f2", &0x7c00u16.to_be_bytes(), f64::INFINITY),
            ("<f4", &1.5f32.to_le_bytes(), 1.5),
            (">f4", &0.1f32.to_be_bytes(), f64::from(0.1f32)),
            ("<f8", &0.1f64.to_le_bytes(), 0.1),
            (">f8", &(-0.1f64).to_be_bytes(), -0.1),
        ] {
            assert_eq!(array(descr, data), Field::Real(expected), "{descr}");
        }
    }

    #[test]
    fn reads_text_of_both_kinds() {
        let text = |text: &'static str| Field::Text(text.into());
        assert_eq!(array(">U1", &[0, 1, 0xf6, 0]), text("😀"));
        assert_eq!(array("<U2", &[65, 0, 0, 0, 0, 0, 0, 0]), text("A"));
        assert_eq!(array("|S6", b"gr\xc3\xb6\0\0"), text("grö"));
        assert_eq!(array("|S3", &[0; 3]), text(""));
    }
}
