//! The bytes of one file to what is asked for of it, whatever the decoders do.

use std::panic::AssertUnwindSafe;

use dftective_catch_panic::catch_panic;

use super::{Channels, DecodeError, Decoded, Limits, codecs, sniff};

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
/// As [`decode`]; and, where colour is wanted, [`DecodeError::Unsupported`] for a JPEG with chroma sampled at a fraction of
/// luma that is not whole.
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
    let format = sniff::sniff(bytes)?;
    // The decoders own all they touch, so nothing half-changed outlives a caught panic.
    let work = AssertUnwindSafe(|| codecs::decode(format, bytes, limits, channels));
    catch_panic(work).unwrap_or_else(|panic| Err(DecodeError::panicked(format, &panic.message)))
}
