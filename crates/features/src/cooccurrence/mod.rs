//! Co-occurrence of neighbouring residuals: the part that the spatial families share.
//!
//! A residual is quantised to a *digit* 0 … BASE − 1 ([`Digits`]), ORDER digits in a row along a [`Scan`] are a
//! *tuple*, numbered by reading them as a number to that base, and the histogram of all tuples of a plane
//! describes the picture ([`Counter`]). A [`Symmetry`] adds up the bins that a mirrored or negated picture
//! exchanges.

mod counter;
mod digits;
mod symmetry;
#[cfg(test)]
mod tests;

pub(super) use counter::Counter;
pub(super) use digits::{Digits, Scan, split_channels};
pub(super) use symmetry::{Symmetry, reversed, tuple_name};

/// Memory of one thread for the spatial families.
#[derive(Default)]
pub(crate) struct Workspace {
    pub digits: [Digits; 3],
    pub counters: [Counter; 2],
    /// 8-bit planes: colour channels, or what was made of them.
    pub planes: [Vec<u8>; 4],
}
