//! JPEG: structure first, then coefficients, samples and pixels.
//!
//! [`stream`] and [`frame`] read the file's structure and refuse what is incomplete, too large or of an
//! unsupported kind. Coefficients come from one of two readers: [`sequential`] is for ordinary files, those that cameras
//! and encoders write unless asked for more, and makes samples of them on the way; [`scans`] reads every kind there is
//! (progressive, arithmetic, in any number of scans) and is the one that knows what to make of data that are not as they
//! should be. [`inverse_dct`] makes samples of coefficients, [`upsample`] brings components to the picture's size,
//! [`colour`] says what they are and makes colours of them, [`pixels`] puts both together. [`quality`] reads the
//! quantisation table.
//!
//! # Whose pixels
//! libjpeg-turbo's, to the bit, in every kind that it reads: its accurate integer inverse DCT with 16-bit numbers that
//! wrap, its triangle filter for chroma, its rules for what the components are. The tests compare both readers with each
//! other, with coefficients that were coded for the purpose, and with a port of libjpeg-turbo.
//!
//! # Damage
//! What libjpeg-turbo warns of and then makes up (data that end early, codes that there are not, restart markers out of
//! order) is an error. What it warns of and passes over is [`JpegDamage`], a remark: all bits of the picture were there,
//! but perhaps not its own. Where libjpeg-turbo is silent, so is this room.

mod coefficients;
mod colour;
mod damage;
mod error;
mod frame;
mod info;
mod inverse_dct;
mod picture;
mod pixels;
mod quality;
mod scans;
mod sequential;
mod standard_tables;
mod stream;
#[cfg(test)]
mod tests;
mod upsample;

use image::metadata::Orientation;
use image::{GrayImage, RgbImage};

use self::colour::ColourSpace;
use self::picture::Wanted;
use self::stream::Stream;
use super::planes::Planes;
use super::{Channels, DecodeError, Decoded, Format, Limits, Remark, SourceInfo};
pub use damage::JpegDamage;
pub use info::{JpegInfo, Subsampling};

/// The luma quantisation table that an IJG quality stands for, in natural order: ITU-T T.81 Annex K scaled as libjpeg
/// does it, entries up to 255.
pub fn standard_table(quality: u8) -> [u16; 64] {
    coefficients::in_natural_order(&quality::scaled(quality, 255))
}

pub(super) fn decode(bytes: &[u8], limits: &Limits, channels: Channels) -> Result<Decoded, DecodeError> {
    let mut stream = stream::parse(bytes, limits)?;
    let frame = &stream.frame;
    let (width, height) = (u32::from(frame.width), u32::from(frame.height));
    let stores_luma = stream.colour.stores_luma();
    // Planes are those of the coefficients where Y has a sample for each pixel, else of the pixels.
    let stores_planes = stores_luma && frame.is_full(0);
    let colour = channels.rgb || channels.planes && !stores_planes;
    let components = frame.components.len();
    let wanted = Wanted {
        samples: if stores_luma && !colour { 1 } else { components },
        coefficients: match channels {
            Channels { planes: true, .. } if stores_planes => components,
            _ => usize::from(channels.coefficients && stores_luma),
        },
    };
    let mut picture = match sequential::decode(&stream, wanted) {
        Some(picture) => picture,
        None => scans::decode(&stream, wanted)?,
    };
    let pixels = pixels::pixels(frame, stream.colour, picture.samples)?;
    let planes = channels.planes.then(|| match stores_planes {
        true => coefficients::planes(&picture.coefficients),
        false => Some(Planes::from_pixels(
            (width, height),
            &pixels.luma,
            pixels.rgb.as_deref(),
        )),
    });
    picture.coefficients.truncate(usize::from(channels.coefficients));
    let other_size = || DecodeError::corrupt(Format::Jpeg, "the decoder gave another size than the header");
    let rgb = pixels
        .rgb
        .filter(|_| channels.rgb)
        .map(|rgb| RgbImage::from_raw(width, height, rgb).ok_or_else(other_size));
    let jpeg = JpegInfo {
        quality: stream.tables.first().map(quality::estimate),
        subsampling: frame.subsampling(),
        progressive: frame.progressive,
    };
    if picture.surplus {
        stream.damage.push(JpegDamage::SurplusBytes);
    }
    Ok(Decoded {
        luma: GrayImage::from_raw(width, height, pixels.luma).ok_or_else(other_size)?,
        planes: planes.flatten(),
        rgb: rgb.transpose()?,
        coefficients: picture.coefficients.pop(),
        source: SourceInfo {
            width,
            height,
            format: Format::Jpeg,
            jpeg: Some(jpeg),
            remarks: remarks(&stream),
        },
    })
}

fn remarks(stream: &Stream<'_>) -> Vec<Remark> {
    let mut remarks = Vec::new();
    match stream.colour {
        ColourSpace::Rgb => remarks.push(Remark::RgbJpeg),
        ColourSpace::Cmyk | ColourSpace::Ycck => remarks.push(Remark::CmykConverted),
        ColourSpace::Grey | ColourSpace::YCbCr => {}
    }
    if let Some(orientation) = stream.exif.and_then(Orientation::from_exif_chunk)
        && orientation.to_exif() != 1
    {
        remarks.push(Remark::OrientationNotApplied(orientation.to_exif()));
    }
    let mut damage = stream.damage.clone();
    damage.sort_unstable();
    damage.dedup();
    remarks.extend(damage.into_iter().map(Remark::DamagedJpeg));
    remarks
}
