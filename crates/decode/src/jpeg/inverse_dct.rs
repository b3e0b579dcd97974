//! libjpeg's accurate integer inverse DCT ("islow", after Loeffler, Ligtenberg and Moschytz 1989), two blocks at a time.
//!
//! Numbers are those of a transform scaled by √8 a pass, with 13 fractional bits in the factors and, between the two
//! passes, 2 in the samples. What goes into a pass has 16 bits, as in libjpeg-turbo's vector code for x86: products and
//! sums that do not fit wrap, results of a pass are held at the ends of the range. Coefficients of 8-bit pictures never
//! come so far.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(test)]
mod tests;

use super::coefficients::{Block, in_natural_order};

/// Fractional bits of the factors.
const FACTOR_BITS: u32 = 13;
/// Fractional bits of the samples between the passes.
const SAMPLE_BITS: u32 = 2;
/// What each pass divides by, as a power of two: the factors' bits, less or plus the samples', and the scale of √8 twice.
const SHIFTS: [u32; 2] = [FACTOR_BITS - SAMPLE_BITS, FACTOR_BITS + SAMPLE_BITS + 3];

/// Factors of inputs 2 and 6 in the even part: for outputs 0, 3, 4, 7 and for 1, 2, 5, 6. √2 cos(kπ/16) with
/// 13 fractional bits, as libjpeg's sums of rounded constants come to.
const EVEN: [[i16; 2]; 2] = [[10703, 4433], [4433, -10704]];
/// Factors in the odd part, for outputs 0 to 3 and with the other sign 7 to 4: of inputs 1, 3, 5 and 7, then of the sums
/// of 3 and 7 and of 1 and 5.
const ODD_SUMS: [([i16; 4], [i16; 2]); 4] = [
    ([4926, 0, 0, -7373], [9633, 6437]),
    ([0, 4177, -20995, 0], [-6436, 9633]),
    ([0, -20995, -4176, 0], [9633, 6437]),
    ([-7373, 0, 0, -4927], [-6436, 9633]),
];

/// Samples of two blocks side by side.
type Pair = [[u8; 16]; 8];

/// Quantisation steps in natural order, of a table in zigzag order. Of their 16 bits without a sign libjpeg-turbo's vector
/// code knows only such with one.
pub(super) fn steps(table: &[u16; 64]) -> [i16; 64] {
    in_natural_order(table).map(|step| step as i16)
}

/// Writes the samples of a row of blocks: `rows` rows, at most 8, of `width` samples into `out`, cut off at the right.
/// `last` has a place in zigzag order for each block behind which it has only zeros.
pub(super) fn row(blocks: &[Block], last: &[u8], steps: &[i16; 64], width: usize, out: &mut [u8]) {
    #[cfg(target_arch = "x86_64")]
    if avx2::are_small(steps)
        && let Some(simd) = pulp::x86::V3::try_new()
    {
        return avx2::row(simd, blocks, last, steps, width, out);
    }
    each_pair(blocks, last, steps, width, out)
}

/// The inverse DCT of two blocks. Not a closure: what is inlined must be so for sure, or vectors go through memory.
trait Transform {
    fn steps(&self) -> &[i16; 64];

    fn pair(&self, one: &Block, two: &Block) -> Pair;
}

/// Goes through a row of blocks by twos.
#[inline(always)]
fn each_pair(blocks: &[Block], last: &[u8], transform: &impl Transform, width: usize, out: &mut [u8]) {
    let step = transform.steps()[0];
    for (place, (pair, last)) in blocks.chunks(2).zip(last.chunks(2)).enumerate() {
        let [one, two] = match pair {
            [one, two] => [one, two],
            [one] => [one, &[0; 64]],
            _ => return,
        };
        let samples = if last.iter().all(|last| *last == 0) {
            flat([mean(one[0], step), mean(two[0], step)])
        } else {
            transform.pair(one, two)
        };
        let x = place * 16;
        for (row, samples) in out.chunks_exact_mut(width).zip(&samples) {
            match row.get_mut(x..).and_then(|row| row.first_chunk_mut::<16>()) {
                Some(row) => *row = *samples,
                None => row
                    .iter_mut()
                    .skip(x)
                    .zip(samples)
                    .for_each(|(to, from)| *to = *from),
            }
        }
    }
}

