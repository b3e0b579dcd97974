//! What a reader of the results should know about a picture.

use std::fmt;

use super::{Format, JpegDamage};

/// Something about a file that was changed, ignored or left unapplied. [`Display`](fmt::Display) says it in plain
/// words.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Remark {
    /// Samples of 16 bits were cut to their high byte.
    SixteenBitReduced,
    /// Some pixels are not opaque; their colour was taken as stored.
    AlphaIgnored,
    /// The file is an animation; its first picture was taken.
    FirstFrameOnly,
    /// The file has several pages; the first was taken.
    FirstPageOnly,
    /// The icon file holds several pictures; the one the decoder deems best (largest, deepest) was taken.
    LargestIconOnly,
    /// The samples are cyan, magenta, yellow and black.
    ///
    /// For JPEG, with samples inverted as Adobe stores them (0 = full ink), each of R, G, B is
    /// `K − ((255 − C)·K >> 8)` with C, M, Y in turn, then the colour rule of [`decode`](super::decode) follows:
    /// OpenCV's rule. For TIFF, the `image` crate's conversion to RGB comes first.
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
    /// Whether it says that the pixels may not be those that were stored.
    pub fn is_damage(&self) -> bool {
        matches!(self, Self::DamagedJpeg(_))
    }
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SixteenBitReduced => f.write_str("16-bit samples reduced to 8"),
            Self::AlphaIgnored => f.write_str("alpha channel ignored"),
            Self::FirstFrameOnly => f.write_str("animation: first frame only"),
            Self::FirstPageOnly => f.write_str("several pages: first page only"),
            Self::LargestIconOnly => f.write_str("several icon sizes: largest only"),
            Self::CmykConverted => f.write_str("CMYK converted"),
            Self::RgbJpeg => f.write_str("JPEG stored as RGB: grey computed from colour"),
            Self::DamagedJpeg(damage) => write!(f, "damaged JPEG: {damage}"),
            Self::OrientationNotApplied(tag) => write!(f, "orientation tag {tag} not applied"),
            Self::MisleadingName { extension, format } => write!(f, "named .{extension} but is {format}"),
        }
    }
}
