//! What every threshold would do.

use crate::draw::{Axis, Colour, Csv, Figure, Key, Plot};
use crate::{percent, three_decimals_with_interval};
use dftective_evaluate::{Interval, OperatingPoint};

/// The figures' data, a column each.
const COLUMNS: [&str; 10] = [
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
];

fn cells(point: &OperatingPoint) -> [String; COLUMNS.len()] {
    let (reals, fakes) = (point.false_positive_interval, point.true_positive_interval);
    let called = point.precision_interval;
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
    .map(|value| value.map_or_else(String::new, |value| value.to_string()))
}

fn data(points: &[OperatingPoint]) -> Csv {
    let mut data = Csv::new(&COLUMNS);
    for point in points {
        data.row(cells(point));
    }
    data
}

/// The data of several curves, each with its name.
pub(super) fn of_several<'a>(curves: impl Iterator<Item = (&'a str, &'a Vec<OperatingPoint>)>) -> Csv {
    let mut header = vec!["detector"];
    header.extend(COLUMNS);
    let mut data = Csv::new(&header);
    for (name, points) in curves {
        for point in points {
            data.row(std::iter::once(name.to_owned()).chain(cells(point)));
        }
    }
    data
}

/// The point at which calls are made: the last one whose threshold is not below.
fn called_at(points: &[OperatingPoint], threshold: f64) -> Option<&OperatingPoint> {
    let above = |point: &&OperatingPoint| point.threshold.is_none_or(|value| value >= threshold);
    points.iter().rfind(above)
}

/// What the intervals of points stand on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IntervalBasis {
    /// Images that are independent of each other.
    Images,
    /// Tests of images, or of groups of them, each of which counts once however often it was tested.
    Repeated,
    /// Images that depend on each other: intervals would be too narrow and are not drawn.
    Dependent,
}

/// A closed line.
pub(super) type Outline = Vec<(f64, f64)>;

impl IntervalBasis {
    fn is_drawn(self) -> bool {
        self != Self::Dependent
    }

    /// The outline of the intervals about a ROC curve.
    pub(super) fn roc_band(self, points: &[OperatingPoint]) -> Option<Outline> {
        let (first, last) = (points.first()?, points.last()?);
        let [low, high] = [
            |interval: Interval| interval.low,
            |interval: Interval| interval.high,
        ];
        let corner = |point: &OperatingPoint, of: [fn(Interval) -> f64; 2]| {
            (
                of[0](point.false_positive_interval),
                of[1](point.true_positive_interval),
            )
        };
        let above = points.iter().map(|point| corner(point, [low, high]));
        let below = points.iter().rev().map(|point| corner(point, [high, low]));
        // Both ends are whole rectangles.
        let (end, start) = (corner(last, [high, high]), corner(first, [low, low]));
        let outline = above.chain([end]).chain(below).chain([start]);
        self.is_drawn().then(|| outline.collect())
    }

    /// The outline of those about a detection-error curve.
    pub(super) fn error_band(self, points: &[OperatingPoint]) -> Option<Outline> {
        let outline = self.roc_band(points)?;
        Some(
            outline
                .into_iter()
                .map(|(reals, fakes)| (reals, 1.0 - fakes))
                .collect(),
        )
    }

    /// What a reader must know of them.
    pub(super) fn note(self) -> &'static str {
        match self {
            Self::Images => {
                "The pale band is the 95 % interval of each point, as if images were independent."
            }
            Self::Repeated => {
                "The pale band is the 95 % interval of each point; a picture, or a video, counts once for it however \
                 often it was tested."
            }
            Self::Dependent => "",
        }
    }
}

/// The ROC curve with its area; calls are made at `threshold`.
pub fn roc(
    points: &[OperatingPoint],
    area: (f64, Option<Interval>),
    threshold: f64,
    basis: IntervalBasis,
) -> Figure {
    let mut plot = Plot::square(
        Axis::percent("reals called fake (%)", 0.0, 1.0),
        Axis::percent("fakes called fake (%)", 0.0, 1.0),
    );
    if let Some(outline) = basis.roc_band(points) {
        plot.region(Colour::Series(0), &outline);
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
    let note = basis.note();
    Figure::new("roc", "Finding fakes against accusing reals (ROC)", plot, data(points)).described(
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
    basis: IntervalBasis,
) -> Figure {
    let mut plot = Plot::square(
        Axis::percent("fakes called fake: recall (%)", 0.0, 1.0),
        Axis::percent("truly fake of those called: precision (%)", 0.0, 1.0),
    );
    let found = |point: &OperatingPoint| Some((point.true_positive_rate, point.precision?));
    if basis.is_drawn() {
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
    let note = basis.note();
    Figure::new("precision-recall", "How far a call of fake can be trusted", plot, data(points)).described(
        format!("Precision over recall; average precision {average:.3}."),
        format!(
            "Of the pictures called fake, how many truly are (up), depending on how many of the fakes are to be found \
             (right). Average precision: {average:.3}. It holds for {share} fakes among the pictures, as here: where \
             fakes are rarer, more of the calls are wrong. {note}"
        ),
    )
}

/// Both kinds of error on normal-quantile axes.
pub fn detection_error(points: &[OperatingPoint], equal_error_rate: f64, basis: IntervalBasis) -> Figure {
    let mut plot = Plot::square(
        Axis::probit("reals called fake (%)"),
        Axis::probit("fakes called real (%)"),
    );
    if let Some(outline) = basis.error_band(points) {
        plot.region(Colour::Series(0), &outline);
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
    let note = basis.note();
    Figure::new("detection-error", "The two kinds of error (DET)", plot, data(points)).described(
        format!("Detection-error trade-off; both kinds of error are equal at {rate}."),
        format!(
            "Fakes that slip through (up) against reals wrongly accused (right). The axes stretch small rates so that \
             they can be read; the nearer to the lower left corner, the better. Both errors are equally frequent at \
             {rate}. Rates beyond the axes (below 0.1 %) are drawn at their ends. {note}"
        ),
    )
}
