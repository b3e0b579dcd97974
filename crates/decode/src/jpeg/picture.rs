//! What readers are asked for and what they give.

use crate::Coefficients;

/// What a reader is asked for: of how many components, from the first on.
#[derive(Clone, Copy)]
pub(super) struct Wanted {
    pub samples: usize,
    pub coefficients: usize,
}

/// What a reader gives, of the components that were asked for.
pub(super) struct Picture {
    /// Each component's samples, row-major, at its own size.
    pub samples: Vec<Vec<u8>>,
    pub coefficients: Vec<Coefficients>,
    /// Whether there were bytes that belong to nothing among the compressed data.
    pub surplus: bool,
}
