//! Labelled images, or a table of their features, to a data set.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::convert::Infallible;
use std::ops::ControlFlow;

use ndarray::Array2;

use super::{ExtractedRow, Extractor, FeatureTableError, Flow, ordered};
use dftective_datasets::Input;
use dftective_detector::Dataset;
use dftective_features::{Selection, Workspace};
use dftective_records::table::{FeatureTable, Position};
use dftective_sample::{ErrorCode, Failure, Label, LabelWords, Origin, Sample, SampleError};

/// A data set before its features are a matrix.
struct Gathered {
    dataset: Dataset,
    values: Vec<f64>,
}

impl Gathered {
    fn new(selection: Selection) -> Self {
        Self {
            dataset: Dataset::empty(selection),
            values: Vec::new(),
        }
    }

    fn add(&mut self, sample: Sample, features: &[f64]) {
        self.dataset.samples.push(sample);
        self.values.extend_from_slice(features);
    }

    fn fail(&mut self, sample: &Sample, error: SampleError) {
        self.dataset.failures.push(Failure::of(sample, error));
    }

    fn finish(mut self, columns: Vec<String>) -> Dataset {
        let shape = (self.dataset.samples.len(), columns.len());
        self.dataset.columns = columns;
        // Every row was checked to have one value a column.
        self.dataset.features = Array2::from_shape_vec(shape, self.values).unwrap_or_default();
        self.dataset
    }
}

fn no_label() -> SampleError {
    SampleError::new(ErrorCode::NoLabel, "no label")
}

/// Features of labelled images, computed on `threads` threads, and whether all images were taken or `stop` ended it.
/// `on_row` hears of each image done.
pub fn dataset_from_images(
    inputs: Vec<Input>,
    extractor: &Extractor,
    threads: usize,
    stop: impl Fn() -> bool,
    on_row: impl Fn(),
) -> (Dataset, Flow) {
    let mut gathered = Gathered::new(extractor.selection().clone());
    let given = inputs.len();
    let once: Vec<Input> = inputs
        .into_iter()
        .filter(|input| !matches!(input, Ok(sample) if sample.repeated))
        .collect();
    gathered.dataset.repeated = (given - once.len()) as u64;
    let work = |workspace: &mut Workspace, input: Input| extractor.rows(workspace, &input);
    let mut add = |row: ExtractedRow| {
        let row = extractor.fitted(row);
        match (row.features, row.sample.label) {
            (Err(error), _) => gathered.fail(&row.sample, error),
            (Ok(_), None) => gathered.fail(&row.sample, no_label()),
            (Ok(features), Some(_)) => gathered.add(row.sample, &features),
        }
    };
    let sink = |rows: Vec<ExtractedRow>| {
        on_row();
        rows.into_iter().for_each(&mut add);
        Ok::<_, Infallible>(ControlFlow::Continue(()))
    };
    let Ok(flow) = ordered(once, threads, || extractor.workspace(), work, stop, sink);
    let dataset = gathered.finish(extractor.columns().unwrap_or_default().to_vec());
    (dataset, flow)
}

/// A feature table as a data set. Which features they are the table says, or `selection` where it does not; `words` say
/// which labels mean what.
///
/// # Errors
/// A selection that can't be read, none at all, or two that differ; an image with rows of both labels.
pub fn dataset_from_table(
    table: FeatureTable,
    words: &LabelWords,
    selection: Option<&Selection>,
) -> Result<Dataset, FeatureTableError> {
    let own = table.recipe.as_deref().map(str::parse::<Selection>).transpose()?;
    let selection = match (own, selection) {
        (Some(own), Some(given)) if own != *given => {
            return Err(FeatureTableError::OtherRecipe {
                expected: given.to_string(),
                found: own.to_string(),
            });
        }
        (Some(own), _) => own,
        (None, Some(given)) => given.clone(),
        (None, None) => return Err(FeatureTableError::NoRecipe),
    };
    let mut gathered = Gathered::new(selection);
    let mut seen: HashMap<Origin, (Label, Position)> = HashMap::new();
    let rows = table.samples.into_iter().zip(table.labels).zip(table.positions);
    for (index, ((sample, label), position)) in rows.enumerate() {
        let label = match label.as_deref().map(|label| words.label(label)) {
            None => {
                gathered.fail(&sample, no_label());
                continue;
            }
            Some(Err(error)) => {
                let error = format!("{position}: {error}");
                gathered.fail(&sample, SampleError::new(ErrorCode::NoLabel, error));
                continue;
            }
            Some(Ok(label)) => label,
        };
        match seen.entry(sample.origin.clone()) {
            Entry::Occupied(first) if first.get().0 != label => {
                return Err(FeatureTableError::BothLabels {
                    path: sample.name(),
                    label: first.get().0,
                    position: first.get().1,
                    other: position,
                });
            }
            Entry::Occupied(_) => gathered.dataset.repeated += 1,
            Entry::Vacant(place) => {
                place.insert((label, position));
                let sample = Sample {
                    label: Some(label),
                    ..sample
                };
                gathered.add(sample, &table.features.row(index).to_vec());
            }
        }
    }
    Ok(gathered.finish(table.columns))
}
