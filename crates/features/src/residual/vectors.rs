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

/// The values without their sign.
#[inline(always)]
pub fn magnitudes<S: Simd>(simd: S, values: S::f32s) -> S::f32s {
    let bits = simd.and_u32s(simd.transmute_u32s_f32s(values), simd.splat_u32s(0x7fff_ffff));
    simd.transmute_f32s_u32s(bits)
}
