//! What a reader of the results should know about a picture.

use std::fmt;

use super::{Format, JpegDamage};

/// Something about a file that was changed, ignored or left unapplied. [`Display`](fmt::Display) says it in plain
/// words.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Remark {
    /// Samples of more than 8 bits, of so many, were cut to their high 8.
    SamplesReduced(u8),
    /// Some pixels are not opaque; their colour was taken as stored.
    AlphaIgnored,
    /// The file is an animation; its first picture was taken.
    FirstFrameOnly,
    /// The file has several pages; the first was taken.
    FirstPageOnly,
    /// The file begins with a reduced copy of its picture, or with a mask; the picture itself was taken.
    ThumbnailPassedOver,
    /// The first picture of an animation, or of a file that may be one, covers but a part of the screen. That part was
    /// taken, since of the rest no pixel is in the file.
    PartOfScreen {
        /// Width of the screen in pixels.
        width: u32,
        /// Height of the screen in pixels.
        height: u32,
    },
    /// So many pixels are skipped by the file's compression, and stand as black.
    PixelsSkipped(u64),
    /// The icon file holds several pictures; the one the decoder deems best (largest, deepest) was taken.
    LargestIconOnly,
    /// The samples are cyan, magenta, yellow and black.
    ///
    /// For JPEG, with samples inverted as Adobe stores them (0 = full ink), each of R, G, B is
    /// `K − ((255 − C)·K >> 8)` with C, M, Y in turn, then the colour rule of [`decode`](super::decode()) follows:
    /// OpenCV's rule. For TIFF (0 = no ink) it is (255 − C)(255 − K)/255, rounded.
    CmykConverted,
    /// The JPEG stores R, G, B, so there is no Y plane; grey was computed from RGB.
    RgbJpeg,
    /// The JPEG is damaged. All its pixels could be decoded, but they may not be what was stored.
    DamagedJpeg(JpegDamage),
    /// The orientation tag (2–8, as in EXIF) asks for a rotation or mirroring, which was not done.
    OrientationNotApplied(u8),
    /// The file's name promises another format than its content.
    MisleadingName {
        /// Extension of the name, lower case, without the dot.
        extension: String,
        /// Format of the content.
        format: Format,
    },
}

impl Remark {
    /// Whether it says that pixels are not in the file, or may not be those that were stored, so that nobody knows what a
    /// detector makes of them.
    pub fn is_defect(&self) -> bool {
        matches!(
            self,
            Self::DamagedJpeg(_) | Self::PartOfScreen { .. } | Self::PixelsSkipped(_)
        )
    }
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SamplesReduced(bits) => write!(f, "{bits}-bit samples reduced to 8"),
            Self::AlphaIgnored => f.write_str("alpha channel ignored"),
            Self::FirstFrameOnly => f.write_str("animation: first frame only"),
            Self::FirstPageOnly => f.write_str("several pages: first page only"),
            Self::ThumbnailPassedOver => f.write_str("a thumbnail passed over for its picture"),
            Self::PartOfScreen { width, height } => {
                write!(
                    f,
                    "the first frame alone, which is a part of the screen ({width}x{height})"
                )
            }
            Self::PixelsSkipped(1) => f.write_str("1 pixel is not in the file and stands as black"),
            Self::PixelsSkipped(count) => write!(f, "{count} pixels are not in the file and stand as black"),
            Self::LargestIconOnly => f.write_str("several icon sizes: largest only"),
            Self::CmykConverted => f.write_str("CMYK converted"),
            Self::RgbJpeg => f.write_str("JPEG stored as RGB: grey computed from colour"),
            Self::DamagedJpeg(damage) => write!(f, "damaged JPEG: {damage}"),
            Self::OrientationNotApplied(tag) => write!(f, "orientation tag {tag} not applied"),
            Self::MisleadingName { extension, format } => write!(f, "named .{extension} but is {format}"),
        }
    }
}
