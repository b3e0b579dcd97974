use std::path::{Path, PathBuf};

use super::kept::{Kept, KeptFile};
use super::lines::LineFile;
use super::npz::NpzFile;
use super::parquet::rows_per_group;
use super::parquet_parts::PartFiles;
use super::partial::{Description, Destination, Place};
use super::{Cell, Column, Format, Schema, TableError, Target};

/// Writes a table row by row.
///
/// Until [`finish`](Writer::finish), the rows stand beside the table's place `OUT`: lines in `OUT.partial`,
/// Parquet row groups in the folder `OUT.parts`, with a description in `OUT.partial.json`. A writer dropped
/// without finishing leaves them there, as a kill would: lines lose at most about a second of rows, Parquet
/// the rows of the unfinished row group ([`suspend`](Writer::suspend) loses none).
pub struct Writer {
    schema: Schema,
    rows: u64,
    failed: bool,
    sink: Sink,
}

enum Sink {
    Lines(LineFile),
    Parts(PartFiles),
    Npz(NpzFile),
}

impl Writer {
    /// Whether an earlier run left an unfinished table for this target; never for a stream.
    ///
    /// # Errors
    /// A place that can't be looked at.
    pub fn is_unfinished(target: &Target) -> Result<bool, TableError> {
        Ok(unfinished(target)?.is_some())
    }

    /// The columns of the table that an earlier run left unfinished for this target, where there is one.
    ///
    /// # Errors
    /// A place that can't be looked at; [`TableError::Undescribed`] for rows without a description.
    pub fn unfinished_columns(target: &Target) -> Result<Option<Vec<Column>>, TableError> {
        let described = |place: Place| Ok(place.description()?.columns);
        unfinished(target)?.map(described).transpose()
    }

    /// Starts afresh; what an earlier run left unfinished is removed.
    ///
    /// `metadata` (names and values, no name twice) goes into Parquet and NumPy files, and into the
    /// description that [`resume`](Writer::resume) compares: give it whatever must not differ between the
    /// rows of one table.
    ///
    /// # Errors
    /// Parquet and NumPy files need a regular file; NumPy files also real columns at the end.
    pub fn create(
        target: &Target,
        format: Format,
        schema: Schema,
        metadata: &[(String, String)],
    ) -> Result<Self, TableError> {
        let rows = rows_per_group(&schema);
        Self::create_grouped(target, format, schema, metadata, rows)
    }

    /// Goes on after an interruption: keeps every whole row of the unfinished table and drops a torn end.
    /// Without an unfinished table this is [`create`](Writer::create).
    ///
    /// # Errors
    /// [`TableError::Differs`] when format, columns or metadata are not those of the unfinished table;
    /// [`TableError::NotResumable`] for streams and NumPy files.
    pub fn resume(
        target: &Target,
        format: Format,
        schema: Schema,
        metadata: &[(String, String)],
    ) -> Result<(Self, Kept), TableError> {
        let rows = rows_per_group(&schema);
        Self::resume_grouped(target, format, schema, metadata, rows)
    }

    pub(super) fn create_grouped(
        target: &Target,
        format: Format,
        schema: Schema,
        metadata: &[(String, String)],
        rows_per_group: usize,
    ) -> Result<Self, TableError> {
        let group = (format == Format::Parquet).then_some(rows_per_group);
        let description = Description::new(format, group, schema.columns(), metadata)?;
        let destination = Destination::resolve(target)?;
        let sink = match format {
            Format::Csv | Format::JsonLines => {
                Sink::Lines(LineFile::create(destination, &schema, &description)?)
            }
            Format::Parquet => Sink::Parts(PartFiles::create(
                place(destination, format)?,
                &schema,
                &description,
            )?),
            Format::Npz => Sink::Npz(NpzFile::create(
                place(destination, format)?,
                &schema,
                &description,
            )?),
        };
        Ok(Self {
            schema,
            rows: 0,
            failed: false,
            sink,
        })
    }

