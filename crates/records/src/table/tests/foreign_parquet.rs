//! Parquet as other programs write it, made with the `parquet` crate's writer.

use std::fs;
use std::sync::Arc;

use ndarray::array;
use parquet::basic::{
    BrotliLevel, Compression, Encoding, GzipLevel, LogicalType, Repetition, Type as PhysicalType, ZstdLevel,
};
use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DataType, DoubleType, FixedLenByteArray, FixedLenByteArrayType,
    FloatType, Int32Type, Int64Type,
};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{
    EnabledStatistics, WriterProperties, WriterPropertiesBuilder, WriterVersion,
};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::Type;

use super::*;
use crate::table::{FeatureTable, TableError, read_features};

/// A column: its name, how it is stored, what that means, and its values.
struct Stored {
    name: &'static str,
    logical: Option<LogicalType>,
    values: Data,
}

enum Data {
    Bool(Vec<Option<bool>>),
    Int32(Vec<Option<i32>>),
    Int64(Vec<Option<i64>>),
    Float(Vec<Option<f32>>),
    Double(Vec<Option<f64>>),
    Text(Vec<Option<&'static str>>),
    /// Of this many bytes each.
    Fixed(i32, Vec<Option<Vec<u8>>>),
}

fn column(name: &'static str, logical: Option<LogicalType>, values: Data) -> Stored {
    Stored {
        name,
        logical,
        values,
    }
}

fn texts(name: &'static str, values: &[&'static str]) -> Stored {
    let values = values.iter().map(|text| Some(*text)).collect();
    column(name, Some(LogicalType::String), Data::Text(values))
}

fn write<D: DataType>(group: &mut SerializedRowGroupWriter<Vec<u8>>, values: &[Option<D::T>])
where
    D::T: Clone,
{
    let levels: Vec<i16> = values.iter().map(|value| value.is_some().into()).collect();
    let there: Vec<D::T> = values.iter().flatten().cloned().collect();
    let mut column = group.next_column().unwrap().unwrap();
    column
        .typed::<D>()
        .write_batch(&there, Some(&levels), None)
        .unwrap();
    column.close().unwrap();
}

/// A file of one row group for each element of `groups`.
fn file(groups: &[Vec<Stored>], properties: WriterPropertiesBuilder) -> Vec<u8> {
    let field = |column: &Stored| {
        let (physical, length) = match &column.values {
            Data::Bool(_) => (PhysicalType::BOOLEAN, -1),
            Data::Int32(_) => (PhysicalType::INT32, -1),
            Data::Int64(_) => (PhysicalType::INT64, -1),
            Data::Float(_) => (PhysicalType::FLOAT, -1),
            Data::Double(_) => (PhysicalType::DOUBLE, -1),
            Data::Text(_) => (PhysicalType::BYTE_ARRAY, -1),
            Data::Fixed(length, _) => (PhysicalType::FIXED_LEN_BYTE_ARRAY, *length),
        };
        let (scale, precision) = match &column.logical {
            Some(LogicalType::Decimal(decimal)) => (decimal.scale, decimal.precision),
            _ => (-1, -1),
        };
        let builder = Type::primitive_type_builder(column.name, physical)
            .with_repetition(Repetition::OPTIONAL)
            .with_length(length)
            .with_scale(scale)
            .with_precision(precision)
            .with_logical_type(column.logical.clone());
        Arc::new(builder.build().unwrap())
    };
    let fields = groups[0].iter().map(field).collect();
    let schema = Type::group_type_builder("schema")
        .with_fields(fields)
        .build()
        .unwrap();
    let mut file =
        SerializedFileWriter::new(Vec::new(), Arc::new(schema), Arc::new(properties.build())).unwrap();
    for columns in groups {
        let mut group = file.next_row_group().unwrap();
        for column in columns {
            match &column.values {
                Data::Bool(values) => write::<BoolType>(&mut group, values),
                Data::Int32(values) => write::<Int32Type>(&mut group, values),
                Data::Int64(values) => write::<Int64Type>(&mut group, values),
                Data::Float(values) => write::<FloatType>(&mut group, values),
                Data::Double(values) => write::<DoubleType>(&mut group, values),
                Data::Text(values) => {
                    let values: Vec<_> = values.iter().map(|text| text.map(ByteArray::from)).collect();
                    write::<ByteArrayType>(&mut group, &values);
                }
                Data::Fixed(_, values) => {
                    let values: Vec<_> = values
                        .iter()
                        .map(|bytes| bytes.clone().map(FixedLenByteArray::from))
                        .collect();
                    write::<FixedLenByteArrayType>(&mut group, &values);
                }
            }
        }
        group.close().unwrap();
    }
    file.into_inner().unwrap()
}

