//! The marker structure of a JPEG stream (ITU-T T.81, Annex B), read once from start to end.
//!
//! libjpeg fills what is missing with grey and says so in a warning. For a detector such pixels are poison, so
//! this walk demands the end-of-image marker, every restart marker, and for every component all 64 coefficients
//! in full precision. It allows what harms no pixel, as libjpeg does: stray bytes between segments, and anything
//! after the end-of-image marker.

use memchr::memchr;

use super::error::{corrupt, no_end, unsupported};
use super::frame::Frame;
use crate::{DecodeError, Format, Limits};

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
    pub scans: Vec<Scan<'a>>,
    /// Whether a JFIF segment came before the first scan.
    pub jfif: bool,
    /// Colour transform of the last Adobe segment before the first scan.
    pub adobe: Option<u8>,
    /// Whether there is something that readers may walk over in different ways: a stand-alone marker between segments,
    /// a number of lines or arithmetic conditioning, a Huffman table of no known slot, a quantisation table after the
    /// first scan.
    pub odd: bool,
}

/// A scan, and what was in force when it came.
#[derive(Debug)]
pub(super) struct Scan<'a> {
    /// The header's content.
    pub header: &'a [u8],
    /// Places of its components in the frame.
    pub components: Vec<usize>,
    pub huffman: HuffmanTables<'a>,
    /// Units between restart markers; 0 without any.
    pub restart_interval: usize,
    /// Its compressed data, up to the marker that ends it.
    pub data: &'a [u8],
}

/// Huffman tables by class (0 for DC, 1 for AC) and slot, as their segments have them: the numbers of codes of 1 to 16
/// bits, then the symbols.
pub(super) type HuffmanTables<'a> = [[Option<&'a [u8]>; 4]; 2];

/// Reads the structure of `bytes`.
pub(super) fn parse<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Stream<'a>, DecodeError> {
    let mut reader = Reader { bytes, at: 2 };
    let mut tables: [Option<[u16; 64]>; 4] = [None; 4];
    let mut huffman: HuffmanTables<'a> = [[None; 4]; 2];
    let mut restart_interval = 0;
    let mut scans: Vec<Scan<'a>> = Vec::new();
    let (mut jfif, mut adobe, mut odd) = (false, None, false);
    let mut frame: Option<Frame> = None;
    let mut tables_used = [None; 4];
    let mut exif = None;
    loop {
        match reader.marker()? {
            0xD9 => break,
            0xD8 => return Err(corrupt("a second start-of-image marker")),
            // Stand-alone markers: restart markers left over after a scan, and TEM.
            0xD0..=0xD7 | 0x01 => odd = true,
            code @ (0xC0..=0xC2 | 0xC9 | 0xCA) => {
                if frame.is_some() {
                    return Err(corrupt("a second frame header"));
                }
                frame = Some(Frame::parse(reader.segment()?, code, limits)?);
            }
            0xC3 | 0xCB => return Err(unsupported("lossless coding")),
            0xC4 => odd |= !huffman_tables(reader.segment()?, &mut huffman)?,
            0xC5..=0xC7 | 0xCD..=0xCF => return Err(unsupported("hierarchical coding")),
            0xDB => {
                odd |= !scans.is_empty();
                quantisation_tables(reader.segment()?, &mut tables)?;
            }
            0xDD => match reader.segment()? {
                [high, low] => restart_interval = usize::from(u16::from_be_bytes([*high, *low])),
                _ => return Err(corrupt("a restart interval of the wrong length")),
            },
            0xDA => {
                if scans.len() == MAX_SCANS {
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
                let (across, down) = frame.grid(&components);
                let expected = match restart_interval {
                    0 => 0,
                    interval => (across * down).div_ceil(interval).saturating_sub(1),
                };
                let data = reader.entropy_data(expected)?;
                scans.push(Scan {
                    header,
                    components,
                    huffman,
                    restart_interval,
                    data,
                });
            }
            0xE0 => {
                let segment = reader.segment()?;
                jfif |= scans.is_empty() && segment.len() >= 14 && segment.starts_with(b"JFIF\0");
            }
            0xE1 => {
                let segment = reader.segment()?;
                exif = exif.or_else(|| segment.strip_prefix(b"Exif\0\0"));
            }
            0xEE => {
                let segment = reader.segment()?;
                if scans.is_empty() && segment.starts_with(b"Adobe") {
                    adobe = segment.get(11).copied().or(adobe);
                }
            }
            // Arithmetic conditioning, number of lines.
            0xCC | 0xDC => {
                odd = true;
                reader.segment()?;
            }
            // Application data, comments.
            0xE2..=0xEF | 0xFE => {
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
        scans,
        jfif,
        adobe,
        odd,
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

/// Notes the tables; false if one is for no known slot. Refuses tables with a DC category above 15, the most an 8-bit
/// picture can have: libjpeg refuses them, the decoding library would not.
fn huffman_tables<'a>(mut segment: &'a [u8], tables: &mut HuffmanTables<'a>) -> Result<bool, DecodeError> {
    let malformed = || corrupt("a malformed Huffman table");
    let mut known = true;
    while let Some((head, rest)) = segment.split_first() {
        let counts = rest.first_chunk::<16>().ok_or_else(malformed)?;
        let codes: usize = counts.iter().map(|count| usize::from(*count)).sum();
        let (table, rest) = rest.split_at_checked(16 + codes).ok_or_else(malformed)?;
        if head >> 4 == 0 && table[16..].iter().any(|symbol| *symbol > 15) {
            return Err(malformed());
        }
        let slots = tables.get_mut(usize::from(head >> 4));
        match slots.and_then(|slots| slots.get_mut(usize::from(head & 15))) {
            Some(slot) => *slot = Some(table),
            None => known = false,
        }
        segment = rest;
    }
    Ok(known)
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// The code of the next marker; stray bytes, stuffed bytes and fill bytes before it are skipped.
    fn marker(&mut self) -> Result<u8, DecodeError> {
        loop {
            let skipped = memchr(0xFF, self.rest()).ok_or_else(no_end)?;
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

    /// A scan's compressed data, up to the marker after it. The restart markers must come in their
    /// order 0, 1, … 7, 0, … and at least `expected` of them.
    fn entropy_data(&mut self, expected: usize) -> Result<&'a [u8], DecodeError> {
        let data = self.rest();
        let start = self.at;
        let mut found = 0;
        loop {
            let skipped = memchr(0xFF, self.rest()).ok_or_else(no_end)?;
            self.at += skipped;
            match self.rest().get(1).ok_or_else(no_end)? {
                0 => self.at += 2,
                0xFF => self.at += 1,
                code @ 0xD0..=0xD7 => {
                    if usize::from(code & 7) != found % 8 {
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
                _ => return Ok(&data[..self.at - start]),
            }
        }
    }

    fn rest(&self) -> &'a [u8] {
        &self.bytes[self.at.min(self.bytes.len())..]
    }
}
