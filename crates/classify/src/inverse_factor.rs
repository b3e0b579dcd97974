//! Inverse of the Cholesky factor, made of matrix products.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2, ArrayViewMut2, Axis, linalg::general_mat_mul, s};
use rayon::prelude::*;

/// Up to this size the plain loops are faster than products of ever smaller matrices.
const PLAIN: usize = 32;
/// Rows of a product that are one task.
const ROWS: usize = 128;

/// M = L⁻¹ of a symmetric positive definite A = LLᵀ, so A⁻¹ = MᵀM.
pub(super) struct InverseFactor(Array2<f64>);

impl InverseFactor {
    /// Of A (n × n), of which only the lower triangle is read; `None` where it is not positive definite, or by
    /// rounding not any more. About ⅔ n³ multiplications, nearly all in matrix products.
    pub fn of(mut a: Array2<f64>) -> Option<Self> {
        invert(a.view_mut())?;
        for i in 0..a.nrows() {
            a.slice_mut(s![i, i + 1..]).fill(0.0);
        }
        Some(Self(a))
    }

    /// A⁻¹v
    pub fn solve(&self, v: ArrayView1<f64>) -> Array1<f64> {
        self.0.t().dot(&self.0.dot(&v))
    }

    /// The diagonal of A⁻¹: the sums of squares of M's columns.
    pub fn inverse_diagonal(&self) -> Array1<f64> {
        let mut sums = Array1::zeros(self.0.ncols());
        for row in self.0.outer_iter() {
            sums.zip_mut_with(&row, |sum, value| *sum += value * value);
        }
        sums
    }
}

/// Puts L⁻¹ in the place of A's lower triangle. With A in four quarters, L₂₁ = A₂₁L₁₁⁻ᵀ, L₂₂L₂₂ᵀ = A₂₂ − L₂₁L₂₁ᵀ, and
/// the quarter below the diagonal of the inverse is −L₂₂⁻¹L₂₁L₁₁⁻¹.
fn invert(mut a: ArrayViewMut2<f64>) -> Option<()> {
    let n = a.nrows();
    if n <= PLAIN {
        return invert_plainly(a);
    }
    let half = n / 2;
    let (mut above, mut below) = a.view_mut().split_at(Axis(0), half);
    let mut first = above.slice_mut(s![.., ..half]);
    let (mut left, mut second) = below.view_mut().split_at(Axis(1), half);
    invert(first.view_mut())?;
    clear_upper(&mut first);
    let mut corner = Array2::zeros(left.dim());
    add_product(1.0, left.view(), first.t(), corner.view_mut());
    add_product(-1.0, corner.view(), corner.t(), second.view_mut());
    invert(second.view_mut())?;
    clear_upper(&mut second);
    let mut product = Array2::zeros(corner.dim());
    add_product(1.0, corner.view(), first.view(), product.view_mut());
    left.fill(0.0);
    add_product(-1.0, second.view(), product.view(), left);
    Some(())
}

/// What stands above the diagonal was never meant.
fn clear_upper(a: &mut ArrayViewMut2<f64>) {
    for i in 0..a.nrows() {
        a.slice_mut(s![i, i + 1..]).fill(0.0);
    }
}

/// c += factor · a · b, in parallel; every element is one sum, whatever the threads.
fn add_product(factor: f64, a: ArrayView2<f64>, b: ArrayView2<f64>, mut c: ArrayViewMut2<f64>) {
    c.axis_chunks_iter_mut(Axis(0), ROWS)
        .into_par_iter()
        .zip(a.axis_chunks_iter(Axis(0), ROWS))
        .for_each(|(mut c, a)| general_mat_mul(factor, &a, &b, 1.0, &mut c));
}

