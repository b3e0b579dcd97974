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
pub(crate) struct Counter {
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
        if digits.tuples(scan, ORDER) == 0 {
            return;
        }
        match scan {
            Scan::Right => self.add_within_rows::<BASE, ORDER, PAIR>(digits),
            _ => self.add_between_rows::<BASE, ORDER, PAIR>(digits, scan),
        }
    }

    fn add_within_rows<const BASE: usize, const ORDER: usize, const PAIR: usize>(&mut self, digits: &Digits) {
        let last = digits.width() - ORDER;
        for y in 0..digits.height() {
            let row = digits.row(y);
            let pairs = std::array::from_fn(|k| &row[k..][..last]);
            count::<BASE, PAIR>(pairs, 2, &mut self.pairs);
            if last.is_multiple_of(2) {
                let single = std::array::from_fn(|k| &row[last + k..][..1]);
                count::<BASE, ORDER>(single, 1, &mut self.singles);
            }
        }
    }

    fn add_between_rows<const BASE: usize, const ORDER: usize, const PAIR: usize>(
        &mut self,
        digits: &Digits,
        scan: Scan,
    ) {
        let width = digits.width();
        // A slanting tuple is as wide as it is high.
        let [tuples, pairs] = match scan {
            Scan::DownRight | Scan::DownLeft => [width + 1 - ORDER, (width + 1).saturating_sub(PAIR)],
            _ => [width, width],
        };
        let last = digits.height() - ORDER;
        for y in (0..last).step_by(2) {
            count::<BASE, PAIR>(neighbours(digits, scan, y, 0, pairs), 1, &mut self.pairs);
            // Slanting pairs miss the tuple at one end of their upper row and at the other end of the lower.
            let missed = match scan {
                Scan::DownRight => [tuples - 1, 0],
                Scan::DownLeft => [0, tuples - 1],
                _ => continue,
            };
            for (y, left) in [y, y + 1].into_iter().zip(missed) {
                count::<BASE, ORDER>(neighbours(digits, scan, y, left, 1), 1, &mut self.singles);
            }
        }
        if last.is_multiple_of(2) {
            count::<BASE, ORDER>(neighbours(digits, scan, last, 0, tuples), 1, &mut self.singles);
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
fn neighbours<const ORDER: usize>(
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
