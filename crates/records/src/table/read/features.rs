use std::borrow::Cow;
use std::fs;
use std::path::{Path, PathBuf};

use ndarray::Array2;

use crate::table::schema::check_names;
use crate::table::{Cell, TableError};
use dftective_sample::columns::{self, FEATURE_TABLE};
use dftective_sample::{ColumnSpec, FileFacts, Origin, Sample};

/// Columns that pandas adds for its index.
const PANDAS_INDEX: &str = "__index_level_";

/// The feature vectors of n images, with what is known about each.
#[derive(Debug, Clone, PartialEq)]
pub struct FeatureTable {
    /// n images, by name; their labels are not yet read.
    pub samples: Vec<Sample>,
    /// n labels as written.
    pub labels: Vec<Option<String>>,
    /// How the features were made, the same for all rows.
    pub recipe: Option<String>,
    /// d feature names.
    pub columns: Vec<String>,
    /// n × d finite numbers, row-major.
    pub features: Array2<f64>,
    /// Rows left out because their `error` is filled.
    pub skipped: u64,
}

/// One field of a row being read.
pub(super) enum Field<'a> {
    Missing,
    /// Text of a format without kinds, where a number is a text that reads as one.
    Untyped(&'a str),
    Text(Cow<'a, str>),
    Integer(i64),
    Real(f64),
}

impl<'a> From<&'a Cell> for Field<'a> {
    fn from(cell: &'a Cell) -> Self {
        match cell {
            Cell::Null => Self::Missing,
            Cell::Text(text) => Self::Text(text.into()),
            Cell::Integer(value) => Self::Integer(*value),
            Cell::Real(value) => Self::Real(*value),
        }
    }
}

impl Field<'_> {
    /// As text; an empty one counts as missing.
    fn text(self) -> Option<String> {
        match self {
            Self::Missing => None,
            Self::Untyped(text) => Some(text.to_owned()),
            Self::Text(text) => Some(text.into_owned()),
            Self::Integer(value) => Some(value.to_string()),
            // NumPy's and pandas' way to say that nothing is there.
            Self::Real(value) if value.is_nan() => None,
            Self::Real(value) => Some(value.to_string()),
        }
        .filter(|text| !text.is_empty())
    }

    /// As a finite number, or what there is instead.
    fn number(self) -> Result<f64, String> {
        let value = match self {
            Self::Missing => return Err("nothing".to_owned()),
            Self::Untyped(text) => text.trim().parse().map_err(|_| format!("{text:?}"))?,
            Self::Text(text) => return Err(format!("the text {text:?}")),
            Self::Integer(value) => value as f64,
            Self::Real(value) => value,
        };
        if value.is_finite() {
            Ok(value)
        } else {
            Err(value.to_string())
        }
    }
}

/// Whether a column of this name is no feature.
pub(super) fn is_known(name: &str) -> bool {
    FEATURE_TABLE.iter().any(|spec| is_named(spec, name))
}

/// Whether a column is the one declared, by its name or an earlier one.
fn is_named(spec: &ColumnSpec, name: &str) -> bool {
    spec.name == name || spec.formerly.contains(&name)
}

/// How many bytes a file may grow to in memory: more than honest tables need, less than a bomb wanted.
pub(super) fn memory_limit(path: &Path) -> Result<u64, TableError> {
    let metadata = fs::metadata(path).map_err(TableError::io(path, "look at"))?;
    Ok(metadata.len().saturating_mul(256).saturating_add(64 << 20))
}

/// A feature table being read, row by row.
pub(super) struct Builder {
    file: PathBuf,
    limit: u64,
    known: [Option<usize>; FEATURE_TABLE.len()],
    features: Vec<usize>,
    row: u64,
    /// Held so far, texts included.
    bytes: u64,
    values: Vec<f64>,
    recipe: Option<Option<String>>,
    table: FeatureTable,
}

impl Builder {
    /// `columns` are the names of all columns, in the order that [`Builder::push`] counts them.
    pub fn new(file: &Path, columns: &[String]) -> Result<Self, TableError> {
        if columns.is_empty() {
            return Err(TableError::NoFeatures {
                path: file.to_owned(),
            });
        }
        check_names(columns.iter().map(String::as_str))
            .map_err(|error| TableError::malformed(file, error))?;
        let known = FEATURE_TABLE.map(|spec| columns.iter().position(|column| is_named(&spec, column)));
        let is_feature = |name: &str| !is_known(name) && !name.starts_with(PANDAS_INDEX);
        let features: Vec<_> = (0..columns.len())
            .filter(|&column| is_feature(&columns[column]))
            .collect();
        if features.is_empty() {
            return Err(TableError::NoFeatures {
                path: file.to_owned(),
            });
        }
        let table = FeatureTable {
            samples: Vec::new(),
            labels: Vec::new(),
            recipe: None,
            columns: features.iter().map(|&column| columns[column].clone()).collect(),
            features: Array2::zeros((0, features.len())),
            skipped: 0,
        };
        let limit = memory_limit(file)?;
        Ok(Self {
            file: file.to_owned(),
            limit,
            known,
            features,
            row: 0,
            bytes: 0,
            values: Vec::new(),
            recipe: None,
            table,
        })
    }

