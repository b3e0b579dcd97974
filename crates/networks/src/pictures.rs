//! Where the pictures come from that a network learns from.

use std::borrow::Cow;
use std::path::PathBuf;

use image::RgbImage;
use image::imageops::{FilterType, resize};

use super::CnnError;
use dftective_decode::{Channels, Decoded, Limits, read_channels};
use dftective_sample::path_text;

/// Pictures by number. They are read each time they are wanted, so that as many can be learnt from as there are.
pub trait Pictures: Sync {
    /// A picture's path, for messages.
    fn path(&self, index: usize) -> String;

    /// The picture.
    ///
    /// # Errors
    /// A picture that can't be read.
    fn read(&self, index: usize) -> Result<Decoded, CnnError>;
}

/// Files of pictures.
pub struct Files<'a> {
    /// The files.
    pub files: &'a [PathBuf],
    /// What each may cost.
    pub limits: Limits,
}

/// What a network reads of a picture.
pub(super) const CHANNELS: Channels = Channels {
    planes: false,
    rgb: true,
    coefficients: false,
};

impl Pictures for Files<'_> {
    fn path(&self, index: usize) -> String {
        path_text(&self.files[index])
    }

    fn read(&self, index: usize) -> Result<Decoded, CnnError> {
        read_channels(&self.files[index], &self.limits, CHANNELS).map_err(|error| CnnError::Picture {
            path: self.path(index),
            cause: error.to_string(),
        })
    }
}

/// The colours; a grey picture has three times its luma. With `resize_to` it is scaled, by area and linearly, until its
/// shorter side has so many pixels.
pub(super) fn colours(image: &Decoded, resize_to: Option<u32>) -> Cow<'_, RgbImage> {
    let rgb = match &image.rgb {
        Some(rgb) => Cow::Borrowed(rgb),
        None => Cow::Owned(RgbImage::from_fn(
            image.luma.width(),
            image.luma.height(),
            |x, y| image::Rgb([image.luma.get_pixel(x, y).0[0]; 3]),
        )),
    };
    let (width, height) = rgb.dimensions();
    match resize_to {
        Some(side) if width.min(height) != side && width.min(height) > 0 => {
            let scale = f64::from(side) / f64::from(width.min(height));
            let scaled = |length: u32| ((f64::from(length) * scale).round() as u32).max(side);
            Cow::Owned(resize(
                rgb.as_ref(),
                scaled(width),
                scaled(height),
                FilterType::Triangle,
            ))
        }
        _ => rgb,
    }
}
