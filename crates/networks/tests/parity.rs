//! The same weights and images in, the same logits, loss, gradients and running statistics out as PyTorch's, whose
//! results in double precision are in `fixtures.json` (made by `make_fixtures.py`).
//!
//! # Tolerances
//! PyTorch's own single precision is off from its double precision by what the fixtures give as `off`. Ours adds the
//! same numbers in another order, so it may be off by as much again: [`SLACK`] times that, and no less than 1e-4 for
//! networks that are better than that. Logits are compared relative to at least 1, tensors relative to their largest
//! magnitude, but no less than a thousandth of the largest of all.
//!
//! The MesoNets' ReLUs follow bare convolutions, whose values no shift keeps off the kink: rounding may decide whether
//! one of the 131,072 pixels of a map passes a gradient, or which of four is the largest, which moves a sum over
//! them, of random signs, by 1 / √131,072 = 0.0028 of itself; [`FLIP`] allows for three.
//!
//! Running variances are compared with those of the batch: burn divides by n, PyTorch by n − 1.

use std::collections::BTreeMap;

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::activation::log_sigmoid;
use burn::tensor::{Device, Gradients, Tensor};
use dftective_classify::Architecture;
use dftective_networks::networks::Network;
use dftective_networks::weights;
use serde::Deserialize;

use super::formula::{BATCH, filled, pixels};

/// The tolerance in deviations of PyTorch's single precision.
const SLACK: f64 = 5.0;

/// The least tolerance.
const TOLERANCE: f64 = 1e-4;

/// The least tolerance of the MesoNets' gradients.
const FLIP: f64 = 3.0 * 0.0028;

#[derive(Deserialize)]
struct Fixture {
    side: usize,
    parameters: usize,
    logits: [f64; BATCH],
    loss: f64,
    off: Off,
    #[serde(default)]
    tensors: BTreeMap<String, [f64; 5]>,
}

#[derive(Deserialize)]
struct Off {
    logits: f64,
    loss: f64,
    tensors: f64,
}

fn fixture(architecture: Architecture) -> Fixture {
    let mut all: BTreeMap<Architecture, Fixture> =
        serde_json::from_str(include_str!("fixtures.json")).unwrap();
    all.remove(&architecture).unwrap()
}

fn tolerance(off: f64) -> f64 {
    TOLERANCE.max(SLACK * off)
}

/// Norm, largest magnitude, and the values at the beginning, in the middle and at the end.
fn summary(values: &[f32]) -> [f64; 5] {
    let values: Vec<f64> = values.iter().copied().map(f64::from).collect();
    let norm = values.iter().map(|value| value * value).sum::<f64>().sqrt();
    let largest = values
        .iter()
        .fold(0.0, |largest: f64, value| largest.max(value.abs()));
    [
        norm,
        largest,
        values[0],
        values[values.len() / 2],
        values[values.len() - 1],
    ]
}

/// A network of the gradients in place of the parameters, so that they get PyTorch's names and layouts.
struct InPlace<'a>(&'a Gradients);

impl burn::module::ModuleMapper for InPlace<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        match param.grad(self.0) {
            Some(gradient) => param.map(|_| Tensor::from_inner(gradient)),
            None => param,
        }
    }
}

fn check_logits(architecture: Architecture) {
    let fixture = fixture(architecture);
    let device = Device::flex();
    let network = filled(Network::new(architecture, &device));
    let logits = network.forward(pixels(fixture.side, &device)).into_data();
    let mut worst: f64 = 0.0;
    for (found, expected) in logits.iter::<f64>().zip(fixture.logits) {
        worst = worst.max((found - expected).abs() / expected.abs().max(1.0));
    }
    println!(
        "{architecture}: logits off by {worst:.1e}, PyTorch's by {:.1e}",
        fixture.off.logits
    );
    assert!(
        worst <= tolerance(fixture.off.logits),
        "{architecture}: {worst:.1e}"
    );
}

