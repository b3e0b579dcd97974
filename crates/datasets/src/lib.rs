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
mod tree;
mod walk;

use std::path::PathBuf;

use dftective_sample::Label;
use serde::{Deserialize, Serialize};

pub use error::DatasetError;
pub use grouping::GroupBy;
pub use labelled::{is_labelled_folder, labelled};
pub use manifest::{MANIFEST_COLUMNS, read_manifest};
pub use walk::{Inputs, path_list};

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
