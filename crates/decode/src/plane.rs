//! One component of a picture.

/// One component of a picture, in single precision: row-major, nominal range 0 to 255.
#[derive(Clone, Debug, PartialEq)]
pub struct Plane {
    /// Width in samples.
    pub width: usize,
    /// Height in samples.
    pub height: usize,
    /// `width × height` samples, by rows.
    pub samples: Vec<f32>,
}

impl Plane {
    /// The same samples as numbers.
    pub(super) fn from_bytes(width: usize, height: usize, samples: &[u8]) -> Self {
        Self {
            width,
            height,
            samples: samples.iter().map(|sample| f32::from(*sample)).collect(),
        }
    }
}
