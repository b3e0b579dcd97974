//! Arithmetic decoding of every kind of scan (T.81 Annex D, F.2.4 and G.2).

use super::blocks::{Arrays, Filling, Kind, Unit};
use super::coder::Coder;
use super::source::Source;
use crate::DecodeError;
use crate::jpeg::error::corrupt;
use crate::jpeg::stream::{Conditioning, Scan};

/// States of a decision's probability (T.81 Table D.3): the interval of the less probable symbol; the next state after
/// that symbol, and after the other; whether the less probable symbol then becomes the more probable (1).
pub(super) const STATES: [(u16, u8, u8, u8); 113] = [
    (0x5A1D, 1, 1, 1),
    (0x2586, 14, 2, 0),
    (0x1114, 16, 3, 0),
    (0x080B, 18, 4, 0),
    (0x03D8, 20, 5, 0),
    (0x01DA, 23, 6, 0),
    (0x00E5, 25, 7, 0),
    (0x006F, 28, 8, 0),
    (0x0036, 30, 9, 0),
    (0x001A, 33, 10, 0),
    (0x000D, 35, 11, 0),
    (0x0006, 9, 12, 0),
    (0x0003, 10, 13, 0),
    (0x0001, 12, 13, 0),
    (0x5A7F, 15, 15, 1),
    (0x3F25, 36, 16, 0),
    (0x2CF2, 38, 17, 0),
    (0x207C, 39, 18, 0),
    (0x17B9, 40, 19, 0),
    (0x1182, 42, 20, 0),
    (0x0CEF, 43, 21, 0),
    (0x09A1, 45, 22, 0),
    (0x072F, 46, 23, 0),
    (0x055C, 48, 24, 0),
    (0x0406, 49, 25, 0),
    (0x0303, 51, 26, 0),
    (0x0240, 52, 27, 0),
    (0x01B1, 54, 28, 0),
    (0x0144, 56, 29, 0),
    (0x00F5, 57, 30, 0),
    (0x00B7, 59, 31, 0),
    (0x008A, 60, 32, 0),
    (0x0068, 62, 33, 0),
    (0x004E, 63, 34, 0),
    (0x003B, 32, 35, 0),
    (0x002C, 33, 9, 0),
    (0x5AE1, 37, 37, 1),
    (0x484C, 64, 38, 0),
    (0x3A0D, 65, 39, 0),
    (0x2EF1, 67, 40, 0),
    (0x261F, 68, 41, 0),
    (0x1F33, 69, 42, 0),
    (0x19A8, 70, 43, 0),
    (0x1518, 72, 44, 0),
    (0x1177, 73, 45, 0),
    (0x0E74, 74, 46, 0),
    (0x0BFB, 75, 47, 0),
    (0x09F8, 77, 48, 0),
    (0x0861, 78, 49, 0),
    (0x0706, 79, 50, 0),
    (0x05CD, 48, 51, 0),
    (0x04DE, 50, 52, 0),
    (0x040F, 50, 53, 0),
    (0x0363, 51, 54, 0),
    (0x02D4, 52, 55, 0),
    (0x025C, 53, 56, 0),
    (0x01F8, 54, 57, 0),
    (0x01A4, 55, 58, 0),
    (0x0160, 56, 59, 0),
    (0x0125, 57, 60, 0),
    (0x00F6, 58, 61, 0),
    (0x00CB, 59, 62, 0),
    (0x00AB, 61, 63, 0),
    (0x008F, 61, 32, 0),
    (0x5B12, 65, 65, 1),
    (0x4D04, 80, 66, 0),
    (0x412C, 81, 67, 0),
    (0x37D8, 82, 68, 0),
    (0x2FE8, 83, 69, 0),
    (0x293C, 84, 70, 0),
    (0x2379, 86, 71, 0),
    (0x1EDF, 87, 72, 0),
    (0x1AA9, 87, 73, 0),
    (0x174E, 72, 74, 0),
    (0x1424, 72, 75, 0),
    (0x119C, 74, 76, 0),
    (0x0F6B, 74, 77, 0),
    (0x0D51, 75, 78, 0),
    (0x0BB6, 77, 79, 0),
    (0x0A40, 77, 48, 0),
    (0x5832, 80, 81, 1),
    (0x4D1C, 88, 82, 0),
    (0x438E, 89, 83, 0),
    (0x3BDD, 90, 84, 0),
    (0x34EE, 91, 85, 0),
    (0x2EAE, 92, 86, 0),
    (0x299A, 93, 87, 0),
    (0x2516, 86, 71, 0),
    (0x5570, 88, 89, 1),
    (0x4CA9, 95, 90, 0),
    (0x44D9, 96, 91, 0),
    (0x3E22, 97, 92, 0),
    (0x3824, 99, 93, 0),
    (0x32B4, 99, 94, 0),
    (0x2E17, 93, 86, 0),
    (0x56A8, 95, 96, 1),
    (0x4F46, 101, 97, 0),
    (0x47E5, 102, 98, 0),
    (0x41CF, 103, 99, 0),
    (0x3C3D, 104, 100, 0),
    (0x375E, 99, 93, 0),
    (0x5231, 105, 102, 0),
    (0x4C0F, 106, 103, 0),
    (0x4639, 107, 104, 0),
    (0x415E, 103, 99, 0),
    (0x5627, 105, 106, 1),
    (0x50E7, 108, 107, 0),
    (0x4B85, 109, 103, 0),
    (0x5597, 110, 109, 0),
    (0x504F, 111, 107, 0),
    (0x5A10, 110, 111, 1),
    (0x5522, 112, 109, 0),
    (0x59EB, 112, 111, 1),
];

