//! The fixed high-pass filters of the spatial rich model: J. Fridrich, J. Kodovský, *Rich Models for Steganalysis of
//! Digital Images*, IEEE TIFS 7 (2012), figure 2, as a bank of thirty 5×5 kernels.
//!
//! | kernels | number | divided by |
//! |---|---|---|
//! | first differences towards the eight neighbours | 8 | 1 |
//! | second differences along the four directions | 4 | 2 |
//! | third differences towards the eight neighbours | 8 | 3 |
//! | square 3×3 | 1 | 4 |
//! | edge 3×3: one half of the square | 4 | 4 |
//! | square 5×5 | 1 | 12 |
//! | edge 5×5: one half of the square | 4 | 12 |
//!
//! Every kernel sums to zero. All thirty filter luma, where fine detail lies; [`CHROMA`], the second differences
//! across and down and the two squares, one of each order that has no direction to spare, filter each chroma plane.

use burn::tensor::{Tensor, TensorData};

use crate::ops;

/// Rows of a 5×5 kernel.
pub type Kernel = [[f32; SIDE]; SIDE];

/// Side of a kernel.
pub const SIDE: usize = 5;

const MIDDLE: usize = SIDE / 2;

/// Kernels of the bank.
pub const KERNELS: usize = 30;

/// Indices in the bank of the kernels for chroma: second differences across and down, square 3×3, square 5×5.
pub const CHROMA: [usize; 4] = [8, 9, 20, 25];

/// Maps of [`residuals`].
pub const MAPS: usize = KERNELS + 2 * CHROMA.len();

/// Residuals are clipped to ± this many grey levels: what is larger is an edge of the scene.
pub const CLIP: f32 = 6.0;

/// Towards the eight neighbours, as (row, column); each direction is followed by its opposite.
const DIRECTIONS: [(isize, isize); 8] = [
    (0, 1),
    (0, -1),
    (1, 0),
    (-1, 0),
    (1, 1),
    (-1, -1),
    (1, -1),
    (-1, 1),
];

/// Rows for Y, Cb and Cr: of R, G and B (ITU-T T.871).
const JFIF: [[f32; 3]; 3] = [
    [0.299, 0.587, 0.114],
    [-0.168_735_9, -0.331_264_1, 0.5],
    [0.5, -0.418_687_6, -0.081_312_4],
];

const SQUARE_3: Kernel = [
    [0.0, 0.0, 0.0, 0.0, 0.0],
    [0.0, -1.0, 2.0, -1.0, 0.0],
    [0.0, 2.0, -4.0, 2.0, 0.0],
    [0.0, -1.0, 2.0, -1.0, 0.0],
    [0.0, 0.0, 0.0, 0.0, 0.0],
];

const SQUARE_5: Kernel = [
    [-1.0, 2.0, -2.0, 2.0, -1.0],
    [2.0, -6.0, 8.0, -6.0, 2.0],
    [-2.0, 8.0, -12.0, 8.0, -2.0],
    [2.0, -6.0, 8.0, -6.0, 2.0],
    [-1.0, 2.0, -2.0, 2.0, -1.0],
];

/// The [`KERNELS`] of the bank, in the order of the table.
pub fn bank() -> Vec<Kernel> {
    let first = DIRECTIONS.map(|direction| along(direction, &[(0, -1.0), (1, 1.0)]));
    let second = [0, 2, 4, 6].map(|axis| along(DIRECTIONS[axis], &[(-1, 0.5), (0, -1.0), (1, 0.5)]));
    let third = DIRECTIONS.map(|direction| {
        along(
            direction,
            &[(-1, 1.0 / 3.0), (0, -1.0), (1, 1.0), (2, -1.0 / 3.0)],
        )
    });
    let square3 = SQUARE_3.map(|row| row.map(|value| value / 4.0));
    let square5 = SQUARE_5.map(|row| row.map(|value| value / 12.0));
    let mut kernels = Vec::with_capacity(KERNELS);
    kernels.extend(first);
    kernels.extend(second);
    kernels.extend(third);
    for square in [square3, square5] {
        kernels.push(square);
        kernels.extend(halves(&square));
    }
    kernels
}

