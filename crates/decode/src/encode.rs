//! Pixels to a JPEG file, for copies and for images that are made.

use image::RgbImage;
use libjpeg_turbo_rs::{Encoder, PixelFormat, Subsampling as Stored};

use super::{Decoded, Subsampling};

/// Why an image could not be saved as a JPEG.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// A JPEG quality out of range.
    #[error("JPEG quality: expected 1 to 100, found {0}")]
    Quality(u8),
    /// The JPEG encoder refused an image.
    #[error("cannot encode a picture of {width} x {height} pixels as JPEG")]
    Encoder {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
        /// What the encoder said.
        source: libjpeg_turbo_rs::JpegError,
    },
}

/// A baseline JPEG with 4:2:0 colour and the standard tables at `quality` (1 to 100).
///
/// # Errors
/// A quality out of range, or an image that JPEG cannot hold (a side of 0 or over 65,535 pixels).
pub fn encode_jpeg(image: &RgbImage, quality: u8) -> Result<Vec<u8>, EncodeError> {
    encode(
        image.as_raw(),
        PixelFormat::Rgb,
        image.dimensions(),
        Stored::S420,
        quality,
    )
}

impl Decoded {
    /// The image saved as a baseline JPEG with the standard tables at `quality` (1 to 100). Its chroma is stored as in the
    /// JPEG it came from, else at half size (4:2:0), as most programs do; an image decoded without colour is saved grey.
    ///
    /// # Errors
    /// A quality out of range, or a size that JPEG cannot hold.
    pub fn encode_jpeg(&self, quality: u8) -> Result<Vec<u8>, EncodeError> {
        let (pixels, format) = match &self.rgb {
            Some(rgb) => (rgb.as_raw(), PixelFormat::Rgb),
            None => (self.luma.as_raw(), PixelFormat::Grayscale),
        };
        let own = self.source.jpeg.as_ref().and_then(|jpeg| jpeg.subsampling);
        encode(
            pixels,
            format,
            self.luma.dimensions(),
            own.map_or(Stored::S420, stored),
            quality,
        )
    }
}

fn encode(
    pixels: &[u8],
    format: PixelFormat,
    (width, height): (u32, u32),
    subsampling: Stored,
    quality: u8,
) -> Result<Vec<u8>, EncodeError> {
    if !(1..=100).contains(&quality) {
        return Err(EncodeError::Quality(quality));
    }
    Encoder::new(pixels, width as usize, height as usize, format)
        .quality(quality)
        .subsampling(subsampling)
        .encode()
        .map_err(|source| EncodeError::Encoder {
            width,
            height,
            source,
        })
}

/// What the encoder can write that is nearest.
fn stored(subsampling: Subsampling) -> Stored {
    match subsampling {
        Subsampling::S444 => Stored::S444,
        Subsampling::S422 => Stored::S422,
        Subsampling::S420 | Subsampling::S410 => Stored::S420,
        Subsampling::S440 => Stored::S440,
        Subsampling::S411 => Stored::S411,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_jpeg_cannot_hold_is_refused() {
        for (width, height) in [(0, 0), (65_536, 1)] {
            let error = encode_jpeg(&RgbImage::new(width, height), 90).unwrap_err();
            assert!(
                matches!(error, EncodeError::Encoder { width: w, height: h, .. } if (w, h) == (width, height))
            );
        }
    }

    #[test]
    fn a_quality_out_of_range_is_refused() {
        for quality in [0, 101] {
            assert!(matches!(
                encode_jpeg(&RgbImage::new(8, 8), quality),
                Err(EncodeError::Quality(found)) if found == quality
            ));
        }
    }
}
