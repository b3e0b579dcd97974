use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use super::{ClassifyError, input::check_positive};

/// A kernel K(x, y) between feature vectors, in LIBSVM's parametrisation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Kernel {
    /// x·y
    Linear,
    /// exp(−γ‖x − y‖²)
    Rbf {
        /// γ, above 0.
        gamma: f64,
    },
    /// (γ x·y + coef0)^degree
    Polynomial {
        /// γ, above 0.
        gamma: f64,
        /// Degree, 1 to 20.
        degree: u32,
        /// Constant inside the power, at least 0.
        coef0: f64,
    },
}

impl Kernel {
    /// K(x, y) of two vectors of the same length.
    pub fn evaluate(&self, x: &[f64], y: &[f64]) -> f64 {
        match *self {
            Self::Linear => dot(x, y),
            Self::Rbf { gamma } => (-gamma * squared_distance(x, y)).exp(),
            Self::Polynomial { .. } => self.of_products(dot(x, y), f64::NAN),
        }
    }

    /// K(x, y) from x·y and ‖x‖² + ‖y‖².
    pub(super) fn of_products(&self, product: f64, squares: f64) -> f64 {
        match *self {
            Self::Linear => product,
            // Rounding can make the distance of near points negative.
            Self::Rbf { gamma } => (-gamma * (squares - 2.0 * product).max(0.0)).exp(),
            // The check keeps the degree within i32.
            Self::Polynomial { gamma, degree, coef0 } => (gamma * product + coef0).powi(degree as i32),
        }
    }

    pub(super) fn check(&self) -> Result<(), ClassifyError> {
        match *self {
            Self::Linear => Ok(()),
            Self::Rbf { gamma } => check_positive("gamma", gamma),
            Self::Polynomial { gamma, degree, coef0 } => {
                check_positive("gamma", gamma)?;
                check_polynomial(degree, coef0)
            }
        }
    }
}

/// Below 0 the kernel would not be positive semidefinite and the dual problem not convex.
fn check_polynomial(degree: u32, coef0: f64) -> Result<(), ClassifyError> {
    if !(1..=20).contains(&degree) {
        return Err(ClassifyError::Parameter {
            name: "degree",
            expected: "in 1..=20",
            found: degree.to_string(),
        });
    }
    if !coef0.is_finite() || coef0 < 0.0 {
        return Err(ClassifyError::Parameter {
            name: "coef0",
            expected: "finite and at least 0",
            found: coef0.to_string(),
        });
    }
    Ok(())
}

/// How γ follows from the training matrix (n × d).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gamma {
    /// γ itself, above 0.
    Value(f64),
    /// 1/d
    OnePerFeature,
    /// 1/(d · Var), with the population variance over all entries of the matrix; 1 if that is 0.
    Scale,
}

impl Gamma {
    /// γ for the training matrix `x`.
    pub fn resolve(&self, x: ArrayView2<f64>) -> f64 {
        let d = x.ncols() as f64;
        match *self {
            Self::Value(gamma) => gamma,
            Self::OnePerFeature => 1.0 / d,
            Self::Scale => {
                let n = x.len() as f64;
                let mean = x.sum() / n;
                let variance = x.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n;
                if variance > 0.0 { 1.0 / (d * variance) } else { 1.0 }
            }
        }
    }

    fn check(&self) -> Result<(), ClassifyError> {
        match *self {
            Self::Value(gamma) => check_positive("gamma", gamma),
            Self::OnePerFeature | Self::Scale => Ok(()),
        }
    }
}

/// A [`Kernel`] whose γ may depend on the training matrix.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum KernelParams {
    /// x·y
    Linear,
    /// exp(−γ‖x − y‖²)
    Rbf {
        /// γ, or how it follows.
        gamma: Gamma,
    },
    /// (γ x·y + coef0)^degree
    Polynomial {
        /// γ, or how it follows.
        gamma: Gamma,
        /// Degree, 1 to 20.
        degree: u32,
        /// Constant inside the power, at least 0.
        coef0: f64,
    },
}

impl KernelParams {
    /// The kernel for the training matrix `x`.
    pub fn resolve(&self, x: ArrayView2<f64>) -> Kernel {
        match *self {
            Self::Linear => Kernel::Linear,
            Self::Rbf { gamma } => Kernel::Rbf {
                gamma: gamma.resolve(x),
            },
            Self::Polynomial { gamma, degree, coef0 } => Kernel::Polynomial {
                gamma: gamma.resolve(x),
                degree,
                coef0,
            },
        }
    }

