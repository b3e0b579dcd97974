//! First digits of requantised DCT coefficients, beside Benford's law.

use super::blocks::{CHANNELS, luma_blocks};
use super::{FeatureError, FixedFamily, Workspace};
use dftective_decode::{Channels, Decoded, standard_table};

/// First digits of luma's DCT coefficients after five requantisations: 120 features.
///
/// After Bonettini, Bestagini, Milani and Tubaro, "On the use of Benford's law to detect GAN-generated images" (ICPR
/// 2020). The coefficients c of every whole block (a JPEG's own, dequantised; of other pictures the DCT of Y − 128, on
/// the grid of [`Planes::grid`](dftective_decode::Planes::grid)) are quantised again by the standard luma tables t of
/// qualities 100, 90, 80, 70 and 60: ⌊|c|/t + ½⌋. Of those that are not zero the first decimal digits d are counted. With p
/// their distribution and b(d) = log₁₀(1 + 1/d) Benford's, each quality gives 24 features:
///
/// * p(1), …, p(9) over the first twelve AC frequencies of the zigzag order together;
/// * for each of the first five alone, with α = 0.3 and S(p, b) = Σ p^α·b^(1−α), the divergences of Jensen and Shannon
///   ½Σ p·ln(2p/(p+b)) + ½Σ b·ln(2b/(p+b)), of Rényi (ln S(p, b) + ln S(b, p))/(α − 1), and of Tsallis
///   (S(p, b) + S(b, p) − 2)/(α − 1).
///
/// Where every coefficient of a kind is zero, p is taken as b; where all are at quality 100, there are no features. The paper fits a generalised law first and uses more bases.
///
/// Small, and sees the number of compressions and the size of coefficients rather than their arrangement; AUC .66 on
/// 256² faces of equal quality.
#[derive(Clone, Copy, Debug, Default)]
pub struct Benford;

const QUALITIES: [u8; 5] = [100, 90, 80, 70, 60];

/// The first AC frequencies in zigzag order: 8·j + k for vertical frequency j and horizontal frequency k.
const FREQUENCIES: [usize; 12] = [1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18];

/// Of these, how many have divergences of their own.
const ALONE: usize = 5;

const ALPHA: f64 = 0.3;

/// Benford's law: the share of each first digit 1 to 9.
fn law() -> [f64; 9] {
    std::array::from_fn(|i| (1.0 + 1.0 / (i + 1) as f64).log10())
}

fn first_digit(mut number: u32) -> u32 {
    while number >= 10 {
        number /= 10;
    }
    number
}

/// Shares of the digits counted; Benford's own where none was.
fn shares(counts: &[u32; 9]) -> [f64; 9] {
    match counts.iter().sum::<u32>() {
        0 => law(),
        total => counts.map(|count| f64::from(count) / f64::from(total)),
    }
}

/// Divergences of Jensen and Shannon, Rényi, Tsallis, all symmetric.
fn divergences(p: &[f64; 9]) -> [f64; 3] {
    let law = law();
    let pairs = || p.iter().copied().zip(law);
    let term = |value: f64, other: f64| {
        if value > 0.0 {
            value * (2.0 * value / (value + other)).ln()
        } else {
            0.0
        }
    };
    let jensen: f64 = pairs().map(|(p, b)| 0.5 * (term(p, b) + term(b, p))).sum();
    let there: f64 = pairs().map(|(p, b)| p.powf(ALPHA) * b.powf(1.0 - ALPHA)).sum();
    let back: f64 = pairs().map(|(p, b)| b.powf(ALPHA) * p.powf(1.0 - ALPHA)).sum();
    let renyi = (there.ln() + back.ln()) / (ALPHA - 1.0);
    [jensen, renyi, (there + back - 2.0) / (ALPHA - 1.0)]
}

fn digit_counts(blocks: &[[f32; 64]], frequency: usize, step: u16) -> [u32; 9] {
    let mut counts = [0; 9];
    for block in blocks {
        let level = (f64::from(block[frequency].abs()) / f64::from(step) + 0.5) as u32;
        if level > 0 {
            counts[first_digit(level) as usize - 1] += 1;
        }
    }
    counts
}

impl FixedFamily for Benford {
    const NAME: &'static str = "benford";
    const CHANNELS: Channels = CHANNELS;
    const IS_HISTOGRAM: bool = false;
    /// For one block.
    const NEEDED: u32 = 8;

    fn constants(&self) -> String {
        "y".to_owned()
    }

    /// For each quality Q `benford_qQ_digit_1` to `_9`, then `benford_qQ_J_K_jensen_shannon`, `_renyi` and `_tsallis` for
    /// vertical frequency J and horizontal frequency K.
    fn names(&self) -> Vec<String> {
        let mut columns = Vec::new();
        for quality in QUALITIES {
            columns.extend((1..10).map(|digit| format!("benford_q{quality}_digit_{digit}")));
            for frequency in &FREQUENCIES[..ALONE] {
                let (down, across) = (frequency / 8, frequency % 8);
                columns.extend(
                    ["jensen_shannon", "renyi", "tsallis"]
                        .map(|name| format!("benford_q{quality}_{down}_{across}_{name}")),
                );
            }
        }
        columns
    }