    pub(super) fn resume_grouped(
        target: &Target,
        format: Format,
        schema: Schema,
        metadata: &[(String, String)],
        rows_per_group: usize,
    ) -> Result<(Self, Kept), TableError> {
        let not_resumable = |what: String| Err(TableError::NotResumable { what });
        let place = match Destination::resolve(target)? {
            Destination::Stream { name, .. } => return not_resumable(name.display().to_string()),
            Destination::Place(_) if format == Format::Npz => return not_resumable("an npz file".to_owned()),
            Destination::Place(place) => place,
        };
        if !place.is_begun()? {
            let writer = Self::create_grouped(target, format, schema.clone(), metadata, rows_per_group)?;
            return Ok((writer, Kept::new(schema, KeptFile::Nothing)));
        }
        let group = (format == Format::Parquet).then_some(rows_per_group);
        let description = Description::new(format, group, schema.columns(), metadata)?;
        let (sink, source) = if format == Format::Parquet {
            let (parts, kept) = PartFiles::resume(place, &schema, &description)?;
            (Sink::Parts(parts), KeptFile::Parts(kept))
        } else {
            let (lines, kept) = LineFile::resume(place, &schema, &description)?;
            (Sink::Lines(lines), KeptFile::Lines(kept))
        };
        let kept = Kept::new(schema.clone(), source);
        Ok((
            Self {
                schema,
                rows: kept.rows(),
                failed: false,
                sink,
            },
            kept,
        ))
    }

    /// Writes one row: a cell a column, of its kind or null.
    ///
    /// # Errors
    /// A row that does not fit the schema is refused and nothing is written; the writer goes on. After an
    /// error of the system the table cannot become whole: drop the writer, and resume once the cause is gone.
    pub fn write(&mut self, cells: &[Cell]) -> Result<(), TableError> {
        self.check_whole()?;
        self.schema.check(self.rows + 1, cells)?;
        let cells = Cell::without_nul(cells);
        let written = match &mut self.sink {
            Sink::Lines(lines) => lines.write(&self.schema, &cells),
            Sink::Parts(parts) => parts.write(&self.schema, &cells),
            Sink::Npz(npz) => npz.write(&cells),
        };
        self.failed = written.is_err();
        self.rows += u64::from(!self.failed);
        written
    }

    /// Writes out and syncs what is left, moves the table to its place and returns its number of rows, kept
    /// ones included.
    pub fn finish(self) -> Result<u64, TableError> {
        self.check_whole()?;
        match self.sink {
            Sink::Lines(lines) => lines.finish(),
            Sink::Parts(parts) => parts.finish(),
            Sink::Npz(npz) => npz.finish(),
        }?;
        Ok(self.rows)
    }

    /// Interrupts the work: leaves the rows so far where they can be read and, but for NumPy files, resumed,
    /// and returns that place: `OUT.partial`, or for Parquet the folder `OUT.parts`. `None` for a stream.
    pub fn suspend(self) -> Result<Option<PathBuf>, TableError> {
        self.check_whole()?;
        match self.sink {
            Sink::Lines(lines) => lines.suspend(),
            Sink::Parts(parts) => parts.suspend().map(Some),
            Sink::Npz(npz) => npz.suspend().map(Some),
        }
    }

    fn name(&self) -> &Path {
        match &self.sink {
            Sink::Lines(lines) => lines.name(),
            Sink::Parts(parts) => parts.name(),
            Sink::Npz(npz) => npz.name(),
        }
    }

    fn check_whole(&self) -> Result<(), TableError> {
        if self.failed {
            Err(TableError::Failed {
                path: self.name().to_owned(),
            })
        } else {
            Ok(())
        }
    }
}

/// The place of a table that an earlier run left unfinished.
fn unfinished(target: &Target) -> Result<Option<Place>, TableError> {
    // Opening a pipe only to look would end it for its reader.
    let found = match target {
        Target::File(path) if path.is_file() || !path.exists() => Destination::resolve(target)?,
        _ => return Ok(None),
    };
    match found {
        Destination::Place(place) if place.is_begun()? => Ok(Some(place)),
        _ => Ok(None),
    }
}

fn place(destination: Destination, format: Format) -> Result<Place, TableError> {
    match destination {
        Destination::Place(place) => Ok(place),
        Destination::Stream { name, .. } => Err(TableError::NotStreamable {
            format,
            target: name.display().to_string(),
        }),
    }
}
