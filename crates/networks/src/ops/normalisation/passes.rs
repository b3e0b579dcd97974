//! The passes of a normalisation over the maps: statistics, forward, backward.
//!
//! Planes, the maps of single images, are shared among the threads; sums over the planes of a channel are in the
//! planes' order. Sums are of [`LANES`] interleaved single-precision sums over [`BLOCK`] values each, and double
//! precision beyond.

use burn::backend::flex::FlexTensor;
use pulp::Arch;
use rayon::prelude::*;

use super::{Rectifier, Settings};

/// Values that are added up in single precision.
const BLOCK: usize = 1024;

/// Sums side by side: of the widest vectors.
const LANES: usize = 16;

/// Sizes of the maps.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    pub images: usize,
    pub channels: usize,
    /// Pixels of a map.
    pub area: usize,
}

impl Shape {
    /// Of a tensor \[n, c, h, w\].
    pub fn of(maps: &FlexTensor) -> Self {
        let [images, channels, height, width] = maps.layout().shape().dims();
        Self {
            images,
            channels,
            area: height * width,
        }
    }

    /// A channel's plane in each image, in order.
    fn planes(self, maps: &[f32], channel: usize) -> impl Iterator<Item = &[f32]> {
        (0..self.images).map(move |image| &maps[(image * self.channels + channel) * self.area..][..self.area])
    }
}

/// What happens to each channel.
pub struct Layer {
    channels: Vec<Channel>,
    settings: Settings,
}

#[derive(Clone, Copy, Debug)]
struct Channel {
    mean: f32,
    /// 1 / √(variance + epsilon).
    inverse_deviation: f32,
    gamma: f32,
    beta: f32,
}

impl Layer {
    /// From gamma \[c\], beta \[c\] and the statistics \[2, c\], means and variances.
    pub fn new(tensors: [FlexTensor; 3], settings: Settings) -> Self {
        let [gamma, beta, statistics] = tensors.map(|tensor| tensor.to_contiguous());
        let (gamma, beta): (&[f32], &[f32]) = (gamma.storage(), beta.storage());
        let (means, variances) = statistics.storage::<f32>().split_at(gamma.len());
        let channels = (0..gamma.len()).map(|index| Channel {
            mean: means[index],
            inverse_deviation: (1.0 / (f64::from(variances[index]) + settings.epsilon).sqrt()) as f32,
            gamma: gamma[index],
            beta: beta[index],
        });
        Self {
            channels: channels.collect(),
            settings,
        }
    }
}

impl Channel {
    #[inline(always)]
    fn standardised(self, value: f32) -> f32 {
        (value - self.mean) * self.inverse_deviation
    }

    #[inline(always)]
    fn output(self, standardised: f32) -> f32 {
        standardised * self.gamma + self.beta
    }
}

/// Zero for what is negative. What is no number stays so: training ends at it.
#[inline(always)]
fn rectified(value: f32) -> f32 {
    if value < 0.0 { 0.0 } else { value }
}

/// The sum of `term` over an index.
#[inline(always)]
fn sum(count: usize, term: impl Fn(usize) -> f32) -> f64 {
    let mut sum = 0.0;
    for block in (0..count).step_by(BLOCK) {
        let end = (block + BLOCK).min(count);
        let mut lanes = [0.0; LANES];
        let whole = block + (end - block) / LANES * LANES;
        for start in (block..whole).step_by(LANES) {
            for (lane, sum) in lanes.iter_mut().enumerate() {
                *sum += term(start + lane);
            }
        }
        sum += lanes.iter().map(|lane| f64::from(*lane)).sum::<f64>();
        sum += (whole..end).map(|index| f64::from(term(index))).sum::<f64>();
    }
    sum
}

/// Means of the channels, then their variances over n. One plane after another, so that each is read from memory once
/// (T. Chan, G. Golub, R. LeVeque, *Algorithms for Computing the Sample Variance*, 1983, equations 2.1).
pub fn statistics(shape: Shape, x: &[f32], rectifier: Rectifier) -> Vec<f32> {
    let is_rectified = rectifier == Rectifier::Before;
    let moments = |channel| {
        let (mut count, mut mean, mut squares) = (0.0, 0.0, 0.0);
        for plane in shape.planes(x, channel) {
            let (plane_mean, plane_squares) = Arch::new().dispatch(
                #[inline(always)]
                || plane_moments(plane, is_rectified),
            );
            let (added, apart) = (plane.len() as f64, plane_mean - mean);
            squares += plane_squares + apart * apart * count * added / (count + added);
            mean += apart * added / (count + added);
            count += added;
        }
        (mean as f32, (squares / count) as f32)
    };
    let (mut means, variances): (Vec<f32>, Vec<f32>) =
        (0..shape.channels).into_par_iter().map(moments).unzip();
    means.extend(variances);
    means
}

/// The mean, and the sum of the squares of what differs from it.
#[inline(always)]
fn plane_moments(plane: &[f32], is_rectified: bool) -> (f64, f64) {
    let value = |index: usize| {
        if is_rectified {
            rectified(plane[index])
        } else {
            plane[index]
        }
    };
    let mean = sum(plane.len(), value) / plane.len() as f64;
    let near = mean as f32;
    let squares = sum(plane.len(), |index| (value(index) - near) * (value(index) - near));
    (mean, squares)
}

