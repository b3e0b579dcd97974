//! The one place that knows the decoding library.
//!
//! Asked of it: strict decoding (entropy data that end early or make no sense are an error), the accurate integer
//! inverse DCT, and no block smoothing, which would invent detail.

use libjpeg_turbo_rs::{ColorSpace, DctMethod, DecodeLimits, Decoder, JpegError, PixelFormat};

use super::frame::Frame;
use super::stream::MAX_SCANS;
use crate::decode::{DecodeError, Format, Limits};

/// Samples at full resolution, row-major.
pub(super) enum Samples {
    /// The stored Y plane or the single grey plane.
    Luma(Vec<u8>),
    /// Luma computed from stored R, G, B planes by libjpeg's rule.
    LumaOfRgb(Vec<u8>),
    /// Interleaved CMYK as stored, or as libjpeg converts it from YCCK.
    Cmyk(Vec<u8>),
}

pub(super) fn decode(bytes: &[u8], frame: &Frame, limits: &Limits) -> Result<Samples, DecodeError> {
    // Every plane and, when progressive, its 16-bit coefficients: 4 * (1 + 1 + 2) bytes a pixel, and padding.
    let bounds = DecodeLimits {
        max_pixels: limits.max_pixels,
        max_scans: MAX_SCANS,
        max_memory: Some(limits.max_pixels.saturating_mul(20)),
        ..DecodeLimits::default()
    };
    let mut decoder = Decoder::new_with_limits(bytes, bounds).map_err(explain)?;
    decoder.set_lenient(false);
    decoder.set_dct_method(DctMethod::IsLow);
    decoder.set_block_smoothing(false);
    let colour = decoder.jpeg_color_space();
    if matches!(colour, ColorSpace::Grayscale | ColorSpace::YCbCr) {
        return Ok(Samples::Luma(stored_luma(decoder)?));
    }
    let format = if frame.components.len() == 4 {
        PixelFormat::Cmyk
    } else {
        PixelFormat::Grayscale
    };
    decoder.set_output_format(format);
    let samples = decoder.decode_image().map_err(explain)?.into_vec();
    Ok(match (format, colour) {
        (PixelFormat::Cmyk, _) => Samples::Cmyk(samples),
        (_, ColorSpace::Rgb) => Samples::LumaOfRgb(samples),
        _ => Samples::Luma(samples),
    })
}

/// The first component, which [`Frame`] found to be sampled in full, as it is decoded: the way through an image
/// copies it. Rows and columns that only fill up the last blocks are cut off.
fn stored_luma(decoder: Decoder<'_>) -> Result<Vec<u8>, DecodeError> {
    let raw = decoder.decode_raw().map_err(explain)?;
    let (width, height) = (raw.width, raw.height);
    let (Some(mut luma), Some(&stride)) = (raw.planes.into_iter().next(), raw.plane_widths.first()) else {
        return Err(DecodeError::corrupt(Format::Jpeg, "a picture without components"));
    };
    if stride > width {
        for y in 1..height {
            luma.copy_within(y * stride..y * stride + width, y * width);
        }
    }
    luma.truncate(width * height);
    Ok(luma)
}

fn explain(error: JpegError) -> DecodeError {
    match error {
        JpegError::UnexpectedEof => {
            DecodeError::truncated(Format::Jpeg, "the compressed data end before the picture does")
        }
        JpegError::Unsupported(what) => DecodeError::unsupported(Format::Jpeg, what),
        JpegError::LimitExceeded { .. } | JpegError::AllocationFailed { .. } => {
            DecodeError::over_limits(Format::Jpeg, error)
        }
        JpegError::CorruptData(cause) => DecodeError::corrupt(Format::Jpeg, cause),
        _ => DecodeError::corrupt(Format::Jpeg, error),
    }
}
