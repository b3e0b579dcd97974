//! ZIP archives, by their directory.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use ::zip::ZipArchive;
use dftective_decode::CONTENT_BYTES;
use dftective_sample::{Member, SampleError, bytes_text};

use super::{ArchiveError, Item, MAX_MEMBERS, Sink, Taking, guarded};

/// A file that a copy opens for itself, so that threads read at places of their own.
struct Reopened {
    path: Arc<Path>,
    file: Option<BufReader<File>>,
}

impl Reopened {
    fn file(&mut self) -> io::Result<&mut BufReader<File>> {
        match &mut self.file {
            Some(file) => Ok(file),
            none => Ok(none.insert(BufReader::new(File::open(&self.path)?))),
        }
    }
}

impl Clone for Reopened {
    fn clone(&self) -> Self {
        Self {
            path: Arc::clone(&self.path),
            file: None,
        }
    }
}

impl Read for Reopened {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.file()?.read(buffer)
    }
}

impl Seek for Reopened {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file()?.seek(to)
    }
}

/// A member; the directory is that of all of them.
struct ZipMember {
    archive: Arc<ZipArchive<Reopened>>,
    index: usize,
}

impl Member for ZipMember {
    fn read(&self, limit: u64) -> Result<Vec<u8>, SampleError> {
        let read = || {
            let mut archive = ZipArchive::clone(&self.archive);
            let bytes = inflated(&mut archive, self.index, limit.saturating_add(1))?;
            if bytes.len() as u64 > limit {
                return Err(ArchiveError::TooLarge { limit });
            }
            Ok(bytes)
        };
        guarded(read).map_err(SampleError::from)
    }
}

/// A member's first bytes, at most `most` of them, whatever size the directory promises. Read to its end it is checked
/// against its checksum.
fn inflated(archive: &mut ZipArchive<Reopened>, index: usize, most: u64) -> Result<Vec<u8>, ArchiveError> {
    let mut bytes = Vec::new();
    archive.by_index(index)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

pub(super) fn list(path: &Path, taking: Taking, sink: Sink<'_>) -> Result<(), ArchiveError> {
    let file = Reopened {
        path: path.into(),
        file: None,
    };
    let mut archive = ZipArchive::new(file)?;
    let directory = archive.metadata();
    if overlap(&archive)? {
        return Err(ArchiveError::Bomb {
            how: "its files share bytes",
        });
    }
    let shared = Arc::new(archive.clone());
    for index in 0..archive.len() {
        if index as u64 >= MAX_MEMBERS {
            return Err(ArchiveError::TooManyMembers { limit: MAX_MEMBERS });
        }
        let entry = directory.entry(index)?;
        if entry.is_dir() {
            continue;
        }
        let name = bytes_text(entry.name_raw());
        let item = if entry.is_symlink() {
            Item::PassedOver {
                name,
                why: super::Why::LinkInArchive,
            }
        } else if entry.encrypted() {
            Item::Bad {
                name: Some(name),
                cause: ArchiveError::Encrypted,
            }
        } else {
            let start = || inflated(&mut archive, index, CONTENT_BYTES as u64);
            let archive = Arc::clone(&shared);
            taking.item(name, start, || Arc::new(ZipMember { archive, index }))
        };
        if !sink(item) {
            return Ok(());
        }
    }
    if shared.has_duplicate_names() {
        return Err(ArchiveError::SameNames);
    }
    Ok(())
}

/// Whether two members lie over each other, by the directory: no honest archive has that, and it lets a small one hold many
/// times its size.
fn overlap(archive: &ZipArchive<Reopened>) -> Result<bool, ArchiveError> {
    /// Bytes of a local header without its names.
    const LOCAL_HEADER: u64 = 30;
    let directory = archive.metadata();
    let mut places = Vec::with_capacity(archive.len());
    for index in 0..archive.len() {
        let entry = directory.entry(index)?;
        let start = entry.header_start();
        let length = LOCAL_HEADER + entry.name_raw().len() as u64;
        places.push((
            start,
            start
                .saturating_add(length)
                .saturating_add(entry.compressed_size()),
        ));
    }
    places.sort_unstable();
    Ok(places.windows(2).any(|pair| pair[1].0 < pair[0].1))
}
