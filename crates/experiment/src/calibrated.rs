//! The margins of tests as probabilities.

use std::ops::Range;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::outcome::Outcome;
use super::plan::PlannedSplit;
use super::run::{names, part};
use super::{Classifier, Data};
use dftective_classify::{Calibration, CalibrationMethod, Params, Scaling, cross_validated_margins};
use dftective_evaluate::{ProbabilityMetrics, group_numbers, stratified_folds};

/// A classifier's margins turned into probabilities of fake, as `train` does it: within each split, Platt's sigmoid is
/// fitted on margins of the training part by classifiers of folds without the item, and then shown the margins of the
/// test part. Each image counts once, by the first split that tests it, so that the intervals are those of
/// independent images. Of repeated random splits the first three are taken, which test about half of the images where
/// a fifth is held out: a calibration costs five fits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Calibrated {
    /// What the probabilities are worth.
    Measured {
        /// Folds of each training part.
        folds: usize,
        /// Different images tested.
        images: usize,
        /// Whether images come in groups, whose images are not independent.
        grouped: bool,
        /// How well the probabilities fit.
        probability: ProbabilityMetrics,
    },
    /// There are none.
    Impossible {
        /// Why.
        why: String,
    },
}

/// Folds of each training part.
const FOLDS: usize = 5;
/// Random splits taken, of more.
const SPLITS: usize = 3;

impl Calibrated {
    /// How many of the splits it takes.
    pub(super) fn taken(splits: &[PlannedSplit]) -> usize {
        // Folds and left-out sources are the whole of the data only together.
        let is_random = |split: &PlannedSplit| split.fold.is_none() && split.unseen.is_none();
        if splits.iter().all(is_random) {
            splits.len().min(SPLITS)
        } else {
            splits.len()
        }
    }

    /// Of the tests on `splits` of a classifier that is given these runs of columns; `None` when `stop` said so before the
    /// end. `on_split` hears of each split that is done.
    pub(super) fn of(
        (data, columns, scaling): (&Data, &[Range<usize>], Scaling),
        classifier: &Classifier,
        splits: &[PlannedSplit],
        outcomes: &[Outcome],
        stop: impl Fn() -> bool + Sync,
        on_split: impl Fn() + Sync,
    ) -> Option<Self> {
        if let Params::Network(_) = classifier.parameters {
            return Some(Self::Impossible {
                why: "a network would have to be trained several times more for each split".to_owned(),
            });
        }
        let set = &data.dataset;
        let parameters = classifier
            .parameters
            .clone()
            .for_columns(&names(&set.columns, columns));
        let mut is_counted = vec![false; set.samples.len()];
        let jobs: Vec<(&PlannedSplit, Vec<(usize, f64)>)> = splits
            .iter()
            .zip(outcomes)
            .take(Self::taken(splits))
            .map(|(split, outcome)| {
                let tests = outcome.test.iter().copied().zip(outcome.margins.iter().copied());
                let new = tests.filter(|(item, _)| !std::mem::replace(&mut is_counted[*item], true));
                (split, new.collect())
            })
            .collect();
        let found: Vec<Option<Result<Vec<f64>, String>>> = jobs
            .par_iter()
            .map(|(split, tests)| {
                let scores = match (stop(), tests.is_empty()) {
                    (true, _) => return None,
                    (_, true) => Ok(Vec::new()),
                    _ => calibration((data, columns, scaling), &parameters, split).map(|calibration| {
                        tests
                            .iter()
                            .map(|(_, margin)| calibration.score(*margin))
                            .collect()
                    }),
                };
                on_split();
                Some(scores)
            })
            .collect();
        let found: Vec<Result<Vec<f64>, String>> = found.into_iter().collect::<Option<_>>()?;
        let labels: Vec<bool> = jobs
            .iter()
            .flat_map(|(_, tests)| tests.iter().map(|(item, _)| set.samples[*item].is_fake()))
            .collect();
        let scores = found
            .into_iter()
            .enumerate()
            .map(|(split, scores)| scores.map_err(|why| format!("split {}: {why}", split + 1)));
        let measured = scores
            .collect::<Result<Vec<Vec<f64>>, String>>()
            .and_then(|scores| {
                let scores = scores.concat();
                ProbabilityMetrics::from_scores(&scores, &labels).map_err(|error| error.to_string())
            });
        Some(match measured {
            Ok(probability) => Self::Measured {
                folds: FOLDS,
                images: labels.len(),
                grouped: data.has_groups(),
                probability,
            },
            Err(why) => Self::Impossible { why },
        })
    }
}

/// Learnt from the training part alone.
fn calibration(
    (data, columns, scaling): (&Data, &[Range<usize>], Scaling),
    parameters: &Params,
    split: &PlannedSplit,
) -> Result<Calibration, String> {
    let set = &data.dataset;
    let train = &split.parts.train;
    let labels: Vec<bool> = train.iter().map(|&item| set.samples[item].is_fake()).collect();
    let groups = group_numbers(&set.groups());
    let groups: Option<Vec<usize>> = groups.map(|groups| train.iter().map(|&item| groups[item]).collect());
    let folds =
        stratified_folds(&labels, groups.as_deref(), FOLDS, split.seed).map_err(|error| error.to_string())?;
    let rows = part(set.features.view(), train, columns);
    let held_out = cross_validated_margins(parameters, scaling, rows.view(), &labels, &folds, split.seed);
    held_out
        .and_then(|held_out| Calibration::fit(CalibrationMethod::Platt, &held_out.margins, &labels))
        .map_err(|error| error.to_string())
}
