//! How training images are varied.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How training images are varied, each time they are seen. As text `flip,crop=grid,jpeg=60..95,blur=0.5..1.5,
/// saturation=0.8..1.2`, in this order, what is not named being left out; or `none`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Augmentation {
    /// Every second time mirrored, left to right.
    pub flip: bool,
    /// Where the square that the network sees is cut.
    pub crop: CropPlaces,
    /// Every second time saved as a JPEG at a quality drawn from these, 1 to 100.
    pub jpeg: Option<(u8, u8)>,
    /// Every second time blurred by a Gaussian whose deviation, pixels, is drawn from these, above 0 and at most 10.
    pub blur: Option<(f32, f32)>,
    /// Saturation multiplied by a factor drawn from these, 0 to 4.
    pub saturation: Option<(f32, f32)>,
}

/// Where the squares that a network learns from are cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CropPlaces {
    /// The middle.
    Centre,
    /// Anywhere on a grid of 8 pixels from the picture's corner, where the blocks of a JPEG begin: networks that are
    /// shown one phase of the blocks learn to see it.
    Grid,
    /// Anywhere.
    Anywhere,
}

impl Default for Augmentation {
    /// `flip,crop=grid`
    fn default() -> Self {
        Self {
            flip: true,
            crop: CropPlaces::Grid,
            ..Self::NONE
        }
    }
}

impl Augmentation {
    /// `none`: the middle as it is.
    pub const NONE: Self = Self {
        flip: false,
        crop: CropPlaces::Centre,
        jpeg: None,
        blur: None,
        saturation: None,
    };
}

/// What is wrong with a text that should name variations.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected none, or some of flip, crop=grid, crop=anywhere, jpeg=LOW..HIGH (1 to 100), blur=LOW..HIGH (pixels, \
     above 0, at most 10) and saturation=LOW..HIGH (0 to 4), found {found:?}"
)]
pub struct AugmentationError {
    /// The part that is wrong.
    pub found: String,
}

impl FromStr for Augmentation {
    type Err = AugmentationError;

    fn from_str(text: &str) -> Result<Self, AugmentationError> {
        let mut found = Self::NONE;
        if text.trim() == "none" {
            return Ok(found);
        }
        for part in text.split(',').map(str::trim) {
            let error = || AugmentationError {
                found: part.to_owned(),
            };
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            match (name, value) {
                ("flip", "") => found.flip = true,
                ("crop", "grid") => found.crop = CropPlaces::Grid,
                ("crop", "anywhere") => found.crop = CropPlaces::Anywhere,
                ("jpeg", range) => found.jpeg = Some(parsed(range, 1..=100).ok_or_else(error)?),
                ("blur", range) => {
                    found.blur = Some(parsed(range, f32::MIN_POSITIVE..=10.0).ok_or_else(error)?)
                }
                ("saturation", range) => found.saturation = Some(parsed(range, 0.0..=4.0).ok_or_else(error)?),
                _ => return Err(error()),
            }
        }
        Ok(found)
    }
}

/// LOW..HIGH within `limits`.
fn parsed<T: FromStr + PartialOrd + Copy>(text: &str, limits: std::ops::RangeInclusive<T>) -> Option<(T, T)> {
    let (low, high) = text.split_once("..")?;
    let (low, high): (T, T) = (low.parse().ok()?, high.parse().ok()?);
    (limits.contains(&low) && limits.contains(&high) && low <= high).then_some((low, high))
}

impl fmt::Display for Augmentation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let crop = match self.crop {
            CropPlaces::Centre => None,
            CropPlaces::Grid => Some("crop=grid".to_owned()),
            CropPlaces::Anywhere => Some("crop=anywhere".to_owned()),
        };
        let parts = [
            self.flip.then(|| "flip".to_owned()),
            crop,
            self.jpeg.map(|(low, high)| format!("jpeg={low}..{high}")),
            self.blur.map(|(low, high)| format!("blur={low}..{high}")),
            self.saturation
                .map(|(low, high)| format!("saturation={low}..{high}")),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        f.write_str(if parts.is_empty() { "none" } else { "" })?;
        f.write_str(&parts.join(","))
    }
}

impl TryFrom<String> for Augmentation {
    type Error = AugmentationError;

    fn try_from(text: String) -> Result<Self, AugmentationError> {
        text.parse()
    }
}

impl From<Augmentation> for String {
    fn from(augmentation: Augmentation) -> Self {
        augmentation.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variations_are_read_as_written() {
        for text in [
            "none",
            "flip",
            "flip,crop=grid",
            "crop=anywhere,jpeg=60..95",
            "flip,crop=grid,jpeg=75..75,blur=0.5..1.5,saturation=0.8..1.25",
        ] {
            assert_eq!(text.parse::<Augmentation>().unwrap().to_string(), text);
        }
        assert_eq!(Augmentation::default().to_string(), "flip,crop=grid");
        assert_eq!("none".parse(), Ok(Augmentation::NONE));
    }

    #[test]
    fn what_is_no_variation_is_named() {
        for text in [
            "",
            "flop",
            "flip=2",
            "crop=centre",
            "jpeg=95..60",
            "jpeg=0..60",
            "blur=0..1",
            "blur=1..inf",
            "saturation=-1..1",
            "saturation=NaN..1",
        ] {
            let error = format!("flip,{text}").parse::<Augmentation>().unwrap_err();
            assert_eq!(error.found, text);
        }
    }
}
