//! From labelled features to a detector.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::dataset::fingerprint;
use super::{Body, Classical, Dataset, Detector, DetectorError, FittedNetwork, LOGIT_COLUMN, Training};
use dftective_classify::{
    Calibration, CalibrationMethod, ClassifyError, Params, RejectThresholds, Report, Scaler, Scaling,
    Verdict, cross_fitted_scores, cross_validated_margins,
};
use dftective_evaluate::{Interval, Metrics, ProbabilityMetrics, group_numbers, stratified_folds};
use dftective_features::{ClassMoments, Families};

/// What to train.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainOptions {
    /// Classifier and parameters.
    pub classifier: Params,
    /// What is done to the features first.
    pub scaling: Scaling,
    /// How margins become scores.
    pub calibration: CalibrationMethod,
    /// Folds of the cross-validation that calibration, reject thresholds and held-out figures come from; at least 2.
    pub folds: usize,
    /// The share of wrong verdicts allowed among those that decide, in [0, 0.5]; sets the reject thresholds.
    pub error_rate: f64,
    /// Seed of folds and starts.
    pub seed: u64,
}

/// How well the classifier did on images it had not seen, over all folds. What depends on scores has them from
/// calibrations that had not seen the images either ([`cross_fitted_scores`]).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeldOutResult {
    /// Share of right decisions by the sign of the margin, as in the paper.
    pub accuracy: f64,
    /// Its 95 % interval (Wilson).
    pub accuracy_interval: Interval,
    /// Area under the ROC curve of the margins, each fold by its own model.
    pub auc: f64,
    /// Its 95 % interval (DeLong), where it has one: a perfect ranking has none.
    pub auc_interval: Option<Interval>,
    /// Mean squared error of the scores ([`ProbabilityMetrics::brier_score`]).
    pub brier_score: f64,
    /// [`ProbabilityMetrics::expected_calibration_error`] of the scores.
    pub expected_calibration_error: f64,
    /// [`ProbabilityMetrics::calibration_error_by_chance`] of the scores.
    pub calibration_error_by_chance: f64,
    /// Share of images that the reject thresholds leave undecided.
    pub undecided: f64,
}

/// A detector and how its solver ended.
pub struct Trained {
    /// The detector, fitted on all images.
    pub detector: Detector,
    /// How the final fit ended.
    pub report: Report,
    /// Folds whose solver did not converge.
    pub folds_not_converged: usize,
    /// The score of each image by the classifier and the calibration of folds without it: what the held-out figures
    /// and the reject thresholds come from.
    pub held_out_scores: Vec<f64>,
    /// The margins behind those scores.
    pub held_out_margins: Vec<f64>,
}

impl Detector {
    /// Fits a detector: cross-validated margins for calibration and held-out figures, scores of those margins by
    /// calibrations of the other folds for the thresholds, then scaler and classifier on all images. The same set, options
    /// and seed give the same detector on any number of threads.
    ///
    /// On scores that the calibration was fitted on, figures would be flattered (isotonic regression is never off on
    /// its own items) and the thresholds would let through more errors. The detector's calibration is fitted on all margins.
    ///
    /// # Errors
    /// Columns that do not fit the features or the selection, a class with fewer images (or groups) than folds,
    /// features that are not finite, parameters out of range, or a classifier whose held-out margins are no better than
    /// chance, over all folds or all but one, for which there is no honest score.
    pub fn train(set: &Dataset, options: &TrainOptions) -> Result<Trained, DetectorError> {
        let classifier = &options.classifier.clone().for_columns(&set.columns);
        let TrainOptions {
            scaling, folds, seed, ..
        } = options;
        set.check_columns()?;
        let fake = set.fake();
        let groups = group_numbers(&set.groups());
        let fold_of = stratified_folds(&fake, groups.as_deref(), *folds, *seed)?;
        let x = set.features.view();
        let held_out = cross_validated_margins(classifier, *scaling, x, &fake, &fold_of, *seed)?;
        let scaler = Scaler::fit(*scaling, x)?;
        let moments = ClassMoments::of(x, &fake).ok_or(ClassifyError::NoRows)?;
        let fitted = classifier.fit(scaler.transform(x).view(), &fake, *seed)?;

        let measured = Measured::of(&held_out.margins, &fake, &fold_of, options)?;
        let training = training(set, options, classifier.clone(), measured.figures);
        let classical = Classical {
            families: Families::new(set.selection.clone()),
            columns: set.columns.clone(),
            scaler,
            model: fitted.model,
            moments,
        };
        let detector = Detector {
            body: Body::Classical(Box::new(classical)),
            calibration: measured.calibration,
            thresholds: measured.thresholds,
            training,
        };
        let folds_not_converged = held_out.reports.iter().filter(|report| !report.converged).count();
        Ok(Trained {
            detector,
            report: fitted.report,
            folds_not_converged,
            held_out_scores: measured.scores,
            held_out_margins: held_out.margins,
        })
    }

