//! Parquet: the schema, and a row group's columns turned into bytes.

use std::sync::Arc;

use ::parquet::basic::{Compression, LogicalType, Repetition, Type as PhysicalType};
use ::parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use ::parquet::errors::Result;
use ::parquet::file::metadata::KeyValue;
use ::parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesPtr};
use ::parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use ::parquet::schema::types::{ColumnPath, Type, TypePtr};

use super::partial::Description;
use super::{Cell, Kind, Schema};

/// Rows of a full row group: 4096, or as many as make 2²² cells (32 MiB of reals) where columns are many.
pub(super) fn rows_per_group(schema: &Schema) -> usize {
    ((1 << 22) / schema.columns().len()).clamp(1, 4096)
}

/// The Parquet schema: every column optional, texts annotated as strings.
pub(super) fn file_schema(schema: &Schema) -> Result<TypePtr> {
    let field = |column: &super::Column| {
        let (physical, logical) = match column.kind {
            Kind::Text => (PhysicalType::BYTE_ARRAY, Some(LogicalType::String)),
            Kind::Integer => (PhysicalType::INT64, None),
            Kind::Real => (PhysicalType::DOUBLE, None),
        };
        let builder = Type::primitive_type_builder(&column.name, physical);
        builder
            .with_repetition(Repetition::OPTIONAL)
            .with_logical_type(logical)
            .build()
            .map(Arc::new)
    };
    let fields = schema.columns().iter().map(field).collect::<Result<_>>()?;
    Type::group_type_builder("schema")
        .with_fields(fields)
        .build()
        .map(Arc::new)
}

/// Properties that depend on the table alone, so that the same rows always make the same bytes.
pub(super) fn properties(schema: &Schema, description: &Description) -> WriterPropertiesPtr {
    let metadata = description.metadata.iter();
    let metadata = metadata
        .map(|(key, value)| KeyValue::new(key.clone(), value.clone()))
        .collect();
    let mut properties = WriterProperties::builder()
        .set_created_by(concat!("dftective version ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(Compression::SNAPPY)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_offset_index_disabled(true)
        .set_key_value_metadata(Some(metadata));
    for column in schema.columns().iter().filter(|column| column.kind == Kind::Real) {
        // Reals hardly repeat: a dictionary would only be built and thrown away.
        let path = ColumnPath::new(vec![column.name.clone()]);
        properties = properties.set_column_dictionary_enabled(path, false);
    }
    Arc::new(properties.build())
}

/// The rows of a row group, column by column.
pub(super) struct Group {
    rows: usize,
    columns: Vec<Values>,
}

enum Values {
    Text(Optional<ByteArray>),
    Integer(Optional<i64>),
    Real(Optional<f64>),
}

/// Definition levels (1 for a value, 0 for a null) and the values that are there.
#[derive(Default)]
struct Optional<T> {
    levels: Vec<i16>,
    values: Vec<T>,
}

impl<T> Optional<T> {
    fn push(&mut self, value: Option<T>) {
        self.levels.push(value.is_some().into());
        self.values.extend(value);
    }

    fn write<D: DataType<T = T>, W: std::io::Write + Send>(
        &self,
        writer: &mut SerializedRowGroupWriter<'_, W>,
    ) -> Result<()> {
        if let Some(mut column) = writer.next_column()? {
            column
                .typed::<D>()
                .write_batch(&self.values, Some(&self.levels), None)?;
            column.close()?;
        }
        Ok(())
    }
}

impl Group {
    pub fn new(schema: &Schema) -> Self {
        let values = |column: &super::Column| match column.kind {
            Kind::Text => Values::Text(Optional::default()),
            Kind::Integer => Values::Integer(Optional::default()),
            Kind::Real => Values::Real(Optional::default()),
        };
        Self {
            rows: 0,
            columns: schema.columns().iter().map(values).collect(),
        }
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Takes a row that fits the schema.
    pub fn push(&mut self, cells: &[Cell]) {
        for (values, cell) in self.columns.iter_mut().zip(cells) {
            match (values, cell) {
                (Values::Text(column), Cell::Text(text)) => column.push(Some(text.as_str().into())),
                (Values::Integer(column), Cell::Integer(value)) => column.push(Some(*value)),
                (Values::Real(column), Cell::Real(value)) => column.push(Some(*value)),
                (Values::Text(column), _) => column.push(None),
                (Values::Integer(column), _) => column.push(None),
                (Values::Real(column), _) => column.push(None),
            }
        }
        self.rows += 1;
    }

    /// A whole Parquet file of this one row group.
    pub fn encode(&self, schema: TypePtr, properties: WriterPropertiesPtr) -> Result<Vec<u8>> {
        let mut file = SerializedFileWriter::new(Vec::new(), schema, properties)?;
        let mut group = file.next_row_group()?;
        for values in &self.columns {
            match values {
                Values::Text(column) => column.write::<ByteArrayType, _>(&mut group)?,
                Values::Integer(column) => column.write::<Int64Type, _>(&mut group)?,
                Values::Real(column) => column.write::<DoubleType, _>(&mut group)?,
            }
        }
        group.close()?;
        file.into_inner()
    }
}
