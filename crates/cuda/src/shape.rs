//! How the kernels of each length are launched, as `kernels/src/fft.cuh` has it.

/// The kernels of one length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    /// Points of a transform.
    pub length: usize,
    /// Radices of its passes; 1 where there is none.
    radices: [usize; 3],
    /// Points a thread holds.
    points: usize,
    /// Columns a block transforms.
    pub columns: usize,
}

const fn shape(length: usize, radices: [usize; 3], points: usize, columns: usize) -> Shape {
    Shape {
        length,
        radices,
        points,
        columns,
    }
}

const SHAPES: [Shape; 8] = [
    shape(64, [8, 8, 1], 8, 8),
    shape(128, [16, 8, 1], 16, 8),
    shape(256, [16, 16, 1], 16, 8),
    shape(512, [32, 16, 1], 32, 8),
    shape(1024, [32, 32, 1], 32, 8),
    shape(2048, [16, 16, 8], 16, 4),
    shape(4096, [16, 16, 16], 16, 2),
    shape(8192, [32, 16, 16], 32, 1),
];

/// Sides that the kernels take.
pub(super) const SIDES: std::ops::RangeInclusive<usize> = 64..=4096;

/// Bytes of one complex number.
const COMPLEX: usize = 8;

/// Words that a block keeps for one half of its sums.
fn sum_words(radial_bins: usize) -> usize {
    radial_bins.next_multiple_of(2)
}

impl Shape {
    /// The transform for a side of `length`: as long where that is a power of two, else with room for the convolution
    /// that takes its place. `None` for sides too long.
    pub fn for_side(length: usize) -> Option<Self> {
        SHAPES
            .into_iter()
            .find(|shape| shape.length == length || shape.length + 1 >= 2 * length)
    }

    /// Threads of a transform.
    pub fn threads(self) -> usize {
        self.length / self.points
    }

    /// Pairs of rows a block transforms.
    pub fn pairs(self) -> usize {
        (128 / self.threads()).max(1)
    }

    fn stride(self) -> usize {
        let apart = match self.columns {
            8 => 2,
            4 => 4,
            _ => 8,
        };
        self.length + self.length / self.radices[0] + apart
    }

    /// Shared memory of a block of rows, bytes.
    pub fn row_memory(self) -> usize {
        COMPLEX * self.pairs() * self.stride()
    }

    /// Shared memory of a block of columns, bytes.
    pub fn column_memory(self, radial_bins: usize) -> usize {
        COMPLEX * self.columns * self.stride() + size_of::<u32>() * 2 * sum_words(radial_bins)
    }

    /// exp(−2πi·m·s/(R·S)) for m = 1 .. R and s < S, real and imaginary part in turns: for each pass after the first,
    /// of radix R after radices of product S.
    pub fn factors(self) -> Vec<f32> {
        let mut before = self.radices[0];
        let mut factors = Vec::new();
        for radix in &self.radices[1..] {
            for m in 1..*radix {
                for s in 0..before {
                    let angle = -std::f64::consts::TAU * (m * s) as f64 / (radix * before) as f64;
                    factors.extend([angle.cos() as f32, angle.sin() as f32]);
                }
            }
            before *= radix;
        }
        factors
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn radices_make_the_length() {
        for shape in SHAPES {
            assert_eq!(shape.radices.iter().product::<usize>(), shape.length);
            assert_eq!(shape.length % shape.points, 0);
            assert!(
                shape
                    .radices
                    .iter()
                    .all(|radix| shape.points.is_multiple_of(*radix))
            );
            assert!(shape.columns * shape.threads() <= 1024 && shape.pairs() * shape.threads() <= 1024);
            // The shortest plane fills whole blocks of rows, and the narrowest whole blocks of columns.
            assert!(32_usize.is_multiple_of(shape.pairs()) && 32_usize.is_multiple_of(shape.columns));
            let ones: usize = shape.radices[1..].iter().filter(|radix| **radix > 1).count();
            assert!(ones > 0 && !shape.factors().is_empty());
        }
    }

    #[test]
    fn every_side_has_a_transform() {
        for side in SIDES {
            let shape = Shape::for_side(side).unwrap();
            assert!(shape.length == side || (!side.is_power_of_two() && shape.length >= 2 * side - 1));
            assert!(shape.length < 4 * side);
        }
        assert_eq!(Shape::for_side(1000).unwrap().length, 2048);
        assert_eq!(Shape::for_side(8193), None);
    }
}
