//! Parquet read back in batches of rows, column by column, with bounded memory.

use std::fs::File;
use std::panic::AssertUnwindSafe;

use ::parquet::basic::{ConvertedType, LogicalType};
use ::parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use ::parquet::data_type::DataType;
use ::parquet::errors::{ParquetError, Result};
use ::parquet::file::metadata::ParquetMetaData;
use ::parquet::file::reader::{FileReader, SerializedFileReader};
use ::parquet::schema::types::ColumnDescriptor;
use dftective_catch_panic::catch_panic;

use super::Cell;

const BATCH: usize = 1024;

/// One column of a batch.
pub(super) enum Values {
    Text(Vec<Option<String>>),
    Integer(Vec<Option<i64>>),
    Real(Vec<Option<f64>>),
}

impl Values {
    /// The value of a row of the batch.
    pub fn cell(&self, row: usize) -> Cell {
        fn get<T: Clone>(values: &[Option<T>], row: usize) -> Option<T> {
            values.get(row).cloned().flatten()
        }
        match self {
            Self::Text(values) => get(values, row).map_or(Cell::Null, Cell::Text),
            Self::Integer(values) => get(values, row).map_or(Cell::Null, Cell::Integer),
            Self::Real(values) => get(values, row).map_or(Cell::Null, Cell::Real),
        }
    }
}

/// The batches of some columns of a file.
pub(super) struct Batches {
    file: SerializedFileReader<File>,
    columns: Vec<usize>,
    next_group: usize,
    readers: Vec<ColumnReader>,
    rows_left: usize,
}

impl Batches {
    /// `columns` counts from 0 and must exist in the file; `None` stands for all.
    pub fn new(file: File, columns: Option<Vec<usize>>) -> Result<Self> {
        guarded(|| {
            let file = SerializedFileReader::new(file)?;
            let all = || (0..file.metadata().file_metadata().schema_descr().num_columns()).collect();
            let columns = columns.unwrap_or_else(all);
            Ok(Self {
                file,
                columns,
                next_group: 0,
                readers: Vec::new(),
                rows_left: 0,
            })
        })
    }

    pub fn metadata(&self) -> &ParquetMetaData {
        self.file.metadata()
    }

    /// The next rows: how many, and the columns asked for. `None` at the end.
    pub fn next(&mut self) -> Result<Option<(usize, Vec<Values>)>> {
        guarded(|| self.read_next())
    }

    fn read_next(&mut self) -> Result<Option<(usize, Vec<Values>)>> {
        while self.rows_left == 0 {
            if self.next_group == self.file.num_row_groups() {
                return Ok(None);
            }
            let group = self.file.get_row_group(self.next_group)?;
            self.next_group += 1;
            let rows = group.metadata().num_rows();
            self.rows_left = usize::try_from(rows).map_err(|_| general(format!("a group of {rows} rows")))?;
            self.readers = self
                .columns
                .iter()
                .map(|&i| group.get_column_reader(i))
                .collect::<Result<_>>()?;
        }
        let rows = self.rows_left.min(BATCH);
        self.rows_left -= rows;
        let values = self
            .readers
            .iter_mut()
            .map(|reader| read(reader, rows))
            .collect::<Result<_>>()?;
        Ok(Some((rows, values)))
    }
}

/// Makes the decoder's panics errors: it has several on damaged pages (version 60 asserts on lengths and on
/// missing dictionaries), which cannot be told beforehand without decoding. What panicked is not used again.
fn guarded<T>(read: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_panic(AssertUnwindSafe(read)).unwrap_or_else(|_| Err(general("the file is damaged".to_owned())))
}

fn read(reader: &mut ColumnReader, rows: usize) -> Result<Values> {
    fn integer<T: Into<i64>>(value: T) -> Result<i64> {
        Ok(value.into())
    }
    match reader {
        ColumnReader::BoolColumnReader(reader) => read_typed(reader, rows, integer).map(Values::Integer),
        ColumnReader::Int32ColumnReader(reader) => read_typed(reader, rows, integer).map(Values::Integer),
        ColumnReader::Int64ColumnReader(reader) => read_typed(reader, rows, integer).map(Values::Integer),
        ColumnReader::FloatColumnReader(reader) => {
            read_typed(reader, rows, |value| Ok(value.into())).map(Values::Real)
        }
        ColumnReader::DoubleColumnReader(reader) => read_typed(reader, rows, Ok).map(Values::Real),
        ColumnReader::ByteArrayColumnReader(reader) => {
            read_typed(reader, rows, |bytes| bytes.as_utf8().map(str::to_owned)).map(Values::Text)
        }
        ColumnReader::Int96ColumnReader(_) | ColumnReader::FixedLenByteArrayColumnReader(_) => {
            Err(general("a column is neither text nor a number".to_owned()))
        }
    }
}

/// Exactly `rows` values.
fn read_typed<D: DataType, V>(
    reader: &mut ColumnReaderImpl<D>,
    rows: usize,
    convert: impl Fn(D::T) -> Result<V>,
) -> Result<Vec<Option<V>>> {
    let (mut levels, mut values) = (Vec::new(), Vec::new());
    let mut total = 0;
    while total < rows {
        let (records, _, _) = reader.read_records(rows - total, Some(&mut levels), None, &mut values)?;
        if records == 0 {
            return Err(general(format!(
                "expected {rows} more rows in a column, found {total}"
            )));
        }
        total += records;
    }
    let mut values = values.into_iter();
    if levels.is_empty() {
        return values.map(|value| convert(value).map(Some)).collect();
    }
    let value = |level| if level == 0 { None } else { values.next() };
    levels
        .into_iter()
        .map(value)
        .map(|value| value.map(&convert).transpose())
        .collect()
}

/// Refuses columns whose stored numbers are not their values, and nested ones.
pub(super) fn check_column(column: &ColumnDescriptor) -> Result<()> {
    let refuse = |found: &str| Err(general(format!("column {:?} is {found}", column.name())));
    if column.max_rep_level() > 0 || column.max_def_level() > 1 {
        return refuse("nested; expected plain columns");
    }
    let unsigned = [ConvertedType::UINT_32, ConvertedType::UINT_64];
    match column.logical_type_ref() {
        None | Some(LogicalType::String | LogicalType::Integer { .. } | LogicalType::Enum) => {}
        Some(other) => return refuse(&format!("of type {other:?}; expected text or numbers")),
    }
    if unsigned.contains(&column.converted_type()) {
        return refuse("an unsigned integer of 32 or 64 bits; expected signed integers or floats");
    }
    Ok(())
}

fn general(message: String) -> ParquetError {
    ParquetError::General(message)
}
