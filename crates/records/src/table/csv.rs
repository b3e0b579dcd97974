//! CSV records: written by the `csv` crate, and parsed by it when an unfinished file is taken up.

use std::io::{self, Read, Write};

use super::{Cell, Kind, Schema};

/// Writes one row.
pub(super) fn write<W: Write>(writer: &mut csv::Writer<W>, cells: &[Cell]) -> io::Result<()> {
    let mut number = Vec::new();
    let mut write_field = |cell: &Cell| {
        number.clear();
        match cell {
            Cell::Null => writer.write_field([]),
            Cell::Text(text) => writer.write_field(text),
            // As JSON writes it, so that both formats show the same digits.
            Cell::Integer(_) | Cell::Real(_) => {
                serde_json::to_writer(&mut number, cell).map_err(io::Error::from)?;
                writer.write_field(&number)
            }
        }
        .map_err(io_error)
    };
    cells.iter().try_for_each(&mut write_field)?;
    writer.write_record(None::<&[u8]>).map_err(io_error)
}

/// Writes the header.
pub(super) fn write_header<W: Write>(writer: &mut csv::Writer<W>, schema: &Schema) -> io::Result<()> {
    writer
        .write_record(schema.columns().iter().map(|column| &column.name))
        .map_err(io_error)
}

/// The system's own error where there is one: callers look at its kind.
fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

/// Whether these bytes stop inside a quoted field. Holds for what [`write()`] writes, where quotes stand only
/// around fields and doubled within them.
pub(super) fn is_inside_quotes(bytes: &[u8]) -> bool {
    bytes.iter().filter(|&&byte| byte == b'"').count() % 2 == 1
}

/// The next record; `None` at the end and at one that is not UTF-8.
pub(super) fn read(reader: &mut csv::Reader<impl Read>) -> io::Result<Option<csv::StringRecord>> {
    let mut record = csv::StringRecord::new();
    match reader.read_record(&mut record) {
        Ok(is_one) => Ok(is_one.then_some(record)),
        Err(error) if error.is_io_error() => Err(io_error(error)),
        Err(_) => Ok(None),
    }
}

/// The cells of one record, or `None` when it is not a row of the schema.
pub(super) fn parse(schema: &Schema, record: &csv::StringRecord) -> Option<Vec<Cell>> {
    if record.len() != schema.columns().len() {
        return None;
    }
    let cell = |(field, kind): (&str, Kind)| match (field, kind) {
        ("", _) => Some(Cell::Null),
        (text, Kind::Text) => Some(Cell::Text(text.to_owned())),
        (text, Kind::Integer) => text.parse().ok().map(Cell::Integer),
        (text, Kind::Real) => text
            .parse()
            .ok()
            .filter(|value: &f64| value.is_finite())
            .map(Cell::Real),
    };
    record
        .iter()
        .zip(schema.columns().iter().map(|column| column.kind))
        .map(cell)
        .collect()
}
