//! Published feature files: NumPy arrays in a pickled dictionary, read without executing anything.
//!
//! A pickle is a program, and Python runs it: it may import any module and call any function. This reader knows the
//! opcodes of protocols 0 to 5 that make data, and the few names that NumPy's arrays mention (`_reconstruct`,
//! `_frombuffer`, `scalar`, `ndarray`, `dtype`; and `encode` and `bytes`, as which Python 3 spells byte strings in old
//! protocols). These it takes as words, and makes of their arguments what they would have made. Any other opcode
//! or name is an error that says which, and where. Files of Python 2 and of NumPy 1 and 2 are read alike.
//!
//! # Bounds
//!
//! Whatever a file claims, reading it takes at most five times its size (its bytes, its keys, and text decoded from
//! old protocols) and some 200 bytes an opcode, of which there may be [`MAX_OPCODES`]. Nothing is nested in memory,
//! so depth costs nothing, and the time is in proportion to the size. An array's values are made when they are asked
//! for: [`MAX_VALUES`] at most, and no more than there are bytes for.
//!
//! ```no_run
//! use dftective_records::pickle::FeatureFile;
//!
//! let file = FeatureFile::read("celeba_low_1000.pkl".as_ref())?;
//! println!("{} rows of {} features", file.features.nrows(), file.features.ncols());
//! # Ok::<(), dftective_records::pickle::PickleError>(())
//! ```

mod array;
mod error;
mod feature_file;
mod limits;
mod machine;
mod numpy;
mod opcode;
mod operands;
mod reader;
mod text;
mod value;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use ndarray::ArrayD;

pub use error::PickleError;
pub use feature_file::FeatureFile;
pub use limits::{MAX_FILE_BYTES, MAX_OPCODES, MAX_VALUES};

use machine::Machine;
use value::{Heap, Object, Value};

/// Keys listed in an error.
const KEYS_SHOWN: usize = 8;

/// A pickled dictionary with text keys.
pub struct Pickle {
    file: Vec<u8>,
    heap: Heap,
    entries: BTreeMap<String, Value>,
}

impl Pickle {
    /// Reads a file of at most [`MAX_FILE_BYTES`].
    ///
    /// # Errors
    /// [`PickleError::InFile`], with the file's name and one of the others.
    pub fn read(path: &Path) -> Result<Self, PickleError> {
        read_bytes(path).and_then(Self::parse).map_err(in_file(path))
    }

    /// Takes a file's bytes apart. Keys may be texts or, as Python 2 wrote them, byte strings of UTF-8.
    ///
    /// # Errors
    /// [`PickleError`] for what is no pickle of a dictionary with such keys, names or does more than NumPy's arrays
    /// need, is cut short or goes on after its end. What the entries hold is looked at by [`Pickle::array`].
    pub fn parse(file: Vec<u8>) -> Result<Self, PickleError> {
        let mut machine = Machine::new(&file);
        let result = machine.run()?;
        let heap = machine.heap;
        let unexpected = |expected, value| PickleError::Unexpected {
            offset: file.len() - 1,
            opcode: "STOP",
            expected,
            found: heap.kind(value).to_owned(),
        };
        let Some(Object::Dict(pairs)) = heap.object(result) else {
            return Err(unexpected("a dictionary", result));
        };
        let mut entries = BTreeMap::new();
        for &(key, value) in pairs {
            let text = heap.string(&file, key).and_then(|key| str::from_utf8(key).ok());
            let text = text.ok_or_else(|| unexpected("text keys", key))?;
            if entries.insert(text.to_owned(), value).is_some() {
                let key = error::quote(text.as_bytes());
                return Err(PickleError::DuplicateKey { key });
            }
        }
        Ok(Self { file, heap, entries })
    }

    /// The keys, sorted.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// The values of an array, row-major, converted to `f64`: exactly, or not at all. NumPy's scalars are arrays of
    /// no dimension.
    ///
    /// # Errors
    /// [`PickleError::MissingKey`]; [`PickleError::Entry`] for what is no array of floats (4 or 8 bytes), integers
    /// or booleans, or whose shape does not fit its data; [`PickleError::InexactInteger`] and
    /// [`PickleError::TooManyValues`] as they say.
    pub fn array(&self, key: &str) -> Result<ArrayD<f64>, PickleError> {
        let value = self.entries.get(key).ok_or_else(|| self.missing(key))?;
        match self.heap.object(*value) {
            Some(Object::Array(array)) => array::values(&self.file, &self.heap, array, key),
            _ => Err(PickleError::Entry {
                key: key.to_owned(),
                expected: "an array".to_owned(),
                found: self.heap.kind(*value).to_owned(),
            }),
        }
    }

    fn missing(&self, key: &str) -> PickleError {
        let shown = self.keys().take(KEYS_SHOWN);
        let mut found: Vec<String> = shown.map(|key| error::quote(key.as_bytes())).collect();
        match self.entries.len() {
            0 => found.push("none".to_owned()),
            1..=KEYS_SHOWN => {}
            _ => found.push("…".to_owned()),
        }
        PickleError::MissingKey {
            key: key.to_owned(),
            found: found.join(", "),
        }
    }
}

impl fmt::Debug for Pickle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Pickle");
        shown.field("entries", &self.entries).finish_non_exhaustive()
    }
}

fn read_bytes(path: &Path) -> Result<Vec<u8>, PickleError> {
    let unreadable = |source| PickleError::Unreadable { source };
    let metadata = fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(PickleError::NotAFile);
    }
    let limit = MAX_FILE_BYTES;
    let mut bytes = Vec::new();
    if metadata.len() <= limit {
        // The length on record may be wrong: it sizes the buffer, and one byte more than allowed is asked for.
        let expected = usize::try_from(metadata.len()).unwrap_or(0);
        bytes
            .try_reserve_exact(expected)
            .map_err(|error| unreadable(error.into()))?;
        let file = File::open(path).map_err(unreadable)?;
        file.take(limit + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    }
    match metadata.len().max(bytes.len() as u64) {
        bytes if bytes > limit => Err(PickleError::TooLargeFile { bytes, limit }),
        _ => Ok(bytes),
    }
}

fn in_file(path: &Path) -> impl FnOnce(PickleError) -> PickleError {
    let path = path.to_owned();
    |source| PickleError::InFile {
        path,
        source: Box::new(source),
    }
}
