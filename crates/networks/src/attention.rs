//! Where a network looks: Grad-CAM.

use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::{TensorData, activation};
use image::RgbImage;

use super::device::device;
use super::networks::Network;
use super::pictures::append_planes;
use dftective_decode::Plane;

/// How much each part of a square picture speaks for fake, after Selvaraju et al. ("Grad-CAM", 2017): the last maps
/// A, each weighed by the mean slope of the logit along it, added, and the positive part kept; in logits a pixel of
/// the maps, brought up to the picture's size linearly.
pub(super) fn attention(network: &Network, square: &RgbImage) -> Plane {
    let (width, height) = square.dimensions();
    let (width, height) = (width as usize, height as usize);
    let mut planes = Vec::new();
    append_planes(square, &mut planes);
    let device = device();
    let input = Tensor::<4>::from_data(TensorData::new(planes, [1, 3, height, width]), &device);
    let maps = network.maps(input);
    // The head alone is differentiated: what lies before is as it was when the picture was judged.
    let tracked = Tensor::<4>::from_inner(maps.clone()).require_grad();
    let head = network.clone().train().without_dropout();
    let gradients = head.head(tracked.clone()).sum().backward();
    let [_, channels, rows, columns] = maps.dims();
    let slopes = match tracked.grad(&gradients) {
        Some(slopes) => slopes.reshape([channels, rows * columns]).mean_dim(1),
        None => Tensor::<2>::zeros([channels, 1], &device),
    };
    let weighed = maps.reshape([channels, rows * columns]) * slopes;
    let heat = activation::relu(weighed.sum_dim(0).reshape([rows * columns]));
    enlarged(&super::values(heat), columns, rows, width, height)
}

/// A small plane brought up linearly, its samples lying in the middles of equal cells.
fn enlarged(samples: &[f32], columns: usize, rows: usize, width: usize, height: usize) -> Plane {
    let place = |index: usize, length: usize, cells: usize| {
        let at = ((index as f32 + 0.5) * cells as f32 / length as f32 - 0.5).clamp(0.0, (cells - 1) as f32);
        let low = at as usize;
        (low, (low + 1).min(cells - 1), at - low as f32)
    };
    let mut enlarged = Vec::with_capacity(width * height);
    for y in 0..height {
        let (above, below, down) = place(y, height, rows);
        for x in 0..width {
            let (left, right, across) = place(x, width, columns);
            let along = |row: usize| {
                let (a, b) = (samples[row * columns + left], samples[row * columns + right]);
                a + (b - a) * across
            };
            enlarged.push(along(above) + (along(below) - along(above)) * down);
        }
    }
    Plane {
        width,
        height,
        samples: enlarged,
    }
}
