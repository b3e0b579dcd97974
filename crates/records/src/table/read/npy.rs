//! NumPy arrays read value by value.
//!
//! The `npyz` crate writes ours, but multiplies a header's shape unchecked and parses its Python text by
//! recursion, so a forged header could panic it; this reader takes plain arrays only.

use std::io::{self, Read};

use crate::table::Cell;

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
    Text,
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
            invalid(format!(
                "expected a plain array of numbers or text, found {}",
                text.trim_end()
            ))
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
    pub fn next(&mut self) -> io::Result<Cell> {
        self.reader.read_exact(&mut self.value)?;
        if self.header.element == Element::Text {
            return self.text();
        }
        if self.header.is_big_endian {
            self.value.reverse();
        }
        let value = self.value.as_slice();
        let cell = match (self.header.element, value.len()) {
            (Element::Float, 4) => value
                .try_into()
                .map(f32::from_le_bytes)
                .map(f64::from)
                .map(Cell::Real),
            (Element::Float, _) => value.try_into().map(f64::from_le_bytes).map(Cell::Real),
            (Element::Signed, size) => {
                let is_negative = value.last().is_some_and(|&byte| byte >= 0x80);
                Ok(Cell::Integer(i64::from_le_bytes(widen(
                    value,
                    size,
                    if is_negative { 0xff } else { 0 },
                ))))
            }
            (_, size) => Ok(Cell::Integer(i64::from_le_bytes(widen(value, size, 0)))),
        };
        cell.map_err(invalid)
    }

    fn text(&self) -> io::Result<Cell> {
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
        points[..length]
            .iter()
            .map(point)
            .collect::<io::Result<_>>()
            .map(Cell::Text)
    }

    /// Checks that nothing follows; reading to the end is also what checks the member's checksum.
    pub fn finish(mut self) -> io::Result<()> {
        match self.reader.read(&mut [0])? {
            0 => Ok(()),
            _ => Err(invalid("there is more data than the header says")),
        }
    }
}

fn widen(value: &[u8], size: usize, fill: u8) -> [u8; 8] {
    let mut wide = [fill; 8];
    wide[..size].copy_from_slice(value);
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

/// Kind, bytes and byte order of a type such as `<f8` or `<U12`.
fn parse_dtype(descr: &str) -> Option<(Element, usize, bool)> {
    let is_big_endian = descr.starts_with('>');
    let kind = descr.trim_start_matches(['<', '>', '|', '=']);
    let element = match kind.chars().next()? {
        'f' => Element::Float,
        'i' => Element::Signed,
        'u' | 'b' => Element::Unsigned,
        'U' => Element::Text,
        _ => return None,
    };
    let size = kind[1..].parse().ok()?;
    match (element, size) {
        (Element::Float, 4 | 8) | (Element::Signed, 1 | 2 | 4 | 8) | (Element::Unsigned, 1 | 2 | 4) => {
            Some((element, size, is_big_endian))
        }
        (Element::Text, 1..=WIDEST_TEXT) => Some((element, size * 4, is_big_endian)),
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
            "{'shape': (1,), 'fortran_order': False}",
            "{é}",
        ] {
            assert_eq!(header(text), None, "{text}");
        }
    }

    #[test]
    fn reads_integers_of_every_width() {
        let array = |descr: &str, data: &[u8]| {
            let text = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': (1,), }}");
            let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
            bytes.extend((text.len() as u16).to_le_bytes());
            bytes.extend(text.bytes());
            bytes.extend(data);
            Array::open(io::Cursor::new(bytes))
                .and_then(|mut array| array.next())
                .unwrap()
        };
        assert_eq!(array("|i1", &[0xfe]), Cell::Integer(-2));
        assert_eq!(array("|u1", &[0xfe]), Cell::Integer(254));
        assert_eq!(array("|b1", &[1]), Cell::Integer(1));
        assert_eq!(array(">i2", &[0xff, 0xfd]), Cell::Integer(-3));
        assert_eq!(array("<i8", &(-5i64).to_le_bytes()), Cell::Integer(-5));
        assert_eq!(array(">f4", &1.5f32.to_be_bytes()), Cell::Real(1.5));
        assert_eq!(array(">U1", &[0, 1, 0xf6, 0]), Cell::Text("😀".to_owned()));
    }
}
