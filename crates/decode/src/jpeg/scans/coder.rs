//! What both ways to code have in common.

use super::blocks::{Arrays, Unit};
use crate::DecodeError;

/// A way to decode the units of a scan.
pub(super) trait Coder {
    /// Decodes the next unit.
    fn unit(&mut self, unit: &Unit, arrays: &mut Arrays) -> Result<(), DecodeError>;

    /// Goes on behind the `number`th restart marker.
    fn restart(&mut self, number: usize) -> Result<(), DecodeError>;

    /// Passes over what is left: as [`Source::end`](super::source::Source::end).
    fn end(&mut self) -> (bool, usize);
}
