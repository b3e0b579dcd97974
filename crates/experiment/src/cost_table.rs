//! Costs beside the quality they buy, as a table.

use super::{Cost, Measured};
use dftective_evaluate::Interval;
use dftective_report::{Align, three_decimals};

impl Cost {
    pub(super) const COLUMNS: [(&str, Align); 6] = [
        ("classifier", Align::Left),
        ("accuracy (95 %)", Align::Right),
        ("ROC AUC (95 %)", Align::Right),
        ("learning", Align::Right),
        ("images/s", Align::Right),
        ("size", Align::Right),
    ];

    /// A row of a table of them, for what `measured` says beside it.
    pub(super) fn cells(&self, measured: &Measured) -> [String; 6] {
        let percent = |fraction: f64| format!("{:.1}", 100.0 * fraction);
        let area = three_decimals(measured.auc.mean);
        let auc = match measured.auc_interval {
            None => area,
            Some(Interval { low, high }) => {
                format!("{area} ({} to {})", three_decimals(low), three_decimals(high))
            }
        };
        [
            measured.classifier.clone(),
            format!(
                "{} ({} to {})",
                percent(measured.accuracy.mean),
                percent(measured.interval.low),
                percent(measured.interval.high)
            ),
            auc,
            seconds(self.fit_seconds),
            format!("{:.1}", 1.0 / self.score_seconds.max(1e-9)),
            size(self.bytes),
        ]
    }
}

/// Seconds, or minutes where there are many.
fn seconds(value: f64) -> String {
    if value < 100.0 {
        format!("{value:.1} s")
    } else {
        format!("{:.1} min", value / 60.0)
    }
}

/// Kilobytes or megabytes, of 1000.
fn size(bytes: usize) -> String {
    let bytes = bytes as f64;
    if bytes < 1e6 {
        format!("{:.1} kB", bytes / 1e3)
    } else {
        format!("{:.1} MB", bytes / 1e6)
    }
}
