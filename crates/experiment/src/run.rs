//! Every classifier fitted on every split.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use ndarray::{Array2, ArrayView2, s};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::outcome::{Outcome, Spent};
use super::plan::{Plan, PlannedSplit, Point};
use super::{Calibrated, Classifier, Data, Experiment, ExperimentError, LeakCheck, Measured, Paired, Unit};
use dftective_classify::{ClassifyError, Params, Scaler, Scaling};
use dftective_features::FamilyName;
#[cfg(feature = "cnn")]
use dftective_networks::CnnError;

/// What was measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measurements {
    /// The protocol, in words.
    pub protocol: String,
    /// Why it is not the published one, where it is not; published and measured numbers are then not compared.
    pub departure: Option<String>,
    /// One entry a number of samples and classifier, and one more for videos: all samples first, then by falling number; classifiers in the
    /// experiment's order.
    pub results: Vec<Measured>,
    /// Numbers of samples that could not be measured.
    pub not_measured: Vec<NotMeasured>,
    /// Each classifier beside the one that the experiment names, on all samples.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub paired: Vec<Paired>,
    /// What the files' properties alone would do, where they are known.
    pub leak: Option<LeakCheck>,
}

/// A number of samples that could not be measured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotMeasured {
    /// The number.
    pub samples: usize,
    /// Why not.
    pub why: String,
}

impl Measurements {
    /// The classifier with the highest accuracy on all samples, by images.
    pub fn best(&self) -> Option<&Measured> {
        best(&self.results).map(|best| &self.results[best])
    }
}

/// See [`Measurements::best`].
fn best(results: &[Measured]) -> Option<usize> {
    let of_all = (0..results.len()).filter(|&i| results[i].all && results[i].unit == Unit::Images);
    of_all.max_by(|&a, &b| results[a].accuracy.mean.total_cmp(&results[b].accuracy.mean))
}

