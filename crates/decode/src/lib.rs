//! Image bytes to the 8-bit luma plane the method reads.
//!
//! [`decode`] takes a file's bytes, [`read`] a path. The format is found in the content, never in the name. What
//! comes back is a [`Decoded`]: the luma plane, row-major, `width × height`, and a [`SourceInfo`] that says what
//! the file was and what had to be done to it.
//!
//! # From samples to luma
//!
//! * **JPEG**: the stored Y plane after libjpeg's accurate integer inverse DCT, with no way through RGB: the
//!   pixels of `djpeg -grayscale` and of OpenCV's `IMREAD_GRAYSCALE`. A JPEG stored as RGB is reduced by libjpeg's
//!   16-bit Rec. 601 weights; CMYK and YCCK are reduced as OpenCV does it (see [`Remark::CmykConverted`]).
//! * **Other formats**: grey samples stay as they are; colour becomes
//!   `(R·4899 + G·9617 + B·1868 + 8192) >> 14`, OpenCV's 14-bit Rec. 601 weights. OpenCV itself leaves this rule
//!   by one grey level for colour PNG (libpng reduces it) and for a few WebP pixels; here one picture gives one
//!   plane in every lossless format.
//! * **16-bit samples** are cut to their high byte, `v >> 8`, before the colour rule. OpenCV does so for grey
//!   PNG, TIFF and PNM and for colour PNM; for 16-bit colour PNG and TIFF it is up to one level away.
//! * **Alpha** is ignored: the colour counts as stored, neither blended nor divided by alpha.
//! * **Palettes** are expanded; 1-, 2- and 4-bit samples are spread over 0..=255. Of an **animation** the first
//!   picture is taken. **Orientation tags** and **colour profiles** are not applied: both would replace the
//!   samples whose spectrum is the evidence.
//! * **Floating-point** samples have no agreed white, so they are refused.
//!
//! # More than luma
//!
//! [`decode_channels`] and [`read_channels`] give, on request, what else a feature can be read from ([`Channels`]): unrounded
//! [`Planes`] of Y, Cb and Cr, the colour pixels, and a JPEG's quantised [`Coefficients`].
//!
//! # Damaged and hostile files
//!
//! A file whose picture is not wholly there is an error, never a plane with made-up pixels; what may be missing
//! is metadata after the picture. A JPEG must have its end-of-image marker, all its scans and all its restart
//! markers. JPEG carries no checksum, though: damage that leaves decodable data cannot be told from a picture.
//! [`Limits`] are checked against the header before anything of the picture's size is allocated. A
//! decoder that panics is caught and reported as [`DecodeError::Panicked`], because one hostile file must not end
//! a run over a million others; the panic hook stays as the program set it.

mod codecs;
mod cut;
#[doc(hidden)]
pub mod dct;
mod encode;
mod error;
mod format;
mod grid;
mod jpeg;
mod luma;
mod pages;
mod planes;
mod read;
mod remark;
#[cfg(test)]
mod tests;

use std::panic::{AssertUnwindSafe, catch_unwind};

use image::{GrayImage, RgbImage};

pub use cut::CUT_STEP;
pub use encode::{EncodeError, encode_jpeg};
pub use error::DecodeError;
pub use format::{Format, has_image_extension};
pub use grid::grid_offset;
pub use jpeg::{JpegInfo, Subsampling, standard_table};
pub use planes::{Channels, Coefficients, Plane, Planes};
pub use read::{read, read_bytes, read_channels};
pub use remark::Remark;

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

/// Bounds on what one file may cost.
///
/// They keep memory bounded when many files are decoded at once: the file is held whole, and decoding takes at
/// most about 24 bytes a pixel on top (a 16-bit RGBA picture, or a progressive CMYK JPEG); 40 with everything that
/// [`Channels`] names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest file read, in bytes.
    pub max_file_bytes: u64,
    /// Largest picture decoded, in pixels (width × height).
    pub max_pixels: u64,
}

impl Default for Limits {
    /// 512 MiB of file and 2²⁶ pixels (8192 × 8192).
    fn default() -> Self {
        Self {
            max_file_bytes: 512 << 20,
            max_pixels: 1 << 26,
        }
    }
}

impl Limits {
    fn check_pixels(&self, width: u32, height: u32) -> Result<(), DecodeError> {
        if u64::from(width) * u64::from(height) > self.max_pixels {
            return Err(DecodeError::TooManyPixels {
                width,
                height,
                limit: self.max_pixels,
            });
        }
        Ok(())
    }
}

/// Decodes the bytes of one image file.
///
/// # Errors
/// [`DecodeError`] when the bytes are not an image, not wholly there, damaged, of an unsupported kind, or over
/// `limits`.
pub fn decode(bytes: &[u8], limits: &Limits) -> Result<Decoded, DecodeError> {
    decode_channels(bytes, limits, Channels::default())
}

/// Decodes the bytes of one image file, and of it what is `channels` besides luma. Luma is the same whatever is wanted.
///
/// # Errors
/// As [`decode`]; and, where planes or coefficients are wanted, [`DecodeError::Unsupported`] for a sequential JPEG whose
/// components come in scans of their own and that is unusual besides, arithmetic-coded for instance.
pub fn decode_channels(bytes: &[u8], limits: &Limits, channels: Channels) -> Result<Decoded, DecodeError> {
    let size = bytes.len() as u64;
    if size == 0 {
        return Err(DecodeError::Empty);
    }
    if size > limits.max_file_bytes {
        return Err(DecodeError::TooLargeFile {
            bytes: size,
            limit: limits.max_file_bytes,
        });
    }
    let format = format::sniff(bytes)?;
    // The decoders own all they touch, so nothing half-changed outlives a caught panic.
    catch_unwind(AssertUnwindSafe(|| {
        codecs::decode(format, bytes, limits, channels)
    }))
    .unwrap_or_else(|panic| Err(DecodeError::panicked(format, panic.as_ref())))
}
