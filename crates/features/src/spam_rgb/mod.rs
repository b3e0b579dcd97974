//! Differences of neighbouring pixels in each colour channel.

#[cfg(test)]
mod tests;

use super::cooccurrence::{Scan, reversed, split_channels, tuple_name};
use super::input::{RGB, rgb};
use super::{FeatureError, FixedFamily, Workspace};
use dftective_decode::{Channels, Decoded};

/// Differences are clipped to ±3, …
const LIMIT: i16 = 3;
const BASE: usize = 7;
/// … and three make a tuple.
const ORDER: usize = 3;
const TUPLES: usize = BASE.pow(ORDER as u32);

const CHANNELS: [&str; 3] = ["blue", "green", "red"];
const SUBMODELS: [(&str, [Scan; 2]); 2] = [
    ("straight", [Scan::Right, Scan::Down]),
    ("diagonal", [Scan::DownRight, Scan::DownLeft]),
];

/// Subtractive pixel adjacency of the 8-bit colours: T. Pevný, P. Bas, J. Fridrich, "Steganalysis by Subtractive
/// Pixel Adjacency Matrix", IEEE TIFS 5(2), 2010, as joint relative frequencies. 3 × 686 features.
///
/// For blue, green and red: each pixel less its neighbour in a direction, clipped to ±3; three such differences
/// in a row, in that direction, make one of 343 tuples. Its frequency is averaged with that of the opposite
/// direction, and over the two `straight` directions or the two `diagonal` ones. The 343 features of a submodel add
/// up to 1.
///
/// Good at how colours change from pixel to pixel, after the file's own upsampling of colour; weaker than
/// residuals of luma, and beside them worth having. The channels of a grey picture are equal, and so
/// are their features.
#[derive(Clone, Copy, Debug, Default)]
pub struct SpamRgb;

impl FixedFamily for SpamRgb {
    const NAME: &'static str = "spam-rgb";
    const CHANNELS: Channels = RGB;
    const IS_HISTOGRAM: bool = true;
    /// For the differences of a tuple.
    const NEEDED: u32 = ORDER as u32 + 1;

    fn constants(&self) -> String {
        "t=3".to_owned()
    }

    /// `spam_CHANNEL_SUBMODEL_TUPLE`, as `spam-rgb_green_diagonal_-3_0_1`.
    fn names(&self) -> Vec<String> {
        let mut names = Vec::with_capacity(CHANNELS.len() * SUBMODELS.len() * TUPLES);
        for channel in CHANNELS {
            for (submodel, _) in SUBMODELS {
                let tuples = (0..TUPLES).map(|tuple| tuple_name(tuple, BASE, ORDER as u32));
                names.extend(tuples.map(|tuple| format!("spam-rgb_{channel}_{submodel}_{tuple}")));
            }
        }
        names
    }

    fn compute(
        &self,
        image: &Decoded,
        workspace: &mut Workspace,
        features: &mut Vec<f64>,
    ) -> Result<(), FeatureError> {
        let pixels = rgb(image, Self::NAME, Self::NEEDED)?;
        let (width, height) = (pixels.width() as usize, pixels.height() as usize);
        let workspace = &mut workspace.cooccurrence;
        let (digits, counter) = (&mut workspace.digits[0], &mut workspace.counters[0]);
        let [red, green, blue, _] = &mut workspace.planes;
        split_channels(pixels, [red, green, blue]);
        for plane in [blue, green, red] {
            for (_, scans) in SUBMODELS {
                let start = features.len();
                features.resize(start + TUPLES, 0.0);
                let sums = &mut features[start..];
                for scan in scans {
                    digits.differences::<LIMIT, false>(plane, width, height, scan);
                    counter.add::<BASE, ORDER, { ORDER + 1 }>(digits, scan);
                    let counts = counter.take::<BASE, ORDER>();
                    let weight = 1.0 / (4 * digits.tuples(scan, ORDER)) as f64;
                    for (tuple, sum) in sums.iter_mut().enumerate() {
                        // Read the other way round, differences also change their sign.
                        let opposite = TUPLES - 1 - reversed(tuple, BASE, ORDER as u32);
                        *sum += weight * f64::from(counts[tuple] + counts[opposite]);
                    }
                }
            }
        }
        Ok(())
    }
}