/// What is known of a decision: the more probable symbol in the highest bit, the place in [`STATES`] in the others.
#[derive(Clone, Copy, Default)]
struct Statistics(u8);

/// The decoder of single decisions (T.81 D.2).
struct Decisions<'a> {
    source: Source<'a>,
    /// The interval.
    interval: u32,
    /// The place in it, in the high 16 bits; then bits to come.
    code: u32,
    /// Bits to come in `code`.
    count: u32,
}

impl<'a> Decisions<'a> {
    fn new(source: Source<'a>) -> Self {
        Self {
            source,
            interval: 0,
            code: 0,
            count: 0,
        }
    }

    /// The next byte; zeros behind the last, which an encoder may leave out (T.81 D.1.8).
    fn byte(&mut self) -> u32 {
        self.source.byte().unwrap_or(0).into()
    }

    /// Loads what the next decision needs. Not after the last one: what it would load does not belong to the data.
    #[inline(always)]
    fn load(&mut self) {
        if self.interval == 0 {
            self.code = self.byte() << 24;
            self.code |= self.byte() << 16;
            self.interval = 0x1_0000;
        }
        while self.interval < 0x8000 {
            if self.count == 0 {
                self.code |= self.byte() << 8;
                self.count = 8;
            }
            self.interval <<= 1;
            self.code <<= 1;
            self.count -= 1;
        }
    }

    /// The next decision (T.81 D.2.4 and D.2.5).
    #[inline(always)]
    fn decide(&mut self, statistics: &mut Statistics) -> bool {
        self.load();
        let symbol = statistics.0 & 0x80;
        let (lesser, after_lesser, after_other, switch) = STATES[usize::from(statistics.0 & 0x7F)];
        let lesser = u32::from(lesser);
        self.interval -= lesser;
        let is_low = self.code >> 16 < self.interval;
        if is_low && self.interval >= 0x8000 {
            return symbol > 0;
        }
        // The interval that is the smaller counts as the less probable one.
        let is_lesser = is_low == (self.interval < lesser);
        if !is_low {
            self.code -= self.interval << 16;
            self.interval = lesser;
        }
        if is_lesser {
            statistics.0 = (symbol ^ switch << 7) | after_lesser;
            symbol == 0
        } else {
            statistics.0 = symbol | after_other;
            symbol > 0
        }
    }

    /// A decision as likely as not, without statistics.
    fn even(&mut self) -> bool {
        // T.81 F.1.4.4.1.2: the state that is entered first, and never left.
        self.decide(&mut Statistics(0))
    }
}

