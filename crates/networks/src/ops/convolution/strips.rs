//! What the passes go over: strips of rows, with the places in memory of what each weight sees.

use std::ops::Range;

use ndarray::{Array4, ArrayViewMut3, Axis as Dimension};

use super::kernels::{Weights, pack};
use super::planes::{Grid, finish, strip_rows};
use super::problem::Problem;

/// Memory of one thread.
#[derive(Default)]
pub struct Scratch {
    pub planes: Vec<f32>,
    pub results: Vec<f32>,
}

/// Rows of all maps of one image.
pub struct Strip<'a> {
    pub image: usize,
    /// The first row.
    pub begin: usize,
    /// \[map, row, column\]
    pub maps: ArrayViewMut3<'a, f32>,
}

impl<'a> Strip<'a> {
    /// Each image in strips that end before the rows `ends`.
    pub fn all(images: &'a mut Array4<f32>, ends: &[usize]) -> Vec<Self> {
        let mut strips = Vec::with_capacity(images.len_of(Dimension(0)) * ends.len());
        for (image, mut rest) in images.outer_iter_mut().enumerate() {
            let mut begin = 0;
            for &end in ends {
                let (maps, below) = rest.split_at(Dimension(1), end - begin);
                strips.push(Self { image, begin, maps });
                (begin, rest) = (end, below);
            }
        }
        strips
    }

    pub fn rows(&self) -> Range<usize> {
        self.begin..self.begin + self.maps.len_of(Dimension(1))
    }
}

/// How a strip of output rows sees the input.
pub struct Window<'a> {
    problem: &'a Problem,
    phases: [Vec<usize>; 2],
    /// Pixels of a row in each phase. The last few have no output.
    pub width: usize,
    reach: usize,
    count: usize,
}

impl<'a> Window<'a> {
    pub fn new(problem: &'a Problem) -> Self {
        let [vertical, horizontal] = &problem.axes;
        let phases = problem.axes.map(|axis| axis.phases());
        let width = horizontal.output + horizontal.reach();
        let planes = problem.channels * phases[0].len() * phases[1].len();
        let count = strip_rows(vertical.output, planes * width, vertical.reach());
        Self {
            problem,
            phases,
            width,
            reach: vertical.reach(),
            count,
        }
    }

    /// The output rows of each strip.
    pub fn strips(&self) -> impl Iterator<Item = Range<usize>> {
        let rows = self.problem.axes[0].output;
        (0..rows)
            .step_by(self.count)
            .map(move |begin| begin..(begin + self.count).min(rows))
    }

    /// Fills `planes` with what output `rows` of an image see, and returns where each weight's pixels begin.
    pub fn gather(&self, x: &[f32], image: usize, rows: Range<usize>, planes: &mut Vec<f32>) -> Vec<usize> {
        let Problem {
            channels,
            axes: [vertical, horizontal],
            ..
        } = *self.problem;
        let pixels = channels * vertical.input * horizontal.input;
        let grid = |[row, column]: [usize; 2]| Grid {
            origin: [
                (rows.start * vertical.stride + row).cast_signed() - vertical.padding.cast_signed(),
                column.cast_signed() - horizontal.padding.cast_signed(),
            ],
            step: [vertical.stride, horizontal.stride],
            rows: rows.len() + self.reach,
            width: self.width,
        };
        let plane = grid([0; 2]).plane();
        planes.clear();
        for &row in &self.phases[0] {
            for &column in &self.phases[1] {
                let size = [vertical.input, horizontal.input];
                grid([row, column]).gather(&x[image * pixels..][..pixels], size, planes);
            }
        }
        finish(planes, horizontal.reach());

        let place = |axis: usize, tap: usize| {
            let phase = self.problem.axes[axis].phase(tap);
            self.phases[axis]
                .iter()
                .position(|&used| used == phase)
                .unwrap_or_default()
        };
        let seen = |channel: usize, [row, column]: [usize; 2]| {
            let phase = place(0, row) * self.phases[1].len() + place(1, column);
            (phase * channels + channel) * plane + vertical.shift(row) * self.width + horizontal.shift(column)
        };
        (0..channels)
            .flat_map(|channel| self.problem.taps().map(move |tap| (channel, tap)))
            .map(|(channel, tap)| seen(channel, tap))
            .collect()
    }
}

/// The input pixels of one phase, and the weights through which the output sees them.
pub struct Phase {
    /// Its place among the stride × stride.
    pub place: [usize; 2],
    pub offsets: Vec<usize>,
    pub blocks: Vec<Weights>,
}

impl Phase {
    /// Every phase that the kernel sees. The gradient of the output lies in planes of `plane` floats, rows of `width`.
    pub fn all(problem: &Problem, weight: &[f32], plane: usize, width: usize) -> Vec<Self> {
        let [rows, columns] = problem.axes.map(|axis| axis.phases());
        rows.iter()
            .flat_map(|&row| columns.iter().map(move |&column| [row, column]))
            .map(|place| Self::new(problem, weight, place, plane, width))
            .collect()
    }

    fn new(problem: &Problem, weight: &[f32], place: [usize; 2], plane: usize, width: usize) -> Self {
        let [vertical, horizontal] = &problem.axes;
        let taps: Vec<(usize, [usize; 2])> = problem
            .taps()
            .enumerate()
            .filter(|(_, [row, column])| [vertical.phase(*row), horizontal.phase(*column)] == place)
            .collect();
        let backward = |[row, column]: [usize; 2]| {
            (vertical.reach() - vertical.shift(row)) * width + horizontal.reach() - horizontal.shift(column)
        };
        let offsets = (0..problem.maps)
            .flat_map(|map| taps.iter().map(move |&(_, tap)| map * plane + backward(tap)))
            .collect();
        let blocks = pack(problem.channels, problem.maps * taps.len(), |channel, term| {
            let (map, (tap, _)) = (term / taps.len(), taps[term % taps.len()]);
            weight[(map * problem.channels + channel) * problem.area() + tap]
        });
        Self {
            place,
            offsets,
            blocks,
        }
    }
}
