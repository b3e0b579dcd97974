//! Two detectors against each other.

use super::IntervalBasis;
use super::curves::{Outline, of_several};
use crate::comparison::{Comparison, ScorePairs};
use crate::draw::{Axis, Colour, Csv, Figure, Key, Plot};
use crate::metric_value;
use dftective_evaluate::{Metric, OperatingPoint, PairedEstimate};

/// A's colour, and B's: neither that of reals nor that of fakes.
const COLOURS: [Colour; 2] = [Colour::Series(2), Colour::Series(3)];
const NAMES: [&str; 2] = ["A", "B"];

/// A less B, one metric a row, with intervals.
pub fn differences(comparison: &Comparison) -> Figure {
    let rows: Vec<(&PairedEstimate, f64)> = comparison
        .bootstrap
        .estimates
        .iter()
        .filter_map(|estimate| Some((estimate, estimate.difference?)))
        .collect();
    let ends = |(estimate, difference): &(&PairedEstimate, f64)| {
        let interval = comparison.test(estimate.metric).0;
        interval.map_or((*difference, *difference), |interval| {
            (interval.low, interval.high)
        })
    };
    let furthest = rows
        .iter()
        .map(ends)
        .fold(0.01, |most: f64, (low, high)| most.max(-low).max(high));
    let names: Vec<String> = rows
        .iter()
        .rev()
        .map(|(estimate, _)| estimate.metric.to_string())
        .collect();
    let mut plot = Plot::new(
        Axis::linear("A less B (hundredths)", -105.0 * furthest, 105.0 * furthest),
        Axis::names("", names.iter().map(String::as_str)),
        30.0 * rows.len() as f64 + 12.0,
    );
    plot.rule(&[(0.0, -0.5), (0.0, rows.len() as f64 - 0.5)]);
    let place = |row: usize| (rows.len() - 1 - row) as f64;
    let (mut points, mut whiskers) = (Vec::new(), Vec::new());
    let mut data = Csv::new(&["metric", "a", "b", "difference", "low", "high", "p_value"]);
    for (row, found) in rows.iter().enumerate() {
        let (estimate, difference) = found;
        let (low, high) = ends(found);
        points.push((100.0 * difference, place(row)));
        whiskers.push(((100.0 * low, place(row)), (100.0 * high, place(row))));
        let (interval, p) = comparison.test(estimate.metric);
        let cells = [
            estimate.first,
            estimate.second,
            estimate.difference,
            interval.map(|interval| interval.low),
            interval.map(|interval| interval.high),
            p,
        ];
        let cells = cells.map(|value| value.map_or_else(String::new, |value| value.to_string()));
        data.row(std::iter::once(estimate.metric.to_string()).chain(cells));
    }
    plot.whiskers(Colour::Plain, &whiskers);
    plot.dots(Colour::Plain, &points);
    plot.key(Key::Dot, Colour::Plain, "difference, 95 % interval");
    plot.key(Key::Rule, Colour::Plain, "no difference");
    Figure::new("differences", "A against B, metric by metric", plot, data).described(
        format!("Differences of {} metrics between A and B with their intervals.", rows.len()),
        "Right of the dashed line A has more, left of it B; of the equal error rate, less is better. Strokes are 95 % \
         intervals of the difference itself: where one crosses the line, these images do not tell which of the two has \
         more. A hundredth is a percentage point for shares, and 0.01 for areas and F1.",
    )
}

/// Both ROC curves.
pub fn both_roc(comparison: &Comparison) -> Figure {
    let mut plot = Plot::square(
        Axis::percent("reals called fake (%)", 0.0, 1.0),
        Axis::percent("fakes called fake (%)", 0.0, 1.0),
    );
    plot.rule(&[(0.0, 0.0), (1.0, 1.0)]);
    let rates = |point: &OperatingPoint| (point.false_positive_rate, point.true_positive_rate);
    let data = drawn(&mut plot, comparison, IntervalBasis::roc_band, rates);
    let areas = each(comparison, Metric::RocAuc);
    Figure::new("both-roc", "Finding fakes against accusing reals (ROC)", plot, data).described(
        format!("ROC curves of A and B with areas of {areas}."),
        format!(
            "Each point of a line is one strictness: how many fakes it finds (up) and how many reals it wrongly accuses \
             (right). The nearer to the upper left corner, the better. Area under the line: {areas}; guessing gives 0.5. \
             {}",
            basis(comparison).note()
        ),
    )
}

