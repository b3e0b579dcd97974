//! Many images in, records out: in parallel, in order, in bounded memory.
//!
//! [`ordered`] runs any work so. A [`Scorer`] is the work of judging: one [`ScoreRecord`] an input. An
//! [`Extractor`] is the work of computing features: one [`ExtractedRow`] an input, as a row of a table
//! ([`extract_schema`]) or, by [`Dataset::from_images`], of a training set. An input that can't be read or has no
//! features keeps its place, with an error.

mod dataset;
mod error;
mod extract;
mod ordered;
mod recompression;
mod record;

#[cfg(test)]
mod tests;

pub use dataset::Dataset;
pub use error::FeatureTableError;
pub use extract::{ExtractedRow, Extractor, extract_schema};
pub use ordered::{Flow, ordered};
pub use recompression::{Recompression, RecompressionError};
pub use record::{ScoreRecord, Scorer, score_schema};

use dftective_datasets::{Input, Item};
use dftective_decode::{Channels, Decoded, Limits};
use dftective_sample::path_text;

/// The image of an input with what is `channels` of it, or why there is none.
fn image_of(input: &Input, limits: &Limits, channels: Channels) -> Result<Decoded, String> {
    match input {
        Ok(item) => {
            dftective_decode::read_channels(&item.path, limits, channels).map_err(|error| error.to_string())
        }
        Err(unreadable) => Err(unreadable.cause.to_string()),
    }
}

/// The item of an input, readable or not, and its path as text.
fn item_of(input: &Input) -> (&Item, String) {
    let item = match input {
        Ok(item) => item,
        Err(unreadable) => &unreadable.item,
    };
    (item, path_text(&item.path))
}
