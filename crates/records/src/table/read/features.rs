use std::borrow::Cow;
use std::fs;
use std::path::{Path, PathBuf};

use ndarray::Array2;

use crate::table::schema::check_names;
use crate::table::{Cell, TableError};

/// Columns that are no features; the indices below name some of them.
pub(super) const KNOWN: [&str; 13] = [
    "path",
    "label",
    "source",
    "group",
    "recipe",
    "error",
    "width",
    "height",
    "format",
    "jpeg_quality",
    "notes",
    "subsampling",
    "resampling",
];
const PATH: usize = 0;
const LABEL: usize = 1;
const SOURCE: usize = 2;
const GROUP: usize = 3;
const RECIPE: usize = 4;
const ERROR: usize = 5;
const WIDTH: usize = 6;
const HEIGHT: usize = 7;
const FORMAT: usize = 8;
const QUALITY: usize = 9;
const SUBSAMPLING: usize = 11;
const RESAMPLING: usize = 12;

/// Columns that pandas adds for its index.
const PANDAS_INDEX: &str = "__index_level_";

/// The feature vectors of n images, with what is known about each.
#[derive(Debug, Clone, PartialEq)]
pub struct FeatureTable {
    /// n paths.
    pub paths: Vec<String>,
    /// n labels as written.
    pub labels: Vec<Option<String>>,
    /// n sources: the generator or camera data set an image came from.
    pub sources: Vec<Option<String>>,
    /// n groups: images that must stay on one side of a split.
    pub groups: Vec<Option<String>>,
    /// n widths in pixels.
    pub widths: Vec<Option<u32>>,
    /// n heights in pixels.
    pub heights: Vec<Option<u32>>,
    /// n names of image formats.
    pub formats: Vec<Option<String>>,
    /// n estimated JPEG qualities.
    pub jpeg_qualities: Vec<Option<u32>>,
    /// n chroma subsamplings of JPEGs, as `4:2:0`.
    pub subsamplings: Vec<Option<String>>,
    /// n frequencies of traces of enlargement, cycles per pixel, 0 where there is none.
    pub resampling: Vec<Option<f64>>,
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

/// How many bytes a file may grow to in memory: more than honest tables need, less than a bomb wanted.
pub(super) fn memory_limit(path: &Path) -> Result<u64, TableError> {
    let metadata = fs::metadata(path).map_err(TableError::io(path, "look at"))?;
    Ok(metadata.len().saturating_mul(256).saturating_add(64 << 20))
}

/// A feature table being read, row by row.
pub(super) struct Builder {
    file: PathBuf,
    limit: u64,
    known: [Option<usize>; KNOWN.len()],
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
        let known = KNOWN.map(|name| columns.iter().position(|column| column == name));
        let is_feature = |name: &str| !KNOWN.contains(&name) && !name.starts_with(PANDAS_INDEX);
        let features: Vec<_> = (0..columns.len())
            .filter(|&column| is_feature(&columns[column]))
            .collect();
        if features.is_empty() {
            return Err(TableError::NoFeatures {
                path: file.to_owned(),
            });
        }
        let table = FeatureTable {
            paths: Vec::new(),
            labels: Vec::new(),
            sources: Vec::new(),
            groups: Vec::new(),
            widths: Vec::new(),
            heights: Vec::new(),
            formats: Vec::new(),
            jpeg_qualities: Vec::new(),
            subsamplings: Vec::new(),
            resampling: Vec::new(),
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
        let known = |which: usize| self.known[which].and_then(|column| field(column).text());
        if known(ERROR).is_some() {
            self.table.skipped += 1;
            return Ok(());
        }
        let path = match (self.known[PATH], known(PATH)) {
            (None, _) => self.row.to_string(),
            (Some(_), Some(path)) => path,
            (Some(_), None) => return Err(self.missing(KNOWN[PATH], "a path")),
        };
        let recipe = known(RECIPE);
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
        let known = |which: usize| self.known[which].and_then(|column| field(column).text());
        let (label, source, group, format) = (known(LABEL), known(SOURCE), known(GROUP), known(FORMAT));
        let subsampling = known(SUBSAMPLING);
        let texts = [
            Some(&path),
            label.as_ref(),
            source.as_ref(),
            group.as_ref(),
            format.as_ref(),
            subsampling.as_ref(),
        ];
        self.bytes += texts.iter().flatten().map(|text| text.len() as u64).sum::<u64>();
        self.bytes +=
            (6 * size_of::<Option<String>>() + 5 * size_of::<Option<u32>>() + 8 * self.features.len()) as u64;
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
        self.table.paths.push(path);
        self.table.labels.push(label);
        self.table.sources.push(source);
        self.table.groups.push(group);
        self.table.formats.push(format);
        // What is no whole number, such as the −1 that stands for nothing in NumPy archives, is not known.
        let count = |which: usize| known(which).and_then(|text| text.parse().ok());
        self.table.widths.push(count(WIDTH));
        self.table.heights.push(count(HEIGHT));
        self.table.jpeg_qualities.push(count(QUALITY));
        self.table.subsamplings.push(subsampling);
        let frequency = known(RESAMPLING).and_then(|text| text.parse().ok());
        self.table
            .resampling
            .push(frequency.filter(|frequency| (0.0..=0.5).contains(frequency)));
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
        if table.paths.is_empty() {
            return Err(TableError::Empty {
                path: self.file,
                skipped: table.skipped,
            });
        }
        let shape = (table.paths.len(), table.columns.len());
        table.features = Array2::from_shape_vec(shape, self.values)
            .map_err(|error| TableError::malformed(&self.file, error))?;
        table.recipe = self.recipe.flatten();
        Ok(table)
    }
}
