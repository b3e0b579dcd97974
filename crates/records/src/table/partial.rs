//! Where an unfinished table lives: beside its place, with a description that a later run must match.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt::Debug;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::schema::Column;
use super::{Format, TableError, Target};

const VERSION: u32 = 1;

/// What an unfinished table is made of; kept in `OUT.partial.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Description {
    version: u32,
    pub format: Format,
    /// Of Parquet files only: fixes the row-group boundaries.
    pub rows_per_group: Option<usize>,
    pub columns: Vec<Column>,
    pub metadata: BTreeMap<String, String>,
}

impl Description {
    pub fn new(
        format: Format,
        rows_per_group: Option<usize>,
        columns: &[Column],
        metadata: &[(String, String)],
    ) -> Result<Self, TableError> {
        let mut pairs = BTreeMap::new();
        for (name, value) in metadata {
            if pairs.insert(name.clone(), value.clone()).is_some() {
                return Err(TableError::DuplicateName { name: name.clone() });
            }
        }
        Ok(Self {
            version: VERSION,
            format,
            rows_per_group,
            columns: columns.to_vec(),
            metadata: pairs,
        })
    }

    /// The first difference: what, here, there.
    fn difference(&self, other: &Self) -> Option<(String, String, String)> {
        fn differ<T: PartialEq + Debug>(what: &str, a: &T, b: &T) -> Option<(String, String, String)> {
            (a != b).then(|| (what.to_owned(), format!("{a:?}"), format!("{b:?}")))
        }
        let pairs = || {
            let keys = self.metadata.keys().chain(other.metadata.keys());
            keys.map(|key| (key, self.metadata.get(key), other.metadata.get(key)))
        };
        let columns = || self.columns.iter().zip(&other.columns).enumerate();
        differ("description version", &self.version, &other.version)
            .or_else(|| differ("format", &self.format, &other.format))
            .or_else(|| {
                differ(
                    "number of rows a row group",
                    &self.rows_per_group,
                    &other.rows_per_group,
                )
            })
            .or_else(|| differ("number of columns", &self.columns.len(), &other.columns.len()))
            .or_else(|| columns().find_map(|(i, (a, b))| differ(&format!("column {}", i + 1), a, b)))
            .or_else(|| pairs().find_map(|(key, a, b)| differ(key, &a, &b)))
    }
}

/// A stream or a regular file to be.
pub(super) enum Destination {
    Stream {
        name: PathBuf,
        stream: Box<dyn Write + Send>,
    },
    Place(Place),
}

impl Destination {
    pub fn resolve(target: &Target) -> Result<Self, TableError> {
        let path = match target {
            Target::Stdout => {
                return Ok(Self::Stream {
                    name: "standard output".into(),
                    stream: Box::new(io::stdout()),
                });
            }
            Target::File(path) => path,
        };
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_file() && !is_open_stream(path) => {
                // Renaming over a link would replace the link and leave its target as it was.
                let follow = || fs::canonicalize(path).map_err(TableError::io(path, "follow the link"));
                let out = if path.is_symlink() {
                    follow()?
                } else {
                    path.clone()
                };
                Ok(Self::Place(Place { out }))
            }
            Ok(_) => {
                let opened = OpenOptions::new().write(true).open(path);
                let stream = opened.map_err(TableError::io(path, "open for writing"))?;
                Ok(Self::Stream {
                    name: path.clone(),
                    stream: Box::new(stream),
                })
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Ok(Self::Place(Place { out: path.clone() }))
            }
            Err(error) => Err(TableError::io(path, "look at")(error)),
        }
    }
}

/// Names of streams that are already open: what they lead to may be a regular file, and still isn't ours to
/// replace.
fn is_open_stream(path: &Path) -> bool {
    ["/dev/stdout", "/dev/stderr", "/dev/fd", "/proc/self/fd"]
        .iter()
        .any(|stream| path.starts_with(stream))
}

/// The place of a table, and of what stands beside it until it is whole.
#[derive(Debug, Clone)]
pub(super) struct Place {
    out: PathBuf,
}

impl Place {
    fn beside(&self, suffix: &str) -> PathBuf {
        let mut name = OsString::from(self.out.as_os_str());
        name.push(suffix);
        name.into()
    }

    pub fn out(&self) -> &Path {
        &self.out
    }

    /// The folder that holds the table.
    pub fn folder(&self) -> &Path {
        match self.out.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        }
    }

    pub fn partial(&self) -> PathBuf {
        self.beside(".partial")
    }

    pub fn parts(&self) -> PathBuf {
        self.beside(".parts")
    }

    fn sidecar(&self) -> PathBuf {
        self.beside(".partial.json")
    }

    /// Whether an earlier run left rows here, of whatever format.
    pub fn is_begun(&self) -> Result<bool, TableError> {
        let exists = |path: PathBuf| fs::exists(&path).map_err(TableError::io(&path, "look at"));
        Ok(exists(self.partial())? || exists(self.parts())?)
    }

    /// Removes what an earlier run left, then describes the new one.
    ///
    /// In this order: a crash in between must never leave old rows under a new description.
    pub fn begin(&self, description: &Description) -> Result<(), TableError> {
        self.clear()?;
        let json = serde_json::to_vec_pretty(description)
            .map_err(|error| TableError::io(&self.sidecar(), "write")(error.into()))?;
        let unfinished = self.beside(".partial.json.new");
        let write = || {
            let mut file = File::create(&unfinished)?;
            file.write_all(&json)?;
            file.sync_all()?;
            fs::rename(&unfinished, self.sidecar())
        };
        write().map_err(TableError::io(&self.sidecar(), "write"))
    }

    /// What the run which left rows here was making.
    pub fn description(&self) -> Result<Description, TableError> {
        let path = self.sidecar();
        let undescribed = |reason: String| TableError::Undescribed {
            path: path.clone(),
            reason,
        };
        let json = fs::read(&path).map_err(|error| undescribed(error.to_string()))?;
        serde_json::from_slice(&json).map_err(|error| undescribed(error.to_string()))
    }

    /// Checks that the run which left rows here was the one described.
    pub fn check(&self, description: &Description) -> Result<(), TableError> {
        match description.difference(&self.description()?) {
            None => Ok(()),
            Some((what, expected, found)) => Err(TableError::Differs {
                path: self.sidecar(),
                what,
                expected,
                found,
            }),
        }
    }

    /// Makes the synced partial file the table, and removes what is no longer needed.
    pub fn publish(&self) -> Result<(), TableError> {
        fs::rename(self.partial(), &self.out)
            .map_err(TableError::io(&self.out, "rename the whole table to"))?;
        // The rename itself survives a power cut only when the folder is synced; not every system can.
        if let Ok(folder) = File::open(self.folder()) {
            let _ = folder.sync_all();
        }
        self.clear()
    }

    fn clear(&self) -> Result<(), TableError> {
        remove(&self.partial(), |path| fs::remove_file(path))?;
        remove(&self.parts(), |path| fs::remove_dir_all(path))?;
        remove(&self.sidecar(), |path| fs::remove_file(path))
    }
}

fn remove(path: &Path, with: impl Fn(&Path) -> io::Result<()>) -> Result<(), TableError> {
    match with(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(TableError::io(path, "remove")(error)),
        _ => Ok(()),
    }
}
