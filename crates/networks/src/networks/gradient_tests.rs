//! The gradients of every block against finite differences, in training mode.
//!
//! The loss is a sum of a block's outputs, weighted at random. Some elements of each parameter, and of the input where
//! the block passes a gradient to it, are moved by [`STEP`] up and down, and the gradient is compared with the nearer of
//! the two slopes: a ReLU's kink or a pooling's tie may lie on one side, and with so small a step hardly on both.
//!
//! # Tolerance
//! Relative to the tensor's largest gradient, of the order of 1 to 100, or a twentieth of the block's largest. A
//! slope on one side is off by half the step times the second derivative, of the gradient's order: 5e-4. Each of the
//! few hundred to 3,000 outputs, of size 2 and weighted by at most 1, carries a rounding error of some 2e-7, in
//! quadrature 1e-5 together, and over the step 1e-2 where gradients are tens, less where outputs are few. So
//! [`TOLERANCE`]; a missing term or factor is off by far more.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::nn::conv::Conv2d;
use burn::nn::{BatchNorm, BatchNormConfig, Linear, LinearConfig};
use burn::tensor::{Device, Gradients, Tensor, TensorData};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::basic_block::BasicBlock;
use super::layers::{Convolution, global_average, max_pool};
use super::meso_inception4::Inception;
use super::meso4::{Meso4, layer};
use super::resnet::{Bottleneck, Resnet};
use super::srm_resnet::SrmResnet;
use super::xception::{self, SeparableConv, logit_of_mean};
use super::{Architecture, Network};

const STEP: f32 = 1e-3;
const TOLERANCE: f64 = 0.01;

/// Elements of each tensor that are moved.
const ELEMENTS: usize = 5;

/// Kernels with He et al.'s variance; scales and shifts that keep most values off a ReLU's kink.
struct Fill(ChaCha8Rng, String);

impl ModuleMapper for Fill {
    fn enter_module(&mut self, name: &str, _: &str) {
        name.clone_into(&mut self.1);
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let shape = param.lazy_shape().to_vec();
        let scale = (6.0 / shape[1..].iter().product::<usize>() as f32).sqrt();
        let rng = &mut self.0;
        let mut value = || match self.1.as_str() {
            "weight" => scale * rng.gen_range(-1.0..1.0),
            "gamma" => rng.gen_range(0.4..0.6),
            "beta" | "bias" => rng.gen_range(1.5..2.0) * if rng.gen_bool(0.25) { -1.0 } else { 1.0 },
            _ => 0.5,
        };
        let values: Vec<f32> = (0..shape.iter().product()).map(|_| value()).collect();
        let data = TensorData::new(values, shape);
        param.map(|old| Tensor::from_data(data, &old.device()).set_require_grad(old.is_require_grad()))
    }
}

/// Moves one element of one tensor, counted in the order of traversal.
struct Move {
    tensor: usize,
    element: usize,
    by: f32,
    seen: usize,
}

impl ModuleMapper for Move {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        self.seen += 1;
        if self.seen - 1 == self.tensor {
            param.map(|tensor| moved(tensor, self.element, self.by))
        } else {
            param
        }
    }
}

fn moved<const D: usize>(tensor: Tensor<D>, element: usize, by: f32) -> Tensor<D> {
    let device = tensor.device();
    let mut data = tensor.into_data();
    data.as_mut_slice::<f32>().unwrap()[element] += by;
    Tensor::from_data(data, &device)
}

/// Each tensor's gradient, `None` for statistics and for what the loss does not depend on.
struct Collect<'a>(&'a Gradients, Vec<Option<Vec<f32>>>);

impl ModuleVisitor for Collect<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.1.push(
            param
                .grad(self.0)
                .map(|gradient| gradient.into_data().iter().collect()),
        );
    }
}

fn uniform<const D: usize>(
    shape: [usize; D],
    range: std::ops::Range<f32>,
    rng: &mut ChaCha8Rng,
) -> Tensor<D> {
    let values: Vec<f32> = (0..shape.iter().product())
        .map(|_| rng.gen_range(range.clone()))
        .collect();
    Tensor::from_data(TensorData::new(values, shape), &device())
}

fn device() -> Device {
    Device::flex().autodiff()
}

