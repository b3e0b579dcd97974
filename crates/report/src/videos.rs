//! Groups of images as wholes: the frames of videos.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Align, TextTable, metric_value};
use dftective_evaluate::{
    Bootstrap, BootstrapOptions, GroupResult, GroupScore, Interval, Metric, MetricError, Metrics,
};

/// Groups of images, each judged as a whole.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Videos {
    /// What makes a group, as `dftective_datasets::GroupBy` writes it.
    pub group_by: String,
    /// What each rule was worth.
    pub results: Vec<GroupResult>,
    /// Each group.
    pub groups: Vec<GroupScore>,
}

impl Videos {
    /// Judges the groups of images with these scores, called fake from `threshold` on. `groups` names the group of
    /// each image.
    ///
    /// # Errors
    /// What [`GroupScore::of`] and [`GroupResult::of`] say.
    pub fn of(
        group_by: String,
        scores: &[f64],
        labels: &[bool],
        groups: &[&str],
        threshold: f64,
        bootstrap: Option<BootstrapOptions>,
    ) -> Result<Self, MetricError> {
        let groups = GroupScore::of(scores, labels, groups, threshold)?;
        Ok(Self {
            group_by,
            results: GroupResult::of(&groups, threshold, bootstrap)?,
            groups,
        })
    }

    /// The interval of a metric that is shown, if any.
    pub fn interval(result: &GroupResult, metric: Metric) -> Option<Interval> {
        shown_interval(&result.metrics, result.bootstrap.as_ref(), false, metric)
    }
}

impl fmt::Display for Videos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sizes = self.groups.iter().map(|group| group.items);
        let (least, most) = (sizes.clone().min().unwrap_or(0), sizes.max().unwrap_or(0));
        let each = if least == most {
            format!("{least}")
        } else {
            format!("{least} to {most}")
        };
        writeln!(
            f,
            "Videos (images grouped by {}): {} of {each} images each\n",
            self.group_by,
            self.groups.len()
        )?;
        let mut table = TextTable::new(&[
            ("rule", Align::Left),
            ("accuracy (95 % interval)", Align::Left),
            ("ROC AUC (95 % interval)", Align::Left),
            ("fakes called fake", Align::Right),
            ("reals called real", Align::Right),
        ]);
        for result @ GroupResult { rule, metrics, .. } in &self.results {
            let value =
                |metric: Metric| metric_value(metric, metric.of(metrics), Self::interval(result, metric));
            let confusion = metrics.confusion;
            let of = |part: usize, other: usize| format!("{part} of {}", part + other);
            table.row([
                rule.to_string(),
                value(Metric::Accuracy),
                value(Metric::RocAuc),
                of(confusion.true_positives, confusion.false_negatives),
                of(confusion.true_negatives, confusion.false_positives),
            ]);
        }
        write!(
            f,
            "{table}\n\
             majority: a video's score is the share of its images called fake; a tie is called fake\n\
             mean, median: of its images' scores\n"
        )
    }
}

/// The interval of a metric: by resampling if that was done, else by its formula, which two of them have. Where all
/// resamples agree, as for no mistakes at all, the formula still knows how little that says of a few images; of
/// grouped ones it knows nothing.
pub(super) fn shown_interval(
    metrics: &Metrics,
    bootstrap: Option<&Bootstrap>,
    grouped: bool,
    metric: Metric,
) -> Option<Interval> {
    let formula = match metric {
        Metric::Accuracy => Some(metrics.accuracy_interval),
        Metric::RocAuc => metrics.roc_auc.interval,
        _ => None,
    };
    match bootstrap {
        None => formula,
        Some(bootstrap) => {
            let resampled = bootstrap.get(metric).and_then(|estimate| estimate.interval);
            resampled.or(formula.filter(|_| !grouped))
        }
    }
}

/// What must be known to read the intervals above.
pub(super) fn interval_note(bootstrap: Option<&Bootstrap>, grouped: bool) -> Option<String> {
    let Some(bootstrap) = bootstrap else {
        return grouped.then(|| {
            "Images of one group resemble each other: these intervals take them for independent and are too \
             narrow.\n--bootstrap 2000 draws whole groups instead."
                .to_owned()
        });
    };
    let unit = if grouped { "groups of images" } else { "images" };
    let mut note = format!(
        "Intervals: the middle 95 % of {} resamples of {} {unit} (seed {}).",
        bootstrap.options.resamples, bootstrap.units, bootstrap.options.seed
    );
    for estimate in bootstrap
        .estimates
        .iter()
        .filter(|estimate| estimate.undefined > 0)
    {
        note += &format!(
            "\nIn {} of them nothing is called fake; the interval of {} is of the others.",
            estimate.undefined, estimate.metric
        );
    }
    Some(note)
}
