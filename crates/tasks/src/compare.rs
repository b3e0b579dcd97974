//! Whether one detector is better than another on the same images.

use std::path::PathBuf;

use dftective_datasets::GroupBy;
use dftective_decode::Limits;
use dftective_evaluate::{
    BootstrapOptions, PairedBootstrap, delong_test, group_numbers, mcnemar_test, operating_points,
};
use dftective_report::{Agreement, ComparedDetector, Comparison, Disagreement, SchemaVersion, ScorePairs};
use dftective_sample::LabelWords;

use crate::answers::{Answer, Model, answers};
use crate::evaluate::{Extras, THRESHOLD, group};
use crate::{Context, TaskError};

/// What is to be compared, and how.
#[derive(Clone, Debug)]
pub struct CompareRequest {
    /// Labelled data, see [`read_dataset`](crate::read_dataset).
    pub data: PathBuf,
    /// Which of its labels mean what.
    pub labels: LabelWords,
    /// Images that belong together and are drawn together.
    pub group_by: Option<GroupBy>,
    /// Draws for the intervals.
    pub bootstrap: BootstrapOptions,
    /// What an image may cost.
    pub limits: Limits,
    /// The command, for the record.
    pub command: Vec<String>,
}

/// Asks both about each image, which is decoded once, and compares the answers. An image that one of them could not judge
/// says nothing of the difference; it is among the failures.
///
/// # Errors
/// Data that cannot be read or are of one class only; groups that cannot be made; cancelled.
pub fn compare(
    request: &CompareRequest,
    models: [Model<'_>; 2],
    context: &Context<'_>,
) -> Result<Comparison, TaskError> {
    let mut found = answers(&request.data, &request.labels, &models, request.limits, context)?;
    let data = request.data.display().to_string();
    let extras = Extras {
        group_by: request.group_by.clone(),
        ..Extras::default()
    };
    group(&mut found.dataset, &extras).map_err(|error| error.of(&data))?;
    let dataset = &found.dataset;
    let scores: Vec<Vec<f64>> = found
        .of_models
        .iter()
        .map(|answers| answers.iter().map(|answer: &Answer| answer.score).collect())
        .collect();
    let both = [scores[0].as_slice(), scores[1].as_slice()];
    let [x, y] = both;
    let labels = dataset.fake();
    let groups = group_numbers(&dataset.groups());
    let independent = groups.is_none();
    Ok(Comparison {
        schema_version: SchemaVersion,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        command: request.command.clone(),
        detectors: models.map(|model| described(&model)),
        data,
        images: labels.len(),
        bootstrap: PairedBootstrap::of(both, &labels, THRESHOLD, groups.as_deref(), request.bootstrap)?,
        delong: independent.then(|| delong_test(x, y, &labels)).transpose()?,
        mcnemar: independent
            .then(|| mcnemar_test(x, y, &labels, THRESHOLD))
            .transpose()?,
        curves: [operating_points(x, &labels)?, operating_points(y, &labels)?],
        agreement: Agreement::of(both, &labels, THRESHOLD),
        scores: ScorePairs::of(both, &labels, request.bootstrap.seed),
        disagreements: Disagreement::strongest(&dataset.samples, both, THRESHOLD, &request.limits),
        failures: dataset.failures.clone(),
    })
}

/// Of several detectors in one file all that differs is named.
fn described(model: &Model<'_>) -> ComparedDetector {
    let joined = |of: &dyn Fn(&dftective_detector::Detector) -> String| {
        let mut each: Vec<String> = model.detectors.detectors().iter().map(of).collect();
        each.dedup();
        each.join(" and ")
    };
    ComparedDetector {
        model: model.name.to_owned(),
        training_fingerprint: joined(&|detector| detector.training().fingerprint.clone()),
        classifier: joined(&|detector| detector.training().classifier.name().to_owned()),
        recipe: joined(&|detector| detector.body().to_string()),
    }
}
