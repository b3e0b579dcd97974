//! Samples of components to pixels.

use std::borrow::Cow;

use super::colour::{self, ColourSpace};
use super::frame::Frame;
use super::upsample::upsampled;
use crate::{DecodeError, luma};

/// What the components come to.
pub(super) struct Pixels {
    /// Row-major, as large as the picture.
    pub luma: Vec<u8>,
    /// Interleaved R, G, B, if there is colour and all components were given.
    pub rgb: Option<Vec<u8>>,
}

/// Pixels of the first `components`, each by its own samples: of grey and Y, Cb, Cr the first may be alone.
///
/// # Errors
/// A component whose samples stand for no whole number of pixels.
pub(super) fn pixels(
    frame: &Frame,
    space: ColourSpace,
    mut components: Vec<Vec<u8>>,
) -> Result<Pixels, DecodeError> {
    let rgb = match full(frame, &components)?.as_slice() {
        [one, two, three] => Some(match space {
            ColourSpace::Rgb => colour::interleave([one, two, three]),
            _ => colour::rgb_of_ycc(one, two, three),
        }),
        [one, two, three, four] => {
            let inks = match space {
                ColourSpace::Ycck => colour::cmyk_of_ycck([one, two, three, four]),
                _ => colour::interleave([one, two, three, four]),
            };
            Some(luma::rgb_of_cmyk(&inks))
        }
        _ => None,
    };
    let luma = match (space, &rgb) {
        (ColourSpace::Rgb, Some(rgb)) => colour::grey_of_rgb(rgb),
        (ColourSpace::Cmyk | ColourSpace::Ycck, Some(rgb)) => luma::greys(rgb),
        _ if frame.is_full(0) => components.swap_remove(0),
        _ => upsampled(frame, 0, &components[0])?.into_owned(),
    };
    Ok(Pixels { luma, rgb })
}

/// All components at the picture's size.
fn full<'a>(frame: &Frame, components: &'a [Vec<u8>]) -> Result<Vec<Cow<'a, [u8]>>, DecodeError> {
    if components.len() < 3 {
        return Ok(Vec::new());
    }
    (0..)
        .zip(components)
        .map(|(place, samples)| upsampled(frame, place, samples))
        .collect()
}
