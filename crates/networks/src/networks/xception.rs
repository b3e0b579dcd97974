//! Xception: F. Chollet, *Xception: Deep Learning with Depthwise Separable Convolutions*, CVPR 2017, figure 5, with the
//! names and layout of the PyTorch port that FaceForensics++ (A. Rössler et al., ICCV 2019) uses.
//!
//! | layer | output (299 × 299 in) | parameters |
//! |---|---|---|
//! | input, (pixels / 255 − ½) / ½ | 3 × 299 × 299 | |
//! | `conv1` 3×3 stride 2, `bn1`, ReLU | 32 × 149 × 149 | 928 |
//! | `conv2` 3×3, `bn2`, ReLU | 64 × 147 × 147 | 18,560 |
//! | `block1`, 2 separable convolutions, stride 2 | 128 × 74 × 74 | 35,264 |
//! | `block2`, 2, stride 2 | 256 × 37 × 37 | 136,064 |
//! | `block3`, 2, stride 2 | 728 × 19 × 19 | 915,944 |
//! | `block4` to `block11`, 3 each | 728 × 19 × 19 | 8 × 1,613,976 |
//! | `block12`, 2, stride 2 | 1024 × 10 × 10 | 2,039,584 |
//! | `conv3` separable, `bn3`, ReLU | 1536 × 10 × 10 | 1,585,152 |
//! | `conv4` separable, `bn4`, ReLU (the maps) | 2048 × 10 × 10 | 3,163,648 |
//! | mean of each map, `last_linear` | 1 | 2,049 |
//!
//! 20,809,001 parameters, 8.36 thousand million multiply-adds. A block is `rep`, a sequence of ReLU, separable
//! convolution and normalisation (without the first ReLU in `block1`), and a 3×3 max pooling where it has a stride;
//! `skip` and `skipbn`, a 1×1 convolution and its normalisation where the shape changes, are added to it. `block12`
//! widens in its second convolution, the others in their first. `conv1` and `conv2` are not padded. Convolutions have
//! no bias and start as He et al. (2015) have it, with the fan-out of one group; the rest as PyTorch by default.
//!
//! [`XceptionPair`] is two of them, whose probabilities are averaged.
//!
//! Input: RGB of 0 to 255, any size from 64 × 64; published at 299 × 299.

use burn::module::Module;
use burn::nn::conv::Conv2d;
use burn::nn::pool::MaxPool2d;
use burn::nn::{BatchNorm, BatchNormConfig, Linear, LinearConfig, Relu};
use burn::tensor::activation::log_sigmoid;
use burn::tensor::{Device, Tensor};

use super::layers::{Convolution, convolved, global_average, halving_pool};
use crate::ops::{Rectifier, normalise};

/// Maps that the convolutions end with.
const MAPS: usize = 2048;

/// A 3×3 convolution of each channel by itself, then a 1×1 convolution that mixes the channels.
#[derive(Module, Debug)]
pub struct SeparableConv {
    conv1: Conv2d,
    pointwise: Conv2d,
}

impl SeparableConv {
    /// From `channels[0]` to `channels[1]` maps of the same size.
    pub fn new([inputs, outputs]: [usize; 2], device: &Device) -> Self {
        Self {
            conv1: Convolution::new([inputs; 2], 3).depthwise().init_he(device),
            pointwise: Convolution::new([inputs, outputs], 1).init_he(device),
        }
    }

    /// \[n, inputs, h, w\] to \[n, outputs, h, w\].
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        convolved(&self.pointwise, convolved(&self.conv1, x))
    }
}

/// A step of a block's sequence.
#[derive(Module, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "a few dozen at most, and burn knows no boxed module"
)]
pub enum Step {
    /// ReLU.
    Relu(Relu),
    /// Separable convolution.
    Separable(SeparableConv),
    /// Batch normalisation.
    Norm(BatchNorm),
    /// Max pooling that halves the size.
    Pool(MaxPool2d),
}

