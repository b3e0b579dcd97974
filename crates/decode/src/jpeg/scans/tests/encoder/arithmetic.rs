//! Arithmetic coding (T.81 D.1, F.1.4 and G.1.3), with a number of any length as its code.

use super::{Conditioning, Script, Writer, ac_part, dc_part, stuffed};
use crate::jpeg::coefficients::{Block, NATURAL};
use crate::jpeg::scans::arithmetic::STATES;

/// A decision's more probable symbol and its state.
type Statistics = (bool, u8);

pub(in super::super) struct Arithmetic {
    /// The code so far, a bit each, and 16 bits more.
    digits: Vec<bool>,
    code: u32,
    interval: u32,
    dc: [Statistics; 64],
    ac: [Statistics; 256],
    predictors: [i32; 4],
    contexts: [usize; 4],
    conditioning: Conditioning,
}

impl Arithmetic {
    pub(in super::super) fn new(conditioning: Conditioning) -> Self {
        Self {
            digits: Vec::new(),
            code: 0,
            interval: 0x1_0000,
            dc: [(false, 0); 64],
            ac: [(false, 0); 256],
            predictors: [0; 4],
            contexts: [0; 4],
            conditioning,
        }
    }
}

/// Where statistics are.
#[derive(Clone, Copy)]
enum At {
    Dc(usize),
    Ac(usize),
    /// As likely as not.
    Even,
}

impl std::ops::Add<usize> for At {
    type Output = Self;

    fn add(self, more: usize) -> Self {
        match self {
            Self::Dc(at) => Self::Dc(at + more),
            Self::Ac(at) => Self::Ac(at + more),
            Self::Even => Self::Even,
        }
    }
}

impl Arithmetic {
    fn decide(&mut self, at: At, decision: bool) {
        let (symbol, state) = match at {
            At::Dc(at) => self.dc[at],
            At::Ac(at) => self.ac[at],
            At::Even => (false, 0),
        };
        let (lesser, after_lesser, after_other, switch) = STATES[usize::from(state)];
        let lesser = u32::from(lesser);
        let is_lesser = decision != symbol;
        // The lower part is for the more probable symbol, unless it has become the smaller one.
        self.interval -= lesser;
        if is_lesser == (self.interval < lesser) {
            if self.interval >= 0x8000 {
                return;
            }
        } else {
            self.code += self.interval;
            self.interval = lesser;
            if self.code > 0xFFFF {
                self.code -= 0x1_0000;
                let last_zero = self.digits.iter().rposition(|digit| !digit).unwrap();
                self.digits[last_zero..]
                    .iter_mut()
                    .for_each(|digit| *digit ^= true);
            }
        }
        let next = match is_lesser {
            true => (symbol ^ (switch == 1), after_lesser),
            false => (symbol, after_other),
        };
        match at {
            At::Dc(at) => self.dc[at] = next,
            At::Ac(at) => self.ac[at] = next,
            At::Even => {}
        }
        while self.interval < 0x8000 {
            self.digits.push(self.code >> 15 == 1);
            self.code = self.code << 1 & 0xFFFF;
            self.interval <<= 1;
        }
    }

    /// The magnitude of what is not zero: its category from `first` on, with further categories at `next`, then its bits.
    /// Without a category of its own there is nothing more to say.
    fn bits_below(&mut self, magnitude: u32, at: At) {
        let category = (magnitude - 1).checked_ilog2().unwrap_or(0);
        for bit in (0..category).rev() {
            self.decide(at, (magnitude - 1) >> bit & 1 == 1);
        }
    }

    /// Categories above `known`, a decision each.
    fn categories(&mut self, magnitude: u32, known: u32, mut at: At) -> At {
        let category = (magnitude - 1).ilog2() + 1;
        for step in known..=category {
            self.decide(at, step < category);
            if step < category {
                at = at + 1;
            }
        }
        at
    }

