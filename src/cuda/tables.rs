//! What the kernels need to know of a plan: weights, rings, units.

use crate::spectrum::{Average, Centre, Precision, Recipe, SpectrumPlan, Window};

use super::shape::Shape;

/// Plans with the same key have the same tables.
#[derive(Clone, PartialEq)]
pub(super) struct Key {
    pub width: usize,
    pub height: usize,
    recipe: Recipe,
}

/// The tables of one size and recipe.
pub(super) struct Tables {
    pub key: Key,
    /// Kernels for the rows and for the columns.
    pub rows: Shape,
    pub columns: Shape,
    /// Half the weights across and the weights along, where there is a window.
    pub weights: Option<[Vec<f32>; 2]>,
    /// Ring of each quadrant element, a row for each step across.
    pub rings: Vec<u16>,
    /// Elements in each ring.
    pub counts: Vec<f64>,
    pub logarithm: bool,
    pub geometric: bool,
    pub epsilon: f32,
    /// Units of the sums a level.
    pub scale: f32,
    /// Mean of powers, units, below which fixed point is too coarse.
    pub least: f64,
}

/// Entries of the ring table beyond H/2 in each row.
const RING_PADDING: usize = 8;
/// |log2 of a power| is below 2⁶: powers lie between 2⁻⁵⁶, below which the kernels ask for the processor, and
/// (2⁸·2²⁴)².
const LOGARITHM_BITS: i32 = 6;
/// A mean of 2¹⁵ units of powers is right to 2⁻¹⁷: cells of two elements or more are rounded by at most half a unit.
const LEAST_UNITS: f64 = 32_768.0;

impl Key {
    /// `None` where the kernels don't cover the plan: double precision, and sides that are no power of two from 64 to
    /// 4096.
    pub fn of(plan: &SpectrumPlan) -> Option<Self> {
        let (width, height) = plan.transformed_size();
        let covered = plan.recipe().precision == Precision::F32
            && Shape::of(width).is_some()
            && Shape::of(height).is_some();
        covered.then(|| Self {
            width,
            height,
            recipe: plan.recipe().clone(),
        })
    }
}

impl Tables {
    pub fn new(key: Key, plan: &SpectrumPlan) -> Option<Self> {
        let (width, height) = (key.width, key.height);
        let (rows, columns) = (Shape::of(width)?, Shape::of(height)?);
        let recipe = plan.recipe();
        let geometric = recipe.centre == Centre::Geometric;
        let logarithm = recipe.average == Average::Log;
        let (across, along) = (
            width / 2 + usize::from(!geometric),
            height / 2 + usize::from(!geometric),
        );
        let mut rings = vec![u16::MAX; across * (height / 2 + RING_PADDING)];
        for (i, row) in rings.chunks_exact_mut(height / 2 + RING_PADDING).enumerate() {
            for (j, ring) in row[..along].iter_mut().enumerate() {
                *ring = u16::try_from(plan.ring(i, j)).ok()?;
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
            let most = most_of_a_block(plan, width, height, columns.columns, geometric);
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
            rings,
            counts: plan.ring_sizes().iter().map(|count| *count as f64).collect(),
            logarithm,
            geometric,
            epsilon: recipe.epsilon as f32,
            scale: 2_f32.powi(exponent),
            least: LEAST_UNITS,
            key,
        })
    }

    /// Device memory for batches of `capacity` images, bytes: pixels, half-transformed planes, sums, means, tables.
    pub fn bytes(&self, capacity: usize) -> usize {
        let plane = self.key.width * self.key.height;
        capacity * (plane * (1 + size_of::<f32>()) + self.counts.len() * 16 + 8)
            + self.rings.len() * size_of::<u16>()
            + (self.key.width + self.key.height) * 16
            + self.counts.len() * 8
    }

    /// Shared memory that a block wants, bytes.
    pub fn shared_memory(&self) -> usize {
        self.rows
            .row_memory()
            .max(self.columns.column_memory(self.counts.len()))
    }

    /// The kernels' flags.
    pub fn mode(&self) -> i32 {
        i32::from(self.logarithm) | i32::from(self.geometric) << 1
    }
}

/// The most elements of one ring that meet in one block, whose sums have 31 bits.
fn most_of_a_block(plan: &SpectrumPlan, width: usize, height: usize, columns: usize, geometric: bool) -> u32 {
    let (half, middle) = (width / 2, height / 2);
    let mut most = 0;
    let mut counts = vec![0; plan.ring_count()];
    for first in (0..half).step_by(columns) {
        counts.fill(0);
        // W/2 goes with column 0.
        let own = (first..first + columns).chain((first == 0).then_some(half));
        for column in own {
            let mut add = |i: usize, j: usize, elements: u32| counts[plan.ring(i, j)] += elements;
            if geometric {
                for j in 0..middle {
                    if column < half {
                        add(column, j, 2);
                    }
                    if column > 0 {
                        add(column - 1, j, 2);
                    }
                }
            } else {
                let times = if column % half == 0 { 1 } else { 2 };
                for j in 0..=middle {
                    add(column, j, if j % middle == 0 { times } else { 2 * times });
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
            (96, 64, "default", false),
            (64, 32, "default", false),
            (192, 192, "default crop=inner-third", true),
            (128, 128, "default crop=inner-third", false),
        ] {
            assert_eq!(
                tables(width, height, recipe).is_some(),
                covered,
                "{width}x{height} {recipe}"
            );
        }
    }

    /// Each ring's share of a block is at most what was allowed for, counted over the whole spectrum by its definition.
    #[test]
    fn sums_of_a_block_fit() {
        for (width, height, recipe) in [
            (64, 64, "default average=log"),
            (128, 64, "faces-hq precision=f32"),
        ] {
            let plan = SpectrumPlan::new(width, height, &recipe.parse().unwrap()).unwrap();
            let found = Tables::new(Key::of(&plan).unwrap(), &plan).unwrap();
            let (w, h) = (width as usize, height as usize);
            let mut counts = std::collections::HashMap::new();
            let offset = usize::from(!found.geometric);
            for u in 0..w {
                for v in 0..h {
                    // Distances from the centre line, whole samples, of the shifted element (u, v).
                    let steps = |f: usize, n: usize| {
                        let shifted = (f + n / 2) % n;
                        (2 * shifted).abs_diff(n - 1 + offset) / 2
                    };
                    let stored = u.min(w - u) % (w / 2);
                    let ring = plan.ring(steps(u, w), steps(v, h));
                    *counts
                        .entry((stored / found.columns.columns, ring))
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
