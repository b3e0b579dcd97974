//! What detectors say of labelled images, each decoded once.

use std::convert::Infallible;
use std::ops::ControlFlow;
use std::path::Path;

use dftective_batch::{ExtractedRow, Extractor, dataset_from_table, image_of, ordered, sample_of};
use dftective_datasets::Input;
use dftective_decode::{Channels, Limits};
use dftective_detector::{Dataset, Detector, DetectorSet};
use dftective_features::{Workspace, file_facts};
use dftective_records::table::FeatureTable;
use dftective_sample::{ErrorCode, Failure, LabelWords, Sample, SampleError};

use crate::data::{Found, find, usable};
use crate::{Context, TaskError};

/// A detector file, and the name that results call it by.
#[derive(Clone, Copy)]
pub struct Model<'a> {
    /// A path, or what else tells it from others.
    pub name: &'a str,
    /// One detector or several.
    pub detectors: &'a DetectorSet,
}

/// What one file of detectors says of one image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Answer {
    /// Which of the detectors answered.
    pub member: usize,
    /// Calibrated probability of fake, in [0, 1].
    pub score: f64,
}

/// The images that every model answered, and the answers: one list a model, in the order of the images.
pub(crate) struct Answers {
    /// With features where there is one model of one detector; else without.
    pub dataset: Dataset,
    pub of_models: Vec<Vec<Answer>>,
}

/// Asks each model about each image of `data`; see [`read_dataset`](crate::read_dataset) for what it may be.
pub(crate) fn answers(
    data: &Path,
    words: &LabelWords,
    models: &[Model<'_>],
    limits: Limits,
    context: &Context<'_>,
) -> Result<Answers, TaskError> {
    let found = match find(data, words, context).map_err(TaskError::at(data))? {
        Found::Images(inputs) => of_images(inputs, models, limits, context),
        Found::Features(table) => of_table(*table, words, models, context),
    };
    // A model's name is in the message already; which data they were asked about comes first.
    found.map_err(TaskError::at(data))
}

/// One image and what was said of it.
struct Answered {
    row: ExtractedRow,
    answers: Vec<Answer>,
}

/// A model at work: an extractor for each of its detectors.
struct Asked<'a> {
    set: &'a DetectorSet,
    extractors: Vec<Extractor>,
}

impl<'a> Asked<'a> {
    fn new(model: &Model<'a>, limits: Limits, context: &Context<'_>) -> Self {
        let extractor = |detector: &Detector| {
            Extractor::of(detector.inputs(), limits)
                .with_columns(&detector.columns())
                .with_accelerator(context.accelerator.clone())
        };
        Self {
            set: model.detectors,
            extractors: model.detectors.detectors().iter().map(extractor).collect(),
        }
    }

    /// The row of features that was read, with an error where there is no answer.
    fn ask(
        &self,
        sample: Sample,
        image: &dftective_decode::Decoded,
        workspace: &mut Workspace,
    ) -> (ExtractedRow, Option<Answer>) {
        let member = self.set.choose(&sample.file);
        let extractor = &self.extractors[member];
        let mut row = extractor.fitted(extractor.row_of_image(sample, image, workspace));
        let Ok(features) = &row.features else {
            return (row, None);
        };
        match self.set.detectors()[member].score(&mut features.clone()) {
            Ok((_, score)) => (row, Some(Answer { member, score })),
            Err(error) => {
                row.features = Err(SampleError::new(error.code(), error));
                (row, None)
            }
        }
    }
}

