//! Why images could not be listed.

use std::path::PathBuf;
use std::sync::Arc;

use super::ArchiveError;
use dftective_sample::{ErrorCode, Label, UnknownLabel, UnknownSplit, short, short_cause, short_path};

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
    #[error("symbolic link loops back to {}", short_path(ancestor))]
    LinkLoop {
        /// The folder it leads to.
        ancestor: PathBuf,
    },
    /// An archive, or a member of it.
    #[error(transparent)]
    Archive(Arc<ArchiveError>),
    /// A row of a manifest whose label has no meaning.
    #[error("line {line} of the manifest: {source}")]
    Label {
        /// Line in the file, from 1.
        line: u64,
        /// Which label.
        source: UnknownLabel,
    },
    /// A row of a manifest with a part of a split other than those there are.
    #[error("line {line} of the manifest: {source}")]
    Split {
        /// Line in the file, from 1.
        line: u64,
        /// Which part.
        source: UnknownSplit,
    },
    /// A folder without class folders of both classes.
    #[error(
        "{} is not a labelled data set: there {}; expected the folders real and fake in it (at any depth, in any case, 0_real \
         and 1_fake too; other names by --labels, as in --labels fake=spoof,real=live), or a CSV manifest with the columns \
         path,label[,source][,group]",
        short_path(path),
        match only {
            None => "is no folder of a class below it".to_owned(),
            Some(label) => format!(
                "are folders of {label}, but none of {}",
                Label::ALL.into_iter().find(|other| other != label).unwrap_or(*label)
            ),
        }
    )]
    NotLabelled {
        /// The folder.
        path: PathBuf,
        /// The class that has folders, if one has.
        only: Option<Label>,
    },
    /// A file that is labelled twice, and not the same way.
    #[error(
        "a file has both labels: {} is {label} and {} is {}",
        short_path(path),
        if path == other { "it".to_owned() } else { short_path(other) },
        if *label == Label::Real { Label::Fake } else { Label::Real }
    )]
    BothLabels {
        /// One of its paths.
        path: PathBuf,
        /// The label there.
        label: Label,
        /// The path with the other label; it may be the same.
        other: PathBuf,
    },
    /// A path with folders of both classes.
    #[error(
        "{} has both labels: its folder '{}' says {label}, its folder '{}' says the other",
        short_path(path),
        short(folder),
        short(other)
    )]
    BothFolders {
        /// The path.
        path: PathBuf,
        /// The first folder of a class.
        folder: String,
        /// Which class.
        label: Label,
        /// The folder of the other class.
        other: String,
    },
    /// A manifest that is no CSV file, or not one of ours.
    #[error("manifest {}: {}", short_path(path), short_cause(cause))]
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
    #[error("expected column, folder or pattern:REGEX, found '{}'", short(found))]
    UnknownGrouping {
        /// What was given.
        found: String,
    },
    /// A pattern that can't be read.
    #[error("the pattern is no regular expression: {}", short_cause(cause))]
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
    #[error(
        "{}: the name does not fit the pattern '{}' (names that do not: {names})",
        short_path(path),
        short(pattern)
    )]
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
            Self::Label { .. } | Self::BothLabels { .. } | Self::BothFolders { .. } => ErrorCode::NoLabel,
            // Of the data set as a whole, or of the settings.
            Self::NotLabelled { .. }
            | Self::Manifest { .. }
            | Self::Split { .. }
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
            (
                DatasetError::Label {
                    line: 2,
                    source: "maybe".parse::<Label>().unwrap_err(),
                },
                "no_label",
            ),
            (
                DatasetError::BothLabels {
                    path: path(),
                    label: Label::Real,
                    other: path(),
                },
                "no_label",
            ),
            (
                DatasetError::NotLabelled {
                    path: path(),
                    only: None,
                },
                "other",
            ),
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