fn check_step(architecture: Architecture) {
    let fixture = fixture(architecture);
    let device = Device::flex().autodiff();
    let network = filled(Network::new(architecture, &device)).without_dropout();
    assert_eq!(fixture.parameters, architecture.parameters());

    let logits = network.forward(pixels(fixture.side, &device));
    // Cross-entropy of the labels fake, genuine.
    let signs = Tensor::<1>::from_floats([1.0, -1.0], &device);
    let loss = -log_sigmoid(logits * signs).mean();
    let gradients = loss.backward();

    let off = (loss.into_scalar::<f64>() / fixture.loss - 1.0).abs();
    println!(
        "{architecture}: loss off by {off:.1e}, PyTorch's by {:.1e}",
        fixture.off.loss
    );
    assert!(off <= tolerance(fixture.off.loss), "{architecture}: {off:.1e}");

    let found: BTreeMap<String, Vec<f32>> = weights::arrays(&network.map(&mut InPlace(&gradients)))
        .into_iter()
        .map(|(name, _, values)| (name, values))
        .collect();
    assert!(found.keys().eq(fixture.tensors.keys()));
    let least = fixture
        .tensors
        .values()
        .fold(0.0, |least: f64, [_, largest, ..]| least.max(largest / 1000.0));
    let mut worst = (0.0, "");
    for (name, expected) in &fixture.tensors {
        let found = summary(&found[name]);
        // The norm of many values is off by less than any one of them, relatively.
        let scales = [expected[0].max(least), expected[1].max(least)];
        for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
            let off = (found - expected).abs() / scales[index.min(1)];
            if off > worst.0 {
                worst = (off, name);
            }
        }
    }
    let (worst, name) = worst;
    println!(
        "{architecture}: {name} off by {worst:.1e}, PyTorch's by {:.1e}",
        fixture.off.tensors
    );
    let least = match architecture {
        Architecture::Meso4 | Architecture::MesoInception4 => FLIP,
        _ => TOLERANCE,
    };
    assert!(
        worst <= tolerance(fixture.off.tensors).max(least),
        "{architecture}, {name}: {worst:.1e}"
    );
}

macro_rules! parity {
    ($($name:ident: $architecture:ident,)*) => {$(
        mod $name {
            use super::*;

            #[test]
            fn logits_are_those_of_pytorch() {
                check_logits(Architecture::$architecture);
            }

            #[test]
            fn a_training_step_is_that_of_pytorch() {
                check_step(Architecture::$architecture);
            }
        }
    )*};
}

parity! {
    meso4: Meso4,
    meso_inception4: MesoInception4,
    srm_resnet: SrmResnet,
    xception: Xception,
    resnet18: Resnet18,
    resnet50: Resnet50,
}

#[test]
fn the_pairs_logits_are_those_of_pytorch() {
    check_logits(Architecture::XceptionPair);
}

/// What trains is what [`Architecture::parameters`] counts.
#[test]
fn the_parameters_are_counted_exactly() {
    struct Count(usize);
    impl ModuleVisitor for Count {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            if param.is_require_grad() {
                self.0 += param.lazy_shape().num_elements();
            }
        }
    }
    for architecture in Architecture::ALL {
        let mut count = Count(0);
        Network::new(architecture, &Device::flex().autodiff()).visit(&mut count);
        assert_eq!(count.0, architecture.parameters(), "{architecture}");
    }
}

#[test]
fn squares_are_not_the_only_shape_that_runs() {
    let device = Device::flex();
    for (architecture, height, width) in [
        (Architecture::Meso4, 256, 256),
        (Architecture::MesoInception4, 256, 256),
        (Architecture::SrmResnet, 32, 45),
        (Architecture::Resnet18, 45, 32),
        (Architecture::Resnet50, 32, 45),
        (Architecture::Xception, 64, 77),
    ] {
        let network = filled(Network::new(architecture, &device));
        assert_eq!(network.architecture(), architecture);
        let images = pixels(256, &device).slice([0..BATCH, 0..3, 0..height, 0..width]);
        let maps = network.maps(images.clone());
        let logits = network.head(maps).into_data();
        assert_eq!(logits.shape().as_slice(), [BATCH]);
        assert!(logits.iter::<f64>().all(f64::is_finite));
        assert_eq!(network.forward(images).into_data(), logits);
    }
}
