//! Why images could not be listed.

use std::path::PathBuf;
use std::sync::Arc;

use super::ArchiveError;
use dftective_sample::{ErrorCode, UnknownLabel, UnknownSplit, path_text};

/// Why an input, a folder or a manifest can't be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DatasetError {
    /// Nothing is there.
    #[error("no such file or folder")]
    NotFound,
    /// A folder or file can't be opened.
    #[error("cannot be read: {source}")]
    Unreadable {
        /// What the system said.
        source: std::io::Error,
    },
    /// A symbolic link leads to a folder above itself.
    #[error("symbolic link loops back to {}", path_text(ancestor))]
    LinkLoop {
        /// The folder it leads to.
        ancestor: PathBuf,
    },
    /// An archive, or a member of it.
    #[error(transparent)]
    Archive(Arc<ArchiveError>),
    /// A label other than the two there are.
    #[error(transparent)]
    UnknownLabel(#[from] UnknownLabel),
    /// A part of a split other than those there are.
    #[error(transparent)]
    UnknownSplit(#[from] UnknownSplit),
    /// A folder that should have a subfolder for each class.
    #[error(
        "{} is not a labelled data set: expected the folders real and fake in it, in a folder or an archive, or a CSV \
         manifest with the columns path,label[,source][,group]",
        path_text(.0)
    )]
    NotLabelled(PathBuf),
    /// A manifest that is no CSV file, or not one of ours.
    #[error("manifest {}: {cause}", path_text(path))]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
    /// A manifest's row without a path.
    #[error("line {line} of the manifest has no path")]
    NoPath {
        /// Line in the file, from 1.
        line: u64,
    },
    /// A way of grouping other than those there are.
    #[error("expected column, folder or pattern:REGEX, found '{found}'")]
    UnknownGrouping {
        /// What was given.
        found: String,
    },
    /// A pattern that can't be read.
    #[error("the pattern is no regular expression: {cause}")]
    Pattern {
        /// Why, on one line.
        cause: String,
    },
    /// A pattern that does not say which part of a name is the group.
    #[error("the pattern needs one capture group ( ), found {found}")]
    Captures {
        /// Capture groups in it.
        found: usize,
    },
    /// A file name without a group in it.
    #[error("{path}: the name does not fit the pattern '{pattern}' (names that do not: {names})")]
    NoMatch {
        /// The pattern.
        pattern: String,
        /// The first such path.
        path: String,
        /// How many there are.
        names: usize,
    },
    /// Grouping by a column that is not there or empty.
    #[error("no image has a group: expected a manifest or feature table with a filled column 'group'")]
    NoGroups,
}

impl DatasetError {
    /// The code of it in records.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::NotFound | Self::NoPath { .. } => ErrorCode::NotFound,
            Self::Unreadable { source } => ErrorCode::of_io(source),
            Self::LinkLoop { .. } => ErrorCode::LinkLoop,
            Self::Archive(cause) => cause.code(),
            Self::UnknownLabel(_) => ErrorCode::NoLabel,
            // Of the data set as a whole, or of the settings.
            Self::NotLabelled(_)
            | Self::Manifest { .. }
            | Self::UnknownSplit(_)
            | Self::UnknownGrouping { .. }
            | Self::Pattern { .. }
            | Self::Captures { .. }
            | Self::NoMatch { .. }
            | Self::NoGroups => ErrorCode::Other,
        }
    }

    /// Of a path that the system would not give.
    pub(super) fn unreadable(source: std::io::Error) -> Self {
        match source.kind() {
            std::io::ErrorKind::NotFound => Self::NotFound,
            _ => Self::Unreadable { source },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use super::*;
    use dftective_sample::Label;

    #[test]
    fn each_error_has_its_code() {
        let (path, text) = (PathBuf::new, String::new);
        let cases = [
            (DatasetError::NotFound, "not_found"),
            (DatasetError::NoPath { line: 2 }, "not_found"),
            (DatasetError::unreadable(ErrorKind::NotFound.into()), "not_found"),
            (
                DatasetError::unreadable(ErrorKind::PermissionDenied.into()),
                "unreadable",
            ),
            (DatasetError::LinkLoop { ancestor: path() }, "link_loop"),
            ("maybe".parse::<Label>().unwrap_err().into(), "no_label"),
            (DatasetError::NotLabelled(path()), "other"),
            (
                DatasetError::Manifest {
                    path: path(),
                    cause: text(),
                },
                "other",
            ),
            (DatasetError::UnknownGrouping { found: text() }, "other"),
            (DatasetError::Pattern { cause: text() }, "other"),
            (DatasetError::Captures { found: 2 }, "other"),
            (
                DatasetError::NoMatch {
                    pattern: text(),
                    path: text(),
                    names: 1,
                },
                "other",
            ),
            (DatasetError::NoGroups, "other"),
        ];
        for (error, code) in cases {
            assert_eq!(error.code().as_str(), code, "{error}");
        }
    }
}