    /// Takes a row; `field` gives the field of a column.
    pub fn push<'a>(&mut self, field: impl Fn(usize) -> Field<'a>) -> Result<(), TableError> {
        self.row += 1;
        let position = |spec: ColumnSpec| {
            let place = FEATURE_TABLE.iter().position(|other| *other == spec);
            place.and_then(|place| self.known[place])
        };
        let known = |spec: ColumnSpec| position(spec).and_then(|column| field(column).text());
        if known(columns::ERROR).is_some() {
            self.table.skipped += 1;
            return Ok(());
        }
        let path = match (position(columns::PATH), known(columns::PATH)) {
            (None, _) => self.row.to_string(),
            (Some(_), Some(path)) => path,
            (Some(_), None) => return Err(self.missing(columns::PATH.name, "a path")),
        };
        let recipe = known(columns::RECIPE);
        let expected = self.recipe.get_or_insert_with(|| recipe.clone());
        if *expected != recipe {
            let show = |recipe: Option<&String>| recipe.map_or("none".to_owned(), |name| format!("{name:?}"));
            return Err(TableError::MixedRecipes {
                path: self.file.clone(),
                row: self.row,
                expected: show(expected.as_ref()),
                found: show(recipe.as_ref()),
            });
        }
        // What is no whole number, such as the −1 that stands for nothing in NumPy archives, is not known.
        let count = |spec| known(spec).and_then(|text| text.parse().ok());
        let frequency = known(columns::RESAMPLING).and_then(|text| text.parse().ok());
        let label = known(columns::LABEL);
        let sample = Sample {
            source: known(columns::SOURCE),
            group: known(columns::GROUP),
            split: known(columns::SPLIT).and_then(|text| text.parse().ok()),
            file: FileFacts {
                width: count(columns::WIDTH),
                height: count(columns::HEIGHT),
                format: known(columns::FORMAT),
                jpeg_quality: count(columns::JPEG_QUALITY),
                subsampling: known(columns::SUBSAMPLING),
                resampling: frequency.filter(|frequency| (0.0..=0.5).contains(frequency)),
                ..FileFacts::default()
            },
            ..Sample::new(Origin::Name(path))
        };
        let path = sample.origin.text();
        let texts = [
            label.as_deref(),
            sample.source.as_deref(),
            sample.group.as_deref(),
            sample.file.format.as_deref(),
            sample.file.subsampling.as_deref(),
        ];
        let letters: usize = path.len() + texts.iter().flatten().map(|text| text.len()).sum::<usize>();
        self.bytes +=
            (letters + size_of::<Sample>() + size_of::<Option<String>>() + 8 * self.features.len()) as u64;
        if self.bytes > self.limit {
            let (path, what) = (self.file.clone(), format!("row {}", self.row));
            return Err(TableError::TooLarge {
                path,
                what,
                needed: self.bytes,
                limit: self.limit,
            });
        }
        for (index, &column) in self.features.iter().enumerate() {
            let value = field(column).number().map_err(|found| TableError::NotNumeric {
                path: self.file.clone(),
                row: self.row,
                column: self.table.columns[index].clone(),
                found,
            })?;
            self.values.push(value);
        }
        self.table.samples.push(sample);
        self.table.labels.push(label);
        Ok(())
    }

    /// The error of a field that must not be empty, in the row being read.
    fn missing(&self, column: &str, expected: &'static str) -> TableError {
        TableError::Missing {
            path: self.file.clone(),
            row: self.row,
            column: column.to_owned(),
            expected,
        }
    }

    pub fn finish(self) -> Result<FeatureTable, TableError> {
        let mut table = self.table;
        if table.samples.is_empty() {
            return Err(TableError::Empty {
                path: self.file,
                skipped: table.skipped,
            });
        }
        let shape = (table.samples.len(), table.columns.len());
        table.features = Array2::from_shape_vec(shape, self.values)
            .map_err(|error| TableError::malformed(&self.file, error))?;
        table.recipe = self.recipe.flatten();
        Ok(table)
    }
}
