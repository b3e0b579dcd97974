//! What comes back of a file.

use image::{GrayImage, RgbImage};

use super::luma::Pixels;
use super::{Channels, Coefficients, DecodeError, Format, JpegInfo, Planes, Remark};

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

impl Decoded {
    /// Whether all pixels have the same colour, so that there is nothing to see: 8-bit luma, and chroma to the nearest of
    /// 256 levels, as far as it was decoded.
    pub fn is_one_colour(&self) -> bool {
        fn are_equal<T: PartialEq>(mut values: impl Iterator<Item = T>) -> bool {
            values
                .next()
                .is_none_or(|first| values.all(|value| value == first))
        }
        let level = |sample: &f32| sample.round().clamp(0.0, 255.0) as u8;
        let mut chroma = self.planes.iter().flat_map(|planes| &planes.chroma).flatten();
        are_equal(self.luma.iter())
            && self.rgb.iter().all(|rgb| are_equal(rgb.pixels()))
            && chroma.all(|plane| are_equal(plane.samples.iter().map(level)))
    }
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

/// What was read of a file in any format but JPEG.
pub(super) struct Contents {
    pub format: Format,
    /// Width and height in pixels.
    pub size: (u32, u32),
    pub pixels: Pixels,
    pub remarks: Vec<Remark>,
}

impl Contents {
    /// With what is `channels`; the pixels must have their colours where these or planes are.
    ///
    /// # Errors
    /// Fewer pixels than the size says.
    pub fn decoded(mut self, channels: Channels) -> Result<Decoded, DecodeError> {
        let (width, height) = self.size;
        if self.pixels.transparent {
            self.remarks.push(Remark::AlphaIgnored);
        }
        let too_few = || DecodeError::corrupt(self.format, "fewer samples than the header announces");
        let Pixels { luma, rgb, .. } = self.pixels;
        let planes = channels
            .planes
            .then(|| Planes::from_pixels(self.size, &luma, rgb.as_deref()));
        let rgb = rgb
            .filter(|_| channels.rgb)
            .map(|rgb| RgbImage::from_raw(width, height, rgb).ok_or_else(too_few));
        Ok(Decoded {
            luma: GrayImage::from_raw(width, height, luma).ok_or_else(too_few)?,
            planes,
            rgb: rgb.transpose()?,
            coefficients: None,
            source: SourceInfo {
                width,
                height,
                format: self.format,
                jpeg: None,
                remarks: self.remarks,
            },
        })
    }
}