impl Step {
    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        match self {
            Self::Relu(relu) => relu.forward(x),
            Self::Separable(convolution) => convolution.forward(x),
            Self::Norm(norm) => normalise(norm, x, Rectifier::None),
            Self::Pool(pool) => pool.forward(x),
        }
    }
}

/// Separable convolutions with a shortcut around them.
#[derive(Module, Debug)]
pub struct SeparableBlock {
    rep: Vec<Step>,
    skip: Option<Conv2d>,
    skipbn: Option<BatchNorm>,
}

impl SeparableBlock {
    /// A block whose convolutions have the given numbers of maps in between: from the first to the last, one
    /// convolution for each step from one number to the next. With `halve`, it ends in a pooling of stride 2;
    /// without `leading_relu`, it begins with a convolution.
    pub fn new(maps: &[usize], halve: bool, leading_relu: bool, device: &Device) -> Self {
        let mut rep = Vec::new();
        for (index, pair) in maps.windows(2).enumerate() {
            if index > 0 || leading_relu {
                rep.push(Step::Relu(Relu::new()));
            }
            rep.push(Step::Separable(SeparableConv::new([pair[0], pair[1]], device)));
            rep.push(Step::Norm(BatchNormConfig::new(pair[1]).init(device)));
        }
        if halve {
            rep.push(Step::Pool(halving_pool()));
        }
        let skip = match maps {
            [inputs, .., outputs] if halve || inputs != outputs => Some([*inputs, *outputs]),
            _ => None,
        };
        Self {
            rep,
            skip: skip.map(|channels| {
                Convolution::new(channels, 1)
                    .stride(if halve { 2 } else { 1 })
                    .init_he(device)
            }),
            skipbn: skip.map(|[_, outputs]| BatchNormConfig::new(outputs).init(device)),
        }
    }

    /// \[n, inputs, h, w\] to \[n, outputs, h, w\], or to half the size, rounded up.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let shortcut = match (&self.skip, &self.skipbn) {
            (Some(conv), Some(norm)) => normalise(norm, convolved(conv, x.clone()), Rectifier::None),
            _ => x.clone(),
        };
        self.rep.iter().fold(x, |x, step| step.forward(x)) + shortcut
    }
}

/// The network of 36 convolutional layers.
#[derive(Module, Debug)]
pub struct Xception {
    conv1: Conv2d,
    bn1: BatchNorm,
    conv2: Conv2d,
    bn2: BatchNorm,
    block1: SeparableBlock,
    block2: SeparableBlock,
    block3: SeparableBlock,
    block4: SeparableBlock,
    block5: SeparableBlock,
    block6: SeparableBlock,
    block7: SeparableBlock,
    block8: SeparableBlock,
    block9: SeparableBlock,
    block10: SeparableBlock,
    block11: SeparableBlock,
    block12: SeparableBlock,
    conv3: SeparableConv,
    bn3: BatchNorm,
    conv4: SeparableConv,
    bn4: BatchNorm,
    last_linear: Linear,
}

impl Xception {
    /// Initialises the weights from the device's random numbers.
    pub fn new(device: &Device) -> Self {
        let norm = |channels| BatchNormConfig::new(channels).init(device);
        let halving = |maps: [usize; 3]| SeparableBlock::new(&maps, true, true, device);
        let middle = || SeparableBlock::new(&[728; 4], false, true, device);
        Self {
            conv1: Convolution::new([3, 32], 3).stride(2).unpadded().init_he(device),
            bn1: norm(32),
            conv2: Convolution::new([32, 64], 3).unpadded().init_he(device),
            bn2: norm(64),
            block1: SeparableBlock::new(&[64, 128, 128], true, false, device),
            block2: halving([128, 256, 256]),
            block3: halving([256, 728, 728]),
            block4: middle(),
            block5: middle(),
            block6: middle(),
            block7: middle(),
            block8: middle(),
            block9: middle(),
            block10: middle(),
            block11: middle(),
            block12: halving([728, 728, 1024]),
            conv3: SeparableConv::new([1024, 1536], device),
            bn3: norm(1536),
            conv4: SeparableConv::new([1536, MAPS], device),
            bn4: norm(MAPS),
            last_linear: LinearConfig::new(MAPS, 1).init(device),
        }
    }

