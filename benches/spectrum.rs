//! Spectra of planes in memory: `cargo bench --bench spectrum`. Against the peers: benches/peers.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use dftective_spectrum::{
    Precision, Recipe, ResamplingTrace, SpectrumPlan, Stage, TraceWorkspace, Workspace,
};
use image::{GrayImage, Luma};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Powers of two and what is none, up to the largest faces in use.
const SIZES: [(u32, u32); 8] = [
    (64, 64),
    (128, 128),
    (178, 218),
    (256, 256),
    (300, 300),
    (341, 341),
    (512, 512),
    (1024, 1024),
];

/// White noise: no step takes longer or shorter for it than for a photograph.
fn plane((width, height): (u32, u32)) -> GrayImage {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    GrayImage::from_fn(width, height, |_, _| Luma([rng.r#gen()]))
}

fn profiles(c: &mut Criterion) {
    for (name, precision) in [("profile, f32", Precision::F32), ("profile, f64", Precision::F64)] {
        let mut group = c.benchmark_group(name);
        let recipe = Recipe {
            precision,
            ..Recipe::faces_hq()
        };
        for size in SIZES {
            let plane = plane(size);
            let Ok(plan) = SpectrumPlan::new(size.0, size.1, &recipe) else {
                continue;
            };
            let mut workspace = Workspace::default();
            let mut profile = vec![0.0; plan.bins()];
            group.throughput(Throughput::Elements(u64::from(size.0 * size.1)));
            group.bench_function(
                BenchmarkId::from_parameter(format!("{}x{}", size.0, size.1)),
                |b| {
                    b.iter(|| plan.profile(black_box(&plane), &mut workspace, &mut profile));
                },
            );
        }
        group.finish();
    }
}

/// The stages of a profile: each figure includes the stages before.
fn stages(c: &mut Criterion) {
    for (name, precision) in [("up to, f32", Precision::F32), ("up to, f64", Precision::F64)] {
        let mut group = c.benchmark_group(name);
        let recipe = Recipe {
            precision,
            ..Recipe::faces_hq()
        };
        for side in [256, 1024] {
            let plane = plane((side, side));
            let Ok(plan) = SpectrumPlan::new(side, side, &recipe) else {
                continue;
            };
            let mut workspace = Workspace::default();
            for last in [Stage::Transform, Stage::Levels, Stage::RadialBins] {
                let id = BenchmarkId::new(format!("{last:?}"), format!("{side}x{side}"));
                group.bench_function(id, |b| {
                    b.iter(|| plan.work(black_box(&plane), &mut workspace, last))
                });
            }
        }
        group.finish();
    }
}

fn plans(c: &mut Criterion) {
    let mut group = c.benchmark_group("plan, f32");
    let recipe = Recipe {
        precision: Precision::F32,
        ..Recipe::faces_hq()
    };
    for size in [(256, 256), (341, 341), (1024, 1024)] {
        let id = BenchmarkId::from_parameter(format!("{}x{}", size.0, size.1));
        group.bench_function(id, |b| b.iter(|| SpectrumPlan::new(size.0, size.1, &recipe)));
    }
    group.finish();
}

fn traces(c: &mut Criterion) {
    let mut group = c.benchmark_group("resampling trace");
    for size in [(256, 256), (1024, 1024)] {
        let plane = plane(size);
        let mut workspace = TraceWorkspace::default();
        let id = BenchmarkId::from_parameter(format!("{}x{}", size.0, size.1));
        group.bench_function(id, |b| {
            b.iter(|| ResamplingTrace::find(black_box(&plane), &mut workspace))
        });
    }
    group.finish();
}

criterion_group!(benches, profiles, stages, plans, traces);
criterion_main!(benches);
