use std::path::Path;

use super::features::{Builder, FeatureTable};
use crate::table::TableError;
use crate::table::field::Field;

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
    // pandas and R write row names under an empty name.
    let mut builder = Builder::new(path, &columns, |column, name| column == 0 && name.is_empty())?;
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(error)? {
        let line = record.position().map(csv::Position::line);
        builder.push(line, |column| match record.get(column) {
            None | Some("") => Field::Missing,
            Some(text) => Field::Untyped(text),
        })?;
    }
    builder.finish()
}
