//! The files in ZIP and tar archives, without unpacking them to the disk.
//!
//! A thread lists an archive, in the order in which its members stand there, some [`AHEAD`] members ahead of whoever takes
//! them, so that memory does not grow with the archive. A member is read when it is wanted: of a ZIP archive by its
//! directory, of a tar by its place, of a compressed tar by one pass in order ([`stream`]). Names are names only: nothing is
//! ever written.

mod error;
mod inflate;
mod named;
mod stream;
mod tar;
mod zip;

#[cfg(test)]
mod tests;

use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};

use dftective_catch_panic::catch_panic;
use dftective_sample::{ErrorCode, Member, MemberContent, Origin, Sample, SampleError};

use super::search::{MAC_FOLDER, PassedOver, Search, Why, left_out};
use super::{DatasetError, Input, Unreadable};

pub use error::ArchiveError;
pub(super) use named::{Named, at};

/// Members listed before they are asked for.
const AHEAD: usize = 64;

/// Most members of an archive; far more than the largest published sets of images have.
const MAX_MEMBERS: u64 = 1 << 20;

/// The kinds of archives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Zip,
    Tar,
    /// A tar compressed by gzip.
    TarGzip,
}

impl Kind {
    /// What a file's name says: `.zip`, `.tar`, `.tar.gz` or `.tgz`, in any case.
    pub fn of(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_string_lossy().to_ascii_lowercase();
        let endings = [
            (".zip", Self::Zip),
            (".tar", Self::Tar),
            (".tar.gz", Self::TarGzip),
            (".tgz", Self::TarGzip),
        ];
        let ends = |(ending, _): &(&str, Self)| name.len() > ending.len() && name.ends_with(ending);
        endings.into_iter().find(ends).map(|(_, kind)| kind)
    }

    /// The same, where there is such a file.
    pub fn of_file(path: &Path) -> Option<Self> {
        Self::of(path).filter(|_| path.is_file())
    }
}

/// Whether a path leads to a file with the name of an archive.
pub fn is_archive(path: &Path) -> bool {
    Kind::of_file(path).is_some()
}

/// What is found in an archive.
enum Item {
    /// A file that is taken.
    File { name: String, content: MemberContent },
    /// One that is not.
    PassedOver { name: String, why: Why },
    /// A member that can't be had, or the archive from here on.
    Bad {
        name: Option<String>,
        cause: ArchiveError,
    },
}

/// What of an archive's files is taken.
#[derive(Clone, Copy)]
struct Taking {
    all_files: bool,
}

impl Taking {
    /// The item of a regular file.
    fn item(
        self,
        name: String,
        start: impl FnOnce() -> Result<Vec<u8>, ArchiveError>,
        content: impl FnOnce() -> Arc<dyn Member>,
    ) -> Item {
        let path = Path::new(&name);
        let why = if self.all_files {
            Ok(None)
        } else if path.components().any(|part| part.as_os_str() == MAC_FOLDER) {
            Ok(Some(Why::MacFolder))
        } else if Kind::of(path).is_some() {
            Ok(Some(Why::NestedArchive))
        } else {
            left_out(path, false, start)
        };
        match why {
            Ok(None) => Item::File {
                name,
                content: MemberContent(content()),
            },
            Ok(Some(why)) => Item::PassedOver { name, why },
            Err(cause) => Item::Bad {
                name: Some(name),
                cause,
            },
        }
    }
}

/// Takes items one by one, and says whether more are wanted.
type Sink<'a> = &'a mut dyn FnMut(Item) -> bool;