fn read(bytes: impl AsRef<[u8]>) -> Result<FeatureTable, TableError> {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("t.parquet");
    fs::write(&path, bytes).unwrap();
    read_features(&path)
}

fn plain() -> WriterPropertiesBuilder {
    WriterProperties::builder()
}

/// Rows that repeat, so that codecs have something to do.
fn rows(from: usize, count: usize) -> Vec<Stored> {
    const NAMES: [&str; 3] = ["real", "fake", "größe, \"漢字\""];
    let numbers = || from..from + count;
    let names = numbers().map(|row| Some(NAMES[row % 3])).collect();
    let widths = numbers().map(|row| (row % 4 != 3).then_some(128.0)).collect();
    let values = numbers().map(|row| Some(row as f64 / 8.0)).collect();
    vec![
        column("label", Some(LogicalType::String), Data::Text(names)),
        column("width", None, Data::Double(widths)),
        column("f0", None, Data::Double(values)),
    ]
}

#[track_caller]
fn are_rows(table: &FeatureTable, count: usize) {
    assert_eq!(table.samples.len(), count);
    for (row, sample) in table.samples.iter().enumerate() {
        let names = ["real", "fake", "größe, \"漢字\""];
        assert_eq!(table.labels[row].as_deref(), Some(names[row % 3]));
        assert_eq!(sample.file.width, (row % 4 != 3).then_some(128));
        assert_eq!(table.features[[row, 0]], row as f64 / 8.0);
    }
}

#[test]
fn every_codec_is_read() {
    for codec in [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::GZIP(GzipLevel::default()),
        Compression::BROTLI(BrotliLevel::default()),
        Compression::ZSTD(ZstdLevel::default()),
        Compression::LZ4,
        Compression::LZ4_RAW,
    ] {
        let bytes = file(&[rows(0, 3000)], plain().set_compression(codec));
        are_rows(&read(bytes).unwrap(), 3000);
    }
}

#[test]
fn pages_groups_and_encodings_of_others_are_read() {
    let groups = || [rows(0, 1500), rows(1500, 7), rows(1507, 1493)];
    let small_pages = plain()
        .set_data_page_row_count_limit(100)
        .set_write_batch_size(100)
        .set_writer_version(WriterVersion::PARQUET_2_0);
    let none = plain()
        .set_statistics_enabled(EnabledStatistics::None)
        .set_dictionary_enabled(false)
        .set_data_page_size_limit(64 << 20);
    let split = plain()
        .set_dictionary_enabled(false)
        .set_column_encoding("f0".into(), Encoding::BYTE_STREAM_SPLIT)
        .set_column_encoding("width".into(), Encoding::BYTE_STREAM_SPLIT)
        .set_column_encoding("label".into(), Encoding::DELTA_BYTE_ARRAY);
    for properties in [
        plain(),
        small_pages,
        plain()
            .set_writer_version(WriterVersion::PARQUET_2_0)
            .set_compression(Compression::ZSTD(ZstdLevel::default())),
        none,
        split,
    ] {
        are_rows(&read(file(&groups(), properties)).unwrap(), 3000);
    }
}

#[test]
fn every_kind_of_number_is_read() {
    let half = |bits: u16| Some(bits.to_le_bytes().to_vec());
    let wide = |value: i128| Some(value.to_be_bytes().to_vec());
    let columns = vec![
        column(
            "u32",
            Some(LogicalType::integer(32, false)),
            Data::Int32(vec![Some(-1), Some(7)]),
        ),
        column(
            "u64",
            Some(LogicalType::integer(64, false)),
            Data::Int64(vec![Some(7), Some(1 << 40)]),
        ),
        column(
            "u8",
            Some(LogicalType::integer(8, false)),
            Data::Int32(vec![Some(255), Some(0)]),
        ),
        column(
            "i16",
            Some(LogicalType::integer(16, true)),
            Data::Int32(vec![Some(-3), Some(0)]),
        ),
        column("bool", None, Data::Bool(vec![Some(true), Some(false)])),
        column("f32", None, Data::Float(vec![Some(0.1), Some(-2.5)])),
        column(
            "f16",
            Some(LogicalType::Float16),
            Data::Fixed(2, vec![half(0x3e00), half(0xc000)]),
        ),
        column(
            "d32",
            Some(LogicalType::decimal(1, 2)),
            Data::Int32(vec![Some(15), Some(-1)]),
        ),
        column(
            "d64",
            Some(LogicalType::decimal(3, 18)),
            Data::Int64(vec![Some(1001), Some(-250)]),
        ),
        column(
            "d128",
            Some(LogicalType::decimal(10, 38)),
            Data::Fixed(16, vec![wide(-15_000_000_000), wide(1)]),
        ),
    ];
    let table = read(file(&[columns], plain())).unwrap();
    assert_eq!(
        table.features,
        array![
            [
                4_294_967_295.0,
                7.0,
                255.0,
                -3.0,
                1.0,
                f64::from(0.1f32),
                1.5,
                1.5,
                1.001,
                -1.5
            ],
            [
                7.0,
                1_099_511_627_776.0,
                0.0,
                0.0,
                0.0,
                -2.5,
                -2.0,
                -0.1,
                -0.25,
                1e-10
            ],
        ]
    );
    let beyond = column(
        "u64",
        Some(LogicalType::integer(64, false)),
        Data::Int64(vec![Some(-1)]),
    );
    let error = read(file(&[vec![beyond]], plain())).unwrap_err().to_string();
    assert!(
        error.ends_with("expected integers below 2^63, found 18446744073709551615"),
        "{error}"
    );
}

