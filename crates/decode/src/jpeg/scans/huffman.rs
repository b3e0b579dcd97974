//! Huffman decoding of every kind of scan (T.81 F.2.2 and G.2).

use super::bits::{Bits, LOOKUP, Stop};
use super::blocks::{Arrays, Filling, Kind, Part, Unit};
use super::coder::Coder;
use super::source::Source;
use crate::DecodeError;
use crate::jpeg::error::corrupt;
use crate::jpeg::stream::Scan;

/// Bytes that the data of a block cannot be longer than, in libjpeg-turbo's eyes.
const BLOCK_BYTES: usize = 512;

/// A table by length of codes (T.81 F.2.2.3), with a look-up for short ones.
struct Codes<'a> {
    /// By the first bits: the code's length in the high byte and its symbol in the low one; 0 for longer codes.
    short: [u16; 1 << LOOKUP],
    /// For each length, one more than the last code; 0 without any.
    ends: [u32; 17],
    /// For each length, the place of the first symbol less the first code, modulo 2³².
    places: [u32; 17],
    symbols: &'a [u8],
}

impl<'a> Codes<'a> {
    /// From the numbers of codes of 1 to 16 bits and then the symbols.
    fn new(segment: &'a [u8]) -> Result<Self, DecodeError> {
        let malformed = || corrupt("a malformed Huffman table");
        let (counts, symbols) = segment.split_first_chunk::<16>().ok_or_else(malformed)?;
        let mut codes = Self {
            short: [0; 1 << LOOKUP],
            ends: [0; 17],
            places: [0; 17],
            symbols,
        };
        let (mut code, mut place) = (0, 0);
        for (length, count) in (1u32..).zip(counts) {
            code <<= 1;
            let count = u32::from(*count);
            if count == 0 {
                continue;
            }
            codes.places[length as usize] = u32::wrapping_sub(place, code);
            // No code has only ones.
            if code + count >= 1 << length {
                return Err(malformed());
            }
            let these = &symbols[place as usize..(place + count) as usize];
            if length <= LOOKUP {
                let width = 1 << (LOOKUP - length);
                let entries = codes.short[code as usize * width..].chunks_exact_mut(width);
                for (symbol, entries) in these.iter().zip(entries) {
                    entries.fill((length << 8) as u16 | u16::from(*symbol));
                }
            }
            code += count;
            place += count;
            codes.ends[length as usize] = code;
        }
        Ok(codes)
    }

    /// The next symbol.
    #[inline(always)]
    fn symbol(&self, bits: &mut Bits<'_>) -> Result<u8, Stop> {
        let first = match bits.look_up()? {
            Some(found) => match self.short[found] {
                0 => LOOKUP + 1,
                entry => {
                    bits.skip(u32::from(entry >> 8));
                    return Ok(entry as u8);
                }
            },
            None => 1,
        };
        self.long(bits, first)
    }

    /// A symbol whose code has at least `first` bits.
    fn long(&self, bits: &mut Bits<'_>, first: u32) -> Result<u8, Stop> {
        let mut code = bits.take_more(first)?;
        for length in first as usize..=16 {
            if code < self.ends[length] {
                let place = code.wrapping_add(self.places[length]);
                return Ok(self.symbols[place as usize]);
            }
            if length < 16 {
                code = code << 1 | bits.take_more(1)?;
            }
        }
        Err(Stop::NoCode)
    }
}

/// A component's share of a scan.
struct Tables<'a> {
    dc: Option<Codes<'a>>,
    ac: Option<Codes<'a>>,
    /// The DC coefficient of the block before.
    predictor: i32,
}

/// The decoder of one scan.
pub(super) struct Huffman<'a> {
    bits: Bits<'a>,
    kind: Kind,
    tables: Vec<Tables<'a>>,
    /// Blocks to come without new coefficients (T.81 G.1.2.2).
    ended: u32,
    /// Whether there are no restart markers, so that libjpeg-turbo makes haste where it can.
    may_haste: bool,
}

