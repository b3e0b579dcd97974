use std::io;
use std::path::PathBuf;

use dftective_sample::short_path;
use thiserror::Error;

/// Why no picture or data set could be made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SynthError {
    /// Too few or too many pictures.
    #[error("pictures per class: expected 1 to 1000000, found {0}")]
    PerClass(u32),
    /// A side out of range.
    #[error("side of a picture: expected a multiple of 4 from 32 to 4096 pixels, found {0}")]
    Size(u32),
    /// A JPEG quality out of range.
    #[error("JPEG quality: expected 1 to 100, found {0}")]
    Quality(u8),
    /// A picture could not be saved as JPEG.
    #[error(transparent)]
    Encode(#[from] dftective_decode::EncodeError),
    /// The folder to write has something in it.
    #[error("{}: expected a new or empty folder, found files in it", short_path(.0))]
    NotEmpty(PathBuf),
    /// A folder or file could not be read or written.
    #[error("cannot write {}", short_path(path))]
    Write {
        /// The folder or file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}
