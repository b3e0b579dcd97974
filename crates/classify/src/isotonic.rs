use std::collections::BTreeMap;

use ndarray::{Array1, ArrayD};

use super::{
    ClassifyError,
    arrays::Arrays,
    input::{ClassCounts, check_margins},
};

/// A calibration without a formula: the scores that rise with the margin and fit the labels best.
///
/// Isotonic regression of the labels on the margins by pooling adjacent violators (Barlow, Bartholomew, Bremner,
/// Brunk, *Statistical Inference under Order Restrictions*, 1972; for classifiers Zadrozny and Elkan, "Transforming
/// classifier scores into accurate multiclass probability estimates", 2002): items of equal margin are pooled, then
/// neighbouring blocks whose shares of fakes do not rise. A block's score is its share of fakes.
///
/// A few items of one class at an end of the margins would get scores of exactly 0 or 1, certainties that no number
/// of items gives. So one real and one fake item more are counted at the lowest margin, and at the highest: Laplace's
/// rule of succession, (k + 1)/(n + 2), for the blocks there. Classes that do not overlap get the targets of
/// [`Platt`](super::Platt)'s sigmoid as their two scores.
///
/// The score is constant over a block, from its lowest to its highest margin, linear between blocks, and constant
/// beyond the ends. Items of one block are no longer told apart, so the scores' ROC area can differ a little from that
/// of the margins.
#[derive(Debug, Clone, PartialEq)]
pub struct Isotonic {
    /// The margins where the slope changes, rising.
    margins: Vec<f64>,
    /// The scores there, never falling, strictly between 0 and 1.
    scores: Vec<f64>,
}

/// Neighbouring margins of one score.
#[derive(Clone, Copy)]
struct Pool {
    lowest: f64,
    highest: f64,
    fakes: u64,
    items: u64,
}

impl Isotonic {
    /// Fits the scores. The margins must be held-out ones
    /// ([`cross_validated_margins`](super::cross_validated_margins)).
    ///
    /// # Errors
    /// Lengths that differ, a class without items, a margin that is not finite, margins that are all equal, and
    /// [`ClassifyError::NoBetterThanChance`] where the fakes' margins do not tend to be above the reals'.
    pub fn fit(margins: &[f64], labels: &[bool]) -> Result<Self, ClassifyError> {
        let counts = check_margins(margins, labels)?;
        let mut blocks = tied(margins, labels);
        let auc = area(&blocks, &counts);
        let [lowest, .., highest] = &mut blocks[..] else {
            return Err(ClassifyError::ConstantMargins { value: margins[0] });
        };
        for end in [lowest, highest] {
            end.fakes += 1;
            end.items += 2;
        }
        let pooled = pool(blocks);
        if auc <= 0.5 || pooled.len() == 1 {
            return Err(ClassifyError::NoBetterThanChance { auc });
        }
        Ok(Self::through(pooled))
    }

    /// Constant over each block.
    fn through(pooled: Vec<Pool>) -> Self {
        let (margins, scores) = pooled
            .iter()
            .flat_map(|block| {
                let score = block.fakes as f64 / block.items as f64;
                let second = (block.highest > block.lowest).then_some(block.highest);
                std::iter::once(block.lowest)
                    .chain(second)
                    .map(move |margin| (margin, score))
            })
            .unzip();
        Self { margins, scores }
    }

    /// The margins at which the slope of the score changes, rising.
    pub fn margins(&self) -> &[f64] {
        &self.margins
    }

    /// The score at each of [`margins`](Self::margins), never falling, strictly between 0 and 1.
    pub fn scores(&self) -> &[f64] {
        &self.scores
    }

    pub(super) fn arrays(&self) -> Vec<(String, ArrayD<f64>)> {
        [("margins", &self.margins), ("scores", &self.scores)]
            .map(|(name, values)| (name.to_owned(), Array1::from(values.clone()).into_dyn()))
            .into()
    }

