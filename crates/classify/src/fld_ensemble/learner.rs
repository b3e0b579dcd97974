use std::iter::repeat_n;

use ndarray::{Array1, Array2, ArrayView2, Axis, linalg::general_mat_mul, s};
use rand::{Rng, SeedableRng, seq::index};
use rand_chacha::ChaCha8Rng;

use crate::{Block, ClassifyError, inverse_factor::InverseFactor};

/// A Fisher discriminant on some of the columns: g = Σ weight · x − threshold, at least 0 for fake. Its unit is the
/// deviation within the classes of its sample, along the projection.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Learner {
    /// Rising.
    pub columns: Vec<usize>,
    pub weights: Vec<f64>,
    pub threshold: f64,
}

/// Learners of one size of subspace.
pub(super) struct Ensemble {
    pub learners: Vec<Learner>,
    /// Out-of-bag error of them all.
    pub error: f64,
    /// Whether it had settled.
    pub settled: bool,
}

/// Training rows from which learners are drawn.
#[derive(Clone)]
pub(super) struct Sampler<'a> {
    x: ArrayView2<'a, f64>,
    labels: &'a [bool],
    /// Items of the real class, and of the fake one.
    classes: [Vec<usize>; 2],
    /// How readily each column is drawn, at most 1; `None` if all are alike.
    odds: Option<Vec<f64>>,
    seed: u64,
    shrinkage: f64,
}

/// Tenfold steps of the shrinkage; the last is far beyond any rounding.
const RAISES: i32 = 16;
/// Columns of the covariance formed together.
const PANEL: usize = 128;

impl<'a> Sampler<'a> {
    pub fn new(x: ArrayView2<'a, f64>, labels: &'a [bool], seed: u64, shrinkage: f64) -> Self {
        let of = |fake: bool| (0..labels.len()).filter(|&item| labels[item] == fake).collect();
        Self {
            x,
            labels,
            classes: [of(false), of(true)],
            odds: None,
            seed,
            shrinkage,
        }
    }

    /// The same with columns that are drawn as readily as their blocks weigh.
    pub fn with_blocks(&self, blocks: &[Block]) -> Self {
        let largest = blocks.iter().map(|block| block.weight).fold(0.0, f64::max);
        let odds = blocks
            .iter()
            .flat_map(|block| repeat_n(block.weight / largest, block.columns))
            .collect();
        let are_alike = blocks.iter().all(|block| block.weight == largest);
        Self {
            odds: (!are_alike).then_some(odds),
            ..self.clone()
        }
    }

    /// The learner of this number, and what it says of the rows that it has not seen: (item, g). Neither the other
    /// learners nor the threads matter.
    pub fn train(&self, number: u64, subspace: usize) -> Result<(Learner, Vec<(usize, f64)>), ClassifyError> {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(number);
        let mut times = vec![0u32; self.labels.len()];
        for class in &self.classes {
            for _ in 0..class.len() {
                times[class[rng.gen_range(0..class.len())]] += 1;
            }
        }
        let mut columns = self.columns(&mut rng, subspace)?;
        columns.sort_unstable();

        let (seen, unseen): (Vec<usize>, Vec<usize>) = (0..times.len()).partition(|&item| times[item] > 0);
        let rows = self.gather(&seen, &columns);
        let weights = self.direction(&rows, &seen, &times)?;
        let projections = rows.dot(&weights);
        let drawn = seen.iter().zip(projections);
        let threshold = self.threshold(
            drawn
                .map(|(&item, p)| (p, self.labels[item], times[item]))
                .collect(),
        );
        let outputs = self.gather(&unseen, &columns).dot(&weights) - threshold;
        let learner = Learner {
            columns,
            weights: weights.to_vec(),
            threshold,
        };
        Ok((learner, unseen.into_iter().zip(outputs).collect()))
    }

    /// Columns of a subspace, in any order: all sets alike, or drawn one after the other with these odds among those left.
    fn columns(&self, rng: &mut ChaCha8Rng, subspace: usize) -> Result<Vec<usize>, ClassifyError> {
        let d = self.x.ncols();
        let drawn = match &self.odds {
            None => index::sample(rng, d, subspace),
            Some(odds) => index::sample_weighted(rng, d, |column| odds[column], subspace)
                .map_err(|_| ClassifyError::Overflow { what: "a weight" })?,
        };
        Ok(drawn.into_vec())
    }

    fn gather(&self, items: &[usize], columns: &[usize]) -> Array2<f64> {
        let mut rows = Array2::zeros((items.len(), columns.len()));
        for (mut to, &item) in rows.outer_iter_mut().zip(items) {
            let from = self.x.row(item);
            for (to, &column) in to.iter_mut().zip(columns) {
                *to = from[column];
            }
        }
        rows
    }

