//! The residual block of two 3×3 convolutions: K. He, X. Zhang, S. Ren, J. Sun, *Deep Residual Learning for Image
//! Recognition*, CVPR 2016, figure 5 left.

use burn::module::Module;
use burn::nn::conv::Conv2d;
use burn::nn::{BatchNorm, BatchNormConfig};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};

use super::layers::{Convolution, convolved};
use crate::ops::{Rectifier, normalise};

/// The shortcut's 1×1 convolution and its normalisation, where a block changes the shape.
pub(super) type Downsample = (Conv2d, BatchNorm);

/// The shortcut of a block: none where input and output have one shape.
pub(super) fn downsample(channels: [usize; 2], stride: usize, device: &Device) -> Option<Downsample> {
    (stride != 1 || channels[0] != channels[1]).then(|| {
        (
            Convolution::new(channels, 1).stride(stride).init_he(device),
            BatchNormConfig::new(channels[1]).init(device),
        )
    })
}

/// What the shortcut makes of a block's input.
pub(super) fn shortcut(downsample: Option<&Downsample>, x: Tensor<4>) -> Tensor<4> {
    match downsample {
        Some((conv, norm)) => normalise(norm, convolved(conv, x), Rectifier::None),
        None => x,
    }
}

/// Convolution, normalisation, ReLU, convolution, normalisation; plus the shortcut; ReLU.
#[derive(Module, Debug)]
pub struct BasicBlock {
    conv1: Conv2d,
    bn1: BatchNorm,
    conv2: Conv2d,
    bn2: BatchNorm,
    downsample: Option<Downsample>,
}

impl BasicBlock {
    /// A block from `channels[0]` to `channels[1]` maps; the first convolution has the stride.
    pub fn new(channels: [usize; 2], stride: usize, device: &Device) -> Self {
        let [_, outputs] = channels;
        Self {
            conv1: Convolution::new(channels, 3).stride(stride).init_he(device),
            bn1: BatchNormConfig::new(outputs).init(device),
            conv2: Convolution::new([outputs; 2], 3).init_he(device),
            bn2: BatchNormConfig::new(outputs).init(device),
            downsample: downsample(channels, stride, device),
        }
    }

    /// \[n, inputs, h, w\] to \[n, outputs, ⌈h / stride⌉, ⌈w / stride⌉\].
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let residual = normalise(&self.bn1, convolved(&self.conv1, x.clone()), Rectifier::After);
        let residual = normalise(&self.bn2, convolved(&self.conv2, residual), Rectifier::None);
        relu(residual + shortcut(self.downsample.as_ref(), x))
    }
}
