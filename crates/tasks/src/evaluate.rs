//! How good detectors are on labelled images that they have not seen.

use std::path::PathBuf;

use dftective_classify::Verdict;
use dftective_datasets::GroupBy;
use dftective_decode::Limits;
use dftective_detector::{Dataset, Detector, DetectorSet};
use dftective_evaluate::{
    Bootstrap, BootstrapOptions, ClassHistogram, Judged, Metrics, ProbabilityMetrics, SourceResult, Verdicts,
    group_numbers, operating_points,
};
use dftective_report::{
    DataSummary, Embedding, Evaluation, HISTOGRAM_BINS, MemberResult, Mistake, SchemaVersion, ScoresFrom,
    Spectra, Videos,
};

use dftective_sample::LabelWords;

use crate::answers::{Answer, Model, answers, scored};
use crate::{Context, TaskError};

/// Calibrated scores from here on are called fake.
pub const THRESHOLD: f64 = 0.5;

/// What is to be evaluated, and how.
#[derive(Clone, Debug, Default)]
pub struct EvaluateRequest {
    /// Labelled data, see [`read_dataset`](crate::read_dataset).
    pub data: PathBuf,
    /// Which of its labels mean what.
    pub labels: LabelWords,
    /// What the result calls the detectors.
    pub model: String,
    /// What is measured besides the images one by one.
    pub extras: Extras,
    /// What an image may cost.
    pub limits: Limits,
}

/// What is measured besides the images one by one.
#[derive(Clone, Debug, Default)]
pub struct Extras {
    /// Groups, such as videos, that are judged as wholes, too.
    pub group_by: Option<GroupBy>,
    /// Draws for intervals of every metric.
    pub bootstrap: Option<BootstrapOptions>,
    /// Whether the features are put on a map.
    pub map: bool,
    /// Of images shown small.
    pub limits: Limits,
    /// Whether images outside the detector's domain are decided, too.
    pub force: bool,
    /// The command, for the record.
    pub command: Vec<String>,
}

/// Asks the detectors about each image and counts. Where they are several, each image is judged by the one that it
/// resembles, and the result says how many each judged, and how well.
///
/// # Errors
/// Data that cannot be read or are of one class only; groups that cannot be made; cancelled.
pub fn evaluate(
    request: &EvaluateRequest,
    detectors: &DetectorSet,
    context: &Context<'_>,
) -> Result<Evaluation, TaskError> {
    let model = Model {
        name: &request.model,
        detectors,
    };
    let mut found = answers(&request.data, &request.labels, &[model], request.limits, context)?;
    let data = request.data.display().to_string();
    group(&mut found.dataset, &request.extras).map_err(|error| error.of(&data))?;
    let answers = found.of_models.pop().unwrap_or_default();
    counted(
        detectors.detectors(),
        &found.dataset,
        &answers,
        ScoresFrom::Detector,
        (request.model.clone(), data),
        &request.extras,
    )
}

/// The same of features that are at hand.
///
/// # Errors
/// Other features than the detector's; features of one class only; groups that cannot be made.
pub fn evaluate_dataset(
    detector: &Detector,
    mut dataset: Dataset,
    names: (String, String),
    extras: &Extras,
) -> Result<Evaluation, TaskError> {
    let answers = scored(detector, &dataset)?;
    group(&mut dataset, extras)?;
    let detectors = std::slice::from_ref(detector);
    counted(detectors, &dataset, &answers, ScoresFrom::Detector, names, extras)
}

/// An evaluation of scores that are known already: those of images held out when the detector was trained.
///
/// # Errors
/// Scores of one class only; groups that cannot be made.
pub fn evaluate_held_out(
    detector: &Detector,
    dataset: &Dataset,
    (scores, folds): (&[f64], usize),
    names: (String, String),
    extras: &Extras,
) -> Result<Evaluation, TaskError> {
    let answers: Vec<Answer> = scores.iter().map(|&score| Answer { member: 0, score }).collect();
    let detectors = std::slice::from_ref(detector);
    counted(
        detectors,
        dataset,
        &answers,
        ScoresFrom::HeldOutFolds(folds),
        names,
        extras,
    )
}