impl Experiment {
    /// Fits every classifier on every split and measures it on the items held out, then turns the best one's margins into
    /// probabilities; `None` when `stop` said so before the end. `on_fit` hears how many fits of how many are done, from 0 on, the
    /// calibration of a split being one. The numbers do not depend on the number of threads.
    ///
    /// # Errors
    /// Features that do not fit the recipe; too few items to split; a classifier that can't be fitted. A k-means
    /// whose clusters are all one class is no error: it calls everything that class.
    pub fn measure(
        &self,
        data: &Data,
        stop: impl Fn() -> bool + Sync,
        on_fit: impl Fn(usize, usize) + Sync,
    ) -> Result<Option<Measurements>, ExperimentError> {
        let set = &data.dataset;
        set.check_columns()?;
        let fake = set.fake();
        let plan = Plan::new(self, data)?;
        let jobs: Vec<(usize, usize, usize)> = (0..plan.points.len())
            .flat_map(|point| {
                let splits = plan.points[point].splits.len();
                (0..self.classifiers.len())
                    .flat_map(move |classifier| (0..splits).map(move |split| (point, classifier, split)))
            })
            .collect();
        let parts = self
            .classifiers
            .iter()
            .map(|classifier| classifier.columns(&set.columns))
            .collect::<Result<Vec<_>, _>>()?;
        let calibrations = plan
            .points
            .first()
            .map_or(0, |point| Calibrated::taken(&point.splits));
        // An epoch of a network takes longer than most fits.
        let steps = |classifier: usize| match &self.classifiers[classifier].parameters {
            Params::Network(network) => network.epochs,
            _ => 1,
        };
        let fits: usize = jobs.iter().map(|(_, classifier, _)| steps(*classifier)).sum();
        let (done, all) = (AtomicUsize::new(0), fits + calibrations);
        on_fit(0, all);
        let on_done = || on_fit(done.fetch_add(1, Ordering::Relaxed) + 1, all);
        let of_features = |&(point, classifier, split): &(usize, usize, usize)| {
            if stop() {
                return None;
            }
            let (columns, point) = (&parts[classifier], &plan.points[point]);
            let Classifier { name, parameters, .. } = &self.classifiers[classifier];
            let outcome = fitted(
                &parameters.clone().for_columns(&names(&set.columns, columns)),
                self.scaling,
                |items| part(set.features.view(), items, columns),
                &fake,
                &point.splits[split],
            );
            on_done();
            Some(outcome.map_err(|source| ExperimentError::Fit {
                classifier: name.clone(),
                samples: point.samples,
                split: split + 1,
                source,
            }))
        };
        let of_pictures = |&(point, classifier, split): &(usize, usize, usize)| {
            let (point, classifier) = (&plan.points[point], &self.classifiers[classifier]);
            network_fitted(data, classifier, (point, split), &stop, &on_done).transpose()
        };
        let is_network = |(_, classifier, _): &(usize, usize, usize)| {
            matches!(self.classifiers[*classifier].parameters, Params::Network(_))
        };
        let (networks, classical): (Vec<_>, Vec<_>) =
            jobs.iter().enumerate().partition(|(_, job)| is_network(job));
        let mut outcomes: Vec<(usize, Option<Result<Outcome, ExperimentError>>)> = classical
            .par_iter()
            .map(|(place, job)| (*place, of_features(job)))
            .collect();
        // A network keeps all threads busy by itself.
        outcomes.extend(networks.iter().map(|(place, job)| (*place, of_pictures(job))));
        outcomes.sort_by_key(|(place, _)| *place);
        let outcomes = outcomes.into_iter().map(|(_, outcome)| outcome);
        let Some(outcomes) = outcomes.collect::<Option<Vec<_>>>() else {
            return Ok(None);
        };
        let mut outcomes = outcomes.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter();

        let (mut results, mut on_all_samples) = (Vec::new(), Vec::new());
        for point in &plan.points {
            for (classifier, columns) in self.classifiers.iter().zip(&parts) {
                let outcomes: Vec<Outcome> = outcomes.by_ref().take(point.splits.len()).collect();
                let is_other_protocol = plan.departure.is_some();
                results.extend(self.measured(data, classifier, point, &outcomes, is_other_protocol)?);
                if point.is_all {
                    on_all_samples.push((classifier, columns, point, outcomes));
                }
            }
        }
        if let Some(best) = best(&results) {
            let name = &results[best].classifier;
            let tests = on_all_samples
                .iter()
                .find(|(classifier, ..)| classifier.name == *name);
            if let Some((classifier, columns, point, outcomes)) = tests {
                let data = (data, columns.as_slice(), self.scaling);
                let calibrated = Calibrated::of(data, classifier, &point.splits, outcomes, stop, on_done);
                let Some(calibrated) = calibrated else {
                    return Ok(None);
                };
                results[best].calibrated = Some(calibrated);
            }
        }
        let outcomes: Vec<&[Outcome]> = on_all_samples.iter().map(|(.., each)| each.as_slice()).collect();
        if self.cost {
            for (classifier, cost) in self.classifiers.iter().zip(self.costs(data, &outcomes)) {
                let all = results
                    .iter_mut()
                    .filter(|each| each.all && each.classifier == classifier.name);
                all.for_each(|measured| measured.cost = cost);
            }
        }
        let paired = self.paired(data, &outcomes)?;
        let Plan {
            protocol,
            departure,
            points,
            not_measured,
        } = plan;
        let leak = self.leak(data, points.first())?;
        Ok(Some(Measurements {
            protocol,
            departure,
            results,
            not_measured,
            paired,
            leak,
        }))
    }

    /// On the splits of all samples.
    fn leak(&self, data: &Data, point: Option<&Point>) -> Result<Option<LeakCheck>, ExperimentError> {
        let Some(Point { splits, .. }) = point else {
            return Ok(None);
        };
        LeakCheck::of(&data.dataset.samples, &data.units(), splits, self.seed)
    }
}

impl Classifier {
    /// Runs of the columns that it is given.
    fn columns(&self, names: &[String]) -> Result<Vec<Range<usize>>, ExperimentError> {
        if self.families.is_empty() {
            return Ok(std::iter::once(0..names.len()).collect());
        }
        let families: Vec<_> = names.iter().map(|name| FamilyName::of_column(name)).collect();
        if let Some(&family) = self
            .families
            .iter()
            .find(|family| !families.contains(&Some(**family)))
        {
            let classifier = self.name.clone();
            return Err(ExperimentError::NoColumns { classifier, family });
        }
        let mut start = 0;
        let runs = families.chunk_by(|a, b| a == b).map(|run| {
            start += run.len();
            (run[0], start - run.len()..start)
        });
        let given = runs.filter(|(family, _)| family.is_some_and(|family| self.families.contains(&family)));
        Ok(given.map(|(_, run)| run).collect())
    }
}