/// Statistics of a table for DC coefficients (T.81 Table F.4).
type DcStatistics = [Statistics; 64];
/// Statistics of a table for AC coefficients (T.81 Table F.5).
type AcStatistics = [Statistics; 256];

/// Where in DC statistics the magnitudes begin.
const DC_MAGNITUDES: usize = 20;
/// Where in AC statistics the magnitudes begin, of low and of high frequencies.
const AC_MAGNITUDES: [usize; 2] = [189, 217];
/// From the statistics of a magnitude's category to those of its bits.
const TO_BITS: usize = 14;

/// What the blocks before left of a component.
#[derive(Clone, Copy, Default)]
struct Predictor {
    dc: i32,
    /// Where in DC statistics the next difference begins, by the size of the last.
    context: usize,
}

/// The decoder of one scan.
pub(super) struct Arithmetic<'a> {
    decisions: Decisions<'a>,
    kind: Kind,
    conditioning: Conditioning,
    /// Slots of the components' statistics.
    slots: Vec<[u8; 2]>,
    dc: [DcStatistics; 16],
    ac: [AcStatistics; 16],
    predictors: [Predictor; 4],
}

impl<'a> Arithmetic<'a> {
    pub(super) fn new(scan: &Scan<'a>, kind: Kind, source: Source<'a>) -> Self {
        Self {
            decisions: Decisions::new(source),
            kind,
            conditioning: scan.conditioning,
            slots: scan.header.slots.clone(),
            dc: [[Statistics::default(); 64]; 16],
            ac: [[Statistics::default(); 256]; 16],
            predictors: [Predictor::default(); 4],
        }
    }

    /// A DC coefficient, from the difference to the one before (T.81 F.2.4.1).
    fn difference(&mut self, number: usize, low: u8, block: &mut Filling<'_>) -> Result<(), DecodeError> {
        let slot = usize::from(self.slots[number][0]);
        let statistics = &mut self.dc[slot];
        let predictor = &mut self.predictors[number];
        let start = predictor.context;
        if self.decisions.decide(&mut statistics[start]) {
            let is_negative = self.decisions.decide(&mut statistics[start + 1]);
            let mut at = start + 2 + usize::from(is_negative);
            let mut category = u32::from(self.decisions.decide(&mut statistics[at]));
            if category > 0 {
                at = DC_MAGNITUDES;
                category = magnitude(&mut self.decisions, statistics, &mut at, category)?;
            }
            let (lower, upper) = self.conditioning.dc[slot];
            let direction = if is_negative { 4 } else { 0 };
            predictor.context = match category {
                size if size < (1 << lower) >> 1 => 0,
                size if size > (1 << upper) >> 1 => 12 + direction,
                _ => 4 + direction,
            };
            let size = rest(&mut self.decisions, &mut statistics[at + TO_BITS], category);
            predictor.dc = predictor.dc.wrapping_add(if is_negative { -size } else { size });
        } else {
            predictor.context = 0;
        }
        block.put(0, predictor.dc << low);
        Ok(())
    }

    /// A band of AC coefficients (T.81 F.2.4.2).
    fn ac_first(
        &mut self,
        number: usize,
        [start, end]: [u8; 2],
        low: u8,
        block: &mut Filling<'_>,
    ) -> Result<(), DecodeError> {
        let slot = usize::from(self.slots[number][1]);
        let statistics = &mut self.ac[slot];
        let decisions = &mut self.decisions;
        let (mut place, end) = (usize::from(start), usize::from(end));
        while place <= end {
            if decisions.decide(&mut statistics[3 * (place - 1)]) {
                break;
            }
            while !decisions.decide(&mut statistics[3 * (place - 1) + 1]) {
                place += 1;
                if place > end {
                    return Err(no_code());
                }
            }
            let is_negative = decisions.even();
            let mut at = 3 * (place - 1) + 2;
            let mut category = u32::from(decisions.decide(&mut statistics[at]));
            if category > 0 && decisions.decide(&mut statistics[at]) {
                at = AC_MAGNITUDES[usize::from(place > usize::from(self.conditioning.ac[slot]))];
                category = magnitude(decisions, statistics, &mut at, 2)?;
            }
            let size = rest(decisions, &mut statistics[at + TO_BITS], category);
            let value = if is_negative { -size } else { size };
            block.put(place, value << low);
            place += 1;
        }
        Ok(())
    }