/// The values at the given numbers of steps from the middle.
fn along((down, right): (isize, isize), values: &[(isize, f32)]) -> Kernel {
    let mut kernel = Kernel::default();
    for &(steps, value) in values {
        kernel[MIDDLE.strict_add_signed(steps * down)][MIDDLE.strict_add_signed(steps * right)] = value;
    }
    kernel
}

/// The upper, lower, left and right half of a kernel, each with the line through the middle.
fn halves(square: &Kernel) -> [Kernel; 4] {
    let keep = |kept: fn(usize, usize) -> bool| {
        std::array::from_fn(|y| std::array::from_fn(|x| if kept(y, x) { square[y][x] } else { 0.0 }))
    };
    [
        keep(|y, _| y <= MIDDLE),
        keep(|y, _| y >= MIDDLE),
        keep(|_, x| x <= MIDDLE),
        keep(|_, x| x >= MIDDLE),
    ]
}

/// RGB \[n, 3, h, w\] of 0 to 255 to residuals \[n, 38, h − 4, w − 4\] clipped to ± [`CLIP`]: 30 of luma, 4 of Cb,
/// 4 of Cr (JFIF; chroma's offset of 128 is left out, as no kernel would see it).
///
/// The filters are constants: no gradient is kept, and none reaches the pixels.
pub fn residuals(pixels: Tensor<4>) -> Tensor<4> {
    let pixels = pixels.without_autodiff();
    let device = pixels.device();
    let bank = bank();
    let chroma = CHROMA.map(|index| bank[index]);
    let [y, cb, cr] = JFIF.map(|weights| {
        let weights = Tensor::<1>::from_floats(weights, &device).reshape([1, 3, 1, 1]);
        (pixels.clone() * weights).sum_dim(1)
    });
    let maps = [filtered(y, &bank), filtered(cb, &chroma), filtered(cr, &chroma)];
    Tensor::cat(maps.to_vec(), 1).clamp(-CLIP, CLIP)
}

