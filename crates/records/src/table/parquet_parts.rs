//! A Parquet table being written: one part file a row group, put together at the end.
//!
//! Every row group passes through its part file, so the finished bytes do not depend on interruptions.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use ::parquet::column::writer::ColumnCloseResult;
use ::parquet::errors::ParquetError;
use ::parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};
use ::parquet::file::properties::WriterPropertiesPtr;
use ::parquet::file::writer::SerializedFileWriter;
use ::parquet::schema::types::TypePtr;

use super::parquet::{Group, file_schema, properties};
use super::parquet_columns::{Batches, Values};
use super::partial::{Description, Place};
use super::{Cell, Schema, TableError};

/// A Parquet table being written.
pub(super) struct PartFiles {
    place: Place,
    folder: PathBuf,
    schema: TypePtr,
    properties: WriterPropertiesPtr,
    rows_per_group: usize,
    /// Full parts in `folder`.
    full: usize,
    /// The rows after them.
    group: Group,
}

impl PartFiles {
    pub fn create(place: Place, schema: &Schema, description: &Description) -> Result<Self, TableError> {
        place.begin(description)?;
        let parts = Self::new(place, schema, description)?;
        fs::create_dir(&parts.folder).map_err(TableError::io(&parts.folder, "create the folder"))?;
        Ok(parts)
    }

    fn new(place: Place, schema: &Schema, description: &Description) -> Result<Self, TableError> {
        let folder = place.parts();
        Ok(Self {
            schema: file_schema(schema).map_err(|error| table_error(place.out(), error))?,
            properties: properties(schema, description),
            rows_per_group: description
                .rows_per_group
                .unwrap_or_else(|| super::parquet::rows_per_group(schema)),
            full: 0,
            group: Group::new(schema),
            folder,
            place,
        })
    }

    /// Goes on after the last whole part; a short last part is read back, to become a full one.
    pub fn resume(
        place: Place,
        schema: &Schema,
        description: &Description,
    ) -> Result<(Self, KeptParts), TableError> {
        place.check(description)?;
        let mut parts = Self::new(place, schema, description)?;
        fs::create_dir_all(&parts.folder).map_err(TableError::io(&parts.folder, "create the folder"))?;
        let mut kept = KeptParts { parts: Vec::new() };
        loop {
            let path = parts.path(kept.parts.len());
            let Some(rows) = parts.whole_rows(&path)? else {
                break;
            };
            if rows < parts.rows_per_group {
                if let Some(group) = read_back(&path, schema) {
                    parts.group = group;
                    kept.parts.push((path, rows));
                }
                break;
            }
            kept.parts.push((path, rows));
            parts.full += 1;
        }
        parts.remove_all_but(&kept)?;
        Ok((parts, kept))
    }

    fn path(&self, part: usize) -> PathBuf {
        self.folder.join(format!("{part:05}.parquet"))
    }

    /// The rows of a part, or `None` where there is none or it is damaged.
    fn whole_rows(&self, path: &Path) -> Result<Option<usize>, TableError> {
        let file = match File::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened.map_err(TableError::io(path, "open"))?,
        };
        let rows = |metadata: ParquetMetaData| {
            let [group] = metadata.row_groups() else {
                return None;
            };
            let is_ours = metadata.file_metadata().schema() == self.schema.as_ref();
            let rows = usize::try_from(group.num_rows()).ok()?;
            (is_ours && (1..=self.rows_per_group).contains(&rows)).then_some(rows)
        };
        Ok(ParquetMetaDataReader::new()
            .parse_and_finish(&file)
            .ok()
            .and_then(rows))
    }

    fn remove_all_but(&self, kept: &KeptParts) -> Result<(), TableError> {
        let list = fs::read_dir(&self.folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        for entry in list.map_err(TableError::io(&self.folder, "list"))? {
            let path = entry.path();
            if !kept.parts.iter().any(|(part, _)| *part == path) {
                fs::remove_file(&path).map_err(TableError::io(&path, "remove"))?;
            }
        }
        Ok(())
    }

    pub fn name(&self) -> &Path {
        &self.folder
    }

    pub fn write(&mut self, schema: &Schema, cells: &[Cell]) -> Result<(), TableError> {
        self.group.push(cells);
        if self.group.rows() == self.rows_per_group {
            self.write_part()?;
            self.full += 1;
            self.group = Group::new(schema);
        }
        Ok(())
    }

    /// Writes the rows at hand as a part, beside its place and renamed, so that a part is always whole.
    fn write_part(&self) -> Result<(), TableError> {
        let path = self.path(self.full);
        let encoded = self.group.encode(self.schema.clone(), self.properties.clone());
        let bytes = encoded.map_err(|error| table_error(&path, error))?;
        // Readers of a folder pass over names that begin with an underscore.
        let unfinished = self.folder.join("_unfinished");
        let write = || {
            let mut file = File::create(&unfinished)?;
            file.write_all(&bytes)?;
            file.sync_all()?;
            fs::rename(&unfinished, &path)
        };
        write().map_err(TableError::io(&path, "write"))
    }

    pub fn suspend(self) -> Result<PathBuf, TableError> {
        if self.group.rows() > 0 {
            self.write_part()?;
        }
        Ok(self.folder)
    }

    pub fn finish(self) -> Result<(), TableError> {
        let mut parts = self.full;
        if self.group.rows() > 0 {
            self.write_part()?;
            parts += 1;
        }
        let partial = self.place.partial();
        let file = File::create(&partial).map_err(TableError::io(&partial, "create"))?;
        let file = self
            .join(file, parts)
            .map_err(|error| table_error(&partial, error))?;
        file.sync_all().map_err(TableError::io(&partial, "sync"))?;
        self.place.publish()
    }

    /// Copies the parts' column chunks as they are.
    fn join(&self, file: File, parts: usize) -> Result<File, ParquetError> {
        let mut whole = SerializedFileWriter::new(file, self.schema.clone(), self.properties.clone())?;
        for part in 0..parts {
            let file = File::open(self.path(part))?;
            let metadata = ParquetMetaDataReader::new().parse_and_finish(&file)?;
            for group in metadata.row_groups() {
                let mut copy = whole.next_row_group()?;
                for column in group.columns() {
                    let chunk = ColumnCloseResult {
                        bytes_written: u64::try_from(column.compressed_size())?,
                        rows_written: u64::try_from(group.num_rows())?,
                        metadata: column.clone(),
                        bloom_filter: None,
                        column_index: None,
                        offset_index: None,
                    };
                    copy.append_column(&file, chunk)?;
                }
                copy.close()?;
            }
        }
        whole.into_inner()
    }
}

