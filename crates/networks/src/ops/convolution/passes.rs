//! The three passes of a convolution: forward, and the gradients of the maps and of the weights.
//!
//! Images and strips of rows are shared among the threads; what a strip yields does not depend on which thread makes
//! it, and sums over strips are in an order that only the sizes decide.

use std::ops::Range;

use ndarray::{Array4, s};
use pulp::Arch;
use rayon::prelude::*;

use super::kernels::{BLOCK, DotProducts, WeightedSums, pack};
use super::planes::{Grid, finish, padded, strip_rows};
use super::problem::Problem;
use super::strips::{Phase, Scratch, Strip, Window};

/// Partial sums of the gradient of the weights, at most, that are held at a time.
const PARTIAL_SUMS: usize = 16;

/// The maps that `weight` makes of `x`.
pub fn forward(problem: &Problem, x: &[f32], weight: &[f32]) -> Vec<f32> {
    let window = Window::new(problem);
    let terms = problem.channels * problem.area();
    let blocks = pack(problem.maps, terms, |map, term| weight[map * terms + term]);
    let ends: Vec<usize> = window.strips().map(|rows| rows.end).collect();

    let mut output = Array4::zeros(problem.output_shape());
    Strip::all(&mut output, &ends)
        .into_par_iter()
        .for_each_init(Scratch::default, |scratch, strip| {
            let length = padded(strip.rows().len() * window.width);
            let offsets = window.gather(x, strip.image, strip.rows(), &mut scratch.planes);
            scratch.results.resize(blocks.len() * BLOCK * length, 0.0);
            Arch::new().dispatch(WeightedSums {
                planes: &scratch.planes,
                offsets: &offsets,
                blocks: &blocks,
                results: &mut scratch.results,
                length,
            });
            let mut maps = strip.maps;
            for (mut map, result) in maps.outer_iter_mut().zip(scratch.results.chunks_exact(length)) {
                for (mut row, result) in map.rows_mut().into_iter().zip(result.chunks_exact(window.width)) {
                    row.iter_mut().zip(result).for_each(|(to, from)| *to = *from);
                }
            }
        });
    output.into_raw_vec_and_offset().0
}

/// The gradient of the weights, from the maps `x` and the gradient of the output.
pub fn weight_gradient(problem: &Problem, x: &[f32], gradient: &[f32]) -> Vec<f32> {
    let window = Window::new(problem);
    let strips: Vec<(usize, Range<usize>)> = (0..problem.images)
        .flat_map(|image| window.strips().map(move |rows| (image, rows)))
        .collect();
    let size = problem.axes.map(|axis| axis.output);
    let outputs = problem.maps * size[0] * size[1];
    let weights = problem.maps * problem.channels * problem.area();

    let partial = |strips: &[(usize, Range<usize>)]| {
        let mut scratch = Scratch::default();
        let mut sums = vec![0.0; weights];
        for (image, rows) in strips {
            let offsets = window.gather(x, *image, rows.clone(), &mut scratch.planes);
            // Zeros beyond the end of a row keep out what the planes hold there.
            let grid = Grid {
                origin: [rows.start.cast_signed(), 0],
                step: [1; 2],
                rows: rows.len(),
                width: window.width,
            };
            scratch.results.clear();
            grid.gather(
                &gradient[image * outputs..][..outputs],
                size,
                &mut scratch.results,
            );
            Arch::new().dispatch(DotProducts {
                planes: &scratch.planes,
                offsets: &offsets,
                rows: &scratch.results,
                plane: grid.plane(),
                sums: &mut sums,
                length: padded(rows.len() * window.width),
            });
        }
        sums
    };
    let partials: Vec<Vec<f32>> = strips
        .par_chunks(strips.len().div_ceil(PARTIAL_SUMS))
        .map(partial)
        .collect();
    let mut total = vec![0.0; weights];
    for partial in partials {
        total
            .iter_mut()
            .zip(partial)
            .for_each(|(total, partial)| *total += partial);
    }
    total
}

/// The gradient of the maps, from the weights and the gradient of the output.
pub fn input_gradient(problem: &Problem, weight: &[f32], gradient: &[f32]) -> Vec<f32> {
    let [vertical, horizontal] = &problem.axes;
    let [numbers, columns] = problem.axes.map(|axis| axis.numbers());
    let [reach, side] = problem.axes.map(|axis| axis.reach());
    let size = problem.axes.map(|axis| axis.output);
    let outputs = problem.maps * size[0] * size[1];
    let width = columns.len() + side;
    let count = strip_rows(numbers.len(), problem.maps * width, reach);
    let grid = |begin: usize| Grid {
        origin: [
            begin.cast_signed() - reach.cast_signed(),
            columns.start.cast_signed() - side.cast_signed(),
        ],
        step: [1; 2],
        rows: count + reach,
        width,
    };
    let phases = Phase::all(problem, weight, grid(0).plane(), width);
    // The pixels with the same number in all vertical phases are neighbouring rows.
    let ends: Vec<usize> = (numbers.start + count..numbers.end)
        .step_by(count)
        .map(|end| end * vertical.stride - vertical.padding)
        .chain([vertical.input])
        .collect();

    let mut of_x = Array4::zeros(problem.input_shape());
    Strip::all(&mut of_x, &ends)
        .into_par_iter()
        .for_each_init(Scratch::default, |scratch, strip| {
            let Strip {
                image,
                begin,
                mut maps,
            } = strip;
            let first = (begin + vertical.padding) / vertical.stride;
            scratch.planes.clear();
            grid(first).gather(&gradient[image * outputs..][..outputs], size, &mut scratch.planes);
            finish(&mut scratch.planes, side);
            let length = padded(count * width);
            for phase in &phases {
                scratch.results.resize(phase.blocks.len() * BLOCK * length, 0.0);
                Arch::new().dispatch(WeightedSums {
                    planes: &scratch.planes,
                    offsets: &phase.offsets,
                    blocks: &phase.blocks,
                    results: &mut scratch.results,
                    length,
                });
                let top = lead(
                    first * vertical.stride + phase.place[0],
                    vertical.padding + begin,
                    vertical.stride,
                );
                let left = lead(
                    columns.start * horizontal.stride + phase.place[1],
                    horizontal.padding,
                    horizontal.stride,
                );
                for (mut channel, result) in maps.outer_iter_mut().zip(scratch.results.chunks_exact(length)) {
                    let pixels = result.chunks_exact(width).skip(top.skipped);
                    if top.place >= channel.nrows() || left.place >= channel.ncols() {
                        continue;
                    }
                    let mut places =
                        channel.slice_mut(s![top.place..;vertical.stride, left.place..;horizontal.stride]);
                    for (mut row, pixels) in places.rows_mut().into_iter().zip(pixels) {
                        row.iter_mut()
                            .zip(&pixels[left.skipped..])
                            .for_each(|(to, from)| *to = *from);
                    }
                }
            }
        });
    of_x.into_raw_vec_and_offset().0
}

/// Where the pixels of a phase fall in a strip.
struct Lead {
    /// Pixels that lie before the strip.
    skipped: usize,
    /// Where the next one falls.
    place: usize,
}

/// For a phase whose first pixel is number `pixel` of the padded input, and a strip that begins at number `begin`.
fn lead(pixel: usize, begin: usize, stride: usize) -> Lead {
    match pixel.checked_sub(begin) {
        Some(place) => Lead { skipped: 0, place },
        None => Lead {
            skipped: 1,
            place: pixel + stride - begin,
        },
    }
}
