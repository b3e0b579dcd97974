//! Labelled data: images or a table of their features.

use std::path::Path;

use dftective_batch::{Extractor, Flow, dataset_from_images, dataset_from_table};
use dftective_datasets::{Input, is_archive, labelled};
use dftective_detector::Dataset;
use dftective_records::table::{FeatureTable, Format, read_features};
use dftective_sample::columns::MANIFEST;

use crate::{Context, TaskError};

/// What a path holds.
pub(crate) enum Found {
    Images(Vec<Input>),
    Features(FeatureTable),
}

/// What `path` holds: a folder or an archive with `real/` and `fake/` in it, a CSV manifest, or a table of features.
pub(crate) fn find(path: &Path, context: &Context<'_>) -> Result<Found, TaskError> {
    if !is_feature_table(path)? {
        return Ok(Found::Images(context.searching(|search| labelled(path, search))?));
    }
    let table = read_features(path)?;
    if table.skipped > 0 {
        context.observer.warns(&format!(
            "{} rows of the table have an error and are left out",
            table.skipped
        ));
    }
    Ok(Found::Features(table))
}

/// The labelled features at `path`, computed by `extractor` where they are images: a folder or an archive with `real/` and
/// `fake/` in it, a CSV manifest, or a table of features. `given` says that the extractor's features were asked for rather than the
/// default, so that a table of others is refused.
///
/// # Errors
/// Nothing usable there; cancelled.
pub fn read_dataset(
    path: &Path,
    extractor: &Extractor,
    given: bool,
    context: &Context<'_>,
) -> Result<Dataset, TaskError> {
    let found = find(path, context).and_then(|found| match found {
        Found::Images(inputs) => usable(dataset_of_images(inputs, extractor, context), context),
        Found::Features(_) if extractor.copies().is_some() => Err(TaskError::CopiesOfFeatures),
        Found::Features(table) => {
            let selection = given.then(|| extractor.selection());
            let dataset = dataset_from_table(table, selection)?;
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
    let is_known = |name: &str| {
        let name = name.trim_start_matches('\u{feff}').trim();
        MANIFEST.iter().any(|column| column.name == name)
    };
    header.len() >= MANIFEST.len() && !header.iter().all(is_known)
}
