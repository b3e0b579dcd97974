//! Which images there are, and what is known of each: label, source, group.
//!
//! [`Inputs`] lists the images that paths and folders stand for, without labels. [`labelled`] lists those of a data
//! set: a folder with `real/` and `fake/` in it, where the next folder below names the source, or a CSV manifest
//! ([`read_manifest`]). [`GroupBy`] says which images belong together. What can't be read stays in the list as an [`Unreadable`], so that no input is lost.
//!
//! Labels have one polarity everywhere: fake is the positive class.

mod error;
mod grouping;
mod labelled;
mod listing;
mod manifest;
mod path_text;
mod tree;
mod walk;

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub use error::DatasetError;
pub use grouping::GroupBy;
pub use labelled::{is_labelled_folder, labelled};
pub use manifest::{MANIFEST_COLUMNS, read_manifest};
pub use path_text::path_text;
pub use walk::{Inputs, path_list};

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
    type Err = DatasetError;

    fn from_str(text: &str) -> Result<Self, DatasetError> {
        match text.trim().to_ascii_lowercase().as_str() {
            "real" => Ok(Self::Real),
            "fake" => Ok(Self::Fake),
            _ => Err(DatasetError::UnknownLabel {
                found: text.to_owned(),
            }),
        }
    }
}

/// One image to be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Item {
    /// Where it is.
    pub path: PathBuf,
    /// Its class, where known.
    pub label: Option<Label>,
    /// What made it: a camera set, a generator; the name of the folder below the class folder, or the
    /// manifest's column.
    pub source: Option<String>,
    /// Images of one person, video or scene, which no split may part; the manifest's column.
    pub group: Option<String>,
    /// The same path has been given before.
    pub repeated: bool,
}

/// An input that can't be read, with the reason; it stays an input, and gets its record.
#[derive(Debug)]
pub struct Unreadable {
    /// What was asked for.
    pub item: Item,
    /// Why it can't be had.
    pub cause: DatasetError,
}

/// An input that could not be used, for a result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The path, as [`path_text`] writes it.
    pub path: String,
    /// Why.
    pub error: String,
}

/// An input: an image to be read, or what stands in its way.
pub type Input = Result<Item, Box<Unreadable>>;
