//! What is left of turned kernels when their symmetries are used up.
//!
//! A kernel of phase 0 is even about its centre, one of phase π/2 odd; that of the angle π − θ is that of θ,
//! mirrored left to right. So the responses to both are E + O and E − O, with E the response to what of the kernel
//! is even under the mirror and O to what is odd. Either has only 16 different weights, on samples that were first
//! added or subtracted four at a time: for two kernels 32 products instead of 128.

use super::SIDE;
use super::gabor::{TURNS, Weights};

const HALF: usize = SIDE / 2;
/// Different weights of a folded kernel: those of the upper left quarter.
pub const QUARTER: usize = HALF * HALF;

/// How four samples, mirror images of one another, are put together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Symmetry {
    /// The left and the right are subtracted.
    pub odd_across: bool,
    /// The upper and the lower are subtracted.
    pub odd_down: bool,
}

impl Symmetry {
    /// The four there are.
    pub const ALL: [Self; 4] = [
        Self::new(false, false),
        Self::new(true, true),
        Self::new(false, true),
        Self::new(true, false),
    ];

    const fn new(odd_across: bool, odd_down: bool) -> Self {
        Self { odd_across, odd_down }
    }
}

/// One part of a kernel.
pub struct Part {
    pub symmetry: Symmetry,
    /// Weights of the upper left quarter, by rows.
    pub weights: [f32; QUARTER],
}

/// Parts of sixteen turned kernels. Part t = 0 … 8 is of turn t; part 16 − t is the other part of turn t, that
/// odd under the mirror. Turns 0 and 8 are their own mirror images and have one part only.
pub struct Folded {
    pub parts: [Part; TURNS],
}

impl Folded {
    pub fn new(kernels: &[Weights; TURNS], odd: bool) -> Self {
        Self {
            parts: std::array::from_fn(|part| {
                let turn = part.min(TURNS - part);
                // Turn 0 varies across only, so that an odd phase makes it odd there.
                let odd_across = if part == 0 { odd } else { part > TURNS / 2 };
                let symmetry = Symmetry::new(odd_across, odd_across != odd);
                let kernel = &kernels[turn];
                let sign = if odd_across { -1.0 } else { 1.0 };
                Part {
                    symmetry,
                    weights: std::array::from_fn(|index| {
                        let (x, y) = (index % HALF, index / HALF);
                        let mirrored = kernel[y * SIDE + SIDE - 1 - x];
                        (f64::from(kernel[y * SIDE + x]) + sign * f64::from(mirrored)) as f32 / 2.0
                    }),
                }
            }),
        }
    }

    /// The parts whose sum, or difference for turns beyond 8, is a turn's kernel; the second may be missing.
    pub fn parts_of(turn: usize) -> (usize, Option<usize>) {
        let part = turn.min(TURNS - turn);
        (part, (!part.is_multiple_of(TURNS / 2)).then_some(TURNS - part))
    }

    /// The kernel that the parts of a turn stand for, by rows.
    fn unfolded(&self, turn: usize) -> [f64; SIDE * SIDE] {
        let (first, second) = Self::parts_of(turn);
        std::array::from_fn(|index| {
            let value = |part: &Part| {
                let (x, y) = (index % SIDE, index / SIDE);
                let (left, upper) = (x.min(SIDE - 1 - x), y.min(SIDE - 1 - y));
                let negative =
                    (part.symmetry.odd_across && x != left) != (part.symmetry.odd_down && y != upper);
                let weight = f64::from(part.weights[upper * HALF + left]);
                if negative { -weight } else { weight }
            };
            let first = value(&self.parts[first]);
            let second = second.map_or(0.0, |part| value(&self.parts[part]));
            if turn > TURNS / 2 {
                first - second
            } else {
                first + second
            }
        })
    }
}

/// How far a folded response may lie from that of the definition, whose 64 products are added in order.
///
/// Both are rounded after every multiply-add, by half an ulp of the sum so far at most. With samples in c ± h and at
/// most p in magnitude, a sum of the first weights w is at most |c|·|Σw| + h·Σ|w|. All told the bound is
/// `centre`·|c| + `spread`·h + `peak`·p.
pub struct Margin {
    centre: f64,
    spread: f64,
    peak: f64,
}

/// Relative error of one rounding, with a little for the roundings of what was rounded before: (1 + 2⁻²⁴)⁶⁶.
const ROUNDING: f64 = 1.00001 / (1 << 24) as f64;

/// Σ |w₁ + … + wₖ| and Σ (|w₁| + … + |wₖ|) over k.
fn partial_sums(weights: &[f32]) -> (f64, f64) {
    let (mut sum, mut magnitude) = (0.0, 0.0);
    weights.iter().fold((0.0, 0.0), |(sums, magnitudes), weight| {
        sum += f64::from(*weight);
        magnitude += f64::from(weight.abs());
        (sums + sum.abs(), magnitudes + magnitude)
    })
}

fn magnitude(weights: &[f32]) -> f64 {
    weights.iter().map(|weight| f64::from(weight.abs())).sum()
}

impl Margin {
    /// The largest of all turns.
    pub fn new(kernels: &[Weights; TURNS], folded: &Folded) -> Self {
        let mut margin = Self {
            centre: 0.0,
            spread: 0.0,
            peak: 0.0,
        };
        for (turn, kernel) in kernels.iter().enumerate() {
            let (mut centre, mut spread) = partial_sums(kernel);
            let mut peak = 0.0;
            let (first, second) = Folded::parts_of(turn);
            for part in [Some(first), second]
                .into_iter()
                .flatten()
                .map(|part| &folded.parts[part])
            {
                // Four samples add up to 4c ± 4h, or to ± 4h with half of them subtracted.
                let (sums, magnitudes) = partial_sums(&part.weights);
                if part.symmetry == Symmetry::ALL[0] {
                    centre += 4.0 * sums;
                }
                spread += 4.0 * magnitudes;
                // Two sums of two and one of four, each rounded.
                peak += 8.0 * magnitude(&part.weights);
            }
            // The sum of the parts is rounded, too.
            peak += magnitude(kernel);
            let unfolded = folded.unfolded(turn);
            let moved = kernel
                .iter()
                .zip(unfolded)
                .map(|(weight, other)| (f64::from(*weight) - other).abs());
            let moved = moved.sum::<f64>();
            margin.centre = margin.centre.max(ROUNDING * centre);
            margin.spread = margin.spread.max(ROUNDING * spread);
            margin.peak = margin.peak.max(ROUNDING * peak + moved);
        }
        margin
    }

    /// The bound for samples from `least` to `most`.
    pub fn bound(&self, least: f32, most: f32) -> f64 {
        let (least, most) = (f64::from(least), f64::from(most));
        let (centre, spread) = ((most + least).abs() / 2.0, (most - least) / 2.0);
        self.centre * centre + self.spread * spread + self.peak * least.abs().max(most.abs())
    }
}
