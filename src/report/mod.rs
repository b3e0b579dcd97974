//! Results as people read them. Everything here renders a record; nothing here computes a result.

mod evaluation;
mod numbers;
mod table;

pub use evaluation::{Evaluation, Judged, SourceResult, Verdicts};
pub use numbers::{percent, percent_with_interval, three_decimals, three_decimals_with_interval};
pub use table::{Align, TextTable};
