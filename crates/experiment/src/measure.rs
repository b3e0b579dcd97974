//! Margins of repeated tests to numbers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::outcome::Outcome;
use super::plan::Point;
use super::sources::by_source;
use super::tested::Tested;
use super::{
    Calibrated, Classifier, Cost, Data, Experiment, ExperimentError, LeftOut, Pooled, Published,
    SourceAccuracy, Unit,
};
use dftective_classify::Params;
use dftective_evaluate::{
    AucEstimate, GroupRule, GroupScore, Interval, MetricError, Metrics, Spread, group_numbers,
};

/// One classifier at one number of samples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// Share of right calls, over the splits.
    pub accuracy: Spread,
    /// The 95 % interval of its mean.
    pub interval: Interval,
    /// Area under the ROC curve of the margins, or of the share of a video's frames called fake, over the splits.
    pub auc: Spread,
    /// The 95 % interval of its mean: DeLong's variances of the splits together. None where an image is tested more than
    /// once or images come in groups, which that does not know of, and where a ranking is perfect.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub auc_interval: Option<Interval>,
    /// The published numbers for it, beside the measured one.
    pub published: Vec<Comparison>,
    /// Each source by itself, over all splits.
    pub sources: Vec<SourceAccuracy>,
    /// The tests of all splits together; of images, and all samples.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub pooled: Option<Pooled>,
    /// Its margins as probabilities; of the best classifier.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub calibrated: Option<Calibrated>,
    /// What it costs, where the experiment asks for it; on all samples.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cost: Option<Cost>,
    /// Each split.
    pub repetitions: Vec<Repetition>,
}

/// A published number beside a measured one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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

/// One repetition: a split and what was measured on it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    pub auc: f64,
    /// Whether the solver met its tolerance.
    pub converged: bool,
    /// Whether k-means found no cluster for one of the classes, so that everything was called the other.
    pub one_class_only: bool,
    /// Which of the folds was measured on, from 1; the folds of one dealing have one seed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub fold: Option<usize>,
    /// What was left out, where sources are.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub left_out: Option<LeftOut>,
}

impl Data {
    /// A number for each item, the same for items of one group.
    pub(super) fn units(&self) -> Vec<usize> {
        let set = &self.dataset;
        group_numbers(&set.groups()).unwrap_or_else(|| (0..set.samples.len()).collect())
    }
}

/// What was called in one repetition: items or videos.
struct Calls {
    scores: Vec<f64>,
    labels: Vec<bool>,
    units: Vec<usize>,
}

impl Calls {
    fn of_images(data: &Data, units: &[usize], outcome: &Outcome) -> Self {
        let samples = &data.dataset.samples;
        Self {
            scores: outcome.margins.clone(),
            labels: outcome.test.iter().map(|&item| samples[item].is_fake()).collect(),
            units: outcome.test.iter().map(|&item| units[item]).collect(),
        }
    }

