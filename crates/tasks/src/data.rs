//! Labelled data: images or a table of their features.

use std::path::Path;

use dftective_batch::{Extractor, Flow, dataset_from_images, dataset_from_table};
use dftective_datasets::{Input, Labelled, is_archive, labelled};
use dftective_detector::Dataset;
use dftective_records::table::{FeatureTable, Format, read_features};
use dftective_sample::columns::MANIFEST;
use dftective_sample::{LabelWords, quoted, short_cause};

use crate::{Context, TaskError};

/// What a path holds.
pub(crate) enum Found {
    Images(Vec<Input>),
    Features(Box<FeatureTable>),
}

/// What `path` holds: a folder or an archive whose folders tell the labels, a CSV manifest, or a table of features. What is said of it
/// otherwise the observer hears.
pub(crate) fn find(path: &Path, words: &LabelWords, context: &Context<'_>) -> Result<Found, TaskError> {
    let warns = |text: String| context.observer.warns(&text);
    if !is_feature_table(path)? {
        let Labelled { inputs, unlabelled } = context.searching(words, |search| labelled(path, search))?;
        if !unlabelled.is_empty() {
            warns(format!(
                "{} images lie in folders of no class and are left out",
                unlabelled.len()
            ));
        }
        return Ok(Found::Images(inputs));
    }
    let table = read_features(path)?;
    if table.skipped > 0 {
        warns(format!(
            "{} rows of the table have an error and are left out",
            table.skipped
        ));
    }
    if !table.index_columns.is_empty() {
        let names: Vec<String> = table.index_columns.iter().map(|name| quoted(name)).collect();
        warns(format!(
            "the table's index is no feature and is left out: column {}",
            short_cause(names.join(", "))
        ));
    }
    if !table.unknown.is_empty() {
        warns(format!(
            "the table does not say {} of its images: a detector trained on it does not know for which images it holds in \
             these respects, and no image of the table can be found out of domain by them",
            table.unknown.join(", ")
        ));
    }
    Ok(Found::Features(Box::new(table)))
}

/// The labelled features at `path`, computed by `extractor` where they are images: a folder or an archive whose folders tell
/// the labels, a CSV manifest, or a table of features. `words` say which labels mean what. `given` says that the extractor's
/// features were asked for rather than the default, so that a table of others is refused.
///
/// # Errors
/// Nothing usable there; an image with both labels; cancelled.
pub fn read_dataset(
    path: &Path,
    words: &LabelWords,
    extractor: &Extractor,
    given: bool,
    context: &Context<'_>,
) -> Result<Dataset, TaskError> {
    let found = find(path, words, context).and_then(|found| match found {
        Found::Images(inputs) => usable(dataset_of_images(inputs, extractor, context), context),
        Found::Features(_) if extractor.copies().is_some() => Err(TaskError::CopiesOfFeatures),
        Found::Features(table) => {
            let selection = given.then(|| extractor.selection());
            let dataset = dataset_from_table(*table, words, selection)?;
            usable((dataset, Flow::Finished), context)
        }
    });
    found.map_err(TaskError::at(path))
}

/// The features of labelled images.
pub(crate) fn dataset_of_images(
    inputs: Vec<Input>,
    extractor: &Extractor,
    context: &Context<'_>,
) -> (Dataset, Flow) {
    let Context { cancel, observer, .. } = context;
    observer.begins("features", Some(inputs.len() as u64));
    let stop = || cancel.is_cancelled();
    let found = dataset_from_images(inputs, extractor, context.threads, stop, || observer.advances());
    observer.ends();
    found
}

/// Says which images could not be used.
///
/// # Errors
/// All of them; cancelled.
pub(crate) fn usable((dataset, flow): (Dataset, Flow), context: &Context<'_>) -> Result<Dataset, TaskError> {
    context.observer.fails(&dataset.failures);
    if dataset.repeated > 0 {
        context.observer.warns(&format!(
            "{} inputs are listed more than once; each is used once",
            dataset.repeated
        ));
    }
    match flow {
        Flow::Stopped => Err(TaskError::Cancelled),
        Flow::Finished if dataset.samples.is_empty() => Err(TaskError::NoImage),
        Flow::Finished => Ok(dataset),
    }
}

/// Whether the file is a table of features rather than a manifest: by its format, or by having columns that a
/// manifest does not have.
///
/// # Errors
/// A file of another format, or whose header cannot be read.
pub fn is_feature_table(path: &Path) -> Result<bool, TaskError> {
    if !path.is_file() || is_archive(path) {
        return Ok(false);
    }
    let is_table = || match Format::from_path(path) {
        Err(_) => Err(TaskError::NoData),
        Ok(Format::Csv) => Ok(is_no_manifest(csv::Reader::from_path(path)?.headers()?)),
        Ok(_) => Ok(true),
    };
    is_table().map_err(TaskError::at(path))
}

/// A manifest with a column too many should be told so, not taken for a table of a feature.
fn is_no_manifest(header: &csv::StringRecord) -> bool {
    let is_known = |(place, name): (usize, &str)| {
        let name = name.trim_start_matches('\u{feff}').trim();
        // Row numbers have an empty name.
        MANIFEST.iter().any(|column| column.name == name) || (place == 0 && name.is_empty())
    };
    header.len() >= MANIFEST.len() && !header.iter().enumerate().all(is_known)
}
