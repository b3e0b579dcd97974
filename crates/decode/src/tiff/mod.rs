//! TIFF 6.0 and BigTIFF, by a reader of our own.
//!
//! [`directory`] reads tags, [`choice`] picks the picture, [`layout`] says what its directory means and refuses in words
//! what is not read. [`compression`] unpacks strips and tiles, [`jpeg`] those that are JPEG streams, [`samples`] puts them
//! together.
//!
//! The reader of the `image` crate knows no picture but the first, no palettes, no depths between 1 and 8 and between 8
//! and 16 bits and no YCbCr, panics on planes in tiles, and has JPEG streams decoded to pixels other than libjpeg's.

mod choice;
mod compression;
mod directory;
mod error;
mod jpeg;
mod layout;
mod samples;

use image::ColorType;

use super::decoded::Contents;
use super::luma::{self, Pixels};
use super::{Channels, DecodeError, Decoded, Format, Limits, Remark};
use choice::Pictures;
use directory::File;
use error::unsupported;
use layout::{Colour, Layout};
use samples::Samples;

pub(super) fn decode(bytes: &[u8], limits: &Limits, channels: Channels) -> Result<Decoded, DecodeError> {
    let (file, first) = File::open(bytes)?;
    let pictures = Pictures::of(file, first)?;
    let layout = choose(&pictures, limits)?;
    let mut remarks = Vec::new();
    let mut remark_if = |condition: bool, remark| {
        if condition {
            remarks.push(remark);
        }
    };
    remark_if(pictures.begins_with_another, Remark::ThumbnailPassedOver);
    remark_if(pictures.several_pages, Remark::FirstPageOnly);
    remark_if(matches!(layout.colour, Colour::Cmyk), Remark::CmykConverted);
    remark_if(layout.bits > 8, Remark::SamplesReduced(layout.bits as u8));
    remark_if(
        matches!(layout.orientation, 2..=8),
        Remark::OrientationNotApplied(layout.orientation),
    );
    let wants_rgb = channels.rgb || channels.planes;
    let samples = samples::read(&layout, wants_rgb, &mut remarks)?;
    let contents = Contents {
        format: Format::Tiff,
        size: (layout.width, layout.height),
        pixels: pixels(&layout, samples, wants_rgb)?,
        remarks,
    };
    contents.decoded(channels)
}

/// The first picture of a kind that is read; where the file does not begin with a thumbnail, the one that it begins with.
fn choose<'a>(pictures: &Pictures<'a>, limits: &Limits) -> Result<Layout<'a>, DecodeError> {
    let mut layouts = pictures
        .whole
        .iter()
        .map(|directory| Layout::of(*directory, limits));
    let Some(first) = layouts.next() else {
        return Err(unsupported("a thumbnail without its picture"));
    };
    match first {
        Err(error) if pictures.begins_with_another => {
            layouts.find_map(Result::ok).ok_or_else(|| match error {
                DecodeError::Unsupported { what, .. } => unsupported(format_args!(
                    "only the thumbnail can be read; the picture: {what}"
                )),
                other => other,
            })
        }
        first => first,
    }
}

fn pixels(layout: &Layout, samples: Samples, wants_rgb: bool) -> Result<Pixels, DecodeError> {
    let Samples {
        mut values,
        per_pixel,
    } = samples;
    let of = |color, values| luma::from_samples(color, values, wants_rgb);
    let found = match layout.colour {
        Colour::Grey { white_is_zero } => {
            if white_is_zero {
                values
                    .iter_mut()
                    .step_by(per_pixel)
                    .for_each(|value| *value = !*value);
            }
            of(
                if layout.has_alpha {
                    ColorType::La8
                } else {
                    ColorType::L8
                },
                values,
            )
        }
        Colour::Rgb => of(
            if layout.has_alpha {
                ColorType::Rgba8
            } else {
                ColorType::Rgb8
            },
            values,
        ),
        Colour::Palette(colours) => {
            let count = colours.len() / 3;
            // Some writers fill in 8 bits of the 16.
            let shift = if colours.iter().all(|colour| colour < 256) {
                0
            } else {
                8
            };
            let colours: Vec<u8> = colours.iter().map(|colour| (colour >> shift) as u8).collect();
            let colour = |place: &u8| [0, 1, 2].map(|channel| colours[channel * count + usize::from(*place)]);
            of(
                ColorType::Rgb8,
                values.iter().step_by(per_pixel).flat_map(colour).collect(),
            )
        }
        Colour::Cmyk => of(ColorType::Rgb8, luma::rgb_of_ink(&values, per_pixel)),
        Colour::YCbCr { .. } => Some(Pixels {
            luma: values.iter().step_by(per_pixel).copied().collect(),
            rgb: wants_rgb.then(|| {
                values
                    .as_chunks::<4>()
                    .0
                    .iter()
                    .flat_map(|[_, r, g, b]| [*r, *g, *b])
                    .collect()
            }),
            transparent: false,
        }),
    };
    found.ok_or_else(|| unsupported("such samples"))
}
