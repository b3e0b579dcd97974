//! 512-bit vectors. See [`super`] for why these calls are sound.

use std::arch::x86_64::*;

use crate::{LANES, Line, Vector};

#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct F32x16(__m512);

#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct F64x8(__m512d);

/// The lanes of `high` moved up, so that lane N of `low` is the lowest.
#[inline(always)]
unsafe fn above<const N: i32>(high: __m512, low: __m512) -> __m512 {
    // SAFETY: within a function that has the feature.
    unsafe {
        let lanes = _mm512_alignr_epi32::<N>(_mm512_castps_si512(high), _mm512_castps_si512(low));
        _mm512_castsi512_ps(lanes)
    }
}

/// The same of 64 bits.
#[inline(always)]
unsafe fn above_f64<const N: i32>(high: __m512d, low: __m512d) -> __m512d {
    // SAFETY: within a function that has the feature.
    unsafe {
        let lanes = _mm512_alignr_epi64::<N>(_mm512_castpd_si512(high), _mm512_castpd_si512(low));
        _mm512_castsi512_pd(lanes)
    }
}

/// Adds the sum of each run of lanes to one of the eight numbers at `place`, see [`Vector::add_runs`].
#[inline(always)]
unsafe fn add_half(lanes: __m512d, starts: __mmask8, place: *mut f64) {
    // Lanes that belong to one run with the lane 1, 2, 4 below.
    let with_1 = !starts;
    let with_2 = with_1 & with_1 << 1;
    let with_4 = with_2 & with_2 << 2;
    let ends = starts >> 1 | 1 << 7;
    // SAFETY: within a function that has the feature; whoever calls owns the eight numbers.
    unsafe {
        let zero = _mm512_setzero_pd();
        let mut sum = lanes;
        sum = _mm512_mask_add_pd(sum, with_1, sum, above_f64::<7>(sum, zero));
        sum = _mm512_mask_add_pd(sum, with_2, sum, above_f64::<6>(sum, zero));
        sum = _mm512_mask_add_pd(sum, with_4, sum, above_f64::<4>(sum, zero));
        let runs = _mm512_maskz_compress_pd(ends, sum);
        _mm512_storeu_pd(place, _mm512_add_pd(_mm512_loadu_pd(place), runs));
    }
}

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
    fn shifted(self, first: f32) -> Self {
        // SAFETY: within a function that has the feature.
        Self(unsafe { above::<15>(self.0, _mm512_set1_ps(first)) })
    }

    #[inline(always)]
    fn last(self) -> f32 {
        // SAFETY: within a function that has the feature.
        unsafe { _mm512_cvtss_f32(above::<15>(self.0, self.0)) }
    }

    #[inline(always)]
    fn keep(self, lanes: u32) -> Self {
        // SAFETY: within a function that has the feature.
        Self(unsafe { _mm512_maskz_mov_ps(lanes as __mmask16, self.0) })
    }

    #[inline(always)]
    fn add_runs(parts: &[Self; LANES], starts: u32, sums: &mut [f64; LANES]) {
        let starts = starts as __mmask16;
        // Lanes that belong to one run with the lane 1, 2, 4, 8 below.
        let with_1 = !starts;
        let with_2 = with_1 & with_1 << 1;
        let with_4 = with_2 & with_2 << 2;
        let with_8 = with_4 & with_4 << 4;
        let ends = starts >> 1 | 1 << 15;
        // SAFETY: within a function that has the feature; the halves are the 16 numbers of the array.
        unsafe {
            let zero = _mm512_setzero_ps();
            let mut sum = parts[0].0;
            sum = _mm512_mask_add_ps(sum, with_1, sum, above::<15>(sum, zero));
            sum = _mm512_mask_add_ps(sum, with_2, sum, above::<14>(sum, zero));
            sum = _mm512_mask_add_ps(sum, with_4, sum, above::<12>(sum, zero));
            sum = _mm512_mask_add_ps(sum, with_8, sum, above::<8>(sum, zero));
            let runs = _mm512_castps_pd(_mm512_maskz_compress_ps(ends, sum));
            let [low, high] = [_mm512_castpd512_pd256(runs), _mm512_extractf64x4_pd::<1>(runs)]
                .map(|half| _mm512_cvtps_pd(_mm256_castpd_ps(half)));
            let (at_low, at_high) = (sums.as_mut_ptr(), sums.as_mut_ptr().add(8));
            _mm512_storeu_pd(at_low, _mm512_add_pd(_mm512_loadu_pd(at_low), low));
            _mm512_storeu_pd(at_high, _mm512_add_pd(_mm512_loadu_pd(at_high), high));
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
    fn shifted(self, first: f64) -> Self {
        // SAFETY: within a function that has the feature.
        Self(unsafe { above_f64::<7>(self.0, _mm512_set1_pd(first)) })
    }

    #[inline(always)]
    fn last(self) -> f64 {
        // SAFETY: within a function that has the feature.
        unsafe { _mm512_cvtsd_f64(above_f64::<7>(self.0, self.0)) }
    }

    #[inline(always)]
    fn keep(self, lanes: u32) -> Self {
        // SAFETY: within a function that has the feature.
        Self(unsafe { _mm512_maskz_mov_pd(lanes as __mmask8, self.0) })
    }

    #[inline(always)]
    fn add_runs(parts: &[Self; LANES], starts: u32, sums: &mut [f64; LANES]) {
        let [low, high] = [starts & 0xff, starts >> 8 & 0xff];
        // SAFETY: within a function that has the feature; the second half's first place is at most the eighth above, and
        // what is written begins there and is 8 numbers long.
        unsafe {
            let place = sums.as_mut_ptr();
            add_half(parts[0].0, low as __mmask8, place);
            let second = (low >> 1).count_ones() as usize + (high as usize & 1);
            add_half(parts[1].0, high as __mmask8, place.add(second));
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
