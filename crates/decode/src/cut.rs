//! A part of a picture, at its own resolution.

use image::imageops::crop_imm;

use super::{Coefficients, Decoded, Plane, Planes};

/// Offsets of parts are multiples of this, so that a part's blocks, and the chroma samples of every customary subsampling,
/// are the whole picture's.
pub const CUT_STEP: u32 = 32;

impl Decoded {
    /// The square of `side` pixels whose corner is at the column `x` and row `y`, with whatever was decoded of it. The
    /// source stays the whole picture's. `None` where it does not lie within the picture, or starts off the grid of
    /// [`CUT_STEP`].
    pub fn cut(&self, x: u32, y: u32, side: u32) -> Option<Self> {
        let (width, height) = self.luma.dimensions();
        let is_within = |start: u32, length: u32| start.checked_add(side).is_some_and(|end| end <= length);
        let is_aligned = x.is_multiple_of(CUT_STEP) && y.is_multiple_of(CUT_STEP);
        if side == 0 || !is_aligned || !is_within(x, width) || !is_within(y, height) {
            return None;
        }
        let square = |plane: &image::GrayImage| crop_imm(plane, x, y, side, side).to_image();
        let (column, row, length) = (x as usize, y as usize, side as usize);
        Some(Self {
            luma: square(&self.luma),
            source: self.source.clone(),
            planes: self.planes.as_ref().map(|planes| planes.cut(column, row, length)),
            rgb: self
                .rgb
                .as_ref()
                .map(|rgb| crop_imm(rgb, x, y, side, side).to_image()),
            coefficients: self.coefficients.as_ref().map(|coefficients| {
                // A component that is coarser than the picture is its size over a whole number, rounded up.
                let across = (width as usize).div_ceil(coefficients.width);
                let down = (height as usize).div_ceil(coefficients.height);
                let size = (length.div_ceil(across), length.div_ceil(down));
                coefficients.cut((column / across, row / down), size)
            }),
        })
    }
}

impl Plane {
    fn cut(&self, x: usize, y: usize, width: usize, height: usize) -> Self {
        let rows = self.samples.chunks_exact(self.width).skip(y).take(height);
        Self {
            width,
            height,
            samples: rows.flat_map(|row| &row[x..x + width]).copied().collect(),
        }
    }
}

impl Planes {
    fn cut(&self, x: usize, y: usize, side: usize) -> Self {
        let chroma = self.chroma.as_ref().map(|planes| {
            planes.each_ref().map(|plane| {
                // A stored plane is the picture's size over a whole number, rounded up.
                let across = self.y.width.div_ceil(plane.width);
                let down = self.y.height.div_ceil(plane.height);
                let part = |start: usize, step: usize, length: usize| {
                    let first = start / step;
                    (first, side.div_ceil(step).min(length - first))
                };
                let (column, width) = part(x, across, plane.width);
                let (row, height) = part(y, down, plane.height);
                plane.cut(column, row, width, height)
            })
        });
        Self {
            y: self.y.cut(x, y, side, side),
            chroma,
            // Offsets are whole blocks.
            grid: self.grid,
        }
    }
}

impl Coefficients {
    /// The blocks that cover it.
    fn cut(&self, (x, y): (usize, usize), (width, height): (usize, usize)) -> Self {
        let rows = self.values.chunks_exact(self.blocks_across() * 64);
        let columns = x / 8 * 64..(x / 8 + width.div_ceil(8)) * 64;
        Self {
            width,
            height,
            values: rows
                .skip(y / 8)
                .take(height.div_ceil(8))
                .flat_map(|row| &row[columns.clone()])
                .copied()
                .collect(),
            table: self.table,
        }
    }
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage};

    use super::*;
    use crate::encode_jpeg;
    use crate::{Channels, Limits, decode_channels};

    const EVERYTHING: Channels = Channels {
        planes: true,
        rgb: true,
        coefficients: true,
    };

    fn decoded(width: u32, height: u32) -> Decoded {
        let pixels = RgbImage::from_fn(width, height, |x, y| {
            let value = |step: u32| (x * step + y * (step + 4) + x * y / 7) as u8;
            Rgb([value(3), value(5), value(11)])
        });
        let file = encode_jpeg(&pixels, 80).unwrap();
        decode_channels(&file, &Limits::default(), EVERYTHING).unwrap()
    }

    #[test]
    fn every_plane_is_cut_at_the_same_place() {
        let whole = decoded(133, 117);
        for (x, y, side) in [(0, 0, 64), (32, 32, 72), (64, 0, 69), (96, 96, 21)] {
            let part = whole.cut(x, y, side).unwrap();
            assert_eq!(part.luma.dimensions(), (side, side));
            let (planes, of_part) = (whole.planes.as_ref().unwrap(), part.planes.as_ref().unwrap());
            let coefficients = part.coefficients.as_ref().unwrap();
            let own = coefficients.plane();
            for (column, row) in [(0, 0), (side - 1, 0), (7, side - 1), (side - 1, side - 1)] {
                let at = (x + column, y + row);
                assert_eq!(part.luma.get_pixel(column, row), whole.luma.get_pixel(at.0, at.1));
                let (rgb, of_whole) = (part.rgb.as_ref().unwrap(), whole.rgb.as_ref().unwrap());
                assert_eq!(rgb.get_pixel(column, row), of_whole.get_pixel(at.0, at.1));
                let sample =
                    |plane: &Plane, x: u32, y: u32| plane.samples[y as usize * plane.width + x as usize];
                let expected = sample(&planes.y, at.0, at.1);
                assert_eq!(sample(&of_part.y, column, row), expected);
                // The part's blocks stand for the part's samples.
                assert_eq!(sample(&own, column, row), expected);
                let chroma = (planes.chroma.as_ref().unwrap(), of_part.chroma.as_ref().unwrap());
                for (plane, of_part) in chroma.0.iter().zip(chroma.1) {
                    assert_eq!(
                        sample(of_part, column / 2, row / 2),
                        sample(plane, at.0 / 2, at.1 / 2)
                    );
                }
            }
        }
    }

    #[test]
    fn what_does_not_lie_within_is_none() {
        let whole = decoded(64, 96);
        assert!(whole.cut(0, 32, 64).is_some());
        for (x, y, side) in [
            (0, 0, 65),
            (32, 0, 64),
            (0, 64, 64),
            (8, 0, 32),
            (0, 0, 0),
            (32, 0, u32::MAX),
        ] {
            assert!(whole.cut(x, y, side).is_none());
        }
    }
}
