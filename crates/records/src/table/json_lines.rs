//! JSON Lines records: one object a line, its keys in the order of the columns.

use std::fmt;
use std::io::{self, Write};

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::{Serialize, Serializer};

use super::field::Field;
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
    let cell = |((name, field), column): ((String, Field), &super::Column)| {
        let fits = match &field {
            Field::Missing => true,
            Field::Text(_) => column.kind == Kind::Text,
            Field::Integer(_) => column.kind == Kind::Integer,
            Field::Real(_) => column.kind == Kind::Real,
            Field::Boolean(_) | Field::Untyped(_) => false,
        };
        (fits && name == column.name).then(|| field.into())
    };
    pairs.into_iter().zip(schema.columns()).map(cell).collect()
}

/// A flat JSON object, its keys in order; repeated keys stay visible.
pub(super) struct Pairs(pub Vec<(String, Field<'static>)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PairsVisitor;
        impl<'de> Visitor<'de> for PairsVisitor {
            type Value = Pairs;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of texts, numbers, booleans and nulls")
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
