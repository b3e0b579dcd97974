//! Tables of lines: CSV and JSON Lines, written as they come and cut back to whole records when taken up.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::partial::{Description, Destination, Place};
use super::{Cell, Format, Schema, TableError, csv, json_lines};

/// Wide feature rows are about 15 KiB, so a buffer holds a few rows.
const BUFFER: usize = 1 << 16;

/// A kill loses what was written since the last flush. Once a second costs nothing, and rows that take longer
/// than that to compute are flushed one by one.
const FLUSH_EVERY: Duration = Duration::from_secs(1);

type Out = Box<dyn Write + Send>;

enum Encoder {
    Csv(Box<::csv::Writer<Out>>),
    JsonLines(BufWriter<Out>),
}

/// A CSV or JSON Lines table being written.
pub(super) struct LineFile {
    name: PathBuf,
    encoder: Encoder,
    flushed: Instant,
    /// Absent when writing to a stream.
    place: Option<(Place, File)>,
}

impl LineFile {
    pub fn create(
        destination: Destination,
        schema: &Schema,
        description: &Description,
    ) -> Result<Self, TableError> {
        match destination {
            Destination::Stream { name, stream } => {
                Self::start(name, stream, None, schema, description.format, true)
            }
            Destination::Place(place) => {
                place.begin(description)?;
                let name = place.partial();
                let file = File::create(&name).map_err(TableError::io(&name, "create"))?;
                Self::on_file(place, file, schema, description.format, true)
            }
        }
    }

    /// Cuts the partial file after its last whole record and goes on from there.
    pub fn resume(
        place: Place,
        schema: &Schema,
        description: &Description,
    ) -> Result<(Self, KeptLines), TableError> {
        place.check(description)?;
        let name = place.partial();
        let kept = KeptLines::scan(name.clone(), description.format, schema)?;
        let opened = OpenOptions::new().write(true).open(&name);
        let mut file = opened.map_err(TableError::io(&name, "open for writing"))?;
        let cut = file
            .set_len(kept.bytes)
            .and_then(|()| file.seek(SeekFrom::Start(kept.bytes)));
        cut.map_err(TableError::io(&name, "cut the torn end of"))?;
        let file = Self::on_file(place, file, schema, description.format, kept.bytes == 0)?;
        Ok((file, kept))
    }

    fn on_file(
        place: Place,
        file: File,
        schema: &Schema,
        format: Format,
        is_new: bool,
    ) -> Result<Self, TableError> {
        let name = place.partial();
        let handle = file.try_clone().map_err(TableError::io(&name, "open"))?;
        Self::start(
            name,
            Box::new(file),
            Some((place, handle)),
            schema,
            format,
            is_new,
        )
    }

    fn start(
        name: PathBuf,
        out: Out,
        place: Option<(Place, File)>,
        schema: &Schema,
        format: Format,
        is_new: bool,
    ) -> Result<Self, TableError> {
        let encoder = if format == Format::JsonLines {
            Encoder::JsonLines(BufWriter::with_capacity(BUFFER, out))
        } else {
            let mut writer = ::csv::WriterBuilder::new()
                .buffer_capacity(BUFFER)
                .from_writer(out);
            if is_new {
                csv::write_header(&mut writer, schema).map_err(TableError::io(&name, "write"))?;
            }
            Encoder::Csv(Box::new(writer))
        };
        Ok(Self {
            name,
            encoder,
            flushed: Instant::now(),
            place,
        })
    }

    pub fn name(&self) -> &Path {
        &self.name
    }

    pub fn write(&mut self, schema: &Schema, cells: &[Cell]) -> Result<(), TableError> {
        match &mut self.encoder {
            Encoder::Csv(writer) => csv::write(writer, cells),
            Encoder::JsonLines(writer) => json_lines::write(writer, schema, cells),
        }
        .map_err(TableError::io(&self.name, "write"))?;
        if self.flushed.elapsed() >= FLUSH_EVERY {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), TableError> {
        self.flushed = Instant::now();
        match &mut self.encoder {
            Encoder::Csv(writer) => writer.flush(),
            Encoder::JsonLines(writer) => writer.flush(),
        }
        .map_err(TableError::io(&self.name, "write"))
    }

    pub fn finish(mut self) -> Result<(), TableError> {
        self.flush()?;
        match &self.place {
            None => Ok(()),
            Some((place, file)) => {
                file.sync_all().map_err(TableError::io(&self.name, "sync"))?;
                place.publish()
            }
        }
    }

    pub fn suspend(mut self) -> Result<Option<PathBuf>, TableError> {
        self.flush()?;
        match self.place {
            None => Ok(None),
            Some((_, file)) => {
                file.sync_all().map_err(TableError::io(&self.name, "sync"))?;
                Ok(Some(self.name))
            }
        }
    }
}

/// The whole records at the start of a partial file.
#[derive(Debug, Clone)]
pub(super) struct KeptLines {
    path: PathBuf,
    format: Format,
    schema: Schema,
    bytes: u64,
    pub rows: u64,
}

impl KeptLines {
    /// Reads up to the first record that is torn or no row of the schema.
    fn scan(path: PathBuf, format: Format, schema: &Schema) -> Result<Self, TableError> {
        let mut kept = Self {
            path,
            format,
            schema: schema.clone(),
            bytes: u64::MAX,
            rows: 0,
        };
        let mut rows = kept.open()?;
        kept.bytes = rows.position();
        while rows
            .next(schema)
            .map_err(TableError::io(&kept.path, "read"))?
            .is_some()
        {
            kept.bytes = rows.position();
            kept.rows += 1;
        }
        Ok(kept)
    }

