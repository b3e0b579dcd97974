//! The two classes of an image.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The class of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Label {
    /// Taken by a camera; the negative class.
    Real,
    /// Generated or manipulated; the positive class.
    Fake,
}

impl Label {
    /// Both labels, real first.
    pub const ALL: [Self; 2] = [Self::Real, Self::Fake];

    /// Whether it is the positive class.
    pub fn is_fake(self) -> bool {
        self == Self::Fake
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Real => "real",
            Self::Fake => "fake",
        })
    }
}

impl FromStr for Label {
    type Err = UnknownLabel;

    fn from_str(text: &str) -> Result<Self, UnknownLabel> {
        match text.trim().to_ascii_lowercase().as_str() {
            "real" => Ok(Self::Real),
            "fake" => Ok(Self::Fake),
            _ => Err(UnknownLabel {
                found: text.to_owned(),
            }),
        }
    }
}

/// A label other than the two there are.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown label '{found}' (expected real or fake)")]
pub struct UnknownLabel {
    /// What was given.
    pub found: String,
}
