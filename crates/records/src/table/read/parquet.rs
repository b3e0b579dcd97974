use std::fs::File;
use std::path::Path;

use parquet::errors::ParquetError;

use super::features::{Builder, FeatureTable, Field};
use crate::table::TableError;
use crate::table::parquet_columns::{Batches, Values, check_column};

pub(super) fn read(path: &Path) -> Result<FeatureTable, TableError> {
    let error = |error: ParquetError| TableError::malformed(path, error);
    let file = File::open(path).map_err(TableError::io(path, "open"))?;
    let mut batches = Batches::new(file, None).map_err(error)?;
    let schema = batches.metadata().file_metadata().schema_descr_ptr();
    for column in schema.columns() {
        check_column(column).map_err(error)?;
    }
    let columns: Vec<_> = schema
        .columns()
        .iter()
        .map(|column| column.name().to_owned())
        .collect();
    let mut builder = Builder::new(path, &columns)?;
    while let Some((rows, values)) = batches.next().map_err(error)? {
        for row in 0..rows {
            builder.push(|column| {
                values
                    .get(column)
                    .map_or(Field::Missing, |values| field(values, row))
            })?;
        }
    }
    builder.finish()
}

fn field(values: &Values, row: usize) -> Field<'_> {
    match values {
        Values::Text(values) => values
            .get(row)
            .and_then(Option::as_deref)
            .map(|text| Field::Text(text.into())),
        Values::Integer(values) => values.get(row).copied().flatten().map(Field::Integer),
        Values::Real(values) => values.get(row).copied().flatten().map(Field::Real),
    }
    .unwrap_or(Field::Missing)
}