impl<'a> Huffman<'a> {
    pub(super) fn new(scan: &Scan<'a>, kind: Kind, source: Source<'a>) -> Result<Self, DecodeError> {
        let codes = |class: usize, slot: u8, is_used: bool| {
            let missing = || corrupt("a scan without its Huffman table");
            is_used
                .then(|| Codes::new(scan.huffman(class, slot).ok_or_else(missing)?))
                .transpose()
        };
        let tables = scan.header.slots.iter().map(|[dc, ac]| {
            Ok(Tables {
                dc: codes(0, *dc, kind.has_differences())?,
                ac: codes(1, *ac, kind.has_ac())?,
                predictor: 0,
            })
        });
        Ok(Self {
            bits: Bits::new(source),
            kind,
            tables: tables.collect::<Result<_, DecodeError>>()?,
            ended: 0,
            may_haste: scan.restart_interval == 0 && matches!(kind, Kind::Sequential),
        })
    }

    /// Decodes a unit as libjpeg-turbo does it: in haste where its buffer has plenty, and again if a marker came too soon.
    fn sequential(&mut self, unit: &Unit, arrays: &mut Arrays) -> Result<(), Stop> {
        let source = &self.bits.source;
        if self.may_haste && !source.is_at_marker() && source.at_hand() >= BLOCK_BYTES * unit.len() {
            let bits = self.bits;
            let predictors: [i32; 4] =
                std::array::from_fn(|i| self.tables.get(i).map_or(0, |part| part.predictor));
            self.bits.hasty = true;
            let result = self.sequential_blocks(unit, arrays);
            self.bits.hasty = false;
            match result {
                Err(Stop::Haste) => {
                    self.bits = bits;
                    for (part, predictor) in self.tables.iter_mut().zip(predictors) {
                        part.predictor = predictor;
                    }
                    for part in unit {
                        arrays.filling(part).clear();
                    }
                }
                other => return other,
            }
        }
        self.sequential_blocks(unit, arrays)
    }

    fn sequential_blocks(&mut self, unit: &Unit, arrays: &mut Arrays) -> Result<(), Stop> {
        for part in unit {
            let mut block = arrays.filling(part);
            self.difference(part, 0, &mut block)?;
            let Some(ac) = &self.tables[part.number].ac else {
                continue;
            };
            let mut place = 1;
            while place < 64 {
                let symbol = ac.symbol(&mut self.bits)?;
                let (run, size) = (usize::from(symbol >> 4), u32::from(symbol & 15));
                if size > 0 {
                    place += run;
                    block.put(place, number(&mut self.bits, size)?);
                } else if run == 15 {
                    place += 15;
                } else {
                    break;
                }
                place += 1;
            }
        }
        Ok(())
    }

    /// A DC coefficient, from the difference to the one before.
    fn difference(&mut self, part: &Part, low: u8, block: &mut Filling<'_>) -> Result<(), Stop> {
        let tables = &mut self.tables[part.number];
        let Some(dc) = &tables.dc else { return Ok(()) };
        // Sizes up to 15, as tables with others are refused.
        let size = dc.symbol(&mut self.bits)?.into();
        let difference = if size > 0 {
            number(&mut self.bits, size)?
        } else {
            0
        };
        tables.predictor = tables.predictor.wrapping_add(difference);
        block.put(0, tables.predictor << low);
        Ok(())
    }

    /// First bits of a band of AC coefficients.
    fn ac_first(&mut self, [start, end]: [u8; 2], low: u8, block: &mut Filling<'_>) -> Result<(), Stop> {
        if self.ended > 0 {
            self.ended -= 1;
            return Ok(());
        }
        let Some(ac) = &self.tables[0].ac else {
            return Ok(());
        };
        let mut place = usize::from(start);
        while place <= usize::from(end) {
            let symbol = ac.symbol(&mut self.bits)?;
            let (run, size) = (symbol >> 4, u32::from(symbol & 15));
            if size > 0 {
                place += usize::from(run);
                block.put(place, number(&mut self.bits, size)? << low);
            } else if run == 15 {
                place += 15;
            } else {
                self.ended = run_of_ends(&mut self.bits, run)? - 1;
                break;
            }
            place += 1;
        }
        Ok(())
    }

