use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::{Format, Kind};

/// What can go wrong with a table. Rows count from 1; a header is not a row.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TableError {
    /// The operating system refused to read or write.
    #[error("{}: could not {doing}: {source}", path.display())]
    Io {
        /// The file, folder or stream concerned.
        path: PathBuf,
        /// What was tried, after "could not".
        doing: &'static str,
        /// The system's answer.
        source: io::Error,
    },
    /// A format name that is none of ours.
    #[error("unknown table format {found:?}: expected csv, jsonl, parquet or npz")]
    UnknownFormat {
        /// The name given.
        found: String,
    },
    /// A file name whose extension does not say the format.
    #[error("{}: expected a file name ending in .csv, .jsonl, .ndjson, .parquet or .npz", path.display())]
    UnknownExtension {
        /// The file name given.
        path: PathBuf,
    },
    /// A schema, a metadata list or a file names the same thing twice.
    #[error("the name {name:?} occurs twice; expected different names")]
    DuplicateName {
        /// The name.
        name: String,
    },
    /// A schema or a file has a column without a name.
    #[error("column {column} has no name")]
    UnnamedColumn {
        /// Which column, from 1.
        column: usize,
    },
    /// A schema without columns.
    #[error("a table needs at least one column")]
    NoColumns,
    /// The format cannot be written to a stream.
    #[error("{format} needs a regular file to write to; {target} takes only csv and jsonl")]
    NotStreamable {
        /// The format asked for.
        format: Format,
        /// Where it was to go.
        target: String,
    },
    /// There is nothing on disk from which to go on.
    #[error("cannot resume {what}: only csv, jsonl and parquet files can be resumed")]
    NotResumable {
        /// What was to be resumed.
        what: String,
    },
    /// An archive needs real columns at the end of the schema.
    #[error("npz holds feature tables: expected real columns at the end, found {last:?} as the last column")]
    NoTrailingReals {
        /// The schema's last column.
        last: String,
    },
    /// A column name that an archive needs for itself.
    #[error("npz keeps the name {name:?} for itself; expected another column name")]
    ReservedName {
        /// The name.
        name: String,
    },
    /// A row with too many or too few cells.
    #[error("row {row}: expected {expected} cells, found {found}")]
    RowLength {
        /// The row.
        row: u64,
        /// The schema's number of columns.
        expected: usize,
        /// The row's number of cells.
        found: usize,
    },
    /// A cell of another kind than its column.
    #[error("row {row}, column {column:?}: expected {expected}, found {found}")]
    CellKind {
        /// The row.
        row: u64,
        /// The column's name.
        column: String,
        /// The column's kind.
        expected: Kind,
        /// The cell's kind.
        found: Kind,
    },
    /// A real cell that is not a finite number.
    #[error("row {row}, column {column:?}: expected a finite number, found {value}")]
    NotFinite {
        /// The row.
        row: u64,
        /// The column's name.
        column: String,
        /// The value.
        value: f64,
    },
    /// The partial file was made by a different run.
    #[error(
        "{}: the unfinished table there was made with another {what}: expected {expected}, found {found}; \
         finish it with the same settings, or start afresh",
        path.display()
    )]
    Differs {
        /// The file that describes the unfinished table.
        path: PathBuf,
        /// What differs.
        what: String,
        /// The value of this run.
        expected: String,
        /// The value of the unfinished run.
        found: String,
    },
    /// An unfinished table whose description is missing or unreadable.
    #[error("{}: cannot tell how the unfinished table was made: {reason}; start afresh", path.display())]
    Undescribed {
        /// The file that should describe the unfinished table.
        path: PathBuf,
        /// Why it could not be used.
        reason: String,
    },
    /// An earlier write failed, so the table cannot become whole.
    #[error("{}: an earlier write failed; the table is not whole", path.display())]
    Failed {
        /// Where the table was to go.
        path: PathBuf,
    },
    /// A column name that the schema does not have.
    #[error("no column {name:?} in the table")]
    UnknownColumn {
        /// The name asked for.
        name: String,
    },
    /// Not a well-formed file of its format, or one of a form that is not supported.
    #[error("{}: {reason}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What was expected and what was found.
        reason: String,
    },
    /// A table without a usable row.
    #[error("{}: no usable row ({skipped} with an error)", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
        /// Rows left out because their `error` is filled.
        skipped: u64,
    },
    /// A table without feature columns.
    #[error("{}: no feature columns", path.display())]
    NoFeatures {
        /// The file.
        path: PathBuf,
    },
    /// A field that is empty where a value is needed.
    #[error("{}: row {row}, column {column:?}: expected {expected}, found nothing", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
        /// The row.
        row: u64,
        /// The column's name.
        column: String,
        /// What was expected.
        expected: &'static str,
    },
    /// A field of a feature column that is not a finite number.
    #[error("{}: row {row}, column {column:?}: expected a finite number, found {found}", path.display())]
    NotNumeric {
        /// The file.
        path: PathBuf,
        /// The row.
        row: u64,
        /// The column's name.
        column: String,
        /// What was found.
        found: String,
    },
    /// Features of different recipes in one table.
    #[error("{}: row {row}: expected recipe {expected} as in the rows before, found {found}", path.display())]
    MixedRecipes {
        /// The file.
        path: PathBuf,
        /// The row.
        row: u64,
        /// The recipe of the rows before.
        expected: String,
        /// The row's recipe.
        found: String,
    },
    /// More data than the file's size makes plausible: a decompression bomb or a forged header.
    #[error("{}: {what} needs {needed} bytes; expected at most {limit} from a file of this size", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// What is too large.
        what: String,
        /// Bytes needed.
        needed: u64,
        /// Bytes allowed.
        limit: u64,
    },
}

impl TableError {
    /// Whether the reader at the other end of a pipe has gone, which is no fault of ours.
    pub fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == io::ErrorKind::BrokenPipe)
    }

    pub(super) fn io(path: &Path, doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io {
            path: path.to_owned(),
            doing,
            source,
        }
    }

    pub(super) fn malformed(path: &Path, reason: impl ToString) -> Self {
        Self::Malformed {
            path: path.to_owned(),
            reason: reason.to_string(),
        }
    }
}
