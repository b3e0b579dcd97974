//! 512-bit vectors. See [`super`] for why these calls are sound.

use std::arch::x86_64::*;

use crate::simd::{LANES, Line, Vector};

#[derive(Clone, Copy)]
#[repr(transparent)]
pub(crate) struct F32x16(__m512);

#[derive(Clone, Copy)]
#[repr(transparent)]
pub(crate) struct F64x8(__m512d);

impl Vector<f32> for F32x16 {
    const WIDTH: usize = 16;

    instructions! {
        add(other) = _mm512_add_ps;
        sub(other) = _mm512_sub_ps;
        mul(other) = _mm512_mul_ps;
        div(other) = _mm512_div_ps;
        mul_add(factor, summand) = _mm512_fmadd_ps;
        neg_mul_add(factor, summand) = _mm512_fnmadd_ps;
    }

    #[inline(always)]
    fn splat(value: f32) -> Self {
        // SAFETY: within a function that has the feature.
        Self(unsafe { _mm512_set1_ps(value) })
    }

    #[inline(always)]
    fn load(line: &Line<f32>, _: usize) -> Self {
        // SAFETY: as above; a line is 64 bytes and begins at a multiple of 64.
        Self(unsafe { _mm512_load_ps(line.0.as_ptr()) })
    }

    #[inline(always)]
    fn store(self, line: &mut Line<f32>, _: usize) {
        // SAFETY: as above.
        unsafe { _mm512_store_ps(line.0.as_mut_ptr(), self.0) }
    }

    #[inline(always)]
    fn from_bytes(bytes: &[u8; LANES], _: usize) -> Self {
        // SAFETY: as above; the array is the 16 bytes read.
        Self(unsafe { _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128(bytes.as_ptr().cast()))) })
    }

    #[inline(always)]
    fn if_less(self, bound: Self, then: Self, otherwise: Self) -> Self {
        // SAFETY: within a function that has the feature.
        Self(unsafe {
            let less = _mm512_cmp_ps_mask::<_CMP_LT_OQ>(self.0, bound.0);
            _mm512_mask_blend_ps(less, otherwise.0, then.0)
        })
    }

    #[inline(always)]
    fn exponent_and_mantissa(self) -> (Self, Self) {
        // SAFETY: within a function that has the feature.
        unsafe {
            let root_half = _mm512_set1_epi32(std::f32::consts::FRAC_1_SQRT_2.to_bits() as i32);
            let one = _mm512_set1_epi32(1_f32.to_bits() as i32);
            let shifted = _mm512_add_epi32(_mm512_castps_si512(self.0), _mm512_sub_epi32(one, root_half));
            let biased = _mm512_cvtepi32_ps(_mm512_srli_epi32::<23>(shifted));
            let fraction = _mm512_and_si512(shifted, _mm512_set1_epi32(0x007f_ffff));
            let mantissa = _mm512_castsi512_ps(_mm512_add_epi32(fraction, root_half));
            (Self(_mm512_sub_ps(biased, _mm512_set1_ps(127.0))), Self(mantissa))
        }
    }

    #[inline(always)]
    fn transpose(square: &mut [Self; LANES]) {
        // SAFETY: within a function that has the feature.
        unsafe {
            let mut a = *square;
            // Pairs of rows, then of pairs, within each quarter of a register.
            for i in 0..8 {
                let (x, y) = (square[2 * i].0, square[2 * i + 1].0);
                a[2 * i].0 = _mm512_unpacklo_ps(x, y);
                a[2 * i + 1].0 = _mm512_unpackhi_ps(x, y);
            }
            let mut b = a;
            for i in 0..4 {
                for j in 0..2 {
                    let (x, y) = (
                        _mm512_castps_pd(a[4 * i + j].0),
                        _mm512_castps_pd(a[4 * i + j + 2].0),
                    );
                    b[4 * i + 2 * j].0 = _mm512_castpd_ps(_mm512_unpacklo_pd(x, y));
                    b[4 * i + 2 * j + 1].0 = _mm512_castpd_ps(_mm512_unpackhi_pd(x, y));
                }
            }
            // Now b[4i + j] holds, in quarter k, rows 4i .. 4i+4 of column 4k + j: exchange quarters.
            for j in 0..4 {
                let low = _mm512_shuffle_f32x4::<0b10_00_10_00>(b[j].0, b[4 + j].0);
                let high = _mm512_shuffle_f32x4::<0b11_01_11_01>(b[j].0, b[4 + j].0);
                let low_2 = _mm512_shuffle_f32x4::<0b10_00_10_00>(b[8 + j].0, b[12 + j].0);
                let high_2 = _mm512_shuffle_f32x4::<0b11_01_11_01>(b[8 + j].0, b[12 + j].0);
                square[j].0 = _mm512_shuffle_f32x4::<0b10_00_10_00>(low, low_2);
                square[8 + j].0 = _mm512_shuffle_f32x4::<0b11_01_11_01>(low, low_2);
                square[4 + j].0 = _mm512_shuffle_f32x4::<0b10_00_10_00>(high, high_2);
                square[12 + j].0 = _mm512_shuffle_f32x4::<0b11_01_11_01>(high, high_2);
            }
        }
    }
}

