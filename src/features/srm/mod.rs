//! The linear submodels of the spatial rich model.

mod residual;
#[cfg(test)]
mod tests;

use super::cooccurrence::{Scan, Symmetry};
use super::input::{at_least, luma};
use super::{Family, FeatureError, Workspace};
use crate::decode::{Decoded, Plane, Wanted};
use residual::{BASE, Residual};

/// Residuals in a tuple.
const ORDER: usize = 4;

/// Pixels that the widest residual, of 5, and a tuple need on either side.
const NEEDED: u32 = 8;

/// Co-occurrences of linear noise residuals of unrounded luma: J. Fridrich, J. Kodovský, "Rich Models for
/// Steganalysis of Digital Images", IEEE TIFS 7(3), 2012, its linear submodels with q = 1. 12 × 169 features.
///
/// A residual is what a pixel has beyond its prediction from its neighbours: differences of `first`, `second` and
/// `third` order along rows and columns, the square kernels of 3×3 and 5×5 pixels (`square3`, `square5`), and the
/// halves of those (`edge3`, `edge5`) in four turns. In units of 1, 2, 3, 4 or 12 grey levels, which is the weight of
/// the predicted pixel, it is rounded to −2 … 2; four neighbouring ones, read along the rows and along the columns,
/// make one of 625 tuples, of which those equal up to direction and sign are one feature. A feature is a relative
/// frequency; one submodel's add up to 1. Where the kernel has a direction, tuples read `along` and `across` it
/// are submodels of their own.
///
/// Good at the texture of noise at the smallest scale, which a generator has to make up and a camera and JPEG
/// give for free: one of the two strongest families on faces of equal size and quality. Blind to anything larger than eight
/// pixels, and undone by resizing.
pub struct Srm {
    submodels: Vec<&'static str>,
    groups: Vec<Group>,
    symmetry: Symmetry,
}

/// Residuals of one size whose tuples go to the same submodels.
struct Group {
    residuals: Vec<Residual>,
    /// The submodel of the tuples read along the rows, and of those read along the columns.
    submodels: [usize; 2],
    /// How many scans of a residual each submodel has, in all groups.
    scans: f64,
}

const FIRST: [[i8; 5]; 5] = row([0, 0, -1, 1, 0]);
const SECOND: [[i8; 5]; 5] = row([0, 1, -2, 1, 0]);
const THIRD: [[i8; 5]; 5] = row([0, 1, -3, 3, -1]);
const SQUARE3: [[i8; 3]; 3] = [[-1, 2, -1], [2, -4, 2], [-1, 2, -1]];
const SQUARE5: [[i8; 5]; 5] = [
    [-1, 2, -2, 2, -1],
    [2, -6, 8, -6, 2],
    [-2, 8, -12, 8, -2],
    [2, -6, 8, -6, 2],
    [-1, 2, -2, 2, -1],
];

/// A kernel of one row, in the middle of a square.
const fn row(weights: [i8; 5]) -> [[i8; 5]; 5] {
    let none = [0; 5];
    [none, none, weights, none, none]
}

/// A quarter turn anticlockwise.
fn turned<const N: usize>(square: [[i8; N]; N]) -> [[i8; N]; N] {
    std::array::from_fn(|y| std::array::from_fn(|x| square[x][N - 1 - y]))
}

fn transposed<const N: usize>(square: [[i8; N]; N]) -> [[i8; N]; N] {
    std::array::from_fn(|y| std::array::from_fn(|x| square[x][y]))
}

/// The upper half with the middle row.
fn edge<const N: usize>(square: [[i8; N]; N]) -> [[i8; N]; N] {
    std::array::from_fn(|y| if y <= N / 2 { square[y] } else { [0; N] })
}

impl Default for Srm {
    fn default() -> Self {
        let mut family = Self {
            submodels: Vec::new(),
            groups: Vec::new(),
            symmetry: Symmetry::new(BASE, ORDER as u32, true),
        };
        let orders = [
            (["first_along", "first_across"], FIRST, 1.0),
            (["second_along", "second_across"], SECOND, 2.0),
            (["third_along", "third_across"], THIRD, 3.0),
        ];
        for (names, kernel, unit) in orders {
            let vertical = transposed(kernel);
            family.directed(names, [vec![kernel], vec![vertical]], unit);
        }
        family.undirected("square3", SQUARE3, 4.0);
        family.undirected("square5", SQUARE5, 12.0);
        family.edges(["edge3_along", "edge3_across"], edge(SQUARE3), 4.0);
        family.edges(["edge5_along", "edge5_across"], edge(SQUARE5), 12.0);
        family
    }
}