    /// One more bit of a band of AC coefficients (T.81 G.1.3.3).
    fn ac_refine(
        &mut self,
        number: usize,
        [start, end]: [u8; 2],
        low: u8,
        block: &mut Filling<'_>,
    ) -> Result<(), DecodeError> {
        let statistics = &mut self.ac[usize::from(self.slots[number][1])];
        let decisions = &mut self.decisions;
        let (mut place, end) = (usize::from(start), usize::from(end));
        let bit = 1i16 << low;
        // Up to here there are coefficients, so the band does not end before.
        let known = (1..=end.min(block.last()))
            .rfind(|place| *block.at(*place) != 0)
            .unwrap_or(0);
        while place <= end {
            if place > known && decisions.decide(&mut statistics[3 * (place - 1)]) {
                break;
            }
            loop {
                let at = 3 * (place - 1);
                let coefficient = block.at(place);
                if *coefficient != 0 {
                    if decisions.decide(&mut statistics[at + 2]) {
                        *coefficient = coefficient.wrapping_add(if *coefficient < 0 { -bit } else { bit });
                    }
                    break;
                }
                if decisions.decide(&mut statistics[at + 1]) {
                    let new = if decisions.even() { -bit } else { bit };
                    block.put(place, new.into());
                    break;
                }
                place += 1;
                if place > end {
                    return Err(no_code());
                }
            }
            place += 1;
        }
        Ok(())
    }
}

impl Coder for Arithmetic<'_> {
    fn unit(&mut self, unit: &Unit, arrays: &mut Arrays) -> Result<(), DecodeError> {
        for part in unit {
            let block = &mut arrays.filling(part);
            match self.kind {
                Kind::Sequential => {
                    self.difference(part.number, 0, block)?;
                    self.ac_first(part.number, [1, 63], 0, block)?;
                }
                Kind::DcFirst { low } => self.difference(part.number, low, block)?,
                Kind::DcRefine { low } => *block.at(0) |= i16::from(self.decisions.even()) << low,
                Kind::AcFirst { band, low } => self.ac_first(part.number, band, low, block)?,
                Kind::AcRefine { band, low } => self.ac_refine(part.number, band, low, block)?,
            }
        }
        Ok(())
    }

    fn restart(&mut self, number: usize) -> Result<(), DecodeError> {
        self.decisions.source.restart(number)?;
        self.decisions = Decisions::new(self.decisions.source);
        self.dc = [[Statistics::default(); 64]; 16];
        self.ac = [[Statistics::default(); 256]; 16];
        self.predictors = Default::default();
        Ok(())
    }

    fn end(&mut self) -> (bool, usize) {
        self.decisions.source.end()
    }
}

/// The power of two below a magnitude less 1, `category` or more (T.81 Figure F.23); `at` is moved on to its statistics.
#[inline(always)]
fn magnitude(
    decisions: &mut Decisions<'_>,
    statistics: &mut [Statistics],
    at: &mut usize,
    mut category: u32,
) -> Result<u32, DecodeError> {
    while decisions.decide(&mut statistics[*at]) {
        category <<= 1;
        if category == 0x8000 {
            return Err(no_code());
        }
        *at += 1;
    }
    Ok(category)
}

/// The magnitude of that category, from its lower bits (T.81 Figure F.24).
#[inline(always)]
fn rest(decisions: &mut Decisions<'_>, statistics: &mut Statistics, category: u32) -> i32 {
    let mut size = category;
    let mut bit = category >> 1;
    while bit > 0 {
        if decisions.decide(statistics) {
            size |= bit;
        }
        bit >>= 1;
    }
    size as i32 + 1
}

fn no_code() -> DecodeError {
    corrupt("arithmetic code that means nothing")
}
