//! How scores are spread, and whether they can be taken as probabilities.

use crate::draw::{Axis, Colour, Csv, Figure, Key, Plot};
use crate::three_decimals;
use dftective_classify::RejectThresholds;
use dftective_evaluate::{ClassHistogram, ProbabilityMetrics};

/// Histogram of either class. `what` the values are; `thresholds` of scores that leave a verdict open.
pub fn histogram(
    counts: &ClassHistogram,
    what: &str,
    threshold: f64,
    thresholds: Option<&RejectThresholds>,
) -> Figure {
    let highest = counts.real.iter().chain(&counts.fake).max().copied().unwrap_or(0);
    let mut plot = Plot::new(
        Axis::linear(what, counts.low, counts.high),
        Axis::rounded("images", 0.0, highest.max(1) as f64),
        250.0,
    );
    let top = plot_top(highest);
    if let Some(thresholds) = thresholds {
        let (low, high) = (
            thresholds.low.unwrap_or(counts.low),
            thresholds.high.unwrap_or(counts.high),
        );
        if low < high {
            plot.band(Colour::Plain, &[(low, 0.0, top), (high, 0.0, top)]);
            plot.key(Key::Area, Colour::Plain, "left uncertain");
        }
    }
    let boxes = |of: &[usize]| -> Vec<_> {
        let edges = counts.edges().zip(of);
        edges
            .filter(|(_, count)| **count > 0)
            .map(|((low, high), &count)| ((low, 0.0), (high, count as f64)))
            .collect()
    };
    plot.boxes(Colour::Real, true, &boxes(&counts.real));
    plot.boxes(Colour::Fake, false, &boxes(&counts.fake));
    plot.rule(&[(threshold, 0.0), (threshold, top)]);
    plot.key(Key::Bar, Colour::Real, "truly real");
    plot.key(Key::Open, Colour::Fake, "truly fake");
    plot.key(Key::Rule, Colour::Plain, "called fake from here");
    let mut data = Csv::new(&["from", "to", "real", "fake"]);
    for ((low, high), (real, fake)) in counts.edges().zip(counts.real.iter().zip(&counts.fake)) {
        data.row([
            low.to_string(),
            high.to_string(),
            real.to_string(),
            fake.to_string(),
        ]);
    }
    // A record from elsewhere may hold any numbers.
    let all = |counts: &[usize]| {
        counts
            .iter()
            .fold(0usize, |sum, count| sum.saturating_add(*count))
    };
    let (real, fake) = (all(&counts.real), all(&counts.fake));
    Figure::new("scores", "What the detector says of reals and fakes", plot, data).described(
        format!("Histogram of the {what} of {real} real and {fake} fake images."),
        format!(
            "How many pictures got which {what}. The less the filled boxes (reals) and the outlined ones (fakes) \
             overlap, the better the detector tells them apart."
        ),
    )
}

/// Above every box.
fn plot_top(highest: usize) -> f64 {
    Axis::rounded("", 0.0, highest.max(1) as f64).ends().1
}

/// Shares of fakes over scores.
pub fn reliability(probability: &ProbabilityMetrics) -> Figure {
    let mut plot = Plot::square(
        Axis::percent("score given: probability of fake (%)", 0.0, 1.0),
        Axis::percent("truly fake among them (%)", 0.0, 1.0),
    );
    plot.rule(&[(0.0, 0.0), (1.0, 1.0)]);
    let mut data = Csv::new(&[
        "score_from",
        "score_to",
        "images",
        "mean_score",
        "fakes",
        "low",
        "high",
    ]);
    let (mut points, mut whiskers) = (Vec::new(), Vec::new());
    for bin in &probability.bins {
        let number = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
        data.row([
            bin.low.to_string(),
            bin.high.to_string(),
            bin.items.to_string(),
            number(bin.mean_score),
            number(bin.fakes),
            number(bin.fakes_interval.map(|interval| interval.low)),
            number(bin.fakes_interval.map(|interval| interval.high)),
        ]);
        if let (Some(score), Some(fakes), Some(interval)) = (bin.mean_score, bin.fakes, bin.fakes_interval) {
            points.push((score, fakes));
            whiskers.push(((score, interval.low), (score, interval.high)));
        }
    }
    plot.whiskers(Colour::Series(0), &whiskers);
    plot.dots(Colour::Series(0), &points);
    plot.key(Key::Dot, Colour::Series(0), "images of like score");
    plot.key(Key::Rule, Colour::Plain, "exactly right");
    let (error, chance) = (
        three_decimals(probability.expected_calibration_error),
        three_decimals(probability.calibration_error_by_chance),
    );
    Figure::new("reliability", "Can the score be taken at its word?", plot, data).described(
        format!("Reliability diagram of {} bins; mean gap {error}, by chance {chance}.", points.len()),
        format!(
            "Of pictures given a score of 80 %, eight in ten should be fake: points on the dashed line keep that \
             promise. Strokes are 95 % intervals, long where few pictures have such a score. The mean gap is {error}; \
             chance alone would make about {chance}."
        ),
    )
}
