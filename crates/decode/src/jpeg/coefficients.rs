//! The order of coefficients, and what is made of those that were found.

use super::frame::Frame;
use crate::planes::{Coefficients, Planes};

/// A block's quantised coefficients, in natural order.
pub(super) type Block = [i16; 64];

/// Place in natural (row-major) order of each coefficient in zigzag order (T.81, Figure A.6).
pub(super) const NATURAL: [usize; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7,
    14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39,
    46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// Rows from the top, each from the left, of what is in zigzag order.
pub(super) fn in_natural_order<T: Copy + Default>(zigzag: &[T; 64]) -> [T; 64] {
    let mut natural = [T::default(); 64];
    for (place, value) in NATURAL.into_iter().zip(zigzag) {
        natural[place] = *value;
    }
    natural
}

/// Those of the component at `place`, all zero, with its table in zigzag order.
pub(super) fn empty(frame: &Frame, place: usize, table: &[u16; 64]) -> Coefficients {
    let (width, height) = frame.samples(place);
    Coefficients {
        width,
        height,
        values: vec![0; width.div_ceil(8) * height.div_ceil(8) * 64],
        table: in_natural_order(table),
    }
}

/// The planes that the coefficients of Y, or of Y, Cb and Cr, stand for; Y has a sample for each pixel.
pub(super) fn planes(components: &[Coefficients]) -> Option<Planes> {
    let mut planes = components.iter().map(Coefficients::plane);
    let y = planes.next()?;
    let chroma = planes.next().zip(planes.next()).map(|(blue, red)| [blue, red]);
    Some(Planes {
        y,
        chroma,
        grid: (0, 0),
    })
}
