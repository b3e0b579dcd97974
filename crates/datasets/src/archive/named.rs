//! Members that are asked for by name, as `photos.zip!/holiday/1.jpg`.

use std::collections::{HashMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dftective_sample::{MemberContent, Sample};

use super::{ArchiveError, Item, Taking, listed, lost, member, split};
use crate::{DatasetError, Input, Unreadable};

/// Archives whose names are remembered, so that a list of many members does not list an archive for each.
const REMEMBERED: usize = 4;

/// Looks members up by name.
#[derive(Default)]
pub(crate) struct Named {
    archives: VecDeque<Catalogue>,
}

/// An archive's files by name; of equal names the first.
struct Catalogue {
    archive: PathBuf,
    files: HashMap<String, MemberContent>,
    /// Files that can't be had, and why the list ends early, under no name.
    bad: HashMap<Option<String>, Arc<ArchiveError>>,
}

impl Catalogue {
    fn of(archive: &Path, kind: super::Kind) -> Self {
        let (mut files, mut bad) = (HashMap::new(), HashMap::new());
        for item in listed(archive, kind, Taking { all_files: true }) {
            match item {
                Item::File { name, content } => {
                    files.entry(name).or_insert(content);
                }
                Item::Bad { name, cause } => {
                    bad.insert(name, Arc::new(cause));
                }
                Item::PassedOver { .. } => (),
            }
        }
        Self {
            archive: archive.to_path_buf(),
            files,
            bad,
        }
    }
}

impl Named {
    /// The member that a path names; none where it names none, whatever there may be at the path.
    pub fn find(&mut self, path: &Path) -> Option<Input> {
        let (archive, kind, name) = split(path)?;
        if !self.archives.iter().any(|known| known.archive == archive) {
            self.archives.truncate(REMEMBERED - 1);
            self.archives.push_front(Catalogue::of(&archive, kind));
        }
        let known = self.archives.iter().find(|known| known.archive == archive)?;
        if let Some(content) = known.files.get(&name) {
            return Some(Ok(member(&archive, name, content.clone())));
        }
        let sample = member(&archive, name.clone(), lost());
        let cause = known.bad.get(&Some(name)).or_else(|| known.bad.get(&None));
        let cause = match cause.map(Arc::clone) {
            Some(cause) if !matches!(*cause, ArchiveError::SameNames) => cause,
            _ => Arc::new(ArchiveError::NoSuchMember),
        };
        let cause = DatasetError::Archive(cause);
        Some(Err(Box::new(Unreadable { sample, cause })))
    }
}

/// The file or the archive's member at a path.
pub(crate) fn at(named: &mut Named, path: PathBuf) -> Input {
    named.find(&path).unwrap_or_else(|| Ok(Sample::new(path)))
}
