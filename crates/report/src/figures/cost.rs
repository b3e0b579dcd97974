//! Quality against cost.

use crate::draw::{Axis, Colour, Csv, Figure, Key, Plot};
use dftective_evaluate::Interval;

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

/// The area under the ROC curve of each classifier, the quickest on top.
pub fn quality_and_cost(points: &[CostPoint]) -> Figure {
    let mut sorted: Vec<&CostPoint> = points.iter().collect();
    sorted.sort_by(|a, b| b.seconds.total_cmp(&a.seconds));
    let names: Vec<String> = sorted
        .iter()
        .map(|point| format!("{} ms: {}", two_digits(1e3 * point.seconds), point.name))
        .collect();
    let lowest = sorted
        .iter()
        .map(|point| point.interval.map_or(point.auc, |interval| interval.low))
        .fold(0.5, f64::min);
    let mut plot = Plot::new(
        Axis::linear("area under the ROC curve", (lowest * 10.0).floor() / 10.0, 1.0),
        Axis::names("", names.iter().map(String::as_str)),
        30.0 * sorted.len() as f64 + 12.0,
    );
    let mut data = Csv::new(&["classifier", "network", "milliseconds", "auc", "low", "high"]);
    for (is_network, colour, kind) in [
        (false, Colour::Series(0), "classical"),
        (true, Colour::Series(1), "network"),
    ] {
        let of_kind = sorted.iter().enumerate();
        let rows: Vec<_> = of_kind
            .filter(|(_, point)| point.is_network == is_network)
            .map(|(row, point)| (row as f64, point))
            .collect();
        if rows.is_empty() {
            continue;
        }
        let whiskers: Vec<_> = rows
            .iter()
            .filter_map(|(row, point)| {
                let interval = point.interval?;
                Some(((interval.low, *row), (interval.high, *row)))
            })
            .collect();
        plot.whiskers(colour, &whiskers);
        let dots: Vec<_> = rows.iter().map(|(row, point)| (point.auc, *row)).collect();
        plot.dots(colour, &dots);
        plot.key(Key::Dot, colour, kind);
    }
    for point in points {
        let end = |of: fn(Interval) -> f64| {
            let end = point.interval.map(|interval| of(interval).to_string());
            end.unwrap_or_default()
        };
        data.row([
            point.name.to_owned(),
            point.is_network.to_string(),
            (1e3 * point.seconds).to_string(),
            point.auc.to_string(),
            end(|interval| interval.low),
            end(|interval| interval.high),
        ]);
    }
    Figure::new("cost", "Quality against cost", plot, data).described(
        "Area under the ROC curve of each classifier, the quickest on top.",
        "Before each name stands the time that one core takes for a picture, from file to margin; the quickest is on top. \
         Whatever has a quicker one to its right has no advantage. Strokes are 95 % intervals.",
    )
}

/// A number with two significant digits.
fn two_digits(value: f64) -> String {
    if value >= 9.95 {
        format!("{value:.0}")
    } else if value >= 0.995 {
        format!("{value:.1}")
    } else {
        format!("{value:.2}")
    }
}
