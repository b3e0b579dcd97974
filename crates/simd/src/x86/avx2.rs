//! 256-bit vectors. See [`super`] for why these calls are sound.

use std::arch::x86_64::*;

use crate::{LANES, Line, Vector};

#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct F32x8(__m256);

#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct F64x4(__m256d);

/// For each set of lanes of 32 bits, which lane goes where if they are brought together at the low end; −1 beyond.
static GATHERED: [[i8; 8]; 256] = {
    let mut table = [[-1; 8]; 256];
    let mut set = 0;
    while set < 256 {
        let (mut lane, mut place) = (0, 0);
        while lane < 8 {
            if set >> lane & 1 == 1 {
                table[set][place] = lane as i8;
                place += 1;
            }
            lane += 1;
        }
        set += 1;
    }
    table
};

/// All bits of each lane that has a bit in `set`.
#[inline(always)]
unsafe fn lanes_of(set: u32) -> __m256i {
    // SAFETY: within a function that has the features.
    unsafe {
        let bits = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
        _mm256_cmpeq_epi32(_mm256_and_si256(_mm256_set1_epi32(set as i32), bits), bits)
    }
}

/// Every lane one further up, and in the lowest that of `low`.
#[inline(always)]
unsafe fn up_1(lanes: __m256, low: __m256) -> __m256 {
    // SAFETY: as above.
    unsafe {
        let turned = _mm256_permutevar8x32_ps(lanes, _mm256_setr_epi32(7, 0, 1, 2, 3, 4, 5, 6));
        _mm256_blend_ps::<0b1>(turned, low)
    }
}

/// Every lane two further up, and zero in the two lowest.
#[inline(always)]
unsafe fn up_2(lanes: __m256) -> __m256 {
    // SAFETY: as above.
    unsafe {
        let turned = _mm256_permutevar8x32_ps(lanes, _mm256_setr_epi32(6, 7, 0, 1, 2, 3, 4, 5));
        _mm256_blend_ps::<0b11>(turned, _mm256_setzero_ps())
    }
}

/// Adds the sum of each run of lanes to one of the eight numbers at `place`, see [`Vector::add_runs`].
#[inline(always)]
unsafe fn add_half(lanes: __m256, starts: u32, place: *mut f64) {
    let ends = starts >> 1 & 0x7f | 0x80;
    // SAFETY: as above; a row of the table is the 8 bytes read, and whoever calls owns the eight numbers.
    unsafe {
        // Lanes that begin a run, then those with a beginning among them and the lane, or the three lanes, below.
        let zero = _mm256_setzero_ps();
        let starts = _mm256_castsi256_ps(lanes_of(starts));
        let starts_2 = _mm256_or_ps(starts, up_1(starts, zero));
        let starts_4 = _mm256_or_ps(starts_2, up_2(starts_2));
        let mut sum = lanes;
        sum = _mm256_add_ps(sum, _mm256_andnot_ps(starts, up_1(sum, zero)));
        sum = _mm256_add_ps(sum, _mm256_andnot_ps(starts_2, up_2(sum)));
        sum = _mm256_add_ps(
            sum,
            _mm256_andnot_ps(starts_4, _mm256_permute2f128_ps::<0x08>(sum, sum)),
        );
        let from = _mm256_cvtepi8_epi32(_mm_loadl_epi64(GATHERED[ends as usize].as_ptr().cast()));
        let none = _mm256_castsi256_ps(_mm256_srai_epi32::<31>(from));
        let runs = _mm256_andnot_ps(none, _mm256_permutevar8x32_ps(sum, from));
        add_to(place, _mm256_cvtps_pd(_mm256_castps256_ps128(runs)));
        add_to(place.add(4), _mm256_cvtps_pd(_mm256_extractf128_ps::<1>(runs)));
    }
}

/// Adds four numbers to those at `place`.
#[inline(always)]
unsafe fn add_to(place: *mut f64, summands: __m256d) {
    // SAFETY: as above; whoever calls owns the four numbers.
    unsafe { _mm256_storeu_pd(place, _mm256_add_pd(_mm256_loadu_pd(place), summands)) }
}

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
    fn shifted(self, first: f32) -> Self {
        // SAFETY: within a function that has the features.
        Self(unsafe { up_1(self.0, _mm256_set1_ps(first)) })
    }

    #[inline(always)]
    fn last(self) -> f32 {
        // SAFETY: within a function that has the features.
        unsafe {
            let high = _mm256_extractf128_ps::<1>(self.0);
            _mm_cvtss_f32(_mm_permute_ps::<3>(high))
        }
    }

    #[inline(always)]
    fn keep(self, lanes: u32) -> Self {
        // SAFETY: within a function that has the features.
        unsafe { Self(_mm256_and_ps(self.0, _mm256_castsi256_ps(lanes_of(lanes)))) }
    }

    #[inline(always)]
    fn add_runs(parts: &[Self; LANES], starts: u32, sums: &mut [f64; LANES]) {
        let [low, high] = [starts & 0xff, starts >> 8];
        // SAFETY: within a function that has the features; the second half's first place is at most the eighth above, and
        // what is written begins there and is 8 numbers long.
        unsafe {
            let place = sums.as_mut_ptr();
            add_half(parts[0].0, low, place);
            let second = (low >> 1).count_ones() as usize + (high as usize & 1);
            add_half(parts[1].0, high, place.add(second));
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
    fn shifted(self, first: f64) -> Self {
        // SAFETY: within a function that has the features.
        Self(unsafe {
            let turned = _mm256_permute4x64_pd::<0b10_01_00_11>(self.0);
            _mm256_blend_pd::<0b1>(turned, _mm256_set1_pd(first))
        })
    }

    #[inline(always)]
    fn last(self) -> f64 {
        // SAFETY: within a function that has the features.
        unsafe {
            let high = _mm256_extractf128_pd::<1>(self.0);
            _mm_cvtsd_f64(_mm_unpackhi_pd(high, high))
        }
    }

    #[inline(always)]
    fn keep(self, lanes: u32) -> Self {
        // SAFETY: within a function that has the features.
        unsafe {
            let bits = _mm256_setr_epi64x(1, 2, 4, 8);
            let kept = _mm256_cmpeq_epi64(_mm256_and_si256(_mm256_set1_epi64x(lanes.into()), bits), bits);
            Self(_mm256_and_pd(self.0, _mm256_castsi256_pd(kept)))
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
