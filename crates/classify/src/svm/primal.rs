use ndarray::{Array1, Array2, Axis};
use rayon::prelude::*;

use super::gram::Gram;
use crate::kernel::dot;

/// The linear kernel by way of w = Σ βᵢxᵢ: a change of β changes w, and w the gradient, in O(nd) however many items
/// changed. Of K only the working set's part is ever formed.
pub(super) struct Primal<'a> {
    /// All items, n × d, row-major.
    x: &'a Array2<f64>,
    active: Vec<usize>,
}

/// A change of w costs a pass over the active items, however many moved; the matrix of the largest set, 8 MB, is about
/// as much to form.
const SIZES: (usize, usize) = (128, 1024);

/// Rows a task takes at least.
const ROWS: usize = 256;

impl<'a> Primal<'a> {
    pub fn new(x: &'a Array2<f64>) -> Self {
        let active = (0..x.nrows()).collect();
        Self { x, active }
    }

    fn products(&self, w: &[f64], items: &[usize]) -> Vec<f64> {
        let d = self.x.ncols();
        let values = self.x.as_slice().unwrap_or_default();
        items
            .par_iter()
            .with_min_len(ROWS)
            .map(|&item| dot(w, &values[item * d..][..d]))
            .collect()
    }

    fn weights(&self, changes: impl Iterator<Item = (usize, f64)>) -> Vec<f64> {
        let mut w = Array1::zeros(self.x.ncols());
        for (item, change) in changes.filter(|&(_, change)| change != 0.0) {
            w.scaled_add(change, &self.x.row(item));
        }
        w.to_vec()
    }
}

impl Gram for Primal<'_> {
    fn set_sizes(&self) -> (usize, usize) {
        SIZES
    }

    fn submatrix(&mut self, set: &[usize]) -> Array2<f64> {
        let items: Vec<usize> = set.iter().map(|&k| self.active[k]).collect();
        let rows = self.x.select(Axis(0), &items);
        // A product can come out column by column.
        rows.dot(&rows.t()).as_standard_layout().into_owned()
    }

    fn update(&mut self, set: &[usize], change: &[f64], gradient: &mut [f64]) {
        let w = self.weights(set.iter().map(|&k| self.active[k]).zip(change.iter().copied()));
        for (g, product) in gradient.iter_mut().zip(self.products(&w, &self.active)) {
            *g += product;
        }
    }

    fn gains_from_shrinking(&self) -> bool {
        true
    }

    fn restrict(&mut self, kept: &[usize]) {
        self.active = kept.iter().map(|&k| self.active[k]).collect();
    }

    fn restore(&mut self, beta: &[f64], missing: &[usize], gradient: &mut [f64]) {
        let w = self.weights(beta.iter().copied().enumerate());
        for (&item, product) in missing.iter().zip(self.products(&w, missing)) {
            gradient[item] += product;
        }
        self.active = (0..self.x.nrows()).collect();
    }
}
