//! The figures of reports and of inspection, each from a part of a record.

mod comparison;
mod cost;
mod curves;
mod inspection;
mod learning;
mod map;
mod scores;
mod sources;
mod spectra;

pub use comparison::{both_detection_error, both_roc, differences, score_pairs};
pub use cost::{CostPoint, quality_and_cost};
pub use curves::{IntervalBasis, detection_error, precision_recall, roc};
pub use inspection::{contributions, dct_patterns, deviation, log_spectrum, profile};
pub use learning::{LearningCurve, PublishedPoint, learning};
pub use map::maps;
pub use scores::{histogram, reliability};
pub use sources::{Share, shares};
pub use spectra::{by_class, by_source, separation};

#[cfg(test)]
mod tests;

use super::draw::Axis;

/// What an axis of frequencies is called.
const FREQUENCY: &str = "spatial frequency (% of the highest)";

/// What a reader must know of such an axis.
const FREQUENCY_NOTE: &str = "Frequencies run from coarse shapes on the left to the finest detail on the right: in a \
    square picture 71 % is a pattern that repeats every two pixels along rows or columns, 100 % its diagonal twin.";

/// What a reader must know of an axis of 20 ln(amplitude).
const LOG_NOTE: &str = "Up is stronger: 14 units are twice the amplitude.";

fn frequencies() -> Axis {
    Axis::percent(FREQUENCY, 0.0, 1.0)
}

/// Ends of an axis that holds the values, with a little air.
fn ends(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (low, high) = values
        .filter(|value| value.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(value), high.max(value))
        });
    let air = 0.04 * (high - low);
    (low - air, high + air)
}
