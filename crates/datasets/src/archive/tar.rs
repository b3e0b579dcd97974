//! Tar archives, which have no directory: they are read from their beginning, file by file.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use ::tar::{Archive, Entries, Entry, EntryType};
use dftective_decode::CONTENT_BYTES;
use dftective_sample::{Member, SampleError, bytes_text};

use super::inflate::Inflating;
use super::stream::Stream;
use super::{ArchiveError, Item, MAX_MEMBERS, Sink, Taking, Why};

/// A member of a tar that is not compressed: a part of the file.
struct TarMember {
    path: Arc<Path>,
    offset: u64,
    size: u64,
}

impl Member for TarMember {
    fn read(&self, limit: u64) -> Result<Vec<u8>, SampleError> {
        self.part(limit).map_err(SampleError::from)
    }
}

impl TarMember {
    fn part(&self, limit: u64) -> Result<Vec<u8>, ArchiveError> {
        if self.size > limit {
            return Err(ArchiveError::TooLarge { limit });
        }
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(self.offset))?;
        let mut bytes = Vec::new();
        file.take(self.size).read_to_end(&mut bytes)?;
        if (bytes.len() as u64) < self.size {
            return Err(ArchiveError::Truncated);
        }
        Ok(bytes)
    }
}

/// A member of a compressed tar: the file of that number.
struct StreamedMember {
    stream: Arc<Stream>,
    number: u64,
}

impl Member for StreamedMember {
    fn read(&self, limit: u64) -> Result<Vec<u8>, SampleError> {
        self.stream.read(self.number, limit).map_err(SampleError::from)
    }
}

pub(super) fn list(path: &Path, taking: Taking, sink: Sink<'_>) -> Result<(), ArchiveError> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    let path: Arc<Path> = path.into();
    let member = |entry: &Place| {
        let &Place { offset, size, .. } = entry;
        // The next header is looked for by a seek, which goes beyond the end without a word.
        if offset.saturating_add(size) > length {
            return Err(ArchiveError::Truncated);
        }
        let path = Arc::clone(&path);
        Ok(Arc::new(TarMember { path, offset, size }) as Arc<dyn Member>)
    };
    walk(Archive::new(file).entries_with_seek()?, taking, member, sink)
}

pub(super) fn list_compressed(path: &Path, taking: Taking, sink: Sink<'_>) -> Result<(), ArchiveError> {
    let stream = Arc::new(Stream::new(path));
    let member = |entry: &Place| {
        let (stream, number) = (Arc::clone(&stream), entry.number);
        Ok(Arc::new(StreamedMember { stream, number }) as Arc<dyn Member>)
    };
    walk(
        Archive::new(Inflating::open(path)?).entries()?,
        taking,
        member,
        sink,
    )
}

/// Where a member lies.
struct Place {
    /// Its number among all of the archive, folders and links included.
    number: u64,
    /// Its first byte, of a tar that is not compressed.
    offset: u64,
    size: u64,
}

fn walk<R: Read>(
    entries: Entries<'_, R>,
    taking: Taking,
    member: impl Fn(&Place) -> Result<Arc<dyn Member>, ArchiveError>,
    sink: Sink<'_>,
) -> Result<(), ArchiveError> {
    for (number, entry) in (0..).zip(entries) {
        let mut entry = entry?;
        if number >= MAX_MEMBERS {
            return Err(ArchiveError::TooManyMembers { limit: MAX_MEMBERS });
        }
        let place = Place {
            number,
            offset: entry.raw_file_position(),
            size: entry.size(),
        };
        let passed_over = |name, why| Item::PassedOver { name, why };
        let name = name_of(&entry);
        let item = match entry.header().entry_type() {
            EntryType::Regular | EntryType::Continuous => match member(&place) {
                Ok(content) => {
                    let start = || {
                        let mut start = Vec::new();
                        (&mut entry).take(CONTENT_BYTES as u64).read_to_end(&mut start)?;
                        Ok(start)
                    };
                    taking.item(name, start, || content)
                }
                Err(cause) => Item::Bad {
                    name: Some(name),
                    cause,
                },
            },
            EntryType::GNUSparse => Item::Bad {
                name: Some(name),
                cause: ArchiveError::Unsupported {
                    what: "a file with holes".into(),
                },
            },
            EntryType::Symlink | EntryType::Link => passed_over(name, Why::LinkInArchive),
            EntryType::Fifo | EntryType::Char | EntryType::Block => passed_over(name, Why::NotAFile),
            // Folders, and what is said of the archive as a whole.
            _ => continue,
        };
        if !sink(item) {
            return Ok(());
        }
    }
    Ok(())
}

/// The name without the `./` that `tar c .` puts in front.
fn name_of<R: Read>(entry: &Entry<'_, R>) -> String {
    let bytes = entry.path_bytes();
    let mut name: &[u8] = &bytes;
    while let Some(rest) = name.strip_prefix(b"./") {
        name = rest;
    }
    bytes_text(name)
}
