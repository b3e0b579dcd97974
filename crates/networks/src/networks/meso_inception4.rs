//! MesoInception4: D. Afchar, V. Nozick, J. Yamagishi, I. Echizen, *MesoNet: a Compact Facial Video Forgery Detection
//! Network*, WIFS 2018, section 3.2 and figure 5: [`Meso4`](super::Meso4) whose first two layers are inception
//! modules with dilated convolutions.
//!
//! | layer | output | parameters |
//! |---|---|---|
//! | input, pixels / 255 | 3 × 256 × 256 | |
//! | `inception1` (1, 4, 4, 2), ReLU, `bn1` | 11 × 256 × 256 | 357 + 22 |
//! | max pooling 2, `inception2` (2, 4, 4, 2), ReLU, `bn2` | 12 × 128 × 128 | 456 + 24 |
//! | max pooling 2, `conv3` 5×5, ReLU, `bn3` | 16 × 64 × 64 | 4,800 + 32 |
//! | max pooling 2, `conv4` 5×5, ReLU, `bn4` (the maps) | 16 × 32 × 32 | 6,400 + 32 |
//! | max pooling 4, flatten, dropout ½, `fc1`, leaky ReLU 0.1 | 16 | 16,400 |
//! | dropout ½, `fc2` | 1 | 17 |
//!
//! 28,540 parameters, 57.1 million multiply-adds. The convolutions have no bias: with one each, as in the authors'
//! Keras code, they are the paper's 28,615. All are padded with zeros to keep their size. Initialised as PyTorch does
//! by default.
//!
//! Input: 256 × 256 only, since the dense layer has that size; RGB of 0 to 255.

use burn::module::Module;
use burn::nn::conv::Conv2d;
use burn::nn::{BatchNorm, BatchNormConfig, Dropout, Linear, LinearConfig};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};

use super::layers::{Convolution, convolved, max_pool};
use super::meso4::{FLAT, HIDDEN, dense_head, dropout, layer};
use crate::ops::{Rectifier, normalise};

/// Four branches side by side, each of 1×1 convolutions that mix channels, three of them followed by a 3×3 convolution
/// of dilation 1, 2 and 3; a ReLU after every convolution.
#[derive(Module, Debug)]
pub struct Inception {
    conv1: Conv2d,
    conv2_1: Conv2d,
    conv2_2: Conv2d,
    conv3_1: Conv2d,
    conv3_2: Conv2d,
    conv4_1: Conv2d,
    conv4_2: Conv2d,
}

impl Inception {
    /// From `inputs` maps to the sum of `branches`, the maps of each branch.
    pub fn new(inputs: usize, branches: [usize; 4], device: &Device) -> Self {
        let mix = |outputs| Convolution::new([inputs, outputs], 1).init_default(device);
        let dilated = |channels: usize, dilation| {
            Convolution::new([channels; 2], 3)
                .dilation(dilation)
                .init_default(device)
        };
        let [a, b, c, d] = branches;
        Self {
            conv1: mix(a),
            conv2_1: mix(b),
            conv2_2: dilated(b, 1),
            conv3_1: mix(c),
            conv3_2: dilated(c, 2),
            conv4_1: mix(d),
            conv4_2: dilated(d, 3),
        }
    }

    /// \[n, inputs, h, w\] to \[n, a + b + c + d, h, w\].
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let branch =
            |mix: &Conv2d, dilated: &Conv2d| relu(convolved(dilated, relu(convolved(mix, x.clone()))));
        let branches = [
            relu(convolved(&self.conv1, x.clone())),
            branch(&self.conv2_1, &self.conv2_2),
            branch(&self.conv3_1, &self.conv3_2),
            branch(&self.conv4_1, &self.conv4_2),
        ];
        Tensor::cat(branches.to_vec(), 1)
    }
}

/// The network of two inception modules and two convolutional layers.
#[derive(Module, Debug)]
pub struct MesoInception4 {
    inception1: Inception,
    bn1: BatchNorm,
    inception2: Inception,
    bn2: BatchNorm,
    conv3: Conv2d,
    bn3: BatchNorm,
    conv4: Conv2d,
    bn4: BatchNorm,
    pub(super) dropout: Dropout,
    fc1: Linear,
    fc2: Linear,
}

impl MesoInception4 {
    /// Initialises the weights from the device's random numbers.
    pub fn new(device: &Device) -> Self {
        let norm = |channels| BatchNormConfig::new(channels).init(device);
        Self {
            inception1: Inception::new(3, [1, 4, 4, 2], device),
            bn1: norm(11),
            inception2: Inception::new(11, [2, 4, 4, 2], device),
            bn2: norm(12),
            conv3: Convolution::new([12, 16], 5).init_default(device),
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
        let x = normalise(
            &self.bn1,
            self.inception1.forward(pixels / 255.0),
            Rectifier::None,
        );
        let x = normalise(
            &self.bn2,
            self.inception2.forward(max_pool(x, 2)),
            Rectifier::None,
        );
        let x = layer(&self.conv3, &self.bn3, max_pool(x, 2));
        layer(&self.conv4, &self.bn4, max_pool(x, 2))
    }

    /// \[n, 16, 32, 32\] to \[n\] logits.
    pub fn head(&self, maps: Tensor<4>) -> Tensor<1> {
        dense_head(maps, &self.dropout, &self.fc1, &self.fc2)
    }
}
