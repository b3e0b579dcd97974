//! The bytes of a pickle, taken one after the other.

use std::str::FromStr;

use super::PickleError;
use super::error::quote;

/// The bytes that are left, and the opcode that is reading them.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Where the opcode stands.
    pub offset: usize,
    /// The opcode's name.
    pub opcode: &'static str,
}

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        let opcode = "start of the pickle";
        Self {
            bytes,
            at: 0,
            offset: 0,
            opcode,
        }
    }

    /// How many bytes were read.
    pub fn position(&self) -> usize {
        self.at
    }

    fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// Bytes not read yet.
    pub fn left(&self) -> usize {
        self.rest().len()
    }

    /// Checks that so many bytes are there before anyone makes room for them.
    pub fn require(&self, length: u64) -> Result<usize, PickleError> {
        usize::try_from(length)
            .ok()
            .filter(|&length| length <= self.left())
            .ok_or_else(|| self.truncated(length))
    }

    pub fn take(&mut self, length: u64) -> Result<&'a [u8], PickleError> {
        let length = self.require(length)?;
        let (taken, _) = self.rest().split_at(length);
        self.at += length;
        Ok(taken)
    }

    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], PickleError> {
        let taken = self.rest().first_chunk::<N>().copied();
        self.at += taken.map_or(0, |_| N);
        taken.ok_or_else(|| self.truncated(N as u64))
    }

    pub fn byte(&mut self) -> Result<u8, PickleError> {
        self.array().map(|[byte]| byte)
    }

    /// A line, without its end.
    pub fn line(&mut self) -> Result<&'a [u8], PickleError> {
        let rest = self.rest();
        let end = rest.iter().position(|&byte| byte == b'\n');
        let line = end.and_then(|end| rest.get(..end));
        let line = line.ok_or_else(|| self.unexpected("a line", "no end of it"))?;
        self.at += line.len() + 1;
        Ok(line)
    }

    /// The number that a line holds.
    pub fn parse<T: FromStr>(&self, line: &[u8], expected: &'static str) -> Result<T, PickleError> {
        let text = str::from_utf8(line).ok();
        text.and_then(|text| text.parse().ok())
            .ok_or_else(|| self.unexpected(expected, quote(line)))
    }

    /// An error that names the opcode at work.
    pub fn unexpected(&self, expected: &'static str, found: impl Into<String>) -> PickleError {
        PickleError::Unexpected {
            offset: self.offset,
            opcode: self.opcode,
            expected,
            found: found.into(),
        }
    }

    fn truncated(&self, needed: u64) -> PickleError {
        PickleError::Truncated {
            offset: self.offset,
            opcode: self.opcode,
            needed,
            left: self.left(),
        }
    }
}
