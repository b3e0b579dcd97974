use std::error::Error;

use linfa::{DatasetBase, ParamGuard, traits::Fit};
use ndarray::{ShapeBuilder, array};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::Params;

/// n × d values with roughly the standard normal distribution: sums of twelve uniform ones, within ±6.
pub(super) fn normal(n: usize, d: usize, seed: u64) -> Array2<f64> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    Array2::from_shape_simple_fn((n, d), || (0..12).map(|_| rng.r#gen::<f64>()).sum::<f64>() - 6.0)
}

/// Three overlapping groups, most of the first real.
fn groups(n: usize, d: usize) -> (Array2<f64>, Vec<bool>) {
    let centers = Array2::from_shape_fn((n, d), |(row, _)| [-2.0, 0.5, 2.0][row % 3]);
    (
        normal(n, d, 4) + centers,
        (0..n).map(|row| row % 3 > 0 || row % 7 == 0).collect(),
    )
}

fn solve(x: &Array2<f64>, labels: &[bool], params: KMeansParams) -> Result<Fitted, ClassifyError> {
    Params::KMeans(params).fit(x.view(), labels, 7)
}

#[test]
fn centroids_are_the_exact_means() -> Result<(), ClassifyError> {
    let x = array![[0.0, 0.0], [0.0, 2.0], [10.0, 10.0], [12.0, 10.0], [11.0, 13.0]];
    // The last label disagrees with its cluster and is outvoted.
    let labels = [false, false, true, true, false];
    let fitted = solve(&x, &labels, KMeansParams::default())?;
    let Model::KMeans(model) = &fitted.model else {
        panic!("k-means gives a k-means model")
    };
    let (real, fake) = if model.fake[0] { (1, 0) } else { (0, 1) };
    assert_eq!(model.centroids.row(real), array![0.0, 1.0]);
    assert_eq!(model.centroids.row(fake), array![11.0, 11.0]);
    // 1 + 1, then 1 + 1 twice and 4.
    assert_eq!(fitted.report.objective, 10.0);
    assert!(fitted.report.converged);
    assert_eq!(fitted.model.margin(&[11.0, 11.0]), 221f64.sqrt());
    Ok(())
}

#[test]
fn ties_are_real_and_one_name_is_an_error() {
    let x = array![[0.0], [0.0], [9.0], [9.0]];
    let error = solve(&x, &[true, false, true, false], KMeansParams::default());
    let expected = matches!(
        error,
        Err(ClassifyError::OneNameForAllClusters {
            clusters: 2,
            name: "real"
        })
    );
    assert!(expected, "{error:?}");
}

#[test]
fn empty_clusters_are_dropped() -> Result<(), ClassifyError> {
    let x = array![[0.0], [0.0], [9.0], [9.0]];
    let fitted = solve(
        &x,
        &[true, true, false, false],
        KMeansParams::default().with_clusters(4),
    )?;
    let Model::KMeans(model) = &fitted.model else {
        panic!("k-means gives a k-means model")
    };
    assert_eq!(model.centroids.nrows(), 2);
    assert_eq!(fitted.report.objective, 0.0);
    Ok(())
}

#[test]
fn bad_parameters_are_refused() {
    let x = array![[0.0], [1.0]];
    assert!(solve(&x, &[true, false], KMeansParams::default().with_clusters(1)).is_err());
    assert!(solve(&x, &[true, false], KMeansParams::default().with_clusters(3)).is_err());
    assert!(solve(&x, &[true, false], KMeansParams::default().with_runs(0)).is_err());
    assert!(solve(&x, &[true, false], KMeansParams::default().with_max_iterations(0)).is_err());
}

#[test]
fn as_good_as_linfa() -> Result<(), Box<dyn Error>> {
    let (x, labels) = groups(1500, 6);
    for clusters in [2, 3] {
        let fitted = solve(&x, &labels, KMeansParams::default().with_clusters(clusters))?;
        let theirs = linfa_clustering::KMeans::params_with_rng(clusters, ChaCha8Rng::seed_from_u64(1))
            .n_runs(10)
            .tolerance(1e-9)
            .check()?
            .fit(&DatasetBase::from(x.view()))?;
        let theirs = theirs.inertia() * x.nrows() as f64;
        // Both find the best clusters. linfa's centroids are not quite the means; twice the tolerance of 10⁻⁹ off,
        // they cost n(2·10⁻⁹)² more. The rest is rounding.
        let excess = fitted.report.objective / theirs - 1.0;
        assert!(excess.abs() < 1e-12 * x.nrows() as f64, "{clusters}: {excess}");
    }
    Ok(())
}

#[test]
fn threads_and_memory_order_do_not_matter() -> Result<(), Box<dyn Error>> {
    let (x, labels) = groups(3000, 70);
    let params = KMeansParams::default().with_clusters(5);
    let fit = |threads| -> Result<Fitted, Box<dyn Error>> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
        Ok(pool.install(|| solve(&x, &labels, params.clone()))?)
    };
    let one = fit(1)?;
    assert_eq!(one, fit(3)?);
    let mut by_columns = Array2::zeros(x.raw_dim().f());
    by_columns.assign(&x);
    assert_eq!(one, solve(&by_columns, &labels, params.clone())?);
    Ok(())
}

