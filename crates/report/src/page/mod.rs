//! Pages: one file of HTML, without scripts, that needs nothing else.
//!
//! Written by `maud`, which escapes all text from elsewhere. A policy in each page forbids it to load or run anything.

mod comparison;
mod evaluation;
mod evaluation_figures;
mod inspection;
mod shell;
mod tables;

pub use comparison::{comparison_figures, comparison_page};
pub use evaluation::evaluation_page;
pub use evaluation_figures::evaluation_figures;
pub use inspection::{inspection_figures, inspection_page};
use shell::thumbnail;
pub use shell::{Remake, failures, figures, page, remake, section};
pub use tables::{HtmlTable, data_summary};

#[cfg(test)]
mod tests;
