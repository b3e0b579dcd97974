//! What a family finds in a decoded image, or why it does not.

use image::RgbImage;

use super::FeatureError;
use dftective_decode::{Channels, Decoded, Plane, Planes};

/// Nothing beside luma.
pub(super) const NOTHING: Channels = Channels {
    planes: false,
    rgb: false,
    coefficients: false,
};

/// What [`planes`] and [`luma`] read.
pub(super) const PLANES: Channels = Channels {
    planes: true,
    ..NOTHING
};

/// What [`rgb`] reads.
pub(super) const RGB: Channels = Channels { rgb: true, ..NOTHING };

/// Refuses a picture with fewer pixels than `needed` on either side.
pub(super) fn at_least(
    needed: u32,
    family: &'static str,
    width: u32,
    height: u32,
) -> Result<(), FeatureError> {
    if width.min(height) < needed {
        return Err(FeatureError::TooSmall {
            family,
            width,
            height,
            needed,
        });
    }
    Ok(())
}

/// Refuses samples that are all the same.
pub(super) fn varied<T: PartialEq>(
    samples: &[T],
    family: &'static str,
    what: &'static str,
) -> Result<(), FeatureError> {
    if are_equal(samples) {
        return Err(FeatureError::Constant { family, what });
    }
    Ok(())
}

/// Whether all samples are the same.
pub(super) fn are_equal<T: PartialEq>(samples: &[T]) -> bool {
    samples.windows(2).all(|pair| pair[0] == pair[1])
}

/// Luma that is the same everywhere.
pub(super) const NO_LUMA: &str = "its luma is the same everywhere";

/// The unrounded planes.
pub(super) fn planes<'a>(image: &'a Decoded, family: &'static str) -> Result<&'a Planes, FeatureError> {
    image.planes.as_ref().ok_or(FeatureError::NotDecoded {
        family,
        what: "planes",
    })
}

/// The unrounded luma plane, if it has `needed` pixels on either side and is not constant.
pub(super) fn luma<'a>(
    image: &'a Decoded,
    family: &'static str,
    needed: u32,
) -> Result<&'a Plane, FeatureError> {
    let planes = planes(image, family)?;
    at_least(needed, family, planes.y.width as u32, planes.y.height as u32)?;
    varied(&planes.y.samples, family, NO_LUMA)?;
    Ok(&planes.y)
}

/// The 8-bit colours, if there are `needed` pixels on either side and not all are the same.
pub(super) fn rgb<'a>(
    image: &'a Decoded,
    family: &'static str,
    needed: u32,
) -> Result<&'a RgbImage, FeatureError> {
    let rgb = image.rgb.as_ref().ok_or(FeatureError::NotDecoded {
        family,
        what: "colours",
    })?;
    at_least(needed, family, rgb.width(), rgb.height())?;
    let pixels = rgb.as_raw().as_chunks::<3>().0;
    varied(pixels, family, "its colour is the same everywhere")?;
    Ok(rgb)
}
