use std::fs::File;
use std::io::{self, BufReader};
use std::path::Path;

use zip::ZipArchive;
use zip::result::ZipError;

use dftective_sample::columns::FEATURE_TABLE;

use super::features::{Builder, FeatureTable, Field, is_known, memory_limit};
use super::npy::Array;
use crate::table::npz::{COLUMNS, FEATURES};
use crate::table::{Cell, TableError};

type Archive = ZipArchive<BufReader<File>>;

pub(super) fn read(path: &Path) -> Result<FeatureTable, TableError> {
    let limit = memory_limit(path)?;
    let file = File::open(path).map_err(TableError::io(path, "open"))?;
    let mut archive =
        ZipArchive::new(BufReader::new(file)).map_err(|error| TableError::malformed(path, error))?;
    let members = Members { path, limit };

    let [rows, width] = members.features_shape(&mut archive)?;
    let names = match members.column(&mut archive, COLUMNS, width)? {
        None => (0..width).map(|column| format!("f{column}")).collect(),
        Some(names) => members.names(names)?,
    };
    let mut known = Vec::new();
    for name in FEATURE_TABLE
        .iter()
        .flat_map(|spec| std::iter::once(&spec.name).chain(spec.formerly))
    {
        if let Some(cells) = members.column(&mut archive, name, rows)? {
            known.push(((*name).to_owned(), cells));
        }
    }
    let columns: Vec<_> = known.iter().map(|(name, _)| name.clone()).chain(names).collect();
    let mut builder = Builder::new(path, &columns)?;
    members.each_row(&mut archive, |row, features| {
        builder.push(|column| match known.get(column) {
            Some((_, cells)) => cells.get(row).map_or(Field::Missing, Field::from),
            None => features
                .get(column - known.len())
                .map_or(Field::Missing, Field::from),
        })
    })?;
    builder.finish()
}

/// The members of an archive, and how large they may grow.
struct Members<'a> {
    path: &'a Path,
    limit: u64,
}

impl Members<'_> {
    fn error(&self, member: &str) -> impl Fn(io::Error) -> TableError {
        let (path, member) = (self.path.to_owned(), member.to_owned());
        move |error| TableError::malformed(&path, format!("array {member:?}: {error}"))
    }

    fn open<'z>(
        &self,
        archive: &'z mut Archive,
        name: &str,
    ) -> Result<Option<Array<impl io::Read + use<'z>>>, TableError> {
        match archive.by_name(&npyz::npz::file_name_from_array_name(name)) {
            Err(ZipError::FileNotFound) => Ok(None),
            Err(error) => Err(self.error(name)(error.into())),
            Ok(member) => Array::open(BufReader::new(member))
                .map(Some)
                .map_err(self.error(name)),
        }
    }

    fn features<'z>(&self, archive: &'z mut Archive) -> Result<Array<impl io::Read + use<'z>>, TableError> {
        let features = self.open(archive, FEATURES)?;
        features.ok_or_else(|| TableError::malformed(self.path, format!("no array {FEATURES:?}")))
    }

    /// Rows and columns, small enough to hold.
    fn features_shape(&self, archive: &mut Archive) -> Result<[u64; 2], TableError> {
        let features = self.features(archive)?;
        let shape = &features.header().shape;
        let &[rows, width] = shape.as_slice() else {
            let reason = format!("array {FEATURES:?}: expected two dimensions, found {shape:?}");
            return Err(TableError::malformed(self.path, reason));
        };
        if width == 0 {
            return Err(TableError::NoFeatures {
                path: self.path.to_owned(),
            });
        }
        self.check_size(FEATURES, rows.saturating_mul(width).saturating_mul(8))?;
        Ok([rows, width])
    }

    fn check_size(&self, member: &str, needed: u64) -> Result<(), TableError> {
        if needed <= self.limit {
            return Ok(());
        }
        let (path, what) = (self.path.to_owned(), format!("array {member:?}"));
        Err(TableError::TooLarge {
            path,
            what,
            needed,
            limit: self.limit,
        })
    }

    /// A one-dimensional array of this length, if there is one of the name.
    fn column(
        &self,
        archive: &mut Archive,
        name: &str,
        length: u64,
    ) -> Result<Option<Vec<Cell>>, TableError> {
        let Some(mut array) = self.open(archive, name)? else {
            return Ok(None);
        };
        if array.header().shape != [length] {
            let found = &array.header().shape;
            let reason = format!(
                "array {name:?}: expected the shape [{length}] to match the features, found {found:?}"
            );
            return Err(TableError::malformed(self.path, reason));
        }
        let (mut cells, mut bytes) = (Vec::new(), 0);
        for _ in 0..length {
            let cell = array.next().map_err(self.error(name))?;
            let text = if let Cell::Text(text) = &cell {
                text.len()
            } else {
                0
            };
            bytes += (size_of::<Cell>() + text) as u64;
            self.check_size(name, bytes)?;
            cells.push(cell);
        }
        array.finish().map_err(self.error(name))?;
        Ok(Some(cells))
    }

    fn names(&self, cells: Vec<Cell>) -> Result<Vec<String>, TableError> {
        let name = |cell| match cell {
            Cell::Text(name) if !is_known(&name) => Ok(name),
            other => {
                let reason = format!("array {COLUMNS:?}: expected names of features, found {other:?}");
                Err(TableError::malformed(self.path, reason))
            }
        };
        cells.into_iter().map(name).collect()
    }

    /// Gives every row of the features, in either order of storage.
    fn each_row(
        &self,
        archive: &mut Archive,
        mut take: impl FnMut(usize, &[Cell]) -> Result<(), TableError>,
    ) -> Result<(), TableError> {
        let [rows, width] = self.features_shape(archive)?.map(|length| length as usize);
        let mut features = self.features(archive)?;
        let error = self.error(FEATURES);
        if features.header().is_fortran {
            let mut values = Vec::new();
            for _ in 0..rows * width {
                // As plain numbers: cells take three times the room.
                match features.next().map_err(&error)? {
                    Cell::Real(value) => values.push(value),
                    Cell::Integer(value) => values.push(value as f64),
                    other => {
                        return Err(error(io::Error::other(format!(
                            "expected a number, found {other:?}"
                        ))));
                    }
                }
            }
            let mut cells = Vec::with_capacity(width);
            for row in 0..rows {
                cells.clear();
                cells.extend(values.iter().skip(row).step_by(rows).copied().map(Cell::Real));
                take(row, &cells)?;
            }
        } else {
            let mut cells = Vec::new();
            for row in 0..rows {
                cells.clear();
                for _ in 0..width {
                    cells.push(features.next().map_err(&error)?);
                }
                take(row, &cells)?;
            }
        }
        features.finish().map_err(error)
    }
}
