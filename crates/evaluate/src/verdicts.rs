//! What verdicts were worth, and each source by itself.

use serde::{Deserialize, Serialize};

use super::{Interval, MetricError, wilson};
use dftective_classify::Verdict;
use dftective_sample::{Label, Sample};

/// Verdicts counted against labels.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Verdicts {
    /// Images with the verdict fake or real.
    pub decided: usize,
    /// Decided images whose verdict is their label.
    pub right: usize,
    /// Images with the verdict uncertain.
    pub uncertain: usize,
    /// The share of wrong verdicts the detector was set to.
    pub error_rate: f64,
}

/// One source of one class.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SourceResult {
    /// Label of its images.
    pub label: Label,
    /// Name; none for images without a source.
    pub source: Option<String>,
    /// Images judged.
    pub images: usize,
    /// Share on the right side of ½.
    pub accuracy: f64,
    /// Its 95 % interval (Wilson).
    pub accuracy_interval: Interval,
}

/// One image judged.
pub struct Judged<'a> {
    /// The image, which has a label.
    pub sample: &'a Sample,
    /// Calibrated probability of fake.
    pub score: f64,
    /// What the detector says.
    pub verdict: Verdict,
}

impl Judged<'_> {
    fn label(&self) -> Label {
        if self.sample.is_fake() {
            Label::Fake
        } else {
            Label::Real
        }
    }
}

impl Verdicts {
    /// Counts verdicts.
    pub fn count(judged: &[Judged], error_rate: f64) -> Self {
        let decided = judged.iter().filter(|image| image.verdict != Verdict::Uncertain);
        let right = decided
            .clone()
            .filter(|image| (image.verdict == Verdict::Fake) == image.sample.is_fake());
        let (decided, right) = (decided.count(), right.count());
        Self {
            decided,
            right,
            uncertain: judged.len() - decided,
            error_rate,
        }
    }
}

impl SourceResult {
    /// Each source of each class by itself.
    ///
    /// # Errors
    /// None that counts can cause.
    pub fn of(judged: &[Judged]) -> Result<Vec<Self>, MetricError> {
        let mut counts = std::collections::BTreeMap::<(Label, Option<&str>), (usize, usize)>::new();
        for image in judged {
            let (right, images) = counts
                .entry((image.label(), image.sample.source.as_deref()))
                .or_default();
            *right += usize::from((image.score >= 0.5) == image.sample.is_fake());
            *images += 1;
        }
        let result = |((label, source), (right, images)): ((Label, Option<&str>), (usize, usize))| {
            let accuracy_interval = wilson(right, images)?;
            let accuracy = right as f64 / images as f64;
            Ok(Self {
                label,
                source: source.map(str::to_owned),
                images,
                accuracy,
                accuracy_interval,
            })
        };
        counts.into_iter().map(result).collect()
    }
}
