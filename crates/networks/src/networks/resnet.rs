//! Residual networks of 18 and 50 layers: K. He, X. Zhang, S. Ren, J. Sun, *Deep Residual Learning for Image
//! Recognition*, CVPR 2016, table 1, with torchvision's names and its place for the stride: in the 3×3 convolution
//! of a bottleneck, where the paper has it in the first 1×1.
//!
//! | layer | output (224 × 224 in) | parameters, 18 layers | 50 layers |
//! |---|---|---|---|
//! | input, (pixels / 255 − mean) / deviation of ImageNet | 3 × 224 × 224 | | |
//! | `conv1` 7×7 stride 2, `bn1`, ReLU | 64 × 112 × 112 | 9,536 | 9,536 |
//! | max pooling 3×3 stride 2, `layer1` | 64 (256) × 56 × 56 | 2 blocks, 147,968 | 3 blocks, 215,808 |
//! | `layer2` | 128 (512) × 28 × 28 | 2 blocks, 525,568 | 4 blocks, 1,219,584 |
//! | `layer3` | 256 (1024) × 14 × 14 | 2 blocks, 2,099,712 | 6 blocks, 7,098,368 |
//! | `layer4` (the maps) | 512 (2048) × 7 × 7 | 2 blocks, 8,393,728 | 3 blocks, 14,964,736 |
//! | mean of each map, `fc` | 1 | 513 | 2,049 |
//!
//! 11,177,025 and 23,510,081 parameters (torchvision's with one output for its thousand), 1.81 and 4.09 thousand
//! million multiply-adds. A [`BasicBlock`] is two 3×3
//! convolutions, a [`Bottleneck`] 1×1, 3×3, 1×1 with four times the maps out; no convolution has a bias.
//! Initialised as torchvision does: convolutions as He et al. (2015), the rest as PyTorch by default.
//!
//! Input: RGB of 0 to 255, any size from 32 × 32; published at 224 × 224.

use burn::module::Module;
use burn::nn::conv::Conv2d;
use burn::nn::{BatchNorm, BatchNormConfig, Linear, LinearConfig};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};

use super::basic_block::{BasicBlock, Downsample, downsample, shortcut};
use super::layers::{Convolution, convolved, global_average, halving_pool};
use crate::ops::{Rectifier, normalise};

/// Mean of ImageNet's red, green and blue, of 0 to 1.
const MEAN: [f32; 3] = [0.485, 0.456, 0.406];

/// Their standard deviation.
const DEVIATION: [f32; 3] = [0.229, 0.224, 0.225];

/// Maps that a bottleneck puts out for each it has inside.
const EXPANSION: usize = 4;

/// 1×1 convolution to few maps, 3×3 with the stride, 1×1 to many; plus the shortcut (the paper's figure 5 right).
#[derive(Module, Debug)]
pub struct Bottleneck {
    conv1: Conv2d,
    bn1: BatchNorm,
    conv2: Conv2d,
    bn2: BatchNorm,
    conv3: Conv2d,
    bn3: BatchNorm,
    downsample: Option<Downsample>,
}

impl Bottleneck {
    /// A block from `inputs` maps through `width` to 4 `width`.
    pub fn new([inputs, width]: [usize; 2], stride: usize, device: &Device) -> Self {
        let outputs = EXPANSION * width;
        let norm = |channels| BatchNormConfig::new(channels).init(device);
        Self {
            conv1: Convolution::new([inputs, width], 1).init_he(device),
            bn1: norm(width),
            conv2: Convolution::new([width; 2], 3).stride(stride).init_he(device),
            bn2: norm(width),
            conv3: Convolution::new([width, outputs], 1).init_he(device),
            bn3: norm(outputs),
            downsample: downsample([inputs, outputs], stride, device),
        }
    }

