use std::borrow::Cow;

use ndarray::{Array1, Array2, ArrayView2, Axis, linalg::general_mat_mul, s};
use rayon::prelude::*;

/// Rows of one task. Sums are formed by block and added up in order: threads do not change them.
const BLOCK: usize = 256;
/// Rows taken together, so that what they share is loaded once.
const GROUP: usize = 4;
/// Partial sums of a scalar product, for vector instructions.
const LANES: usize = 4;
/// Columns of the Gram matrix formed together.
const PANEL: usize = 96;

/// The design matrix (X, 1): a row of d features and a 1 for the intercept for every item.
pub(super) struct Design<'a> {
    /// Row by row, without the ones.
    values: Cow<'a, [f64]>,
    features: usize,
}

impl<'a> Design<'a> {
    /// Of `x`, which has at least one column.
    pub fn new(x: ArrayView2<'a, f64>) -> Self {
        Self {
            features: x.ncols(),
            values: match x.to_slice() {
                Some(values) => Cow::Borrowed(values),
                None => Cow::Owned(x.iter().copied().collect()),
            },
        }
    }

    pub fn nrows(&self) -> usize {
        self.values.len() / self.features
    }

    /// d + 1
    pub fn ncols(&self) -> usize {
        self.features + 1
    }

    /// tᵢ = v·(xᵢ, 1) of every row and Σ f(i, tᵢ) (xᵢ, 1), reading the features once.
    pub fn sweep(&self, v: &Array1<f64>, f: impl Fn(usize, f64) -> f64 + Sync) -> (Vec<f64>, Array1<f64>) {
        let v = v.to_vec();
        let mut products = vec![0.0; self.nrows()];
        let sums: Vec<Vec<f64>> = products
            .par_chunks_mut(BLOCK)
            .zip(self.values.par_chunks(BLOCK * self.features))
            .enumerate()
            .map(|(block, (products, values))| {
                let mut sum = vec![0.0; self.ncols()];
                let first = BLOCK * block;
                let (groups, rest) = products.as_chunks_mut::<GROUP>();
                let (grouped, single) = values.split_at(groups.as_flattened().len() * self.features);
                let f = |row, t| f(first + row, t);
                sweep_groups(groups, grouped, &v, f, &mut sum);
                let f = |row, t| f(groups.as_flattened().len() + row, t);
                sweep_groups(rest.as_chunks_mut::<1>().0, single, &v, f, &mut sum);
                sum
            })
            .collect();
        let total = self.total(sums);
        (products, total)
    }

    /// Σ weightᵢ f(xᵢⱼ) of every column.
    pub fn column_sums(&self, weights: &[f64], f: impl Fn(f64) -> f64 + Sync) -> Array1<f64> {
        let d = self.features;
        let sums = self
            .values
            .par_chunks(BLOCK * d)
            .zip(weights.par_chunks(BLOCK))
            .map(|(values, weights)| {
                let mut sum = vec![0.0; self.ncols()];
                for (row, weight) in values.chunks_exact(d).zip(weights) {
                    for (sum, x) in sum.iter_mut().zip(row) {
                        *sum += weight * f(*x);
                    }
                    sum[d] += weight * f(1.0);
                }
                sum
            })
            .collect();
        self.total(sums)
    }

    /// Sum of the blocks' sums, in their order.
    fn total(&self, sums: Vec<Vec<f64>>) -> Array1<f64> {
        let mut total = Array1::zeros(self.ncols());
        for sum in sums {
            total += &Array1::from(sum);
        }
        total
    }

    /// Σ weightᵢ (xᵢ, 1)(xᵢ, 1)ᵀ, weights at least 0. Only the lower triangle is meant.
    pub fn gram(&self, weights: &[f64]) -> Array2<f64> {
        let mut gram = Array2::zeros((self.ncols(), self.ncols()));
        let blocks = self.values.chunks(BLOCK * self.features);
        for (values, weights) in blocks.zip(weights.chunks(BLOCK)) {
            let mut rows = Array2::ones((weights.len(), self.ncols()));
            let values = values.chunks_exact(self.features);
            for ((mut row, values), weight) in rows.outer_iter_mut().zip(values).zip(weights) {
                row.iter_mut().zip(values).for_each(|(to, from)| *to = *from);
                row *= weight.sqrt();
            }
            gram.axis_chunks_iter_mut(Axis(1), PANEL)
                .into_par_iter()
                .enumerate()
                .for_each(|(panel, mut columns)| {
                    let first = PANEL * panel;
                    let left = rows.slice(s![.., first..]);
                    let right = rows.slice(s![.., first..first + columns.ncols()]);
                    general_mat_mul(
                        1.0,
                        &left.t(),
                        &right,
                        1.0,
                        &mut columns.slice_mut(s![first.., ..]),
                    );
                });
        }
        gram
    }
}

