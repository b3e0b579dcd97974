//! Figures as SVG: axes, marks, and what is said of them.
//!
//! Written by `maud`, so that text from elsewhere is escaped in drawings as it is in pages, and with a title and a
//! description for those who do not see them. Colours are classes of one style sheet, by light, by dark and in print.

mod axis;
mod figure;
mod plot;

pub use axis::Axis;
pub use figure::{Csv, Figure, STYLE};
pub use plot::{Colour, Key, Plot, Point};

#[cfg(test)]
mod tests;
