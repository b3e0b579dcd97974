//! What the kernels need to know of a plan: weights, radial bins, units.

use dftective_spectrum::{Average, Centre, Precision, Recipe, SpectrumPlan, Window};

use super::chirp::Chirp;
use super::shape::{SIDES, Shape};

/// Plans with the same key have the same tables.
#[derive(Clone, PartialEq)]
pub(super) struct Key {
    pub width: usize,
    pub height: usize,
    recipe: Recipe,
}

/// How one side is transformed.
pub(super) struct Side {
    pub shape: Shape,
    /// Where the side is no power of two.
    pub chirp: Option<Chirp>,
}

/// The tables of one size and recipe.
pub(super) struct Tables {
    pub key: Key,
    /// Along rows and along columns.
    pub rows: Side,
    pub columns: Side,
    /// Half the weights across and the weights along, where there is a window.
    pub weights: Option<[Vec<f32>; 2]>,
    /// Ring of each quadrant element, a row for each step across.
    pub radial_bins: Vec<u16>,
    /// Entries in a row of them.
    pub rings_pitch: usize,
    /// Elements in each radial bin.
    pub counts: Vec<f64>,
    pub logarithm: bool,
    geometric: bool,
    pub epsilon: f32,
    /// Units of the sums a level.
    pub scale: f32,
    /// Mean of powers, units, below which fixed point is too coarse.
    pub least: f64,
}

/// Entries of the radial bin table beyond H/2 in each row, for the kernels of powers of two.
const RING_PADDING: usize = 8;
/// Columns of the half-transformed plane that lie side by side.
const TILE: usize = 8;
/// |log2 of a power| is below 2⁶: powers lie between 2⁻⁵⁶, below which the kernels ask for the processor, and
/// (2⁸·2²⁴)².
const LOGARITHM_BITS: i32 = 6;
/// A mean of 2¹⁶ units of powers is right to 2⁻¹⁷, as each element is rounded by at most half a unit.
const LEAST_UNITS: f64 = 65_536.0;

impl Key {
    /// `None` where the kernels don't cover the plan: double precision, and sides under 64 and above 4096.
    pub fn of(plan: &SpectrumPlan) -> Option<Self> {
        let (width, height) = plan.transformed_size();
        let covered =
            plan.recipe().precision == Precision::F32 && SIDES.contains(&width) && SIDES.contains(&height);
        covered.then(|| Self {
            width,
            height,
            recipe: plan.recipe().clone(),
        })
    }

    /// Whether both sides are powers of two, for which there are faster kernels.
    pub fn has_powers(&self) -> bool {
        self.width.is_power_of_two() && self.height.is_power_of_two()
    }
}

impl Side {
    fn new(length: usize) -> Option<Self> {
        let shape = Shape::for_side(length)?;
        Some(Self {
            shape,
            chirp: (shape.length != length).then(|| Chirp::new(length, shape.length)),
        })
    }

    fn bytes(&self) -> usize {
        self.shape.length * 8 + self.chirp.as_ref().map_or(0, Chirp::bytes)
    }
}

/// Steps of one sample from the centre line to frequency `f` of `n`.
fn steps(f: usize, n: usize, geometric: bool) -> usize {
    if f < n.div_ceil(2) {
        f
    } else {
        n - usize::from(geometric && n.is_multiple_of(2)) - f
    }
}

impl Tables {
    pub fn new(key: Key, plan: &SpectrumPlan) -> Option<Self> {
        let (width, height) = (key.width, key.height);
        let (rows, columns) = (Side::new(width)?, Side::new(height)?);
        let recipe = plan.recipe();
        let geometric = recipe.centre == Centre::Geometric;
        let logarithm = recipe.average == Average::Log;
        let places = |length: usize| length / 2 + usize::from(!(geometric && length.is_multiple_of(2)));
        let (across, along) = (places(width), places(height));
        let rings_pitch = if key.has_powers() {
            height / 2 + RING_PADDING
        } else {
            along
        };
        let mut radial_bins = vec![u16::MAX; across * rings_pitch];
        for (i, row) in radial_bins.chunks_exact_mut(rings_pitch).enumerate() {
            for (j, radial_bin) in row[..along].iter_mut().enumerate() {
                *radial_bin = u16::try_from(plan.radial_bin(i, j)).ok()?;
            }
        }
        let weights = (recipe.window == Window::Hann).then(|| {
            let single = |length, factor: f64| {
                plan.weights(length)
                    .into_iter()
                    .map(|weight| (weight * factor) as f32)
                    .collect()
            };
            [single(width, 0.5), single(height, 1.0)]
        });
        let exponent = if logarithm {
            let most = most_of_a_block(plan, width, height, columns.shape.columns, geometric);
            31 - LOGARITHM_BITS - (most as f64).log2().ceil() as i32
        } else {
            // Parseval: the powers of a plane add up to W·H·Σ(g·w)², and all of them must stay below 2⁶³ units.
            let whole = (width * height) as f64 * 255.0 * 255.0 * plan.energy();
            62 - whole.log2().ceil() as i32
        };
        Some(Self {
            rows,
            columns,
            weights,
            radial_bins,
            rings_pitch,
            counts: plan
                .radial_bin_sizes()
                .iter()
                .map(|count| *count as f64)
                .collect(),
            logarithm,
            geometric,
            epsilon: recipe.epsilon as f32,
            scale: 2_f32.powi(exponent),
            least: LEAST_UNITS,
            key,
        })
    }

