//! Planes of small digits and the directions in which they are read.

use image::RgbImage;
use multiversion::multiversion;

/// The way from one digit of a tuple to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scan {
    /// To the right.
    Right,
    /// Down.
    Down,
    /// Down and to the right.
    DownRight,
    /// Down and to the left.
    DownLeft,
}

/// A row-major plane of digits.
#[derive(Default)]
pub(crate) struct Digits {
    width: usize,
    height: usize,
    values: Vec<u8>,
}

impl Digits {
    /// Makes the plane `width × height` and its rows by `fill(y, row)`, which must write the whole row.
    pub fn fill(&mut self, width: usize, height: usize, mut fill: impl FnMut(usize, &mut [u8])) {
        (self.width, self.height) = (width, height);
        self.values.resize(width * height, 0);
        if width > 0 {
            for (y, row) in self.values.chunks_exact_mut(width).enumerate() {
                fill(y, row);
            }
        }
    }

    /// Each pixel less its neighbour in the direction `scan`, clipped to ±LIMIT: digits 0 … 2·LIMIT. With CYCLIC the
    /// difference is taken around the circle of 256 values. The plane must have two pixels on either side.
    pub fn differences<const LIMIT: i16, const CYCLIC: bool>(
        &mut self,
        plane: &[u8],
        width: usize,
        height: usize,
        scan: Scan,
    ) {
        let (from, to, down) = match scan {
            Scan::Right => (0, 1, 0),
            Scan::Down => (0, 0, 1),
            Scan::DownRight => (0, 1, 1),
            Scan::DownLeft => (1, 0, 1),
        };
        let across = width - from.max(to);
        self.fill(across, height - down, |y, digits| {
            let pixels = &plane[y * width + from..][..across];
            let neighbours = &plane[(y + down) * width + to..][..across];
            difference_row::<LIMIT, CYCLIC>(pixels, neighbours, digits);
        });
    }

    pub fn width(&self) -> usize {
        self.width
    }

    pub fn height(&self) -> usize {
        self.height
    }

    pub fn row(&self, y: usize) -> &[u8] {
        &self.values[y * self.width..][..self.width]
    }

    /// How many tuples of `order` digits there are along `scan`.
    pub fn tuples(&self, scan: Scan, order: usize) -> usize {
        let shorter = |length: usize| length.saturating_sub(order - 1);
        match scan {
            Scan::Right => shorter(self.width) * self.height,
            Scan::Down => self.width * shorter(self.height),
            Scan::DownRight | Scan::DownLeft => shorter(self.width) * shorter(self.height),
        }
    }
}

#[multiversion(targets = "simd")]
fn difference_row<const LIMIT: i16, const CYCLIC: bool>(pixels: &[u8], neighbours: &[u8], digits: &mut [u8]) {
    for (digit, (pixel, neighbour)) in digits.iter_mut().zip(pixels.iter().zip(neighbours)) {
        let difference = if CYCLIC {
            i16::from(pixel.wrapping_sub(*neighbour).cast_signed())
        } else {
            i16::from(*pixel) - i16::from(*neighbour)
        };
        *digit = (difference.clamp(-LIMIT, LIMIT) + LIMIT) as u8;
    }
}

/// Replaces `planes` by the picture's red, green and blue.
pub(crate) fn split_channels(pixels: &RgbImage, planes: [&mut Vec<u8>; 3]) {
    let pixels = pixels.as_raw().as_chunks::<3>().0;
    let planes = planes.map(|plane| {
        plane.resize(pixels.len(), 0);
        plane.as_mut_slice()
    });
    split_pixels(pixels, planes);
}

#[multiversion(targets = "simd")]
fn split_pixels(pixels: &[[u8; 3]], planes: [&mut [u8]; 3]) {
    let [red, green, blue] = planes;
    for (((pixel, red), green), blue) in pixels.iter().zip(red).zip(green).zip(blue) {
        [*red, *green, *blue] = *pixel;
    }
}