/// [`Design::sweep`] over rows that come R at a time.
fn sweep_groups<const R: usize>(
    products: &mut [[f64; R]],
    values: &[f64],
    v: &[f64],
    f: impl Fn(usize, f64) -> f64,
    sum: &mut [f64],
) {
    let d = v.len() - 1;
    let (weights, intercept) = (&v[..d], v[d]);
    for (group, (products, values)) in products.iter_mut().zip(values.chunks_exact(R * d)).enumerate() {
        let rows: [&[f64]; R] = std::array::from_fn(|r| &values[r * d..][..d]);
        *products = scalar_products(rows, weights).map(|t| t + intercept);
        let factors: [f64; R] = std::array::from_fn(|r| f(R * group + r, products[r]));
        add_multiples(&mut sum[..d], rows, factors);
        sum[d] += factors.iter().sum::<f64>();
    }
}

fn scalar_products<const R: usize>(rows: [&[f64]; R], v: &[f64]) -> [f64; R] {
    let (v, v_rest) = v.as_chunks::<LANES>();
    let rows = rows.map(|row| row.as_chunks::<LANES>());
    let mut sums = [[0.0; LANES]; R];
    for (k, v) in v.iter().enumerate() {
        for (sums, (row, _)) in sums.iter_mut().zip(&rows) {
            for lane in 0..LANES {
                sums[lane] += row[k][lane] * v[lane];
            }
        }
    }
    std::array::from_fn(|r| {
        let rest = rows[r].1.iter().zip(v_rest).map(|(a, b)| a * b);
        sums[r].iter().sum::<f64>() + rest.sum::<f64>()
    })
}

/// sum += Σ factorᵣ rowᵣ
fn add_multiples<const R: usize>(sum: &mut [f64], rows: [&[f64]; R], factors: [f64; R]) {
    let rows = rows.map(|row| &row[..sum.len()]);
    for (j, sum) in sum.iter_mut().enumerate() {
        let mut added = 0.0;
        for (row, factor) in rows.iter().zip(factors) {
            added += factor * row[j];
        }
        *sum += added;
    }
}

#[cfg(test)]
mod tests {
    use ndarray::concatenate;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    /// Values of −1 to 1 and their plain matrix (X, 1); sizes around blocks, groups, lanes and panels.
    fn cases() -> impl Iterator<Item = (Array2<f64>, Array2<f64>)> {
        let sizes = [
            (1, 1),
            (3, 2),
            (4, 4),
            (5, 7),
            (255, 3),
            (256, 95),
            (257, 96),
            (514, 97),
            (61, 200),
        ];
        sizes.into_iter().map(|(n, d)| {
            let mut rng = ChaCha8Rng::seed_from_u64(n as u64);
            let x = Array2::from_shape_fn((n, d), |_| rng.gen_range(-1.0..1.0));
            let full = concatenate![Axis(1), x, Array2::ones((n, 1))];
            (x, full)
        })
    }

    #[test]
    fn a_sweep_is_two_products() {
        for (x, full) in cases() {
            let v = Array1::from_shape_fn(full.ncols(), |j| (j as f64).cos());
            let factor = |i: usize, t: f64| t * t - i as f64 / 100.0;
            let expected = full.dot(&v);
            let factors = Array1::from_shape_fn(x.nrows(), |i| factor(i, expected[i]));
            let sum = full.t().dot(&factors);
            // Column order in memory is another way to the same rows.
            let by_columns = x.t().as_standard_layout().into_owned();
            for x in [x.view(), by_columns.t()] {
                let (products, total) = Design::new(x).sweep(&v, factor);
                // Sums of d + 1 terms below 1: d² ε. Factors below 200² are off by 400 times that, and their sum has
                // n terms, each rounded n times.
                let (n, d) = (x.nrows() as f64, full.ncols() as f64);
                let small = d * d * f64::EPSILON;
                let large = n * (2.0 * d * small + n * d * d * f64::EPSILON);
                for (a, b) in products.iter().zip(&expected) {
                    assert!((a - b).abs() <= small, "{:?}: {a} {b}", x.dim());
                }
                for (a, b) in total.iter().zip(&sum) {
                    assert!((a - b).abs() <= large, "{:?}: {a} {b}", x.dim());
                }
            }
        }
    }

    #[test]
    fn sums_and_gram_matrix_are_the_plain_ones() {
        for (x, full) in cases() {
            let n = x.nrows();
            let weights: Vec<f64> = (0..n).map(|i| (i % 5) as f64 / 4.0).collect();
            let weighted = &full * &Array1::from(weights.clone()).insert_axis(Axis(1));
            let design = Design::new(x.view());
            assert_eq!((design.nrows(), design.ncols()), full.dim());
            let gram = design.gram(&weights);
            // n terms of at most 1, each rounded a few times and summed in another order.
            let tolerance = (n * n + 4 * n) as f64 * f64::EPSILON;
            for ((i, j), expected) in full.t().dot(&weighted).indexed_iter() {
                if j <= i {
                    assert!((gram[[i, j]] - expected).abs() <= tolerance, "{:?}", x.dim());
                }
            }
            let sums = design.column_sums(&weights, |x| x.abs() + 1.0);
            let expected = weighted.mapv(f64::abs).sum_axis(Axis(0)) + weights.iter().sum::<f64>();
            for (a, b) in sums.iter().zip(&expected) {
                assert!((a - b).abs() <= 2.0 * tolerance, "{:?}: {a} {b}", x.dim());
            }
        }
    }
}
