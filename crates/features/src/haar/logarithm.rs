//! A natural logarithm that compiles to vectors.

use std::f64::consts::LN_2;

/// ln x of a positive, normal number, to 3e-14.
///
/// x = m·2ᵉ with m between √½ and √2; then ln m = 2·artanh s, s = (m − 1)/(m + 1), by its series in s², which at
/// |s| ≤ 0.172 leaves less than 2·s¹⁹/19/(1 − s²) < 4e-16 after the term in s¹⁷.
#[inline(always)]
pub(super) fn ln(x: f32) -> f64 {
    let bits = x.to_bits().cast_signed();
    let exponent = (bits - SQRT_HALF) >> MANTISSA_BITS;
    let m = f64::from(f32::from_bits(
        (bits - (exponent << MANTISSA_BITS)).cast_unsigned(),
    ));
    let s = (m - 1.0) / (m + 1.0);
    let square = s * s;
    let series = (0..=8).rev().fold(0.0, |series, term| {
        series * square + 1.0 / f64::from(2 * term + 1)
    });
    f64::from(exponent) * LN_2 + 2.0 * s * series
}

const MANTISSA_BITS: u32 = 23;

/// The bits of √½.
const SQRT_HALF: i32 = std::f32::consts::FRAC_1_SQRT_2.to_bits().cast_signed();

#[cfg(test)]
mod tests {
    use super::ln;

    /// Every exponent a coefficient can have, with both ends of every interval of the reduction. Up to 1e30 the sum and
    /// the multiple of ln 2 are below 128, where half a unit in the last place is 7e-15; twice that, and as much again
    /// for the standard library's, is 3e-14.
    #[test]
    fn as_the_standard_library_has_it() {
        let mut x = 1e-3_f32;
        while x < 1e30 {
            let error = (ln(x) - f64::from(x).ln()).abs();
            assert!(error <= 3e-14, "{x}: {error:e}");
            x *= 1.000_1;
        }
        for exponent in -9..100 {
            let power = 2_f32.powi(exponent);
            assert_eq!(ln(power), f64::from(exponent) * std::f64::consts::LN_2);
            for m in [std::f32::consts::FRAC_1_SQRT_2, std::f32::consts::SQRT_2] {
                for x in [(m * power).next_down(), m * power, (m * power).next_up()] {
                    assert!((ln(x) - f64::from(x).ln()).abs() <= 3e-14, "{x}");
                }
            }
        }
    }
}
