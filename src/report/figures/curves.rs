//! What every threshold would do.

use crate::evaluate::{Interval, OperatingPoint};
use crate::report::draw::{Axis, Colour, Csv, Figure, Key, Plot};
use crate::report::{percent, three_decimals_with_interval};

/// One column of the figures' data.
fn data(points: &[OperatingPoint]) -> Csv {
    let mut data = Csv::new(&[
        "threshold",
        "false_positive_rate",
        "false_positive_rate_low",
        "false_positive_rate_high",
        "true_positive_rate",
        "true_positive_rate_low",
        "true_positive_rate_high",
        "precision",
        "precision_low",
        "precision_high",
    ]);
    for point in points {
        let (reals, fakes) = (point.false_positive_interval, point.true_positive_interval);
        let called = point.precision_interval;
        data.row(
            [
                point.threshold,
                Some(point.false_positive_rate),
                Some(reals.low),
                Some(reals.high),
                Some(point.true_positive_rate),
                Some(fakes.low),
                Some(fakes.high),
                point.precision,
                called.map(|interval| interval.low),
                called.map(|interval| interval.high),
            ]
            .map(|value| value.map_or_else(String::new, |value| value.to_string())),
        );
    }
    data
}

/// The point at which calls are made: the last one whose threshold is not below.
fn called_at(points: &[OperatingPoint], threshold: f64) -> Option<&OperatingPoint> {
    let above = |point: &&OperatingPoint| point.threshold.is_none_or(|value| value >= threshold);
    points.iter().rfind(above)
}

const INTERVAL_NOTE: &str =
    "The pale band is the 95 % interval of each point, as if images were independent.";

/// The ROC curve with its area; calls are made at `threshold`. `with_intervals` where the items are independent tests.
pub fn roc(
    points: &[OperatingPoint],
    area: (f64, Option<Interval>),
    threshold: f64,
    with_intervals: bool,
) -> Figure {
    let mut plot = Plot::square(
        Axis::percent("reals called fake (%)", 0.0, 1.0),
        Axis::percent("fakes called fake (%)", 0.0, 1.0),
    );
    if with_intervals {
        let upper = points
            .iter()
            .map(|p| (p.false_positive_interval.low, p.true_positive_interval.high));
        let lower = points
            .iter()
            .rev()
            .map(|p| (p.false_positive_interval.high, p.true_positive_interval.low));
        plot.region(Colour::Series(0), &upper.chain(lower).collect::<Vec<_>>());
    }
    plot.rule(&[(0.0, 0.0), (1.0, 1.0)]);
    let line: Vec<_> = points
        .iter()
        .map(|p| (p.false_positive_rate, p.true_positive_rate))
        .collect();
    plot.line(Colour::Series(0), false, &line);
    plot.key(Key::Line, Colour::Series(0), "this detector");
    plot.key(Key::Rule, Colour::Plain, "guessing");
    if let Some(point) = called_at(points, threshold) {
        let at = (point.false_positive_rate, point.true_positive_rate);
        plot.crosses(Colour::Plain, 11.0, &[at]);
        plot.key(Key::Cross, Colour::Plain, format!("calls at {threshold}"));
    }
    let area = three_decimals_with_interval(area.0, area.1);
    let note = if with_intervals { INTERVAL_NOTE } else { "" };
    Figure::new("roc", "Finding fakes against accusing reals (ROC)", plot, data(points)).told(
        format!("ROC curve with an area of {area}; the diagonal of guessing has 0.5."),
        format!(
            "Calling more pictures fake finds more fakes and wrongly accuses more reals: each point of the line is one \
             strictness. The nearer to the upper left corner, the better. Area under the line: {area}; guessing gives \
             0.5, a perfect detector 1. {note}"
        ),
    )
}

/// Precision over recall; `prevalence` is the share of fakes among the items.
pub fn precision_recall(
    points: &[OperatingPoint],
    average: f64,
    prevalence: f64,
    with_intervals: bool,
) -> Figure {
    let mut plot = Plot::square(
        Axis::percent("fakes called fake: recall (%)", 0.0, 1.0),
        Axis::percent("truly fake of those called: precision (%)", 0.0, 1.0),
    );
    let found = |point: &OperatingPoint| Some((point.true_positive_rate, point.precision?));
    if with_intervals {
        let band = |point: &OperatingPoint| {
            let interval = point.precision_interval?;
            Some((point.true_positive_rate, interval.low, interval.high))
        };
        plot.band(
            Colour::Series(0),
            &points.iter().filter_map(band).collect::<Vec<_>>(),
        );
    }
    plot.rule(&[(0.0, prevalence), (1.0, prevalence)]);
    plot.line(
        Colour::Series(0),
        false,
        &points.iter().filter_map(found).collect::<Vec<_>>(),
    );
    plot.key(Key::Line, Colour::Series(0), "this detector");
    plot.key(Key::Rule, Colour::Plain, "calling at random");
    let share = percent(prevalence);
    let note = if with_intervals { INTERVAL_NOTE } else { "" };
    Figure::new("precision-recall", "How far a call of fake can be trusted", plot, data(points)).told(
        format!("Precision over recall; average precision {average:.3}."),
        format!(
            "Of the pictures called fake, how many truly are (up), depending on how many of the fakes are to be found \
             (right). Average precision: {average:.3}. It holds for {share} fakes among the pictures, as here: where \
             fakes are rarer, more of the calls are wrong. {note}"
        ),
    )
}

/// Both kinds of error on normal-quantile axes.
pub fn detection_error(points: &[OperatingPoint], equal_error_rate: f64, with_intervals: bool) -> Figure {
    let mut plot = Plot::square(
        Axis::probit("reals called fake (%)"),
        Axis::probit("fakes called real (%)"),
    );
    if with_intervals {
        let upper = points
            .iter()
            .map(|p| (p.false_positive_interval.high, 1.0 - p.true_positive_interval.low));
        let lower = points
            .iter()
            .rev()
            .map(|p| (p.false_positive_interval.low, 1.0 - p.true_positive_interval.high));
        plot.region(Colour::Series(0), &upper.chain(lower).collect::<Vec<_>>());
    }
    plot.rule(&[(0.001, 0.999), (0.999, 0.001)]);
    let line: Vec<_> = points
        .iter()
        .map(|p| (p.false_positive_rate, 1.0 - p.true_positive_rate))
        .collect();
    plot.line(Colour::Series(0), false, &line);
    plot.crosses(Colour::Plain, 11.0, &[(equal_error_rate, equal_error_rate)]);
    plot.key(Key::Line, Colour::Series(0), "this detector");
    plot.key(Key::Rule, Colour::Plain, "guessing");
    plot.key(Key::Cross, Colour::Plain, "both errors equal");
    let rate = percent(equal_error_rate);
    let note = if with_intervals { INTERVAL_NOTE } else { "" };
    Figure::new("detection-error", "The two kinds of error (DET)", plot, data(points)).told(
        format!("Detection-error trade-off; both kinds of error are equal at {rate}."),
        format!(
            "Fakes that slip through (up) against reals wrongly accused (right). The axes stretch small rates so that \
             they can be read; the nearer to the lower left corner, the better. Both errors are equally frequent at \
             {rate}. Rates beyond the axes (below 0.1 %) are drawn at their ends. {note}"
        ),
    )
}
