use super::lines::KeptLines;
use super::parquet_parts::KeptParts;
use super::{Cell, Schema, TableError};

/// The rows that an interrupted run left whole, streamed from disk.
///
/// Read it before the writer it came with finishes: its file moves then.
#[derive(Debug, Clone)]
pub struct Kept {
    schema: Schema,
    source: Source,
}

#[derive(Debug, Clone)]
pub(super) enum Source {
    Nothing,
    Lines(KeptLines),
    Parts(KeptParts),
}

impl Kept {
    pub(super) fn new(schema: Schema, source: Source) -> Self {
        Self { schema, source }
    }

    /// How many rows there are.
    pub fn rows(&self) -> u64 {
        match &self.source {
            Source::Nothing => 0,
            Source::Lines(lines) => lines.rows,
            Source::Parts(parts) => parts.rows(),
        }
    }

    /// The cells of the named columns, row by row, in the order of the names. In CSV an empty text is a null.
    pub fn iter<'a>(
        &'a self,
        columns: &[&str],
    ) -> Result<impl Iterator<Item = Result<Vec<Cell>, TableError>> + use<'a>, TableError> {
        let columns = self.schema.positions(columns)?;
        let rows: Box<dyn Iterator<Item = _>> = match &self.source {
            Source::Nothing => Box::new(std::iter::empty()),
            Source::Lines(lines) => Box::new(lines.iter(columns)?),
            Source::Parts(parts) => Box::new(parts.iter(columns)),
        };
        Ok(rows)
    }
}
