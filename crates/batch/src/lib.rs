//! Many images in, records out: in parallel, in order, in bounded memory.
//!
//! [`ordered`] runs any work so. A [`Scorer`] is the work of judging: one [`ScoreRecord`] an input. An
//! [`Extractor`] is the work of computing features: one [`ExtractedRow`] an input, as a row of a table
//! ([`extract_schema`]) or, by [`dataset_from_images`], of a data set. An input that can't be read or has no
//! features keeps its place, with an error.

mod dataset;
mod error;
mod extract;
mod ordered;
mod recompression;
mod record;

#[cfg(test)]
mod tests;

pub use dataset::{dataset_from_images, dataset_from_table};
pub use dftective_datasets::sample_of;
pub use error::FeatureTableError;
pub use extract::{ExtractedRow, Extractor, extract_schema};
pub use ordered::{Flow, ordered};
pub use recompression::{Recompression, RecompressionError};
pub use record::{ScoreRecord, Scorer, score_schema};

use std::path::Path;

use dftective_datasets::Input;
use dftective_decode::{Channels, Decoded, Limits, decode_channels, decode_named, read_channels};
use dftective_sample::{ErrorCode, Origin, SampleError};

/// The image of an input with these channels.
///
/// # Errors
/// Why there is none.
pub fn image_of(input: &Input, limits: &Limits, channels: Channels) -> Result<Decoded, SampleError> {
    let sample = input
        .as_ref()
        .map_err(|unreadable| SampleError::new(unreadable.cause.code(), &unreadable.cause))?;
    if sample.region.is_some() {
        return Err(SampleError::new(
            ErrorCode::Unsupported,
            "regions of an image are not read",
        ));
    }
    match &sample.origin {
        Origin::File(path) => read_channels(path, limits, channels),
        Origin::Member { member, content, .. } => {
            let bytes = content.0.read(limits.max_file_bytes)?;
            decode_named(&bytes, Path::new(member), limits, channels)
        }
        Origin::Bytes { bytes, .. } => decode_channels(bytes, limits, channels),
        other => {
            let message = format!("{}: not a file", other.text());
            return Err(SampleError::new(ErrorCode::NotAFile, message));
        }
    }
    .map_err(|error| SampleError::new(error.code(), error))
}