    /// \[n, inputs, h, w\] to \[n, 4 width, ⌈h / stride⌉, ⌈w / stride⌉\].
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let residual = normalise(&self.bn1, convolved(&self.conv1, x.clone()), Rectifier::After);
        let residual = normalise(&self.bn2, convolved(&self.conv2, residual), Rectifier::After);
        let residual = normalise(&self.bn3, convolved(&self.conv3, residual), Rectifier::None);
        relu(residual + shortcut(self.downsample.as_ref(), x))
    }
}

/// A block of either kind.
#[derive(Module, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "a few dozen at most, and burn knows no boxed module"
)]
pub enum ResidualBlock {
    /// Of [`Resnet::resnet18`].
    Basic(BasicBlock),
    /// Of [`Resnet::resnet50`].
    Bottleneck(Bottleneck),
}

impl ResidualBlock {
    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        match self {
            Self::Basic(block) => block.forward(x),
            Self::Bottleneck(block) => block.forward(x),
        }
    }
}

/// A residual network for photographs.
#[derive(Module, Debug)]
pub struct Resnet {
    conv1: Conv2d,
    bn1: BatchNorm,
    layer1: Vec<ResidualBlock>,
    layer2: Vec<ResidualBlock>,
    layer3: Vec<ResidualBlock>,
    layer4: Vec<ResidualBlock>,
    fc: Linear,
}

impl Resnet {
    /// 18 layers; weights from the device's random numbers.
    pub fn resnet18(device: &Device) -> Self {
        let stage = |inputs, width, stride| {
            let block =
                |inputs, stride| ResidualBlock::Basic(BasicBlock::new([inputs, width], stride, device));
            vec![block(inputs, stride), block(width, 1)]
        };
        let stages = [
            stage(64, 64, 1),
            stage(64, 128, 2),
            stage(128, 256, 2),
            stage(256, 512, 2),
        ];
        Self::of(stages, 512, device)
    }

    /// 50 layers; weights from the device's random numbers.
    pub fn resnet50(device: &Device) -> Self {
        let stage = |inputs, width, stride, blocks| {
            let block =
                |inputs, stride| ResidualBlock::Bottleneck(Bottleneck::new([inputs, width], stride, device));
            let rest = (1..blocks).map(|_| block(EXPANSION * width, 1));
            std::iter::once(block(inputs, stride)).chain(rest).collect()
        };
        let stages = [
            stage(64, 64, 1, 3),
            stage(256, 128, 2, 4),
            stage(512, 256, 2, 6),
            stage(1024, 512, 2, 3),
        ];
        Self::of(stages, 2048, device)
    }

    fn of(
        [layer1, layer2, layer3, layer4]: [Vec<ResidualBlock>; 4],
        outputs: usize,
        device: &Device,
    ) -> Self {
        Self {
            conv1: Convolution::new([3, 64], 7).stride(2).init_he(device),
            bn1: BatchNormConfig::new(64).init(device),
            layer1,
            layer2,
            layer3,
            layer4,
            fc: LinearConfig::new(outputs, 1).init(device),
        }
    }

    /// \[n, 3, h, w\] of 0 to 255 to \[n, 512 or 2048, ⌈h / 32⌉, ⌈w / 32⌉\].
    pub fn maps(&self, pixels: Tensor<4>) -> Tensor<4> {
        let device = pixels.device();
        let channel = |values| Tensor::<1>::from_floats(values, &device).reshape([1, 3, 1, 1]);
        let scaled = (pixels / 255.0 - channel(MEAN)) / channel(DEVIATION);
        let stem = normalise(&self.bn1, convolved(&self.conv1, scaled), Rectifier::After);
        [&self.layer1, &self.layer2, &self.layer3, &self.layer4]
            .into_iter()
            .flatten()
            .fold(halving_pool().forward(stem), |x, block| block.forward(x))
    }

    /// \[n, 512 or 2048, h, w\] to \[n\] logits.
    pub fn head(&self, maps: Tensor<4>) -> Tensor<1> {
        self.fc.forward(global_average(maps)).squeeze_dim(1)
    }
}