    /// The votes of the frames: how far the share called fake lies above one half. `None` where an image belongs to
    /// no video, or images of both classes to one.
    fn of_videos(data: &Data, units: &[usize], outcome: &Outcome) -> Result<Option<Self>, MetricError> {
        let samples = &data.dataset.samples;
        let names = outcome.test.iter().map(|&item| samples[item].group.as_deref());
        let Some(names) = names.collect::<Option<Vec<&str>>>() else {
            return Ok(None);
        };
        let frames = Self::of_images(data, units, outcome);
        let videos = match GroupScore::of(&frames.scores, &frames.labels, &names, 0.0) {
            Ok(videos) => videos,
            Err(MetricError::MixedGroup { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let unit_of: BTreeMap<&str, usize> = names.iter().copied().zip(frames.units).collect();
        Ok(Some(Self {
            scores: videos
                .iter()
                .map(|video| video.score(GroupRule::Majority) - 0.5)
                .collect(),
            labels: videos.iter().map(|video| video.fake).collect(),
            units: videos.iter().map(|video| unit_of[video.name.as_str()]).collect(),
        }))
    }
}

impl Experiment {
    /// One classifier at one point of the curve: by images and, where videos were published and the data say
    /// which images are one's frames, by videos.
    pub(super) fn measured(
        &self,
        data: &Data,
        classifier: &Classifier,
        point: &Point,
        outcomes: &[Outcome],
        is_other_protocol: bool,
    ) -> Result<Vec<Measured>, ExperimentError> {
        let units = data.units();
        let summarised = |unit: Unit, calls: Vec<Calls>| -> Result<Measured, ExperimentError> {
            let (mut tested, mut repetitions) = (Tested::default(), Vec::new());
            let mut areas = Vec::new();
            let pooled = match unit {
                Unit::Images if point.is_all => {
                    let margins: Vec<f64> = calls.iter().flat_map(|calls| calls.scores.clone()).collect();
                    let labels: Vec<bool> = calls.iter().flat_map(|calls| calls.labels.clone()).collect();
                    let units: Vec<usize> = calls.iter().flat_map(|calls| calls.units.clone()).collect();
                    Some(Pooled::of(&margins, &labels, &units)?)
                }
                _ => None,
            };
            for ((calls, outcome), split) in calls.into_iter().zip(outcomes).zip(&point.splits) {
                let called: Vec<bool> = calls.scores.iter().map(|score| *score >= 0.0).collect();
                let metrics = Metrics::from_scores(&calls.scores, &calls.labels, 0.0)?;
                areas.push(metrics.roc_auc);
                repetitions.push(Repetition {
                    seed: split.seed,
                    train: outcome.trained_on,
                    test: calls.labels.len(),
                    accuracy: metrics.accuracy,
                    auc: metrics.roc_auc.auc,
                    converged: outcome.converged,
                    one_class_only: outcome.one_class_only,
                    fold: split.fold,
                    left_out: match &split.unseen {
                        Some(unseen) => Some(LeftOut::of(
                            unseen,
                            &called,
                            &calls.labels,
                            &calls.units,
                            self.seed,
                        )?),
                        None => None,
                    },
                });
                tested.add(&called, &calls.labels, &calls.units);
            }
            let of = |number: fn(&Repetition) -> f64| {
                Spread::of(&repetitions.iter().map(number).collect::<Vec<f64>>())
            };
            let (accuracy, auc) = (of(|each| each.accuracy)?, of(|each| each.auc)?);
            let interval = tested.interval(self.seed)?;
            let mean_area = AucEstimate::mean_of(&areas).filter(|_| tested.is_each_once());
            let auc_interval = mean_area.and_then(|area| area.interval);
            let comparable = (!is_other_protocol).then_some(interval);
            Ok(Measured {
                classifier: classifier.name.clone(),
                parameters: classifier.parameters.clone(),
                samples: point.samples,
                all: point.is_all,
                unit,
                accuracy,
                interval,
                auc,
                auc_interval,
                published: classifier.compared(point, unit, accuracy.mean, comparable),
                sources: match unit {
                    Unit::Images => by_source(data, &units, outcomes)?,
                    Unit::Videos => Vec::new(),
                },
                pooled,
                calibrated: None,
                cost: None,
                repetitions,
            })
        };
        let images = outcomes
            .iter()
            .map(|outcome| Calls::of_images(data, &units, outcome));
        let mut measured = vec![summarised(Unit::Images, images.collect())?];
        if self.has_videos() {
            let videos = outcomes
                .iter()
                .map(|outcome| Calls::of_videos(data, &units, outcome));
            if let Some(videos) = videos.collect::<Result<Option<Vec<Calls>>, _>>()? {
                measured.push(summarised(Unit::Videos, videos)?);
            }
        }
        Ok(measured)
    }

    fn has_videos(&self) -> bool {
        let published = self
            .classifiers
            .iter()
            .flat_map(|classifier| &classifier.published);
        published
            .into_iter()
            .any(|published| published.of == Unit::Videos)
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

impl Classifier {
    /// What was published of it beside the mean measured; `interval` is none under another protocol.
    fn compared(&self, point: &Point, unit: Unit, mean: f64, interval: Option<Interval>) -> Vec<Comparison> {
        let published = self.published.iter();
        published
            .filter(|published| published.of == unit && published.is_for(point))
            .map(|published| {
                let (low, high) = published.range();
                Comparison {
                    published: published.clone(),
                    difference: 100.0 * mean - published.percent,
                    agrees: interval.map(|own| 100.0 * own.low <= high && low <= 100.0 * own.high),
                }
            })
            .collect()
    }
}