    /// The same where only this many of the columns count as features.
    pub(super) fn with_features(self, features: f64) -> Self {
        let of = |gamma| match gamma {
            Gamma::OnePerFeature => Gamma::Value(1.0 / features),
            Gamma::Value(_) | Gamma::Scale => gamma,
        };
        match self {
            Self::Linear => Self::Linear,
            Self::Rbf { gamma } => Self::Rbf { gamma: of(gamma) },
            Self::Polynomial { gamma, degree, coef0 } => Self::Polynomial {
                gamma: of(gamma),
                degree,
                coef0,
            },
        }
    }

    pub(super) fn check(&self) -> Result<(), ClassifyError> {
        match *self {
            Self::Linear => Ok(()),
            Self::Rbf { gamma } => gamma.check(),
            Self::Polynomial { gamma, degree, coef0 } => {
                gamma.check()?;
                check_polynomial(degree, coef0)
            }
        }
    }
}

pub(super) fn dot(x: &[f64], y: &[f64]) -> f64 {
    sum_of(x, y, |a, b| a * b)
}

pub(super) fn squared_distance(x: &[f64], y: &[f64]) -> f64 {
    sum_of(x, y, |a, b| (a - b) * (a - b))
}

/// Eight partial sums: one running sum would forbid the compiler to use vector instructions.
#[inline(always)]
fn sum_of(x: &[f64], y: &[f64], term: impl Fn(f64, f64) -> f64) -> f64 {
    const LANES: usize = 8;
    assert_eq!(x.len(), y.len(), "feature vectors of different lengths");
    let (xs, ys) = (x.chunks_exact(LANES), y.chunks_exact(LANES));
    let tail: f64 = xs
        .remainder()
        .iter()
        .zip(ys.remainder())
        .map(|(&a, &b)| term(a, b))
        .sum();
    let mut sums = [0.0; LANES];
    for (a, b) in xs.zip(ys) {
        for lane in 0..LANES {
            sums[lane] += term(a[lane], b[lane]);
        }
    }
    sums.iter().sum::<f64>() + tail
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn values_follow_the_formulas() {
        let (x, y) = ([1.0, 2.0], [3.0, -1.0]);
        assert_eq!(Kernel::Linear.evaluate(&x, &y), 1.0);
        assert_eq!(Kernel::Rbf { gamma: 0.5 }.evaluate(&x, &y), (-6.5f64).exp());
        assert_eq!(
            Kernel::Polynomial {
                gamma: 2.0,
                degree: 3,
                coef0: 1.0
            }
            .evaluate(&x, &y),
            27.0
        );
    }

    #[test]
    fn sums_cover_every_length() {
        for n in 0..40usize {
            // Small integers: every order of summation is exact.
            let x: Vec<f64> = (0..n).map(|i| i as f64).collect();
            let y: Vec<f64> = (0..n).map(|i| (2 * i) as f64 - 3.0).collect();
            let naive_dot: f64 = (0..n).map(|i| x[i] * y[i]).sum();
            let naive_distance: f64 = (0..n).map(|i| (x[i] - y[i]).powi(2)).sum();
            assert_eq!(dot(&x, &y), naive_dot);
            assert_eq!(squared_distance(&x, &y), naive_distance);
        }
    }

    #[test]
    fn gamma_follows_the_matrix() {
        let x = array![[0.0, 2.0], [0.0, 2.0]];
        assert_eq!(Gamma::OnePerFeature.resolve(x.view()), 0.5);
        assert_eq!(Gamma::Scale.resolve(x.view()), 0.5);
        assert_eq!(Gamma::Scale.resolve(array![[3.0], [3.0]].view()), 1.0);
        assert_eq!(Gamma::Value(0.86).resolve(x.view()), 0.86);
    }

    #[test]
    fn bad_parameters_are_refused() {
        for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(
                KernelParams::Rbf {
                    gamma: Gamma::Value(bad)
                }
                .check()
                .is_err()
            );
            assert!(Kernel::Rbf { gamma: bad }.check().is_err());
        }
        for (degree, coef0) in [(0, 0.0), (21, 0.0), (3, -0.1), (3, f64::NAN)] {
            assert!(
                Kernel::Polynomial {
                    gamma: 1.0,
                    degree,
                    coef0
                }
                .check()
                .is_err()
            );
            let params = KernelParams::Polynomial {
                gamma: Gamma::Scale,
                degree,
                coef0,
            };
            assert!(params.check().is_err());
        }
    }
}
