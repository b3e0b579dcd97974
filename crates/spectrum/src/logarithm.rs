//! The natural logarithm of a vector.

use std::f64::consts::LN_2;

use dftective_simd::{Sample, Vector};

/// ln x = e·ln 2 + ln m with m in [√½, √2) and, for s = (m − 1)/(m + 1), ln m = 2·artanh s = 2s·(1 + s²/3 + s⁴/5 + …).
/// As |s| ≤ (√2 − 1)/(√2 + 1) < 0.1716, leaving out s^(2n+1) and what follows costs at most
/// 2·0.1716^(2n+1)/((2n + 1)·(1 − 0.0295)): below 8e-10 for the five terms of `f32` and 8.3e-18 for the ten of `f64`,
/// a hundredth and a tenth of one rounding at 1. Zero gives −∞, +∞ and NaN themselves, what is negative nothing of use.
#[inline(always)]
pub(super) fn ln<T: Sample, V: Vector<T>>(x: V) -> V {
    let constant = |value: f64| V::splat(T::nearest(value));
    // The exponent of a subnormal number does not say its size: those are enlarged first.
    let least = V::splat(T::min_positive_value());
    let digits = if size_of::<T>() == 4 {
        f32::MANTISSA_DIGITS
    } else {
        f64::MANTISSA_DIGITS
    };
    let enlarged = x.mul(constant((1_u64 << digits) as f64));
    let offset = x.if_less(least, constant(f64::from(digits) * -LN_2), V::splat(T::zero()));
    let (e, m) = x.if_less(least, enlarged, x).exponent_and_mantissa();
    let one = V::splat(T::one());
    let s = m.sub(one).div(m.add(one));
    let square = s.mul(s);
    let highest: u32 = if size_of::<T>() == 4 { 9 } else { 19 };
    let mut series = constant(2.0 / f64::from(highest));
    let mut power = highest;
    while power > 1 {
        power -= 2;
        series = series.mul_add(square, constant(2.0 / f64::from(power)));
    }
    let finite = s.mul_add(series, e.mul_add(constant(LN_2), offset));
    let positive = V::splat(T::zero()).if_less(x, finite, V::splat(T::neg_infinity()));
    x.if_less(V::splat(T::infinity()), positive, x)
}

#[cfg(test)]
mod tests {
    use super::*;
    use dftective_simd::{Kernel, LANES, Line};

    struct Logarithm<T>(Line<T>);

    impl<T: Sample> Kernel<T> for Logarithm<T> {
        type Output = Line<T>;

        #[inline(always)]
        fn run<V: Vector<T>>(self) -> Line<T> {
            let mut result = self.0;
            for part in 0..V::PARTS {
                ln(V::load(&self.0, part)).store(&mut result, part);
            }
            result
        }
    }

    fn check<T: Sample>(values: &[f64]) {
        let epsilon = T::epsilon().to_f64().unwrap();
        dftective_simd::with_each_width(|width| {
            for chunk in values.chunks(LANES) {
                let mut line = Line([T::one(); LANES]);
                for (sample, value) in line.0.iter_mut().zip(chunk) {
                    *sample = T::nearest(*value);
                }
                let result = dftective_simd::run(Logarithm(line));
                for (x, found) in line.0.iter().zip(result.0) {
                    let (x, found) = (x.to_f64().unwrap(), found.to_f64().unwrap());
                    let expected = x.ln();
                    if expected.is_finite() {
                        // Four roundings: of s, of the series times s (at most 0.35), of e·ln 2 and of the sum.
                        let bound = epsilon * (0.35 * 1.5 + 1.5 * expected.abs());
                        assert!(
                            (found - expected).abs() <= bound,
                            "{width:?} ln {x:e}: {found} instead of {expected}"
                        );
                    } else {
                        assert!(
                            found == expected || found.is_nan() && expected.is_nan(),
                            "ln {x:e}: {found}"
                        );
                    }
                }
            }
        });
    }

    #[test]
    fn every_size_of_number() {
        let mantissas = [
            1.0,
            1.0 + f64::EPSILON,
            1.2,
            1.414,
            std::f64::consts::SQRT_2,
            1.42,
            1.7,
            2.0 - f64::EPSILON,
        ];
        let scaled = |lowest: i32, highest: i32| -> Vec<f64> {
            (lowest..highest)
                .flat_map(|e| mantissas.map(|m| m * 2_f64.powi(e)))
                .collect()
        };
        check::<f32>(&scaled(-149, 128));
        // Each mantissa of `f32` between ½ and 2, by steps that share no factor with their number.
        check::<f32>(
            &(0..1 << 24)
                .step_by(997)
                .map(|i| 0.5 + f64::from(i) * 2_f64.powi(-24) * 1.5)
                .collect::<Vec<_>>(),
        );
        check::<f64>(&scaled(-1022, 1024));
        check::<f64>(&[
            5e-324,
            1e-310,
            f64::MIN_POSITIVE,
            0.0,
            f64::INFINITY,
            f64::NAN,
            1.0,
        ]);
        check::<f32>(&[0.0, f64::INFINITY, f64::NAN, 1e-45, 1e-40]);
    }
}