    /// One more bit of a band of AC coefficients (T.81 G.1.2.3).
    fn ac_refine(&mut self, [start, end]: [u8; 2], low: u8, block: &mut Filling<'_>) -> Result<(), Stop> {
        let Some(ac) = &self.tables[0].ac else {
            return Ok(());
        };
        let bits = &mut self.bits;
        let (mut place, end) = (usize::from(start), usize::from(end));
        if self.ended == 0 {
            while place <= end {
                let symbol = ac.symbol(bits)?;
                let (run, size) = (symbol >> 4, symbol & 15);
                let new = match size {
                    0 if run < 15 => {
                        self.ended = run_of_ends(bits, run)?;
                        break;
                    }
                    0 => 0,
                    1 => [-1, 1][bits.take(1)? as usize] << low,
                    _ => return Err(Stop::NotOneBit),
                };
                // Behind as many zeros as the run tells; all others on the way get their next bit.
                place = refine(bits, block, place..=end, low, Some(run))?;
                if size > 0 {
                    block.put(place, new);
                }
                place += 1;
            }
        }
        if self.ended > 0 {
            refine(bits, block, place..=end, low, None)?;
            self.ended -= 1;
        }
        Ok(())
    }
}

impl Coder for Huffman<'_> {
    fn unit(&mut self, unit: &Unit, arrays: &mut Arrays) -> Result<(), DecodeError> {
        let result = match self.kind {
            Kind::Sequential => self.sequential(unit, arrays),
            Kind::DcFirst { low } => unit
                .iter()
                .try_for_each(|part| self.difference(part, low, &mut arrays.filling(part))),
            Kind::DcRefine { low } => unit.iter().try_for_each(|part| {
                let bit = self.bits.take(1)? as i16;
                *arrays.filling(part).at(0) |= bit << low;
                Ok(())
            }),
            Kind::AcFirst { band, low } => unit
                .iter()
                .try_for_each(|part| self.ac_first(band, low, &mut arrays.filling(part))),
            Kind::AcRefine { band, low } => unit
                .iter()
                .try_for_each(|part| self.ac_refine(band, low, &mut arrays.filling(part))),
        };
        Ok(result?)
    }

    fn restart(&mut self, number: usize) -> Result<(), DecodeError> {
        self.bits.restart(number)?;
        for tables in &mut self.tables {
            tables.predictor = 0;
        }
        self.ended = 0;
        Ok(())
    }

    fn end(&mut self) -> (bool, usize) {
        self.bits.source.end()
    }
}

/// The number of `size` bits, at least 1, that come next (T.81 F.2.2.1, RECEIVE and EXTEND).
#[inline(always)]
fn number(bits: &mut Bits<'_>, size: u32) -> Result<i32, Stop> {
    let found = bits.take(size)? as i32;
    let is_negative = found >> (size - 1) == 0;
    Ok(if is_negative {
        found - (1 << size) + 1
    } else {
        found
    })
}

/// How many blocks end here, this one among them: 2^run and as many more as the next `run` bits say.
fn run_of_ends(bits: &mut Bits<'_>, run: u8) -> Result<u32, Stop> {
    let more = match run {
        0 => 0,
        _ => bits.take(run.into())?,
    };
    Ok((1 << run) + more)
}

/// Gives each coefficient in `places` that is not zero its next bit, up to the place behind `zeros` zeros, if any. That
/// place, or the one behind the last.
fn refine(
    bits: &mut Bits<'_>,
    block: &mut Filling<'_>,
    places: std::ops::RangeInclusive<usize>,
    low: u8,
    mut zeros: Option<u8>,
) -> Result<usize, Stop> {
    let behind = places.end() + 1;
    let last = match zeros {
        Some(_) => *places.end(),
        None => block.last().min(*places.end()),
    };
    for place in *places.start()..=last {
        let coefficient = block.at(place);
        if *coefficient != 0 {
            let bit = 1 << low;
            if bits.take(1)? == 1 && *coefficient & bit == 0 {
                *coefficient = coefficient.wrapping_add(if *coefficient > 0 { bit } else { -bit });
            }
        } else if let Some(left) = &mut zeros {
            match left.checked_sub(1) {
                Some(fewer) => *left = fewer,
                None => return Ok(place),
            }
        }
    }
    Ok(behind)
}
