//! Feature tables read back: our own, and those that others wrote.

mod csv;
mod features;
mod json_lines;
mod npy;
mod npz;
mod parquet;

use std::path::Path;

pub use features::FeatureTable;

use super::{Format, TableError};

/// Reads a feature table; the file name's extension tells the format.
///
/// The columns `path`, `label`, `source`, `group`, `recipe`, `width`, `height`, `format`, `jpeg_quality`, `subsampling`, `resampling`, `notes`
/// and `error` are known by name and may be absent; without `path`, rows are called by their number, from 1. All other columns are
/// features, and must be full of finite numbers. Rows whose `error` is filled are left out and counted.
/// A NumPy archive has the known columns as one-dimensional arrays, and the features as a matrix `features`,
/// named by `columns` (or `f0`, `f1`, … without it). CSV may begin with a byte-order mark and have any line
/// ends.
///
/// # Errors
/// Names the row and the column of what is missing, not a finite number, or torn; refuses repeated or empty
/// column names, mixed recipes, tables without rows or features, and files that would grow beyond 64 MiB plus
/// 256 times their size.
pub fn read_features(path: &Path) -> Result<FeatureTable, TableError> {
    match Format::from_path(path)? {
        Format::Csv => csv::read(path),
        Format::JsonLines => json_lines::read(path),
        Format::Parquet => parquet::read(path),
        Format::Npz => npz::read(path),
    }
}
