//! Parquet read back in batches of rows, column by column, with bounded memory.

use std::fs::File;
use std::panic::AssertUnwindSafe;

use ::parquet::basic::{ConvertedType, LogicalType, Type as PhysicalType};
use ::parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use ::parquet::data_type::{ByteArray, DataType, FixedLenByteArray};
use ::parquet::errors::{ParquetError, Result};
use ::parquet::file::metadata::ParquetMetaData;
use ::parquet::file::reader::{FileReader, SerializedFileReader};
use ::parquet::schema::types::ColumnDescriptor;
use dftective_catch_panic::catch_panic;
use half::f16;

use super::field::Field;
use dftective_sample::quoted;

const BATCH: usize = 1024;

/// One column of a batch.
pub(super) enum Values {
    /// Checked to be UTF-8; texts of a dictionary share its memory.
    Text(Vec<Option<ByteArray>>),
    Boolean(Vec<Option<bool>>),
    Integer(Vec<Option<i64>>),
    Real(Vec<Option<f64>>),
}

impl Values {
    /// The value of a row of the batch.
    pub fn field(&self, row: usize) -> Field<'_> {
        fn get<T>(values: &[Option<T>], row: usize) -> Option<&T> {
            values.get(row).and_then(Option::as_ref)
        }
        let field = match self {
            Self::Text(values) => get(values, row)
                .and_then(|bytes| bytes.as_utf8().ok())
                .map(|text| Field::Text(text.into())),
            Self::Boolean(values) => get(values, row).map(|value| Field::Boolean(*value)),
            Self::Integer(values) => get(values, row).map(|value| Field::Integer(*value)),
            Self::Real(values) => get(values, row).map(|value| Field::Real(*value)),
        };
        field.unwrap_or(Field::Missing)
    }
}

/// What the stored values of a column mean.
#[derive(Clone, Copy)]
enum Meaning {
    /// Themselves.
    Plain,
    /// Integers without a sign, stored in the bits of signed ones.
    Unsigned,
    /// Numbers of half precision.
    Half,
    /// Integers, to be divided by this power of ten.
    Decimal(i32),
}

/// The batches of some columns of a file.
pub(super) struct Batches {
    file: SerializedFileReader<File>,
    /// Where each column that is read stands in the file, and what its values mean.
    columns: Vec<(usize, Meaning)>,
    next_group: usize,
    readers: Vec<ColumnReader>,
    rows_left: usize,
}

impl Batches {
    /// Of no column yet, see [`Self::select`].
    pub fn new(file: File) -> Result<Self> {
        guarded(|| {
            Ok(Self {
                file: SerializedFileReader::new(file)?,
                columns: Vec::new(),
                next_group: 0,
                readers: Vec::new(),
                rows_left: 0,
            })
        })
    }

    pub fn metadata(&self) -> &ParquetMetaData {
        self.file.metadata()
    }

    /// Chooses the columns to read, counted from 0.
    ///
    /// # Errors
    /// Columns that hold neither text nor numbers, and nested ones.
    pub fn select(mut self, columns: impl IntoIterator<Item = usize>) -> Result<Self> {
        let schema = self.metadata().file_metadata().schema_descr_ptr();
        let selected = columns
            .into_iter()
            .map(|column| Ok((column, meaning(&schema.column(column))?)));
        self.columns = selected.collect::<Result<_>>()?;
        Ok(self)
    }

    /// The next rows: how many, and the columns selected. `None` at the end.
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
                .map(|&(column, _)| group.get_column_reader(column))
                .collect::<Result<_>>()?;
        }
        let rows = self.rows_left.min(BATCH);
        self.rows_left -= rows;
        let values = self
            .readers
            .iter_mut()
            .zip(&self.columns)
            .map(|(reader, &(_, meaning))| read(reader, meaning, rows))
            .collect::<Result<_>>()?;
        Ok(Some((rows, values)))
    }
}

/// Makes the decoder's panics errors: it has several on damaged files (version 60 asserts on lengths, on offsets and on
/// missing dictionaries), which cannot be told beforehand without decoding. What panicked is not used again.
fn guarded<T>(read: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_panic(AssertUnwindSafe(read)).unwrap_or_else(|_| Err(general("the file is damaged".to_owned())))
}

