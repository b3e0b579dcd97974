//! Why a profile could not be made.

use dftective_sample::{ErrorCode, short};

/// Why a recipe could not be read or a profile not be made.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SpectrumError {
    /// A name or value that the recipe does not have.
    #[error("unknown {} '{}' (expected {expected})", short(what), short(found))]
    UnknownChoice {
        /// The choice asked for.
        what: String,
        /// What was given.
        found: String,
        /// What may be given.
        expected: String,
    },
    /// The plane leaves fewer radial bins than the recipe needs.
    #[error(
        "image too small for the recipe: {width}x{height} pixels leave {radial_bins} radial bins, {needed} needed"
    )]
    TooSmall {
        /// Width before cropping, pixels.
        width: u32,
        /// Height before cropping, pixels.
        height: u32,
        /// Radial bins left once the first and the last are dropped.
        radial_bins: usize,
        /// Radial bins needed.
        needed: usize,
    },
    /// All pixels are equal: there is no spectrum but the mean.
    #[error("constant image: every pixel used is {value}, so there is no spectrum to judge")]
    Constant {
        /// The value of every pixel.
        value: u8,
    },
    /// The profile has no finite value, as when the logarithm of zero is taken without an epsilon.
    #[error(
        "the spectrum has no finite value at bin {bin} (a coefficient is zero and epsilon is {epsilon:e})"
    )]
    NotFinite {
        /// First bin that is not finite, from 0.
        bin: usize,
        /// The recipe's epsilon.
        epsilon: f64,
    },
    /// A plane of another size than the plan's.
    #[error("the plan is for {expected_width}x{expected_height} pixels, the plane has {width}x{height}")]
    WrongSize {
        /// Width the plan was made for.
        expected_width: u32,
        /// Height the plan was made for.
        expected_height: u32,
        /// Width found.
        width: u32,
        /// Height found.
        height: u32,
    },
    /// An output of another length than the profile's.
    #[error("the profile has {expected} values, the output has room for {found}")]
    WrongLength {
        /// Length of the profile.
        expected: usize,
        /// Length of the output.
        found: usize,
    },
}

impl SpectrumError {
    /// The code of it in records.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::TooSmall { .. } => ErrorCode::TooSmall,
            Self::Constant { .. } => ErrorCode::Constant,
            Self::NotFinite { .. } => ErrorCode::NotFinite,
            // Of the recipe, or of a caller who gave a plan what it was not made for.
            Self::UnknownChoice { .. } | Self::WrongSize { .. } | Self::WrongLength { .. } => {
                ErrorCode::Other
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_has_its_code() {
        let unknown = "none of ours".parse::<crate::Crop>().unwrap_err();
        let cases = [
            (unknown, "other"),
            (
                SpectrumError::TooSmall {
                    width: 1,
                    height: 1,
                    radial_bins: 0,
                    needed: 2,
                },
                "too_small",
            ),
            (SpectrumError::Constant { value: 7 }, "constant"),
            (SpectrumError::NotFinite { bin: 0, epsilon: 0.0 }, "not_finite"),
            (
                SpectrumError::WrongSize {
                    expected_width: 2,
                    expected_height: 2,
                    width: 1,
                    height: 1,
                },
                "other",
            ),
            (
                SpectrumError::WrongLength {
                    expected: 2,
                    found: 1,
                },
                "other",
            ),
        ];
        for (error, code) in cases {
            assert_eq!(error.code().as_str(), code, "{error}");
        }
    }
}
