use linfa_linalg::cholesky::CholeskyInplace;
use ndarray::{Array1, Array2, s};

/// A matrix M near the Hessian that is easily inverted.
pub(super) enum Preconditioner {
    /// By its diagonal, above 0.
    Diagonal(Array1<f64>),
    /// By its Cholesky factor; what stands above the diagonal is not read.
    Cholesky(Array2<f64>),
}

impl Preconditioner {
    /// Of the lower triangle of a symmetric matrix; `None` where it is not positive definite, or by rounding not
    /// any more.
    pub fn factor(matrix: Array2<f64>) -> Option<Self> {
        matrix.cholesky_into_dirty().ok().map(Self::Cholesky)
    }

    /// M⁻¹v
    pub fn apply(&self, v: &Array1<f64>) -> Array1<f64> {
        match self {
            Self::Diagonal(diagonal) => v / diagonal,
            Self::Cholesky(factor) => {
                let mut z = v.clone();
                for i in 0..z.len() {
                    let known = factor.slice(s![i, ..i]).dot(&z.slice(s![..i]));
                    z[i] = (z[i] - known) / factor[[i, i]];
                }
                for i in (0..z.len()).rev() {
                    let value = z[i] / factor[[i, i]];
                    z[i] = value;
                    z.slice_mut(s![..i]).scaled_add(-value, &factor.slice(s![i, ..i]));
                }
                z
            }
        }
    }

    /// vᵀM⁻¹v
    pub fn squared_norm(&self, v: &Array1<f64>) -> f64 {
        v.dot(&self.apply(v))
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn the_factor_inverts_what_was_factored() {
        // L = (2; 1 3; −1 2 1), M = LLᵀ, and M (1, −2, 3)ᵀ; small integers, so the arithmetic is exact.
        let lower = array![[4.0, 9.9, 9.9], [2.0, 10.0, 9.9], [-2.0, 5.0, 6.0]];
        let preconditioner = Preconditioner::factor(lower);
        let solved = preconditioner.map(|p| p.apply(&array![-6.0, -3.0, 6.0]));
        assert_eq!(solved, Some(array![1.0, -2.0, 3.0]));
    }

    #[test]
    fn an_indefinite_matrix_is_refused() {
        assert!(Preconditioner::factor(array![[1.0, 0.0], [2.0, 1.0]]).is_none());
        assert!(Preconditioner::factor(array![[0.0]]).is_none());
    }
}
