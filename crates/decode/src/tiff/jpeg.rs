//! JPEG streams inside TIFF, for our own JPEG decoder (TIFF Technical Note 2, 1995).

use super::compression::stored;
use super::error::corrupt;
use super::layout::{Colour, Layout};
use crate::{Channels, DecodeError, Decoded, Format, Limits, jpeg};

const START: [u8; 2] = [0xFF, 0xD8];
const END: [u8; 2] = [0xFF, 0xD9];
/// Markers that say what the components stand for, in place of which the TIFF's own word counts.
const APP0: u8 = 0xE0;
const APP14: u8 = 0xEE;
const START_OF_SCAN: u8 = 0xDA;

/// The picture of strip or tile number `chunk`: as wide as those are, with at least `rows` rows; colours where
/// `wants_rgb`, or where the picture is stored in them.
pub(super) fn decode(
    layout: &Layout,
    chunk: usize,
    rows: u32,
    wants_rgb: bool,
) -> Result<Decoded, DecodeError> {
    let data = stored(layout, chunk, 0)?;
    // Adobe's transforms: none, and YCbCr.
    let transform = match layout.colour {
        Colour::Rgb if !layout.is_planar => Some(0),
        Colour::YCbCr { .. } => Some(1),
        _ => None,
    };
    let stream = stream(layout.jpeg_tables, data, transform)?;
    let limits = Limits {
        max_file_bytes: u64::MAX,
        max_pixels: u64::from(layout.chunk_width) * u64::from(layout.chunk_height),
    };
    let channels = Channels {
        rgb: wants_rgb || transform == Some(0),
        ..Channels::default()
    };
    let decoded = jpeg::decode(&stream, &limits, channels).map_err(inside)?;
    let (width, height) = decoded.luma.dimensions();
    if width != layout.chunk_width || height < rows || decoded.rgb.is_some() != channels.rgb {
        return Err(corrupt(format_args!(
            "a JPEG stream of {width} x {height} pixels, or of other components, than its strip or tile"
        )));
    }
    Ok(decoded)
}

/// A whole stream from one without its tables.
fn stream(tables: Option<&[u8]>, data: &[u8], transform: Option<u8>) -> Result<Vec<u8>, DecodeError> {
    let no_start = || corrupt("a JPEG stream without its start");
    let mut data = data.strip_prefix(&START).ok_or_else(no_start)?;
    let mut stream = START.to_vec();
    if let Some(transform) = transform {
        stream.extend([0xFF, APP14, 0, 14]);
        // Version 100, no flags.
        stream.extend(b"Adobe\0\x64\0\0\0\0");
        stream.push(transform);
    }
    if let Some(tables) = tables {
        let tables = tables.strip_prefix(&START).ok_or_else(no_start)?;
        stream.extend(tables.strip_suffix(&END).unwrap_or(tables));
    }
    while let [0xFF, code, high, low, ..] = *data
        && code != START_OF_SCAN
    {
        let length = 2 + usize::from(u16::from_be_bytes([high, low]));
        let Some((segment, rest)) = data.split_at_checked(length) else {
            break;
        };
        if !matches!(code, APP0 | APP14) {
            stream.extend(segment);
        }
        data = rest;
    }
    stream.extend(data);
    Ok(stream)
}

/// What is wrong with a JPEG stream, as an error of the TIFF.
fn inside(error: DecodeError) -> DecodeError {
    let format = Format::Tiff;
    let within = |what: String| format!("JPEG inside: {what}");
    match error {
        DecodeError::Unsupported { what, .. } => DecodeError::unsupported(format, within(what)),
        DecodeError::Truncated { what, .. } => DecodeError::truncated(format, within(what)),
        DecodeError::Corrupt { cause, .. } => DecodeError::corrupt(format, within(cause)),
        DecodeError::OverLimits { what, .. } => DecodeError::over_limits(format, within(what)),
        DecodeError::TooManyPixels { .. } => corrupt("a JPEG stream larger than its strip or tile"),
        other => other,
    }
}
