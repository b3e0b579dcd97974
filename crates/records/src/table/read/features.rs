use std::fs;
use std::path::{Path, PathBuf};

use ndarray::Array2;

use crate::table::field::Field;
use crate::table::schema::check_names;
use crate::table::{Position, TableError};
use dftective_sample::columns::{self, FEATURE_TABLE};
use dftective_sample::{ColumnSpec, FileFacts, Origin, Sample, UnknownSplit, quoted};

/// How the names begin that pandas gives to an index without a name: in Parquet, and where it reads back CSV that it wrote.
const PANDAS_INDEX: [&str; 2] = ["__index_level_", "Unnamed: 0"];

/// The feature vectors of n images, with what is known about each.
#[derive(Debug, Clone, PartialEq)]
pub struct FeatureTable {
    /// n images, by name; their labels are not yet read.
    pub samples: Vec<Sample>,
    /// n labels as written.
    pub labels: Vec<Option<String>>,
    /// Where the n rows stand in the file.
    pub positions: Vec<Position>,
    /// How the features were made, the same for all rows.
    pub recipe: Option<String>,
    /// d feature names.
    pub columns: Vec<String>,
    /// n × d finite numbers, row-major.
    pub features: Array2<f64>,
    /// Rows left out because their `error` is filled.
    pub skipped: u64,
    /// Columns left out because they number the rows: an index of pandas.
    pub index_columns: Vec<String>,
    /// Columns of what detectors want to know of a file that are not there or say nothing of any image.
    pub unknown: Vec<&'static str>,
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

/// What is known of one row while it is read.
struct Row<'b, F> {
    file: &'b Path,
    known: &'b [Option<usize>; FEATURE_TABLE.len()],
    position: Position,
    field: F,
}

impl<'a, F: Fn(usize) -> Field<'a>> Row<'_, F> {
    /// The field of a declared column, where the table has the column.
    fn of(&self, spec: ColumnSpec) -> Option<Field<'a>> {
        let place = FEATURE_TABLE.iter().position(|other| *other == spec)?;
        self.known[place].map(&self.field)
    }

    fn text(&self, spec: ColumnSpec) -> Option<String> {
        self.of(spec).and_then(Field::text)
    }

    fn count(&self, spec: ColumnSpec) -> Result<Option<u32>, TableError> {
        let count = self.of(spec).map_or(Ok(None), Field::count);
        count.map_err(|found| self.wrong(spec.name, "a whole number from 0", found))
    }

    /// In cycles per pixel.
    fn frequency(&self, spec: ColumnSpec) -> Result<Option<f64>, TableError> {
        let expected = "a number from 0 to 0.5";
        let number = self.of(spec).map_or(Ok(None), Field::known_number);
        match number.map_err(|found| self.wrong(spec.name, expected, found))? {
            Some(value) if !(0.0..=0.5).contains(&value) => {
                Err(self.wrong(spec.name, expected, value.to_string()))
            }
            known => Ok(known),
        }
    }

    /// The error of a field.
    fn wrong(&self, column: &str, expected: &'static str, found: String) -> TableError {
        TableError::Field {
            path: self.file.to_owned(),
            position: self.position,
            column: column.to_owned(),
            expected,
            found,
        }
    }
}

/// A feature table being read, row by row.
pub(super) struct Builder {
    file: PathBuf,
    limit: u64,
    known: [Option<usize>; FEATURE_TABLE.len()],
    features: Vec<usize>,
    rows: u64,
    /// Held so far, texts included.
    bytes: u64,
    values: Vec<f64>,
    recipe: Option<Option<String>>,
    table: FeatureTable,
}

impl Builder {
    /// `columns` are the names of all columns, in the order that [`Builder::push`] counts them; `is_index` says which of
    /// them number the rows, besides those that pandas names so.
    pub fn new(
        file: &Path,
        columns: &[String],
        is_index: impl Fn(usize, &str) -> bool,
    ) -> Result<Self, TableError> {
        let none = || TableError::NoFeatures {
            path: file.to_owned(),
        };
        let (mut index_columns, mut features) = (Vec::new(), Vec::new());
        for (column, name) in columns.iter().enumerate() {
            if PANDAS_INDEX.iter().any(|start| name.starts_with(start)) || is_index(column, name) {
                index_columns.push(name.clone());
            } else if name.is_empty() {
                let error = TableError::UnnamedColumn { column: column + 1 };
                return Err(TableError::malformed(file, error));
            } else if !is_known(name) {
                features.push(column);
            }
        }
        let named = columns.iter().map(String::as_str).filter(|name| !name.is_empty());
        check_names(named).map_err(|error| match error {
            TableError::NoColumns => none(),
            error => TableError::malformed(file, error),
        })?;
        if features.is_empty() {
            return Err(none());
        }
        let table = FeatureTable {
            samples: Vec::new(),
            labels: Vec::new(),
            positions: Vec::new(),
            recipe: None,
            columns: features.iter().map(|&column| columns[column].clone()).collect(),
            features: Array2::zeros((0, features.len())),
            skipped: 0,
            index_columns,
            unknown: Vec::new(),
        };
        Ok(Self {
            file: file.to_owned(),
            limit: memory_limit(file)?,
            known: FEATURE_TABLE.map(|spec| columns.iter().position(|column| is_named(&spec, column))),
            features,
            rows: 0,
            bytes: 0,
            values: Vec::new(),
            recipe: None,
            table,
        })
    }

