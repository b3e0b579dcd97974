//! What every room says of an image: where it comes from, what is known of it, which class it is of,
//! and why nothing could be said of it.
//!
//! Labels have one polarity everywhere: fake is the positive class.

pub mod columns;
mod error_code;
mod facts;
mod failure;
mod label;
mod origin;
mod path_text;
mod sample;
mod short;

pub use columns::{ColumnSpec, Kind};
pub use error_code::{ErrorCode, UnknownErrorCode};
pub use facts::FileFacts;
pub use failure::{Failure, SampleError};
pub use label::{Label, LabelWords, LabelWordsError, UnknownLabel};
pub use origin::{Member, MemberContent, Origin};
pub use path_text::{bytes_text, path_text};
pub use sample::{Region, Sample, Split, UnknownSplit};
pub use short::{quoted, short, short_cause, short_message, short_path, shortened};
