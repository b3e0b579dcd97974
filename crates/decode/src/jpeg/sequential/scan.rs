//! Entropy decoding of one scan, a row of units at a time.

use std::rc::Rc;

use multiversion::multiversion;

use super::bits::{Cursor, Intervals};
use super::huffman::{END, Kind, LOOKUP, Table, extend};
use crate::jpeg::coefficients::{Block, NATURAL};

/// A component's share of a scan.
pub(super) struct ScanPart {
    /// Blocks of it in a unit, across and down.
    pub across: usize,
    pub down: usize,
    pub dc: Rc<Table>,
    pub ac: Rc<Table>,
    /// Its blocks of a row of units, if they are of use: `down` rows, each from the left. Else none.
    pub blocks: Vec<Block>,
    /// For each of them, a place in zigzag order behind which there are only zeros.
    pub last: Vec<u8>,
    /// The DC coefficient of the block before.
    pub predictor: i32,
}

/// A scan being decoded.
pub(super) struct Scan<'a> {
    intervals: Intervals<'a>,
    cursor: Cursor,
    /// Units between restart markers, 0 without any.
    restart_interval: usize,
    /// Units left before the next.
    left: usize,
}

impl<'a> Scan<'a> {
    pub(super) fn new(data: &'a [u8], restart_interval: usize) -> Self {
        Self {
            intervals: Intervals::new(data),
            cursor: Cursor::default(),
            restart_interval,
            left: restart_interval,
        }
    }

    /// Decodes the next `units` units, a row of them. `None` where the data are not such as an encoder writes.
    pub(super) fn row(&mut self, parts: &mut [ScanPart], units: usize) -> Option<()> {
        let mut done = 0;
        while done < units {
            let mut run = units - done;
            if self.restart_interval > 0 {
                if self.left == 0 {
                    self.restart(parts)?;
                }
                run = run.min(self.left);
                self.left -= run;
            }
            self.cursor = decode(
                self.intervals.bytes(),
                self.cursor,
                parts,
                done..done + run,
                units,
            )?;
            done += run;
        }
        Some(())
    }

    fn restart(&mut self, parts: &mut [ScanPart]) -> Option<()> {
        self.intervals.advance(self.cursor)?;
        self.cursor = Cursor::default();
        self.left = self.restart_interval;
        for part in parts {
            part.predictor = 0;
        }
        Some(())
    }

    /// `None` if bits were taken that the data do not have, or if there is more of these than their last byte.
    pub(super) fn end(&self) -> Option<()> {
        self.intervals.end(self.cursor)
    }
}

/// The `run` of a row of `units`; where it ends.
#[multiversion(targets("x86_64+avx2+bmi1+bmi2"))]
fn decode(
    bytes: &[u8],
    mut cursor: Cursor,
    parts: &mut [ScanPart],
    run: std::ops::Range<usize>,
    units: usize,
) -> Option<Cursor> {
    for unit in run {
        for part in &mut *parts {
            let (dc, ac) = (&*part.dc, &*part.ac);
            if part.blocks.is_empty() {
                for _ in 0..part.across * part.down {
                    block::<false>(bytes, &mut cursor, dc, ac, &mut 0, &mut [0; 64])?;
                }
                continue;
            }
            for y in 0..part.down {
                let at = (y * units + unit) * part.across;
                let blocks = part.blocks.get_mut(at..at + part.across)?;
                let last = part.last.get_mut(at..at + part.across)?;
                for (found, last) in blocks.iter_mut().zip(last) {
                    *last = block::<true>(bytes, &mut cursor, dc, ac, &mut part.predictor, found)?;
                }
            }
        }
    }
    Some(cursor)
}

/// Look-ups that the bits of one refill are enough for.
const LOOKUPS: u32 = Cursor::FILL / LOOKUP - 1;

/// Decodes a block (T.81 F.2.2), or passes over it unless asked to `KEEP` it. Returns a place in zigzag order behind
/// which there are only zeros.
#[inline(always)]
fn block<const KEEP: bool>(
    bytes: &[u8],
    at: &mut Cursor,
    dc: &Table,
    ac: &Table,
    predictor: &mut i32,
    found: &mut Block,
) -> Option<u8> {
    let mut cursor = *at;
    if KEEP {
        *found = [0; 64];
    }
    cursor.refill(bytes)?;
    let mut entry = dc.entry(cursor.peek(LOOKUP));
    if entry.kind() == Kind::Other {
        entry = dc.long(cursor.peek(16))?;
    }
    cursor.skip(entry.length());
    let mut difference = entry.numbers()[0];
    if entry.kind() == Kind::Wide {
        difference = number(&mut cursor, entry.size());
        cursor.refill(bytes)?;
    }
    if KEEP {
        *predictor += i32::from(difference);
        // Of which, as of all others, the magnitude has 16 bits, too.
        found[0] = i16::try_from(*predictor).ok().filter(|dc| *dc > i16::MIN)?;
    }
    let mut put = |place: usize, number: i16| {
        if KEEP {
            found[NATURAL[place & 63]] = number;
        }
    };
    let mut place = 0;
    'block: loop {
        // Of the first refill the DC coefficient took no more than one look-up.
        for _ in 0..LOOKUPS {
            let entry = ac.entry(cursor.peek(LOOKUP));
            if entry.kind() == Kind::Numbers {
                let first = place + entry.first();
                place = first + entry.second();
                let [one, two] = entry.numbers();
                if place < 63 {
                    cursor.skip(entry.length());
                    put(first, one);
                    put(place, two);
                    continue;
                }
                // The end; if it is with the first number, what the entry tells beyond is of the next block.
                let (length, last) = if first < 63 {
                    put(first, one);
                    (entry.length(), two)
                } else {
                    place = first;
                    (entry.first_length(), one)
                };
                cursor.skip(length);
                if place == 63 {
                    put(place, last);
                }
                break 'block;
            }
            cursor.refill(bytes)?;
            let entry = match entry.kind() {
                Kind::Other => ac.long(cursor.peek(16))?,
                _ => entry,
            };
            cursor.skip(entry.length());
            place += entry.first();
            let number = match entry.kind() {
                Kind::Wide => number(&mut cursor, entry.size()),
                _ => entry.numbers()[0],
            };
            if place <= 63 {
                put(place, number);
            }
            if place >= 63 {
                break 'block;
            }
            break;
        }
        cursor.refill(bytes)?;
    }
    *at = cursor;
    // Places up to END are those of numbers: more than 64 coefficients are no block.
    match place {
        0..64 => Some(place as u8),
        END.. => Some((place - END) as u8),
        _ => None,
    }
}

/// The number of `size` bits, 1 to 15, that come next.
#[inline(always)]
fn number(cursor: &mut Cursor, size: u32) -> i16 {
    let bits = cursor.peek(size);
    cursor.skip(size);
    extend(bits, size)
}
