//! The marker structure of a JPEG stream (ITU-T T.81, Annex B), read once from start to end.
//!
//! libjpeg fills what is missing with grey and says so in a warning. For a detector such pixels are poison, so
//! this walk demands the end-of-image marker, every restart marker, and for every component all 64 coefficients
//! in full precision. It allows what harms no pixel, as libjpeg does: stray bytes between segments, and anything
//! after the end-of-image marker.

use super::frame::Frame;
use crate::decode::{DecodeError, Format, Limits};

/// Scans allowed. Real progressive files have about ten; each costs a pass over the picture, so a small file with
/// many is an attack.
pub(super) const MAX_SCANS: usize = 100;

/// What the markers say.
#[derive(Debug)]
pub(super) struct Stream<'a> {
    pub frame: Frame,
    /// Table of each component, in zigzag order, as of its first scan: later ones of the same slot are not its own.
    pub tables: [Option<[u16; 64]>; 4],
    /// The TIFF structure of the first Exif segment.
    pub exif: Option<&'a [u8]>,
}

/// Reads the structure of `bytes`.
pub(super) fn parse<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Stream<'a>, DecodeError> {
    let mut reader = Reader { bytes, at: 2 };
    let mut tables: [Option<[u16; 64]>; 4] = [None; 4];
    let mut restart_interval = 0;
    let mut scans = 0;
    let mut frame: Option<Frame> = None;
    let mut tables_used = [None; 4];
    let mut exif = None;
    loop {
        match reader.marker()? {
            0xD9 => break,
            0xD8 => return Err(corrupt("a second start-of-image marker")),
            // Stand-alone markers: restart markers left over after a scan, and TEM.
            0xD0..=0xD7 | 0x01 => {}
            code @ (0xC0..=0xC2 | 0xC9 | 0xCA) => {
                if frame.is_some() {
                    return Err(corrupt("a second frame header"));
                }
                frame = Some(Frame::parse(
                    reader.segment()?,
                    matches!(code, 0xC2 | 0xCA),
                    limits,
                )?);
            }
            0xC3 | 0xCB => return Err(unsupported("lossless coding")),
            0xC4 => check_huffman_tables(reader.segment()?)?,
            0xC5..=0xC7 | 0xCD..=0xCF => return Err(unsupported("hierarchical coding")),
            0xDB => quantisation_tables(reader.segment()?, &mut tables)?,
            0xDD => match reader.segment()? {
                [high, low] => restart_interval = u64::from(u16::from_be_bytes([*high, *low])),
                _ => return Err(corrupt("a restart interval of the wrong length")),
            },
            0xDA => {
                scans += 1;
                if scans > MAX_SCANS {
                    return Err(DecodeError::over_limits(
                        Format::Jpeg,
                        format_args!("more than {MAX_SCANS} scans"),
                    ));
                }
                let header = reader.segment()?;
                let frame = frame
                    .as_mut()
                    .ok_or_else(|| corrupt("a scan before the frame header"))?;
                let components = frame.scan(header)?;
                for &place in &components {
                    tables_used[place] = tables_used[place].or(tables[frame.components[place].table]);
                }
                let expected = match restart_interval {
                    0 => 0,
                    interval => frame.units(&components).div_ceil(interval).saturating_sub(1),
                };
                reader.entropy_data(expected)?;
            }
            0xE1 => {
                let segment = reader.segment()?;
                exif = exif.or_else(|| segment.strip_prefix(b"Exif\0\0"));
            }
            // Arithmetic conditioning, number of lines, application data, comments.
            0xCC | 0xDC | 0xE0..=0xEF | 0xFE => {
                reader.segment()?;
            }
            code => return Err(corrupt(format_args!("reserved marker {code:02x}"))),
        }
    }
    let frame = frame.ok_or_else(|| corrupt("no frame header"))?;
    if !frame.is_complete() {
        return Err(DecodeError::truncated(
            Format::Jpeg,
            "some scans of the picture are missing",
        ));
    }
    Ok(Stream {
        frame,
        tables: tables_used,
        exif,
    })
}

