//! An image's margin, score, verdict and notes.

use super::{Detector, DetectorError, Note};
use crate::classify::Verdict;
use crate::decode::Decoded;
use crate::features::Workspace;

/// What a detector says of one image.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// Raw decision value, positive for fake; unit and scale depend on the classifier.
    pub margin: f64,
    /// Calibrated probability of fake, in [0, 1].
    pub score: f64,
    /// Fake, real, or uncertain at the detector's stated error rate.
    pub verdict: Verdict,
    /// What weakens the verdict.
    pub notes: Vec<Note>,
}

impl Detector {
    /// Judges one image.
    ///
    /// # Errors
    /// An image without the detector's features, or with another number of them; a margin that is not finite.
    pub fn judge(&self, image: &Decoded, workspace: &mut Workspace) -> Result<Judgement, DetectorError> {
        let mut features = Vec::with_capacity(self.columns.len());
        self.families.extract(image, workspace, &mut features)?;
        if features.len() != self.columns.len() {
            let (width, height) = image.luma.dimensions();
            let (expected, found) = (self.columns.len(), features.len());
            return Err(DetectorError::FeatureCount {
                expected,
                found,
                width,
                height,
            });
        }
        let (margin, score) = self.score(&mut features)?;
        let notes = Note::of(image, &self.training.conditions, workspace);
        Ok(Judgement {
            margin,
            score,
            verdict: self.band.decide(score),
            notes,
        })
    }

    /// Margin and score of a feature vector, which is scaled in place.
    ///
    /// # Errors
    /// A margin that is not finite.
    ///
    /// # Panics
    /// If there are not as many features as the detector has columns.
    pub fn score(&self, features: &mut [f64]) -> Result<(f64, f64), DetectorError> {
        self.scaler.transform_row(features);
        let margin = self.model.margin(features);
        if !margin.is_finite() {
            return Err(DetectorError::Margin { margin });
        }
        Ok((margin, self.calibration.score(margin)))
    }
}
