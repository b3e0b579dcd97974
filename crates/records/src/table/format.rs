use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::TableError;

/// A table's file format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Format {
    /// Comma-separated values with a header line; UTF-8, lines end in `\n`.
    #[serde(rename = "csv")]
    Csv,
    /// One JSON object a line, its keys in the order of the columns.
    #[serde(rename = "jsonl")]
    JsonLines,
    /// Apache Parquet, Snappy-compressed.
    #[serde(rename = "parquet")]
    Parquet,
    /// A NumPy `.npz` archive of a feature table.
    #[serde(rename = "npz")]
    Npz,
}

impl Format {
    /// The format that a file name's extension tells: `.csv`, `.jsonl`, `.ndjson`, `.parquet` or `.npz`, in
    /// either case.
    pub fn from_path(path: &Path) -> Result<Self, TableError> {
        let extension = path
            .extension()
            .and_then(|extension| extension.to_str())
            .map(str::to_ascii_lowercase);
        match extension.as_deref() {
            Some("csv") => Ok(Self::Csv),
            Some("jsonl" | "ndjson") => Ok(Self::JsonLines),
            Some("parquet") => Ok(Self::Parquet),
            Some("npz") => Ok(Self::Npz),
            _ => Err(TableError::UnknownExtension {
                path: path.to_owned(),
            }),
        }
    }
}

impl FromStr for Format {
    type Err = TableError;

    fn from_str(name: &str) -> Result<Self, TableError> {
        match name {
            "csv" => Ok(Self::Csv),
            "jsonl" => Ok(Self::JsonLines),
            "parquet" => Ok(Self::Parquet),
            "npz" => Ok(Self::Npz),
            _ => Err(TableError::UnknownFormat {
                found: name.to_owned(),
            }),
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Csv => "csv",
            Self::JsonLines => "jsonl",
            Self::Parquet => "parquet",
            Self::Npz => "npz",
        })
    }
}

/// Where a table goes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Target {
    /// Standard output: CSV and JSON Lines only.
    Stdout,
    /// A file. A link is followed; what exists and is not a regular file (a pipe, a device) is written to
    /// directly, which only CSV and JSON Lines allow.
    File(PathBuf),
}