/// Lists an archive on a thread of its own.
fn listed(path: &Path, kind: Kind, taking: Taking) -> Receiver<Item> {
    let (sender, receiver) = sync_channel(AHEAD);
    let path = path.to_path_buf();
    let last = sender.clone();
    let work = move || {
        let mut sink = |item| sender.send(item).is_ok();
        let list = || match kind {
            Kind::Zip => zip::list(&path, taking, &mut sink),
            Kind::Tar => tar::list(&path, taking, &mut sink),
            Kind::TarGzip => tar::list_compressed(&path, taking, &mut sink),
        };
        if let Err(cause) = guarded(list) {
            // Nobody may be listening any more.
            let _ = sender.send(Item::Bad { name: None, cause });
        }
    };
    if let Err(source) = std::thread::Builder::new().spawn(work) {
        let cause = ArchiveError::Unreadable { source };
        let _ = last.send(Item::Bad { name: None, cause });
    }
    receiver
}

/// A library that panics over an archive has found it damaged.
fn guarded<T>(work: impl FnOnce() -> Result<T, ArchiveError>) -> Result<T, ArchiveError> {
    catch_panic(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(ArchiveError::damaged(panic.message)))
}

/// The images in an archive.
pub(super) struct Members<'a> {
    archive: PathBuf,
    search: Search<'a>,
    items: Receiver<Item>,
}

impl<'a> Members<'a> {
    /// Those of the archive at `path`.
    pub fn new(path: PathBuf, kind: Kind, search: Search<'a>) -> Self {
        let taking = Taking {
            all_files: search.all_files,
        };
        let items = listed(&path, kind, taking);
        Self {
            archive: path,
            search,
            items,
        }
    }
}

impl Iterator for Members<'_> {
    type Item = Input;

    fn next(&mut self) -> Option<Input> {
        loop {
            match self.items.recv().ok()? {
                Item::File { name, content } => return Some(Ok(member(&self.archive, name, content))),
                Item::PassedOver { name, why } => (self.search.on_passed_over)(&PassedOver {
                    name: member(&self.archive, name, lost()).name(),
                    why,
                }),
                Item::Bad { name, cause } => {
                    let sample = match name {
                        Some(name) => member(&self.archive, name, lost()),
                        None => Sample::new(self.archive.clone()),
                    };
                    let cause = DatasetError::Archive(Arc::new(cause));
                    return Some(Err(Box::new(Unreadable { sample, cause })));
                }
            }
        }
    }
}

/// The names of the regular files in an archive, of whatever they hold.
pub(super) fn names(path: &Path, kind: Kind) -> impl Iterator<Item = String> {
    let items = listed(path, kind, Taking { all_files: true });
    items.into_iter().filter_map(|item| match item {
        Item::File { name, .. } => Some(name),
        Item::PassedOver { .. } | Item::Bad { .. } => None,
    })
}

/// Where a member would lie if the archive were a folder, see [`Origin::as_in_folders`].
pub(super) fn place(archive: &Path, name: String) -> PathBuf {
    let origin = member(archive, name, lost()).origin;
    origin.as_in_folders().unwrap_or_default().into_owned()
}

fn member(archive: &Path, member: String, content: MemberContent) -> Sample {
    Sample::new(Origin::Member {
        archive: archive.to_path_buf(),
        member,
        content,
    })
}

/// Of a member that is named only.
fn lost() -> MemberContent {
    struct Lost;

    impl Member for Lost {
        fn read(&self, _: u64) -> Result<Vec<u8>, SampleError> {
            Err(SampleError::new(
                ErrorCode::Unreadable,
                "not listed in the archive",
            ))
        }
    }

    MemberContent(Arc::new(Lost))
}

/// For messages of a member's reading, which the caller gives the member's name.
impl From<ArchiveError> for SampleError {
    fn from(error: ArchiveError) -> Self {
        Self::new(error.code(), error)
    }
}

/// The archive and the member that a path like `photos.zip!/holiday/1.jpg` names, if there is such an archive.
fn split(path: &Path) -> Option<(PathBuf, Kind, String)> {
    let text = path.to_str()?;
    text.match_indices("!/").find_map(|(at, mark)| {
        let archive = Path::new(&text[..at]);
        let kind = Kind::of_file(archive)?;
        Some((archive.to_path_buf(), kind, text[at + mark.len()..].to_owned()))
    })
}
