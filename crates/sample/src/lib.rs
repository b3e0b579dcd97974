//! What every room says of an image: where it comes from, what is known of it, which class it is of.
//!
//! Labels have one polarity everywhere: fake is the positive class.

mod label;
mod path_text;

pub use label::{Label, UnknownLabel};
pub use path_text::path_text;