    /// Bytes from one image's pixels to the next one's: a multiple of what the kernels load at once.
    pub fn pitch(&self) -> usize {
        (self.key.width * self.key.height).next_multiple_of(16)
    }

    /// Complex values of a half-transformed plane.
    pub fn half_values(&self) -> usize {
        let columns = if self.key.has_powers() {
            self.key.width / 2
        } else {
            (self.key.width / 2 + 1).next_multiple_of(TILE)
        };
        self.key.height * columns
    }

    /// Device memory of the tables themselves, bytes.
    pub fn bytes(&self) -> usize {
        self.radial_bins.len() * size_of::<u16>()
            + self.rows.bytes()
            + self.columns.bytes()
            + (self.key.width + self.key.height) * 4
            + self.counts.len() * 8
    }

    /// Shared memory that a block needs, bytes.
    pub fn shared_memory(&self) -> usize {
        self.rows
            .shape
            .row_memory()
            .max(self.columns.shape.column_memory(self.counts.len()))
    }

    /// The kernels' flags.
    pub fn mode(&self) -> i32 {
        i32::from(self.logarithm) | i32::from(self.geometric) << 1
    }
}

/// The most elements of one radial bin that meet in one block, whose sums have 31 bits.
fn most_of_a_block(plan: &SpectrumPlan, width: usize, height: usize, columns: usize, geometric: bool) -> u32 {
    // Elements of a column, and as many of its mirror image, at each distance.
    let mut along = vec![0_u32; height / 2 + 1];
    for v in 0..height {
        along[steps(v, height, geometric)] += 1;
    }
    let mut most = 0;
    let mut counts = vec![0; plan.radial_bin_count()];
    for first in (0..=width / 2).step_by(columns) {
        counts.fill(0);
        for k in first..(first + columns).min(width / 2 + 1) {
            let itself = steps(k, width, geometric);
            let mirrored = (k > 0 && 2 * k < width).then(|| steps(width - k, width, geometric));
            for i in [Some(itself), mirrored].into_iter().flatten() {
                for (j, elements) in along.iter().enumerate().filter(|(_, elements)| **elements > 0) {
                    counts[plan.radial_bin(i, j)] += elements;
                }
            }
        }
        most = most.max(counts.iter().copied().max().unwrap_or(0));
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tables(width: u32, height: u32, recipe: &str) -> Option<Tables> {
        let plan = SpectrumPlan::new(width, height, &recipe.parse().unwrap()).unwrap();
        Key::of(&plan).and_then(|key| Tables::new(key, &plan))
    }

    #[test]
    fn only_what_the_kernels_can_do() {
        for (width, height, recipe, covered) in [
            (64, 64, "default", true),
            (4096, 128, "default", true),
            (64, 64, "faces-hq", false),
            (64, 64, "faces-hq precision=f32", true),
            (96, 65, "default", true),
            (64, 32, "default", false),
            (4097, 64, "default", false),
            (192, 192, "default crop=inner-third", true),
            (150, 150, "default crop=inner-third", false),
        ] {
            assert_eq!(
                tables(width, height, recipe).is_some(),
                covered,
                "{width}x{height} {recipe}"
            );
        }
    }

    /// Each radial bin's share of a block is at most what was allowed for, counted over the whole spectrum by its definition.
    #[test]
    fn sums_of_a_block_fit() {
        for (width, height, recipe) in [
            (64, 64, "default average=log"),
            (128, 64, "faces-hq precision=f32"),
            (65, 90, "faces-hq precision=f32"),
            (90, 75, "default average=log"),
        ] {
            let plan = SpectrumPlan::new(width, height, &recipe.parse().unwrap()).unwrap();
            let found = Tables::new(Key::of(&plan).unwrap(), &plan).unwrap();
            let (w, h) = (width as usize, height as usize);
            let mut counts = std::collections::HashMap::new();
            for u in 0..w {
                for v in 0..h {
                    // Distances from the centre line, whole samples, of the shifted element (u, v).
                    let distance = |f: usize, n: usize| {
                        let shifted = (f + n / 2) % n;
                        let centre = if found.geometric { n - 1 } else { n / 2 * 2 };
                        (2 * shifted).abs_diff(centre) / 2
                    };
                    let radial_bin = plan.radial_bin(distance(u, w), distance(v, h));
                    *counts
                        .entry((u.min(w - u) / found.columns.shape.columns, radial_bin))
                        .or_insert(0_u32) += 1;
                }
            }
            let most = counts.values().copied().max().unwrap();
            let scale = f64::from(found.scale);
            assert!(f64::from(most) * 64.0 * scale <= 2_f64.powi(31));
            assert!(
                f64::from(most) * 64.0 * scale * 2.0 > 2_f64.powi(30),
                "bits are wasted"
            );
            let total: f64 = found.counts.iter().sum();
            assert_eq!(total, f64::from(width * height));
        }
    }
}
