//! Directories of a TIFF or BigTIFF: tags and their values, read where they lie.

use super::error::{corrupt, truncated};
use crate::DecodeError;

/// Entries of the longest directory read: as many as classic TIFF can count.
const MAX_ENTRIES: u64 = u16::MAX as u64;

/// The bytes of a file, with its byte order and the width of its offsets.
#[derive(Clone, Copy)]
pub(super) struct File<'a> {
    bytes: &'a [u8],
    little_endian: bool,
    big: bool,
}

impl<'a> File<'a> {
    /// Reads the signature, and gives the offset of the first directory.
    pub fn open(bytes: &'a [u8]) -> Result<(Self, u64), DecodeError> {
        let mut file = File {
            bytes,
            little_endian: bytes.first() == Some(&b'I'),
            big: false,
        };
        file.big = file.number(2, 2)? == 43;
        if file.big && (file.number(4, 2)?, file.number(6, 2)?) != (8, 0) {
            return Err(corrupt("a BigTIFF whose offsets have not 8 bytes"));
        }
        let first = if file.big {
            file.number(8, 8)?
        } else {
            file.number(4, 4)?
        };
        Ok((file, first))
    }

    /// Whether numbers have their low byte first.
    pub fn is_little_endian(&self) -> bool {
        self.little_endian
    }

    /// Bytes in the whole file.
    pub fn size(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// The `length` bytes at the offset `at`; an error where the file has not all of them.
    pub fn slice(&self, at: u64, length: u64) -> Result<&'a [u8], DecodeError> {
        let start = usize::try_from(at).ok();
        let end = at.checked_add(length).and_then(|end| usize::try_from(end).ok());
        start
            .zip(end)
            .and_then(|(start, end)| self.bytes.get(start..end))
            .ok_or_else(|| truncated("the file ends before the picture does"))
    }

    /// The unsigned number of at most 8 bytes at the offset `at`.
    fn number(&self, at: u64, size: u64) -> Result<u64, DecodeError> {
        Ok(self.join(self.slice(at, size)?))
    }

    /// The unsigned number that these bytes, at most 8, are.
    fn join(&self, field: &[u8]) -> u64 {
        let join = |value: u64, byte: &u8| value << 8 | u64::from(*byte);
        if self.little_endian {
            field.iter().rev().fold(0, join)
        } else {
            field.iter().fold(0, join)
        }
    }

    /// The directory at an offset, and the offset of the next one in the chain, 0 after the last.
    pub fn directory(&self, at: u64) -> Result<(Directory<'a>, u64), DecodeError> {
        let (count_size, entry_size, offset_size) = if self.big { (8, 20, 8) } else { (2, 12, 4) };
        let count = self.number(at, count_size)?;
        if count > MAX_ENTRIES {
            return Err(corrupt(format_args!("a directory of {count} tags")));
        }
        let entries = self.slice(at + count_size, count * entry_size)?;
        let next = self.number(at + count_size + count * entry_size, offset_size)?;
        let file = *self;
        Ok((Directory { file, entries }, next))
    }
}

/// One directory: what is said of one picture.
#[derive(Clone, Copy)]
pub(super) struct Directory<'a> {
    file: File<'a>,
    entries: &'a [u8],
}

impl<'a> Directory<'a> {
    /// The file it belongs to.
    pub fn file(&self) -> File<'a> {
        self.file
    }

    /// A tag's value; `None` where there is no such tag.
    fn value(&self, tag: u16) -> Result<Option<Value<'a>>, DecodeError> {
        let file = self.file;
        let (entry_size, inline) = if file.big { (20, 8) } else { (12, 4) };
        let mut entries = self.entries.chunks_exact(entry_size);
        let Some(entry) = entries.find(|entry| file.join(&entry[..2]) == u64::from(tag)) else {
            return Ok(None);
        };
        let kind = file.join(&entry[2..4]);
        let (count, field) = entry[4..].split_at(inline);
        let count = file.join(count);
        let size = match kind {
            1 | 2 | 6 | 7 => 1,
            3 | 8 => 2,
            4 | 9 | 11 | 13 => 4,
            5 | 10 | 12 | 16..=18 => 8,
            _ => return Err(corrupt(format_args!("tag {tag} of the unknown type {kind}"))),
        };
        let length = count.checked_mul(size);
        let length = length.ok_or_else(|| corrupt(format_args!("tag {tag} with {count} values")))?;
        let bytes = if length <= inline as u64 {
            &field[..length as usize]
        } else {
            file.slice(file.join(field), length)?
        };
        Ok(Some(Value { kind, count, bytes }))
    }

    /// A tag's unsigned numbers.
    pub fn numbers(&self, tag: u16) -> Result<Option<Numbers<'a>>, DecodeError> {
        let Some(Value { kind, count, bytes }) = self.value(tag)? else {
            return Ok(None);
        };
        if !matches!(kind, 1 | 3 | 4 | 7 | 13 | 16 | 18) {
            return Err(corrupt(format_args!("tag {tag} is no unsigned number")));
        }
        if count == 0 {
            return Ok(None);
        }
        Ok(Some(Numbers {
            file: self.file,
            size: bytes.len() / count as usize,
            bytes,
        }))
    }

    /// A tag's first unsigned number.
    pub fn number(&self, tag: u16) -> Result<Option<u64>, DecodeError> {
        Ok(self.numbers(tag)?.and_then(|numbers| numbers.get(0)))
    }

    /// A tag's fractions of unsigned numbers.
    pub fn fractions(&self, tag: u16) -> Result<Option<Vec<f64>>, DecodeError> {
        let Some(Value { kind, bytes, .. }) = self.value(tag)? else {
            return Ok(None);
        };
        if kind != 5 {
            return Err(corrupt(format_args!("tag {tag} is no fraction")));
        }
        let fractions = bytes.as_chunks::<8>().0.iter();
        let fractions = fractions.map(|fraction| {
            let (numerator, denominator) = fraction.split_at(4);
            self.file.join(numerator) as f64 / self.file.join(denominator) as f64
        });
        Ok(Some(fractions.collect()))
    }

    /// A tag's bytes, whatever they stand for.
    pub fn bytes(&self, tag: u16) -> Result<Option<&'a [u8]>, DecodeError> {
        Ok(self.value(tag)?.map(|value| value.bytes))
    }
}

/// What an entry holds or points to.
struct Value<'a> {
    /// Of its numbers, as TIFF 6.0 and BigTIFF count types.
    kind: u64,
    /// How many there are.
    count: u64,
    bytes: &'a [u8],
}

/// Unsigned numbers of one tag, at least one.
#[derive(Clone, Copy)]
pub(super) struct Numbers<'a> {
    file: File<'a>,
    /// Bytes a number.
    size: usize,
    bytes: &'a [u8],
}

impl<'a> Numbers<'a> {
    pub fn len(&self) -> usize {
        self.bytes.len() / self.size
    }

    pub fn get(&self, index: usize) -> Option<u64> {
        let field = self.bytes.chunks_exact(self.size).nth(index)?;
        Some(self.file.join(field))
    }

    pub fn iter(self) -> impl Iterator<Item = u64> + use<'a> {
        self.bytes
            .chunks_exact(self.size)
            .map(move |field| self.file.join(field))
    }
}
