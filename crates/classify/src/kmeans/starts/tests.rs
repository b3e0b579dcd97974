use super::*;
use crate::kmeans::{settle, tests::normal};

fn naive_nearest(x: &Array2<f64>, centroids: &Array2<f64>) -> Vec<usize> {
    let distance = |row: usize, c: usize| (&x.row(row) - &centroids.row(c)).mapv(|v| v * v).sum();
    (0..x.nrows())
        .map(|row| least((0..centroids.nrows()).map(|c| distance(row, c))).1)
        .collect()
}

/// Lloyd's algorithm as one would write it first.
fn naive_lloyd(x: &Array2<f64>, mut centroids: Array2<f64>) -> Vec<usize> {
    loop {
        let members = naive_nearest(x, &centroids);
        for (c, mut centroid) in centroids.outer_iter_mut().enumerate() {
            let of_c: Vec<usize> = (0..x.nrows()).filter(|&row| members[row] == c).collect();
            if let Some(mean) = x.select(Axis(0), &of_c).mean_axis(Axis(0)) {
                centroid.assign(&mean);
            }
        }
        if naive_nearest(x, &centroids) == members {
            return members;
        }
    }
}

/// The values are continuous, so that no row is equally near to two centroids.
#[test]
fn runs_end_where_the_naive_algorithm_ends() {
    for (n, d, k) in [(7, 3, 2), (600, 1, 4), (1500, 9, 2), (700, 20, 7), (90, 2, 40)] {
        for offset in [0.0, 1e5] {
            let x = normal(n, d, k as u64) + offset;
            let starts = Starts::new(x.view());
            let mut runs = starts.seed(k, 3..8, 11);
            let seeds: Vec<_> = runs.iter().map(|run| run.centroids.clone()).collect();
            starts.descend(&mut runs, 1000);
            for (mut run, seeds) in runs.into_iter().zip(seeds) {
                assert!(run.ended);
                let (members, converged) = settle(x.view(), &mut run.centroids, 1000);
                assert!(converged);
                let members: Vec<usize> = members.iter().map(|m| m.1).collect();
                assert_eq!(members, naive_lloyd(&x, seeds), "{n} {d} {k} {offset}");
            }
        }
    }
}

#[test]
fn distances_are_those_of_the_formula() {
    for offset in [0.0, 1e9] {
        let x = normal(700, 20, 5) + offset;
        let points = x.select(Axis(0), &[3, 600, 3]);
        let blocks = Starts::new(x.view()).distances(&points, |first, block| (first, block));
        let mut rows = 0;
        for (first, block) in blocks {
            assert_eq!(first, rows);
            rows += block.nrows();
            for ((row, column), found) in block.indexed_iter() {
                let expected = squared_distance(&x.row(first + row).to_vec(), &points.row(column).to_vec());
                // ‖x‖ < (5 + offset)√20, ‖c′‖ < 5√20, and sums of 20 products round 20 times by ε/2 of them; three
                // such sums.
                let error = 30.0 * f64::EPSILON * 20.0 * 5.0 * (5.0 + offset);
                assert!((found - expected).abs() < error, "{found} {expected} {error}");
            }
        }
        assert_eq!(rows, 700);
    }
}

#[test]
fn far_groups_get_one_seed_each() {
    // Six groups 1000 apart, rows of a group 0.1 apart: another row of the same group has 10⁻⁸ of the weight.
    let x = Array2::from_shape_fn((600, 2), |(row, _)| 1000.0 * (row % 6) as f64) + 0.1 * normal(600, 2, 0);
    for run in Starts::new(x.view()).seed(6, 0..20, 3) {
        let mut groups: Vec<i64> = run
            .centroids
            .column(0)
            .iter()
            .map(|v| (v / 1000.0).round() as i64)
            .collect();
        groups.sort_unstable();
        assert_eq!(groups, [0, 1, 2, 3, 4, 5]);
    }
}

#[test]
fn rows_are_drawn_by_weight() {
    for (weights, shares) in [
        ([0.0, 1.0, 3.0, 0.0], [0.0, 0.25, 0.75, 0.0]),
        ([0.0; 4], [0.25; 4]),
        ([f64::INFINITY; 4], [0.25; 4]),
    ] {
        let drawn = draw(&mut stream(5, 2), &weights, 40_000);
        for (row, share) in shares.iter().enumerate() {
            let found = drawn.iter().filter(|&&r| r == row).count() as f64 / 40_000.0;
            // Five standard deviations of a share of at most √(¼ / 40000) each.
            assert!(
                (found - share).abs() <= if *share == 0.0 { 0.0 } else { 0.0125 },
                "{found} {share}"
            );
        }
    }
}

#[test]
fn a_run_does_not_depend_on_those_beside_it() {
    let x = normal(1000, 6, 8);
    let starts = Starts::new(x.view());
    let together = starts.seed(3, 0..5, 1);
    assert_eq!(together[4].centroids, starts.seed(3, 4..5, 1)[0].centroids);
    assert_ne!(together[4].centroids, together[3].centroids);
}
