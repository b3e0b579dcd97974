//! The one place that knows the decoding library, for files that [`sequential`](super::sequential) leaves to it, and for
//! colour.
//!
//! Asked of it: strict decoding (entropy data that end early or make no sense are an error), the accurate integer
//! inverse DCT, and no block smoothing, which would invent detail.

use libjpeg_turbo_rs::{
    ColorSpace, DctMethod, DecodeLimits, Decoder, JpegError, PixelFormat, read_coefficients,
};

use super::frame::Frame;
use super::stream::MAX_SCANS;
use crate::{Channels, DecodeError, Format, Limits};

/// Samples at full resolution, row-major.
pub(super) enum Samples {
    /// Of one or three components.
    Luma {
        /// The stored Y plane or the single grey plane; of stored R, G, B by libjpeg's rule.
        luma: Vec<u8>,
        /// Interleaved R, G, B, if there is a use for it.
        rgb: Option<Vec<u8>>,
        /// Whether the file stores R, G, B.
        stored_rgb: bool,
    },
    /// Interleaved CMYK as stored, or as libjpeg converts it from YCCK.
    Cmyk(Vec<u8>),
}

/// Decodes the pixels, in colour where `channels` has a use for it.
pub(super) fn decode(
    bytes: &[u8],
    frame: &Frame,
    limits: &Limits,
    channels: Channels,
) -> Result<Samples, DecodeError> {
    let mut decoder = decoder(bytes, limits)?;
    let colour_space = decoder.jpeg_color_space();
    let stored_rgb = colour_space == ColorSpace::Rgb;
    let mut samples = |format| {
        decoder.set_output_format(format);
        Ok(decoder.decode_image().map_err(explain)?.into_vec())
    };
    if frame.components.len() == 4 {
        return Ok(Samples::Cmyk(samples(PixelFormat::Cmyk)?));
    }
    // Twice for colour: the library's third way, unconverted Y, Cb, Cr, takes longer than both.
    let colour = frame.components.len() == 3 && (channels.rgb || channels.planes && stored_rgb);
    let rgb = colour.then(|| samples(PixelFormat::Rgb)).transpose()?;
    let luma = match colour_space {
        ColorSpace::Grayscale | ColorSpace::YCbCr => stored_luma(decoder)?,
        _ => samples(PixelFormat::Grayscale)?,
    };
    Ok(Samples::Luma {
        luma,
        rgb,
        stored_rgb,
    })
}

/// Interleaved R, G, B of a picture of three components.
pub(super) fn colour(bytes: &[u8], limits: &Limits) -> Result<Vec<u8>, DecodeError> {
    let mut decoder = decoder(bytes, limits)?;
    decoder.set_output_format(PixelFormat::Rgb);
    Ok(decoder.decode_image().map_err(explain)?.into_vec())
}

fn decoder<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Decoder<'a>, DecodeError> {
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
    Ok(decoder)
}

/// Quantised coefficients of one component.
pub(super) struct Blocks {
    /// 64 coefficients a block, in zigzag order; rows of blocks from the top.
    pub blocks: Vec<[i16; 64]>,
    /// Blocks in a row, those included that only complete an interleaved unit.
    pub stride: usize,
}

/// The quantised coefficients of every component of a picture that [`decode`] has decoded. The library reads them
/// without limits of its own; those of [`super::stream`] bound size and scans.
pub(super) fn coefficients(bytes: &[u8]) -> Result<Vec<Blocks>, DecodeError> {
    // The pixels were read, so what fails here is a kind of file: the library reads the coefficients of sequential
    // pictures only from one scan, and with tables of their own.
    let found = read_coefficients(bytes).map_err(|error| match explain(error) {
        DecodeError::Corrupt { cause, .. } => {
            DecodeError::unsupported(Format::Jpeg, format_args!("coefficients out of reach: {cause}"))
        }
        other => other,
    })?;
    let blocks = found.components.into_iter().map(|component| Blocks {
        blocks: component.blocks,
        stride: component.blocks_x,
    });
    Ok(blocks.collect())
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
