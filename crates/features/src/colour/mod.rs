//! Differences of neighbouring pixels in hue, saturation and chroma, and of the colours together.

mod convert;
#[cfg(test)]
mod tests;

use super::cooccurrence::{self, Scan, Symmetry, split_channels, tuple_name};
use super::input::{RGB, rgb};
use super::{FeatureError, FixedFamily, Workspace};
use dftective_decode::{Channels, Decoded};

/// Differences are clipped to ±2, …
const LIMIT: i16 = 2;
const BASE: usize = 5;
/// … and three make a tuple.
const ORDER: usize = 3;
const TUPLES: usize = BASE.pow(ORDER as u32);

const COMPONENTS: [&str; 4] = ["hue", "saturation", "cb", "cr"];
const DIRECTIONS: [(&str, Scan); 2] = [("horizontal", Scan::Right), ("vertical", Scan::Down)];

/// Co-occurrences of colour residuals, after H. Li, B. Li, S. Tan, J. Huang, "Identification of Deep Network
/// Generated Images Using Disparities in Color Components", 2018 (arXiv 1808.07276). 4 × 75 + 2 × 125 features.
///
/// From the 8-bit colours: `hue` and `saturation` of HSV, `cb` and `cr` of YCbCr, all rounded to 8 bits by OpenCV's
/// integer rules. Each pixel of a component less its right or its lower neighbour (hue around its circle),
/// clipped to ±2; three in a row, along the rows or the columns, make one of 125 tuples, of which those equal
/// up to reversal are one feature, its relative frequency averaged over both neighbours and both scans. And
/// `joint`: the differences of blue, green and red at one pixel as a tuple, for each of the two neighbours.
///
/// Good at colours that no camera mixes; of all families it suffers least when pictures are resized. A
/// grey picture has constant components, so that each component's frequency lies in the tuple of zeros, and joint
/// tuples of three equal differences.
pub struct Colour {
    symmetry: Symmetry,
}

impl Default for Colour {
    fn default() -> Self {
        Self {
            symmetry: Symmetry::new(BASE, ORDER as u32, false),
        }
    }
}

impl Colour {
    /// Adds the tuples of one component to its features.
    fn describe<const CYCLIC: bool>(
        &self,
        plane: &[u8],
        (width, height): (usize, usize),
        digits: &mut cooccurrence::Digits,
        counter: &mut cooccurrence::Counter,
        sums: &mut [f64],
    ) {
        for (_, neighbour) in DIRECTIONS {
            digits.differences::<LIMIT, CYCLIC>(plane, width, height, neighbour);
            for scan in [Scan::Right, Scan::Down] {
                counter.add::<BASE, ORDER, { ORDER + 1 }>(digits, scan);
                let weight = 1.0 / (4 * digits.tuples(scan, ORDER)) as f64;
                self.symmetry.merge(counter.take::<BASE, ORDER>(), weight, sums);
            }
        }
    }
}

impl FixedFamily for Colour {
    const NAME: &'static str = "colour";
    const CHANNELS: Channels = RGB;
    const IS_HISTOGRAM: bool = true;
    /// For the differences of a tuple.
    const NEEDED: u32 = ORDER as u32 + 1;

    fn constants(&self) -> String {
        "t=2".to_owned()
    }

    /// `colour_COMPONENT_TUPLE`, as `colour_hue_-2_0_1`, and `colour_joint_DIRECTION_BLUE_GREEN_RED`.
    fn names(&self) -> Vec<String> {
        let tuples = self.symmetry.names();
        let of_components = COMPONENTS.iter().flat_map(|component| {
            tuples
                .iter()
                .map(move |tuple| format!("colour_{component}_{tuple}"))
        });
        let joint = DIRECTIONS.iter().flat_map(|(direction, _)| {
            let tuples = (0..TUPLES).map(|tuple| tuple_name(tuple, BASE, ORDER as u32));
            tuples.map(move |tuple| format!("colour_joint_{direction}_{tuple}"))
        });
        of_components.chain(joint).collect()
    }

    fn compute(
        &self,
        image: &Decoded,
        workspace: &mut Workspace,
        features: &mut Vec<f64>,
    ) -> Result<(), FeatureError> {
        let pixels = rgb(image, Self::NAME, Self::NEEDED)?;
        let size = (pixels.width() as usize, pixels.height() as usize);
        let workspace = &mut workspace.cooccurrence;
        let (digits, counter) = (&mut workspace.digits, &mut workspace.counters[0]);

        convert::components(pixels, &mut workspace.planes);
        let classes = self.symmetry.names().len();
        for (component, plane) in workspace.planes.iter().enumerate() {
            let start = features.len();
            features.resize(start + classes, 0.0);
            let sums = &mut features[start..];
            if component == 0 {
                self.describe::<true>(plane, size, &mut digits[0], counter, sums);
            } else {
                self.describe::<false>(plane, size, &mut digits[0], counter, sums);
            }
        }

        let [red, green, blue, _] = &mut workspace.planes;
        split_channels(pixels, [red, green, blue]);
        for (_, neighbour) in DIRECTIONS {
            for (digits, plane) in digits.iter_mut().zip([&*blue, green, red]) {
                digits.differences::<LIMIT, false>(plane, size.0, size.1, neighbour);
            }
            counter.add_joint::<BASE, ORDER>(digits);
            let weight = 1.0 / digits[0].tuples(Scan::Right, 1) as f64;
            let counts = counter.take::<BASE, ORDER>();
            features.extend(counts.iter().map(|count| weight * f64::from(*count)));
        }
        Ok(())
    }
}