#[test]
fn columns_of_nulls_say_nothing() {
    let columns = vec![
        texts("path", &["a", "b"]),
        column("label", Some(LogicalType::Unknown), Data::Int32(vec![None, None])),
        column("width", Some(LogicalType::Unknown), Data::Int32(vec![None, None])),
        column("group", None, Data::Int32(vec![None, None])),
        column("error", None, Data::Double(vec![None, None])),
        column("format", None, Data::Bool(vec![None, None])),
        column("f0", None, Data::Double(vec![Some(1.0), Some(2.0)])),
    ];
    let table = read(file(&[columns], plain())).unwrap();
    assert_eq!((table.labels, table.skipped), (vec![None, None], 0));
    assert!(
        table
            .samples
            .iter()
            .all(|sample| sample.file == Default::default() && sample.group.is_none())
    );
    let nulls = column("f0", Some(LogicalType::Unknown), Data::Int32(vec![None]));
    let error = read(file(&[vec![nulls]], plain())).unwrap_err().to_string();
    assert!(
        error.ends_with("row 1, column \"f0\": expected a finite number, found nothing"),
        "{error}"
    );
}

#[test]
fn labels_of_booleans_and_floats_are_words() {
    let columns = |logical, values| {
        vec![
            column("label", logical, values),
            column("f0", None, Data::Double(vec![Some(1.0); 2])),
        ]
    };
    let labels = |values| read(file(&[columns(None, values)], plain())).unwrap().labels;
    let words = |words: [&str; 2]| words.map(|word| Some(word.to_owned())).to_vec();
    assert_eq!(
        labels(Data::Bool(vec![Some(true), Some(false)])),
        words(["true", "false"])
    );
    assert_eq!(
        labels(Data::Double(vec![Some(1.0), Some(0.0)])),
        words(["1", "0"])
    );
    assert_eq!(labels(Data::Int64(vec![Some(1), Some(0)])), words(["1", "0"]));
    assert_eq!(
        labels(Data::Double(vec![Some(1.0), Some(f64::NAN)])),
        [Some("1".to_owned()), None]
    );
}

#[test]
fn an_index_of_pandas_is_no_feature() {
    let columns = |name, extra| {
        vec![
            texts("path", &["a", "b"]),
            column(name, None, Data::Int64(vec![Some(5), Some(9)])),
            column("f0", None, Data::Double(vec![Some(1.0), Some(2.0)])),
            extra,
        ]
    };
    let time = || {
        column(
            "when",
            Some(LogicalType::timestamp(true, parquet::basic::TimeUnit::MILLIS)),
            Data::Int64(vec![Some(1), Some(2)]),
        )
    };
    let noted = |note: &str| {
        let note = KeyValue::new("pandas".to_owned(), note.to_owned());
        plain().set_key_value_metadata(Some(vec![note]))
    };
    let table = read(file(
        &[columns("__index_level_0__", time())],
        noted(r#"{"index_columns": ["when", {"kind": "range"}]}"#),
    ))
    .unwrap();
    assert_eq!(table.columns, ["f0"]);
    assert_eq!(table.index_columns, ["__index_level_0__", "when"]);

    // The path as an index is the path.
    let note = r#"{"index_columns": ["path"], "columns": []}"#;
    let table = read(file(&[columns("f1", texts("source", &["x", "y"]))], noted(note))).unwrap();
    assert_eq!(table.samples[1].name(), "b");
    assert_eq!(
        (table.columns, table.index_columns),
        (vec!["f1".to_owned(), "f0".to_owned()], vec![])
    );

    let error = read(file(&[columns("f1", time())], noted("[not its note]")))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("column \"when\" holds dates or times; expected plain columns"),
        "{error}"
    );
}
