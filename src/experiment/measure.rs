//! Margins of repeated tests to numbers.

use std::collections::BTreeMap;

use serde::Serialize;

use super::plan::Point;
use super::{Classifier, Data, Experiment, ExperimentError, Published, Unit};
use crate::classify::Params;
use crate::dataset::Label;
use crate::evaluate::{Bootstrap, BootstrapOptions, Interval, Metric, MetricError, Metrics, Spread, wilson};

/// One fit, and the margins of the items held out.
pub struct Outcome {
    pub test: Vec<usize>,
    pub margins: Vec<f64>,
    pub trained_on: usize,
    pub converged: bool,
    pub one_class_only: bool,
    pub seed: u64,
}

/// One classifier at one number of samples.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Measured {
    /// Its name.
    pub classifier: String,
    /// What it is.
    pub parameters: Params,
    /// Number of samples.
    pub samples: usize,
    /// Whether these are all there are.
    pub all: bool,
    /// What an item is.
    pub unit: Unit,
    /// Share of right calls, over the repetitions.
    pub accuracy: Spread,
    /// The 95 % interval of its mean.
    pub interval: Interval,
    /// Area under the ROC curve of the margins, over the repetitions; none for videos, which have calls only.
    pub auc: Option<Spread>,
    /// The published numbers for it, beside the measured one.
    pub published: Vec<Comparison>,
    /// Each source by itself, over all repetitions.
    pub sources: Vec<SourceAccuracy>,
    /// Each repetition.
    pub repetitions: Vec<Repetition>,
}

/// A published number beside a measured one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// The published number.
    #[serde(flatten)]
    pub published: Published,
    /// Measured minus published, percentage points.
    pub difference: f64,
    /// Whether the published number, as it was rounded, lies in the measured interval; none where it was measured by
    /// another protocol.
    pub agrees: Option<bool>,
}

/// One source of one class.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SourceAccuracy {
    /// Label of its images.
    pub label: Label,
    /// Name; none for images without a source.
    pub source: Option<String>,
    /// Different images tested.
    pub images: usize,
    /// Share of right calls over all tests.
    pub accuracy: f64,
}

/// One repetition.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Repetition {
    /// Its seed, of the split and of random starts.
    pub seed: u64,
    /// Items learnt from.
    pub train: usize,
    /// Items, or videos, measured on.
    pub test: usize,
    /// Share of right calls.
    pub accuracy: f64,
    /// Area under the ROC curve.
    pub auc: Option<f64>,
    /// Whether the solver met its tolerance.
    pub converged: bool,
    /// Whether k-means found no cluster for one of the classes, so that everything was called the other.
    pub one_class_only: bool,
}

/// Scores of tests, of several repetitions together.
#[derive(Default)]
pub struct Tested {
    scores: Vec<f64>,
    labels: Vec<bool>,
    units: Vec<usize>,
}

impl Tested {
    /// `unit` is what is drawn as a whole: the item, or its group.
    pub fn add(&mut self, score: f64, label: bool, unit: usize) {
        self.scores.push(score);
        self.labels.push(label);
        self.units.push(unit);
    }
}

/// Enough for ends that are steady to a few hundredths of the interval's width.
const RESAMPLES: usize = 2000;

/// The 95 % interval of the accuracy at threshold 0 by a bootstrap over units; Wilson's over the units where all
/// samples agree. `mean` is the accuracy measured.
pub fn interval(tested: &Tested, mean: f64, seed: u64) -> Result<Interval, MetricError> {
    let Tested {
        scores,
        labels,
        units,
    } = tested;
    let options = BootstrapOptions {
        resamples: RESAMPLES,
        seed,
    };
    let bootstrap = Bootstrap::of(scores, labels, 0.0, Some(units), options)?;
    match bootstrap
        .get(Metric::Accuracy)
        .and_then(|estimate| estimate.interval)
    {
        Some(interval) => Ok(interval),
        None => wilson((mean * bootstrap.units as f64).round() as usize, bootstrap.units),
    }
}

impl Data {
    /// A number for each item, the same for items of one group.
    pub(super) fn units(&self) -> Vec<usize> {
        let set = &self.labelled.set;
        set.group_numbers()
            .unwrap_or_else(|| (0..set.fake.len()).collect())
    }
}

