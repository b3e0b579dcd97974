use std::fs::File;
use std::path::Path;

use parquet::errors::ParquetError;
use parquet::file::metadata::FileMetaData;
use serde::Deserialize;

use super::features::{Builder, FeatureTable, is_known};
use crate::table::TableError;
use crate::table::field::Field;
use crate::table::parquet_columns::Batches;

pub(super) fn read(path: &Path) -> Result<FeatureTable, TableError> {
    let error = |error: ParquetError| {
        let reason = match error {
            // Without the library's name for the kind of error.
            ParquetError::General(reason) => reason,
            other => other.to_string(),
        };
        TableError::malformed(path, reason)
    };
    let file = File::open(path).map_err(TableError::io(path, "open"))?;
    let batches = Batches::new(file).map_err(error)?;
    let metadata = batches.metadata().file_metadata();
    let names: Vec<String> = metadata
        .schema_descr()
        .columns()
        .iter()
        .map(|column| column.name().to_owned())
        .collect();
    let index = pandas_index(metadata);
    let is_index = |_, name: &str| !is_known(name) && index.iter().any(|column| column == name);
    let mut builder = Builder::new(path, &names, is_index)?;
    // Where the values of each column stand in a batch, of those that are read.
    let mut places = vec![None; names.len()];
    let selected = builder.columns();
    for (place, &column) in selected.iter().enumerate() {
        places[column] = Some(place);
    }
    let mut batches = batches.select(selected).map_err(error)?;
    while let Some((rows, values)) = batches.next().map_err(error)? {
        for row in 0..rows {
            builder.push(None, |column| {
                let place = places.get(column).copied().flatten();
                let values = place.and_then(|place| values.get(place));
                values.map_or(Field::Missing, |values| values.field(row))
            })?;
        }
    }
    builder.finish()
}

/// The columns that pandas wrote for a data frame's index, as its note in the file says.
fn pandas_index(metadata: &FileMetaData) -> Vec<String> {
    /// An index that only counts is an object and has no column.
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Index {
        Column(String),
        Counted(serde::de::IgnoredAny),
    }
    #[derive(Deserialize)]
    struct Note {
        index_columns: Vec<Index>,
    }
    let notes = metadata.key_value_metadata().into_iter().flatten();
    let note = notes
        .filter(|note| note.key == "pandas")
        .find_map(|note| serde_json::from_str::<Note>(note.value.as_deref()?).ok());
    let index = note.into_iter().flat_map(|note| note.index_columns);
    index
        .filter_map(|index| match index {
            Index::Column(name) => Some(name),
            Index::Counted(_) => None,
        })
        .collect()
}