pub(crate) fn group(dataset: &mut Dataset, extras: &Extras) -> Result<(), TaskError> {
    if let Some(by) = &extras.group_by {
        by.apply(&mut dataset.samples)?;
    }
    Ok(())
}

fn counted(
    detectors: &[Detector],
    dataset: &Dataset,
    answers: &[Answer],
    scores_from: ScoresFrom,
    (model, data): (String, String),
    extras: &Extras,
) -> Result<Evaluation, TaskError> {
    let scores: Vec<f64> = answers.iter().map(|answer| answer.score).collect();
    let scores = scores.as_slice();
    let fake = dataset.fake();
    let metrics = Metrics::from_scores(scores, &fake, THRESHOLD)?;
    let groups = group_numbers(&dataset.groups());
    let option = |name: &'static str| move |error: TaskError| error.of(name);
    let bootstrap = extras
        .bootstrap
        .map(|options| Bootstrap::of(scores, &fake, THRESHOLD, groups.as_deref(), options))
        .transpose()
        .map_err(TaskError::from)
        .map_err(option("--bootstrap"))?;
    let videos = extras.group_by.as_ref().map(|by| {
        // An image without a group is one of its own.
        let names: Vec<String> = dataset
            .samples
            .iter()
            .map(|sample| sample.group.clone().unwrap_or_else(|| sample.name()))
            .collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        Videos::of(by.to_string(), scores, &fake, &names, THRESHOLD, extras.bootstrap)
    });
    let videos = videos
        .transpose()
        .map_err(TaskError::from)
        .map_err(option("--group-by"))?;
    let judged: Vec<Judged> = answers
        .iter()
        .zip(&dataset.samples)
        .map(|(answer, sample)| {
            let detector = &detectors[answer.member];
            let verdict = if !extras.force && detector.is_out_of_domain(&sample.file) {
                Verdict::Uncertain
            } else {
                detector.thresholds().decide(answer.score)
            };
            Judged {
                sample,
                score: answer.score,
                verdict,
            }
        })
        .collect();
    // Of several detectors the first stands in the record, and each in a row of its own.
    let detector = &detectors[0];
    let training = detector.training();
    let map = || Embedding::of(dataset.features.view(), &fake, training.seed);
    let has_features = !dataset.columns.is_empty();
    Ok(Evaluation {
        schema_version: SchemaVersion,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        command: extras.command.clone(),
        model,
        scores_from,
        training_fingerprint: training.fingerprint.clone(),
        classifier: training.classifier.name().to_owned(),
        parameters: training.classifier.clone(),
        training_seed: training.seed,
        calibration: detector.calibration().method(),
        recipe: detector.body().to_string(),
        data,
        summary: DataSummary::of_dataset(dataset),
        spectra: has_features.then(|| Spectra::of_dataset(dataset)).flatten(),
        images: judged.len(),
        metrics,
        curve: operating_points(scores, &fake)?,
        histogram: ClassHistogram::of(scores, &fake, 0.0, 1.0, HISTOGRAM_BINS),
        thresholds: detector.thresholds(),
        mistakes: Mistake::worst(&dataset.samples, scores, &fake, THRESHOLD, &extras.limits),
        embedding: (extras.map && has_features).then(map).flatten(),
        probability: ProbabilityMetrics::from_scores(scores, &fake)?,
        verdicts: Verdicts::count(&judged, detector.thresholds().error_rate),
        sources: SourceResult::of(&judged)?,
        members: members(detectors, answers, &fake),
        grouped: groups.is_some(),
        bootstrap,
        videos,
        failures: dataset.failures.clone(),
    })
}

/// What each of several detectors judged; none of one.
fn members(detectors: &[Detector], answers: &[Answer], fake: &[bool]) -> Vec<MemberResult> {
    if detectors.len() < 2 {
        return Vec::new();
    }
    let of_member = |(member, detector): (usize, &Detector)| {
        let own = answers
            .iter()
            .zip(fake)
            .filter(|(answer, _)| answer.member == member);
        let (scores, labels): (Vec<f64>, Vec<bool>) = own.map(|(answer, &fake)| (answer.score, fake)).unzip();
        MemberResult::of(
            detector.training().classifier.name(),
            &detector.body().to_string(),
            &scores,
            &labels,
            THRESHOLD,
        )
    };
    detectors.iter().enumerate().map(of_member).collect()
}
