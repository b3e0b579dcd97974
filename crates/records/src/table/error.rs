use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::{Format, Kind, Position};
use dftective_sample::{quoted, short, short_cause, short_path};

/// What can go wrong with a table. Rows count from 1; a header is not a row.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TableError {
    /// The operating system refused to read or write.
    #[error("{}: could not {doing}: {source}", short_path(path))]
    Io {
        /// The file, folder or stream concerned.
        path: PathBuf,
        /// What was tried, after "could not".
        doing: &'static str,
        /// The system's answer.
        source: io::Error,
    },
    /// A format name that is none of ours.
    #[error("unknown table format {}: expected csv, jsonl, parquet or npz", quoted(found))]
    UnknownFormat {
        /// The name given.
        found: String,
    },
    /// A file name whose extension does not say the format.
    #[error(
        "{}: expected a file name ending in .csv, .jsonl, .ndjson, .parquet or .npz",
        short_path(path)
    )]
    UnknownExtension {
        /// The file name given.
        path: PathBuf,
    },
    /// A schema, a metadata list or a file names the same thing twice.
    #[error("the name {} occurs twice; expected different names", quoted(name))]
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
    #[error(
        "{format} needs a regular file to write to; {} takes only csv and jsonl",
        short_path(target)
    )]
    NotStreamable {
        /// The format asked for.
        format: Format,
        /// Where it was to go.
        target: String,
    },
    /// There is nothing on disk from which to go on.
    #[error(
        "cannot resume {}: only csv, jsonl and parquet files can be resumed",
        short_path(what)
    )]
    NotResumable {
        /// What was to be resumed.
        what: String,
    },
    /// An archive needs real columns at the end of the schema.
    #[error(
        "npz holds feature tables: expected real columns at the end, found {} as the last column",
        quoted(last)
    )]
    NoTrailingReals {
        /// The schema's last column.
        last: String,
    },
    /// A column name that an archive needs for itself.
    #[error(
        "npz keeps the name {} for itself; expected another column name",
        quoted(name)
    )]
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
    #[error("row {row}, column {}: expected {expected}, found {found}", quoted(column))]
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
    #[error(
        "row {row}, column {}: expected a finite number, found {value}",
        quoted(column)
    )]
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
        "{}: the unfinished table there was made with another {}: expected {}, found {}; \
         finish it with the same settings, or start afresh",
        short_path(path),
        short(what),
        short(expected),
        short(found)
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
    #[error(
        "{}: cannot tell how the unfinished table was made: {}; start afresh",
        short_path(path),
        short_cause(reason)
    )]
    Undescribed {
        /// The file that should describe the unfinished table.
        path: PathBuf,
        /// Why it could not be used.
        reason: String,
    },
    /// An earlier write failed, so the table cannot become whole.
    #[error("{}: an earlier write failed; the table is not whole", short_path(path))]
    Failed {
        /// Where the table was to go.
        path: PathBuf,
    },
    /// A column name that the schema does not have.
    #[error("no column {} in the table", quoted(name))]
    UnknownColumn {
        /// The name asked for.
        name: String,
    },
    /// Not a well-formed file of its format, or one of a form that is not supported.
    #[error("{}: {}", short_path(path), short_cause(reason))]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What was expected and what was found.
        reason: String,
    },
    /// A table without a usable row.
    #[error("{}: no usable row ({skipped} with an error)", short_path(path))]
    Empty {
        /// The file.
        path: PathBuf,
        /// Rows left out because their `error` is filled.
        skipped: u64,
    },
    /// A table without feature columns.
    #[error("{}: no feature columns", short_path(path))]
    NoFeatures {
        /// The file.
        path: PathBuf,
    },
    /// A field that holds something other than its column should.
    #[error(
        "{}: {position}, column {}: expected {expected}, found {}",
        short_path(path),
        quoted(column),
        short(found)
    )]
    Field {
        /// The file.
        path: PathBuf,
        /// The row.
        position: Position,
        /// The column's name.
        column: String,
        /// What was expected.
        expected: &'static str,
        /// What was found.
        found: String,
    },
    /// Features of different recipes in one table.
    #[error(
        "{}: {position}: expected recipe {} as in the rows before, found {}",
        short_path(path),
        short(expected),
        short(found)
    )]
    MixedRecipes {
        /// The file.
        path: PathBuf,
        /// The row.
        position: Position,
        /// The recipe of the rows before.
        expected: String,
        /// The row's recipe.
        found: String,
    },
    /// More data than the file's size makes plausible: a decompression bomb or a forged header.
    #[error(
        "{}: {} needs {needed} bytes; expected at most {limit} from a file of this size",
        short_path(path),
        short(what)
    )]
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
