//! Numbers as text, always in the same way.

use super::{Interval, Metric};

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

/// A metric as it is usually given: areas and F1 as a number, the others as a percentage. Only precision can be
/// undefined.
pub fn metric_value(metric: Metric, value: Option<f64>, interval: Option<Interval>) -> String {
    let Some(value) = value else {
        return "none called fake".to_owned();
    };
    match (is_share(metric), interval) {
        (false, interval) => three_decimals_with_interval(value, interval),
        (true, Some(interval)) => percent_with_interval(value, interval),
        (true, None) => percent(value),
    }
}

/// A difference of a metric, with its sign and interval; shares in percentage points.
pub fn metric_difference(metric: Metric, difference: Option<f64>, interval: Option<Interval>) -> String {
    let Some(difference) = difference else {
        return "—".to_owned();
    };
    let text = |value: f64| {
        // Rounding errors must not decide how a half is shown, nor put a sign before 0.
        let value = (value * 1e9).round() / 1e9 + 0.0;
        if is_share(metric) {
            format!("{:+.1}", 100.0 * value)
        } else {
            format!("{value:+.3}")
        }
    };
    let unit = if is_share(metric) { " points" } else { "" };
    match interval {
        Some(Interval { low, high }) => {
            format!("{}{unit} ({} to {})", text(difference), text(low), text(high))
        }
        None => format!("{}{unit}", text(difference)),
    }
}

fn is_share(metric: Metric) -> bool {
    !matches!(metric, Metric::F1 | Metric::RocAuc | Metric::AveragePrecision)
}

/// A p-value: three decimals, and not 0.000.
pub fn p_value(p: f64) -> String {
    if p < 0.001 {
        "below 0.001".to_owned()
    } else {
        three_decimals(p)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_have_their_own_units() {
        let interval = Some(Interval {
            low: -0.012,
            high: 0.25,
        });
        let difference = |metric, value| metric_difference(metric, value, interval);
        assert_eq!(
            difference(Metric::Recall, Some(0.1)),
            "+10.0 points (-1.2 to +25.0)"
        );
        assert_eq!(
            difference(Metric::RocAuc, Some(-0.01)),
            "-0.010 (-0.012 to +0.250)"
        );
        // 0.95 − 0.9625 is a little more than 1/80, its twin is not.
        for value in [0.95 - 0.9625, -0.0125] {
            assert_eq!(
                metric_difference(Metric::Recall, Some(value), None),
                "-1.2 points"
            );
        }
        assert_eq!(metric_difference(Metric::F1, Some(-1e-17), None), "+0.000");
        assert_eq!(difference(Metric::Precision, None), "—");
        assert_eq!(metric_difference(Metric::F1, Some(0.0), None), "+0.000");
        assert_eq!(metric_value(Metric::Precision, None, None), "none called fake");
        assert_eq!(metric_value(Metric::Recall, Some(0.5), None), "50.0 %");
        assert_eq!(metric_value(Metric::RocAuc, Some(0.5), None), "0.500");
        assert_eq!(
            (p_value(0.0004), p_value(0.02149)),
            ("below 0.001".to_owned(), "0.021".to_owned())
        );
    }

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
