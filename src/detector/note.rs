//! What weakens a verdict.

use std::fmt;

use super::conditions::{Conditions, Range};
use crate::decode::{Decoded, Format, Remark};
use crate::features::Workspace;
use crate::spectrum::ResamplingTrace;

/// Something about an image that weakens the verdict on it, in words a non-specialist understands.
#[derive(Clone, Debug, PartialEq)]
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
    /// Another format than every training image's.
    UnfamiliarFormat(Format),
    /// Enlarged after it was made, which leaves traces of its own and hides others.
    Resampled(ResamplingTrace),
    /// What the decoder has to say.
    Decoder(Remark),
}

/// Below this quality JPEG leaves little of the high frequencies, whatever a detector was trained on.
const HEAVY_COMPRESSION: u32 = 50;
/// The estimate of a quality is off by a little for encoders with tables of their own.
const QUALITY_SLACK: u32 = 2;

impl Note {
    /// Everything worth noting of an image, for a detector trained under `trained`.
    pub fn of(image: &Decoded, trained: &Conditions, workspace: &mut Workspace) -> Vec<Self> {
        let (width, height) = (image.source.width, image.source.height);
        let mut notes = Vec::new();
        if width != height && !trained.not_square {
            notes.push(Self::NotSquare { width, height });
        }
        if let Some(range) = trained.shorter_side.filter(|range| width.min(height) < range.min) {
            notes.push(Self::SmallerThanTraining {
                side: width.min(height),
                trained: range,
            });
        }
        if let Some(range) = trained.longer_side.filter(|range| width.max(height) > range.max) {
            notes.push(Self::LargerThanTraining {
                side: width.max(height),
                trained: range,
            });
        }
        if let Some(quality) = image
            .source
            .jpeg
            .as_ref()
            .and_then(|jpeg| jpeg.quality)
            .map(u32::from)
        {
            let floor = trained.jpeg_quality.map_or(HEAVY_COMPRESSION, |range| range.min);
            if quality + QUALITY_SLACK < floor {
                notes.push(Self::HeavilyCompressed {
                    quality,
                    trained: trained.jpeg_quality,
                });
            }
        }
        if !trained.formats.is_empty() && !trained.formats.contains(image.source.format.as_str()) {
            notes.push(Self::UnfamiliarFormat(image.source.format));
        }
        if let Some(trace) =
            ResamplingTrace::find(&image.luma, &mut workspace.trace).filter(ResamplingTrace::is_present)
        {
            notes.push(Self::Resampled(trace));
        }
        notes.extend(image.source.remarks.iter().cloned().map(Self::Decoder));
        notes
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
            Self::UnfamiliarFormat(format) => write!(f, "no training image was {format}"),
            Self::Resampled(trace) => {
                write!(
                    f,
                    "signs of enlargement (a pattern of period {:.2} pixels)",
                    1.0 / trace.frequency
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