    /// For arrays that come from a file.
    pub(super) fn from_arrays(arrays: BTreeMap<String, ArrayD<f64>>) -> Result<Self, ClassifyError> {
        let mut arrays = Arrays(arrays);
        let margins = arrays.vector("margins", None)?.to_vec();
        let scores = arrays.vector("scores", Some(margins.len()))?.to_vec();
        arrays.finish()?;
        let neighbours = |values: &[f64], wrong: fn(f64, f64) -> bool| {
            let pair = values.windows(2).find(|pair| wrong(pair[0], pair[1]));
            pair.map(|pair| format!("{} before {}", pair[0], pair[1]))
        };
        let certain = scores.iter().find(|score| **score <= 0.0 || **score >= 1.0);
        for (name, expected, found) in [
            ("margins", "rising values", neighbours(&margins, |a, b| a >= b)),
            (
                "scores",
                "values that never fall",
                neighbours(&scores, |a, b| a > b),
            ),
            (
                "scores",
                "values above 0 and below 1",
                certain.map(f64::to_string),
            ),
        ] {
            if let Some(found) = found {
                return Err(ClassifyError::Array {
                    name: name.to_owned(),
                    expected: expected.to_owned(),
                    found,
                });
            }
        }
        Ok(Self { margins, scores })
    }

    /// The probability of fake, strictly between 0 and 1; never falls as the margin rises. NaN only for a NaN margin.
    pub fn score(&self, margin: f64) -> f64 {
        if margin.is_nan() {
            return margin;
        }
        let above = self.margins.partition_point(|m| *m <= margin);
        match (above.checked_sub(1), self.margins.get(above)) {
            (Some(below), Some(&to)) => {
                let (from, low, high) = (self.margins[below], self.scores[below], self.scores[above]);
                let mut along = (margin - from) / (to - from);
                if to - from == f64::INFINITY {
                    along = (margin / 2.0 - from / 2.0) / (to / 2.0 - from / 2.0);
                }
                // Each step is monotone in floating point; only the last may round beyond the next block.
                (low + (high - low) * along).min(high)
            }
            (Some(last), None) => self.scores[last],
            (None, _) => self.scores[0],
        }
    }
}

/// One block a margin, by rising margin.
fn tied(margins: &[f64], labels: &[bool]) -> Vec<Pool> {
    let mut items: Vec<(f64, bool)> = margins.iter().copied().zip(labels.iter().copied()).collect();
    items.sort_by(|a, b| a.0.total_cmp(&b.0));
    // `==` and not the total order: −0 and 0 are tied.
    items
        .chunk_by(|a, b| a.0 == b.0)
        .map(|group| Pool {
            lowest: group[0].0,
            highest: group[0].0,
            fakes: group.iter().filter(|(_, fake)| *fake).count() as u64,
            items: group.len() as u64,
        })
        .collect()
}

/// Pools neighbours until the shares of fakes rise. Shares are compared as products of integers, without rounding.
fn pool(blocks: Vec<Pool>) -> Vec<Pool> {
    let mut pooled: Vec<Pool> = Vec::new();
    for mut block in blocks {
        while let Some(before) = pooled.pop_if(|before| {
            u128::from(before.fakes) * u128::from(block.items)
                >= u128::from(block.fakes) * u128::from(before.items)
        }) {
            block.lowest = before.lowest;
            block.fakes += before.fakes;
            block.items += before.items;
        }
        pooled.push(block);
    }
    pooled
}

/// The share of pairs of a fake and a real whose fake has the higher margin, ties counted one half.
fn area(blocks: &[Pool], counts: &ClassCounts) -> f64 {
    let (mut reals_below, mut doubled_wins) = (0, 0u128);
    for block in blocks {
        let reals = block.items - block.fakes;
        doubled_wins += u128::from(block.fakes) * u128::from(2 * reals_below + reals);
        reals_below += reals;
    }
    doubled_wins as f64 / (2.0 * counts.fake as f64 * counts.real as f64)
}

#[cfg(test)]
mod tests;
