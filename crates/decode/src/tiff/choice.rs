//! Which of a file's pictures is read.

use super::directory::{Directory, File, Numbers};
use crate::DecodeError;

const NEW_SUBFILE_TYPE: u16 = 254;
const SUBFILE_TYPE: u16 = 255;
const SUB_DIRECTORIES: u16 = 330;

/// Directories followed, at most, so that a file of a million has an end.
const MAX_DIRECTORIES: usize = 10_000;

/// The pictures of a file that are whole pictures, not reduced copies and no masks.
pub(super) struct Pictures<'a> {
    /// In the order in which they are to be tried: the chain of directories, then what these point to.
    pub whole: Vec<Directory<'a>>,
    /// Whether the chain has several, so that the first is one page of them.
    pub several_pages: bool,
    /// Whether the file begins with something else: a reduced copy, as a rule.
    pub begins_with_another: bool,
}

impl<'a> Pictures<'a> {
    /// Follows the chain that begins at the offset `first`. Damage after the first directory ends the chain: the first
    /// picture may be whole.
    pub fn of(file: File<'a>, first: u64) -> Result<Self, DecodeError> {
        let (directory, mut next) = file.directory(first)?;
        let (mut chain, mut seen) = (vec![directory], vec![first]);
        while next != 0 && !seen.contains(&next) && chain.len() < MAX_DIRECTORIES {
            seen.push(next);
            let Ok((directory, after)) = file.directory(next) else {
                break;
            };
            chain.push(directory);
            next = after;
        }
        let begins_with_another = !is_whole(&chain[0])?;
        let mut whole: Vec<Directory> = Vec::new();
        whole.extend(
            chain
                .iter()
                .filter(|directory| is_whole(directory).unwrap_or(false)),
        );
        let several_pages = whole.len() > 1;
        if begins_with_another {
            let pointers = chain
                .iter()
                .filter_map(|each| each.numbers(SUB_DIRECTORIES).ok()?);
            let below = pointers
                .flat_map(Numbers::iter)
                .take(MAX_DIRECTORIES)
                .filter_map(|at| Some(file.directory(at).ok()?.0));
            whole.extend(below.filter(|directory| is_whole(directory).unwrap_or(false)));
        }
        Ok(Self {
            whole,
            several_pages,
            begins_with_another,
        })
    }
}

/// Whether a directory is of a whole picture: no copy at reduced size, no transparency mask (TIFF 6.0, NewSubfileType
/// and SubfileType).
fn is_whole(directory: &Directory) -> Result<bool, DecodeError> {
    const REDUCED_OR_MASK: u64 = 0b101;
    const REDUCED: u64 = 2;
    Ok(match directory.number(NEW_SUBFILE_TYPE)? {
        Some(kind) => kind & REDUCED_OR_MASK == 0,
        None => directory.number(SUBFILE_TYPE)? != Some(REDUCED),
    })
}
