//! What a JPEG is refused with.

use crate::{DecodeError, Format};

pub(super) fn no_end() -> DecodeError {
    DecodeError::truncated(Format::Jpeg, "the file ends before its end-of-image marker")
}

pub(super) fn corrupt(cause: impl ToString) -> DecodeError {
    DecodeError::corrupt(Format::Jpeg, cause)
}

pub(super) fn unsupported(what: impl ToString) -> DecodeError {
    DecodeError::unsupported(Format::Jpeg, what)
}

pub(super) fn truncated_data() -> DecodeError {
    DecodeError::truncated(Format::Jpeg, "the compressed data end before the picture does")
}
