//! What comes back of a file.

use image::{GrayImage, RgbImage};

use super::{Coefficients, Format, JpegInfo, Planes, Remark};

/// A picture as the method sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Decoded {
    /// 8-bit luma, row-major, `width × height`.
    pub luma: GrayImage,
    /// What the file was.
    pub source: SourceInfo,
    /// Unrounded Y, Cb and Cr, if wanted.
    pub planes: Option<Planes>,
    /// Colour pixels, if wanted: R, G, B as OpenCV's `IMREAD_COLOR` has them, so a JPEG's chroma is brought up to
    /// size by libjpeg's triangle filter. `None` for a picture without colour.
    pub rgb: Option<RgbImage>,
    /// Coefficients of the luma component, if wanted and if the file is a JPEG that has one.
    pub coefficients: Option<Coefficients>,
}

/// What a file was before it became a luma plane.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceInfo {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// The format found in the content.
    pub format: Format,
    /// Coding facts, for a JPEG.
    pub jpeg: Option<JpegInfo>,
    /// What was changed, ignored or left unapplied on the way to luma.
    pub remarks: Vec<Remark>,
}