/// The rows of a short part; `None` when it is damaged.
fn read_back(path: &Path, schema: &Schema) -> Option<Group> {
    let file = File::open(path).ok()?;
    let mut batches = Batches::new(file)
        .and_then(|batches| batches.select(0..schema.columns().len()))
        .ok()?;
    let mut group = Group::new(schema);
    while let Some((rows, columns)) = batches.next().ok()? {
        for row in 0..rows {
            group.push(
                &columns
                    .iter()
                    .map(|values| values.field(row).into())
                    .collect::<Vec<_>>(),
            );
        }
    }
    Some(group)
}

/// The parts kept by [`PartFiles::resume`], with their numbers of rows.
#[derive(Debug, Clone)]
pub(super) struct KeptParts {
    parts: Vec<(PathBuf, usize)>,
}

impl KeptParts {
    pub fn rows(&self) -> u64 {
        self.parts.iter().map(|&(_, rows)| rows as u64).sum()
    }

    /// The cells of these columns, row by row.
    pub fn iter(&self, columns: Vec<usize>) -> impl Iterator<Item = Result<Vec<Cell>, TableError>> + '_ {
        self.parts
            .iter()
            .flat_map(move |(path, rows)| PartRows::new(path, *rows, columns.clone()))
    }
}

/// The rows of one part.
struct PartRows<'a> {
    path: &'a Path,
    /// A short part may have been replaced by a longer one that begins with the same rows.
    left: usize,
    columns: Vec<usize>,
    batches: Option<Batches>,
    batch: Vec<Values>,
    rows: std::ops::Range<usize>,
}

impl<'a> PartRows<'a> {
    fn new(path: &'a Path, left: usize, columns: Vec<usize>) -> Self {
        Self {
            path,
            left,
            columns,
            batches: None,
            batch: Vec::new(),
            rows: 0..0,
        }
    }

    fn read(&mut self) -> Result<Vec<Cell>, ParquetError> {
        let row = match self.rows.next() {
            Some(row) => row,
            None => {
                let mut batches = match self.batches.take() {
                    Some(batches) => batches,
                    None => Batches::new(File::open(self.path)?)?.select(self.columns.iter().copied())?,
                };
                let batch = batches.next()?;
                let (rows, values) =
                    batch.ok_or_else(|| ParquetError::EOF("kept rows are missing".into()))?;
                (self.batches, self.batch, self.rows) = (Some(batches), values, 1..rows);
                0
            }
        };
        Ok(self.batch.iter().map(|values| values.field(row).into()).collect())
    }
}

impl Iterator for PartRows<'_> {
    type Item = Result<Vec<Cell>, TableError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let row = self.read().map_err(|error| table_error(self.path, error));
        if row.is_err() {
            self.left = 0;
        }
        Some(row)
    }
}

/// The system's own error where there is one.
fn table_error(path: &Path, error: ParquetError) -> TableError {
    match error {
        ParquetError::External(source) => match source.downcast::<io::Error>() {
            Ok(source) => TableError::io(path, "write or read")(*source),
            Err(other) => TableError::malformed(path, other),
        },
        other => TableError::malformed(path, other),
    }
}
