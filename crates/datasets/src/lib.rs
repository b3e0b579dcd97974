//! Which images there are, and what is known of each: label, source, group.
//!
//! [`Inputs`] lists the images that paths, folders and archives (ZIP, tar, tar.gz) stand for, without labels. [`labelled`] lists
//! those of a data set: a folder or an archive whose folders are named after the classes ([`Layout`]), or a CSV manifest
//! ([`read_manifest`]). [`GroupBy`] says which images belong together.
//!
//! No file is lost: what can't be read stays in the list as an [`Unreadable`], and who is asked by a [`Search`] hears of each
//! file that holds no image.
//!
//! Labels have one polarity everywhere: fake is the positive class.

mod archive;
mod error;
mod grouping;
mod labelled;
mod layout;
mod listing;
mod manifest;
mod one_label;
mod search;
mod tree;
mod walk;

use dftective_sample::Sample;

pub use archive::{ArchiveError, is_archive};
pub use error::DatasetError;
pub use grouping::GroupBy;
pub use labelled::{Labelled, is_labelled, labelled};
pub use layout::{Layout, source_below};
pub use manifest::read_manifest;
pub use search::{PassedOver, Search, Why};
pub use walk::{Inputs, path_list};

/// An input that can't be read, with the reason; it stays an input, and gets its record.
#[derive(Debug)]
pub struct Unreadable {
    /// What was asked for.
    pub sample: Sample,
    /// Why it can't be had.
    pub cause: DatasetError,
}

/// An input: an image to be read, or what stands in its way.
pub type Input = Result<Sample, Box<Unreadable>>;

/// What is known of an input, whether or not it can be read.
pub fn sample_of(input: &Input) -> &Sample {
    match input {
        Ok(sample) => sample,
        Err(bad) => &bad.sample,
    }
}
