//! NumPy archives of feature tables.
//!
//! Members: an array of length n for every column before the trailing reals (text as `<U`, null as `''`;
//! integers as `int64`, null as −1; reals as `float64`, null as NaN); `columns`, the names of the d trailing
//! real columns; `features`, their values as an n × d `float64` array in C order, null as NaN; `metadata`, a
//! 0-d text holding a JSON object.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};
use std::path::{Path, PathBuf};

use npyz::{DType, TypeStr, WriteOptions, WriterBuilder};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::partial::{Description, Place};
use super::{Cell, Kind, Schema, TableError};

pub(super) const FEATURES: &str = "features";
pub(super) const COLUMNS: &str = "columns";
const METADATA: &str = "metadata";

/// A NumPy archive being written: an archive needs its lengths first, so rows wait in unnamed files.
pub(super) struct NpzFile {
    place: Place,
    partial: PathBuf,
    rows: u64,
    before: Vec<Spill>,
    names: Vec<String>,
    features: BufWriter<File>,
    metadata: String,
}

/// One column before the features.
struct Spill {
    name: String,
    kind: Kind,
    file: BufWriter<File>,
    /// Characters of the longest text.
    widest: usize,
}

impl NpzFile {
    pub fn create(place: Place, schema: &Schema, description: &Description) -> Result<Self, TableError> {
        let columns = schema.columns();
        let first = columns
            .iter()
            .rposition(|column| column.kind != Kind::Real)
            .map_or(0, |last| last + 1);
        let (before, features) = columns.split_at(first);
        if let (true, Some(last)) = (features.is_empty(), columns.last()) {
            return Err(TableError::NoTrailingReals {
                last: last.name.clone(),
            });
        }
        let reserved = before
            .iter()
            .find(|column| [FEATURES, COLUMNS, METADATA].contains(&column.name.as_str()));
        if let Some(column) = reserved {
            return Err(TableError::ReservedName {
                name: column.name.clone(),
            });
        }
        place.begin(description)?;
        let temporary = || {
            let file = tempfile::tempfile_in(place.folder());
            file.map(BufWriter::new)
                .map_err(TableError::io(place.folder(), "create a temporary file in"))
        };
        let spill = |column: &super::Column| {
            Ok(Spill {
                name: column.name.clone(),
                kind: column.kind,
                file: temporary()?,
                widest: 0,
            })
        };
        let partial = place.partial();
        Ok(Self {
            rows: 0,
            before: before.iter().map(spill).collect::<Result<_, TableError>>()?,
            names: features.iter().map(|column| column.name.clone()).collect(),
            features: temporary()?,
            metadata: serde_json::to_string(&description.metadata)
                .map_err(|error| TableError::io(&partial, "write")(error.into()))?,
            partial,
            place,
        })
    }

    pub fn name(&self) -> &Path {
        &self.partial
    }

    pub fn write(&mut self, cells: &[Cell]) -> Result<(), TableError> {
        self.spill(cells)
            .map_err(TableError::io(self.place.folder(), "write a temporary file in"))?;
        self.rows += 1;
        Ok(())
    }

    fn spill(&mut self, cells: &[Cell]) -> io::Result<()> {
        let (before, features) = cells.split_at(self.before.len().min(cells.len()));
        for (spill, cell) in self.before.iter_mut().zip(before) {
            spill.push(cell)?;
        }
        features
            .iter()
            .try_for_each(|cell| self.features.write_all(&real(cell).to_le_bytes()))
    }

    /// Leaves the archive of the rows so far in `OUT.partial`.
    pub fn suspend(self) -> Result<PathBuf, TableError> {
        let partial = self.partial.clone();
        self.assemble().map_err(TableError::io(&partial, "write"))?;
        Ok(partial)
    }

    pub fn finish(self) -> Result<(), TableError> {
        let place = self.place.clone();
        self.suspend()?;
        place.publish()
    }

    fn assemble(self) -> io::Result<()> {
        let mut zip = ZipWriter::new(BufWriter::new(File::create(&self.partial)?));
        let (rows, width) = (self.rows, self.names.len() as u64);
        for spill in self.before {
            spill.assemble(&mut zip, rows)?;
        }

        let widest = self
            .names
            .iter()
            .map(|name| name.chars().count())
            .max()
            .unwrap_or(0);
        let size = text_size(width, widest);
        let mut out = start(&mut zip, COLUMNS, text_type(widest)?, &[width], size)?;
        self.names
            .iter()
            .try_for_each(|name| write_text(&mut out, name, widest))?;
        out.flush()?;
        drop(out);

        let mut out = start(
            &mut zip,
            FEATURES,
            plain_type("<f8")?,
            &[rows, width],
            rows * width * 8,
        )?;
        io::copy(&mut rewind(self.features)?, &mut out)?;
        out.flush()?;
        drop(out);

        let widest = self.metadata.chars().count();
        let mut out = start(&mut zip, METADATA, text_type(widest)?, &[], text_size(1, widest))?;
        write_text(&mut out, &self.metadata, widest)?;
        out.flush()?;
        drop(out);

        let file = zip.finish()?;
        file.into_inner()
            .map_err(io::IntoInnerError::into_error)?
            .sync_all()
    }
}

