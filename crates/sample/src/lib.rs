//! What every room says of an image: where it comes from, what is known of it, which class it is of,
//! and why nothing could be said of it.
//!
//! Labels have one polarity everywhere: fake is the positive class.

mod error_code;
mod label;
mod path_text;

pub use error_code::{ErrorCode, UnknownErrorCode};
pub use label::{Label, UnknownLabel};
pub use path_text::path_text;
