//! The ways of doubling a size.

use std::fmt;

/// How a decoder doubles its size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Mechanism {
    /// Every sample repeated.
    Nearest,
    /// Interpolation between the four nearest samples.
    Bilinear,
    /// Zeros between the samples and a convolution: a transposed convolution of stride two.
    ZeroInsertion,
    /// Four convolutions interleaved: channels to space, also called sub-pixel convolution.
    PixelShuffle,
}

impl Mechanism {
    /// All four, in the order fakes go through them.
    pub const ALL: [Self; 4] = [
        Self::Nearest,
        Self::Bilinear,
        Self::ZeroInsertion,
        Self::PixelShuffle,
    ];
}

impl fmt::Display for Mechanism {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nearest => "nearest",
            Self::Bilinear => "bilinear",
            Self::ZeroInsertion => "zero-insertion",
            Self::PixelShuffle => "pixel-shuffle",
        })
    }
}
