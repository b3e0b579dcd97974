//! A detector as text.

use std::fmt;

use super::{Detector, Training};
use crate::report::{percent, percent_with_interval, three_decimals_with_interval};

/// What it is and what it is worth, for a terminal.
impl fmt::Display for Detector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Training {
            classifier,
            folds,
            real,
            fake,
            held_out,
            fingerprint,
            ..
        } = self.training();
        let band = self.band();
        let side =
            |bound: Option<f64>| bound.map_or_else(|| "never".to_owned(), |score| format!("{score:.3}"));
        writeln!(f, "classifier   {}", classifier.name())?;
        writeln!(
            f,
            "recipe       {} ({} features)",
            self.recipe(),
            self.columns().len()
        )?;
        writeln!(f, "images       {real} real, {fake} fake")?;
        let (accuracy, interval) = (held_out.accuracy, held_out.accuracy_interval);
        writeln!(
            f,
            "accuracy     {} on held-out images ({folds} folds)",
            percent_with_interval(accuracy, interval)
        )?;
        let auc = three_decimals_with_interval(held_out.auc, held_out.auc_interval);
        writeln!(f, "ROC AUC      {auc}; guessing gives 0.500")?;
        writeln!(
            f,
            "verdicts     real up to score {}, fake from score {}: at most {} wrong, {} of images uncertain",
            side(band.low),
            side(band.high),
            percent(band.error_rate),
            percent(held_out.undecided)
        )?;
        writeln!(f, "fingerprint  {fingerprint} of the training features")
    }
}