/// Both detection-error curves.
pub fn both_detection_error(comparison: &Comparison) -> Figure {
    let mut plot = Plot::square(
        Axis::probit("reals called fake (%)"),
        Axis::probit("fakes called real (%)"),
    );
    plot.rule(&[(0.001, 0.999), (0.999, 0.001)]);
    let rates = |point: &OperatingPoint| (point.false_positive_rate, 1.0 - point.true_positive_rate);
    let data = drawn(&mut plot, comparison, IntervalBasis::error_band, rates);
    let equal = each(comparison, Metric::EqualErrorRate);
    Figure::new("both-detection-error", "The two kinds of error (DET)", plot, data).described(
        format!("Detection-error trade-offs of A and B; equal error rates {equal}."),
        format!(
            "Fakes that slip through (up) against reals wrongly accused (right), on axes that stretch small rates; the \
             nearer to the lower left corner, the better. Both kinds of error are as frequent at a rate of {equal}. Rates \
             beyond the axes (below 0.1 %) are drawn at their ends. {}",
            basis(comparison).note()
        ),
    )
}

fn basis(comparison: &Comparison) -> IntervalBasis {
    if comparison.is_grouped() {
        IntervalBasis::Dependent
    } else {
        IntervalBasis::Images
    }
}

/// A metric of both, in words.
fn each(comparison: &Comparison, metric: Metric) -> String {
    let estimate = comparison.bootstrap.get(metric);
    let (a, b) = estimate.map_or((None, None), |estimate| (estimate.first, estimate.second));
    let [a, b] = [a, b].map(|value| metric_value(metric, value, None));
    format!("{a} (A) and {b} (B)")
}

/// Draws the curve of each with its band, A's whole and B's dashed; gives both as a table.
fn drawn(
    plot: &mut Plot,
    comparison: &Comparison,
    band: fn(IntervalBasis, &[OperatingPoint]) -> Option<Outline>,
    rates: fn(&OperatingPoint) -> (f64, f64),
) -> Csv {
    for (points, colour) in comparison.curves.iter().zip(COLOURS) {
        if let Some(outline) = band(basis(comparison), points) {
            plot.region(colour, &outline);
        }
    }
    for (index, points) in comparison.curves.iter().enumerate() {
        let line: Vec<_> = points.iter().map(rates).collect();
        plot.line(COLOURS[index], index == 1, &line);
        let key = [Key::Line, Key::Dashes][index];
        plot.key(key, COLOURS[index], format!("detector {}", NAMES[index]));
    }
    plot.key(Key::Rule, Colour::Plain, "guessing");
    of_several(NAMES.into_iter().zip(&comparison.curves))
}

/// Every image by A's score and B's.
pub fn score_pairs(pairs: &ScorePairs) -> Figure {
    let ScorePairs {
        first,
        second,
        fake,
        images,
    } = pairs;
    let mut plot = Plot::square(
        Axis::percent("A's score: probability of fake (%)", 0.0, 1.0),
        Axis::percent("B's score: probability of fake (%)", 0.0, 1.0),
    );
    plot.rule(&[(0.5, 0.0), (0.5, 1.0)]);
    plot.rule(&[(0.0, 0.5), (1.0, 0.5)]);
    let data = super::map::scattered(&mut plot, ["score_a", "score_b"], first, second, fake);
    plot.key(Key::Rule, Colour::Plain, "called fake from here");
    let sampled = super::map::sampled(first.len(), *images);
    Figure::new("score-pairs", "What both say of each picture", plot, data).described(
        format!("Scatter of {} images by the scores of A and B.", first.len()),
        format!(
            "Each point is a picture. In the upper right quarter both call it fake, in the lower left both call it real; \
             in the other two they disagree. Along the diagonal both say the same; fakes below it and reals above it \
             speak for A, fakes above it and reals below it for B.{sampled}"
        ),
    )
}
