//! An image's margin, score, verdict and notes.

use super::{Body, Detector, DetectorError, Note};
use dftective_classify::Verdict;
use dftective_decode::Decoded;
use dftective_features::{Workspace, file_facts};
use dftective_sample::FileFacts;

/// What a detector says of one image.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// Raw decision value, positive for fake; unit and scale depend on the classifier.
    pub margin: f64,
    /// Calibrated probability of fake, in [0, 1].
    pub score: f64,
    /// Fake, real, or uncertain at the detector's stated error rate. Uncertain also for an image outside the conditions
    /// that the detector was trained under, or of a damaged file, of which its error rate says nothing.
    pub verdict: Verdict,
    /// What the score alone would say, for those who want to hear it of an image outside those conditions.
    pub by_score: Verdict,
    /// Whether a note says that the image lies outside, or that its file is damaged.
    pub is_out_of_domain: bool,
    /// What weakens the verdict.
    pub notes: Vec<Note>,
}

impl Detector {
    /// Judges one image.
    ///
    /// # Errors
    /// An image without the detector's features, or with another number of them; a margin that is not finite.
    pub fn judge(&self, image: &Decoded, workspace: &mut Workspace) -> Result<Judgement, DetectorError> {
        let file = file_facts(image, workspace);
        self.judge_file(image, &file, workspace)
    }

    /// The same where what is known of the file was found before.
    pub(super) fn judge_file(
        &self,
        image: &Decoded,
        file: &FileFacts,
        workspace: &mut Workspace,
    ) -> Result<Judgement, DetectorError> {
        let margin = self.margin(image, workspace)?;
        let score = self.calibration.score(margin);
        let mut notes = Note::of(file, &self.training.conditions);
        notes.extend(image.source.remarks.iter().cloned().map(Note::Decoder));
        let by_score = self.thresholds.decide(score);
        let is_out_of_domain = notes.iter().any(Note::is_out_of_domain);
        Ok(Judgement {
            margin,
            score,
            verdict: if is_out_of_domain {
                Verdict::Uncertain
            } else {
                by_score
            },
            by_score,
            is_out_of_domain,
            notes,
        })
    }

    /// Whether an image lies outside the conditions that the detector was trained under, as far as they are known, or its
    /// file is damaged or does not hold all of it.
    pub fn is_out_of_domain(&self, file: &FileFacts) -> bool {
        let notes = Note::of(file, &self.training.conditions);
        file.is_defective || notes.iter().any(Note::is_out_of_domain)
    }

    /// The margin of an image.
    ///
    /// # Errors
    /// As [`Self::judge`].
    pub fn margin(&self, image: &Decoded, workspace: &mut Workspace) -> Result<f64, DetectorError> {
        finite(match &self.body {
            Body::Classical(classical) => classical.margin(&mut classical.features(image, workspace)?),
            Body::Network(network) => network.logit(image)?,
        })
    }

    /// Margin and score of a row of [`Self::inputs`]: a feature vector, which is scaled in place, or a network's logit.
    ///
    /// # Errors
    /// A margin that is not finite.
    ///
    /// # Panics
    /// If the row is not as long as the detector has columns.
    pub fn score(&self, row: &mut [f64]) -> Result<(f64, f64), DetectorError> {
        let margin = finite(match &self.body {
            Body::Classical(classical) => classical.margin(row),
            Body::Network(_) => row[0],
        })?;
        Ok((margin, self.calibration.score(margin)))
    }
}

/// A margin that has a score.
pub(super) fn finite(margin: f64) -> Result<f64, DetectorError> {
    if margin.is_finite() {
        Ok(margin)
    } else {
        Err(DetectorError::Margin { margin })
    }
}
