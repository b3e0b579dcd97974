use lru::LruCache;
use ndarray::{Array2, Axis, s};
use rayon::prelude::*;

use super::gram::Gram;
use crate::Kernel;

/// Columns a task computes: they and their products stay in the processor's cache.
const COLUMNS: usize = 512;

/// Rows that turn out not to be needed are the main cost, so sets start small; the matrix of the largest, 2 MB, stays
/// in the processor's cache.
const SIZES: (usize, usize) = (8, 512);

/// Rows of the kernel matrix over the active items: computed by the block, as a matrix product, and kept while there
/// is room. The least recently used goes first.
pub(super) struct KernelRows<'a> {
    kernel: Kernel,
    /// All items, n × d, row-major.
    x: &'a Array2<f64>,
    /// ‖x‖² of all items.
    squares: Vec<f64>,
    active: Vec<usize>,
    /// By item, each as long as there are active items.
    rows: LruCache<usize, Vec<f64>>,
    bytes: usize,
    /// Whether a row had to go.
    is_full: bool,
}

impl<'a> KernelRows<'a> {
    /// Rows take at most `bytes`, or what the least working set needs.
    pub fn new(kernel: Kernel, x: &'a Array2<f64>, bytes: usize) -> Self {
        Self {
            kernel,
            x,
            squares: x.outer_iter().map(|row| row.dot(&row)).collect(),
            active: (0..x.nrows()).collect(),
            rows: LruCache::unbounded(),
            bytes,
            is_full: false,
        }
    }

    fn capacity(&self) -> usize {
        (self.bytes / size_of::<f64>() / self.active.len().max(1)).max(4)
    }

    fn row(&self, k: usize) -> &[f64] {
        self.rows.peek(&self.active[k]).map_or(&[], Vec::as_slice)
    }

    /// Has the rows of all of `set`, which must be within the capacity.
    fn fetch(&mut self, set: &[usize]) {
        let missing: Vec<usize> = set
            .iter()
            .map(|&k| self.active[k])
            .filter(|item| self.rows.get(item).is_none())
            .collect();
        // The rows of the set that are there were touched just now, so it is others that go.
        let room = self.capacity().saturating_sub(missing.len());
        let mut buffers = Vec::with_capacity(missing.len());
        while self.rows.len() > room {
            self.is_full = true;
            buffers.extend(self.rows.pop_lru().map(|(_, row)| row));
        }
        buffers.resize_with(missing.len(), Vec::new);
        for row in &mut buffers {
            row.resize(self.active.len(), 0.0);
        }
        self.compute(&missing, &self.active, &mut buffers);
        for (item, row) in missing.into_iter().zip(buffers) {
            self.rows.put(item, row);
        }
    }

    /// K(items, columns) into one row an item. Each value depends on its two items alone, so neither the block nor
    /// the number of threads matters.
    fn compute(&self, items: &[usize], columns: &[usize], rows: &mut [Vec<f64>]) {
        let block = self.x.select(Axis(0), items);
        let mut parts: Vec<Vec<&mut [f64]>> = columns.chunks(COLUMNS).map(|_| Vec::new()).collect();
        for row in rows.iter_mut() {
            for (part, slice) in parts.iter_mut().zip(row.chunks_mut(COLUMNS)) {
                part.push(slice);
            }
        }
        let tasks = parts.into_par_iter().zip(columns.par_chunks(COLUMNS));
        tasks.for_each(|(slices, columns)| {
            let products = match *columns {
                // Copying the rows would cost as much as a few products with each.
                [first, .., last] if last - first + 1 == columns.len() => {
                    block.dot(&self.x.slice(s![first..=last, ..]).t())
                }
                _ => block.dot(&self.x.select(Axis(0), columns).t()),
            };
            for ((values, products), &item) in slices.into_iter().zip(products.outer_iter()).zip(items) {
                for ((value, &product), &column) in values.iter_mut().zip(products).zip(columns) {
                    let squares = self.squares[item] + self.squares[column];
                    *value = self.kernel.of_products(product, squares);
                }
            }
        });
    }
}

impl Gram for KernelRows<'_> {
    fn set_sizes(&self) -> (usize, usize) {
        (SIZES.0.min(self.capacity()), SIZES.1.min(self.capacity()))
    }

    fn submatrix(&mut self, set: &[usize]) -> Array2<f64> {
        self.fetch(set);
        let mut values = Vec::with_capacity(set.len().pow(2));
        for &k in set {
            let row = self.row(k);
            values.extend(set.iter().map(|&column| row[column]));
        }
        Array2::from_shape_vec((set.len(), set.len()), values).unwrap_or_default()
    }

    fn update(&mut self, set: &[usize], change: &[f64], gradient: &mut [f64]) {
        let changed: Vec<(&[f64], f64)> = set
            .iter()
            .zip(change)
            .filter(|&(_, &change)| change != 0.0)
            .map(|(&k, &change)| (self.row(k), change))
            .collect();
        let parts = gradient.par_chunks_mut(COLUMNS).enumerate();
        parts.for_each(|(part, gradient)| {
            for (row, change) in &changed {
                for (g, value) in gradient.iter_mut().zip(&row[part * COLUMNS..]) {
                    *g += change * value;
                }
            }
        });
    }

    /// While all rows fit they are worth more whole: at the end nothing has to be computed again.
    fn gains_from_shrinking(&self) -> bool {
        self.is_full
    }

    fn restrict(&mut self, kept: &[usize]) {
        self.active = kept.iter().map(|&k| self.active[k]).collect();
        for (_, row) in self.rows.iter_mut() {
            *row = kept.iter().map(|&k| row[k]).collect();
        }
    }

    fn restore(&mut self, beta: &[f64], missing: &[usize], gradient: &mut [f64]) {
        self.rows.clear();
        let support: Vec<usize> = (0..beta.len()).filter(|&i| beta[i] != 0.0).collect();
        let mut rows = Vec::new();
        for items in support.chunks(self.set_sizes().1) {
            rows.resize_with(items.len(), || vec![0.0; missing.len()]);
            self.compute(items, missing, &mut rows);
            for (row, &item) in rows.iter().zip(items) {
                for (&place, value) in missing.iter().zip(row) {
                    gradient[place] += beta[item] * value;
                }
            }
        }
        self.active = (0..self.x.nrows()).collect();
    }
}
