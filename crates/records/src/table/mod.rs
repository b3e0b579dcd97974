//! Tables in and out: CSV, JSON Lines, Parquet and NumPy archives.
//!
//! The same rows carry the same fields in every format. A [`Writer`] builds its file beside its place and
//! renames it when whole, so a reader never meets half a table; what an interruption leaves behind can be
//! taken up again by [`Writer::resume`], and the finished bytes equal those of an uninterrupted run.
//! [`read_features`] reads feature tables back, our own and those of others.
//!
//! | | text | integer | real | null |
//! |---|---|---|---|---|
//! | CSV | quoted where needed | decimal | shortest exact decimal | empty field |
//! | JSON Lines | string | number | shortest exact decimal | `null` |
//! | Parquet | optional `BYTE_ARRAY` (string) | optional `INT64` | optional `DOUBLE` | null |
//! | NumPy | `<U` | `int64` | `float64` | `''`, −1, NaN |
//!
//! CSV and NumPy cannot tell an empty text from a null; JSON Lines and Parquet can. NUL characters are
//! written as U+FFFD in every format: NumPy would drop them, and in a file after a power cut they mark
//! blocks that were never written.

mod csv;
mod error;
mod field;
mod format;
mod json_lines;
mod kept;
mod lines;
mod npz;
mod parquet;
mod parquet_columns;
mod parquet_parts;
mod partial;
mod position;
mod read;
mod schema;
mod writer;

pub use dftective_sample::Kind;
pub use error::TableError;
pub use format::{Format, Target};
pub use kept::Kept;
pub use position::Position;
pub use read::{FeatureTable, read_features};
pub use schema::{Cell, Column, Schema};
pub use writer::Writer;

#[cfg(test)]
mod tests;
