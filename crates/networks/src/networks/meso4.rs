//! Meso4: D. Afchar, V. Nozick, J. Yamagishi, I. Echizen, *MesoNet: a Compact Facial Video Forgery Detection
//! Network*, WIFS 2018, section 3.1 and figure 4.
//!
//! | layer | output | parameters |
//! |---|---|---|
//! | input, pixels / 255 | 3 × 256 × 256 | |
//! | `conv1` 3×3, ReLU, `bn1` | 8 × 256 × 256 | 216 + 16 |
//! | max pooling 2, `conv2` 5×5, ReLU, `bn2` | 8 × 128 × 128 | 1,600 + 16 |
//! | max pooling 2, `conv3` 5×5, ReLU, `bn3` | 16 × 64 × 64 | 3,200 + 32 |
//! | max pooling 2, `conv4` 5×5, ReLU, `bn4` (the maps) | 16 × 32 × 32 | 6,400 + 32 |
//! | max pooling 4, flatten, dropout ½, `fc1`, leaky ReLU 0.1 | 16 | 16,400 |
//! | dropout ½, `fc2` | 1 | 17 |
//!
//! 27,929 parameters, 60.0 million multiply-adds. The convolutions have no bias (the authors' Keras code has: 48
//! parameters more); they are padded with zeros to keep their size. Initialised as PyTorch does by default.
//!
//! Input: 256 × 256 only, since the dense layer has that size; RGB of 0 to 255.
//!
//! The widespread PyTorch port uses one normalisation for layers 1 and 2 and one for 3 and 4, against the paper;
//! its weights therefore fit only in part.

use burn::module::Module;
use burn::nn::conv::Conv2d;
use burn::nn::{BatchNorm, BatchNormConfig, Dropout, DropoutConfig, Linear, LinearConfig};
use burn::tensor::activation::leaky_relu;
use burn::tensor::{Device, Tensor};

use super::layers::{Convolution, convolved, max_pool};
use crate::ops::{Rectifier, normalise};

/// The network of four convolutional layers.
#[derive(Module, Debug)]
pub struct Meso4 {
    conv1: Conv2d,
    bn1: BatchNorm,
    conv2: Conv2d,
    bn2: BatchNorm,
    conv3: Conv2d,
    bn3: BatchNorm,
    conv4: Conv2d,
    bn4: BatchNorm,
    pub(super) dropout: Dropout,
    fc1: Linear,
    fc2: Linear,
}

impl Meso4 {
    /// Initialises the weights from the device's random numbers.
    pub fn new(device: &Device) -> Self {
        let norm = |channels| BatchNormConfig::new(channels).init(device);
        Self {
            conv1: Convolution::new([3, 8], 3).init_default(device),
            bn1: norm(8),
            conv2: Convolution::new([8, 8], 5).init_default(device),
            bn2: norm(8),
            conv3: Convolution::new([8, 16], 5).init_default(device),
            bn3: norm(16),
            conv4: Convolution::new([16, 16], 5).init_default(device),
            bn4: norm(16),
            dropout: dropout(),
            fc1: LinearConfig::new(FLAT, HIDDEN).init(device),
            fc2: LinearConfig::new(HIDDEN, 1).init(device),
        }
    }

    /// \[n, 3, 256, 256\] of 0 to 255 to \[n, 16, 32, 32\], before the last pooling.
    pub fn maps(&self, pixels: Tensor<4>) -> Tensor<4> {
        let x = layer(&self.conv1, &self.bn1, pixels / 255.0);
        let x = layer(&self.conv2, &self.bn2, max_pool(x, 2));
        let x = layer(&self.conv3, &self.bn3, max_pool(x, 2));
        layer(&self.conv4, &self.bn4, max_pool(x, 2))
    }

    /// \[n, 16, 32, 32\] to \[n\] logits.
    pub fn head(&self, maps: Tensor<4>) -> Tensor<1> {
        dense_head(maps, &self.dropout, &self.fc1, &self.fc2)
    }
}

/// Values of 16 maps of 8 × 8.
pub(super) const FLAT: usize = 1024;

/// Width of the hidden dense layer.
pub(super) const HIDDEN: usize = 16;

pub(super) fn dropout() -> Dropout {
    DropoutConfig::new(0.5).init()
}

/// Convolution, ReLU, and only then the normalisation, as the paper has it.
pub(super) fn layer(conv: &Conv2d, norm: &BatchNorm, x: Tensor<4>) -> Tensor<4> {
    normalise(norm, convolved(conv, x), Rectifier::Before)
}

/// The dense part of both networks of the paper.
pub(super) fn dense_head(maps: Tensor<4>, dropout: &Dropout, fc1: &Linear, fc2: &Linear) -> Tensor<1> {
    let x = max_pool(maps, 4).flatten::<2>(1, 3);
    let x = leaky_relu(fc1.forward(dropout.forward(x)), 0.1);
    fc2.forward(dropout.forward(x)).squeeze_dim(1)
}
