//! Products of runs of pixels, in registers of the widest kind that the processor has.

use pulp::{Simd, WithSimd};

/// Rows of results that one block of weights makes.
pub const BLOCK: usize = 8;

/// Weights \[k\]\[row\] for [`BLOCK`] rows.
pub type Weights = Vec<[f32; BLOCK]>;

/// Weights of any number of rows in blocks, the last filled up with zeros.
pub fn pack(rows: usize, terms: usize, weight: impl Fn(usize, usize) -> f32) -> Vec<Weights> {
    let at = |row, term| if row < rows { weight(row, term) } else { 0.0 };
    (0..rows.div_ceil(BLOCK))
        .map(|block| {
            (0..terms)
                .map(|term| std::array::from_fn(|row| at(block * BLOCK + row, term)))
                .collect()
        })
        .collect()
}

/// results\[row\]\[p\] = Σ_k weights\[k\]\[row\] · planes\[offsets\[k\] + p\]
pub struct WeightedSums<'a> {
    pub planes: &'a [f32],
    pub offsets: &'a [usize],
    pub blocks: &'a [Weights],
    /// Whole blocks of rows, `length` each.
    pub results: &'a mut [f32],
    /// A multiple of the widest register.
    pub length: usize,
}

impl WithSimd for WeightedSums<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        const WIDE: usize = 3;
        let mut start = 0;
        while start < self.length {
            let wide = start + WIDE * S::F32_LANES <= self.length;
            for block in 0..self.blocks.len() {
                // As many sums as leave registers for their terms.
                match (S::REGISTER_COUNT >= 32, wide) {
                    (true, true) => self.tile::<S, BLOCK, WIDE>(simd, block, start),
                    (false, true) => self.tile::<S, { BLOCK / 2 }, WIDE>(simd, block, start),
                    (_, false) => self.tile::<S, BLOCK, 1>(simd, block, start),
                }
            }
            start += if wide { WIDE } else { 1 } * S::F32_LANES;
        }
    }
}

impl WeightedSums<'_> {
    /// The results of one block for `COLUMNS` registers of pixels, `ROWS` rows at a time.
    #[inline(always)]
    fn tile<S: Simd, const ROWS: usize, const COLUMNS: usize>(
        &mut self,
        simd: S,
        block: usize,
        start: usize,
    ) {
        let weights = &self.blocks[block];
        let results = &mut self.results[block * BLOCK * self.length..][..BLOCK * self.length];
        for first in (0..BLOCK).step_by(ROWS) {
            let mut sums = [[simd.splat_f32s(0.0); COLUMNS]; ROWS];
            for (&offset, weights) in self.offsets.iter().zip(weights) {
                let pixels = S::as_simd_f32s(&self.planes[offset + start..][..COLUMNS * S::F32_LANES]).0;
                for (sums, &weight) in sums.iter_mut().zip(&weights[first..first + ROWS]) {
                    let weight = simd.splat_f32s(weight);
                    for (sum, &pixels) in sums.iter_mut().zip(pixels) {
                        *sum = simd.mul_add_f32s(weight, pixels, *sum);
                    }
                }
            }
            for (row, sums) in sums.iter().enumerate() {
                let result = &mut results[(first + row) * self.length + start..][..COLUMNS * S::F32_LANES];
                S::as_mut_simd_f32s(result).0.copy_from_slice(sums);
            }
        }
    }
}

/// sums\[row\]\[k\] += Σ_p rows\[row\]\[p\] · planes\[offsets\[k\] + p\]
pub struct DotProducts<'a> {
    pub planes: &'a [f32],
    pub offsets: &'a [usize],
    pub rows: &'a [f32],
    /// Floats from one row to the next.
    pub plane: usize,
    /// One row of sums for each row.
    pub sums: &'a mut [f32],
    /// A multiple of the widest register.
    pub length: usize,
}

impl WithSimd for DotProducts<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        if S::REGISTER_COUNT >= 32 {
            self.all::<S, 4, 5>(simd);
        } else {
            self.all::<S, 4, 3>(simd);
        }
    }
}

