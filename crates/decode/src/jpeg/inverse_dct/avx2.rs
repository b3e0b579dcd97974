//! Two blocks in the halves of AVX2 registers, eight samples of 16 bits each.

use std::arch::x86_64::__m256i;

use pulp::core_arch::x86::Avx2;
use pulp::x86::V3;
use pulp::{NullaryFnOnce, cast};

use super::{Block, EVEN, FACTOR_BITS, Pair, SHIFTS, Transform, each_pair};
use dftective_simd::Line;

/// Factors of inputs 1, 3, 5 and 7 in the odd part, for outputs 0 to 3 and with the other sign 7 to 4.
const ODD: [[i16; 4]; 4] = [
    [11363, 9633, 6437, 2260],
    [9633, -2259, -11362, -6436],
    [6437, -11362, 2261, 9633],
    [2260, -6436, 9633, -11363],
];

/// The largest step with which the sums of magnitudes in [`overflows`] stay within 32 bits; those of 8-bit pictures go
/// to 255.
const MAX_STEP: i16 = 2047;

/// Whether [`row`] can take them.
pub(super) fn are_small(steps: &[i16; 64]) -> bool {
    steps.iter().all(|step| (0..=MAX_STEP).contains(step))
}

/// As [`super::row`], with small steps.
pub(super) fn row(simd: V3, blocks: &[Block], last: &[u8], steps: &[i16; 64], width: usize, out: &mut [u8]) {
    simd.vectorize(Row {
        simd,
        blocks,
        last,
        steps,
        width,
        out,
    })
}

struct Row<'a> {
    simd: V3,
    blocks: &'a [Block],
    last: &'a [u8],
    steps: &'a [i16; 64],
    width: usize,
    out: &'a mut [u8],
}

impl NullaryFnOnce for Row<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        // Registers that must give way are written to the stack, which begins at a multiple of 32 bytes only where
        // something in it asks for that, as a line does. Else some straddle two cache lines, by chance of the callers'
        // frames, and are slow to read back.
        std::hint::black_box(&Line::<f32>::default());
        let Self {
            simd,
            blocks,
            last,
            steps,
            width,
            out,
        } = self;
        let transform = Wide {
            simd,
            steps,
            doubled: both(steps, steps),
        };
        each_pair(blocks, last, &transform, width, out)
    }
}

struct Wide<'a> {
    simd: V3,
    steps: &'a [i16; 64],
    /// The steps, twice.
    doubled: [__m256i; 8],
}

impl Transform for Wide<'_> {
    #[inline(always)]
    fn steps(&self) -> &[i16; 64] {
        self.steps
    }

    #[inline(always)]
    fn pair(&self, one: &Block, two: &Block) -> Pair {
        let rows = both(one, two);
        if overflows(self.simd, &rows, &self.doubled) {
            return self.steps.pair(one, two);
        }
        transform(self.simd, &rows, &self.doubled)
    }
}

/// Equal rows of both, one behind the other.
#[inline(always)]
fn both(one: &Block, two: &Block) -> [__m256i; 8] {
    let (one, two) = (one.as_chunks::<8>().0, two.as_chunks::<8>().0);
    std::array::from_fn(|y| cast::<[[i16; 8]; 2], __m256i>([one[y], two[y]]))
}

/// The largest sum of magnitudes over two columns. A pass multiplies by √2 cos(π/16) at most and the first by 4 besides,
/// so that between the passes two columns come to 2 · 2950 · 5.55 < 2¹⁵.
const BOUND: i32 = 2950;

/// Whether sums might overflow 16 bits. Steps up to [`MAX_STEP`] keep the sums here within 32.
#[inline(always)]
fn overflows(simd: V3, rows: &[__m256i; 8], steps: &[__m256i; 8]) -> bool {
    let (avx, avx2) = (simd.avx, simd.avx2);
    let mut sums = avx._mm256_setzero_si256();
    for (row, steps) in rows.iter().zip(steps) {
        // Negated with saturation, so that the lowest number has a magnitude, too.
        let negated = avx2._mm256_subs_epi16(avx._mm256_setzero_si256(), *row);
        let magnitudes = avx2._mm256_madd_epi16(avx2._mm256_max_epi16(*row, negated), *steps);
        sums = avx2._mm256_add_epi32(sums, magnitudes);
    }
    let above = avx2._mm256_cmpgt_epi32(sums, avx._mm256_set1_epi32(BOUND));
    avx2._mm256_movemask_epi8(above) != 0
}

#[inline(always)]
fn transform(simd: V3, rows: &[__m256i; 8], steps: &[__m256i; 8]) -> Pair {
    let avx2 = simd.avx2;
    let mut values = *rows;
    for (value, steps) in values.iter_mut().zip(steps) {
        *value = avx2._mm256_mullo_epi16(*value, *steps);
    }
    // Down the columns, then across the rows, which the transposition makes columns.
    let columns = pass::<{ SHIFTS[0] as i32 }>(simd, values);
    let columns = pass::<{ SHIFTS[1] as i32 }>(simd, transpose(simd, columns));
    let (left, right) = columns.split_at(4);
    let (left, right) = (quarters(simd, left), quarters(simd, right));
    let mut samples = [[0; 16]; 8];
    let rows = samples.as_chunks_mut::<4>().0;
    for ((rows, left), right) in rows.iter_mut().zip(left).zip(right) {
        let [one, two, three, four] = rows;
        [*one, *two] = together(simd, avx2._mm256_unpacklo_epi32(left, right));
        [*three, *four] = together(simd, avx2._mm256_unpackhi_epi32(left, right));
    }
    samples
}

