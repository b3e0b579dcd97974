//! The marker structure of a JPEG stream (ITU-T T.81, Annex B), read once from start to end.
//!
//! libjpeg fills what is missing with grey and says so in a warning. For a detector such pixels are poison, so
//! this walk demands the end-of-image marker, and for every component all 64 coefficients in full precision. What
//! harms no pixel it allows, as libjpeg does: stray bytes between segments, of which it tells, and anything after the
//! end-of-image marker.

use memchr::memchr;

use super::colour::ColourSpace;
use super::damage::JpegDamage;
use super::error::{corrupt, no_end, unsupported};
use super::frame::{Frame, ScanHeader};
use super::standard_tables::STANDARD_TABLES;
use crate::{DecodeError, Format, Limits};

/// Scans allowed. Real progressive files have about ten; each costs a pass over the picture, so a small file with
/// many is an attack.
pub(super) const MAX_SCANS: usize = 100;

/// The marker that ends a picture.
pub(super) const END_OF_IMAGE: u8 = 0xD9;
/// The marker before a scan.
pub(super) const START_OF_SCAN: u8 = 0xDA;

/// What the markers say.
#[derive(Debug)]
pub(super) struct Stream<'a> {
    pub frame: Frame,
    pub colour: ColourSpace,
    /// Table of each component, in zigzag order, as of its first scan: later ones of the same slot are not its own.
    pub tables: Vec<[u16; 64]>,
    /// The TIFF structure of the first Exif segment.
    pub exif: Option<&'a [u8]>,
    pub scans: Vec<Scan<'a>>,
    /// What is wrong outside the compressed data.
    pub damage: Vec<JpegDamage>,
    /// Bytes of the file.
    pub length: usize,
}

/// A scan, and what was in force when it came.
#[derive(Debug)]
pub(super) struct Scan<'a> {
    pub header: ScanHeader,
    huffman: HuffmanTables<'a>,
    pub conditioning: Conditioning,
    /// Units between restart markers; 0 without any.
    pub restart_interval: usize,
    /// Its compressed data, up to the first marker that is no restart marker.
    pub data: &'a [u8],
    /// Where they begin in the file.
    pub start: usize,
    /// The marker that ends them.
    pub ending: u8,
}

impl<'a> Scan<'a> {
    /// The Huffman table of `class` (0 for DC, 1 for AC) and `slot` as its segment has it: the numbers of codes of 1 to
    /// 16 bits, then the symbols. Files of motion JPEG leave out the standard ones, which libjpeg then puts into the
    /// first two slots.
    pub(super) fn huffman(&self, class: usize, slot: u8) -> Option<&'a [u8]> {
        let slot = usize::from(slot);
        let known = *self.huffman[class].get(slot)?;
        known.or_else(|| STANDARD_TABLES[class].get(slot).copied())
    }
}

/// Huffman tables by class and slot.
type HuffmanTables<'a> = [[Option<&'a [u8]>; 4]; 2];

/// What arithmetic coding is conditioned by (T.81 F.1.4.4), for each slot of tables.
#[derive(Clone, Copy, Debug)]
pub(super) struct Conditioning {
    /// Bounds L and U of small differences of DC coefficients.
    pub dc: [(u8, u8); 16],
    /// The place Kx up to which AC coefficients are of low frequency.
    pub ac: [u8; 16],
}

impl Default for Conditioning {
    fn default() -> Self {
        Self {
            dc: [(0, 1); 16],
            ac: [5; 16],
        }
    }
}