fn read(reader: &mut ColumnReader, meaning: Meaning, rows: usize) -> Result<Values> {
    match (reader, meaning) {
        (ColumnReader::BoolColumnReader(reader), _) => read_typed(reader, rows, Ok).map(Values::Boolean),
        (ColumnReader::Int32ColumnReader(reader), Meaning::Decimal(scale)) => {
            read_typed(reader, rows, |value| Ok(decimal(value.into(), scale))).map(Values::Real)
        }
        (ColumnReader::Int32ColumnReader(reader), Meaning::Unsigned) => {
            read_typed(reader, rows, |value| Ok(value.cast_unsigned().into())).map(Values::Integer)
        }
        (ColumnReader::Int32ColumnReader(reader), _) => {
            read_typed(reader, rows, |value| Ok(value.into())).map(Values::Integer)
        }
        (ColumnReader::Int64ColumnReader(reader), Meaning::Decimal(scale)) => {
            read_typed(reader, rows, |value| Ok(decimal(value.into(), scale))).map(Values::Real)
        }
        (ColumnReader::Int64ColumnReader(reader), Meaning::Unsigned) => {
            let signed = |value: i64| {
                let value = value.cast_unsigned();
                i64::try_from(value)
                    .map_err(|_| general(format!("expected integers below 2^63, found {value}")))
            };
            read_typed(reader, rows, signed).map(Values::Integer)
        }
        (ColumnReader::Int64ColumnReader(reader), _) => read_typed(reader, rows, Ok).map(Values::Integer),
        (ColumnReader::FloatColumnReader(reader), _) => {
            read_typed(reader, rows, |value| Ok(value.into())).map(Values::Real)
        }
        (ColumnReader::DoubleColumnReader(reader), _) => read_typed(reader, rows, Ok).map(Values::Real),
        (ColumnReader::ByteArrayColumnReader(reader), _) => {
            let text = |bytes: ByteArray| bytes.as_utf8().map(drop).map(|()| bytes);
            read_typed(reader, rows, text).map(Values::Text)
        }
        (ColumnReader::FixedLenByteArrayColumnReader(reader), Meaning::Half) => {
            let real = |bytes: FixedLenByteArray| match *bytes.data() {
                [a, b] => Ok(f16::from_le_bytes([a, b]).into()),
                _ => Err(general("a number of half precision has not two bytes".to_owned())),
            };
            read_typed(reader, rows, real).map(Values::Real)
        }
        (ColumnReader::FixedLenByteArrayColumnReader(reader), Meaning::Decimal(scale)) => {
            let real = |bytes: FixedLenByteArray| big_endian(bytes.data()).map(|value| decimal(value, scale));
            read_typed(reader, rows, real).map(Values::Real)
        }
        (ColumnReader::Int96ColumnReader(_) | ColumnReader::FixedLenByteArrayColumnReader(_), _) => {
            Err(general("a column is neither text nor a number".to_owned()))
        }
    }
}

/// The nearest double where the digits and the power of ten are exact ones, as those of up to 15 digits are.
fn decimal(digits: i128, scale: i32) -> f64 {
    digits as f64 / 10f64.powi(scale)
}

/// The integer in two's complement, its first byte the highest.
fn big_endian(bytes: &[u8]) -> Result<i128> {
    let too_long = || {
        general(format!(
            "expected decimals of at most 16 bytes, found {}",
            bytes.len()
        ))
    };
    let is_negative = bytes.first().is_some_and(|&byte| byte >= 0x80);
    let mut wide = [if is_negative { 0xff } else { 0 }; 16];
    let start = 16usize.checked_sub(bytes.len()).ok_or_else(too_long)?;
    wide[start..].copy_from_slice(bytes);
    Ok(i128::from_be_bytes(wide))
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

/// What a column's values mean, by the logical type or by the converted type of older files.
///
/// # Errors
/// Values that are neither text nor numbers, and nested columns.
fn meaning(column: &ColumnDescriptor) -> Result<Meaning> {
    let refuse = |found: &str| {
        let name = quoted(column.name());
        Err(general(format!(
            "column {name} {found}; expected plain columns of text or numbers"
        )))
    };
    if column.max_rep_level() > 0 || column.max_def_level() > 1 {
        return refuse("is nested");
    }
    let unsigned = [
        ConvertedType::UINT_8,
        ConvertedType::UINT_16,
        ConvertedType::UINT_32,
        ConvertedType::UINT_64,
    ];
    match (column.logical_type_ref(), column.converted_type()) {
        (Some(LogicalType::Integer(integer)), _) if !integer.is_signed => Ok(Meaning::Unsigned),
        (None, converted) if unsigned.contains(&converted) => Ok(Meaning::Unsigned),
        // A column of nothing but nulls is of an unknown type.
        (
            Some(LogicalType::String | LogicalType::Enum | LogicalType::Integer(_) | LogicalType::Unknown),
            _,
        )
        | (
            None,
            ConvertedType::NONE
            | ConvertedType::UTF8
            | ConvertedType::ENUM
            | ConvertedType::INT_8
            | ConvertedType::INT_16
            | ConvertedType::INT_32
            | ConvertedType::INT_64,
        ) => Ok(Meaning::Plain),
        (Some(LogicalType::Float16), _) => Ok(Meaning::Half),
        (Some(LogicalType::Decimal(_)), _) | (None, ConvertedType::DECIMAL)
            if column.physical_type() != PhysicalType::BYTE_ARRAY =>
        {
            Ok(Meaning::Decimal(column.type_scale()))
        }
        (Some(LogicalType::Date | LogicalType::Time(_) | LogicalType::Timestamp(_)), _)
        | (
            None,
            ConvertedType::DATE
            | ConvertedType::TIME_MILLIS
            | ConvertedType::TIME_MICROS
            | ConvertedType::TIMESTAMP_MILLIS
            | ConvertedType::TIMESTAMP_MICROS,
        ) => refuse("holds dates or times"),
        _ => refuse("is of another type"),
    }
}

fn general(message: String) -> ParquetError {
    ParquetError::General(message)
}
