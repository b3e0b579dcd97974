use std::fs::File;
use std::io::{self, BufReader};
use std::path::Path;

use zip::ZipArchive;
use zip::result::ZipError;

use dftective_sample::columns::FEATURE_TABLE;

use super::features::{Builder, FeatureTable, is_known, memory_limit};
use super::npy::Array;
use crate::table::TableError;
use crate::table::field::Field;
use crate::table::npz::{COLUMNS, FEATURES};
use dftective_sample::quoted;

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
        if let Some(fields) = members.column(&mut archive, name, rows)? {
            known.push(((*name).to_owned(), fields));
        }
    }
    let columns: Vec<_> = known.iter().map(|(name, _)| name.clone()).chain(names).collect();
    let mut builder = Builder::new(path, &columns, |_, _| false)?;
    members.each_row(&mut archive, |row, features| {
        builder.push(None, |column| {
            let field = match known.get(column) {
                Some((_, fields)) => fields.get(row),
                None => features.get(column - known.len()),
            };
            field.map_or(Field::Missing, Field::by_ref)
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
    ) -> Result<Option<Vec<Field<'static>>>, TableError> {
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
        let (mut fields, mut bytes) = (Vec::new(), 0);
        for _ in 0..length {
            let field = array.next().map_err(self.error(name))?;
            let text = if let Field::Text(text) = &field {
                text.len()
            } else {
                0
            };
            bytes += (size_of::<Field>() + text) as u64;
            self.check_size(name, bytes)?;
            fields.push(field);
        }
        array.finish().map_err(self.error(name))?;
        Ok(Some(fields))
    }

    fn names(&self, fields: Vec<Field>) -> Result<Vec<String>, TableError> {
        let name = |field: Field| match field {
            Field::Text(name) if !is_known(&name) => Ok(name.into_owned()),
            other => {
                let found = quoted(&other.name().unwrap_or_default());
                let reason = format!("array {COLUMNS:?}: expected names of features, found {found}");
                Err(TableError::malformed(self.path, reason))
            }
        };
        fields.into_iter().map(name).collect()
    }

    /// Gives every row of the features, in either order of storage.
    fn each_row(
        &self,
        archive: &mut Archive,
        mut take: impl FnMut(usize, &[Field]) -> Result<(), TableError>,
    ) -> Result<(), TableError> {
        let [rows, width] = self.features_shape(archive)?.map(|length| length as usize);
        let mut features = self.features(archive)?;
        let error = self.error(FEATURES);
        if features.header().is_fortran {
            let mut values = Vec::new();
            for _ in 0..rows * width {
                // As plain numbers: fields take four times the room.
                values.push(match features.next().map_err(&error)? {
                    Field::Real(value) => value,
                    other => other.number().map_err(|found| {
                        error(io::Error::other(format!("expected a number, found {found}")))
                    })?,
                });
            }
            let mut fields = Vec::with_capacity(width);
            for row in 0..rows {
                fields.clear();
                fields.extend(values.iter().skip(row).step_by(rows).copied().map(Field::Real));
                take(row, &fields)?;
            }
        } else {
            let mut fields = Vec::new();
            for row in 0..rows {
                fields.clear();
                for _ in 0..width {
                    fields.push(features.next().map_err(&error)?);
                }
                take(row, &fields)?;
            }
        }
        features.finish().map_err(error)
    }
}
