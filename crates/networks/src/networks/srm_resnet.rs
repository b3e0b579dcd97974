//! A small residual network on noise residuals: the fixed bank of [`super::srm_filters`], a convolution at full
//! resolution, and four residual blocks (K. He, X. Zhang, S. Ren, J. Sun, *Deep Residual Learning for Image
//! Recognition*, CVPR 2016). Fixed high-pass filters before a network that learns are from steganalysis
//! (Y. Qian, J. Dong, W. Wang, T. Tan, *Deep Learning for Steganalysis via Convolutional Neural Networks*, SPIE 2015),
//! as is going without pooling in the first layers, which would average a weak signal away (M. Boroumand, M. Chen,
//! J. Fridrich, *Deep Residual Network for Steganalysis of Digital Images*, IEEE TIFS 14, 2019).
//!
//! | layer | output (128 × 128 in) | parameters |
//! |---|---|---|
//! | input, RGB 0 to 255 as YCbCr (JFIF) | 3 × 128 × 128 | |
//! | high-pass bank, clipped to ± 6 | 38 × 124 × 124 | fixed |
//! | `conv1` 3×3, `bn1`, ReLU | 24 × 124 × 124 | 8,208 + 48 |
//! | `layer1`, a block | 24 × 124 × 124 | 10,464 |
//! | `layer2`, a block of stride 2 | 48 × 62 × 62 | 32,544 |
//! | `layer3`, a block of stride 2 | 64 × 31 × 31 | 67,968 |
//! | `layer4`, a block of stride 2 (the maps) | 96 × 16 × 16 | 144,960 |
//! | mean of each map, `fc` | 1 | 97 |
//!
//! 264,289 parameters, 526 million multiply-adds (15 of them the bank's). Convolutions have no bias; all but the bank
//! are padded with zeros. Initialised as torchvision's residual networks.
//!
//! Input: RGB of 0 to 255, at least 32 × 32, never resized: the evidence is in the pixels' noise. The bank
//! looks at whole neighbourhoods only, so the outermost two pixels have no residual of their own and no edge is made up
//! at the border; the zeros around the residuals are what flat surroundings give.

use burn::module::Module;
use burn::nn::conv::Conv2d;
use burn::nn::{BatchNorm, BatchNormConfig, Linear, LinearConfig};
use burn::tensor::{Device, Tensor};

use super::basic_block::BasicBlock;
use super::layers::{Convolution, convolved, global_average};
use super::srm_filters::{MAPS, residuals};
use crate::ops::{Rectifier, normalise};

/// Maps of the stem and of the four blocks.
const WIDTHS: [usize; 4] = [24, 48, 64, 96];

/// The residual network behind the high-pass bank.
#[derive(Module, Debug)]
pub struct SrmResnet {
    conv1: Conv2d,
    bn1: BatchNorm,
    layer1: Vec<BasicBlock>,
    layer2: Vec<BasicBlock>,
    layer3: Vec<BasicBlock>,
    layer4: Vec<BasicBlock>,
    fc: Linear,
}

impl SrmResnet {
    /// Initialises the weights from the device's random numbers.
    pub fn new(device: &Device) -> Self {
        let [first, second, third, fourth] = WIDTHS;
        let block = |channels, stride| vec![BasicBlock::new(channels, stride, device)];
        Self {
            conv1: Convolution::new([MAPS, first], 3).init_he(device),
            bn1: BatchNormConfig::new(first).init(device),
            layer1: block([first, first], 1),
            layer2: block([first, second], 2),
            layer3: block([second, third], 2),
            layer4: block([third, fourth], 2),
            fc: LinearConfig::new(fourth, 1).init(device),
        }
    }

    /// \[n, 3, h, w\] of 0 to 255 to \[n, 96, h′, w′\], where h′ = ⌈(h − 4) / 8⌉.
    pub fn maps(&self, pixels: Tensor<4>) -> Tensor<4> {
        [&self.layer1, &self.layer2, &self.layer3, &self.layer4]
            .into_iter()
            .flatten()
            .fold(self.stem(pixels), |x, block| block.forward(x))
    }

    /// \[n, 3, h, w\] of 0 to 255 to \[n, 24, h − 4, w − 4\].
    pub(super) fn stem(&self, pixels: Tensor<4>) -> Tensor<4> {
        normalise(
            &self.bn1,
            convolved(&self.conv1, residuals(pixels)),
            Rectifier::After,
        )
    }

    /// \[n, 96, h, w\] to \[n\] logits.
    pub fn head(&self, maps: Tensor<4>) -> Tensor<1> {
        self.fc.forward(global_average(maps)).squeeze_dim(1)
    }
}