impl Experiment {
    pub(super) fn measured(
        &self,
        data: &Data,
        classifier: &Classifier,
        point: &Point,
        outcomes: &[Outcome],
        is_other_protocol: bool,
    ) -> Result<Measured, ExperimentError> {
        let labels = &data.labelled.set.fake;
        let units = data.units();
        let (mut tested, mut repetitions) = (Tested::default(), Vec::new());
        for outcome in outcomes {
            let known: Vec<bool> = outcome.test.iter().map(|&item| labels[item]).collect();
            let metrics = Metrics::from_scores(&outcome.margins, &known, 0.0)?;
            for (&item, &margin) in outcome.test.iter().zip(&outcome.margins) {
                tested.add(margin, labels[item], units[item]);
            }
            repetitions.push(Repetition {
                seed: outcome.seed,
                train: outcome.trained_on,
                test: outcome.test.len(),
                accuracy: metrics.accuracy,
                auc: Some(metrics.roc_auc.auc),
                converged: outcome.converged,
                one_class_only: outcome.one_class_only,
            });
        }
        let of = |number: fn(&Repetition) -> Option<f64>| {
            Spread::of(&repetitions.iter().filter_map(number).collect::<Vec<f64>>())
        };
        let accuracy = of(|repetition| Some(repetition.accuracy))?;
        let auc = Some(of(|repetition| repetition.auc)?);
        let interval = interval(&tested, accuracy.mean, self.seed)?;
        Ok(Measured {
            classifier: classifier.name.clone(),
            parameters: classifier.parameters.clone(),
            samples: point.samples,
            all: point.is_all,
            unit: Unit::Images,
            accuracy,
            interval,
            auc,
            published: compared(
                classifier,
                point,
                Unit::Images,
                accuracy.mean,
                interval,
                is_other_protocol,
            ),
            sources: by_source(data, outcomes),
            repetitions,
        })
    }
}

/// Single images that can't be read must not take a published number out of the table.
const NEARLY_ALL: f64 = 0.95;

impl Published {
    fn is_for(&self, point: &Point) -> bool {
        match self.samples {
            None => point.is_all,
            Some(samples) => {
                let nearly = NEARLY_ALL * samples as f64 <= point.samples as f64 && point.samples <= samples;
                point.samples == samples || (point.is_all && nearly)
            }
        }
    }

    /// Percent, from and to.
    fn range(&self) -> (f64, f64) {
        let half = 0.5 * 10f64.powi(-i32::from(self.decimals));
        (self.percent - half, self.percent + half)
    }
}

fn compared(
    classifier: &Classifier,
    point: &Point,
    unit: Unit,
    mean: f64,
    interval: Interval,
    is_other_protocol: bool,
) -> Vec<Comparison> {
    let comparable = classifier.published.iter();
    comparable
        .filter(|published| published.of == unit && published.is_for(point))
        .map(|published| {
            let (low, high) = published.range();
            let agrees = 100.0 * interval.low <= high && low <= 100.0 * interval.high;
            Comparison {
                published: published.clone(),
                difference: 100.0 * mean - published.percent,
                agrees: (!is_other_protocol).then_some(agrees),
            }
        })
        .collect()
}

fn by_source(data: &Data, outcomes: &[Outcome]) -> Vec<SourceAccuracy> {
    #[derive(Default)]
    struct Count {
        items: std::collections::BTreeSet<usize>,
        tests: usize,
        right: usize,
    }
    let labelled = &data.labelled;
    let mut counts = BTreeMap::<(Label, Option<&str>), Count>::new();
    for outcome in outcomes {
        for (&item, margin) in outcome.test.iter().zip(&outcome.margins) {
            let fake = labelled.set.fake[item];
            let label = if fake { Label::Fake } else { Label::Real };
            let count = counts
                .entry((label, labelled.sources[item].as_deref()))
                .or_default();
            count.items.insert(item);
            count.tests += 1;
            count.right += usize::from((*margin >= 0.0) == fake);
        }
    }
    counts
        .into_iter()
        .map(|((label, source), count)| SourceAccuracy {
            label,
            source: source.map(str::to_owned),
            images: count.items.len(),
            accuracy: count.right as f64 / count.tests as f64,
        })
        .collect()
}
