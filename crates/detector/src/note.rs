//! What weakens a verdict.

use std::collections::BTreeSet;
use std::fmt;

use super::conditions::{Conditions, Range};
use dftective_decode::Remark;
use dftective_sample::FileFacts;

/// Something about an image that weakens the verdict on it, in words a non-specialist understands.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Note {
    /// Not square, while all training images were: its frequencies are sampled differently along each side.
    NotSquare {
        /// Width, pixels.
        width: u32,
        /// Height, pixels.
        height: u32,
    },
    /// Its shorter side is below that of every training image.
    SmallerThanTraining {
        /// Shorter side, pixels.
        side: u32,
        /// Shorter sides of the training images.
        trained: Range,
    },
    /// Its longer side is above that of every training image.
    LargerThanTraining {
        /// Longer side, pixels.
        side: u32,
        /// Longer sides of the training images.
        trained: Range,
    },
    /// Compressed harder than every training image, which hides the traces of a generator.
    HeavilyCompressed {
        /// Estimated quality, 1 to 100.
        quality: u32,
        /// Qualities of the training images, where known.
        trained: Option<Range>,
    },
    /// Compressed less than every training image: what those lost, and what their coding left, is otherwise here.
    LightlyCompressed {
        /// Estimated quality, 1 to 100.
        quality: u32,
        /// Qualities of the training images.
        trained: Range,
    },
    /// Another format than every training image's.
    UnfamiliarFormat(String),
    /// A JPEG whose chroma is stored otherwise than every training image's.
    UnfamiliarSubsampling(String),
    /// Enlarged after it was made, which leaves traces of its own and hides others.
    Resampled {
        /// Of the trace, cycles per pixel.
        frequency: f64,
        /// Whether (nearly) no training image was.
        is_new: bool,
    },
    /// What the decoder has to say.
    Decoder(Remark),
}

/// Below this quality JPEG leaves little of the high frequencies, whatever a detector was trained on.
const HEAVY_COMPRESSION: u32 = 50;
/// The estimate of a quality is off by a little for encoders with tables of their own.
const QUALITY_SLACK: u32 = 2;

impl Note {
    /// What `file` is that the images of a detector trained under `trained` were not, and what weakens any verdict.
    pub fn of(file: &FileFacts, trained: &Conditions) -> Vec<Self> {
        let mut notes = Vec::new();
        if let Some((width, height)) = file.size() {
            if width != height && !trained.not_square {
                notes.push(Self::NotSquare { width, height });
            }
            let (shorter, longer) = (width.min(height), width.max(height));
            if let Some(range) = trained.shorter_side.filter(|range| shorter < range.min) {
                notes.push(Self::SmallerThanTraining {
                    side: shorter,
                    trained: range,
                });
            }
            if let Some(range) = trained.longer_side.filter(|range| longer > range.max) {
                notes.push(Self::LargerThanTraining {
                    side: longer,
                    trained: range,
                });
            }
        }
        notes.extend(
            file.jpeg_quality
                .and_then(|quality| Self::of_quality(quality, trained.jpeg_quality)),
        );
        let is_new = |names: &BTreeSet<String>, name: &&String| !names.is_empty() && !names.contains(*name);
        let format = file.format.as_ref().filter(|name| is_new(&trained.formats, name));
        notes.extend(format.cloned().map(Self::UnfamiliarFormat));
        let subsampling = file
            .subsampling
            .as_ref()
            .filter(|name| is_new(&trained.subsamplings, name));
        notes.extend(subsampling.cloned().map(Self::UnfamiliarSubsampling));
        let traces = file.resampling.filter(|frequency| *frequency > 0.0);
        notes.extend(traces.map(|frequency| Self::Resampled {
            frequency,
            is_new: trained.is_enlargement_new(),
        }));
        notes
    }

    fn of_quality(quality: u32, trained: Option<Range>) -> Option<Self> {
        let floor = trained.map_or(HEAVY_COMPRESSION, |range| range.min);
        if quality + QUALITY_SLACK < floor {
            return Some(Self::HeavilyCompressed { quality, trained });
        }
        let trained = trained.filter(|range| quality > range.max + QUALITY_SLACK)?;
        Some(Self::LightlyCompressed { quality, trained })
    }

    /// Whether it says that the image lies outside what the detector was trained on, or that its pixels are not all there or
    /// may not be those that were stored, so that nobody knows how often verdicts on such images are wrong.
    pub fn is_out_of_domain(&self) -> bool {
        match self {
            Self::NotSquare { .. }
            | Self::SmallerThanTraining { .. }
            | Self::LargerThanTraining { .. }
            | Self::LightlyCompressed { .. }
            | Self::UnfamiliarFormat(_)
            | Self::UnfamiliarSubsampling(_) => true,
            Self::HeavilyCompressed { trained, .. } => trained.is_some(),
            Self::Resampled { is_new, .. } => *is_new,
            Self::Decoder(remark) => remark.is_defect(),
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotSquare { width, height } => {
                write!(f, "not square ({width}x{height}), the training images were")
            }
            Self::SmallerThanTraining { side, trained } => {
                write!(
                    f,
                    "smaller than the training images (shorter side {side}, trained on {trained})"
                )
            }
            Self::LargerThanTraining { side, trained } => {
                write!(
                    f,
                    "larger than the training images (longer side {side}, trained on {trained})"
                )
            }
            Self::HeavilyCompressed {
                quality,
                trained: Some(trained),
            } => {
                write!(
                    f,
                    "heavily compressed (JPEG quality about {quality}, trained on {trained})"
                )
            }
            Self::HeavilyCompressed {
                quality,
                trained: None,
            } => {
                write!(f, "heavily compressed (JPEG quality about {quality})")
            }
            Self::LightlyCompressed { quality, trained } => {
                write!(
                    f,
                    "lightly compressed (JPEG quality about {quality}, trained on {trained})"
                )
            }
            Self::UnfamiliarFormat(format) => write!(f, "no training image was {format}"),
            Self::UnfamiliarSubsampling(name) => {
                write!(f, "no training image had chroma subsampling {name}")
            }
            Self::Resampled { frequency, .. } => {
                write!(
                    f,
                    "signs of enlargement (a pattern of period {:.2} pixels)",
                    1.0 / frequency
                )
            }
            Self::Decoder(remark) => remark.fmt(f),
        }
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.min == self.max {
            write!(f, "{}", self.min)
        } else {
            write!(f, "{} to {}", self.min, self.max)
        }
    }
}
