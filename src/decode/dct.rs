//! The 8 × 8 inverse DCT in single precision.

use std::sync::LazyLock;

use multiversion::multiversion;

/// The orthonormal DCT-II: `BASIS[k][i]` = c(k)·cos(π(2i + 1)k / 16), c(0) = √(1/8), else ½.
pub(crate) static BASIS: LazyLock<[[f32; 8]; 8]> = LazyLock::new(|| {
    std::array::from_fn(|k| {
        std::array::from_fn(|i| {
            let cosine = (std::f64::consts::PI * ((2 * i + 1) * k) as f64 / 16.0).cos();
            (cosine * if k == 0 { 0.125f64.sqrt() } else { 0.5 }) as f32
        })
    })
});

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
