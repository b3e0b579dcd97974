//! Fits and predictions of the classifiers on seeded data: `cargo bench --bench classify`.
//!
//! Against the peers, on the data of the paper: benches/peers.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use dftective_classify::{
    FldEnsembleParams, Gamma, KMeansParams, KernelParams, LogisticParams, Params, RidgeParams, SvmParams,
};
use ndarray::Array2;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Profiles that fall from low to high frequency; the upper third of a fake's is lifted by half the noise's spread.
fn data(rows: usize, columns: usize) -> (Array2<f64>, Vec<bool>) {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let labels: Vec<bool> = (0..rows).map(|row| row % 2 == 0).collect();
    let x = Array2::from_shape_fn((rows, columns), |(row, column)| {
        let frequency = column as f64 / columns as f64;
        let lift = if labels[row] && frequency > 2.0 / 3.0 {
            0.03
        } else {
            0.0
        };
        (-4.0 * frequency).exp() + lift + rng.gen_range(-0.1..0.1)
    });
    (x, labels)
}

fn classifiers() -> [Params; 6] {
    let rbf = KernelParams::Rbf {
        gamma: Gamma::Value(0.86),
    };
    [
        Params::Svm(SvmParams::default()),
        Params::Svm(SvmParams::new(rbf).with_c(6.37)),
        Params::Logistic(LogisticParams::default()),
        Params::KMeans(KMeansParams::default()),
        Params::Ridge(RidgeParams::default()),
        Params::FldEnsemble(FldEnsembleParams::default()),
    ]
}

fn fits(c: &mut Criterion) {
    for params in classifiers() {
        let mut group = c.benchmark_group(params.name());
        group.sample_size(10).measurement_time(Duration::from_secs(3));
        for (rows, columns) in [(400, 80), (800, 300)] {
            let (x, labels) = data(rows, columns);
            let shape = BenchmarkId::from_parameter(format!("{rows}x{columns}"));
            group.bench_function(shape, |b| b.iter(|| params.fit(black_box(x.view()), &labels, 0)));
        }
        group.finish();
    }
}

fn predictions(c: &mut Criterion) {
    let (x, labels) = data(800, 300);
    let mut group = c.benchmark_group("margins of 800x300");
    for params in classifiers() {
        let Ok(fitted) = params.fit(x.view(), &labels, 0) else {
            continue;
        };
        group.bench_function(params.name(), |b| {
            b.iter(|| fitted.model.margins(black_box(x.view())));
        });
    }
    group.finish();
}

criterion_group!(benches, fits, predictions);
criterion_main!(benches);