/// The names of these runs of columns.
pub(super) fn names(all: &[String], columns: &[Range<usize>]) -> Vec<String> {
    let runs = columns.iter().map(|run| &all[run.clone()]);
    runs.flatten().cloned().collect()
}

/// These items' features in these runs of columns.
pub(super) fn part(features: ArrayView2<f64>, items: &[usize], columns: &[Range<usize>]) -> Array2<f64> {
    let width = columns.iter().map(ExactSizeIterator::len).sum();
    let mut part = Array2::zeros((items.len(), width));
    for (&item, mut row) in items.iter().zip(part.rows_mut()) {
        let mut start = 0;
        for run in columns {
            let end = start + run.len();
            row.slice_mut(s![start..end])
                .assign(&features.slice(s![item, run.clone()]));
            start = end;
        }
    }
    part
}

/// A network on one split; `None` when stopped.
#[cfg(feature = "cnn")]
fn network_fitted(
    data: &Data,
    Classifier { name, parameters, .. }: &Classifier,
    (point, split): (&Point, usize),
    stop: &dyn Fn() -> bool,
    on_epoch: &dyn Fn(),
) -> Result<Option<Outcome>, ExperimentError> {
    let Params::Network(params) = parameters else {
        return Ok(None);
    };
    let error = |source: CnnError| ExperimentError::Network {
        classifier: name.clone(),
        samples: point.samples,
        split: split + 1,
        source: Box::new(source),
    };
    if data.dataset.files().is_empty() {
        let network = params.architecture;
        return Err(error(ClassifyError::NeedsPictures { network }.into()));
    }
    super::network::fitted(params, data, &point.splits[split], stop, on_epoch).map_err(error)
}

#[cfg(not(feature = "cnn"))]
fn network_fitted(
    _: &Data,
    classifier: &Classifier,
    _: (&Point, usize),
    _: &dyn Fn() -> bool,
    _: &dyn Fn(),
) -> Result<Option<Outcome>, ExperimentError> {
    Err(ExperimentError::NeedsNetworks(classifier.name.clone()))
}

fn fitted(
    parameters: &Params,
    scaling: Scaling,
    rows_of: impl Fn(&[usize]) -> Array2<f64>,
    labels: &[bool],
    split: &PlannedSplit,
) -> Result<Outcome, ClassifyError> {
    let PlannedSplit {
        parts: split, seed, ..
    } = split;
    let rows = rows_of(&split.train);
    let known: Vec<bool> = split.train.iter().map(|&item| labels[item]).collect();
    let scaler = Scaler::fit(scaling, rows.view())?;
    let rows = scaler.transform_owned(rows);
    let started = Instant::now();
    let fitted = match parameters.fit(rows.view(), &known, *seed) {
        Ok(fitted) => fitted,
        // What naming clusters by the majority of their labels means where one class has it everywhere.
        Err(ClassifyError::OneNameForAllClusters { name, .. }) => {
            let margin = if name == "fake" { 1.0 } else { -1.0 };
            return Ok(Outcome {
                test: split.test.clone(),
                margins: vec![margin; split.test.len()],
                trained_on: split.train.len(),
                converged: true,
                one_class_only: true,
                spent: Spent::default(),
            });
        }
        Err(error) => return Err(error),
    };
    let fit_seconds = started.elapsed().as_secs_f64();
    drop(rows);
    let unseen = scaler.transform_owned(rows_of(&split.test));
    Ok(Outcome {
        test: split.test.clone(),
        margins: fitted.model.margins(unseen.view()),
        trained_on: split.train.len(),
        converged: fitted.report.converged,
        one_class_only: false,
        spent: Spent::on_features(fit_seconds, &scaler, &fitted.model, unseen.view()),
    })
}
