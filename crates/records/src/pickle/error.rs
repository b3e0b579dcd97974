use std::io;
use std::path::PathBuf;

use dftective_sample::short_path;
use thiserror::Error;

use super::limits::{MAX_OPCODES, MAX_VALUES};

/// Longest text quoted from a file, in bytes.
const MAX_QUOTE: usize = 80;

/// Why a pickle was refused. Offsets count bytes from 0 and are those of the opcode at work; messages are one line
/// and bounded in length.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PickleError {
    /// Any of the others, and the file it concerns.
    #[error("{}: {source}", short_path(path))]
    InFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: Box<PickleError>,
    },
    /// The operating system refused to open or read the file.
    #[error("cannot be read: {source}")]
    Unreadable {
        /// The system's answer.
        source: io::Error,
    },
    /// A directory, a pipe, a device: these are not opened, since that may block for ever.
    #[error("not a regular file")]
    NotAFile,
    /// More than [`MAX_FILE_BYTES`](super::MAX_FILE_BYTES).
    #[error("file too large: at least {bytes} bytes, limit {limit}")]
    TooLargeFile {
        /// Bytes found, a lower bound.
        bytes: u64,
        /// Bytes allowed.
        limit: u64,
    },
    /// The file ends before its pickle does.
    #[error("byte {offset}, {opcode}: file cut short: {left} of {needed} bytes are there")]
    Truncated {
        /// Where the opcode stands.
        offset: usize,
        /// The opcode.
        opcode: &'static str,
        /// Bytes that were to come.
        needed: u64,
        /// Bytes that are left.
        left: usize,
    },
    /// A byte that is no opcode of protocols 0 to 5.
    #[error("byte {offset}: expected a pickle opcode, found {byte:#04x}")]
    UnknownOpcode {
        /// Where it stands.
        offset: usize,
        /// The byte.
        byte: u8,
    },
    /// An opcode that makes objects other than data, or that NumPy arrays in a dictionary have no use for.
    #[error("byte {offset}: opcode {opcode} is refused: NumPy arrays in a dictionary do not need it")]
    RefusedOpcode {
        /// Where it stands.
        offset: usize,
        /// The opcode.
        opcode: &'static str,
    },
    /// A function or class other than the few that NumPy's arrays name. Nothing was imported or called.
    #[error("byte {offset}: global {global} is refused: NumPy arrays in a dictionary do not need it")]
    RefusedGlobal {
        /// Where it is named.
        offset: usize,
        /// Module and name.
        global: String,
    },
    /// A protocol that is not known.
    #[error("byte {offset}: expected pickle protocol 0 to 5, found {found}")]
    Protocol {
        /// Where it is announced.
        offset: usize,
        /// The number.
        found: u8,
    },
    /// An opcode with an argument or operands that it cannot have, or not in the form that NumPy writes.
    #[error("byte {offset}, {opcode}: expected {expected}, found {found}")]
    Unexpected {
        /// Where the opcode stands.
        offset: usize,
        /// The opcode.
        opcode: &'static str,
        /// What was expected.
        expected: &'static str,
        /// What was found.
        found: String,
    },
    /// More than [`MAX_OPCODES`].
    #[error("byte {offset}: more than {MAX_OPCODES} opcodes; an array in a dictionary takes some thirty")]
    TooManyOpcodes {
        /// Where the first over the limit stands.
        offset: usize,
    },
    /// More text than the file's size can account for.
    #[error("byte {offset}: text encoded again and again; expected at most {limit} bytes of it")]
    TooMuchText {
        /// Where the budget was exceeded.
        offset: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// Bytes after the end of the pickle.
    #[error("expected the end of the file after byte {end}, found {left} more bytes")]
    TrailingBytes {
        /// Length of the pickle.
        end: usize,
        /// Bytes after it.
        left: usize,
    },
    /// Two entries of one name; a text and a byte string of the same characters count as one.
    #[error("the key {key} occurs twice")]
    DuplicateKey {
        /// The key.
        key: String,
    },
    /// The dictionary lacks an entry.
    #[error("no entry {key:?}; the keys are {found}")]
    MissingKey {
        /// The key asked for.
        key: String,
        /// The keys there are, the first few of many.
        found: String,
    },
    /// An entry that is no array of numbers, or not of the shape needed.
    #[error("entry {key:?}: expected {expected}, found {found}")]
    Entry {
        /// The key.
        key: String,
        /// What was expected.
        expected: String,
        /// What was found.
        found: String,
    },
    /// More than [`MAX_VALUES`].
    #[error("entry {key:?}: {found} values, limit {MAX_VALUES}")]
    TooManyValues {
        /// The key.
        key: String,
        /// Values the array has.
        found: usize,
    },
    /// An integer that no `f64` equals.
    #[error("entry {key:?}, value {index}: the integer {found} does not fit into double precision exactly")]
    InexactInteger {
        /// The key.
        key: String,
        /// Which value, from 0, in the order of the file.
        index: usize,
        /// The integer.
        found: i128,
    },
    /// Not one label a row.
    #[error("\"data\" has {rows} rows, but \"label\" has {labels} values")]
    LabelCount {
        /// Rows of features.
        rows: usize,
        /// Labels.
        labels: usize,
    },
    /// A feature that is infinite or not a number.
    #[error("\"data\", row {row}, column {column} (from 0): expected a finite number, found {value}")]
    Feature {
        /// Row, from 0.
        row: usize,
        /// Column, from 0.
        column: usize,
        /// The value.
        value: f64,
    },
    /// A label that is infinite or not a number.
    #[error("\"label\", row {row} (from 0): expected a finite number, found {value}")]
    Label {
        /// Row, from 0.
        row: usize,
        /// The value.
        value: f64,
    },
}

/// Bytes of a hostile file as text to print: escaped and bounded.
pub(super) fn quote(bytes: &[u8]) -> String {
    let shown = bytes.get(..MAX_QUOTE).unwrap_or(bytes).escape_ascii();
    let more = if bytes.len() > MAX_QUOTE { "…" } else { "" };
    format!("{shown}{more}")
}
