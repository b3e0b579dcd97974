use ndarray::{Array2, Axis, s};
use proptest::prelude::*;
use rand::Rng;

use super::*;

/// `groups` clouds of `each` points in `dimensions`, the centres as far apart as five deviations and more.
fn clouds(groups: usize, each: usize, dimensions: usize) -> Array2<f64> {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    Array2::from_shape_fn((groups * each, dimensions), |(i, j)| {
        let centre = if j == i / each { 5.0 } else { 0.0 };
        centre + rng.gen_range(-1.0..1.0) + rng.gen_range(-1.0..1.0)
    })
}

fn start(points: &Array2<f64>) -> Array2<f64> {
    points.slice(s![.., ..2]).to_owned()
}

fn entropy(probabilities: &[f64]) -> f64 {
    let terms = probabilities.iter().filter(|p| **p > 0.0);
    terms.map(|p| -p * p.ln()).sum()
}

#[test]
fn neighbourhoods_have_the_perplexity_asked_for() {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    // Distances of any unit, evenly spread and by powers of ten.
    for scale in [1e-12, 1.0, 1e9] {
        let even: Vec<f64> = (0..300).map(|_| scale * rng.gen_range(0.5..2.0)).collect();
        let wide: Vec<f64> = (0..300)
            .map(|_| scale * 10f64.powf(rng.gen_range(-6.0..6.0)))
            .collect();
        for distances in [even, wide] {
            for perplexity in [2.0, 30.0, 250.0] {
                let found = probabilities(distances.clone(), perplexity);
                assert!((found.iter().sum::<f64>() - 1.0).abs() < 1e-12);
                let missed = entropy(&found) - f64::ln(perplexity);
                assert!(missed.abs() < 2.0 * ENTROPY_TOLERANCE, "{perplexity}: {missed}");
                // Nearer points have more.
                let mut order: Vec<usize> = (0..300).collect();
                order.sort_by(|&a, &b| distances[a].total_cmp(&distances[b]));
                assert!(order.is_sorted_by(|&a, &b| found[a] >= found[b]));
            }
        }
    }
}

#[test]
fn ties_share_what_is_nearest() {
    // Forty equal distances have an entropy of ln 40 at least.
    let found = probabilities([vec![1.0; 40], vec![2.0; 10]].concat(), 30.0);
    assert!(
        found[..40].iter().all(|p| (p - 1.0 / 40.0).abs() < 1e-9),
        "{found:?}"
    );
    assert!(found[40..].iter().all(|p| *p < 1e-9));
    let equal = probabilities(vec![7.0; 12], 5.0);
    assert!(equal.iter().all(|p| (p - 1.0 / 12.0).abs() < 1e-12));
    assert_eq!(probabilities(vec![0.0], 1.0), [1.0]);
}

#[test]
fn affinities_are_symmetric_with_sum_one() {
    let points = clouds(3, 15, 4);
    let found = affinities(points.view(), 10.0);
    let sum: f64 = found.iter().flatten().sum();
    assert!((sum - 1.0).abs() < 1e-12);
    for (i, row) in found.iter().enumerate() {
        assert_eq!(row[i], 0.0);
        assert!((0..45).all(|j| row[j] == found[j][i]));
    }
}

/// The divergence by its definition, without anything of the code but the affinities.
fn slow_divergence(p: &[Vec<f64>], at: &[Vec<f64>; 2]) -> f64 {
    let n = p.len();
    let near =
        |i: usize, j: usize| 1.0 / (1.0 + (at[0][i] - at[0][j]).powi(2) + (at[1][i] - at[1][j]).powi(2));
    let pairs = || (0..n).flat_map(|i| (0..n).filter(move |&j| j != i).map(move |j| (i, j)));
    let all: f64 = pairs().map(|(i, j)| near(i, j)).sum();
    pairs()
        .map(|(i, j)| p[i][j] * (p[i][j] / (near(i, j) / all)).ln())
        .sum()
}

#[test]
fn the_gradient_is_the_slope_of_the_divergence() {
    let points = clouds(3, 9, 4);
    let p = affinities(points.view(), 8.0);
    let mut rng = ChaCha8Rng::seed_from_u64(9);
    let mut places = || (0..27).map(|_| rng.gen_range(-2.0..2.0)).collect::<Vec<f64>>();
    let at = [places(), places()];
    let expected = slow_divergence(&p, &at);
    assert!((divergence(&p, &at) - expected).abs() < 1e-12, "{expected}");
    let found = gradient(&p, &at, 1.0);
    for axis in 0..2 {
        for i in 0..27 {
            const STEP: f64 = 1e-5;
            let moved = |by: f64| {
                let mut at = at.clone();
                at[axis][i] += by;
                slow_divergence(&p, &at)
            };
            let slope = (moved(STEP) - moved(-STEP)) / (2.0 * STEP);
            // A third derivative of order 1 times STEP²/6, and rounding of 1e-16 over STEP: both 1e-11.
            assert!(
                (found[axis][i] - slope).abs() < 1e-9,
                "{} {slope}",
                found[axis][i]
            );
        }
    }
}

