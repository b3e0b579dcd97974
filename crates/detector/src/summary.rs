//! A detector as text.

use std::fmt;

use super::{Body, Detector, Training};
use dftective_classify::CalibrationMethod;
use dftective_evaluate::{percent, percent_with_interval, three_decimals, three_decimals_with_interval};

/// What it is and what it is worth, for a terminal.
impl fmt::Display for Detector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let training @ Training {
            folds,
            held_out_images,
            real,
            fake,
            held_out,
            ..
        } = self.training();
        let thresholds = self.thresholds();
        let accuracy = percent_with_interval(held_out.accuracy, held_out.accuracy_interval);
        let auc = three_decimals_with_interval(held_out.auc, held_out.auc_interval);
        let real_side = thresholds
            .low
            .map_or_else(|| "never real".to_owned(), |low| format!("real up to {low:.3}"));
        let fake_side = thresholds
            .high
            .map_or_else(|| "never fake".to_owned(), |high| format!("fake from {high:.3}"));
        let (error_rate, undecided) = (percent(thresholds.error_rate), percent(held_out.undecided));

        writeln!(f, "classifier   {}", training.classifier.name())?;
        match self.body() {
            Body::Network(network) => writeln!(f, "sees         {network}")?,
            Body::Classical(classical) => writeln!(
                f,
                "recipe       {} ({} features)",
                classical.selection(),
                classical.columns().len()
            )?,
        }
        writeln!(f, "images       {real} real, {fake} fake")?;
        match held_out_images {
            None => writeln!(f, "accuracy     {accuracy} on held-out images ({folds} folds)")?,
            Some(images) => writeln!(
                f,
                "accuracy     {accuracy} on {images} images held out (one of {folds} folds)"
            )?,
        }
        writeln!(f, "ROC AUC      {auc}; guessing gives 0.500")?;
        let method = match self.calibration().method() {
            CalibrationMethod::Platt => "Platt's sigmoid",
            CalibrationMethod::Isotonic => "isotonic regression",
        };
        writeln!(
            f,
            "calibration  {method}, scores off by {} on average; by chance alone about {}",
            three_decimals(held_out.expected_calibration_error),
            three_decimals(held_out.calibration_error_by_chance)
        )?;
        writeln!(
            f,
            "Brier score  {}; perfect is 0, always saying ½ gives 0.250",
            three_decimals(held_out.brier_score)
        )?;
        writeln!(
            f,
            "verdicts     {real_side}, {fake_side}: set for at most {error_rate} wrong, {undecided} left uncertain"
        )?;
        writeln!(
            f,
            "fingerprint  {} of the training features",
            training.fingerprint
        )
    }
}
