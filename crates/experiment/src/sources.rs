//! Each source by itself.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Data;
use super::outcome::Outcome;
use dftective_evaluate::{Interval, MetricError, wilson};
use dftective_sample::Label;

/// One source of one class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SourceAccuracy {
    /// Label of its images.
    pub label: Label,
    /// Name; none for images without a source.
    pub source: Option<String>,
    /// Different images tested.
    pub images: usize,
    /// Share of right calls over all tests.
    pub accuracy: f64,
    /// Its 95 % interval: Wilson's over the images, or the groups, so that testing one again makes it no narrower.
    pub interval: Interval,
}

/// Each source over all splits; `units` are drawn as wholes: items, or their groups.
pub(super) fn by_source(
    data: &Data,
    units: &[usize],
    outcomes: &[Outcome],
) -> Result<Vec<SourceAccuracy>, MetricError> {
    #[derive(Default)]
    struct Count {
        items: std::collections::BTreeSet<usize>,
        units: std::collections::BTreeSet<usize>,
        tests: usize,
        right: usize,
    }
    let dataset = &data.dataset;
    let mut counts = BTreeMap::<(Label, Option<&str>), Count>::new();
    for outcome in outcomes {
        for (&item, margin) in outcome.test.iter().zip(&outcome.margins) {
            let fake = dataset.samples[item].is_fake();
            let label = if fake { Label::Fake } else { Label::Real };
            let count = counts
                .entry((label, dataset.samples[item].source.as_deref()))
                .or_default();
            count.items.insert(item);
            count.units.insert(units[item]);
            count.tests += 1;
            count.right += usize::from((*margin >= 0.0) == fake);
        }
    }
    counts
        .into_iter()
        .map(|((label, source), count)| {
            let accuracy = count.right as f64 / count.tests as f64;
            let units = count.units.len();
            Ok(SourceAccuracy {
                label,
                source: source.map(str::to_owned),
                images: count.items.len(),
                accuracy,
                interval: wilson((accuracy * units as f64).round() as usize, units)?,
            })
        })
        .collect()
}