fn quantisation_tables(mut segment: &[u8], tables: &mut [Option<[u16; 64]>; 4]) -> Result<(), DecodeError> {
    let malformed = || corrupt("a malformed quantisation table");
    while let Some((head, rest)) = segment.split_first() {
        let slot = tables.get_mut(usize::from(head & 15)).ok_or_else(malformed)?;
        let table;
        (table, segment) = match head >> 4 {
            0 => rest
                .split_first_chunk::<64>()
                .map(|(entries, rest)| (entries.map(u16::from), rest)),
            _ => rest.split_first_chunk::<128>().map(|(entries, rest)| {
                let (pairs, _) = entries.as_chunks::<2>();
                (std::array::from_fn(|i| u16::from_be_bytes(pairs[i])), rest)
            }),
        }
        .ok_or_else(malformed)?;
        *slot = Some(table);
    }
    Ok(())
}

/// Refuses tables with a DC category above 15, the most an 8-bit picture can have: libjpeg refuses them, the
/// decoder would not.
fn check_huffman_tables(mut segment: &[u8]) -> Result<(), DecodeError> {
    let malformed = || corrupt("a malformed Huffman table");
    while !segment.is_empty() {
        let ([head, counts @ ..], rest) = segment.split_first_chunk::<17>().ok_or_else(malformed)?;
        let codes = counts.iter().map(|count| usize::from(*count)).sum();
        let (symbols, rest) = rest.split_at_checked(codes).ok_or_else(malformed)?;
        if head >> 4 == 0 && symbols.iter().any(|symbol| *symbol > 15) {
            return Err(malformed());
        }
        segment = rest;
    }
    Ok(())
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// The code of the next marker; stray bytes, stuffed bytes and fill bytes before it are skipped.
    fn marker(&mut self) -> Result<u8, DecodeError> {
        loop {
            let skipped = self
                .rest()
                .iter()
                .position(|byte| *byte == 0xFF)
                .ok_or_else(no_end)?;
            self.at += skipped + 1;
            match self.rest().first().ok_or_else(no_end)? {
                0xFF => {}
                0 => self.at += 1,
                code => {
                    self.at += 1;
                    return Ok(*code);
                }
            }
        }
    }

    /// The content of the segment whose length comes next.
    fn segment(&mut self) -> Result<&'a [u8], DecodeError> {
        let (length, rest) = self.rest().split_first_chunk::<2>().ok_or_else(no_end)?;
        let length = usize::from(u16::from_be_bytes(*length));
        let content = length
            .checked_sub(2)
            .ok_or_else(|| corrupt("a segment shorter than its length field"))?;
        let content = rest.get(..content).ok_or_else(no_end)?;
        self.at += length;
        Ok(content)
    }

    /// Passes over a scan's compressed data, up to the marker after it. The restart markers must come in their
    /// order 0, 1, … 7, 0, … and at least `expected` of them.
    fn entropy_data(&mut self, expected: u64) -> Result<(), DecodeError> {
        let mut found = 0;
        loop {
            let skipped = self
                .rest()
                .iter()
                .position(|byte| *byte == 0xFF)
                .ok_or_else(no_end)?;
            self.at += skipped;
            match self.rest().get(1).ok_or_else(no_end)? {
                0 => self.at += 2,
                0xFF => self.at += 1,
                code @ 0xD0..=0xD7 => {
                    if u64::from(code & 7) != found % 8 {
                        return Err(corrupt("restart markers out of order"));
                    }
                    found += 1;
                    self.at += 2;
                }
                _ if found < expected => {
                    return Err(corrupt(format_args!(
                        "{found} restart markers where {expected} are due"
                    )));
                }
                _ => return Ok(()),
            }
        }
    }

    fn rest(&self) -> &'a [u8] {
        &self.bytes[self.at.min(self.bytes.len())..]
    }
}

fn no_end() -> DecodeError {
    DecodeError::truncated(Format::Jpeg, "the file ends before its end-of-image marker")
}

pub(super) fn corrupt(cause: impl ToString) -> DecodeError {
    DecodeError::corrupt(Format::Jpeg, cause)
}

pub(super) fn unsupported(what: impl ToString) -> DecodeError {
    DecodeError::unsupported(Format::Jpeg, what)
}
