//! The files of a compressed tar by their number, in one pass as long as they are asked for about in order.

use std::collections::VecDeque;
use std::io::Read;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use ::tar::{Archive, EntryType};

use super::inflate::Inflating;
use super::{ArchiveError, guarded};

/// Files kept that were passed on the way to a later one: threads take their images in order, and ask for their bytes nearly
/// so.
const KEPT: usize = 16;

/// Bytes of those, but for one that is larger.
const KEPT_BYTES: usize = 64 << 20;

/// A file's number in the archive, and its bytes.
type Numbered = (u64, Result<Vec<u8>, ArchiveError>);

/// A compressed tar that is read from its beginning, by a thread of its own, to the file asked for last. A file before that
/// is among those kept, or the pass begins anew.
pub(super) struct Stream {
    path: Arc<Path>,
    pass: Mutex<Option<Pass>>,
}

/// A pass over the archive.
struct Pass {
    files: Receiver<Numbered>,
    /// Number that the next file has at least.
    next: u64,
    kept: VecDeque<Numbered>,
}

impl Stream {
    pub fn new(path: &Path) -> Self {
        Self {
            path: path.into(),
            pass: Mutex::new(None),
        }
    }

    /// The bytes of file `number`.
    pub fn read(&self, number: u64, limit: u64) -> Result<Vec<u8>, ArchiveError> {
        let mut pass = self.pass.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bytes) = pass.as_mut().and_then(|pass| pass.kept(number)) {
            return bytes;
        }
        let pass = match &mut *pass {
            Some(pass) if pass.next <= number => pass,
            other => other.insert(Pass::begin(
                &self.path,
                number.saturating_sub(KEPT as u64),
                limit,
            )?),
        };
        pass.read(number)
    }
}

impl Pass {
    /// A pass that gives the files from number `from` on.
    fn begin(path: &Arc<Path>, from: u64, limit: u64) -> Result<Self, ArchiveError> {
        // A file is handed over, so that but one waits.
        let (sender, files) = sync_channel(0);
        let path = Arc::clone(path);
        std::thread::Builder::new()
            .spawn(move || {
                // A failure between files is in the list of the archive; here the pass ends.
                let _ = guarded(|| send_files(&path, from, limit, &sender));
            })
            .map_err(|source| ArchiveError::Unreadable { source })?;
        Ok(Self {
            files,
            next: 0,
            kept: VecDeque::new(),
        })
    }

    fn kept(&mut self, number: u64) -> Option<Result<Vec<u8>, ArchiveError>> {
        let place = self.kept.iter().position(|(kept, _)| *kept == number)?;
        self.kept.remove(place).map(|(_, bytes)| bytes)
    }

    fn read(&mut self, number: u64) -> Result<Vec<u8>, ArchiveError> {
        loop {
            let (found, bytes) = self.files.recv().map_err(|_| ArchiveError::Truncated)?;
            self.next = found + 1;
            if found == number {
                return bytes;
            }
            if found > number {
                return Err(ArchiveError::damaged("it has changed since it was listed"));
            }
            self.keep(found, bytes);
        }
    }

    fn keep(&mut self, number: u64, bytes: Result<Vec<u8>, ArchiveError>) {
        self.kept.push_back((number, bytes));
        let length = |(_, bytes): &Numbered| bytes.as_ref().map_or(0, Vec::len);
        while self.kept.len() > KEPT
            || self.kept.len() > 1 && self.kept.iter().map(length).sum::<usize>() > KEPT_BYTES
        {
            self.kept.pop_front();
        }
    }
}

fn send_files(path: &Path, from: u64, limit: u64, sender: &SyncSender<Numbered>) -> Result<(), ArchiveError> {
    let mut archive = Archive::new(Inflating::open(path)?);
    for (number, entry) in (0..).zip(archive.entries()?) {
        let entry = entry?;
        let is_file = matches!(
            entry.header().entry_type(),
            EntryType::Regular | EntryType::Continuous
        );
        if number < from || !is_file {
            continue;
        }
        let bytes = bytes_of(entry, limit);
        if sender.send((number, bytes)).is_err() {
            break;
        }
    }
    Ok(())
}

fn bytes_of(entry: impl Read, limit: u64) -> Result<Vec<u8>, ArchiveError> {
    let mut bytes = Vec::new();
    entry.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(ArchiveError::TooLarge { limit });
    }
    Ok(bytes)
}
