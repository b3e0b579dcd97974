//! Which residuals are read in which direction for which submodel.

use super::residual::Residual;

const FIRST: [[i8; 5]; 5] = row([0, 0, -1, 1, 0]);
const SECOND: [[i8; 5]; 5] = row([0, 1, -2, 1, 0]);
const THIRD: [[i8; 5]; 5] = row([0, 1, -3, 3, -1]);
const SQUARE3: [[i8; 3]; 3] = [[-1, 2, -1], [2, -4, 2], [-1, 2, -1]];
pub(super) const SQUARE5: [[i8; 5]; 5] = [
    [-1, 2, -2, 2, -1],
    [2, -6, 8, -6, 2],
    [-2, 8, -12, 8, -2],
    [2, -6, 8, -6, 2],
    [-1, 2, -2, 2, -1],
];

/// Residuals whose tuples, read in the same direction, go to the same submodel.
pub(super) struct Group {
    pub residuals: Vec<Residual>,
    /// The submodel of the tuples read along the rows, and of those read along the columns.
    pub submodels: [usize; 2],
    /// How many scans of a residual each of the submodels is the mean of, in all groups.
    pub scans: usize,
}

/// The submodels by name, and the groups that make them.
#[derive(Default)]
pub(super) struct Submodels {
    pub names: Vec<&'static str>,
    pub groups: Vec<Group>,
}

impl Submodels {
    /// All twelve.
    pub fn linear() -> Self {
        let mut all = Self::default();
        all.directed(["first_along", "first_across"], &[FIRST], 1.0);
        all.directed(["second_along", "second_across"], &[SECOND], 2.0);
        all.directed(["third_along", "third_across"], &[THIRD], 3.0);
        all.undirected("square3", SQUARE3, 4.0);
        all.undirected("square5", SQUARE5, 12.0);
        all.directed(["edge3_along", "edge3_across"], &edges(SQUARE3), 4.0);
        all.directed(["edge5_along", "edge5_across"], &edges(SQUARE5), 12.0);
        all
    }

    /// Two submodels, read along and across these kernels, which lie along the rows, and their transposes.
    fn directed<const N: usize>(&mut self, names: [&'static str; 2], kernels: &[[[i8; N]; N]], unit: f32) {
        let [along, across] = [0, 1].map(|place| self.names.len() + place);
        self.names.extend(names);
        let rows = kernels.iter().map(|kernel| Residual::new(*kernel, unit));
        let columns = kernels
            .iter()
            .map(|kernel| Residual::new(transposed(*kernel), unit));
        for (residuals, submodels) in [
            (rows.collect(), [along, across]),
            (columns.collect(), [across, along]),
        ] {
            self.groups.push(Group {
                residuals,
                submodels,
                scans: 2 * kernels.len(),
            });
        }
    }

    fn undirected<const N: usize>(&mut self, name: &'static str, kernel: [[i8; N]; N], unit: f32) {
        self.groups.push(Group {
            residuals: vec![Residual::new(kernel, unit)],
            submodels: [self.names.len(); 2],
            scans: 2,
        });
        self.names.push(name);
    }
}

/// A kernel of one row, in the middle of a square.
const fn row(weights: [i8; 5]) -> [[i8; 5]; 5] {
    let none = [0; 5];
    [none, none, weights, none, none]
}

fn transposed<const N: usize>(square: [[i8; N]; N]) -> [[i8; N]; N] {
    std::array::from_fn(|y| std::array::from_fn(|x| square[x][y]))
}

/// The upper and the lower half, either with the middle row.
fn edges<const N: usize>(square: [[i8; N]; N]) -> [[[i8; N]; N]; 2] {
    let upper = std::array::from_fn(|y| if y <= N / 2 { square[y] } else { [0; N] });
    let mut lower = upper;
    lower.reverse();
    [upper, lower]
}