/// Lanes and the rest after them, at every length.
#[test]
fn sums_of_a_row_are_those_of_a_plain_loop() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    for n in 0..40 {
        let mut values = || (0..n).map(|_| rng.gen_range(-3.0..3.0)).collect::<Vec<f64>>();
        let (p, x, y) = (values(), values(), values());
        let at = (0.3, -0.7);
        let mut expected = [0.0; 5];
        for j in 0..n {
            let (dx, dy) = (at.0 - x[j], at.1 - y[j]);
            let w = 1.0 / (1.0 + dx * dx + dy * dy);
            let terms = [w, p[j] * w * dx, p[j] * w * dy, w * w * dx, w * w * dy];
            for (sum, term) in expected.iter_mut().zip(terms) {
                *sum += term;
            }
        }
        // Forty terms below 10 in another order.
        for (found, expected) in sums_of_row(&p, &x, &y, at).iter().zip(expected) {
            assert!((found - expected).abs() < 1e-13, "{n}: {found} {expected}");
        }
    }
}

#[test]
fn clouds_stay_together() {
    let points = clouds(4, 40, 10);
    let found = tsne(points.view(), start(&points).view(), 1).unwrap();
    assert_eq!(found.perplexity, 30.0);
    let nearest = |i: usize| {
        let distance = |j: usize| (found.x[i] - found.x[j]).hypot(found.y[i] - found.y[j]);
        let others = (0..160).filter(|&j| j != i);
        others
            .min_by(|&a, &b| distance(a).total_cmp(&distance(b)))
            .unwrap()
    };
    let together = (0..160).filter(|&i| nearest(i) / 40 == i / 40).count();
    assert_eq!(together, 160);
    // Better than the start is by far.
    let p = affinities(points.view(), 30.0);
    let before = divergence(&p, &Descent::new(start(&points).view(), 1).at);
    assert!(found.divergence < 0.5 * before, "{} {before}", found.divergence);
}

#[test]
fn the_number_of_threads_does_not_matter() {
    let points = clouds(3, 50, 6);
    let run = || tsne(points.view(), start(&points).view(), 4);
    let on = |threads| {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap()
            .install(run)
    };
    let one = on(1);
    assert!(one.is_some());
    assert_eq!(one, on(2));
    assert_eq!(one, on(7));
    let other_seed = tsne(points.view(), start(&points).view(), 5);
    assert_ne!(one, other_seed);
}

#[test]
fn few_and_equal_points_have_places() {
    let all = clouds(2, 20, 3);
    for n in [2, 3, 4, 5] {
        let points = all.select(Axis(0), &(0..n).collect::<Vec<_>>());
        let found = tsne(points.view(), start(&points).view(), 1).unwrap();
        assert_eq!((found.x.len(), found.y.len()), (n, n));
        assert!(found.perplexity >= 1.0);
    }
    for equal in [2, 50] {
        let points = Array2::from_elem((equal, 4), 2.5);
        let found = tsne(points.view(), start(&points).view(), 1).unwrap();
        assert!(found.divergence.is_finite() && found.x.iter().all(|x| x.is_finite()));
    }
    // One far away from many that are equal.
    let mut points = Array2::zeros((60, 3));
    points[(0, 0)] = 1e6;
    assert!(tsne(points.view(), start(&points).view(), 1).is_some());
}

#[test]
fn what_has_no_map() {
    let none = Array2::<f64>::zeros((0, 3));
    assert_eq!(tsne(none.view(), start(&none).view(), 1), None);
    let one = Array2::<f64>::zeros((1, 3));
    assert_eq!(tsne(one.view(), start(&one).view(), 1), None);
    let mut points = clouds(2, 10, 3);
    let start = start(&points);
    assert_eq!(tsne(points.view(), start.slice(s![..5, ..]), 1), None);
    points[(3, 1)] = f64::NAN;
    assert_eq!(tsne(points.view(), start.view(), 1), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Few values, many of them equal, of any size.
    #[test]
    fn maps_of_anything_are_finite(
        values in prop::collection::vec(0..3i8, 3 * 2..3 * 40),
        power in -150..150i32,
    ) {
        let unit = 10f64.powi(power);
        let points = Array2::from_shape_fn((values.len() / 3, 3), |(i, j)| unit * f64::from(values[3 * i + j]));
        let found = tsne(points.view(), start(&points).view(), 5).expect("two points and more");
        prop_assert!(found.x.iter().chain(&found.y).all(|place| place.is_finite()));
        prop_assert!(found.divergence >= -1e-9, "{}", found.divergence);
    }
}
