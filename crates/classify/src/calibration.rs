use std::collections::BTreeMap;

use ndarray::ArrayD;
use serde::{Deserialize, Serialize};

use super::{ClassifyError, Isotonic, Platt, arrays::Arrays};

/// How margins become scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CalibrationMethod {
    /// [`Platt`]'s sigmoid: two numbers, steady on few items.
    #[default]
    Platt,
    /// [`Isotonic`] regression: any rising curve, which wanted thousands of items.
    Isotonic,
}

/// A [`CalibrationMethod`] with what it learnt: turns margins into scores, the probabilities of fake.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Calibration {
    /// By a sigmoid.
    Platt(Platt),
    /// By isotonic regression.
    Isotonic(Isotonic),
}

/// What a [`Calibration`] is besides its arrays.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CalibrationKind {
    /// [`Calibration::Platt`].
    Platt(Platt),
    /// [`Calibration::Isotonic`].
    Isotonic,
}

impl Calibration {
    /// Fits on held-out margins ([`cross_validated_margins`](super::cross_validated_margins)); labels are `true` for
    /// fake.
    ///
    /// # Errors
    /// As [`Platt::fit`] or [`Isotonic::fit`]: margins no better than chance among them.
    pub fn fit(method: CalibrationMethod, margins: &[f64], labels: &[bool]) -> Result<Self, ClassifyError> {
        Ok(match method {
            CalibrationMethod::Platt => Self::Platt(Platt::fit(margins, labels)?),
            CalibrationMethod::Isotonic => Self::Isotonic(Isotonic::fit(margins, labels)?),
        })
    }

    /// How it was fitted.
    pub fn method(&self) -> CalibrationMethod {
        match self {
            Self::Platt(_) => CalibrationMethod::Platt,
            Self::Isotonic(_) => CalibrationMethod::Isotonic,
        }
    }

    /// The probability of fake, in \[0, 1\]; never falls as the margin rises. NaN only for a NaN margin.
    pub fn score(&self, margin: f64) -> f64 {
        match self {
            Self::Platt(platt) => platt.score(margin),
            Self::Isotonic(isotonic) => isotonic.score(margin),
        }
    }

    /// The arrays to save, by name; [`from_parts`](Self::from_parts) takes them back.
    pub fn arrays(&self) -> Vec<(String, ArrayD<f64>)> {
        match self {
            Self::Platt(_) => Vec::new(),
            Self::Isotonic(isotonic) => isotonic.arrays(),
        }
    }

    /// Everything that is not an array.
    pub fn describe(&self) -> CalibrationKind {
        match self {
            Self::Platt(platt) => CalibrationKind::Platt(*platt),
            Self::Isotonic(_) => CalibrationKind::Isotonic,
        }
    }

    /// The calibration that [`describe`](Self::describe) and [`arrays`](Self::arrays) came from.
    ///
    /// # Errors
    /// A sigmoid that does not rise; a missing, surplus, wrongly shaped or non-finite array; margins that do not
    /// rise, scores that fall or are not strictly between 0 and 1.
    pub fn from_parts(
        kind: CalibrationKind,
        arrays: BTreeMap<String, ArrayD<f64>>,
    ) -> Result<Self, ClassifyError> {
        Ok(match kind {
            CalibrationKind::Platt(platt) => {
                Arrays(arrays).finish()?;
                Self::Platt(platt.check()?)
            }
            CalibrationKind::Isotonic => Self::Isotonic(Isotonic::from_arrays(arrays)?),
        })
    }
}