impl Spill {
    fn push(&mut self, cell: &Cell) -> io::Result<()> {
        match (self.kind, cell) {
            (Kind::Text, Cell::Text(text)) => {
                self.widest = self.widest.max(text.chars().count());
                self.file.write_all(&(text.len() as u64).to_le_bytes())?;
                self.file.write_all(text.as_bytes())
            }
            (Kind::Text, _) => self.file.write_all(&0u64.to_le_bytes()),
            (Kind::Integer, Cell::Integer(value)) => self.file.write_all(&value.to_le_bytes()),
            (Kind::Integer, _) => self.file.write_all(&(-1i64).to_le_bytes()),
            (Kind::Real, cell) => self.file.write_all(&real(cell).to_le_bytes()),
        }
    }

    fn assemble<W: Write + Seek>(self, zip: &mut ZipWriter<W>, rows: u64) -> io::Result<()> {
        let mut spilled = rewind(self.file)?;
        let (dtype, size) = match self.kind {
            Kind::Text => (text_type(self.widest)?, text_size(rows, self.widest)),
            Kind::Integer => (plain_type("<i8")?, rows * 8),
            Kind::Real => (plain_type("<f8")?, rows * 8),
        };
        let mut out = start(zip, &self.name, dtype, &[rows], size)?;
        if self.kind != Kind::Text {
            io::copy(&mut spilled, &mut out)?;
            return out.flush();
        }
        let mut text = String::new();
        for _ in 0..rows {
            let mut length = [0; 8];
            spilled.read_exact(&mut length)?;
            text.clear();
            spilled
                .by_ref()
                .take(u64::from_le_bytes(length))
                .read_to_string(&mut text)?;
            write_text(&mut out, &text, self.widest)?;
        }
        out.flush()
    }
}

/// Starts a member with its header. `size` is that of the data in bytes.
fn start<'z, W: Write + Seek>(
    zip: &'z mut ZipWriter<W>,
    name: &str,
    dtype: DType,
    shape: &[u64],
    size: u64,
) -> io::Result<BufWriter<&'z mut ZipWriter<W>>> {
    // Texts are mostly padding; numbers hardly shrink, and stored ones load faster.
    let is_text = matches!(&dtype, DType::Plain(plain) if plain.type_char() == npyz::TypeChar::UnicodeStr);
    let method = if is_text {
        CompressionMethod::Deflated
    } else {
        CompressionMethod::Stored
    };
    let options = SimpleFileOptions::default()
        .compression_method(method)
        .last_modified_time(DateTime::DEFAULT)
        // Header and worst-case deflate overhead (5 bytes a 16 KiB block) are far below a sixteenth.
        .large_file(size >= u64::from(u32::MAX) / 16 * 15);
    zip.start_file(npyz::npz::file_name_from_array_name(name), options)?;
    WriteOptions::<f64>::new()
        .dtype(dtype)
        .shape(shape)
        .writer(BufWriter::new(zip))
        .write_header_only()
}

fn real(cell: &Cell) -> f64 {
    match cell {
        Cell::Real(value) => *value,
        _ => f64::NAN,
    }
}

fn rewind(spill: BufWriter<File>) -> io::Result<BufReader<File>> {
    let mut file = spill.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.rewind()?;
    Ok(BufReader::new(file))
}

/// NumPy has no texts of width 0.
fn text_type(widest: usize) -> io::Result<DType> {
    plain_type(&format!("<U{}", widest.max(1)))
}

fn plain_type(name: &str) -> io::Result<DType> {
    name.parse::<TypeStr>()
        .map(DType::Plain)
        .map_err(io::Error::other)
}

fn text_size(rows: u64, widest: usize) -> u64 {
    rows.saturating_mul(widest.max(1) as u64 * 4)
}

/// UTF-32 code points, padded with NULs.
fn write_text(out: &mut impl Write, text: &str, widest: usize) -> io::Result<()> {
    let mut room = widest.max(1);
    for character in text.chars() {
        out.write_all(&u32::from(character).to_le_bytes())?;
        room = room.saturating_sub(1);
    }
    (0..room).try_for_each(|_| out.write_all(&[0; 4]))
}