    /// v = (S + rI)⁻¹(μ_fake − μ_real) over √(vᵀSv + r|v|²).
    fn direction(
        &self,
        rows: &Array2<f64>,
        items: &[usize],
        times: &[u32],
    ) -> Result<Array1<f64>, ClassifyError> {
        let mut means = [Array1::<f64>::zeros(rows.ncols()), Array1::zeros(rows.ncols())];
        for (row, &item) in rows.outer_iter().zip(items) {
            let class = usize::from(self.labels[item]);
            means[class].scaled_add(f64::from(times[item]) / self.classes[class].len() as f64, &row);
        }
        let mut centred = rows.clone();
        for (mut row, &item) in centred.outer_iter_mut().zip(items) {
            let class = usize::from(self.labels[item]);
            row -= &means[class];
            // Either class has half a say in S.
            row *= (0.5 * f64::from(times[item]) / self.classes[class].len() as f64).sqrt();
        }
        let covariance = lower_gram(centred.view());
        let [real, fake] = means;
        let difference = fake - real;
        let variance = covariance.diag().sum() / covariance.nrows() as f64;
        // Where no column varies within a class, any covariance will do.
        let unit = if variance > 0.0 { variance } else { 1.0 };
        for raise in 0..RAISES {
            let mut regularised = covariance.clone();
            let shrinkage = unit * self.shrinkage * 10f64.powi(raise);
            regularised.diag_mut().mapv_inplace(|value| value + shrinkage);
            let Some(inverse) = InverseFactor::of(regularised) else {
                continue;
            };
            let direction = inverse.solve(difference.view());
            // vᵀ(S + rI)v; 0 only where the means are the same, and then v is 0.
            let square = direction.dot(&difference);
            if square.is_finite() && direction.iter().all(|v| v.is_finite()) {
                return Ok(if square > 0.0 {
                    direction / square.sqrt()
                } else {
                    direction
                });
            }
        }
        Err(ClassifyError::Overflow {
            what: "the covariance within the classes",
        })
    }

    /// Halfway between the two neighbouring projections that part misses and false alarms best, each counted as a share
    /// of its class; the first of several, from below. `drawn`: projection, whether fake, times in the sample.
    fn threshold(&self, mut drawn: Vec<(f64, bool, u32)>) -> f64 {
        drawn.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
        let [real, fake] = [&self.classes[0], &self.classes[1]].map(|class| class.len() as f64);
        // Errors with everything called fake.
        let (mut misses, mut alarms) = (0.0, real);
        let mut best = (alarms / real, drawn.first().map_or(0.0, |first| first.0));
        let mut groups = drawn.chunk_by(|a, b| a.0 == b.0).peekable();
        while let Some(group) = groups.next() {
            for &(_, is_fake, times) in group {
                if is_fake {
                    misses += f64::from(times);
                } else {
                    alarms -= f64::from(times);
                }
            }
            let Some(next) = groups.peek() else { break };
            let errors = misses / fake + alarms / real;
            if errors < best.0 {
                best = (errors, 0.5 * (group[0].0 + next[0].0));
            }
        }
        best.1
    }
}

