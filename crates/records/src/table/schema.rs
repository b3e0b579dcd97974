use std::borrow::Cow;
use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use dftective_sample::{ColumnSpec, Kind};

use super::TableError;

/// A named column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// The name, which heads the column in every format.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
}

impl Column {
    /// A column of this name and kind.
    pub fn new(name: impl Into<String>, kind: Kind) -> Self {
        Self {
            name: name.into(),
            kind,
        }
    }
}

impl From<&ColumnSpec> for Column {
    fn from(spec: &ColumnSpec) -> Self {
        Self::new(spec.name, spec.kind)
    }
}

/// The columns of a table, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    columns: Vec<Column>,
}

impl Schema {
    /// Checks that there is a column, that each has a name, and that no two share one.
    pub fn new(columns: Vec<Column>) -> Result<Self, TableError> {
        check_names(columns.iter().map(|column| column.name.as_str()))?;
        Ok(Self { columns })
    }

    /// The columns, in order.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Where the named columns stand.
    pub(super) fn positions(&self, names: &[&str]) -> Result<Vec<usize>, TableError> {
        let position = |name: &&str| {
            let found = self.columns.iter().position(|column| column.name == *name);
            found.ok_or_else(|| TableError::UnknownColumn {
                name: name.to_string(),
            })
        };
        names.iter().map(position).collect()
    }

    /// Checks the number and kinds of a row's cells; `row` is for the message.
    pub(super) fn check(&self, row: u64, cells: &[Cell]) -> Result<(), TableError> {
        if cells.len() != self.columns.len() {
            return Err(TableError::RowLength {
                row,
                expected: self.columns.len(),
                found: cells.len(),
            });
        }
        for (column, cell) in self.columns.iter().zip(cells) {
            let name = || column.name.clone();
            match cell.kind() {
                Some(found) if found != column.kind => {
                    return Err(TableError::CellKind {
                        row,
                        column: name(),
                        expected: column.kind,
                        found,
                    });
                }
                _ => {}
            }
            if let Cell::Real(value) = *cell
                && !value.is_finite()
            {
                return Err(TableError::NotFinite {
                    row,
                    column: name(),
                    value,
                });
            }
        }
        Ok(())
    }
}

/// Checks that names are present, filled and different.
pub(super) fn check_names<'a>(names: impl Iterator<Item = &'a str>) -> Result<(), TableError> {
    let mut seen = HashSet::new();
    for (index, name) in names.enumerate() {
        if name.is_empty() {
            return Err(TableError::UnnamedColumn { column: index + 1 });
        }
        if !seen.insert(name) {
            return Err(TableError::DuplicateName {
                name: name.to_owned(),
            });
        }
    }
    if seen.is_empty() {
        Err(TableError::NoColumns)
    } else {
        Ok(())
    }
}

/// One value of a row.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Cell {
    /// No value; fits every kind of column.
    Null,
    /// For a [`Kind::Text`] column.
    Text(String),
    /// For a [`Kind::Integer`] column.
    Integer(i64),
    /// For a [`Kind::Real`] column; must be finite.
    Real(f64),
}

impl From<Option<String>> for Cell {
    fn from(text: Option<String>) -> Self {
        text.map_or(Self::Null, Self::Text)
    }
}

impl From<Option<u32>> for Cell {
    fn from(number: Option<u32>) -> Self {
        number.map_or(Self::Null, |number| Self::Integer(number.into()))
    }
}

impl From<Option<f64>> for Cell {
    fn from(number: Option<f64>) -> Self {
        number.map_or(Self::Null, Self::Real)
    }
}

impl Cell {
    fn kind(&self) -> Option<Kind> {
        match self {
            Self::Null => None,
            Self::Text(_) => Some(Kind::Text),
            Self::Integer(_) => Some(Kind::Integer),
            Self::Real(_) => Some(Kind::Real),
        }
    }

    /// The row with NUL characters replaced, borrowed where there are none.
    pub(super) fn without_nul(cells: &[Cell]) -> Cow<'_, [Cell]> {
        let has_nul = |cell: &Cell| matches!(cell, Cell::Text(text) if text.contains('\0'));
        if !cells.iter().any(has_nul) {
            return Cow::Borrowed(cells);
        }
        let replace = |cell: &Cell| match cell {
            Cell::Text(text) => Cell::Text(text.replace('\0', "\u{fffd}")),
            other => other.clone(),
        };
        Cow::Owned(cells.iter().map(replace).collect())
    }
}
