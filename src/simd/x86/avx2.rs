//! 256-bit vectors. See [`super`] for why these calls are sound.

use std::arch::x86_64::*;

use crate::simd::{LANES, Line, Vector};

#[derive(Clone, Copy)]
#[repr(transparent)]
pub(crate) struct F32x8(__m256);

#[derive(Clone, Copy)]
#[repr(transparent)]
pub(crate) struct F64x4(__m256d);

impl Vector<f32> for F32x8 {
    const WIDTH: usize = 8;

    instructions! {
        add(other) = _mm256_add_ps;
        sub(other) = _mm256_sub_ps;
        mul(other) = _mm256_mul_ps;
        div(other) = _mm256_div_ps;
        mul_add(factor, summand) = _mm256_fmadd_ps;
        neg_mul_add(factor, summand) = _mm256_fnmadd_ps;
    }

    #[inline(always)]
    fn splat(value: f32) -> Self {
        // SAFETY: within a function that has the features.
        Self(unsafe { _mm256_set1_ps(value) })
    }

    #[inline(always)]
    fn load(line: &Line<f32>, part: usize) -> Self {
        let part: &[f32; 8] = &line.0.as_chunks().0[part];
        // SAFETY: as above; the array is the 32 bytes read, and both halves of a line begin at a multiple of 32.
        Self(unsafe { _mm256_load_ps(part.as_ptr()) })
    }

    #[inline(always)]
    fn store(self, line: &mut Line<f32>, part: usize) {
        let part: &mut [f32; 8] = &mut line.0.as_chunks_mut().0[part];
        // SAFETY: as above.
        unsafe { _mm256_store_ps(part.as_mut_ptr(), self.0) }
    }

    #[inline(always)]
    fn from_bytes(bytes: &[u8; LANES], part: usize) -> Self {
        let part: &[u8; 8] = &bytes.as_chunks().0[part];
        // SAFETY: as above; the array is the 8 bytes read.
        Self(unsafe { _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64(part.as_ptr().cast()))) })
    }

    #[inline(always)]
    fn if_less(self, bound: Self, then: Self, otherwise: Self) -> Self {
        // SAFETY: within a function that has the features.
        Self(unsafe {
            let less = _mm256_cmp_ps::<_CMP_LT_OQ>(self.0, bound.0);
            _mm256_blendv_ps(otherwise.0, then.0, less)
        })
    }

    #[inline(always)]
    fn exponent_and_mantissa(self) -> (Self, Self) {
        // SAFETY: within a function that has the features.
        unsafe {
            let root_half = _mm256_set1_epi32(std::f32::consts::FRAC_1_SQRT_2.to_bits() as i32);
            let one = _mm256_set1_epi32(1_f32.to_bits() as i32);
            let shifted = _mm256_add_epi32(_mm256_castps_si256(self.0), _mm256_sub_epi32(one, root_half));
            let biased = _mm256_cvtepi32_ps(_mm256_srli_epi32::<23>(shifted));
            let fraction = _mm256_and_si256(shifted, _mm256_set1_epi32(0x007f_ffff));
            let mantissa = _mm256_castsi256_ps(_mm256_add_epi32(fraction, root_half));
            (Self(_mm256_sub_ps(biased, _mm256_set1_ps(127.0))), Self(mantissa))
        }
    }

    #[inline(always)]
    fn transpose(square: &mut [Self; LANES]) {
        // SAFETY: within a function that has the features.
        unsafe {
            let mut a = *square;
            for i in 0..4 {
                let (x, y) = (square[2 * i].0, square[2 * i + 1].0);
                a[2 * i].0 = _mm256_unpacklo_ps(x, y);
                a[2 * i + 1].0 = _mm256_unpackhi_ps(x, y);
            }
            let mut b = a;
            for i in 0..2 {
                for j in 0..2 {
                    let (x, y) = (
                        _mm256_castps_pd(a[4 * i + j].0),
                        _mm256_castps_pd(a[4 * i + j + 2].0),
                    );
                    b[4 * i + 2 * j].0 = _mm256_castpd_ps(_mm256_unpacklo_pd(x, y));
                    b[4 * i + 2 * j + 1].0 = _mm256_castpd_ps(_mm256_unpackhi_pd(x, y));
                }
            }
            // Now b[4i + j] holds, in half k, rows 4i .. 4i+4 of column 4k + j: exchange halves.
            for j in 0..4 {
                square[j].0 = _mm256_permute2f128_ps::<0x20>(b[j].0, b[4 + j].0);
                square[4 + j].0 = _mm256_permute2f128_ps::<0x31>(b[j].0, b[4 + j].0);
            }
        }
    }
}

