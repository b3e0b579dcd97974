//! Where an image comes from.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::path_text;

/// Where an image comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Origin {
    /// A file.
    File(PathBuf),
    /// A member of an archive, as `photos.zip!/holiday/1.jpg`.
    Member {
        /// The archive.
        archive: PathBuf,
        /// The member's name in it.
        member: String,
    },
    /// A frame of a video, as `clip.mp4#12`.
    Frame {
        /// The video.
        video: PathBuf,
        /// The frame's number in order of display, from 0.
        frame: u64,
    },
    /// The bytes of a file that the caller holds.
    Bytes {
        /// The caller's name for them.
        id: String,
        /// The file's bytes.
        bytes: Arc<[u8]>,
    },
    /// A name alone, as a row of a feature table has it; there need be no such file.
    Name(String),
}

impl Origin {
    /// Its name in a table. A path is written by [`path_text`].
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::File(path) => path_text(path).into(),
            Self::Member { archive, member } => format!("{}!/{member}", path_text(archive)).into(),
            Self::Frame { video, frame } => format!("{}#{frame}", path_text(video)).into(),
            Self::Bytes { id, .. } => id.into(),
            Self::Name(name) => name.into(),
        }
    }

    /// The file that is the image, where it is one.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            _ => None,
        }
    }
}

impl Default for Origin {
    /// A name without a letter.
    fn default() -> Self {
        Self::Name(String::new())
    }
}

impl From<PathBuf> for Origin {
    fn from(path: PathBuf) -> Self {
        Self::File(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_a_name_of_its_own() {
        let origins = [
            Origin::File("a/b.jpg".into()),
            Origin::Member {
                archive: "a.zip".into(),
                member: "b/c.jpg".to_owned(),
            },
            Origin::Frame {
                video: "a.mp4".into(),
                frame: 12,
            },
            Origin::Bytes {
                id: "upload 1".to_owned(),
                bytes: Arc::from(*b"x"),
            },
            Origin::Name("row 3".to_owned()),
        ];
        assert_eq!(
            origins.each_ref().map(Origin::text),
            ["a/b.jpg", "a.zip!/b/c.jpg", "a.mp4#12", "upload 1", "row 3"]
        );
        let files: Vec<_> = origins.iter().filter_map(Origin::file).collect();
        assert_eq!(files, [Path::new("a/b.jpg")]);
    }
}
