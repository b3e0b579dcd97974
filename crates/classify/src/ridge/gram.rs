//! The kernel matrix over blocks of columns.

use std::ops::Range;

use ndarray::{Array2, ArrayView2, Axis, linalg::general_mat_mul, s};
use rayon::prelude::*;

use crate::{BlockKernel, Kernel};

/// A block of columns, its weight in the sum and its kernel.
pub(super) struct Part {
    pub columns: Range<usize>,
    /// What its kernel is multiplied by.
    pub weight: f64,
    pub kernel: Kernel,
}

impl Part {
    pub fn describe(&self) -> BlockKernel {
        BlockKernel {
            columns: self.columns.len(),
            weight: self.weight,
            kernel: self.kernel,
        }
    }
}

/// Rows and columns of a task.
const TILE: usize = 128;

/// 1 + Σ weight K over the parts, n × n; only the lower triangle is meant. Every value is made by one task, so the
/// number of threads does not matter.
pub(super) fn gram(x: ArrayView2<f64>, parts: &[Part]) -> Array2<f64> {
    let mut gram = Array2::ones((x.nrows(), x.nrows()));
    for part in parts {
        add_part(&mut gram, x, part);
    }
    gram
}

/// Adds weight K of one part.
pub(super) fn add_part(gram: &mut Array2<f64>, x: ArrayView2<f64>, part: &Part) {
    let n = x.nrows();
    let x = x.slice(s![.., part.columns.clone()]);
    let squares: Vec<f64> = x
        .outer_iter()
        .map(|row| row.fold(0.0, |sum, v| sum + v * v))
        .collect();
    let mut tiles: Vec<_> = gram
        .axis_chunks_iter_mut(Axis(0), TILE)
        .enumerate()
        .flat_map(|(i, rows)| {
            let (lower, _) = rows.split_at(Axis(1), n.min((i + 1) * TILE));
            columns_of(lower)
                .into_iter()
                .enumerate()
                .map(move |(j, tile)| (i, j, tile))
        })
        .collect();
    tiles.par_iter_mut().for_each(|(i, j, tile)| {
        let (first_row, first_column) = (*i * TILE, *j * TILE);
        let rows = x.slice(s![first_row..first_row + tile.nrows(), ..]);
        let columns = x.slice(s![first_column..first_column + tile.ncols(), ..]);
        if part.kernel == Kernel::Linear {
            general_mat_mul(part.weight, &rows, &columns.t(), 1.0, tile);
            return;
        }
        for ((row, column), product) in rows.dot(&columns.t()).indexed_iter() {
            let squares = squares[first_row + row] + squares[first_column + column];
            tile[[row, column]] += part.weight * part.kernel.of_products(*product, squares);
        }
    });
}

/// Tiles of a strip of rows, from the left.
fn columns_of(mut strip: ndarray::ArrayViewMut2<f64>) -> Vec<ndarray::ArrayViewMut2<f64>> {
    let mut tiles = Vec::new();
    while strip.ncols() > TILE {
        let (tile, rest) = strip.split_at(Axis(1), TILE);
        tiles.push(tile);
        strip = rest;
    }
    tiles.push(strip);
    tiles
}