    /// \[n, 3, h, w\] of 0 to 255 to \[n, 2048, h/32, w/32\], about.
    pub fn maps(&self, pixels: Tensor<4>) -> Tensor<4> {
        let scaled = pixels / 127.5 - 1.0;
        let x = normalise(&self.bn1, convolved(&self.conv1, scaled), Rectifier::After);
        let x = normalise(&self.bn2, convolved(&self.conv2, x), Rectifier::After);
        let blocks = [
            &self.block1,
            &self.block2,
            &self.block3,
            &self.block4,
            &self.block5,
            &self.block6,
            &self.block7,
            &self.block8,
            &self.block9,
            &self.block10,
            &self.block11,
            &self.block12,
        ];
        let x = blocks.into_iter().fold(x, |x, block| block.forward(x));
        let x = normalise(&self.bn3, self.conv3.forward(x), Rectifier::After);
        normalise(&self.bn4, self.conv4.forward(x), Rectifier::After)
    }

    /// \[n, 2048, h, w\] to \[n\] logits.
    pub fn head(&self, maps: Tensor<4>) -> Tensor<1> {
        self.last_linear.forward(global_average(maps)).squeeze_dim(1)
    }
}

/// Two networks with the mean of their probabilities.
#[derive(Module, Debug)]
pub struct XceptionPair {
    first: Xception,
    second: Xception,
}

impl XceptionPair {
    /// Initialises the weights from the device's random numbers, which differ between the two.
    pub fn new(device: &Device) -> Self {
        Self {
            first: Xception::new(device),
            second: Xception::new(device),
        }
    }

    /// \[n, 3, h, w\] of 0 to 255 to the maps of the first, then of the second: \[n, 4096, h/32, w/32\], about.
    pub fn maps(&self, pixels: Tensor<4>) -> Tensor<4> {
        Tensor::cat(vec![self.first.maps(pixels.clone()), self.second.maps(pixels)], 1)
    }

    /// \[n, 4096, h, w\] to \[n\] logits of the mean probability.
    pub fn head(&self, maps: Tensor<4>) -> Tensor<1> {
        let [of_first, of_second] = [0, MAPS].map(|start| maps.clone().narrow(1, start, MAPS));
        logit_of_mean(self.first.head(of_first), self.second.head(of_second))
    }
}

/// Logit of the mean of two logits' probabilities, from their logarithms, so that none is rounded to 0 or 1.
pub(super) fn logit_of_mean(a: Tensor<1>, b: Tensor<1>) -> Tensor<1> {
    // log(e^u + e^v); log 2 is the same for both and drops out of the difference.
    let log_sum = |u: Tensor<1>, v: Tensor<1>| v.clone() - log_sigmoid(v - u);
    let fake = log_sum(log_sigmoid(a.clone()), log_sigmoid(b.clone()));
    let genuine = log_sum(log_sigmoid(-a), log_sigmoid(-b));
    fake - genuine
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_is_that_of_the_probabilities() {
        let device = Device::flex();
        let logits = [
            (0.0_f32, 0.0_f32),
            (1.0, 1.0),
            (2.0, -1.0),
            (-3.0, 0.5),
            (30.0, 30.0),
            (-90.0, -90.0),
            (90.0, -90.0),
        ];
        for (a, b) in logits {
            let of = |value| Tensor::<1>::from_floats([value], &device);
            let found = logit_of_mean(of(a), of(b)).into_scalar::<f32>();
            let expected = if a == b {
                f64::from(a)
            } else {
                let probability = |logit: f32| 1.0 / (1.0 + f64::from(-logit).exp());
                let mean = (probability(a) + probability(b)) / 2.0;
                (mean / (1.0 - mean)).ln()
            };
            // A few roundings of logarithms of the size of the logits.
            let tolerance = f64::from(4.0 * f32::EPSILON * a.abs().max(b.abs()).max(1.0));
            assert!(
                (f64::from(found) - expected).abs() <= tolerance,
                "{a}, {b}: {found} for {expected}"
            );
        }
    }
}
