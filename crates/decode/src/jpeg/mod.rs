//! JPEG: structure first, pixels second.
//!
//! [`stream`] and [`frame`] read the file's structure and refuse what is incomplete, too large or of an
//! unsupported kind. Then [`sequential`] decodes luma and coefficients of ordinary files, those that cameras and
//! encoders write unless asked for more, in one pass: most of the time of a whole run went into the decoding
//! library, and much of that into chroma that luma has no use for. What it does not answer, and colour pixels, come
//! from the library, to which [`pixels`] alone talks. [`quality`] reads the quantisation table, [`coefficients`] makes
//! planes of the DCT coefficients.
//!
//! # What is trusted
//! `libjpeg-turbo-rs` is young and contains `unsafe` SIMD code. It is pinned to one version whose pixels were
//! compared with OpenCV's libjpeg-turbo, and it sees only streams that passed [`stream`]. Our own reader is held to
//! its answers, on damaged files, too; it has no `unsafe` code.

mod coefficients;
mod error;
mod frame;
mod info;
mod pixels;
mod quality;
mod sequential;
mod stream;
#[cfg(test)]
mod tests;

use image::metadata::Orientation;
use image::{GrayImage, RgbImage};

use super::planes::Planes;
use super::{Channels, DecodeError, Decoded, Format, Limits, Remark, SourceInfo, luma};
pub use info::{JpegInfo, Subsampling};
use pixels::Samples;

/// The luma quantisation table that an IJG quality stands for, in natural order: ITU-T T.81 Annex K scaled as libjpeg
/// does it, entries up to 255.
pub fn standard_table(quality: u8) -> [u16; 64] {
    coefficients::in_natural_order(&quality::scaled(quality, 255))
}

pub(super) fn decode(bytes: &[u8], limits: &Limits, channels: Channels) -> Result<Decoded, DecodeError> {
    let stream = stream::parse(bytes, limits)?;
    let (width, height) = (u32::from(stream.frame.width), u32::from(stream.frame.height));
    let mut remarks = Vec::new();
    let kept = match channels {
        Channels { planes: true, .. } => stream.frame.components.len(),
        _ => usize::from(channels.coefficients),
    };
    let (samples, coefficients) = match sequential::decode(&stream, kept) {
        Some(picture) => {
            let colour = channels.rgb && stream.frame.components.len() == 3;
            let samples = Samples::Luma {
                luma: picture.luma,
                rgb: colour.then(|| pixels::colour(bytes, limits)).transpose()?,
                stored_rgb: false,
            };
            (samples, Some(picture.coefficients))
        }
        None => (pixels::decode(bytes, &stream.frame, limits, channels)?, None),
    };
    let (luma, rgb, stores_luma) = match samples {
        Samples::Luma {
            luma,
            rgb,
            stored_rgb,
        } => {
            if stored_rgb {
                remarks.push(Remark::RgbJpeg);
            }
            (luma, rgb, !stored_rgb)
        }
        Samples::Cmyk(samples) => {
            remarks.push(Remark::CmykConverted);
            let rgb = luma::rgb_of_cmyk(&samples);
            (luma::greys(&rgb), Some(rgb), false)
        }
    };
    let (planes, coefficients) = if stores_luma {
        coefficients::decode(bytes, &stream, coefficients, channels)?
    } else {
        let planes = || Planes::from_pixels((width, height), &luma, rgb.as_deref());
        (channels.planes.then(planes), None)
    };
    if let Some(orientation) = stream.exif.and_then(Orientation::from_exif_chunk)
        && orientation.to_exif() != 1
    {
        remarks.push(Remark::OrientationNotApplied(orientation.to_exif()));
    }
    let other_size = || DecodeError::corrupt(Format::Jpeg, "the decoder gave another size than the header");
    let rgb = rgb
        .filter(|_| channels.rgb)
        .map(|rgb| RgbImage::from_raw(width, height, rgb).ok_or_else(other_size));
    let jpeg = JpegInfo {
        quality: stream.tables[0].map(|table| quality::estimate(&table)),
        subsampling: stream.frame.subsampling(),
        progressive: stream.frame.progressive,
    };
    Ok(Decoded {
        luma: GrayImage::from_raw(width, height, luma).ok_or_else(other_size)?,
        planes,
        rgb: rgb.transpose()?,
        coefficients,
        source: SourceInfo {
            width,
            height,
            format: Format::Jpeg,
            jpeg: Some(jpeg),
            remarks,
        },
    })
}
