//! Convolution and normalisation by this crate's kernels beside burn's own, on shapes of the networks: forward, and with
//! all gradients.

use std::hint::black_box;

use burn::nn::BatchNormConfig;
use burn::tensor::activation::relu;
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, Distribution, Tensor};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use dftective_networks::ops::{Rectifier, convolve, normalise};

/// Images a step.
const BATCH: usize = 8;

/// Network and layer; maps in and out, side, kernel, stride.
const SHAPES: [(&str, [usize; 5]); 6] = [
    ("srm-resnet conv1", [38, 24, 124, 3, 1]),
    ("srm-resnet layer1", [24, 24, 124, 3, 1]),
    ("srm-resnet layer2", [24, 48, 124, 3, 2]),
    ("meso4 conv2", [8, 8, 128, 5, 1]),
    ("meso4 conv4", [16, 16, 32, 5, 1]),
    ("resnet18 layer1", [64, 64, 56, 3, 1]),
];

fn convolution(criterion: &mut Criterion) {
    let device = Device::flex();
    device.seed(1);
    for (name, [inputs, outputs, side, kernel, stride]) in SHAPES {
        let random =
            |shape: [usize; 4]| Tensor::<4>::random(shape, Distribution::Uniform(-1.0, 1.0), &device);
        let (x, w) = (
            random([BATCH, inputs, side, side]),
            random([outputs, inputs, kernel, kernel]),
        );
        let leaf = |tensor: &Tensor<4>| Tensor::from_inner(tensor.clone()).require_grad();
        let (tracked_x, tracked_w) = (leaf(&x), leaf(&w));
        let own = |x: &Tensor<4>, w: &Tensor<4>| {
            convolve(x.clone(), w.clone(), [stride; 2], [kernel / 2; 2], [1, 1])
        };
        let burn = |x: &Tensor<4>, w: &Tensor<4>| {
            let options = ConvOptions::new([stride; 2], [kernel / 2; 2], [1, 1], 1);
            conv2d(x.clone(), w.clone(), None, options)
        };
        let mut group = criterion.benchmark_group(format!("convolution/{name}"));
        group.sample_size(10);
        group.bench_function(BenchmarkId::new("forward", "ours"), |bencher| {
            bencher.iter(|| black_box(own(&x, &w).into_data()));
        });
        group.bench_function(BenchmarkId::new("forward", "burn"), |bencher| {
            bencher.iter(|| black_box(burn(&x, &w).into_data()));
        });
        group.bench_function(BenchmarkId::new("gradients", "ours"), |bencher| {
            bencher.iter(|| black_box(own(&tracked_x, &tracked_w).sum().backward()));
        });
        group.bench_function(BenchmarkId::new("gradients", "burn"), |bencher| {
            bencher.iter(|| black_box(burn(&tracked_x, &tracked_w).sum().backward()));
        });
        group.finish();
    }
}

/// Network and layer; maps and side.
const NORMALISED: [(&str, [usize; 2]); 3] = [
    ("srm-resnet bn1", [24, 124]),
    ("srm-resnet layer4", [96, 16]),
    ("meso4 bn1", [8, 256]),
];

/// With the ReLU after it, as in residual networks.
fn normalisation(criterion: &mut Criterion) {
    let device = Device::flex().autodiff();
    device.seed(1);
    for (name, [maps, side]) in NORMALISED {
        let norm = BatchNormConfig::new(maps).init(&device);
        let x = Tensor::<4>::random(
            [BATCH, maps, side, side],
            Distribution::Uniform(-1.0, 1.0),
            &device,
        );
        let x = x.require_grad();
        let own = |x: &Tensor<4>| normalise(&norm, x.clone(), Rectifier::After);
        let burn = |x: &Tensor<4>| relu(norm.forward(x.clone()));
        let mut group = criterion.benchmark_group(format!("normalisation/{name}"));
        group.sample_size(10);
        group.bench_function(BenchmarkId::new("forward", "ours"), |bencher| {
            bencher.iter(|| black_box(own(&x).into_data()));
        });
        group.bench_function(BenchmarkId::new("forward", "burn"), |bencher| {
            bencher.iter(|| black_box(burn(&x).into_data()));
        });
        group.bench_function(BenchmarkId::new("gradients", "ours"), |bencher| {
            bencher.iter(|| black_box(own(&x).sum().backward()));
        });
        group.bench_function(BenchmarkId::new("gradients", "burn"), |bencher| {
            bencher.iter(|| black_box(burn(&x).sum().backward()));
        });
        group.finish();
    }
}

criterion_group!(benches, convolution, normalisation);
criterion_main!(benches);
