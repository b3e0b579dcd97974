//! Neighbours in a register.

use pulp::Simd;

/// A register's worth of neighbours from `x` on.
#[inline(always)]
pub fn load<S: Simd>(row: &[f32], x: usize) -> S::f32s {
    S::as_simd_f32s(&row[x..x + S::F32_LANES]).0[0]
}

/// Writes neighbours from `x` on.
#[inline(always)]
pub fn store<S: Simd>(row: &mut [f32], x: usize, values: S::f32s) {
    S::as_mut_simd_f32s(&mut row[x..x + S::F32_LANES]).0[0] = values;
}
