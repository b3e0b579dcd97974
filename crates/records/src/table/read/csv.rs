use std::path::Path;

use super::features::{Builder, FeatureTable, Field};
use crate::table::TableError;

pub(super) fn read(path: &Path) -> Result<FeatureTable, TableError> {
    let file = std::fs::File::open(path).map_err(TableError::io(path, "open"))?;
    // The reader skips a byte-order mark, ends lines at \n, \r and \r\n, and names the line of a ragged row.
    let mut reader = csv::ReaderBuilder::new()
        .buffer_capacity(1 << 16)
        .from_reader(file);
    let error = |error: csv::Error| TableError::malformed(path, error);
    let columns: Vec<_> = reader
        .headers()
        .map_err(error)?
        .iter()
        .map(str::to_owned)
        .collect();
    let mut builder = Builder::new(path, &columns)?;
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(error)? {
        builder.push(|column| match record.get(column) {
            None | Some("") => Field::Missing,
            Some(text) => Field::Untyped(text),
        })?;
    }
    builder.finish()
}
