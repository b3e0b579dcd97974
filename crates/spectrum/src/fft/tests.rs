//! Every length against rustfft in double precision.

use num_complex::Complex;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rustfft::FftPlanner;

use super::*;
use dftective_simd::{LANES, Line};

fn random(length: usize) -> Vec<Bundle<f64>> {
    let mut rng = ChaCha8Rng::seed_from_u64(length as u64);
    let mut line = || Line(std::array::from_fn(|_| rng.gen_range(-1.0..1.0)));
    (0..length)
        .map(|_| Bundle {
            re: line(),
            im: line(),
        })
        .collect()
}

/// Largest error of any coefficient, in units of the root mean square of all.
fn error<T: Sample>(length: usize) -> f64 {
    let given = random(length);
    let narrow = |line: &Line<f64>| Line(line.0.map(T::nearest));
    let mut data: Vec<Bundle<T>> = given
        .iter()
        .map(|x| Bundle {
            re: narrow(&x.re),
            im: narrow(&x.im),
        })
        .collect();
    let fft = Fft::<T>::new(length);
    let poison = Bundle {
        re: Line([T::nan(); LANES]),
        im: Line([T::nan(); LANES]),
    };
    let mut scratch = vec![poison; fft.scratch()];
    fft.forward(&mut data, &mut scratch);
    let found: Vec<_> = fft.places().iter().map(|place| data[*place as usize]).collect();
    assert_eq!(found.len(), length);
    let oracle = FftPlanner::<f64>::new().plan_fft_forward(length);
    let (mut worst, mut squares) = (0.0_f64, 0.0);
    for lane in 0..LANES {
        let mut expected: Vec<_> = given
            .iter()
            .map(|x| Complex::new(x.re.0[lane], x.im.0[lane]))
            .collect();
        oracle.process(&mut expected);
        for (found, expected) in found.iter().zip(expected) {
            let wide = |value: T| value.to_f64().unwrap();
            let difference = Complex::new(wide(found.re.0[lane]), wide(found.im.0[lane])) - expected;
            worst = if difference.norm() >= worst {
                difference.norm()
            } else {
                worst
            };
            assert!(!difference.re.is_nan() && !difference.im.is_nan());
            squares += expected.norm_sqr();
        }
    }
    worst / (squares / (LANES * length) as f64).sqrt()
}

/// A pass rounds each value some four times, and there are at most log₂ N passes; a sum over a prime P rounds
/// √P-fold, at most 11; Bluestein's three passes over 2N points triple it. Errors add as squares, so a hundred
/// roundings' worth bounds the largest of some thousand coefficients: 100·2⁻⁵³ and 100·2⁻²⁴.
#[test]
fn equals_rustfft() {
    let lengths = (1..=130).chain([
        178, 218, 227, 256, 300, 341, 343, 360, 512, 625, 729, 1000, 1009, 1024, 2022,
    ]);
    for length in lengths {
        assert!(
            error::<f64>(length) < 100.0 * f64::EPSILON / 2.0,
            "{length}: {}",
            error::<f64>(length)
        );
        assert!(
            error::<f32>(length) < 100.0 * f64::from(f32::EPSILON) / 2.0,
            "{length}: {}",
            error::<f32>(length)
        );
    }
}