/// Reads the structure of `bytes`.
pub(super) fn parse<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Stream<'a>, DecodeError> {
    let mut reader = Reader {
        bytes,
        at: 2,
        strays: false,
    };
    let mut tables: [Option<[u16; 64]>; 4] = [None; 4];
    let mut huffman: HuffmanTables<'a> = [[None; 4]; 2];
    let mut conditioning = Conditioning::default();
    let mut restart_interval = 0;
    let mut scans: Vec<Scan<'a>> = Vec::new();
    let (mut jfif, mut adobe) = (false, None);
    let mut frame: Option<Frame> = None;
    let mut tables_used = [None; 4];
    let mut exif = None;
    let mut damage = Vec::new();
    loop {
        match reader.marker()? {
            END_OF_IMAGE => break,
            0xD8 => return Err(corrupt("a second start-of-image marker")),
            // Stand-alone markers: restart markers left over after a scan, and TEM.
            0xD0..=0xD7 | 0x01 => {}
            code @ (0xC0..=0xC2 | 0xC9 | 0xCA) => {
                if frame.is_some() {
                    return Err(corrupt("a second frame header"));
                }
                frame = Some(Frame::parse(reader.segment()?, code, limits)?);
            }
            0xC3 | 0xCB => return Err(unsupported("lossless coding")),
            0xC4 => huffman_tables(reader.segment()?, &mut huffman)?,
            0xC5..=0xC7 | 0xCD..=0xCF => return Err(unsupported("hierarchical coding")),
            0xCC => conditioning_tables(reader.segment()?, &mut conditioning)?,
            0xDB => quantisation_tables(reader.segment()?, &mut tables)?,
            0xDD => match reader.segment()? {
                [high, low] => restart_interval = usize::from(u16::from_be_bytes([*high, *low])),
                _ => return Err(corrupt("a restart interval of the wrong length")),
            },
            START_OF_SCAN => {
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
                let header = frame.scan(header)?;
                for &place in &header.components {
                    let table = tables_used[place].or(tables[frame.components[place].table]);
                    let missing = || corrupt("a component without a quantisation table");
                    tables_used[place] = Some(table.ok_or_else(missing)?);
                }
                damage.extend(header.damage);
                let start = reader.at;
                let (data, ending) = reader.entropy_data()?;
                scans.push(Scan {
                    header,
                    huffman,
                    conditioning,
                    restart_interval,
                    data,
                    start,
                    ending,
                });
            }
            0xE0 => {
                let segment = reader.segment()?;
                if let Some([major, rest @ ..]) = segment.strip_prefix(b"JFIF\0")
                    && rest.len() >= 8
                {
                    jfif |= scans.is_empty();
                    damage.extend((*major != 1).then_some(JpegDamage::JfifVersion(*major)));
                }
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
            // Number of lines, application data, comments.
            0xDC | 0xE2..=0xEF | 0xFE => {
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
    let ids: Vec<u8> = frame.components.iter().map(|component| component.id).collect();
    let (colour, unknown) = ColourSpace::of(&ids, jfif, adobe);
    damage.extend(unknown);
    damage.extend(reader.strays.then_some(JpegDamage::SurplusBytes));
    Ok(Stream {
        frame,
        colour,
        tables: tables_used.into_iter().flatten().collect(),
        exif,
        scans,
        damage,
        length: bytes.len(),
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

/// Notes the tables. Refuses those with a DC category above 15, the most an 8-bit picture can have, as libjpeg does.
fn huffman_tables<'a>(mut segment: &'a [u8], tables: &mut HuffmanTables<'a>) -> Result<(), DecodeError> {
    let malformed = || corrupt("a malformed Huffman table");
    while let Some((head, rest)) = segment.split_first() {
        let counts = rest.first_chunk::<16>().ok_or_else(malformed)?;
        let codes: usize = counts.iter().map(|count| usize::from(*count)).sum();
        let (table, rest) = rest.split_at_checked(16 + codes).ok_or_else(malformed)?;
        if codes > 256 || head >> 4 == 0 && table[16..].iter().any(|symbol| *symbol > 15) {
            return Err(malformed());
        }
        let slots = tables.get_mut(usize::from(head >> 4)).ok_or_else(malformed)?;
        *slots.get_mut(usize::from(head & 15)).ok_or_else(malformed)? = Some(table);
        segment = rest;
    }
    Ok(())
}

/// T.81 B.2.4.3.
fn conditioning_tables(segment: &[u8], conditioning: &mut Conditioning) -> Result<(), DecodeError> {
    let malformed = || corrupt("malformed arithmetic conditioning");
    let (entries, []) = segment.as_chunks::<2>() else {
        return Err(malformed());
    };
    for [head, value] in entries {
        let slot = usize::from(head & 15);
        let (low, high) = (value & 15, value >> 4);
        match head >> 4 {
            0 if low <= high => conditioning.dc[slot] = (low, high),
            1 => conditioning.ac[slot] = *value,
            _ => return Err(malformed()),
        }
    }
    Ok(())
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Whether bytes were passed over between segments.
    strays: bool,
}

impl<'a> Reader<'a> {
    /// The code of the next marker; stray bytes, stuffed bytes and fill bytes before it are skipped.
    fn marker(&mut self) -> Result<u8, DecodeError> {
        loop {
            let skipped = memchr(0xFF, self.rest()).ok_or_else(no_end)?;
            self.strays |= skipped > 0;
            self.at += skipped + 1;
            match self.rest().first().ok_or_else(no_end)? {
                0xFF => {}
                0 => {
                    self.strays = true;
                    self.at += 1;
                }
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

    /// A scan's compressed data with the restart markers in them, and the marker after them.
    fn entropy_data(&mut self) -> Result<(&'a [u8], u8), DecodeError> {
        let data = self.rest();
        let start = self.at;
        loop {
            let skipped = memchr(0xFF, self.rest()).ok_or_else(no_end)?;
            self.at += skipped;
            match self.rest().get(1).ok_or_else(no_end)? {
                0 | 0xD0..=0xD7 => self.at += 2,
                0xFF => self.at += 1,
                code => return Ok((&data[..self.at - start], *code)),
            }
        }
    }

    fn rest(&self) -> &'a [u8] {
        &self.bytes[self.at.min(self.bytes.len())..]
    }
}
