//! Where an image comes from.

use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::{SampleError, path_text};

/// A file in an archive, which knows how it is read.
pub trait Member: Send + Sync {
    /// Its bytes, wherever they lie; at most `limit` of them are ever held.
    ///
    /// # Errors
    /// A damaged or encrypted member, or one with more bytes, as counted while they are unpacked.
    fn read(&self, limit: u64) -> Result<Vec<u8>, SampleError>;
}

/// How an archive's member is read. Two origins are the same by the names of archive and member, so all of these are equal.
#[derive(Clone)]
pub struct MemberContent(pub Arc<dyn Member>);

impl fmt::Debug for MemberContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemberContent")
    }
}

impl PartialEq for MemberContent {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for MemberContent {}

impl Hash for MemberContent {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

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
        /// The member's name in it, as [`path_text`] writes names that are no UTF-8.
        member: String,
        /// How it is read.
        content: MemberContent,
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
            Self::Member { archive, member, .. } => format!("{}!/{member}", path_text(archive)).into(),
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

    /// The path of the file as if an archive were a folder of the archive's name without its ending: `photos/holiday/1.jpg`
    /// for `photos.zip!/holiday/1.jpg`, so that folders say the same of an image inside an archive and outside of it.
    pub fn as_in_folders(&self) -> Option<Cow<'_, Path>> {
        match self {
            Self::File(path) => Some(path.into()),
            Self::Member { archive, member, .. } => {
                let mut folder = archive.with_extension("");
                // Of `photos.tar.gz` both endings.
                if folder
                    .extension()
                    .is_some_and(|ending| ending.eq_ignore_ascii_case("tar"))
                {
                    folder.set_extension("");
                }
                Some(folder.join(member.trim_start_matches('/')).into())
            }
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

    struct Nothing;

    impl Member for Nothing {
        fn read(&self, _: u64) -> Result<Vec<u8>, SampleError> {
            Ok(Vec::new())
        }
    }

    fn member(archive: &str, member: &str) -> Origin {
        Origin::Member {
            archive: archive.into(),
            member: member.to_owned(),
            content: MemberContent(Arc::new(Nothing)),
        }
    }

    #[test]
    fn archives_are_folders_without_their_ending() {
        for (origin, expected) in [
            (member("a/b.zip", "c/d.jpg"), "a/b/c/d.jpg"),
            (member("a/b.tar.gz", "d.jpg"), "a/b/d.jpg"),
            (member("a/b.c.tgz", "/d.jpg"), "a/b.c/d.jpg"),
            (Origin::File("a/b.jpg".into()), "a/b.jpg"),
        ] {
            assert_eq!(origin.as_in_folders().unwrap(), Path::new(expected));
        }
        assert_eq!(Origin::default().as_in_folders(), None);
    }

    #[test]
    fn members_are_the_same_by_name() {
        assert_eq!(member("a.zip", "b"), member("a.zip", "b"));
        assert_ne!(member("a.zip", "b"), member("a.zip", "c"));
    }

    #[test]
    fn each_kind_has_a_name_of_its_own() {
        let origins = [
            Origin::File("a/b.jpg".into()),
            member("a.zip", "b/c.jpg"),
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
