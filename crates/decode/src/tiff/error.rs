//! What a TIFF is refused with.

use crate::{DecodeError, Format};

pub(super) fn corrupt(cause: impl ToString) -> DecodeError {
    DecodeError::corrupt(Format::Tiff, cause)
}

pub(super) fn truncated(what: impl ToString) -> DecodeError {
    DecodeError::truncated(Format::Tiff, what)
}

pub(super) fn unsupported(what: impl ToString) -> DecodeError {
    DecodeError::unsupported(Format::Tiff, what)
}
