//! Why an archive, or a member of it, could not be had.

use std::borrow::Cow;
use std::io;

use ::zip::result::ZipError;
use dftective_sample::ErrorCode;

/// Why an archive, or a member of it, could not be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// The system refused to open or read the archive.
    #[error("cannot be read: {source}")]
    Unreadable {
        /// What the system said.
        source: io::Error,
    },
    /// The archive breaks the rules of its format, or a member's checksum is wrong.
    #[error("damaged archive: {cause}")]
    Damaged {
        /// The rule broken.
        cause: Cow<'static, str>,
    },
    /// The archive ends before its end.
    #[error("truncated archive: it ends before its end")]
    Truncated,
    /// The member can be read by those only who have its password.
    #[error("encrypted in the archive")]
    Encrypted,
    /// A kind of archive, or a way of compression, that is not read.
    #[error("unsupported archive: {what}")]
    Unsupported {
        /// The feature in question.
        what: Cow<'static, str>,
    },
    /// The member has more bytes than a file may have.
    #[error("file too large: more than {limit} bytes in the archive")]
    TooLarge {
        /// Bytes allowed.
        limit: u64,
    },
    /// Members share their bytes, or take up many times the archive's size.
    #[error("the archive is made to grow beyond measure: {how}")]
    Bomb {
        /// By which means.
        how: &'static str,
    },
    /// The archive has more members than are listed.
    #[error("more than {limit} files in the archive; those after them are not read")]
    TooManyMembers {
        /// Members allowed.
        limit: u64,
    },
    /// Members have one name. Of each name the archive's directory gives but the last.
    #[error("files of one name in the archive: of each name the last is read")]
    SameNames,
    /// There is no such member.
    #[error("no such file in the archive")]
    NoSuchMember,
}

impl ArchiveError {
    /// The code of it in records.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Unreadable { source } => ErrorCode::of_io(source),
            Self::Damaged { .. } | Self::SameNames => ErrorCode::Corrupt,
            Self::Truncated => ErrorCode::Truncated,
            Self::Encrypted | Self::Unsupported { .. } => ErrorCode::Unsupported,
            Self::TooLarge { .. } | Self::Bomb { .. } | Self::TooManyMembers { .. } => ErrorCode::TooLarge,
            Self::NoSuchMember => ErrorCode::NotFound,
        }
    }

    pub(super) fn damaged(cause: impl Into<Cow<'static, str>>) -> Self {
        Self::Damaged { cause: cause.into() }
    }
}

/// What a reader of archives says by way of the system's errors: those of a kind of their own are the system's.
impl From<io::Error> for ArchiveError {
    fn from(source: io::Error) -> Self {
        use io::ErrorKind;
        match source.kind() {
            ErrorKind::UnexpectedEof => Self::Truncated,
            ErrorKind::InvalidData | ErrorKind::InvalidInput | ErrorKind::Other => {
                Self::damaged(source.to_string())
            }
            // The limit of `inflate`, whatever the reader above made of it.
            ErrorKind::FileTooLarge => Self::Bomb {
                how: "it inflates to many times its size",
            },
            _ => Self::Unreadable { source },
        }
    }
}

impl From<ZipError> for ArchiveError {
    fn from(error: ZipError) -> Self {
        match error {
            ZipError::Io(source) => source.into(),
            ZipError::InvalidArchive(cause) => Self::Damaged { cause },
            ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) | ZipError::InvalidPassword => {
                Self::Encrypted
            }
            ZipError::UnsupportedArchive(what) => Self::Unsupported { what: what.into() },
            ZipError::CompressionMethodNotSupported(method) => Self::Unsupported {
                what: format!("compression method {method}").into(),
            },
            ZipError::FileNotFound => Self::NoSuchMember,
            other => Self::damaged(other.to_string()),
        }
    }
}