impl DotProducts<'_> {
    #[inline(always)]
    fn all<S: Simd, const ROWS: usize, const TERMS: usize>(&mut self, simd: S) {
        for row in (0..self.sums.len() / self.offsets.len()).step_by(ROWS) {
            for term in (0..self.offsets.len()).step_by(TERMS) {
                self.tile::<S, ROWS, TERMS>(simd, row, term);
            }
        }
    }

    /// The sums of `ROWS` rows with `TERMS` moved planes. At the ends some are made twice over.
    #[inline(always)]
    fn tile<S: Simd, const ROWS: usize, const TERMS: usize>(&mut self, simd: S, row: usize, term: usize) {
        let terms = self.offsets.len();
        let count = self.sums.len() / terms;
        let mut rows: [&[S::f32s]; ROWS] = [&[]; ROWS];
        for (i, slot) in rows.iter_mut().enumerate() {
            let start = (row + i).min(count - 1) * self.plane;
            *slot = S::as_simd_f32s(&self.rows[start..][..self.length]).0;
        }
        let mut planes: [&[S::f32s]; TERMS] = [&[]; TERMS];
        for (i, slot) in planes.iter_mut().enumerate() {
            let start = self.offsets[(term + i).min(terms - 1)];
            *slot = S::as_simd_f32s(&self.planes[start..][..self.length]).0;
        }
        let mut sums = [[simd.splat_f32s(0.0); TERMS]; ROWS];
        for p in 0..self.length / S::F32_LANES {
            for (sums, row) in sums.iter_mut().zip(&rows) {
                let gradient = row[p];
                for (sum, plane) in sums.iter_mut().zip(&planes) {
                    *sum = simd.mul_add_f32s(gradient, plane[p], *sum);
                }
            }
        }
        for (i, sums) in sums.iter().enumerate().take(count - row) {
            let totals = &mut self.sums[(row + i) * terms + term..(row + i + 1) * terms];
            for (total, &sum) in totals.iter_mut().zip(sums) {
                *total += simd.reduce_sum_f32s(sum);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use pulp::{Arch, Scalar, Simd};

    use super::*;

    const LENGTH: usize = 64;
    const OFFSETS: [usize; 7] = [0, 1, 5, 3, 18, 2, 40];
    const ROWS: usize = 11;

    /// Small whole numbers, whose sums are exact in any order.
    fn whole(count: usize, factor: usize) -> Vec<f32> {
        (0..count).map(|i| ((i * factor) % 13) as f32 - 6.0).collect()
    }

    /// Both products, through whichever registers `run` chooses.
    fn products(sums: impl Fn(WeightedSums), dots: impl Fn(DotProducts)) -> (Vec<f32>, Vec<f32>) {
        let planes = whole(LENGTH + 40, 5);
        let weights = whole(ROWS * OFFSETS.len(), 7);
        let blocks = pack(ROWS, OFFSETS.len(), |row, term| {
            weights[row * OFFSETS.len() + term]
        });
        let mut results = vec![0.0; blocks.len() * BLOCK * LENGTH];
        sums(WeightedSums {
            planes: &planes,
            offsets: &OFFSETS,
            blocks: &blocks,
            results: &mut results,
            length: LENGTH,
        });
        results.truncate(ROWS * LENGTH);
        let mut totals = vec![1.0; ROWS * OFFSETS.len()];
        dots(DotProducts {
            planes: &planes,
            offsets: &OFFSETS,
            rows: &results,
            plane: LENGTH,
            sums: &mut totals,
            length: LENGTH,
        });
        (results, totals)
    }

    #[test]
    fn registers_of_any_width_give_the_plain_products() {
        let planes = whole(LENGTH + 40, 5);
        let weights = whole(ROWS * OFFSETS.len(), 7);
        let places = |row: usize| (0..LENGTH).map(move |p| (row, p));
        let results: Vec<f32> = (0..ROWS)
            .flat_map(places)
            .map(|(row, p)| {
                OFFSETS
                    .iter()
                    .enumerate()
                    .map(|(k, o)| weights[row * OFFSETS.len() + k] * planes[o + p])
                    .sum()
            })
            .collect();
        let totals: Vec<f32> = (0..ROWS)
            .flat_map(|row| OFFSETS.map(|offset| (row, offset)))
            .map(|(row, o)| {
                1.0 + (0..LENGTH)
                    .map(|p| results[row * LENGTH + p] * planes[o + p])
                    .sum::<f32>()
            })
            .collect();
        let plain = (results, totals);

        let scalar = Scalar::new();
        assert_eq!(
            products(|op| scalar.vectorize(op), |op| scalar.vectorize(op)),
            plain
        );
        let widest = Arch::new();
        assert_eq!(
            products(|op| widest.dispatch(op), |op| widest.dispatch(op)),
            plain
        );
        #[cfg(target_arch = "x86_64")]
        if let Some(avx2) = pulp::x86::V3::try_new() {
            assert_eq!(
                products(|op| Simd::vectorize(avx2, op), |op| Simd::vectorize(avx2, op)),
                plain
            );
        }
    }
}