    fn dc(&mut self, number: usize, value: i32) {
        let difference = value - self.predictors[number];
        self.predictors[number] = value;
        let start = At::Dc(self.contexts[number]);
        self.decide(start, difference != 0);
        if difference == 0 {
            self.contexts[number] = 0;
            return;
        }
        let is_negative = difference < 0;
        self.decide(start + 1, is_negative);
        let mut at = start + 2 + usize::from(is_negative);
        let magnitude = difference.unsigned_abs();
        self.decide(at, magnitude > 1);
        if magnitude > 1 {
            at = self.categories(magnitude, 1, At::Dc(20));
        }
        let (lower, upper, _) = self.conditioning;
        let size = (magnitude - 1)
            .checked_ilog2()
            .map_or(0, |category| 1 << category);
        let direction = if is_negative { 4 } else { 0 };
        self.contexts[number] = match size {
            size if size < (1u32 << lower) / 2 => 0,
            size if size > (1 << upper) / 2 => 12 + direction,
            _ => 4 + direction,
        };
        self.bits_below(magnitude, at + 14);
    }

    fn ac(&mut self, place: usize, value: i32) {
        let is_negative = value < 0;
        self.decide(At::Even, is_negative);
        let start = At::Ac(3 * (place - 1) + 2);
        let magnitude = value.unsigned_abs();
        self.decide(start, magnitude > 1);
        if magnitude == 1 {
            return;
        }
        self.decide(start, magnitude > 2);
        if magnitude == 2 {
            return;
        }
        let at = self.categories(
            magnitude,
            2,
            At::Ac(if place > usize::from(self.conditioning.2) {
                217
            } else {
                189
            }),
        );
        self.bits_below(magnitude, at + 14);
    }

    /// A band of a block: of known coefficients one bit more where `refines`.
    fn band(&mut self, block: &Block, [start, end]: [u8; 2], low: u8, refines: bool) {
        let (start, end) = (usize::from(start), usize::from(end));
        let part = |place: usize| ac_part(block[NATURAL[place]], low);
        let before = |place: usize| refines && part(place).abs() > 1;
        let last = (start..=end).rfind(|place| part(*place) != 0).unwrap_or(0);
        let last_before = (1..=end).rfind(|place| before(*place)).unwrap_or(0);
        let mut place = start;
        while place <= end {
            if place > last_before {
                self.decide(At::Ac(3 * (place - 1)), place > last);
                if place > last {
                    return;
                }
            }
            while part(place) == 0 {
                self.decide(At::Ac(3 * (place - 1) + 1), false);
                place += 1;
            }
            if before(place) {
                self.decide(At::Ac(3 * (place - 1) + 2), part(place) & 1 == 1);
            } else {
                self.decide(At::Ac(3 * (place - 1) + 1), true);
                match refines {
                    true => self.decide(At::Even, part(place) < 0),
                    false => self.ac(place, part(place)),
                }
            }
            place += 1;
        }
    }
}

impl Writer for Arithmetic {
    fn block(&mut self, number: usize, block: &Block, (_, band, high, low): &Script, progressive: bool) {
        match (progressive, band[0], high) {
            (false, ..) => {
                self.dc(number, block[0].into());
                self.band(block, [1, 63], 0, false);
            }
            (true, 0, 0) => self.dc(number, dc_part(block[0], *low)),
            (true, 0, _) => self.decide(At::Even, dc_part(block[0], *low) & 1 == 1),
            (true, _, high) => self.band(block, *band, *low, *high > 0),
        }
    }

    fn take(&mut self) -> Vec<u8> {
        let Self { mut digits, code, .. } = std::mem::replace(self, Self::new(self.conditioning));
        digits.extend((0..16).rev().map(|bit| code >> bit & 1 == 1));
        let byte = |bits: &[bool]| {
            (0..8).fold(0, |byte, at| {
                byte << 1 | u8::from(*bits.get(at).unwrap_or(&false))
            })
        };
        let mut bytes: Vec<u8> = digits.chunks(8).map(byte).collect();
        // Zeros at the end may be left out (T.81 D.1.8).
        while bytes.last() == Some(&0) {
            bytes.pop();
        }
        stuffed(&bytes)
    }
}
