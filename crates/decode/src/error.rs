//! Why a file gave no luma plane.

use std::io;

use dftective_sample::ErrorCode;

use super::Format;

/// Longest text taken over from a decoding library, in characters.
const MAX_CAUSE: usize = 160;

/// Why a file gave no luma plane. Messages are one line and bounded in length; the caller adds the path.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The operating system refused to open or read the file.
    #[error("cannot be read: {source}")]
    Unreadable {
        /// The system's answer.
        source: io::Error,
    },
    /// The path leads to something other than a regular file.
    #[error("not a file: {what}")]
    NotAFile {
        /// What it is instead.
        what: &'static str,
    },
    /// The file has no bytes.
    #[error("empty file")]
    Empty,
    /// The file is larger than [`Limits::max_file_bytes`](super::Limits::max_file_bytes).
    #[error("file too large: at least {bytes} bytes, limit {limit}")]
    TooLargeFile {
        /// Bytes found; a lower bound where the system does not tell the size.
        bytes: u64,
        /// Bytes allowed.
        limit: u64,
    },
    /// The header announces more than [`Limits::max_pixels`](super::Limits::max_pixels).
    #[error("too many pixels: {width} x {height}, limit {limit}")]
    TooManyPixels {
        /// Announced width.
        width: u32,
        /// Announced height.
        height: u32,
        /// Pixels allowed.
        limit: u64,
    },
    /// The content is no image.
    #[error("not an image: {found}")]
    NotAnImage {
        /// What the file starts with.
        found: String,
    },
    /// The content is a known kind of file that is not decoded here.
    #[error("unsupported image format: {name}")]
    UnsupportedFormat {
        /// Name of the kind.
        name: &'static str,
    },
    /// The format is decoded, but not this kind of it.
    #[error("unsupported {format}: {what}")]
    Unsupported {
        /// Format of the file.
        format: Format,
        /// The feature in question.
        what: String,
    },
    /// The picture is not wholly there.
    #[error("truncated {format}: {what}")]
    Truncated {
        /// Format of the file.
        format: Format,
        /// What is missing.
        what: String,
    },
    /// The file breaks the rules of its format.
    #[error("corrupt {format}: {cause}")]
    Corrupt {
        /// Format of the file.
        format: Format,
        /// The rule broken.
        cause: String,
    },
    /// Decoding would take more memory or work than the limits allow.
    #[error("{format} over the decoding limits: {what}")]
    OverLimits {
        /// Format of the file.
        format: Format,
        /// The limit in question.
        what: String,
    },
    /// The decoder panicked on this file; nothing is known about its pixels.
    #[error("the {format} decoder failed: {cause}")]
    Panicked {
        /// Format of the file.
        format: Format,
        /// The panic's message.
        cause: String,
    },
}

impl DecodeError {
    /// The code of it in records.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Unreadable { source } => ErrorCode::of_io(source),
            Self::NotAFile { .. } => ErrorCode::NotAFile,
            Self::Empty => ErrorCode::Empty,
            Self::TooLargeFile { .. } | Self::TooManyPixels { .. } | Self::OverLimits { .. } => {
                ErrorCode::TooLarge
            }
            Self::NotAnImage { .. } => ErrorCode::NotAnImage,
            Self::UnsupportedFormat { .. } | Self::Unsupported { .. } => ErrorCode::Unsupported,
            Self::Truncated { .. } => ErrorCode::Truncated,
            Self::Corrupt { .. } => ErrorCode::Corrupt,
            Self::Panicked { .. } => ErrorCode::DecoderFailed,
        }
    }

    pub(super) fn unsupported(format: Format, what: impl ToString) -> Self {
        Self::Unsupported {
            format,
            what: one_line(&what.to_string()),
        }
    }

    pub(super) fn truncated(format: Format, what: impl ToString) -> Self {
        Self::Truncated {
            format,
            what: one_line(&what.to_string()),
        }
    }

    pub(super) fn corrupt(format: Format, cause: impl ToString) -> Self {
        Self::Corrupt {
            format,
            cause: one_line(&cause.to_string()),
        }
    }

    pub(super) fn over_limits(format: Format, what: impl ToString) -> Self {
        Self::OverLimits {
            format,
            what: one_line(&what.to_string()),
        }
    }

    /// From a decoder's own words. Most decoders keep an end of file only as the words of the I/O error.
    pub(super) fn in_words(format: Format, cause: &str) -> Self {
        let words = cause.to_ascii_lowercase();
        let ends = ["failed to fill whole buffer", "unexpected end", "unexpected eof"];
        if ends.iter().any(|end| words.contains(end)) {
            Self::truncated(format, "the file ends before the picture does")
        } else {
            Self::corrupt(format, cause)
        }
    }

    pub(super) fn panicked(format: Format, message: &str) -> Self {
        Self::Panicked {
            format,
            cause: one_line(message),
        }
    }
}

/// Makes text that may quote a hostile file safe to print: one line, bounded, no control or direction characters.
pub(super) fn one_line(text: &str) -> String {
    let printable = |c: char| {
        !c.is_control()
            && !matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
    };
    let mut line: String = text
        .chars()
        .take(MAX_CAUSE)
        .map(|c| if printable(c) { c } else { ' ' })
        .collect();
    if text.chars().nth(MAX_CAUSE).is_some() {
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_cause_becomes_one_bounded_line() {
        let cause = format!("a\nb\r\u{1b}[31mc\u{202e}d\u{2028}{}", "x".repeat(1000));
        let message = DecodeError::corrupt(Format::Png, cause).to_string();
        assert!(message.starts_with("corrupt png: a b  [31mc d "), "{message}");
        assert!(message.chars().count() <= "corrupt png: ".len() + MAX_CAUSE + 1);
        assert!(message.ends_with('…') && !message.chars().any(char::is_control));
    }

    #[test]
    fn each_error_has_its_code() {
        let format = Format::Png;
        let text = String::new;
        let unreadable = |kind: io::ErrorKind| DecodeError::Unreadable { source: kind.into() };
        let cases = [
            (unreadable(io::ErrorKind::NotFound), "not_found"),
            (unreadable(io::ErrorKind::PermissionDenied), "unreadable"),
            (DecodeError::NotAFile { what: "a socket" }, "not_a_file"),
            (DecodeError::Empty, "empty"),
            (DecodeError::TooLargeFile { bytes: 2, limit: 1 }, "too_large"),
            (
                DecodeError::TooManyPixels {
                    width: 2,
                    height: 1,
                    limit: 1,
                },
                "too_large",
            ),
            (DecodeError::over_limits(format, ""), "too_large"),
            (DecodeError::NotAnImage { found: text() }, "not_an_image"),
            (DecodeError::UnsupportedFormat { name: "AVIF" }, "unsupported"),
            (DecodeError::unsupported(format, ""), "unsupported"),
            (DecodeError::truncated(format, ""), "truncated"),
            (DecodeError::corrupt(format, ""), "corrupt"),
            (DecodeError::panicked(format, ""), "decoder_failed"),
        ];
        for (error, code) in cases {
            assert_eq!(error.code().as_str(), code, "{error}");
        }
    }
}
