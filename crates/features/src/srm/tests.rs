use std::collections::BTreeMap;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::super::cooccurrence::Digits;
use super::super::testing::{features, keeps_to_the_contract, noise, picture};
use super::residual::{self, Residual};
use super::submodels::SQUARE5;
use super::*;

type Matrix = Vec<Vec<f64>>;

/// The rounded, clipped responses at all places where the kernel lies inside, `margin` pixels from the border.
fn residuals(luma: &Plane, kernel: &Matrix, margin: usize, unit: f64) -> Vec<Vec<i64>> {
    let middle = |length: usize| (length - 1) / 2;
    let (top, left) = (middle(kernel.len()), middle(kernel[0].len()));
    let response = |y: usize, x: usize| {
        let mut sum = 0.0;
        for (i, row) in kernel.iter().enumerate() {
            for (j, weight) in row.iter().enumerate() {
                sum += weight * f64::from(luma.samples[(y + i - top) * luma.width + x + j - left]);
            }
        }
        (sum / unit).round_ties_even().clamp(-2.0, 2.0) as i64
    };
    (margin..luma.height - margin)
        .map(|y| (margin..luma.width - margin).map(|x| response(y, x)).collect())
        .collect()
}

fn class_of([a, b, c, d]: [i64; 4]) -> [i64; 4] {
    let equal = [[a, b, c, d], [d, c, b, a], [-a, -b, -c, -d], [-d, -c, -b, -a]];
    equal.into_iter().min().unwrap()
}

/// A plane of residuals, and the rows and columns to the next one in a tuple.
type Scanned<'a> = (&'a [Vec<i64>], (usize, usize));

/// Relative frequencies of four neighbours, averaged over the planes and summed over what is equal up to direction and
/// sign.
fn submodel(scans: &[Scanned]) -> Vec<f64> {
    let mut frequencies: BTreeMap<[i64; 4], f64> = (0..625_i64)
        .map(|number| (class_of([125, 25, 5, 1].map(|place| number / place % 5 - 2)), 0.0))
        .collect();
    for (residuals, (dy, dx)) in scans {
        let (height, width) = (residuals.len() - 3 * dy, residuals[0].len() - 3 * dx);
        for y in 0..height {
            for x in 0..width {
                let tuple = [0, 1, 2, 3].map(|k| residuals[y + k * dy][x + k * dx]);
                let weight = 1.0 / (scans.len() * width * height) as f64;
                *frequencies.get_mut(&class_of(tuple)).unwrap() += weight;
            }
        }
    }
    frequencies.into_values().collect()
}

fn transpose(kernel: &Matrix) -> Matrix {
    (0..kernel[0].len())
        .map(|x| kernel.iter().map(|row| row[x]).collect())
        .collect()
}

fn flip(kernel: &Matrix) -> Matrix {
    kernel.iter().rev().cloned().collect()
}

fn upper(kernel: &Matrix) -> Matrix {
    let half = kernel.len() / 2;
    let rows = kernel.iter().enumerate();
    rows.map(|(y, row)| row.iter().map(|w| if y <= half { *w } else { 0.0 }).collect())
        .collect()
}

/// The family by its definition, one tuple at a time.
fn plainly(luma: &Plane) -> Vec<f64> {
    let square3 = vec![vec![-1.0, 2.0, -1.0], vec![2.0, -4.0, 2.0], vec![-1.0, 2.0, -1.0]];
    let square5 = vec![
        vec![-1.0, 2.0, -2.0, 2.0, -1.0],
        vec![2.0, -6.0, 8.0, -6.0, 2.0],
        vec![-2.0, 8.0, -12.0, 8.0, -2.0],
        vec![2.0, -6.0, 8.0, -6.0, 2.0],
        vec![-1.0, 2.0, -2.0, 2.0, -1.0],
    ];
    const RIGHT: (usize, usize) = (0, 1);
    const DOWN: (usize, usize) = (1, 0);
    let mut features = Vec::new();
    // Along and across: kernels along the rows, then their transposes, which lie along the columns.
    let directed = |kernels: &[Matrix], margin, unit| {
        let found = |kernel: &Matrix| residuals(luma, kernel, margin, unit);
        let rows: Vec<_> = kernels.iter().map(found).collect();
        let columns: Vec<_> = kernels.iter().map(|kernel| found(&transpose(kernel))).collect();
        let scans = |of_rows, of_columns| {
            let rows = rows.iter().map(|found| (found.as_slice(), of_rows));
            let columns = columns.iter().map(|found| (found.as_slice(), of_columns));
            submodel(&rows.chain(columns).collect::<Vec<_>>())
        };
        [scans(RIGHT, DOWN), scans(DOWN, RIGHT)].concat()
    };
    features.extend(directed(&[vec![vec![-1.0, 1.0]]], 2, 1.0));
    features.extend(directed(&[vec![vec![1.0, -2.0, 1.0]]], 2, 2.0));
    features.extend(directed(&[vec![vec![1.0, -3.0, 3.0, -1.0]]], 2, 3.0));
    for (kernel, margin, unit) in [(&square3, 1, 4.0), (&square5, 2, 12.0)] {
        let found = residuals(luma, kernel, margin, unit);
        features.extend(submodel(&[(&found, RIGHT), (&found, DOWN)]));
    }
    for (kernel, margin, unit) in [(&square3, 1, 4.0), (&square5, 2, 12.0)] {
        let upper = upper(kernel);
        features.extend(directed(&[flip(&upper), upper], margin, unit));
    }
    features
}