/// The maps normalised.
pub fn forward(shape: Shape, x: &[f32], layer: &Layer) -> Vec<f32> {
    let mut output = vec![0.0; x.len()];
    let planes = output.par_chunks_mut(shape.area).zip(x.par_chunks(shape.area));
    planes.enumerate().for_each(|(index, (to, from))| {
        let channel = layer.channels[index % shape.channels];
        Arch::new().dispatch(
            #[inline(always)]
            || forward_plane(from, to, channel, layer.settings.rectifier),
        );
    });
    output
}

#[inline(always)]
fn forward_plane(from: &[f32], to: &mut [f32], channel: Channel, rectifier: Rectifier) {
    let (before, after) = (rectifier == Rectifier::Before, rectifier == Rectifier::After);
    for (to, from) in to.iter_mut().zip(from) {
        let value = if before { rectified(*from) } else { *from };
        let output = channel.output(channel.standardised(value));
        *to = if after { rectified(output) } else { output };
    }
}

/// Gradients of the maps and of the channels' parameters.
pub struct Gradients {
    pub x: Vec<f32>,
    pub gamma: Vec<f32>,
    pub beta: Vec<f32>,
}

/// From the gradient of the output g, and what is standardised x̂: of β, Σg; of γ, Σgx̂; and of x
/// γ (g − Σg/N − x̂ Σgx̂/N) / σ, N being the values of a channel, where mean and σ are the batch's own, else γg / σ.
pub fn backward(shape: Shape, x: &[f32], gradient: &[f32], layer: &Layer) -> Gradients {
    let sums = |index| {
        let channel: Channel = layer.channels[index];
        let planes = shape.planes(x, index).zip(shape.planes(gradient, index));
        planes.fold((0.0, 0.0), |(of_gamma, of_beta), (x, gradient)| {
            let (more_gamma, more_beta) = Arch::new().dispatch(
                #[inline(always)]
                || plane_sums(x, gradient, channel, layer.settings.rectifier),
            );
            (of_gamma + more_gamma, of_beta + more_beta)
        })
    };
    let sums: Vec<(f64, f64)> = (0..shape.channels).into_par_iter().map(sums).collect();

    let mut of_x = vec![0.0; x.len()];
    let planes = of_x.par_chunks_mut(shape.area).zip(x.par_chunks(shape.area));
    let planes = planes.zip(gradient.par_chunks(shape.area)).enumerate();
    let count = (shape.images * shape.area) as f64;
    planes.for_each(|(index, ((to, x), gradient))| {
        let index = index % shape.channels;
        let (of_gamma, of_beta) = sums[index];
        let means = if layer.settings.of_batch {
            [(of_gamma / count) as f32, (of_beta / count) as f32]
        } else {
            [0.0; 2]
        };
        Arch::new().dispatch(
            #[inline(always)]
            || {
                backward_plane(
                    [x, gradient],
                    to,
                    layer.channels[index],
                    means,
                    layer.settings.rectifier,
                )
            },
        );
    });
    Gradients {
        x: of_x,
        gamma: sums.iter().map(|sums| sums.0 as f32).collect(),
        beta: sums.iter().map(|sums| sums.1 as f32).collect(),
    }
}

/// What is standardised, and the gradient of what is normalised: that of the output, where a ReLU after it lets it
/// pass.
#[inline(always)]
fn passed(x: f32, gradient: f32, channel: Channel, rectifier: Rectifier) -> (f32, f32) {
    let value = if rectifier == Rectifier::Before {
        rectified(x)
    } else {
        x
    };
    let standardised = channel.standardised(value);
    let is_cut = rectifier == Rectifier::After && channel.output(standardised) <= 0.0;
    (standardised, if is_cut { 0.0 } else { gradient })
}

/// Σgx̂ and Σg.
#[inline(always)]
fn plane_sums(x: &[f32], gradient: &[f32], channel: Channel, rectifier: Rectifier) -> (f64, f64) {
    let gradient = &gradient[..x.len()];
    let at = |index: usize| passed(x[index], gradient[index], channel, rectifier);
    let of_gamma = sum(x.len(), |index| {
        let (standardised, gradient) = at(index);
        standardised * gradient
    });
    (of_gamma, sum(x.len(), |index| at(index).1))
}

#[inline(always)]
fn backward_plane(
    [x, gradient]: [&[f32]; 2],
    to: &mut [f32],
    channel: Channel,
    [mean_product, mean_gradient]: [f32; 2],
    rectifier: Rectifier,
) {
    let scale = channel.gamma * channel.inverse_deviation;
    for ((to, &x), &gradient) in to.iter_mut().zip(x).zip(gradient) {
        let (standardised, gradient) = passed(x, gradient, channel, rectifier);
        let of_value = scale * (gradient - mean_gradient - standardised * mean_product);
        let is_cut = rectifier == Rectifier::Before && x <= 0.0;
        *to = if is_cut { 0.0 } else { of_value };
    }
}