fn of_images(
    inputs: Vec<Input>,
    models: &[Model<'_>],
    limits: Limits,
    context: &Context<'_>,
) -> Result<Answers, TaskError> {
    let asked: Vec<Asked> = models
        .iter()
        .map(|model| Asked::new(model, limits, context))
        .collect();
    let channels = models
        .iter()
        .fold(Channels::default(), |all, model| all | model.detectors.channels());
    let keeps_features = only_detector(models).is_some();
    let work = |workspace: &mut Workspace, input: Input| {
        let mut sample = sample_of(&input).clone();
        let image = match image_of(&input, &limits, channels) {
            Ok(image) => image,
            Err(error) => return Err(Box::new((sample, error))),
        };
        sample.file = file_facts(&image, workspace);
        let mut answered = Answered {
            row: ExtractedRow {
                sample: sample.clone(),
                notes: None,
                features: Ok(Vec::new()),
            },
            answers: Vec::new(),
        };
        for each in &asked {
            let (row, answer) = each.ask(sample.clone(), &image, workspace);
            let (answer, features) = match (answer, row.features) {
                (Some(answer), Ok(features)) => (answer, features),
                (_, Err(error)) => return Err(Box::new((sample, error))),
                (None, Ok(_)) => {
                    return Err(Box::new((
                        sample,
                        SampleError::new(ErrorCode::Other, "no answer"),
                    )));
                }
            };
            answered.answers.push(answer);
            if keeps_features {
                answered.row.features = Ok(features);
            }
        }
        Ok(answered)
    };
    let mut dataset = Dataset::empty(models[0].detectors.detectors()[0].inputs().selection());
    let mut of_models = vec![Vec::new(); models.len()];
    let mut values = Vec::new();
    let given = inputs.len();
    let once: Vec<Input> = inputs
        .into_iter()
        .filter(|input| !matches!(input, Ok(sample) if sample.repeated))
        .collect();
    dataset.repeated = (given - once.len()) as u64;
    context.observer.begins("features", Some(once.len() as u64));
    let sink = |found: Result<Answered, Box<(Sample, SampleError)>>| {
        context.observer.advances();
        let failure = match found {
            Ok(Answered { row, .. }) if row.sample.label.is_none() => {
                Some((row.sample, SampleError::new(ErrorCode::NoLabel, "no label")))
            }
            Ok(Answered { row, answers }) => {
                for (all, answer) in of_models.iter_mut().zip(answers) {
                    all.push(answer);
                }
                values.extend(row.features.unwrap_or_default());
                dataset.samples.push(row.sample);
                None
            }
            Err(failure) => Some(*failure),
        };
        if let Some((sample, error)) = failure {
            dataset.failures.push(Failure::of(&sample, error));
        }
        Ok::<_, Infallible>(ControlFlow::Continue(()))
    };
    let workspace = || Workspace::with_accelerator(context.accelerator.clone());
    let stop = || context.cancel.is_cancelled();
    let Ok(flow) = ordered(once, context.threads, workspace, work, stop, sink);
    context.observer.ends();
    if let Some(detector) = only_detector(models) {
        dataset.columns = detector.columns();
        let shape = (dataset.samples.len(), dataset.columns.len());
        // Every row was checked to have one value a column.
        dataset.features = ndarray::Array2::from_shape_vec(shape, values).unwrap_or_default();
    }
    let dataset = usable((dataset, flow), context)?;
    Ok(Answers { dataset, of_models })
}

/// The detector, where there is no other.
fn only_detector<'a>(models: &[Model<'a>]) -> Option<&'a Detector> {
    match models {
        [model] => match model.detectors.detectors() {
            [detector] => Some(detector),
            _ => None,
        },
        _ => None,
    }
}

fn of_table(
    table: FeatureTable,
    words: &LabelWords,
    models: &[Model<'_>],
    context: &Context<'_>,
) -> Result<Answers, TaskError> {
    let mut of_models = Vec::new();
    let mut dataset = None;
    // The last takes the table itself: that of one detector is never held twice.
    for (model, table) in models.iter().zip(std::iter::repeat_n(table, models.len())) {
        let (found, answers) =
            answers_of_table(table, words, model.detectors).map_err(|error| match models {
                [_] => error,
                _ => error.of(model.name),
            })?;
        of_models.push(answers);
        dataset.get_or_insert(found);
    }
    let dataset = dataset.ok_or(TaskError::NoImage)?;
    let dataset = usable((dataset, dftective_batch::Flow::Finished), context)?;
    Ok(Answers { dataset, of_models })
}

fn answers_of_table(
    table: FeatureTable,
    words: &LabelWords,
    set: &DetectorSet,
) -> Result<(Dataset, Vec<Answer>), TaskError> {
    let [detector] = set.detectors() else {
        return Err(TaskError::FeaturesForSeveral);
    };
    let dataset = dataset_from_table(table, words, Some(&detector.inputs().selection()))?;
    let answers = scored(detector, &dataset)?;
    Ok((dataset, answers))
}

/// What a detector says of features that are at hand.
pub(crate) fn scored(detector: &Detector, dataset: &Dataset) -> Result<Vec<Answer>, TaskError> {
    let (expected, found) = (&detector.columns()[..], &dataset.columns[..]);
    if expected != found {
        let first = |names: &[String]| names.first().map_or("none", String::as_str).to_owned();
        return Err(TaskError::OtherFeatures {
            found: found.len(),
            first: first(found),
            expected: expected.len(),
            first_expected: first(expected),
        });
    }
    let rows = dataset.features.rows().into_iter();
    rows.map(|row| {
        let (_, score) = detector.score(&mut row.to_vec())?;
        Ok(Answer { member: 0, score })
    })
    .collect()
}
