//! JSON Lines records: one object a line, its keys in the order of the columns.

use std::fmt;
use std::io::{self, Write};

use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use serde::{Serialize, Serializer};

use super::{Cell, Kind, Schema};

/// Writes one row.
pub(super) fn write(writer: &mut impl Write, schema: &Schema, cells: &[Cell]) -> io::Result<()> {
    serde_json::to_writer(&mut *writer, &Row { schema, cells })?;
    writer.write_all(b"\n")
}

struct Row<'a> {
    schema: &'a Schema,
    cells: &'a [Cell],
}

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(
            self.schema
                .columns()
                .iter()
                .map(|column| &column.name)
                .zip(self.cells),
        )
    }
}

/// The cells of one line, or `None` when it is not a row of the schema.
pub(super) fn parse(schema: &Schema, line: &[u8]) -> Option<Vec<Cell>> {
    let Pairs(pairs) = serde_json::from_slice(line).ok()?;
    if pairs.len() != schema.columns().len() {
        return None;
    }
    let cell = |((name, cell), column): ((String, Cell), &super::Column)| {
        let fits = match &cell {
            Cell::Null => true,
            Cell::Text(_) => column.kind == Kind::Text,
            Cell::Integer(_) => column.kind == Kind::Integer,
            Cell::Real(_) => column.kind == Kind::Real,
        };
        (fits && name == column.name).then_some(cell)
    };
    pairs.into_iter().zip(schema.columns()).map(cell).collect()
}

/// A flat JSON object, its keys in order; repeated keys stay visible.
pub(super) struct Pairs(pub Vec<(String, Cell)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PairsVisitor;
        impl<'de> Visitor<'de> for PairsVisitor {
            type Value = Pairs;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of texts, numbers and nulls")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(PairsVisitor)
    }
}

impl<'de> Deserialize<'de> for Cell {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct CellVisitor;
        impl Visitor<'_> for CellVisitor {
            type Value = Cell;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, a number or null")
            }

            fn visit_unit<E>(self) -> Result<Cell, E> {
                Ok(Cell::Null)
            }

            fn visit_str<E>(self, text: &str) -> Result<Cell, E> {
                Ok(Cell::Text(text.to_owned()))
            }

            fn visit_string<E>(self, text: String) -> Result<Cell, E> {
                Ok(Cell::Text(text))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Cell, E> {
                Ok(Cell::Integer(value))
            }

            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Cell, E> {
                i64::try_from(value).map(Cell::Integer).map_err(|_| {
                    E::invalid_value(de::Unexpected::Unsigned(value), &"a signed 64-bit integer")
                })
            }

            fn visit_f64<E>(self, value: f64) -> Result<Cell, E> {
                Ok(Cell::Real(value))
            }
        }
        deserializer.deserialize_any(CellVisitor)
    }
}