    /// The rows after the header.
    fn open(&self) -> Result<Rows, TableError> {
        let file = File::open(&self.path).map_err(TableError::io(&self.path, "open"))?;
        let reader = BufReader::with_capacity(BUFFER, file.take(self.bytes));
        let is_csv = self.format == Format::Csv;
        let records = WholeRecords {
            reader,
            is_csv,
            record: Vec::new(),
            taken: 0,
            position: 0,
            has_ended: false,
        };
        if !is_csv {
            return Ok(Rows::JsonLines(records));
        }
        let mut reader = ::csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .terminator(::csv::Terminator::Any(b'\n'))
            .buffer_capacity(BUFFER)
            .from_reader(records);
        let header = csv::read(&mut reader).map_err(TableError::io(&self.path, "read"))?;
        let names = self.schema.columns().iter().map(|column| column.name.as_str());
        if header.is_some_and(|header| !header.iter().eq(names)) {
            return Err(TableError::malformed(
                &self.path,
                "the header is not that of this table",
            ));
        }
        Ok(Rows::Csv(Box::new(reader)))
    }

    /// The cells of these columns, row by row.
    pub fn iter(
        &self,
        columns: Vec<usize>,
    ) -> Result<impl Iterator<Item = Result<Vec<Cell>, TableError>> + '_, TableError> {
        let mut rows = self.open()?;
        Ok((0..self.rows).map(move |_| {
            let cells = rows
                .next(&self.schema)
                .map_err(TableError::io(&self.path, "read"))?;
            let cells = cells.ok_or_else(|| TableError::malformed(&self.path, "kept rows have changed"))?;
            Ok(columns
                .iter()
                .filter_map(|&column| cells.get(column).cloned())
                .collect())
        }))
    }
}

/// Rows being read back.
enum Rows {
    Csv(Box<::csv::Reader<WholeRecords>>),
    JsonLines(WholeRecords),
}

impl Rows {
    /// `None` at the end and at the first record that is no row of the schema.
    fn next(&mut self, schema: &Schema) -> io::Result<Option<Vec<Cell>>> {
        Ok(match self {
            Self::Csv(reader) => csv::read(reader)?.and_then(|record| csv::parse(schema, &record)),
            Self::JsonLines(records) => records.next()?.and_then(|line| json_lines::parse(schema, line)),
        })
    }

    /// Bytes read so far.
    fn position(&self) -> u64 {
        match self {
            Self::Csv(reader) => reader.position().byte(),
            Self::JsonLines(records) => records.position,
        }
    }
}

/// A file of lines up to its first torn record. The CSV parser reads through it, as it would take a torn last
/// record for a whole one.
struct WholeRecords {
    reader: BufReader<io::Take<File>>,
    is_csv: bool,
    record: Vec<u8>,
    /// Bytes of `record` that were read through [`Read`].
    taken: usize,
    /// Bytes up to the end of `record`.
    position: u64,
    /// Nothing after a torn record is read, even when asked again.
    has_ended: bool,
}

impl WholeRecords {
    /// The next record with its line end. `None` at the end, at a torn or empty record, and at a NUL: rows
    /// have none, blocks never written do.
    fn next(&mut self) -> io::Result<Option<&[u8]>> {
        self.record.clear();
        self.taken = 0;
        let mut checked = 0;
        let mut in_quotes = false;
        while !self.has_ended {
            self.reader.read_until(b'\n', &mut self.record)?;
            let line = &self.record[checked..];
            if line.last() != Some(&b'\n') || line.contains(&0) || self.record.len() == 1 {
                self.has_ended = true;
                break;
            }
            in_quotes ^= self.is_csv && csv::is_inside_quotes(line);
            if !in_quotes {
                self.position += self.record.len() as u64;
                return Ok(Some(&self.record));
            }
            checked = self.record.len();
        }
        self.record.clear();
        Ok(None)
    }
}

impl Read for WholeRecords {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.taken == self.record.len() && self.next()?.is_none() {
            return Ok(0);
        }
        let count = (&self.record[self.taken..]).read(buffer)?;
        self.taken += count;
        Ok(count)
    }
}
