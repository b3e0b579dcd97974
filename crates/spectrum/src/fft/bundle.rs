//! What a transform of sixteen works on.

use dftective_simd::Line;

/// One complex number of each of sixteen transforms.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[repr(C)]
pub(crate) struct Bundle<T> {
    pub re: Line<T>,
    pub im: Line<T>,
}
