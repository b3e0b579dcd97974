//! Results as people read them.
//!
//! An [`Evaluation`] is one record of how a detector did: serialised (serde) it is the JSON of the command,
//! displayed it is tables for a terminal; a [`Comparison`] is the same of two detectors. [`TextTable`] and the number formats are shared by everything displayed.

mod comparison;
mod evaluation;
mod numbers;
mod one_line;
mod table;
mod videos;

pub use comparison::{ComparedDetector, Comparison};
pub use evaluation::Evaluation;
pub use numbers::{
    metric_difference, metric_value, p_value, percent, percent_with_interval, three_decimals,
    three_decimals_with_interval,
};
pub use one_line::one_line;
pub use table::{Align, TextTable};
pub use videos::Videos;
