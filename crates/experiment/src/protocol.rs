//! How the data are parted, as a description says it.

use serde::{Deserialize, Serialize};

use super::fields;

/// How the data are parted. In a description `split` names the kind, and a kind takes no other keys than its own.
///
/// `samples` are the numbers of samples of a learning curve, falling and each at least 4: images before a random
/// split or before they are dealt into folds, or training images with fixed parts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Keys", into = "Keys")]
#[non_exhaustive]
pub enum Protocol {
    /// `hold-out`: random splits.
    HoldOut {
        /// How many, 1 to 1000.
        repetitions: u64,
        /// Share of the test part, above 0 and below 1.
        test_fraction: f64,
        /// Learning curve.
        samples: Vec<usize>,
    },
    /// `fixed-parts`: the parts that the data come in; data that come without them are split at random.
    FixedParts {
        /// Random subsets of the training part, or random splits, 1 to 1000.
        repetitions: u64,
        /// Share of the test part of a random split, above 0 and below 1.
        test_fraction: f64,
        /// Learning curve.
        samples: Vec<usize>,
    },
    /// `k-fold`: the data are dealt into folds, and each is measured on after learning from the others.
    KFold {
        /// How many times they are dealt; at most 1000 with the folds multiplied.
        repetitions: u64,
        /// Number of folds, at least 2.
        folds: usize,
        /// Learning curve.
        samples: Vec<usize>,
    },
    /// `leave-one-source-out`: each source is measured on after learning from the others, see
    /// [`leave_one_source_out`](dftective_evaluate::leave_one_source_out). It has no further keys: each source is left
    /// out once, and fewer images would leave some sources empty.
    LeaveOneSourceOut,
}

impl Protocol {
    /// Most splits of one number of samples.
    pub const MAX_SPLITS: usize = 1000;

    /// How many times parts are drawn.
    pub fn repetitions(&self) -> u64 {
        match self {
            Self::HoldOut { repetitions, .. }
            | Self::FixedParts { repetitions, .. }
            | Self::KFold { repetitions, .. } => *repetitions,
            Self::LeaveOneSourceOut => 1,
        }
    }

    /// Numbers of samples of the learning curve.
    pub fn samples(&self) -> &[usize] {
        match self {
            Self::HoldOut { samples, .. }
            | Self::FixedParts { samples, .. }
            | Self::KFold { samples, .. } => samples,
            Self::LeaveOneSourceOut => &[],
        }
    }
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    HoldOut,
    FixedParts,
    KFold,
    LeaveOneSourceOut,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::HoldOut => "hold-out",
            Self::FixedParts => "fixed-parts",
            Self::KFold => "k-fold",
            Self::LeaveOneSourceOut => "leave-one-source-out",
        }
    }
}

/// The keys of all kinds; those that are wrong by themselves are refused at their own line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    split: Kind,
    #[serde(
        default,
        deserialize_with = "fields::repetitions",
        skip_serializing_if = "Option::is_none"
    )]
    repetitions: Option<u64>,
    #[serde(
        default,
        deserialize_with = "fields::fraction",
        skip_serializing_if = "Option::is_none"
    )]
    test_fraction: Option<f64>,
    #[serde(
        default,
        deserialize_with = "fields::folds",
        skip_serializing_if = "Option::is_none"
    )]
    folds: Option<usize>,
    #[serde(
        default,
        deserialize_with = "fields::samples",
        skip_serializing_if = "Option::is_none"
    )]
    samples: Option<Vec<usize>>,
}

impl Keys {
    fn needed<T>(&self, value: Option<T>, key: &str) -> Result<T, String> {
        value.ok_or_else(|| {
            format!(
                "missing field `{key}`, which the split '{}' needs",
                self.split.name()
            )
        })
    }

    fn refuse(&self, keys: &[(&str, bool)]) -> Result<(), String> {
        match keys.iter().find(|(_, is_there)| *is_there) {
            Some((key, _)) => Err(format!("the split '{}' takes no `{key}`", self.split.name())),
            None => Ok(()),
        }
    }
}

impl TryFrom<Keys> for Protocol {
    type Error = String;

    fn try_from(keys: Keys) -> Result<Self, String> {
        let repetitions = || keys.needed(keys.repetitions, "repetitions");
        let test_fraction = || keys.needed(keys.test_fraction, "test_fraction");
        let samples = || keys.samples.clone().unwrap_or_default();
        let has_fraction = ("test_fraction", keys.test_fraction.is_some());
        let has_folds = ("folds", keys.folds.is_some());
        match keys.split {
            Kind::HoldOut => {
                keys.refuse(&[has_folds])?;
                Ok(Self::HoldOut {
                    repetitions: repetitions()?,
                    test_fraction: test_fraction()?,
                    samples: samples(),
                })
            }
            Kind::FixedParts => {
                keys.refuse(&[has_folds])?;
                Ok(Self::FixedParts {
                    repetitions: repetitions()?,
                    test_fraction: test_fraction()?,
                    samples: samples(),
                })
            }
            Kind::KFold => {
                keys.refuse(&[has_fraction])?;
                let (repetitions, folds) = (repetitions()?, keys.needed(keys.folds, "folds")?);
                let splits = repetitions.saturating_mul(folds as u64);
                if splits > Self::MAX_SPLITS as u64 {
                    return Err(format!(
                        "expected at most {} for `folds` times `repetitions`, found {splits}",
                        Self::MAX_SPLITS
                    ));
                }
                Ok(Self::KFold {
                    repetitions,
                    folds,
                    samples: samples(),
                })
            }
            Kind::LeaveOneSourceOut => {
                let has_repetitions = ("repetitions", keys.repetitions.is_some());
                let has_samples = ("samples", keys.samples.is_some());
                keys.refuse(&[has_repetitions, has_fraction, has_folds, has_samples])?;
                Ok(Self::LeaveOneSourceOut)
            }
        }
    }
}

impl From<Protocol> for Keys {
    fn from(protocol: Protocol) -> Self {
        let keys = |split, repetitions, samples| Self {
            split,
            repetitions: Some(repetitions),
            test_fraction: None,
            folds: None,
            samples: Some(samples),
        };
        match protocol {
            Protocol::HoldOut {
                repetitions,
                test_fraction,
                samples,
            } => Self {
                test_fraction: Some(test_fraction),
                ..keys(Kind::HoldOut, repetitions, samples)
            },
            Protocol::FixedParts {
                repetitions,
                test_fraction,
                samples,
            } => Self {
                test_fraction: Some(test_fraction),
                ..keys(Kind::FixedParts, repetitions, samples)
            },
            Protocol::KFold {
                repetitions,
                folds,
                samples,
            } => Self {
                folds: Some(folds),
                ..keys(Kind::KFold, repetitions, samples)
            },
            Protocol::LeaveOneSourceOut => Self {
                split: Kind::LeaveOneSourceOut,
                repetitions: None,
                test_fraction: None,
                folds: None,
                samples: None,
            },
        }
    }
}
