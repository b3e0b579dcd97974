//! Histograms of tuples, two tuples at a time.

use multiversion::multiversion;

use super::{Digits, Scan};

/// Room for the longest tuples counted, 5⁵ and 7⁴, and a power of two, so that masking an index keeps it inside.
const BINS: usize = 4096;

type Table = [u32; BINS];

/// Neighbouring tuples are often equal. Counting them in tables of their own in turn spares each increment the
/// wait for the one before it.
const TABLES: usize = 4;

/// Counts of tuples.
///
/// Two neighbouring tuples overlap in all digits but one each, so both are counted by one increment for the
/// longer tuple that they make up; [`Self::take`] breaks those up again. At the borders single tuples remain.
/// The counts of 2³² tuples would overflow; that is a plane of over four thousand million pixels.
pub(in crate::features) struct Counter {
    pairs: Box<[Table; TABLES]>,
    singles: Box<[Table; TABLES]>,
    taken: Vec<u32>,
}

impl Default for Counter {
    fn default() -> Self {
        Self {
            pairs: Box::new([[0; BINS]; TABLES]),
            singles: Box::new([[0; BINS]; TABLES]),
            taken: Vec::new(),
        }
    }
}

impl Counter {
    /// Counts all tuples of ORDER digits along `scan`. PAIR is ORDER + 1.
    pub fn add<const BASE: usize, const ORDER: usize, const PAIR: usize>(
        &mut self,
        digits: &Digits,
        scan: Scan,
    ) {
        const { assert!(PAIR == ORDER + 1 && BASE.pow(PAIR as u32) <= BINS) };
        let (width, height) = (digits.width(), digits.height());
        if scan == Scan::Right {
            let places = (width + 1).saturating_sub(ORDER);
            for y in (0..height).filter(|_| places > 0) {
                let row = digits.row(y);
                let pair = std::array::from_fn(|k| &row[k..][..places - 1]);
                count::<BASE, PAIR>(pair, 2, &mut self.pairs);
                if places % 2 == 1 {
                    let single = std::array::from_fn(|k| &row[places - 1 + k..][..1]);
                    count::<BASE, ORDER>(single, 1, &mut self.singles);
                }
            }
            return;
        }
        let places = (height + 1).saturating_sub(ORDER);
        // A slanting tuple is as wide as it is high.
        let [across, across_pair] = match scan {
            Scan::DownRight | Scan::DownLeft => [ORDER, PAIR],
            _ => [1, 1],
        }
        .map(|wide| (width + 1).saturating_sub(wide));
        if across == 0 {
            return;
        }
        for y in (0..places).step_by(2) {
            if y + 1 == places {
                count::<BASE, ORDER>(columns(digits, scan, y, 0, across), 1, &mut self.singles);
                break;
            }
            let pair = columns(digits, scan, y, 0, across_pair);
            count::<BASE, PAIR>(pair, 1, &mut self.pairs);
            // Slanting pairs miss the tuple at one end of their upper row and at the other end of the lower.
            let missed = match scan {
                Scan::DownRight => [across - 1, 0],
                Scan::DownLeft => [0, across - 1],
                _ => continue,
            };
            for (y, left) in [y, y + 1].into_iter().zip(missed) {
                count::<BASE, ORDER>(columns(digits, scan, y, left, 1), 1, &mut self.singles);
            }
        }
    }

    /// Counts the tuples made up of a digit from each of the planes, which must be of one size, at every place.
    pub fn add_joint<const BASE: usize, const ORDER: usize>(&mut self, planes: &[Digits; ORDER]) {
        const { assert!(BASE.pow(ORDER as u32) <= BINS) };
        for y in 0..planes[0].height() {
            let rows = std::array::from_fn(|plane| planes[plane].row(y));
            count::<BASE, ORDER>(rows, 1, &mut self.singles);
        }
    }

    /// The counts of all tuples of ORDER digits since the last call, by their number; starts anew.
    pub fn take<const BASE: usize, const ORDER: usize>(&mut self) -> &[u32] {
        let bins = BASE.pow(ORDER as u32);
        let collect = |tables: &mut [Table; TABLES], bin: usize| {
            let found = tables.iter_mut().map(|table| std::mem::take(&mut table[bin]));
            found.sum::<u32>()
        };
        self.taken.clear();
        self.taken
            .extend((0..bins).map(|bin| collect(&mut self.singles, bin)));
        for first in 0..BASE {
            for rest in 0..bins {
                let pair = first * bins + rest;
                let found = collect(&mut self.pairs, pair);
                self.taken[pair / BASE] += found;
                self.taken[rest] += found;
            }
        }
        &self.taken
    }
}

/// The digits of `count` neighbouring tuples from row `y` down, the first of which has `left` as its leftmost column.
fn columns<const ORDER: usize>(
    digits: &Digits,
    scan: Scan,
    y: usize,
    left: usize,
    count: usize,
) -> [&[u8]; ORDER] {
    std::array::from_fn(|k| {
        let shift = match scan {
            Scan::DownRight => k,
            Scan::DownLeft => ORDER - 1 - k,
            _ => 0,
        };
        &digits.row(y + k)[left + shift..][..count]
    })
}

/// Counts every `step`-th tuple (1 or 2) of those whose k-th digits are `digits[k]`, in the tables in turn.
#[multiversion(targets = "simd")]
fn count<const BASE: usize, const ORDER: usize>(
    digits: [&[u8]; ORDER],
    step: usize,
    tables: &mut [Table; TABLES],
) {
    const BLOCK: usize = 256;
    let length = digits[0].len();
    let mut numbers = [0_u16; BLOCK];
    for start in (0..length).step_by(BLOCK) {
        let numbers = &mut numbers[..BLOCK.min(length - start)];
        let digits = digits.map(|digits| &digits[start..][..numbers.len()]);
        for (place, number) in numbers.iter_mut().enumerate() {
            *number = digits.iter().fold(0, |number, digits| {
                number * BASE as u16 + u16::from(digits[place])
            });
        }
        if step == 1 {
            let (runs, rest) = numbers.as_chunks::<TABLES>();
            for run in runs {
                for (table, number) in tables.iter_mut().zip(run) {
                    table[usize::from(*number) % BINS] += 1;
                }
            }
            for number in rest {
                tables[0][usize::from(*number) % BINS] += 1;
            }
        } else {
            let (runs, rest) = numbers.as_chunks::<{ 2 * TABLES }>();
            for run in runs {
                for (table, [number, _]) in tables.iter_mut().zip(run.as_chunks::<2>().0) {
                    table[usize::from(*number) % BINS] += 1;
                }
            }
            for number in rest.iter().step_by(2) {
                tables[0][usize::from(*number) % BINS] += 1;
            }
        }
    }
}
