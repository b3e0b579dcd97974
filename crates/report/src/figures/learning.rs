//! Accuracy over the number of samples.

use crate::draw::{Axis, Colour, Csv, Figure, Key, Plot};
use dftective_evaluate::Interval;

/// One classifier's accuracy at several numbers of samples.
pub struct LearningCurve<'a> {
    /// Its name.
    pub name: &'a str,
    /// Samples, accuracy in [0, 1], its 95 % interval.
    pub points: Vec<(usize, f64, Interval)>,
    /// What was published.
    pub published: Vec<PublishedPoint>,
}

/// A published accuracy.
pub struct PublishedPoint {
    /// Number of samples.
    pub samples: usize,
    /// Accuracy, in [0, 1].
    pub accuracy: f64,
}

/// The curves, with the published points marked.
pub fn learning(curves: &[LearningCurve]) -> Figure {
    let measured = || curves.iter().flat_map(|curve| &curve.points);
    let published = || curves.iter().flat_map(|curve| &curve.published);
    let samples = || {
        measured()
            .map(|(samples, ..)| *samples as f64)
            .chain(published().map(|point| point.samples as f64))
    };
    let least = measured()
        .map(|(_, _, interval)| interval.low)
        .chain(published().map(|point| point.accuracy))
        .fold(1.0, f64::min);
    let (fewest, most) = (
        samples().fold(f64::INFINITY, f64::min),
        samples().fold(1.0, f64::max),
    );
    let mut plot = Plot::new(
        Axis::log("number of samples (logarithmic)", fewest / 1.25, most * 1.25),
        Axis::percent("accuracy (%)", (least * 20.0).floor() / 20.0, 1.0),
        280.0,
    );
    let mut data = Csv::new(&["classifier", "kind", "samples", "accuracy", "low", "high"]);
    for (index, curve) in curves.iter().enumerate() {
        let colour = Colour::Series(index);
        // Side by side, so that strokes at one number of samples stay apart.
        let aside = 1.03f64.powf(index as f64 - (curves.len() as f64 - 1.0) / 2.0);
        let points: Vec<_> = curve
            .points
            .iter()
            .map(|(samples, accuracy, _)| (*samples as f64 * aside, *accuracy))
            .collect();
        let whiskers: Vec<_> = curve
            .points
            .iter()
            .map(|(samples, _, interval)| {
                let x = *samples as f64 * aside;
                ((x, interval.low), (x, interval.high))
            })
            .collect();
        plot.whiskers(colour, &whiskers);
        plot.line(colour, false, &points);
        plot.dots(colour, &points);
        let marks: Vec<_> = curve
            .published
            .iter()
            .map(|point| (point.samples as f64 * aside, point.accuracy))
            .collect();
        plot.crosses(colour, 11.0, &marks);
        plot.key(Key::Line, colour, curve.name);
        for (samples, accuracy, interval) in &curve.points {
            data.row([
                curve.name.to_owned(),
                "measured".to_owned(),
                samples.to_string(),
                accuracy.to_string(),
                interval.low.to_string(),
                interval.high.to_string(),
            ]);
        }
        for point in &curve.published {
            data.row([
                curve.name.to_owned(),
                "published".to_owned(),
                point.samples.to_string(),
                point.accuracy.to_string(),
                String::new(),
                String::new(),
            ]);
        }
    }
    if published().next().is_some() {
        plot.key(Key::Cross, Colour::Plain, "published");
    }
    Figure::new("learning", "Accuracy by number of samples", plot, data).described(
        format!("Learning curves of {} classifiers.", curves.len()),
        "How the share of right calls grows with the pictures there are to learn from and to test with. Strokes are 95 % \
         intervals of what was measured here; crosses are the published numbers, in the colour of their classifier. \
         Points at one number of samples are drawn side by side.",
    )
}