    /// The columns whose fields [`Builder::push`] asks for, in their order.
    pub fn columns(&self) -> Vec<usize> {
        let mut columns: Vec<usize> = self
            .known
            .iter()
            .flatten()
            .chain(&self.features)
            .copied()
            .collect();
        columns.sort_unstable();
        columns
    }

    /// Takes a row, which begins in `line` in formats that have lines; `field` gives the field of a column.
    pub fn push<'a>(
        &mut self,
        line: Option<u64>,
        field: impl Fn(usize) -> Field<'a>,
    ) -> Result<(), TableError> {
        self.rows += 1;
        let row = Row {
            file: &self.file,
            known: &self.known,
            position: Position { row: self.rows, line },
            field,
        };
        if row.text(columns::ERROR).is_some() {
            self.table.skipped += 1;
            return Ok(());
        }
        let name = match row.of(columns::PATH) {
            None => self.rows.to_string(),
            Some(field) => {
                let nothing = || row.wrong(columns::PATH.name, "a path", "nothing".to_owned());
                field.name().ok_or_else(nothing)?
            }
        };
        let recipe = row.text(columns::RECIPE);
        let expected = self.recipe.get_or_insert_with(|| recipe.clone());
        if *expected != recipe {
            let show = |recipe: Option<&String>| recipe.map_or("none".to_owned(), |name| quoted(name));
            return Err(TableError::MixedRecipes {
                path: self.file.clone(),
                position: row.position,
                expected: show(expected.as_ref()),
                found: show(recipe.as_ref()),
            });
        }
        let split = row.text(columns::SPLIT).map(|text| text.parse()).transpose();
        let label = row.text(columns::LABEL);
        let sample = Sample {
            source: row.text(columns::SOURCE),
            group: row.text(columns::GROUP),
            split: split.map_err(|error: UnknownSplit| {
                row.wrong(
                    columns::SPLIT.name,
                    "train, validation or test",
                    quoted(&error.found),
                )
            })?,
            file: FileFacts {
                width: row.count(columns::WIDTH)?,
                height: row.count(columns::HEIGHT)?,
                format: row.text(columns::FORMAT),
                jpeg_quality: row.count(columns::JPEG_QUALITY)?,
                subsampling: row.text(columns::SUBSAMPLING),
                resampling: row.frequency(columns::RESAMPLING)?,
                ..FileFacts::default()
            },
            ..Sample::new(Origin::Name(name))
        };
        self.bytes += held(&sample, label.as_deref(), self.features.len());
        if self.bytes > self.limit {
            return Err(TableError::TooLarge {
                path: self.file.clone(),
                what: row.position.to_string(),
                needed: self.bytes,
                limit: self.limit,
            });
        }
        for (&column, name) in self.features.iter().zip(&self.table.columns) {
            let value = (row.field)(column).number();
            self.values
                .push(value.map_err(|found| row.wrong(name, "a finite number", found))?);
        }
        self.table.positions.push(row.position);
        self.table.samples.push(sample);
        self.table.labels.push(label);
        Ok(())
    }

    pub fn finish(self) -> Result<FeatureTable, TableError> {
        let unknown = self.unknown();
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
        table.unknown = unknown;
        Ok(table)
    }

    /// What no row tells. What not every image has, as a JPEG's quality, is unknown where there are images that should
    /// have it, or else where there is no column for it.
    fn unknown(&self) -> Vec<&'static str> {
        let files = || self.table.samples.iter().map(|sample| &sample.file);
        let has_column = |spec| {
            let place = FEATURE_TABLE.iter().position(|other| *other == spec);
            place.is_some_and(|place| self.known[place].is_some())
        };
        let all_other_formats = files().all(|file| file.format.as_ref().is_some_and(|name| name != "jpeg"));
        let is_known = [
            (columns::WIDTH, files().any(|file| file.width.is_some())),
            (columns::HEIGHT, files().any(|file| file.height.is_some())),
            (columns::FORMAT, files().any(|file| file.format.is_some())),
            (
                columns::JPEG_QUALITY,
                all_other_formats || files().any(|file| file.jpeg_quality.is_some()),
            ),
            (
                columns::SUBSAMPLING,
                all_other_formats || has_column(columns::SUBSAMPLING),
            ),
            (columns::RESAMPLING, has_column(columns::RESAMPLING)),
        ];
        let unknown = is_known.into_iter().filter(|(_, is_known)| !is_known);
        unknown.map(|(spec, _)| spec.name).collect()
    }
}

/// Bytes that a row of so many features takes.
fn held(sample: &Sample, label: Option<&str>, features: usize) -> u64 {
    let path = sample.origin.text();
    let texts = [
        Some(&*path),
        label,
        sample.source.as_deref(),
        sample.group.as_deref(),
        sample.file.format.as_deref(),
        sample.file.subsampling.as_deref(),
    ];
    let letters: usize = texts.iter().flatten().map(|text| text.len()).sum();
    let fixed = size_of::<Sample>() + size_of::<Option<String>>() + size_of::<Position>();
    (letters + fixed + size_of::<f64>() * features) as u64
}
