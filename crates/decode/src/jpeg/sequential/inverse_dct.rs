//! libjpeg's accurate integer inverse DCT ("islow", after Loeffler, Ligtenberg and Moschytz 1989), two blocks at a time.
//!
//! Numbers are those of a transform scaled by √8 a pass, with 13 fractional bits in the factors and, between the two
//! passes, 2 in the samples. libjpeg's own vector code holds what goes into a pass in 16 bits, its scalar code in 32.
//! They are one and the same as long as nothing overflows 16 bits, which coefficients of 8-bit pictures never do; where
//! something might, there is no result here, and the decoding library may say what comes of it.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(test)]
mod tests;

use super::scan::Block;

/// Fractional bits of the factors.
const FACTOR_BITS: u32 = 13;
/// Fractional bits of the samples between the passes.
const SAMPLE_BITS: u32 = 2;
/// What each pass divides by, as a power of two: the factors' bits, less or plus the samples', and the scale of √8 twice.
const SHIFTS: [u32; 2] = [FACTOR_BITS - SAMPLE_BITS, FACTOR_BITS + SAMPLE_BITS + 3];

/// The largest step with which no sum overflows; those of 8-bit pictures go to 255.
pub(super) const MAX_STEP: u16 = 2047;

/// Factors of inputs 2 and 6 in the even part: for outputs 0, 3, 4, 7 and for 1, 2, 5, 6. √2 cos(kπ/16) with
/// 13 fractional bits, as libjpeg's sums of rounded constants come to.
const EVEN: [[i16; 2]; 2] = [[10703, 4433], [4433, -10704]];
/// Factors of inputs 1, 3, 5 and 7 in the odd part, for outputs 0 to 3 and with the other sign 7 to 4.
const ODD: [[i16; 4]; 4] = [
    [11363, 9633, 6437, 2260],
    [9633, -2259, -11362, -6436],
    [6437, -11362, 2261, 9633],
    [2260, -6436, 9633, -11363],
];

/// Samples of two blocks side by side.
type Pair = [[u8; 16]; 8];

/// Writes the samples of a row of blocks: `rows` rows, at most 8, of `width` samples into `out`, cut off at the right.
/// `last` has a place in zigzag order for each block behind which it has only zeros. `None` if a sum might overflow.
pub(super) fn row(
    blocks: &[Block],
    last: &[u8],
    steps: &[i16; 64],
    width: usize,
    out: &mut [u8],
) -> Option<()> {
    #[cfg(target_arch = "x86_64")]
    if let Some(simd) = pulp::x86::V3::try_new() {
        return avx2::row(simd, blocks, last, steps, width, out);
    }
    each_pair(blocks, last, steps, width, out)
}

/// The inverse DCT of two blocks. Not a closure: what is inlined must be so for sure, or vectors go through memory.
trait Transform {
    fn steps(&self) -> &[i16; 64];

    /// `None` if a sum overflows.
    fn pair(&self, one: &Block, two: &Block) -> Option<Pair>;
}

/// Goes through a row of blocks by twos.
#[inline(always)]
fn each_pair(
    blocks: &[Block],
    last: &[u8],
    transform: &impl Transform,
    width: usize,
    out: &mut [u8],
) -> Option<()> {
    let step = transform.steps()[0];
    for (place, (pair, last)) in blocks.chunks(2).zip(last.chunks(2)).enumerate() {
        let [one, two] = match pair {
            [one, two] => [one, two],
            [one] => [one, &[0; 64]],
            _ => return None,
        };
        let samples = if last.iter().all(|last| *last == 0) {
            flat([mean(one[0], step)?, mean(two[0], step)?])
        } else {
            transform.pair(one, two)?
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
    Some(())
}

#[inline(always)]
fn flat([one, two]: [u8; 2]) -> Pair {
    let mut row = [one; 16];
    row[8..].fill(two);
    [row; 8]
}

/// The sample of a block that has only a DC coefficient.
#[inline(always)]
fn mean(coefficient: i16, step: i16) -> Option<u8> {
    let scaled = i16::try_from((i32::from(coefficient) * i32::from(step)) << SAMPLE_BITS).ok()?;
    let sample = (i32::from(scaled) + (1 << (SAMPLE_BITS + 2))) >> (SAMPLE_BITS + 3);
    Some(level(sample))
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

    fn pair(&self, one: &Block, two: &Block) -> Option<Pair> {
        let (one, two) = (block(one, self)?, block(two, self)?);
        let mut pair = [[0; 16]; 8];
        for ((row, one), two) in pair.iter_mut().zip(&one).zip(&two) {
            row[..8].copy_from_slice(one);
            row[8..].copy_from_slice(two);
        }
        Some(pair)
    }
}

/// One block, as it is defined. `None` if anything that goes into a pass, or the sums that libjpeg makes of two such,
/// do not fit into 16 bits.
fn block(coefficients: &Block, steps: &[i16; 64]) -> Option<[[u8; 8]; 8]> {
    let mut values = [0i32; 64];
    for ((value, coefficient), step) in values.iter_mut().zip(coefficients).zip(steps) {
        *value = i32::from(*coefficient) * i32::from(*step);
    }
    let mut between = [0i32; 64];
    for x in 0..8 {
        let column = pass(std::array::from_fn(|y| values[8 * y + x]), SHIFTS[0])?;
        for (y, value) in column.into_iter().enumerate() {
            between[8 * y + x] = value;
        }
    }
    let mut samples = [[0; 8]; 8];
    for (row, values) in samples.iter_mut().zip(between.as_chunks::<8>().0) {
        *row = pass(*values, SHIFTS[1])?.map(level);
    }
    Some(samples)
}

/// One dimension.
fn pass(input: [i32; 8], shift: u32) -> Option<[i32; 8]> {
    let fits = |value: i32| i16::try_from(value).is_ok();
    let sums = [
        input[0] + input[4],
        input[0] - input[4],
        input[3] + input[7],
        input[1] + input[5],
    ];
    if !input.into_iter().chain(sums).all(fits) {
        return None;
    }
    let half = 1 << (shift - 1);
    let mut output = [0; 8];
    for i in 0..4 {
        // Outputs 0 and 3 have the sum of inputs 0 and 4, 1 and 2 the difference.
        let inner = i == 1 || i == 2;
        let sign = if i < 2 { 1 } else { -1 };
        let [two, six] = EVEN[usize::from(inner)].map(i32::from);
        let even = (sums[usize::from(inner)] << FACTOR_BITS) + sign * (input[2] * two + input[6] * six);
        let odd: i32 = ODD[i]
            .iter()
            .zip([input[1], input[3], input[5], input[7]])
            .map(|(factor, input)| i32::from(*factor) * input)
            .sum();
        output[i] = (even + odd + half) >> shift;
        output[7 - i] = (even - odd + half) >> shift;
    }
    output.iter().all(|value| fits(*value)).then_some(output)
}
