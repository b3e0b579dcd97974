//! Image files to verdicts, on pictures of our own making: `cargo bench --bench images`. Against the peers:
//! benches/peers.

use std::convert::Infallible;
use std::error::Error;
use std::hint::black_box;
use std::ops::ControlFlow;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use dftective_batch::{Extractor, Scorer, dataset_from_images, ordered};
use dftective_classify::{CalibrationMethod, LogisticParams, Params, Scaling};
use dftective_datasets::{Search, labelled};
use dftective_decode::encode_jpeg;
use dftective_decode::{Limits, decode};
use dftective_detector::{Dataset, Detector, TrainOptions};
use dftective_features::Workspace;
use dftective_sample::Label;
use dftective_spectrum::Recipe;
use dftective_synth::{SynthParams, write_dataset};

fn params(size: u32) -> SynthParams {
    SynthParams {
        per_class: 32,
        size,
        quality: 75,
        seed: 1,
    }
}

fn jpeg(size: u32) -> Result<Vec<u8>, Box<dyn Error>> {
    Ok(encode_jpeg(&params(size).image(Label::Real, 0)?.pixels, 75)?)
}

fn decoding(c: &mut Criterion) {
    let mut group = c.benchmark_group("decode JPEG");
    for size in [256, 1024] {
        let file = jpeg(size).expect("the parameters are in range");
        group.throughput(Throughput::Bytes(file.len() as u64));
        group.bench_function(BenchmarkId::from_parameter(format!("{size}x{size}")), |b| {
            b.iter(|| decode(black_box(&file), &Limits::default()));
        });
    }
    group.finish();
}

/// A folder of labelled images of 256 x 256 pixels, and a detector trained on them.
fn trained() -> Result<(tempfile::TempDir, Dataset, Detector), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("data");
    write_dataset(&data, &params(256), &|_| ())?;
    let extractor = Extractor::new(Recipe::default(), Limits::default());
    let (found, _) = dataset_from_images(
        labelled(&data, Search::default())?.inputs,
        &extractor,
        2,
        || false,
        || (),
    );
    let options = TrainOptions {
        classifier: Params::Logistic(LogisticParams::default().with_c(0.01)),
        scaling: Scaling::Standard,
        calibration: CalibrationMethod::Platt,
        folds: 4,
        error_rate: 0.1,
        seed: 0,
    };
    let detector = Detector::train(&found, &options)?.detector;
    Ok((folder, found, detector))
}

fn judging(c: &mut Criterion) {
    let (folder, found, detector) = trained().expect("two classes that can be told apart");
    let row = found.features.row(0).to_vec();
    c.bench_function("score a feature vector", |b| {
        b.iter_batched(
            || row.clone(),
            |mut row| detector.score(&mut row),
            criterion::BatchSize::SmallInput,
        );
    });

    let inputs = labelled(&folder.path().join("data"), Search::default())
        .expect("it was just written")
        .inputs;
    let detectors = detector.into();
    let scorer = Scorer {
        detectors: &detectors,
        limits: Limits::default(),
        force: false,
    };
    let mut group = c.benchmark_group("score 64 files, 256x256");
    group.sample_size(20).measurement_time(Duration::from_secs(4));
    group.throughput(Throughput::Elements(inputs.len() as u64));
    for threads in [1, 2] {
        group.bench_function(BenchmarkId::new("threads", threads), |b| {
            b.iter(|| {
                ordered(
                    &inputs,
                    threads,
                    Workspace::default,
                    |workspace, input| scorer.record(workspace, input),
                    || false,
                    |record| {
                        black_box(record);
                        Ok::<_, Infallible>(ControlFlow::Continue(()))
                    },
                )
            });
        });
    }
    group.finish();
}

criterion_group!(benches, decoding, judging);
criterion_main!(benches);
