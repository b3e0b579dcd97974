//! The 8 × 8 DCT in single precision.

use std::sync::LazyLock;

use multiversion::multiversion;

/// The orthonormal DCT-II: `BASIS[k][i]` = c(k)·cos(π(2i + 1)k / 16), c(0) = √(1/8), else ½.
pub static BASIS: LazyLock<[[f32; 8]; 8]> = LazyLock::new(|| {
    std::array::from_fn(|k| {
        std::array::from_fn(|i| {
            let cosine = (std::f64::consts::PI * ((2 * i + 1) * k) as f64 / 16.0).cos();
            (cosine * if k == 0 { 0.125f64.sqrt() } else { 0.5 }) as f32
        })
    })
});

/// The orthonormal DCT of a block (T.81 A.3.3) given as rows of samples; vertical frequency j and horizontal frequency
/// k at 8·j + k.
pub fn forward(block: &[[f32; 8]; 8]) -> [f32; 64] {
    let mut across = [[0f32; 8]; 8];
    for (sums, row) in across.iter_mut().zip(block) {
        for (sum, waves) in sums.iter_mut().zip(BASIS.iter()) {
            *sum = waves.iter().zip(row).map(|(wave, sample)| wave * sample).sum();
        }
    }
    let mut coefficients = [0f32; 64];
    for (sums, waves) in coefficients.as_chunks_mut::<8>().0.iter_mut().zip(BASIS.iter()) {
        for (row, wave) in across.iter().zip(waves) {
            for (sum, value) in sums.iter_mut().zip(row) {
                *sum += wave * value;
            }
        }
    }
    coefficients
}

/// Samples of a row of blocks: the inverse DCT of `values` times `table`, plus 128. `values` has 64 a block, `table`
/// 64 steps, both in natural order; `band` takes 8 rows of as many samples as there are blocks times 8.
///
/// Columns first, then rows, each sum in rising frequency with fused multiply-add: the order in which NumPy's
/// `einsum` over OpenBLAS comes to its bits. A frequency whose row of coefficients is empty adds nothing to either
/// sum and is passed over.
pub(super) fn inverse_band(values: &[i16], table: &[u16; 64], band: &mut [f32]) {
    inverse_blocks(values, &table.map(f32::from), &BASIS, band);
}

#[multiversion(targets("x86_64+avx2+fma", "aarch64+neon"))]
fn inverse_blocks(values: &[i16], steps: &[f32; 64], basis: &[[f32; 8]; 8], band: &mut [f32]) {
    let blocks = values.as_chunks::<64>().0;
    let across = blocks.len() * 8;
    for (place, block) in blocks.iter().enumerate() {
        let mut columns = [[0f32; 8]; 8];
        for (j, row) in block.as_chunks::<8>().0.iter().enumerate() {
            if *row == [0; 8] {
                continue;
            }
            let coefficients: [f32; 8] = std::array::from_fn(|k| f32::from(row[k]) * steps[8 * j + k]);
            for (sums, weight) in columns.iter_mut().zip(basis[j]) {
                for (sum, coefficient) in sums.iter_mut().zip(coefficients) {
                    *sum = weight.mul_add(coefficient, *sum);
                }
            }
        }
        for (y, column) in columns.iter().enumerate() {
            let mut samples = [0f32; 8];
            for (coefficient, waves) in column.iter().zip(basis) {
                for (sample, wave) in samples.iter_mut().zip(waves) {
                    *sample = coefficient.mul_add(*wave, *sample);
                }
            }
            band[y * across + 8 * place..][..8].copy_from_slice(&samples.map(|sample| sample + 128.0));
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    /// Values from NumPy: `np.cos` of the angles times `np.sqrt(2 / 8)`, the first row divided by `np.sqrt(2)`,
    /// in double precision and then rounded.
    #[test]
    fn the_basis_has_the_bits_of_numpy() {
        let magnitudes = [
            0x3EFB_14BE,
            0x3EEC_835E,
            0x3ED4_DB31,
            0x3EB5_04F3,
            0x3E8E_39DA,
            0x3E43_EF15,
            0x3DC7_C5C2,
        ];
        for k in 1..8 {
            // cos(mπ/16) for odd multiples m of k, folded into m = 1..7.
            for i in 0..8 {
                let m = (2 * i + 1) * k % 32;
                let m = if m > 16 { 32 - m } else { m };
                let (m, negative) = if m > 8 { (16 - m, true) } else { (m, false) };
                let found = BASIS[k][i];
                assert_eq!(found.abs().to_bits(), magnitudes[m - 1], "{k} {i}");
                assert_eq!(found.is_sign_negative(), negative, "{k} {i}");
            }
        }
        assert_eq!(BASIS[0].map(f32::to_bits), [0x3EB5_04F3; 8]);
    }

    /// Forward and back is the identity for whole samples: both transforms preserve length, and a pass errs by at
    /// most 9·2⁻²⁴ of 2.9 times a block's norm of at most 8·128, so four passes by 0.007.
    #[test]
    fn forward_and_inverse_are_each_others() {
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        for _ in 0..100 {
            let block: [[f32; 8]; 8] =
                std::array::from_fn(|_| std::array::from_fn(|_| f32::from(rng.r#gen::<i8>())));
            let coefficients = forward(&block);
            let mut back = [0f32; 64];
            for (place, value) in back.iter_mut().enumerate() {
                let (y, x) = (place / 8, place % 8);
                *value = (0..64)
                    .map(|f| coefficients[f] * BASIS[f / 8][y] * BASIS[f % 8][x])
                    .sum();
            }
            for (found, expected) in back.iter().zip(block.as_flattened()) {
                assert!((found - expected).abs() < 0.007, "{found} {expected}");
            }
        }
    }

    /// Any number of blocks, empty rows of coefficients among them, gives the bits of the sums written out.
    #[test]
    fn a_band_has_the_bits_of_its_sums() {
        let mut rng = ChaCha8Rng::seed_from_u64(8);
        for across in [0, 1, 2, 5] {
            let values: Vec<i16> = (0..across * 64)
                .map(|i| {
                    if i / 8 % 3 == 0 {
                        0
                    } else {
                        rng.gen_range(-300..300)
                    }
                })
                .collect();
            let table: [u16; 64] = std::array::from_fn(|_| rng.gen_range(1..300));
            let mut band = vec![f32::NAN; across * 64];
            inverse_band(&values, &table, &mut band);
            for (place, found) in band.iter().enumerate() {
                let (y, x) = (place / (across * 8), place % (across * 8));
                let block = &values[x / 8 * 64..][..64];
                let mut sample = 0f32;
                for k in 0..8 {
                    let mut column = 0f32;
                    for j in 0..8 {
                        let coefficient = f32::from(block[8 * j + k]) * f32::from(table[8 * j + k]);
                        column = BASIS[j][y].mul_add(coefficient, column);
                    }
                    sample = column.mul_add(BASIS[k][x % 8], sample);
                }
                assert_eq!(found.to_bits(), (sample + 128.0).to_bits());
            }
        }
    }
}
