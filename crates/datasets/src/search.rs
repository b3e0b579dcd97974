//! What a search takes of the files that it finds.

use std::fmt;
use std::path::Path;
use std::sync::LazyLock;

use dftective_decode::{Content, content, has_image_extension};
use dftective_sample::LabelWords;

/// How folders and archives are searched.
#[derive(Clone, Copy)]
pub struct Search<'a> {
    /// Takes every file, whatever it holds; what is no image then has its error.
    pub all_files: bool,
    /// Takes an archive as one file instead of looking into it.
    pub closed_archives: bool,
    /// The words that mean a class, in names of folders and in manifests.
    pub words: &'a LabelWords,
    /// Hears of each file that is passed over, at once.
    pub on_passed_over: &'a (dyn Fn(&PassedOver) + Sync),
}

impl Default for Search<'_> {
    /// Images only, those in archives included; in silence.
    fn default() -> Self {
        static PLAIN: LazyLock<LabelWords> = LazyLock::new(LabelWords::default);
        Self {
            all_files: false,
            closed_archives: false,
            words: &PLAIN,
            on_passed_over: &|_| (),
        }
    }
}

impl fmt::Debug for Search<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Search")
            .field("all_files", &self.all_files)
            .field("closed_archives", &self.closed_archives)
            .field("words", &self.words)
            .finish_non_exhaustive()
    }
}

/// A file that a search found and did not take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassedOver {
    /// Its name, as [`Origin::text`](dftective_sample::Origin::text) writes it.
    pub name: String,
    /// Why.
    pub why: Why,
}

/// Why a file was passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Why {
    /// Neither its name nor its first bytes are those of an image.
    NoImage,
    /// A folder in which a Mac keeps what it knows of the files of an archive.
    MacFolder,
    /// Archives in archives are not opened.
    NestedArchive,
    /// A link in an archive; what it leads to may be in the archive by its own name.
    LinkInArchive,
    /// A symbolic link without an image's name that leads nowhere.
    LeadsNowhere,
    /// A pipe, a socket or a device without an image's name.
    NotAFile,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::NoImage => "holds no image",
            Self::MacFolder => "what a Mac keeps of an archive's files",
            Self::NestedArchive => "an archive in an archive is not opened",
            Self::LinkInArchive => "a link in an archive is not followed",
            Self::LeadsNowhere => "a symbolic link that leads nowhere",
            Self::NotAFile => "a pipe, a socket or a device",
        })
    }
}

/// The folder of [`Why::MacFolder`].
pub(super) const MAC_FOLDER: &str = "__MACOSX";

/// AppleSingle and AppleDouble files, RFC 1740: what a Mac keeps of `a.jpg` in `._a.jpg`.
const APPLE_DOUBLE: [u8; 4] = [0, 5, 0x16, 7];

/// Whether a file is taken: none, or why not. By its name where that tells, so that its first bytes are asked for, by `start`,
/// only where it does not.
///
/// # Errors
/// What `start` says.
pub(super) fn left_out<E>(
    name: &Path,
    all_files: bool,
    start: impl FnOnce() -> Result<Vec<u8>, E>,
) -> Result<Option<Why>, E> {
    let is_named = has_image_extension(name);
    let file_name = name.file_name().unwrap_or_default().as_encoded_bytes();
    if all_files || is_named && !file_name.starts_with(b"._") {
        return Ok(None);
    }
    let start = start()?;
    let holds_none = match content(&start, name) {
        Content::Image(_) | Content::UnsupportedImage(_) => false,
        Content::NoImage => !is_named || start.starts_with(&APPLE_DOUBLE),
    };
    Ok(holds_none.then_some(Why::NoImage))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_is_asked_for_where_the_name_does_not_tell() {
        let unasked = || -> Result<Vec<u8>, ()> { Err(()) };
        assert_eq!(left_out(Path::new("a/b.JPG"), false, unasked), Ok(None));
        assert_eq!(left_out(Path::new("a/b.txt"), true, unasked), Ok(None));
        for name in ["a/b.txt", "a/b", "a/._b.jpg"] {
            assert_eq!(left_out(Path::new(name), false, unasked), Err(()), "{name}");
        }
    }

    #[test]
    fn what_holds_no_image_is_left_out() {
        let found = |name: &str, start: &[u8]| {
            left_out(Path::new(name), false, || Ok::<_, ()>(start.to_vec())).unwrap()
        };
        let jpeg = b"\xFF\xD8\xFF\xE0";
        assert_eq!(found("b.mpo", jpeg), None);
        assert_eq!(found("b", b"\0\0\0\x18ftypheic"), None);
        assert_eq!(found("Thumbs.db", b"\xD0\xCF\x11\xE0"), Some(Why::NoImage));
        assert_eq!(found("b", b""), Some(Why::NoImage));
        // A name of an image makes a file an input, but for what a Mac keeps beside it.
        assert_eq!(found("._b.jpg", b"\0\x05\x16\x07\0\x02"), Some(Why::NoImage));
        assert_eq!(found("._b.jpg", jpeg), None);
        assert_eq!(found("._b.jpg", b"Dear Sir"), None);
    }
}
