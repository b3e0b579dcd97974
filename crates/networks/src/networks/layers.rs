//! What the networks share: convolutions without bias, pooling, and averaging over maps.

use burn::module::Initializer;
use burn::nn::PaddingConfig2d;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::pool::{MaxPool2d, MaxPool2dConfig};
use burn::tensor::module::max_pool2d;
use burn::tensor::ops::MaxPoolOptions;
use burn::tensor::{Device, Tensor};

use crate::ops;

/// A square convolution without bias.
pub(super) struct Convolution {
    channels: [usize; 2],
    kernel: usize,
    stride: usize,
    dilation: usize,
    padding: usize,
    groups: usize,
}

impl Convolution {
    /// Stride 1, padded with zeros by half the kernel, which keeps the size.
    pub(super) fn new(channels: [usize; 2], kernel: usize) -> Self {
        Self {
            channels,
            kernel,
            stride: 1,
            dilation: 1,
            padding: kernel / 2,
            groups: 1,
        }
    }

    pub(super) fn stride(self, stride: usize) -> Self {
        Self { stride, ..self }
    }

    /// Samples of the kernel apart by `dilation` pixels, and padding that keeps the size.
    pub(super) fn dilation(self, dilation: usize) -> Self {
        Self {
            dilation,
            padding: self.kernel / 2 * dilation,
            ..self
        }
    }

    pub(super) fn unpadded(self) -> Self {
        Self { padding: 0, ..self }
    }

    /// Each channel by itself.
    pub(super) fn depthwise(self) -> Self {
        Self {
            groups: self.channels[0],
            ..self
        }
    }

    fn config(&self) -> Conv2dConfig {
        let padding = self.padding;
        Conv2dConfig::new(self.channels, [self.kernel; 2])
            .with_stride([self.stride; 2])
            .with_dilation([self.dilation; 2])
            .with_padding(PaddingConfig2d::Explicit(padding, padding, padding, padding))
            .with_groups(self.groups)
            .with_bias(false)
    }

    /// Weights as PyTorch makes them by default: uniform in ± 1 / √(fan-in).
    pub(super) fn init_default(&self, device: &Device) -> Conv2d {
        self.config().init(device)
    }

    /// Weights as K. He, X. Zhang, S. Ren, J. Sun, *Delving Deep into Rectifiers*, ICCV 2015, and torchvision make them:
    /// normal with variance 2 / fan-out, of one group where there are several.
    pub(super) fn init_he(&self, device: &Device) -> Conv2d {
        let he = Initializer::KaimingNormal {
            gain: std::f64::consts::SQRT_2,
            fan_out_only: true,
        };
        self.config().with_initializer(he).init(device)
    }
}

/// The convolution by [`ops::convolve`], which is several times as fast as burn's; grouped ones by burn's.
pub(super) fn convolved(conv: &Conv2d, x: Tensor<4>) -> Tensor<4> {
    let PaddingConfig2d::Explicit(top, left, bottom, right) = conv.padding else {
        return conv.forward(x);
    };
    if conv.groups != 1 || (top, left) != (bottom, right) {
        return conv.forward(x);
    }
    let y = ops::convolve(x, conv.weight.val(), conv.stride, [top, left], conv.dilation);
    match &conv.bias {
        None => y,
        Some(bias) => y + bias.val().reshape([1, -1, 1, 1]),
    }
}

/// Largest of each square of `side` pixels, without overlap.
pub(super) fn max_pool(maps: Tensor<4>, side: usize) -> Tensor<4> {
    max_pool2d(maps, MaxPoolOptions::new([side; 2]).with_stride([side; 2]))
}

/// Largest of each 3 × 3 pixels, every second one, with a border of one: how the deep networks halve their maps.
pub(super) fn halving_pool() -> MaxPool2d {
    MaxPool2dConfig::new([3; 2])
        .with_strides([2; 2])
        .with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1))
        .init()
}

/// Mean of every map: \[n, c, h, w\] to \[n, c\].
pub(super) fn global_average(maps: Tensor<4>) -> Tensor<2> {
    let [items, channels, height, width] = maps.dims();
    maps.reshape([items, channels, height * width])
        .mean_dim(2)
        .reshape([items, channels])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(conv: Conv2d) -> Vec<f64> {
        conv.weight.val().into_data().iter().collect()
    }

    #[test]
    fn convolutions_start_as_he_or_pytorch_have_it() {
        let device = Device::flex();
        // 24 · 9 outputs that a value goes to, and 9 where each channel is by itself.
        for (convolution, fan_out) in [
            (Convolution::new([38, 24], 3), 216.0),
            (
                Convolution::new([38, 24], 3).stride(2).unpadded().dilation(2),
                216.0,
            ),
            (Convolution::new([1000; 2], 3).depthwise(), 9.0),
        ] {
            let values = values(convolution.init_he(&device));
            let variance = values.iter().map(|value| value * value).sum::<f64>() / values.len() as f64;
            // A variance of 8,208 or 9,000 normal values has a relative deviation of 1.6 %; six of them.
            assert!(
                (variance * fan_out / 2.0 - 1.0).abs() < 0.1,
                "{variance} for {fan_out}"
            );
        }
        let bound = 1.0 / f64::sqrt(38.0 * 9.0);
        let values = values(Convolution::new([38, 24], 3).init_default(&device));
        let largest = values
            .iter()
            .fold(0.0, |largest: f64, value| largest.max(value.abs()));
        // The largest of 8,208 uniform values falls short of the bound by 1 / 8,208 on average.
        assert!(
            largest <= bound && largest > 0.99 * bound,
            "{largest} for {bound}"
        );
    }
}