impl Srm {
    /// The family's name.
    pub const NAME: &'static str = "srm";

    /// Two submodels of kernels that lie along the rows and kernels that lie along the columns.
    fn directed<const N: usize>(
        &mut self,
        names: [&'static str; 2],
        [rows, columns]: [Vec<[[i8; N]; N]>; 2],
        unit: f32,
    ) {
        let along = self.submodels.len();
        self.submodels.extend(names);
        for (kernels, submodels) in [(rows, [along, along + 1]), (columns, [along + 1, along])] {
            self.groups.push(Group {
                scans: 2.0 * kernels.len() as f64,
                residuals: kernels
                    .into_iter()
                    .map(|kernel| Residual::new(kernel, unit))
                    .collect(),
                submodels,
            });
        }
    }

    fn edges<const N: usize>(&mut self, names: [&'static str; 2], upper: [[i8; N]; N], unit: f32) {
        let left = turned(upper);
        let lower = turned(left);
        self.directed(names, [vec![upper, lower], vec![left, turned(lower)]], unit);
    }

    fn undirected<const N: usize>(&mut self, name: &'static str, kernel: [[i8; N]; N], unit: f32) {
        self.groups.push(Group {
            residuals: vec![Residual::new(kernel, unit)],
            submodels: [self.submodels.len(); 2],
            scans: 2.0,
        });
        self.submodels.push(name);
    }

    fn describe(&self, luma: &Plane, workspace: &mut Workspace, features: &mut [f64]) {
        let workspace = &mut workspace.cooccurrence;
        let digits = &mut workspace.digits[0];
        let classes = self.symmetry.names().len();
        for group in &self.groups {
            for residual in &group.residuals {
                residual.quantise(&luma.samples, luma.width, luma.height, digits);
                for (scan, counter) in [Scan::Right, Scan::Down].into_iter().zip(&mut workspace.counters) {
                    counter.add::<BASE, ORDER, { ORDER + 1 }>(digits, scan);
                }
            }
            let scans = [Scan::Right, Scan::Down].into_iter().zip(&mut workspace.counters);
            for ((scan, counter), submodel) in scans.zip(group.submodels) {
                let weight = 1.0 / (group.scans * digits.tuples(scan, ORDER) as f64);
                let sums = &mut features[submodel * classes..][..classes];
                self.symmetry.merge(counter.take::<BASE, ORDER>(), weight, sums);
            }
        }
    }

    fn names(&self) -> Vec<String> {
        let name = |submodel: &&str, tuple: &String| format!("srm_{submodel}_{tuple}");
        let submodels = self.submodels.iter();
        submodels
            .flat_map(|submodel| {
                self.symmetry
                    .names()
                    .iter()
                    .map(move |tuple| name(submodel, tuple))
            })
            .collect()
    }
}

impl Family for Srm {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn settings(&self) -> String {
        "q=1".to_owned()
    }

    fn wants(&self) -> Wanted {
        Wanted {
            planes: true,
            ..Wanted::default()
        }
    }

    /// `srm_SUBMODEL_TUPLE`, as `srm_edge3_along_-2_0_1_0`: a submodel and the first tuple of a class.
    fn fixed_columns(&self) -> Option<Vec<String>> {
        Some(self.names())
    }

    fn columns(&self, width: u32, height: u32) -> Result<Vec<String>, FeatureError> {
        at_least(NEEDED, Self::NAME, width, height)?;
        Ok(self.names())
    }

    fn extract(
        &self,
        image: &Decoded,
        workspace: &mut Workspace,
        features: &mut Vec<f64>,
    ) -> Result<(), FeatureError> {
        let luma = luma(image, Self::NAME, NEEDED)?;
        let start = features.len();
        features.resize(start + self.submodels.len() * self.symmetry.names().len(), 0.0);
        self.describe(luma, workspace, &mut features[start..]);
        Ok(())
    }
}