fn invert_plainly(mut a: ArrayViewMut2<f64>) -> Option<()> {
    let n = a.nrows();
    for j in 0..n {
        let known: f64 = (0..j).map(|k| a[[j, k]] * a[[j, k]]).sum();
        let square = a[[j, j]] - known;
        if !(square.is_finite() && square > 0.0) {
            return None;
        }
        let pivot = square.sqrt();
        a[[j, j]] = pivot;
        for i in j + 1..n {
            let known: f64 = (0..j).map(|k| a[[i, k]] * a[[j, k]]).sum();
            a[[i, j]] = (a[[i, j]] - known) / pivot;
        }
    }
    // Column by column, L's rows from the diagonal down: those of M stand above them already.
    for j in 0..n {
        a[[j, j]] = 1.0 / a[[j, j]];
        for i in j + 1..n {
            let known: f64 = (j..i).map(|k| a[[i, k]] * a[[k, j]]).sum();
            a[[i, j]] = -known / a[[i, i]];
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use ndarray::array;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[test]
    fn small_integers_are_exact() {
        // L = (2; 1 3; −1 2 1); what stands above the diagonal is not read.
        let a = array![[4.0, 9.9, 9.9], [2.0, 10.0, 9.9], [-2.0, 5.0, 6.0]];
        let factor = InverseFactor::of(a).expect("positive definite");
        let expected = array![
            [0.5, 0.0, 0.0],
            [-1.0 / 6.0, 1.0 / 3.0, 0.0],
            [5.0 / 6.0, -2.0 / 3.0, 1.0]
        ];
        for (ours, exact) in factor.0.iter().zip(&expected) {
            assert!((ours - exact).abs() < 1e-15, "{ours} {exact}");
        }
    }

    /// Sizes around the plain size, its multiples and the tasks' rows.
    #[test]
    fn the_inverse_is_one() {
        for n in [1, 2, 31, 32, 33, 64, 65, 100, 257, 300] {
            let mut rng = ChaCha8Rng::seed_from_u64(n as u64);
            let x = Array2::from_shape_fn((n, n), |_| rng.gen_range(-1.0..1.0));
            let a = x.dot(&x.t()) + Array2::<f64>::eye(n);
            let factor = InverseFactor::of(a.clone()).expect("positive definite");
            let inverse = factor.0.t().dot(&factor.0);
            // Eigenvalues are between 1 and n²: the rounding of n-term sums grows by the condition.
            let tolerance = (n * n * n) as f64 * f64::EPSILON;
            for ((i, j), value) in a.dot(&inverse).indexed_iter() {
                let exact = f64::from(u8::from(i == j));
                assert!((value - exact).abs() <= tolerance, "{n}: {value} at {i}, {j}");
            }
            let v = Array1::from_shape_fn(n, |i| (i as f64).sin());
            for (ours, plain) in factor.solve(v.view()).iter().zip(&inverse.dot(&v)) {
                assert!((ours - plain).abs() <= tolerance);
            }
            for (ours, plain) in factor.inverse_diagonal().iter().zip(inverse.diag()) {
                assert!((ours - plain).abs() <= tolerance);
            }
        }
    }

    #[test]
    fn what_is_not_positive_definite_is_refused() {
        assert!(InverseFactor::of(array![[1.0, 0.0], [2.0, 1.0]]).is_none());
        assert!(InverseFactor::of(array![[f64::NAN]]).is_none());
        let mut late = Array2::<f64>::eye(100);
        late[[99, 99]] = -1.0;
        assert!(InverseFactor::of(late).is_none());
    }

    #[test]
    fn the_number_of_threads_does_not_matter() -> Result<(), Box<dyn std::error::Error>> {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let x = Array2::from_shape_fn((600, 600), |_| rng.gen_range(-1.0..1.0));
        let a = x.dot(&x.t()) + Array2::<f64>::eye(600);
        let run = || InverseFactor::of(a.clone()).map(|factor| factor.0);
        let one = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
        let five = rayon::ThreadPoolBuilder::new().num_threads(5).build()?;
        assert_eq!(one.install(run), five.install(run));
        Ok(())
    }
}