impl Vector<f64> for F64x8 {
    const WIDTH: usize = 8;

    instructions! {
        add(other) = _mm512_add_pd;
        sub(other) = _mm512_sub_pd;
        mul(other) = _mm512_mul_pd;
        div(other) = _mm512_div_pd;
        mul_add(factor, summand) = _mm512_fmadd_pd;
        neg_mul_add(factor, summand) = _mm512_fnmadd_pd;
    }

    #[inline(always)]
    fn splat(value: f64) -> Self {
        // SAFETY: within a function that has the feature.
        Self(unsafe { _mm512_set1_pd(value) })
    }

    #[inline(always)]
    fn load(line: &Line<f64>, part: usize) -> Self {
        let part: &[f64; 8] = &line.0.as_chunks().0[part];
        // SAFETY: as above; the array is the 64 bytes read, and both halves of a line begin at a multiple of 64.
        Self(unsafe { _mm512_load_pd(part.as_ptr()) })
    }

    #[inline(always)]
    fn store(self, line: &mut Line<f64>, part: usize) {
        let part: &mut [f64; 8] = &mut line.0.as_chunks_mut().0[part];
        // SAFETY: as above.
        unsafe { _mm512_store_pd(part.as_mut_ptr(), self.0) }
    }

    #[inline(always)]
    fn from_bytes(bytes: &[u8; LANES], part: usize) -> Self {
        let part: &[u8; 8] = &bytes.as_chunks().0[part];
        // SAFETY: as above; the array is the 8 bytes read.
        Self(unsafe { _mm512_cvtepi32_pd(_mm256_cvtepu8_epi32(_mm_loadl_epi64(part.as_ptr().cast()))) })
    }

    #[inline(always)]
    fn if_less(self, bound: Self, then: Self, otherwise: Self) -> Self {
        // SAFETY: within a function that has the feature.
        Self(unsafe {
            let less = _mm512_cmp_pd_mask::<_CMP_LT_OQ>(self.0, bound.0);
            _mm512_mask_blend_pd(less, otherwise.0, then.0)
        })
    }

    #[inline(always)]
    fn exponent_and_mantissa(self) -> (Self, Self) {
        // SAFETY: within a function that has the feature.
        unsafe {
            let root_half = _mm512_set1_epi64(std::f64::consts::FRAC_1_SQRT_2.to_bits() as i64);
            let one = _mm512_set1_epi64(1_f64.to_bits() as i64);
            let shifted = _mm512_add_epi64(_mm512_castpd_si512(self.0), _mm512_sub_epi64(one, root_half));
            // A small integer in the low bits of 2^52 adds itself to it.
            let two_52 = _mm512_set1_pd((1_u64 << 52) as f64);
            let placed = _mm512_or_si512(_mm512_srli_epi64::<52>(shifted), _mm512_castpd_si512(two_52));
            let biased = _mm512_sub_pd(_mm512_castsi512_pd(placed), two_52);
            let fraction = _mm512_and_si512(shifted, _mm512_set1_epi64((1 << 52) - 1));
            let mantissa = _mm512_castsi512_pd(_mm512_add_epi64(fraction, root_half));
            (
                Self(_mm512_sub_pd(biased, _mm512_set1_pd(1023.0))),
                Self(mantissa),
            )
        }
    }

    #[inline(always)]
    fn transpose(square: &mut [Self; LANES]) {
        // SAFETY: within a function that has the feature.
        unsafe {
            let mut a = *square;
            for i in 0..4 {
                let (x, y) = (square[2 * i].0, square[2 * i + 1].0);
                a[2 * i].0 = _mm512_unpacklo_pd(x, y);
                a[2 * i + 1].0 = _mm512_unpackhi_pd(x, y);
            }
            // Now a[2i + j] holds, in quarter k, rows 2i and 2i+1 of column 2k + j: exchange quarters.
            for j in 0..2 {
                let low = _mm512_shuffle_f64x2::<0b10_00_10_00>(a[j].0, a[2 + j].0);
                let high = _mm512_shuffle_f64x2::<0b11_01_11_01>(a[j].0, a[2 + j].0);
                let low_2 = _mm512_shuffle_f64x2::<0b10_00_10_00>(a[4 + j].0, a[6 + j].0);
                let high_2 = _mm512_shuffle_f64x2::<0b11_01_11_01>(a[4 + j].0, a[6 + j].0);
                square[j].0 = _mm512_shuffle_f64x2::<0b10_00_10_00>(low, low_2);
                square[4 + j].0 = _mm512_shuffle_f64x2::<0b11_01_11_01>(low, low_2);
                square[2 + j].0 = _mm512_shuffle_f64x2::<0b10_00_10_00>(high, high_2);
                square[6 + j].0 = _mm512_shuffle_f64x2::<0b11_01_11_01>(high, high_2);
            }
        }
    }
}