/// Four columns of samples as bytes: the first register has four bytes of each of the first four rows, the second of
/// the others.
#[inline(always)]
fn quarters(simd: V3, columns: &[__m256i]) -> [__m256i; 2] {
    let avx2 = simd.avx2;
    let even = avx2._mm256_packs_epi16(columns[0], columns[2]);
    let odd = avx2._mm256_packs_epi16(columns[1], columns[3]);
    let (left, right) = (
        avx2._mm256_unpacklo_epi8(even, odd),
        avx2._mm256_unpackhi_epi8(even, odd),
    );
    [
        avx2._mm256_unpacklo_epi16(left, right),
        avx2._mm256_unpackhi_epi16(left, right),
    ]
}

/// Two rows of both blocks, unsigned, from two rows of one behind those of the other, signed.
#[inline(always)]
fn together(simd: V3, rows: __m256i) -> [[u8; 16]; 2] {
    let rows = simd.avx2._mm256_permute4x64_epi64::<0b11_01_10_00>(rows);
    cast(simd.avx2._mm256_xor_si256(rows, simd.avx._mm256_set1_epi8(-128)))
}

/// One dimension of sixteen transforms. Products have 32 bits, so the low and the high four of each eight go apart.
#[inline(always)]
fn pass<const SHIFT: i32>(simd: V3, input: [__m256i; 8]) -> [__m256i; 8] {
    let avx2 = simd.avx2;
    let [a, b, c, d, e, f, g, h] = input;
    let low = half_pass::<SHIFT>(
        simd,
        avx2._mm256_unpacklo_epi16(a, e),
        avx2._mm256_unpacklo_epi16(c, g),
        avx2._mm256_unpacklo_epi16(b, d),
        avx2._mm256_unpacklo_epi16(f, h),
    );
    let high = half_pass::<SHIFT>(
        simd,
        avx2._mm256_unpackhi_epi16(a, e),
        avx2._mm256_unpackhi_epi16(c, g),
        avx2._mm256_unpackhi_epi16(b, d),
        avx2._mm256_unpackhi_epi16(f, h),
    );
    let mut output = input;
    for ((output, low), high) in output.iter_mut().zip(low).zip(high) {
        *output = avx2._mm256_packs_epi32(low, high);
    }
    output
}

/// From inputs 0 and 4, 2 and 6, 1 and 3, 5 and 7 in turn.
#[inline(always)]
fn half_pass<const SHIFT: i32>(
    simd: V3,
    ends: __m256i,
    even: __m256i,
    low: __m256i,
    top: __m256i,
) -> [__m256i; 8] {
    let (avx, avx2) = (simd.avx, simd.avx2);
    let unit = 1 << FACTOR_BITS;
    let half = avx._mm256_set1_epi32(1 << (SHIFT - 1));
    let outer = [
        avx2._mm256_add_epi32(product(simd, ends, [unit, unit]), half),
        avx2._mm256_add_epi32(product(simd, ends, [unit, -unit]), half),
    ];
    let inner = [product(simd, even, EVEN[0]), product(simd, even, EVEN[1])];
    let even = [
        avx2._mm256_add_epi32(outer[0], inner[0]),
        avx2._mm256_add_epi32(outer[1], inner[1]),
        avx2._mm256_sub_epi32(outer[1], inner[1]),
        avx2._mm256_sub_epi32(outer[0], inner[0]),
    ];
    let mut output = [half; 8];
    for i in 0..4 {
        let [one, three, five, seven] = ODD[i];
        let odd = avx2._mm256_add_epi32(
            product(simd, low, [one, three]),
            product(simd, top, [five, seven]),
        );
        output[i] = avx2._mm256_srai_epi32::<SHIFT>(avx2._mm256_add_epi32(even[i], odd));
        output[7 - i] = avx2._mm256_srai_epi32::<SHIFT>(avx2._mm256_sub_epi32(even[i], odd));
    }
    output
}

/// Sums of neighbours, each times its factor.
#[inline(always)]
fn product(simd: V3, input: __m256i, [one, two]: [i16; 2]) -> __m256i {
    let factors = simd
        .avx
        ._mm256_set1_epi32(i32::from(two) << 16 | i32::from(one as u16));
    simd.avx2._mm256_madd_epi16(input, factors)
}

/// Rows to columns in each half.
#[inline(always)]
fn transpose(simd: V3, rows: [__m256i; 8]) -> [__m256i; 8] {
    let avx2 = simd.avx2;
    let [a, b, c, d, e, f, g, h] = rows;
    let ([a, b], [c, d], [e, f], [g, h]) = (
        words(avx2, a, b),
        words(avx2, c, d),
        words(avx2, e, f),
        words(avx2, g, h),
    );
    let ([a, c], [b, d], [e, g], [f, h]) = (
        pairs(avx2, a, c),
        pairs(avx2, b, d),
        pairs(avx2, e, g),
        pairs(avx2, f, h),
    );
    let ([a, b], [c, d], [e, f], [g, h]) = (
        quads(avx2, a, e),
        quads(avx2, c, g),
        quads(avx2, b, f),
        quads(avx2, d, h),
    );
    [a, b, c, d, e, f, g, h]
}

#[inline(always)]
fn words(avx2: Avx2, a: __m256i, b: __m256i) -> [__m256i; 2] {
    [avx2._mm256_unpacklo_epi16(a, b), avx2._mm256_unpackhi_epi16(a, b)]
}

#[inline(always)]
fn pairs(avx2: Avx2, a: __m256i, b: __m256i) -> [__m256i; 2] {
    [avx2._mm256_unpacklo_epi32(a, b), avx2._mm256_unpackhi_epi32(a, b)]
}

#[inline(always)]
fn quads(avx2: Avx2, a: __m256i, b: __m256i) -> [__m256i; 2] {
    [avx2._mm256_unpacklo_epi64(a, b), avx2._mm256_unpackhi_epi64(a, b)]
}
