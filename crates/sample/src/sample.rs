//! The record of one image.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::short::short;
use crate::{FileFacts, Label, Origin};

/// One image: where it comes from and what is known of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sample {
    /// Where it comes from.
    pub origin: Origin,
    /// The part of the picture that is meant; none for all of it.
    pub region: Option<Region>,
    /// Its class, where known.
    pub label: Option<Label>,
    /// What made it: a camera set, a generator; the name of the folder below the class folder, or the column of a
    /// manifest or table.
    pub source: Option<String>,
    /// Images of one person, video or scene share one; no split may part them.
    pub group: Option<String>,
    /// The part of a published split that it belongs to.
    pub split: Option<Split>,
    /// What is known of its file.
    pub file: FileFacts,
    /// The JPEG quality at which it was saved again, where it is a copy made for training.
    pub copy_quality: Option<u8>,
    /// Whether the same path has been given before.
    pub repeated: bool,
}

impl Sample {
    /// An image of which only the place is known.
    pub fn new(origin: impl Into<Origin>) -> Self {
        Self {
            origin: origin.into(),
            ..Self::default()
        }
    }

    /// Its name in tables and messages: the origin's, with the region as `@x,y,width,height` and a copy's quality in words.
    pub fn name(&self) -> String {
        let mut name = self.origin.text().into_owned();
        if let Some(region) = self.region {
            name.push_str(&format!("@{region}"));
        }
        if let Some(quality) = self.copy_quality {
            name.push_str(&format!(" (JPEG quality {quality})"));
        }
        name
    }

    /// Whether it is known to be fake.
    pub fn is_fake(&self) -> bool {
        self.label == Some(Label::Fake)
    }
}

/// A rectangle of a picture, in pixels from its upper left corner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Region {
    /// First column.
    pub x: u32,
    /// First row.
    pub y: u32,
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

/// As `x,y,width,height`.
impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { x, y, width, height } = self;
        write!(f, "{x},{y},{width},{height}")
    }
}

/// A part of a published split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Split {
    /// To learn from.
    Train,
    /// To choose by.
    Validation,
    /// To be judged.
    Test,
}

impl fmt::Display for Split {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Train => "train",
            Self::Validation => "validation",
            Self::Test => "test",
        })
    }
}

/// A part of a split other than those there are.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown split '{}' (expected train, validation or test)", short(found))]
pub struct UnknownSplit {
    /// What was given.
    pub found: String,
}

impl FromStr for Split {
    type Err = UnknownSplit;

    /// `val` and `valid` are validation, as many published lists have it.
    fn from_str(text: &str) -> Result<Self, UnknownSplit> {
        match text.trim().to_ascii_lowercase().as_str() {
            "train" | "training" => Ok(Self::Train),
            "validation" | "valid" | "val" => Ok(Self::Validation),
            "test" | "testing" => Ok(Self::Test),
            _ => Err(UnknownSplit {
                found: text.to_owned(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_regions_and_copies_apart() {
        let whole = Sample::new(std::path::PathBuf::from("a.jpg"));
        let part = Sample {
            region: Some(Region {
                x: 1,
                y: 2,
                width: 30,
                height: 40,
            }),
            ..whole.clone()
        };
        let copy = Sample {
            copy_quality: Some(61),
            ..whole.clone()
        };
        assert_eq!(
            [&whole, &part, &copy].map(Sample::name),
            ["a.jpg", "a.jpg@1,2,30,40", "a.jpg (JPEG quality 61)"]
        );
    }

    #[test]
    fn splits_are_read_as_written() {
        for split in [Split::Train, Split::Validation, Split::Test] {
            assert_eq!(split.to_string().parse(), Ok(split));
        }
        assert_eq!(" Val".parse(), Ok(Split::Validation));
        assert!("trial".parse::<Split>().is_err());
    }
}