    /// A detector from a network that was trained on images of `set`: `margins` are its logits of the images `held_out`,
    /// indices into `set`, which it has not learnt from. Calibration, thresholds and figures come from them; dealt into folds,
    /// they are calibrated for the figures by each other. The fingerprint is of those logits, as of the features of others.
    ///
    /// # Errors
    /// As [`Detector::train`].
    pub fn of_network(
        network: FittedNetwork,
        set: &Dataset,
        (held_out, margins): (&[usize], Vec<f64>),
        report: Report,
        options: &TrainOptions,
    ) -> Result<Trained, DetectorError> {
        let (fake, fold_of) = Self::held_out_folds(set, held_out, options)?;
        let measured = Measured::of(&margins, &fake, &fold_of, options)?;
        let mut training = training(set, options, options.classifier.clone(), measured.figures);
        training.held_out_images = Some(held_out.len() as u64);
        training.fingerprint = fingerprint([LOGIT_COLUMN], margins.iter().map(|logit| [logit]), &fake);
        let detector = Detector {
            body: Body::Network(Arc::new(network)),
            calibration: measured.calibration,
            thresholds: measured.thresholds,
            training,
        };
        Ok(Trained {
            detector,
            report,
            folds_not_converged: 0,
            held_out_scores: measured.scores,
            held_out_margins: margins,
        })
    }

    /// Whether images that a network has not learnt from are fake, and the folds in which [`Self::of_network`] calibrates by
    /// them; to be asked before hours of learning.
    ///
    /// # Errors
    /// Too few of them for these folds, or none of a class.
    pub fn held_out_folds(
        set: &Dataset,
        held_out: &[usize],
        options: &TrainOptions,
    ) -> Result<(Vec<bool>, Vec<usize>), DetectorError> {
        let fake: Vec<bool> = held_out.iter().map(|&item| set.samples[item].is_fake()).collect();
        let groups = group_numbers(&set.groups());
        let groups: Option<Vec<usize>> = groups.map(|all| held_out.iter().map(|&item| all[item]).collect());
        let fold_of = stratified_folds(&fake, groups.as_deref(), options.folds, options.seed)?;
        Ok((fake, fold_of))
    }
}

/// What margins of images not learnt from give.
struct Measured {
    calibration: Calibration,
    thresholds: RejectThresholds,
    figures: HeldOutResult,
    /// By calibrations of the other folds.
    scores: Vec<f64>,
}

impl Measured {
    fn of(
        margins: &[f64],
        fake: &[bool],
        fold_of: &[usize],
        options: &TrainOptions,
    ) -> Result<Self, DetectorError> {
        let method = options.calibration;
        let calibration = Calibration::fit(method, margins, fake)?;
        let scores = cross_fitted_scores(method, margins, fake, fold_of)?;
        let thresholds = RejectThresholds::fit(&scores, fake, options.error_rate)?;
        let by_sign = Metrics::from_scores(margins, fake, 0.0)?;
        let probability = ProbabilityMetrics::from_scores(&scores, fake)?;
        let undecided = scores
            .iter()
            .filter(|&&score| thresholds.decide(score) == Verdict::Uncertain);
        let undecided = undecided.count() as f64 / scores.len() as f64;
        Ok(Self {
            calibration,
            thresholds,
            figures: HeldOutResult {
                accuracy: by_sign.accuracy,
                accuracy_interval: by_sign.accuracy_interval,
                auc: by_sign.roc_auc.auc,
                auc_interval: by_sign.roc_auc.interval,
                brier_score: probability.brier_score,
                expected_calibration_error: probability.expected_calibration_error,
                calibration_error_by_chance: probability.calibration_error_by_chance,
                undecided,
            },
            scores,
        })
    }
}

fn training(set: &Dataset, options: &TrainOptions, classifier: Params, held_out: HeldOutResult) -> Training {
    let fakes = set.samples.iter().filter(|sample| sample.is_fake()).count() as u64;
    Training {
        crate_version: env!("CARGO_PKG_VERSION").to_owned(),
        classifier,
        seed: options.seed,
        folds: options.folds,
        held_out_images: None,
        real: set.samples.len() as u64 - fakes,
        fake: fakes,
        fingerprint: set.fingerprint(),
        conditions: set.conditions(),
        held_out,
    }
}