#[test]
fn the_best_run_is_kept() -> Result<(), ClassifyError> {
    // 40 starts are more than are run together.
    let x = normal(400, 2, 6);
    let labels: Vec<bool> = x.column(0).iter().map(|&v| v > 0.0).collect();
    let mut before = f64::INFINITY;
    for runs in [1, 5, 40] {
        let params = KMeansParams::default().with_clusters(12).with_runs(runs);
        let objective = solve(&x, &labels, params)?.report.objective;
        assert!(objective <= before, "{runs}: {objective} {before}");
        before = objective;
    }
    Ok(())
}

#[test]
fn every_row_can_be_a_cluster() -> Result<(), ClassifyError> {
    let x = normal(30, 4, 2);
    let labels: Vec<bool> = (0..30).map(|row| row % 2 == 0).collect();
    let fitted = solve(&x, &labels, KMeansParams::default().with_clusters(30))?;
    assert_eq!(fitted.report.objective, 0.0);
    for (row, &label) in x.outer_iter().zip(&labels) {
        assert_eq!(fitted.model.margin(&row.to_vec()) > 0.0, label);
    }
    Ok(())
}

#[test]
fn extreme_values_neither_panic_nor_overflow() -> Result<(), ClassifyError> {
    let labels = [false, false, true, true];
    for scale in [1e-100, 1e98] {
        let x = array![[-99.0, 1.0], [-99.0, 1.0], [99.0, 2.0], [99.0, 2.0]] * scale;
        let fitted = solve(&x, &labels, KMeansParams::default())?;
        assert!(fitted.report.converged);
        assert_eq!(fitted.report.objective, 0.0);
        assert!(fitted.model.margin(&[99.0 * scale, 2.0 * scale]) > 0.0);
    }
    // Beside 1e100 all others are one point to double precision.
    let x = array![[0.0], [1.0], [2.0], [1e100]];
    for clusters in 2..=4 {
        let fitted = solve(&x, &labels, KMeansParams::default().with_clusters(clusters));
        let Err(error) = fitted else { continue };
        assert!(
            matches!(error, ClassifyError::OneNameForAllClusters { .. }),
            "{error}"
        );
    }
    // Equal rows are one cluster, also where their mean rounds.
    for value in [0.0, 0.1, 1e100, -1e-300] {
        let error = solve(
            &Array2::from_elem((4, 3), value),
            &labels,
            KMeansParams::default(),
        );
        assert!(
            matches!(
                error,
                Err(ClassifyError::OneNameForAllClusters { clusters: 1, .. })
            ),
            "{error:?}"
        );
    }
    Ok(())
}