/// The plane's sixteenths make every response exact in either precision, so that all counts are equal. A relative
/// frequency is then the sum of at most 4 · 4 products with a relative error of 2⁻⁵² each.
#[test]
fn as_the_definition_has_it() {
    let family = Srm::default();
    for (width, height) in [(8, 8), (9, 8), (8, 11), (41, 34), (68, 10), (69, 9), (133, 20)] {
        let image = noise(width, height);
        let expected = plainly(&image.planes.as_ref().unwrap().y);
        let found = features(&family, &image);
        assert_eq!(found.len(), expected.len());
        for ((found, expected), name) in found.iter().zip(&expected).zip(family.names()) {
            assert!((found - expected).abs() <= 1e-13, "{name}: {found} {expected}");
        }
    }
}

#[test]
fn every_submodel_adds_up_to_one() {
    let found = features(&Srm::default(), &noise(64, 48));
    for submodel in found.chunks(169) {
        assert!((submodel.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        // Noise that no residual told from nothing would be no test.
        assert!(submodel.iter().filter(|frequency| **frequency > 0.0).count() > 40);
    }
}

#[test]
fn keeps_to_it() {
    let family = Srm::default();
    keeps_to_the_contract(&family, 2028, 8);
    let names = family.names();
    assert_eq!(names[0], "srm_first_along_-2_-2_-2_-2");
    assert_eq!(names[2027], "srm_edge5_across_0_0_0_0");
}

/// A plane with next to no texture, however bright, and a slope, which every kernel but the first order's takes for flat.
#[test]
fn flat_planes_and_slopes_have_no_residuals() {
    let family = Srm::default();
    let names = family.names();
    let flat = picture(16, 12, |x, _| 200.25 + (x % 2) as f32 / 64.0, |_, _| [0; 3]);
    let slope = picture(16, 12, |x, y| (3 * x + 2 * y) as f32, |_, _| [0; 3]);
    for (image, orders) in [(flat, 0), (slope, 2)] {
        for (name, value) in names.iter().zip(features(&family, &image)).skip(orders * 169) {
            let expected = f64::from(u8::from(name.ends_with("_0_0_0_0")));
            assert!((value - expected).abs() < 1e-12, "{name}: {value}");
        }
    }
}

/// On values as they come from an inverse DCT the order and the rounding of the sum decide at thresholds: a response is
/// a chain of fused multiply-adds, tap after tap.
#[test]
fn responses_are_summed_in_single_precision() {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let mut digits = Digits::default();
    let residual = Residual::new(SQUARE5, 12.0);
    for (width, height) in [(64 + 4, 9), (200, 8), (21, 30)] {
        let plane: Vec<f32> = (0..width * height).map(|_| rng.gen_range(100.0..112.0)).collect();
        residual.quantise(&plane, width, height, &mut digits);
        for y in 0..height - 4 {
            for x in 0..width - 4 {
                let mut sum = 0.0_f32;
                for (i, row) in SQUARE5.iter().enumerate() {
                    for (j, weight) in row.iter().enumerate() {
                        sum = f32::from(*weight).mul_add(plane[(y + i) * width + x + j], sum);
                    }
                }
                let expected = (sum / 12.0).round_ties_even().clamp(-2.0, 2.0) + 2.0;
                assert_eq!(f32::from(digits.row(y)[x]), expected, "{x} {y}: {sum}");
            }
        }
    }
}

/// Comparing with thresholds is dividing and rounding, for all numbers around the thresholds and many others.
#[test]
fn thresholds_round_halves_to_even() {
    let mut rng = ChaCha8Rng::seed_from_u64(6);
    for unit in [1.0_f32, 2.0, 3.0, 4.0, 12.0] {
        let check = |response: f32| {
            let expected = (response / unit).round_ties_even().clamp(-2.0, 2.0) + 2.0;
            assert_eq!(
                f32::from(residual::digit(response, unit)),
                expected,
                "{response} / {unit}"
            );
        };
        for threshold in [0.0, 0.5, 1.0, 1.5, 2.0, 2.5] {
            let mut response = threshold * unit;
            for _ in 0..5000 {
                check(response);
                check(-response);
                response = response.next_down();
            }
            response = threshold * unit;
            for _ in 0..5000 {
                response = response.next_up();
                check(response);
                check(-response);
            }
        }
        for _ in 0..20_000 {
            check(rng.gen_range(-3.0..3.0) * unit);
        }
    }
}
