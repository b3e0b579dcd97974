//! The formats, and the names they go by.

use std::fmt;
use std::path::Path;

use serde::{Deserialize, Serialize};

/// An image format that is decoded here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Format {
    /// JPEG, baseline or progressive.
    Jpeg,
    /// Portable Network Graphics, animated ones too.
    Png,
    /// WebP, lossy or lossless.
    WebP,
    /// Tagged Image File Format.
    Tiff,
    /// Windows bitmap.
    Bmp,
    /// Graphics Interchange Format.
    Gif,
    /// Portable bitmap, graymap, pixmap, and PAM.
    Pnm,
    /// Truevision TGA.
    Tga,
    /// Quite OK Image.
    Qoi,
    /// Windows icon.
    Ico,
}

impl Format {
    /// Every format.
    pub const ALL: [Format; 10] = [
        Self::Jpeg,
        Self::Png,
        Self::WebP,
        Self::Tiff,
        Self::Bmp,
        Self::Gif,
        Self::Pnm,
        Self::Tga,
        Self::Qoi,
        Self::Ico,
    ];

    /// The name used in results: lower case, e.g. `"jpeg"`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Jpeg => "jpeg",
            Self::Png => "png",
            Self::WebP => "webp",
            Self::Tiff => "tiff",
            Self::Bmp => "bmp",
            Self::Gif => "gif",
            Self::Pnm => "pnm",
            Self::Tga => "tga",
            Self::Qoi => "qoi",
            Self::Ico => "ico",
        }
    }

    /// File name extensions in use for the format: lower case, without the dot.
    pub fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Jpeg => &["jpg", "jpeg", "jpe", "jfif"],
            Self::Png => &["png", "apng"],
            Self::WebP => &["webp"],
            Self::Tiff => &["tif", "tiff"],
            Self::Bmp => &["bmp", "dib"],
            Self::Gif => &["gif"],
            Self::Pnm => &["pnm", "pbm", "pgm", "ppm", "pam"],
            Self::Tga => &["tga"],
            Self::Qoi => &["qoi"],
            Self::Ico => &["ico"],
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Whether a walk over a folder should pick this file up: its extension, in any case, belongs to one of
/// [`Format::ALL`].
pub fn has_image_extension(path: &Path) -> bool {
    named_format(path).is_some()
}

/// The lower-case extension of `path` and the format it promises.
pub(super) fn named_format(path: &Path) -> Option<(String, Format)> {
    let extension = path.extension()?.to_str()?.to_ascii_lowercase();
    let format = Format::ALL
        .into_iter()
        .find(|f| f.extensions().contains(&extension.as_str()))?;
    Some((extension, format))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_agree_with_serde_and_are_distinct() {
        for (index, format) in Format::ALL.into_iter().enumerate() {
            assert_eq!(serde_json::to_value(format).unwrap(), format.to_string());
            assert_eq!(
                serde_json::from_value::<Format>(format.as_str().into()).unwrap(),
                format
            );
            assert!(
                Format::ALL[..index]
                    .iter()
                    .all(|other| other.as_str() != format.as_str())
            );
        }
    }

    #[test]
    fn a_folder_walk_takes_every_extension_in_any_case() {
        for format in Format::ALL {
            for extension in format.extensions() {
                assert!(has_image_extension(Path::new(&format!("a/b.{extension}"))));
                assert!(has_image_extension(Path::new(&format!(
                    "b.{}",
                    extension.to_uppercase()
                ))));
            }
        }
        for name in ["notes.txt", "png", ".png", "a.png.part", "folder/", ""] {
            assert!(!has_image_extension(Path::new(name)), "{name}");
        }
    }
}
