//! Results as people read them.
//!
//! An [`Evaluation`] is one record of how a detector did: serialised (serde) it is the JSON of the command,
//! displayed it is tables for a terminal. [`TextTable`] and the number formats are shared by everything displayed.

mod evaluation;
mod numbers;
mod one_line;
mod table;

pub use evaluation::Evaluation;
pub use numbers::{percent, percent_with_interval, three_decimals, three_decimals_with_interval};
pub use one_line::one_line;
pub use table::{Align, TextTable};
