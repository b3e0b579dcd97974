use super::lines::KeptLines;
use super::parquet_parts::KeptParts;
use super::{Cell, Schema, TableError};

/// The rows that an interrupted run left whole, streamed from disk.
///
/// Read it before the writer it came with finishes: its file moves then.
#[derive(Debug, Clone)]
pub struct Kept {
    schema: Schema,
    source: KeptFile,
}

#[derive(Debug, Clone)]
pub(super) enum KeptFile {
    Nothing,
    Lines(KeptLines),
    Parts(KeptParts),
}

impl Kept {
    pub(super) fn new(schema: Schema, source: KeptFile) -> Self {
        Self { schema, source }
    }

    /// How many rows there are.
    pub fn rows(&self) -> u64 {
        match &self.source {
            KeptFile::Nothing => 0,
            KeptFile::Lines(lines) => lines.rows,
            KeptFile::Parts(parts) => parts.rows(),
        }
    }

    /// The cells of the named columns, row by row, in the order of the names. In CSV an empty text is a null.
    pub fn iter<'a>(
        &'a self,
        columns: &[&str],
    ) -> Result<impl Iterator<Item = Result<Vec<Cell>, TableError>> + use<'a>, TableError> {
        let columns = self.schema.positions(columns)?;
        let rows: Box<dyn Iterator<Item = _>> = match &self.source {
            KeptFile::Nothing => Box::new(std::iter::empty()),
            KeptFile::Lines(lines) => Box::new(lines.iter(columns)?),
            KeptFile::Parts(parts) => Box::new(parts.iter(columns)),
        };
        Ok(rows)
    }
}
