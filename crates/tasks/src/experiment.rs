//! Running an experiment.

use std::path::{Path, PathBuf};
use std::time::Instant;

use dftective_batch::Extractor;
use dftective_datasets::{Input, is_archive, read_manifest};
use dftective_decode::Limits;
use dftective_detector::Dataset;
use dftective_experiment::{Data, DataRecord, Experiment, Found, Record};
use dftective_report::{Embedding, SchemaVersion};
use dftective_sample::{LabelWords, path_text};
use dftective_synth::{SynthParams, write_dataset};

use crate::data::{dataset_of_images, read_dataset, usable};
use crate::{Context, TaskError};

/// What is run, on what.
#[derive(Clone, Debug)]
pub struct ExperimentRequest {
    /// The experiment.
    pub experiment: Experiment,
    /// Its data: a folder in the published layout, published feature files or a folder with them, or what
    /// [`read_dataset`] takes. None for the pictures that the experiment makes itself.
    pub data: Option<PathBuf>,
    /// Which labels mean what.
    pub labels: LabelWords,
    /// What an image may cost.
    pub limits: Limits,
    /// Whether the features are put on a map.
    pub map: bool,
    /// The command, for the record.
    pub command: Vec<String>,
}

/// Fits every classifier of an experiment on every split of its data, and measures it on what is held out.
///
/// # Errors
/// No data where the experiment makes none; data that are not the experiment's; too few images; a classifier that cannot be
/// fitted; cancelled.
pub fn experiment(request: &ExperimentRequest, context: &Context<'_>) -> Result<Record, TaskError> {
    let started = Instant::now();
    let experiment = &request.experiment;
    let extractor =
        Extractor::new(experiment.selection(), request.limits).with_accelerator(context.accelerator.clone());
    // Networks read computed pictures again, so they stay until the end.
    let computed = tempfile::tempdir().map_err(TaskError::TemporaryFolder)?;
    let data = match (&request.data, &experiment.data.synthetic) {
        (Some(path), _) => given(request, path, &extractor, context)?,
        (None, Some(params)) => synthetic(params, &extractor, computed.path(), context)?,
        (None, None) => return Err(TaskError::NeedsData(experiment.title.clone())),
    };
    let data = data.with_limits(request.limits);
    let observer = context.observer;
    let on_fit = |done, all: usize| {
        if done == 0 {
            observer.begins("fits", Some(all as u64));
        } else {
            observer.advances();
        }
    };
    let measured = experiment.measure(&data, || context.cancel.is_cancelled(), on_fit)?;
    observer.ends();
    let measurements = measured.ok_or(TaskError::Cancelled)?;
    let map = || {
        let dataset = &data.dataset;
        Embedding::of(dataset.features.view(), &dataset.fake(), experiment.seed)
    };
    Ok(Record {
        schema_version: SchemaVersion,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        command: request.command.clone(),
        data: DataRecord::new(&data, request.data.as_deref().map(path_text)),
        experiment: experiment.clone(),
        measurements,
        embedding: request.map.then(map).flatten(),
        threads: rayon::current_num_threads(),
        seconds: started.elapsed().as_secs_f64(),
    })
}

/// The labelled features of what lies at `path`.
fn given(
    request: &ExperimentRequest,
    path: &Path,
    extractor: &Extractor,
    context: &Context<'_>,
) -> Result<Data, TaskError> {
    let words = &request.labels;
    Ok(
        match context.searching(words, |search| {
            request.experiment.find(path, search).map_err(TaskError::from)
        })? {
            Found::Features(data) => *data,
            Found::Images(inputs) => Data::new(
                "images in the published layout",
                of_images(inputs, extractor, path, context)?,
            ),
            Found::Elsewhere => {
                let kind = if path.is_dir() || is_archive(path) {
                    "images in folders of real and fake"
                } else {
                    "images of a manifest, or their features"
                };
                Data::new(kind, read_dataset(path, words, extractor, true, context)?)
            }
        },
    )
}

/// Pictures made on the spot.
fn synthetic(
    params: &SynthParams,
    extractor: &Extractor,
    folder: &Path,
    context: &Context<'_>,
) -> Result<Data, TaskError> {
    let observer = context.observer;
    observer.begins("images", Some(2 * u64::from(params.per_class)));
    write_dataset(folder, params, &|_| observer.advances())?;
    observer.ends();
    let inputs = read_manifest(&folder.join("manifest.csv"), &LabelWords::default())?;
    let dataset = of_images(inputs, extractor, folder, context)?;
    let SynthParams {
        size, quality, seed, ..
    } = params;
    let kind = format!("computed pictures of {size} x {size} pixels, JPEG quality {quality}, seed {seed}");
    Ok(Data::new(kind, dataset))
}

/// The features of images that lie at `place`.
fn of_images(
    inputs: Vec<Input>,
    extractor: &Extractor,
    place: &Path,
    context: &Context<'_>,
) -> Result<Dataset, TaskError> {
    usable(dataset_of_images(inputs, extractor, context), context).map_err(TaskError::at(place))
}