/// One plane \[n, 1, h, w\] through each kernel, where it lies within the plane.
fn filtered(plane: Tensor<4>, kernels: &[Kernel]) -> Tensor<4> {
    let values: Vec<f32> = kernels.iter().flatten().flatten().copied().collect();
    let weights = TensorData::new(values, [kernels.len(), 1, SIDE, SIDE]);
    let weights = Tensor::from_data(weights, &plane.device());
    ops::convolve(plane, weights, [1, 1], [0, 0], [1, 1])
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;

    #[test]
    fn the_bank_is_the_published_one() {
        let bank = bank();
        assert_eq!(bank.len(), KERNELS);
        for (index, kernel) in bank.iter().enumerate() {
            // Thirds and twelfths round once each: at most 25 roundings of numbers up to 1.
            let sum: f32 = kernel.iter().flatten().sum();
            assert!(sum.abs() < 25.0 * f32::EPSILON, "kernel {index} sums to {sum}");
            // The middle is the sample that the others predict.
            assert_eq!(kernel[MIDDLE][MIDDLE], -1.0, "kernel {index}");
            assert_eq!(
                bank.iter().filter(|other| *other == kernel).count(),
                1,
                "kernel {index}"
            );
        }
        let row = |index: usize| bank[index][MIDDLE];
        assert_eq!(row(0), [0.0, 0.0, -1.0, 1.0, 0.0]);
        assert_eq!(row(CHROMA[0]), [0.0, 0.5, -1.0, 0.5, 0.0]);
        assert_eq!(bank[CHROMA[1]].map(|row| row[MIDDLE]), [0.0, 0.5, -1.0, 0.5, 0.0]);
        assert_eq!(row(12), [0.0, 1.0 / 3.0, -1.0, 1.0, -1.0 / 3.0]);
        assert_eq!(row(CHROMA[2]), [0.0, 0.5, -1.0, 0.5, 0.0]);
        assert_eq!(bank[CHROMA[2]][1], [0.0, -0.25, 0.5, -0.25, 0.0]);
        assert_eq!(
            bank[CHROMA[3]][0],
            [-1.0, 2.0, -2.0, 2.0, -1.0].map(|value: f32| value / 12.0)
        );
        // An edge kernel is a half of its square, and turning it makes the other three.
        assert_eq!(bank[21][..3], bank[20][..3]);
        assert_eq!(bank[21][3..], [[0.0; SIDE]; 2]);
        for (square, upper) in [(20, 21), (25, 26)] {
            for y in 0..SIDE {
                for x in 0..SIDE {
                    let (upper, lower, left, right) = (upper, upper + 1, upper + 2, upper + 3);
                    assert_eq!(bank[upper][y][x], bank[lower][SIDE - 1 - y][x]);
                    assert_eq!(bank[upper][y][x], bank[left][x][y]);
                    assert_eq!(bank[left][y][x], bank[right][y][SIDE - 1 - x]);
                    if y < MIDDLE {
                        assert_eq!(bank[upper][y][x], bank[square][y][x]);
                    }
                }
            }
        }
    }

    #[test]
    fn residuals_are_the_sums_written_out() {
        let (height, width) = (7, 9);
        let device = Device::flex();
        // A fixed pattern, rough enough to be clipped in places.
        let pixel = |channel: usize, y: usize, x: usize| ((channel * 97 + y * 31 + x * x * 17) % 23) as f32;
        let values: Vec<f32> = (0..3)
            .flat_map(|c| (0..height).flat_map(move |y| (0..width).map(move |x| pixel(c, y, x))))
            .collect();
        let pixels = Tensor::<4>::from_data(TensorData::new(values, [1, 3, height, width]), &device);
        let found = residuals(pixels);
        assert_eq!(found.dims(), [1, MAPS, height - 4, width - 4]);
        let found = found.into_data().try_to_vec::<f32>().unwrap();
        let bank = bank();
        let planes = std::iter::repeat_n(0, KERNELS).chain([1; 4]).chain([2; 4]);
        let kernels = (0..KERNELS).chain(CHROMA).chain(CHROMA);
        let (mut expected, mut clipped) = (Vec::new(), 0);
        for (plane, kernel) in planes.zip(kernels) {
            for y in 0..height - 4 {
                for x in 0..width - 4 {
                    let mut sum = 0.0;
                    for (dy, row) in bank[kernel].iter().enumerate() {
                        for (dx, weight) in row.iter().enumerate() {
                            let value: f32 = (0..3).map(|c| JFIF[plane][c] * pixel(c, y + dy, x + dx)).sum();
                            sum += weight * value;
                        }
                    }
                    clipped += usize::from(sum.abs() > CLIP);
                    expected.push(sum.clamp(-CLIP, CLIP));
                }
            }
        }
        assert!(
            clipped > 0 && clipped < expected.len() / 2,
            "{clipped} of {}",
            expected.len()
        );
        for (found, expected) in found.iter().zip(&expected) {
            // 25 products of up to 23 each, in another order: 25 · 23 · 6e-8.
            assert!(
                (found - expected).abs() < 25.0 * 23.0 * f32::EPSILON,
                "{found} for {expected}"
            );
        }
    }

    #[test]
    fn a_flat_image_has_no_residual_and_no_gradient_is_kept() {
        let device = Device::flex().autodiff();
        let grey = residuals(Tensor::<4>::full([1, 3, 32, 40], 200.0, &device));
        assert!(!grey.is_autodiff());
        // 25 products of up to 200.
        assert!(grey.abs().max().into_scalar::<f32>() < 25.0 * 200.0 * f32::EPSILON);
    }
}