#[inline(always)]
fn flat([one, two]: [u8; 2]) -> Pair {
    let mut row = [one; 16];
    row[8..].fill(two);
    [row; 8]
}

/// The sample of a block that has only a DC coefficient.
#[inline(always)]
fn mean(coefficient: i16, step: i16) -> u8 {
    let scaled = i32::from(coefficient.wrapping_mul(step) << SAMPLE_BITS);
    let sample = (scaled + (1 << (SAMPLE_BITS + 2))) >> (SAMPLE_BITS + 3);
    level(sample)
}

/// Level shift and range limit.
#[inline(always)]
fn level(sample: i32) -> u8 {
    (sample + 128).clamp(0, 255) as u8
}

/// The steps with the transform as it is defined, one block after the other.
impl Transform for [i16; 64] {
    fn steps(&self) -> &[i16; 64] {
        self
    }

    fn pair(&self, one: &Block, two: &Block) -> Pair {
        let (one, two) = (block(one, self), block(two, self));
        let mut pair = [[0; 16]; 8];
        for ((row, one), two) in pair.iter_mut().zip(&one).zip(&two) {
            row[..8].copy_from_slice(one);
            row[8..].copy_from_slice(two);
        }
        pair
    }
}

/// One block, as it is defined.
fn block(coefficients: &Block, steps: &[i16; 64]) -> [[u8; 8]; 8] {
    let mut values = [0; 64];
    for ((value, coefficient), step) in values.iter_mut().zip(coefficients).zip(steps) {
        *value = coefficient.wrapping_mul(*step);
    }
    let mut between = [0; 64];
    // Columns that have only their first coefficient are not transformed, which shows where this shift overflows.
    let are_flat = coefficients[8..].iter().all(|coefficient| *coefficient == 0);
    for x in 0..8 {
        let column = match are_flat {
            true => [values[x] << SAMPLE_BITS; 8],
            false => pass(std::array::from_fn(|y| values[8 * y + x]), SHIFTS[0]),
        };
        for (y, value) in column.into_iter().enumerate() {
            between[8 * y + x] = value;
        }
    }
    let mut samples = [[0; 8]; 8];
    for (row, values) in samples.iter_mut().zip(between.as_chunks::<8>().0) {
        *row = pass(*values, SHIFTS[1]).map(|sample| level(sample.into()));
    }
    samples
}

/// One dimension. No sum of products comes to 2³¹.
fn pass(input: [i16; 8], shift: u32) -> [i16; 8] {
    let outer = [input[0].wrapping_add(input[4]), input[0].wrapping_sub(input[4])];
    let sums = [input[3].wrapping_add(input[7]), input[1].wrapping_add(input[5])];
    let product = |factor: &i16, input: &i16| i32::from(*factor) * i32::from(*input);
    let half = 1 << (shift - 1);
    let mut output = [0; 8];
    for (i, (factors, of_sums)) in ODD_SUMS.iter().enumerate() {
        // Outputs 0 and 3 have the sum of inputs 0 and 4, 1 and 2 the difference.
        let inner = usize::from(i == 1 || i == 2);
        let sign = if i < 2 { 1 } else { -1 };
        let [two, six] = &EVEN[inner];
        let even = (i32::from(outer[inner]) << FACTOR_BITS)
            + sign * (product(two, &input[2]) + product(six, &input[6]));
        let alone = factors
            .iter()
            .zip([1, 3, 5, 7])
            .map(|(factor, place)| product(factor, &input[place]));
        let odd = alone.sum::<i32>()
            + of_sums
                .iter()
                .zip(&sums)
                .map(|(factor, sum)| product(factor, sum))
                .sum::<i32>();
        let hold = |sum: i32| (sum >> shift).clamp(i16::MIN.into(), i16::MAX.into()) as i16;
        output[i] = hold(even + odd + half);
        output[7 - i] = hold(even - odd + half);
    }
    output
}