/// Compares some elements of every gradient that there is; `tensors` is how many tensors must have one, the input
/// included.
fn check<M: Module, const D: usize>(
    module: M,
    input: Tensor<4>,
    tensors: usize,
    forward: impl Fn(&M, Tensor<4>) -> Tensor<D>,
) {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let module = module.map(&mut Fill(ChaCha8Rng::seed_from_u64(6), String::new()));
    let input = input.require_grad();
    let output = forward(&module, input.clone());
    let weights = uniform(output.dims(), -1.0..1.0, &mut rng);
    let gradients = (output * weights.clone()).sum().backward();
    let loss = |module: &M, input: Tensor<4>| -> f64 {
        let outputs = forward(module, input).into_data();
        let weights = weights.to_data();
        outputs
            .iter::<f64>()
            .zip(weights.iter::<f64>())
            .map(|(output, weight)| output * weight)
            .sum()
    };

    let here = loss(&module, input.clone());
    let mut worst: f64 = 0.0;
    let mut collect = Collect(&gradients, Vec::new());
    module.visit(&mut collect);
    let parameters = collect.1.len();
    let of_input = input
        .grad(&gradients)
        .map(|gradient| gradient.into_data().iter().collect());
    let all: Vec<Option<Vec<f32>>> = collect.1.into_iter().chain([of_input]).collect();
    assert_eq!(all.iter().flatten().count(), tensors);
    let magnitude = |gradient: &Vec<f32>| {
        gradient
            .iter()
            .fold(0.0, |most: f64, value| most.max(f64::from(value.abs())))
    };
    // A shift that the next normalisation takes out again has a gradient of mere rounding.
    let least = all.iter().flatten().map(magnitude).fold(0.0, f64::max) / 20.0;
    for (tensor, gradient) in all.iter().enumerate() {
        let Some(gradient) = gradient else { continue };
        let largest = magnitude(gradient).max(least);
        for index in 0..ELEMENTS.min(gradient.len()) {
            let element = index * gradient.len() / ELEMENTS.min(gradient.len());
            let slopes = [STEP, -STEP].map(|by| {
                let there = if tensor == parameters {
                    loss(&module, moved(input.clone(), element, by))
                } else {
                    loss(
                        &module.clone().map(&mut Move {
                            tensor,
                            element,
                            by,
                            seen: 0,
                        }),
                        input.clone(),
                    )
                };
                (there - here) / f64::from(by)
            });
            let found = f64::from(gradient[element]);
            let off = slopes
                .map(|slope| (found - slope).abs() / largest)
                .into_iter()
                .fold(f64::MAX, f64::min);
            assert!(
                off < TOLERANCE,
                "tensor {tensor} element {element}: {found} for {slopes:?}, off by {off:.1e}"
            );
            worst = worst.max(off);
        }
    }
    println!("{}: off by at most {worst:.1e}", std::any::type_name::<M>());
}

fn maps(shape: [usize; 4]) -> Tensor<4> {
    uniform(shape, -1.0..1.0, &mut ChaCha8Rng::seed_from_u64(7))
}

fn norm(channels: usize) -> BatchNorm {
    BatchNormConfig::new(channels).init(&device())
}

#[test]
fn convolution_relu_normalisation_and_pooling() {
    let module = (Convolution::new([3, 4], 5).init_default(&device()), norm(4));
    let forward = |(conv, norm): &(Conv2d, BatchNorm), x| max_pool(layer(conv, norm, x), 2);
    check(module, maps([2, 3, 8, 8]), 4, forward);
}

#[test]
fn inception_module() {
    let module = (Inception::new(3, [1, 2, 2, 2], &device()), norm(7));
    let forward = |(inception, norm): &(Inception, BatchNorm), x| norm.forward(inception.forward(x));
    check(module, maps([2, 3, 8, 8]), 10, forward);
}

#[test]
fn high_pass_filters_and_stem() {
    let pixels = uniform([2, 3, 20, 20], 100.0..110.0, &mut ChaCha8Rng::seed_from_u64(8));
    // The convolution's and the normalisation's; the pixels get none.
    check(SrmResnet::new(&device()), pixels, 3, SrmResnet::stem);
}

#[test]
fn basic_block_with_and_without_a_shortcut_of_its_own() {
    check(
        BasicBlock::new([4, 6], 2, &device()),
        maps([2, 4, 8, 8]),
        10,
        BasicBlock::forward,
    );
    check(
        BasicBlock::new([4, 4], 1, &device()),
        maps([2, 4, 8, 8]),
        7,
        BasicBlock::forward,
    );
}

#[test]
fn bottleneck() {
    check(
        Bottleneck::new([4, 3], 2, &device()),
        maps([2, 4, 8, 8]),
        13,
        Bottleneck::forward,
    );
}

#[test]
fn separable_convolution() {
    check(
        SeparableConv::new([4, 6], &device()),
        maps([2, 4, 7, 7]),
        3,
        SeparableConv::forward,
    );
}

#[test]
fn xception_block_that_halves_and_one_that_keeps_the_size() {
    let halving = xception::SeparableBlock::new(&[4, 6, 6], true, true, &device());
    check(halving, maps([2, 4, 9, 9]), 12, xception::SeparableBlock::forward);
    let keeping = xception::SeparableBlock::new(&[4; 4], false, true, &device());
    check(keeping, maps([2, 4, 7, 7]), 13, xception::SeparableBlock::forward);
}

#[test]
fn dense_head() {
    let network = Network::new(Architecture::Meso4, &device()).without_dropout();
    let Network::Meso4(network) = network else {
        panic!("{network}")
    };
    check(network, maps([2, 16, 32, 32]), 5, Meso4::head);
}

#[test]
fn averaging_head() {
    check(Resnet::resnet18(&device()), maps([2, 512, 3, 3]), 3, Resnet::head);
}

#[test]
fn head_of_a_pair() {
    let linear = || LinearConfig::new(6, 1).init(&device());
    let forward = |(first, second): &(Linear, Linear), x: Tensor<4>| {
        let [first, second] =
            [first, second].map(|linear| linear.forward(global_average(x.clone())).squeeze_dim(1));
        logit_of_mean(first, second)
    };
    check((linear(), linear()), maps([3, 6, 2, 2]), 5, forward);
}
