//! Numbers as text, always in the same way.

use crate::evaluate::Interval;

/// A fraction as a percentage with one decimal: `0.873` is `87.3 %`.
pub fn percent(fraction: f64) -> String {
    format!("{:.1} %", 100.0 * fraction)
}

/// A fraction with its interval: `87.3 % (83.1 to 90.6)`.
pub fn percent_with_interval(fraction: f64, interval: Interval) -> String {
    format!(
        "{} ({:.1} to {:.1})",
        percent(fraction),
        100.0 * interval.low,
        100.0 * interval.high
    )
}

/// A number in [0, 1] with three decimals, as areas under curves are usually given.
pub fn three_decimals(value: f64) -> String {
    format!("{value:.3}")
}

/// A number in [0, 1] with its interval: `0.912 (0.884 to 0.940)`; a perfect one has none.
pub fn three_decimals_with_interval(value: f64, interval: Option<Interval>) -> String {
    match interval {
        Some(Interval { low, high }) => format!("{value:.3} ({low:.3} to {high:.3})"),
        None => three_decimals(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        let interval = Interval {
            low: 0.8309,
            high: 0.9,
        };
        assert_eq!(percent_with_interval(0.8731, interval), "87.3 % (83.1 to 90.0)");
        assert_eq!(
            three_decimals_with_interval(0.9, Some(interval)),
            "0.900 (0.831 to 0.900)"
        );
        assert_eq!(three_decimals_with_interval(1.0, None), "1.000");
    }
}