impl Vector<f64> for F64x4 {
    const WIDTH: usize = 4;

    instructions! {
        add(other) = _mm256_add_pd;
        sub(other) = _mm256_sub_pd;
        mul(other) = _mm256_mul_pd;
        div(other) = _mm256_div_pd;
        mul_add(factor, summand) = _mm256_fmadd_pd;
        neg_mul_add(factor, summand) = _mm256_fnmadd_pd;
    }

    #[inline(always)]
    fn splat(value: f64) -> Self {
        // SAFETY: within a function that has the features.
        Self(unsafe { _mm256_set1_pd(value) })
    }

    #[inline(always)]
    fn load(line: &Line<f64>, part: usize) -> Self {
        let part: &[f64; 4] = &line.0.as_chunks().0[part];
        // SAFETY: as above; the array is the 32 bytes read, and each quarter of a line begins at a multiple of 32.
        Self(unsafe { _mm256_load_pd(part.as_ptr()) })
    }

    #[inline(always)]
    fn store(self, line: &mut Line<f64>, part: usize) {
        let part: &mut [f64; 4] = &mut line.0.as_chunks_mut().0[part];
        // SAFETY: as above.
        unsafe { _mm256_store_pd(part.as_mut_ptr(), self.0) }
    }

    #[inline(always)]
    fn from_bytes(bytes: &[u8; LANES], part: usize) -> Self {
        let part: [u8; 4] = bytes.as_chunks().0[part];
        // SAFETY: within a function that has the features.
        Self(unsafe { _mm256_cvtepi32_pd(_mm_cvtepu8_epi32(_mm_cvtsi32_si128(i32::from_le_bytes(part)))) })
    }

    #[inline(always)]
    fn if_less(self, bound: Self, then: Self, otherwise: Self) -> Self {
        // SAFETY: within a function that has the features.
        Self(unsafe {
            let less = _mm256_cmp_pd::<_CMP_LT_OQ>(self.0, bound.0);
            _mm256_blendv_pd(otherwise.0, then.0, less)
        })
    }

    #[inline(always)]
    fn exponent_and_mantissa(self) -> (Self, Self) {
        // SAFETY: within a function that has the features.
        unsafe {
            let root_half = _mm256_set1_epi64x(std::f64::consts::FRAC_1_SQRT_2.to_bits() as i64);
            let one = _mm256_set1_epi64x(1_f64.to_bits() as i64);
            let shifted = _mm256_add_epi64(_mm256_castpd_si256(self.0), _mm256_sub_epi64(one, root_half));
            // A small integer in the low bits of 2^52 adds itself to it.
            let two_52 = _mm256_set1_pd((1_u64 << 52) as f64);
            let placed = _mm256_or_si256(_mm256_srli_epi64::<52>(shifted), _mm256_castpd_si256(two_52));
            let biased = _mm256_sub_pd(_mm256_castsi256_pd(placed), two_52);
            let fraction = _mm256_and_si256(shifted, _mm256_set1_epi64x((1 << 52) - 1));
            let mantissa = _mm256_castsi256_pd(_mm256_add_epi64(fraction, root_half));
            (
                Self(_mm256_sub_pd(biased, _mm256_set1_pd(1023.0))),
                Self(mantissa),
            )
        }
    }

    #[inline(always)]
    fn transpose(square: &mut [Self; LANES]) {
        // SAFETY: within a function that has the features.
        unsafe {
            let rows = [square[0].0, square[1].0, square[2].0, square[3].0];
            let even = [
                _mm256_unpacklo_pd(rows[0], rows[1]),
                _mm256_unpacklo_pd(rows[2], rows[3]),
            ];
            let odd = [
                _mm256_unpackhi_pd(rows[0], rows[1]),
                _mm256_unpackhi_pd(rows[2], rows[3]),
            ];
            square[0].0 = _mm256_permute2f128_pd::<0x20>(even[0], even[1]);
            square[1].0 = _mm256_permute2f128_pd::<0x20>(odd[0], odd[1]);
            square[2].0 = _mm256_permute2f128_pd::<0x31>(even[0], even[1]);
            square[3].0 = _mm256_permute2f128_pd::<0x31>(odd[0], odd[1]);
        }
    }
}