/// AᵀA, of which only the lower triangle is meant.
fn lower_gram(a: ArrayView2<f64>) -> Array2<f64> {
    let mut gram = Array2::zeros((a.ncols(), a.ncols()));
    for (panel, mut columns) in gram.axis_chunks_iter_mut(Axis(1), PANEL).enumerate() {
        let first = PANEL * panel;
        let right = a.slice(s![.., first..first + columns.ncols()]);
        let mut below = columns.slice_mut(s![first.., ..]);
        general_mat_mul(1.0, &a.slice(s![.., first..]).t(), &right, 1.0, &mut below);
    }
    gram
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    /// Fisher's direction of two classes in a plane, by hand.
    #[test]
    fn the_direction_is_fishers() -> Result<(), ClassifyError> {
        // Both classes spread by ±1 along the first axis and ±2 along the second: S = diag(½ · 1, ½ · 4) over both, as
        // each of four rows lies on one axis.
        let spread = array![[1.0, 0.0], [-1.0, 0.0], [0.0, 2.0], [0.0, -2.0]];
        let fake = &spread + &array![3.0, 4.0];
        let x = ndarray::concatenate![Axis(0), spread, fake];
        let labels: Vec<bool> = (0..8).map(|i| i >= 4).collect();
        let sampler = Sampler::new(x.view(), &labels, 0, 1e-12);
        let items: Vec<usize> = (0..8).collect();
        let direction = sampler.direction(&x, &items, &[1; 8])?;
        // S⁻¹(3, 4) = (6, 2), whose square with S is 26.
        let expected = array![6.0, 2.0] / 26f64.sqrt();
        // The shrinkage changes a relative 1e-12.
        assert!(
            (&direction - &expected).iter().all(|e| e.abs() < 1e-11),
            "{direction}"
        );
        Ok(())
    }

    #[test]
    fn the_lower_triangle_is_that_of_the_product() {
        for d in [1, 127, 128, 129, 300] {
            let mut rng = ChaCha8Rng::seed_from_u64(d as u64);
            let a = Array2::from_shape_fn((20, d), |_| rng.gen_range(-1.0..1.0));
            let gram = lower_gram(a.view());
            for ((i, j), plain) in a.t().dot(&a).indexed_iter().filter(|((i, j), _)| i >= j) {
                // Twenty terms below 1.
                assert!((gram[[i, j]] - plain).abs() < 1e-13, "{d}: {i}, {j}");
            }
        }
    }

    #[test]
    fn the_threshold_is_the_best_of_all() {
        let labels = [false, false, false, true, true];
        let x = Array2::zeros((5, 1));
        let sampler = Sampler::new(x.view(), &labels, 0, 0.1);
        // A miss weighs ½ and a false alarm ⅓, so the real item at 3 is given up and the fake at 2 is not.
        let drawn = vec![
            (4.0, true, 1),
            (0.0, false, 1),
            (2.0, true, 1),
            (3.0, false, 1),
            (1.0, false, 1),
        ];
        assert_eq!(sampler.threshold(drawn), 1.5);
        // Nothing can be told apart.
        assert_eq!(sampler.threshold(vec![(7.0, true, 2), (7.0, false, 3)]), 7.0);
        // Turned round: calling all fake costs 1, and no threshold costs less.
        assert_eq!(sampler.threshold(vec![(0.0, true, 2), (1.0, false, 3)]), 0.0);
    }

    #[test]
    fn columns_are_drawn_as_readily_as_their_blocks_weigh() -> Result<(), ClassifyError> {
        let x = Array2::zeros((2, 12));
        let weighed = |name: &str, columns, weight| Block {
            weight,
            ..Block::new(name, columns)
        };
        let sampler = Sampler::new(x.view(), &[false, true], 0, 0.01)
            .with_blocks(&[weighed("a", 4, 6.0), weighed("b", 8, 2.0)]);
        let mut rng = ChaCha8Rng::seed_from_u64(8);
        let mut times = [0u32; 12];
        for _ in 0..10_000 {
            times[sampler.columns(&mut rng, 1)?[0]] += 1;
        }
        for (column, &times) in times.iter().enumerate() {
            // 4 · 6 + 8 · 2 = 40 chances in all; five deviations, √(np(1 − p)).
            let p: f64 = if column < 4 { 6.0 / 40.0 } else { 2.0 / 40.0 };
            let expected = 10_000.0 * p;
            let deviation = (expected * (1.0 - p)).sqrt();
            assert!(
                (f64::from(times) - expected).abs() < 5.0 * deviation,
                "{column}: {times}"
            );
        }
        let mut all = sampler.columns(&mut rng, 12)?;
        all.sort_unstable();
        assert_eq!(all, (0..12).collect::<Vec<_>>());
        Ok(())
    }

    #[test]
    fn a_learner_tells_of_the_rows_it_has_not_seen() -> Result<(), ClassifyError> {
        let mut rng = ChaCha8Rng::seed_from_u64(4);
        let labels: Vec<bool> = (0..40).map(|i| i % 4 == 0).collect();
        let x = Array2::from_shape_fn((40, 9), |(i, _)| {
            rng.gen_range(-1.0..1.0) + f64::from(u8::from(labels[i]))
        });
        let sampler = Sampler::new(x.view(), &labels, 3, 0.01);
        let (learner, unseen) = sampler.train(5, 4)?;
        assert_eq!(learner.columns.len(), 4);
        assert!(learner.columns.is_sorted_by(|a, b| a < b));
        // A row is left out with probability (1 − 1/m)^m, about 1/e.
        assert!((5..25).contains(&unseen.len()), "{}", unseen.len());
        for (item, output) in unseen {
            let terms = learner.columns.iter().zip(&learner.weights);
            let sum: f64 = terms.map(|(&column, weight)| weight * x[[item, column]]).sum();
            // Four terms of a few units.
            assert!((sum - learner.threshold - output).abs() < 1e-13);
        }
        // Another number is another learner, the same is the same.
        assert_eq!(sampler.train(5, 4)?.0, learner);
        assert_ne!(sampler.train(6, 4)?.0.columns, learner.columns);
        Ok(())
    }

    #[test]
    fn columns_that_never_change_do_no_harm() -> Result<(), ClassifyError> {
        let labels = [false, false, true, true];
        let x = array![[1.0, 0.0], [1.0, 0.0], [1.0, 2.0], [1.0, 2.0]];
        let (learner, _) = Sampler::new(x.view(), &labels, 0, 0.01).train(0, 2)?;
        assert_eq!(learner.weights[0], 0.0);
        assert!(learner.weights[1] > 0.0);
        assert_eq!(learner.threshold, learner.weights[1]);
        Ok(())
    }
}
