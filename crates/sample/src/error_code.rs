//! Stable codes of what can go wrong with an image.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::short::short;

/// Declares the codes, each with its text and its meaning, in the order of the documentation.
macro_rules! codes {
    ($($variant:ident = $text:literal: $meaning:literal,)+) => {
        /// Why a record has no result, as a code for programs to act on: the message beside it is for people and may
        /// change its words, the code keeps its text. `docs/error-codes.md` lists them all.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum ErrorCode {
            $(
                #[doc = $meaning]
                #[serde(rename = $text)]
                $variant,
            )+
        }

        impl ErrorCode {
            /// Every code, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The text of it in records, snake case: `"too_large"`.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// What it says, in one sentence.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning),+ }
            }
        }
    };
}

codes! {
    NotFound = "not_found": "There is no such file or folder, none of that name in the archive, or a row of a manifest names none.",
    NotAFile = "not_a_file": "The path leads to a folder, a pipe, a socket or a device.",
    LinkLoop = "link_loop": "A symbolic link leads to a folder above itself.",
    Unreadable = "unreadable": "The system refused to open or read the file or folder.",
    Empty = "empty": "The file has no bytes.",
    TooLarge = "too_large": "The file, its picture or its archive is larger than the limits allow, or takes more work to decode.",
    NotAnImage = "not_an_image": "The content is that of no image.",
    Unsupported = "unsupported": "The content is of a format, or a kind of that format, that is not decoded, or encrypted in an archive.",
    Truncated = "truncated": "The picture is not wholly in the file, or the file not wholly in its archive.",
    Corrupt = "corrupt": "The file, or the archive it lies in, breaks the rules of its format.",
    DecoderFailed = "decoder_failed": "The decoder broke down over the file, so nothing is known of its pixels.",
    NoChannel = "no_channel": "The features are read from something that the picture has not, such as colour.",
    TooSmall = "too_small": "The picture has fewer pixels than the features need.",
    Constant = "constant": "All pixels used are equal, or nothing is there of what the features count.",
    NoResidual = "no_residual": "The picture equals its own filtered copy, so no residual is left.",
    NotFinite = "not_finite": "A feature or the detector's margin is no finite number.",
    WrongSize = "wrong_size": "The picture's size gives another number of features than the detector was trained on.",
    NoLabel = "no_label": "A label is needed, and it is neither real nor fake.",
    Other = "other": "None of these, and no property of the image: settings, detector or data set can't be used.",
}

impl ErrorCode {
    /// Of a file or folder that the system would not give: [`NotFound`](Self::NotFound) or
    /// [`Unreadable`](Self::Unreadable).
    pub fn of_io(error: &std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::NotFound => Self::NotFound,
            _ => Self::Unreadable,
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for ErrorCode {
    type Err = UnknownErrorCode;

    fn from_str(text: &str) -> Result<Self, UnknownErrorCode> {
        let known = Self::ALL.iter().find(|code| code.as_str() == text);
        known.copied().ok_or_else(|| UnknownErrorCode {
            found: text.to_owned(),
        })
    }
}

/// A code that this version does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown error code '{}' (docs/error-codes.md lists those there are)",
    short(found)
)]
#[non_exhaustive]
pub struct UnknownErrorCode {
    /// What was given.
    pub found: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_is_read_as_it_is_written() {
        for &code in ErrorCode::ALL {
            let text = code.to_string();
            assert_eq!(text.parse(), Ok(code));
            assert_eq!(serde_json::to_value(code).unwrap(), *text);
            assert_eq!(serde_json::from_value::<ErrorCode>(text.into()).unwrap(), code);
        }
        let error = "Truncated".parse::<ErrorCode>().unwrap_err();
        assert!(error.to_string().contains("'Truncated'"), "{error}");
    }

    #[test]
    fn texts_are_different_and_in_snake_case() {
        for (index, code) in ErrorCode::ALL.iter().enumerate() {
            assert!(
                code.as_str()
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
            );
            assert!(
                ErrorCode::ALL[..index]
                    .iter()
                    .all(|other| other.as_str() != code.as_str())
            );
        }
    }

    #[test]
    fn the_documentation_has_one_row_a_code_in_their_order() {
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/error-codes.md");
        let page = std::fs::read_to_string(page).unwrap();
        let rows: Vec<&str> = page.lines().filter(|line| line.starts_with('|')).collect();
        let expected = ErrorCode::ALL
            .iter()
            .map(|code| format!("| `{code}` | {} |", code.meaning()));
        let head = ["| code | meaning |", "|---|---|"].map(str::to_owned);
        assert_eq!(rows, head.into_iter().chain(expected).collect::<Vec<_>>());
    }
}