    fn compute(
        &self,
        image: &Decoded,
        workspace: &mut Workspace,
        features: &mut Vec<f64>,
    ) -> Result<(), FeatureError> {
        let blocks = &mut workspace.blocks;
        luma_blocks(image, Self::NAME, blocks)?;
        for quality in QUALITIES {
            let table = standard_table(quality);
            let counts = FREQUENCIES.map(|frequency| digit_counts(blocks, frequency, table[frequency]));
            let together = std::array::from_fn(|digit| counts.iter().map(|count| count[digit]).sum());
            // The first table's steps are 1: what it leaves nothing of, none does.
            if quality == QUALITIES[0] && together == [0; 9] {
                return Err(FeatureError::Constant {
                    family: Self::NAME,
                    what: "none of its coefficients has a digit",
                });
            }
            features.extend(shares(&together));
            for count in &counts[..ALONE] {
                features.extend(divergences(&shares(count)));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Family;
    use crate::tests::{fixtures, same_bits};

    #[test]
    fn digits_are_counted_after_rounding_half_up() {
        let mut blocks = vec![[0f32; 64]; 7];
        // Over 10: .4, .5, 1.4, 9.5, 99.4, 99.5, 345: levels 0, 1, 1, 10, 99, 100, 345.
        for (block, value) in blocks
            .iter_mut()
            .zip([4.0, -5.0, 14.0, 95.0, 994.0, -995.0, 3450.0])
        {
            block[9] = value;
        }
        assert_eq!(digit_counts(&blocks, 9, 10), [4, 0, 1, 0, 0, 0, 0, 0, 1]);
        assert_eq!(digit_counts(&blocks, 8, 10), [0; 9]);
        assert_eq!(shares(&[4, 0, 1, 0, 0, 0, 0, 0, 3])[..3], [0.5, 0.0, 0.125]);
        assert_eq!([1, 9, 10, 99, 30_000].map(first_digit), [1, 9, 1, 9, 3]);
    }

    #[test]
    fn benfords_law_diverges_from_itself_by_nothing() {
        assert!((law().iter().sum::<f64>() - 1.0).abs() < 1e-15);
        assert_eq!(shares(&[0; 9]), law());
        for divergence in divergences(&law()) {
            assert!(divergence.abs() < 1e-15, "{divergence}");
        }
    }

    /// All mass on the digit 1, where the sums have one term: S(p, b) = b^(1−α), S(b, p) = b^α.
    #[test]
    fn a_lone_digit_diverges_as_computed_by_hand() {
        let b = 2f64.log10();
        let found = divergences(&[1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        let rest = (1.0 - b) * 2f64.ln();
        let jensen = 0.5 * ((2.0 / (1.0 + b)).ln() + b * (2.0 * b / (1.0 + b)).ln() + rest);
        let expected = [jensen, b.ln() / -0.7, (b.powf(0.7) + b.powf(0.3) - 2.0) / -0.7];
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-14, "{found} {expected}");
        }
    }

    /// At its own quality a JPEG's levels come back whole: quality 90 of a file of quality 90 counts the stored values.
    #[test]
    fn requantising_at_the_files_own_quality_returns_its_levels() {
        let (_, image) = fixtures()
            .into_iter()
            .find(|(name, _)| name == "420_q90.jpg")
            .unwrap();
        let stored = image.coefficients.as_ref().unwrap();
        let mut counts = [0; 9];
        for y in 0..image.luma.height() as usize / 8 {
            for x in 0..image.luma.width() as usize / 8 {
                for frequency in FREQUENCIES {
                    let value = stored.values[(y * stored.blocks_across() + x) * 64 + frequency];
                    if value != 0 {
                        counts[first_digit(u32::from(value.unsigned_abs())) as usize - 1] += 1;
                    }
                }
            }
        }
        let mut features = Vec::new();
        Benford
            .extract(&image, &mut Workspace::default(), &mut features)
            .unwrap();
        assert_eq!(features[24..33], shares(&counts));
    }

    #[test]
    fn every_kind_of_picture_has_them_in_any_workspace() {
        same_bits(&Benford, &fixtures());
        let columns = Benford.fixed_columns().unwrap();
        assert_eq!(columns.len(), 120);
        let mut distinct = columns.clone();
        distinct.sort();
        distinct.dedup();
        assert_eq!(distinct.len(), 120);
        assert_eq!(
            [columns[8].as_str(), columns[24 + 12].as_str()],
            ["benford_q100_digit_9", "benford_q90_1_0_jensen_shannon"]
        );
    }
}
