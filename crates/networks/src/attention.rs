//! Where a network looks: Grad-CAM.

use burn::tensor::{Tensor, activation};

use super::device::device;
use super::input::{Input, Planes};
use super::{Trainable, values};
use dftective_decode::Plane;

/// How much each part of each square of an input speaks for fake, after Selvaraju et al. ("Grad-CAM", 2017): the last maps
/// A, each weighed by the mean slope of the logit along it, added, and the positive part kept; in logits a pixel of
/// the maps, brought up to the size of the squares, and of the time between them, linearly.
pub(super) fn attention(network: &impl Trainable, input: &Input) -> Vec<Plane> {
    let device = device();
    let planes = Planes::of(std::slice::from_ref(input));
    let [_, squares, _, height, width] = planes.shape;
    let maps = network.maps(planes.tensor(&device));
    // The part behind the maps alone is differentiated, along the maps alone; frozen, it infers.
    let tracked = Tensor::<5>::from_inner(maps.clone()).require_grad();
    let behind = network.clone().train().freeze();
    let gradients = behind.output(tracked.clone()).logits().sum().backward();
    let [_, channels, steps, rows, columns] = maps.dims();
    let cells = steps * rows * columns;
    let slopes = match tracked.grad(&gradients) {
        Some(slopes) => slopes.reshape([channels, cells]).mean_dim(1),
        None => Tensor::<2>::zeros([channels, 1], &device),
    };
    let weighed = maps.reshape([channels, cells]) * slopes;
    let heat = values(activation::relu(weighed.sum_dim(0).reshape([cells])));
    let of_step = |step: usize| &heat[step * rows * columns..][..rows * columns];
    let of_square = |square: usize| {
        let (before, after, part) = place(square, squares, steps);
        let both = of_step(before).iter().zip(of_step(after));
        let heat: Vec<f32> = both.map(|(a, b)| a + (b - a) * part).collect();
        enlarged(&heat, columns, rows, width, height)
    };
    (0..squares).map(of_square).collect()
}

/// Where one of `length` samples lies among `cells` equal cells that take the same room: the cells whose middles it is
/// between, and how far it is from the first to the second.
fn place(index: usize, length: usize, cells: usize) -> (usize, usize, f32) {
    let at = ((index as f32 + 0.5) * cells as f32 / length as f32 - 0.5).clamp(0.0, (cells - 1) as f32);
    let low = at as usize;
    (low, (low + 1).min(cells - 1), at - low as f32)
}

/// A small plane brought up linearly, its samples lying in the middles of equal cells.
fn enlarged(samples: &[f32], columns: usize, rows: usize, width: usize, height: usize) -> Plane {
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
