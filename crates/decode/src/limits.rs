//! How much one file may cost.

use super::DecodeError;

/// Bounds on what one file may cost.
///
/// They keep memory bounded when many files are decoded at once: the file is held whole, and decoding takes at
/// most about 24 bytes a pixel on top (a 16-bit RGBA picture, or a progressive CMYK JPEG); 40 with everything that
/// [`Channels`](super::Channels) names.
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
    pub(super) fn check_pixels(&self, width: u32, height: u32) -> Result<(), DecodeError> {
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
