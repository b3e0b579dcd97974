//! Quality against cost.

use crate::evaluate::Interval;
use crate::report::draw::{Axis, Colour, Csv, Figure, Key, Plot};

/// One classifier.
pub struct CostPoint<'a> {
    /// Its name.
    pub name: &'a str,
    /// Whether it is a network.
    pub is_network: bool,
    /// Seconds that one core takes for a picture.
    pub seconds: f64,
    /// Area under the ROC curve, in \[0, 1\].
    pub auc: f64,
    /// Its 95 % interval.
    pub interval: Option<Interval>,
}

/// The area under the ROC curve over the time a picture takes.
pub fn quality_and_cost(points: &[CostPoint]) -> Figure {
    let milliseconds = |point: &CostPoint| 1e3 * point.seconds;
    let (least, most) = points
        .iter()
        .map(milliseconds)
        .fold((f64::INFINITY, 0.0), |(low, high): (f64, f64), time| {
            (low.min(time), high.max(time))
        });
    let lowest = points
        .iter()
        .map(|point| point.interval.map_or(point.auc, |interval| interval.low))
        .fold(0.9, f64::min);
    let mut plot = Plot::new(
        Axis::log(
            "time for a picture, one core, file to margin (ms, logarithmic)",
            least / 2.0,
            most * 2.0,
        ),
        Axis::linear("area under the ROC curve", (lowest * 20.0).floor() / 20.0, 1.0),
        360.0,
    );
    let mut data = Csv::new(&["classifier", "network", "milliseconds", "auc", "low", "high"]);
    for (is_network, colour, kind) in [
        (false, Colour::Series(0), "classical"),
        (true, Colour::Series(1), "network"),
    ] {
        let own: Vec<&CostPoint> = points
            .iter()
            .filter(|point| point.is_network == is_network)
            .collect();
        if own.is_empty() {
            continue;
        }
        let whiskers: Vec<_> = own
            .iter()
            .filter_map(|point| {
                let (x, interval) = (milliseconds(point), point.interval?);
                Some(((x, interval.low), (x, interval.high)))
            })
            .collect();
        plot.whiskers(colour, &whiskers);
        let dots: Vec<_> = own.iter().map(|point| (milliseconds(point), point.auc)).collect();
        plot.dots(colour, &dots);
        plot.key(Key::Dot, colour, kind);
        for point in own {
            plot.words((milliseconds(point), point.auc), point.name);
            let end = |of: fn(Interval) -> f64| point.interval.map(|interval| of(interval).to_string());
            data.row([
                point.name.to_owned(),
                is_network.to_string(),
                milliseconds(point).to_string(),
                point.auc.to_string(),
                end(|interval| interval.low).unwrap_or_default(),
                end(|interval| interval.high).unwrap_or_default(),
            ]);
        }
    }
    Figure::new("cost", "Quality against cost", plot, data).told(
        "Area under the ROC curve of each classifier over the time it takes for a picture.",
        "Up is better, left is quicker: what lies below and to the right of another classifier has no advantage. Strokes are \
         95 % intervals.",
    )
}
