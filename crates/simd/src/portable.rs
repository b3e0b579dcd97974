//! Vectors for every processor: four samples that the compiler keeps where it likes.

use super::{LANES, Line, Sample, Vector};

/// Four samples, a multiple of which every processor's registers hold or are.
#[derive(Clone, Copy)]
pub struct Four<T>([T; 4]);

#[inline(always)]
fn each<T: Sample>(a: Four<T>, b: Four<T>, operation: impl Fn(T, T) -> T) -> Four<T> {
    let ([a0, a1, a2, a3], [b0, b1, b2, b3]) = (a.0, b.0);
    Four([
        operation(a0, b0),
        operation(a1, b1),
        operation(a2, b2),
        operation(a3, b3),
    ])
}

/// What [`super::run`] chooses from.
#[cfg(not(target_arch = "x86_64"))]
pub(super) trait Registers: Sized {
    fn run<K: super::Kernel<Self>>(width: super::Width, kernel: K) -> K::Output
    where
        Self: Sample;
}

#[cfg(not(target_arch = "x86_64"))]
impl<T> Registers for T
where
    Four<T>: Vector<T>,
{
    fn run<K: super::Kernel<Self>>(width: super::Width, kernel: K) -> K::Output
    where
        Self: Sample,
    {
        let super::Width::Portable = width;
        kernel.run::<Four<T>>()
    }
}

macro_rules! four {
    ($sample:ty, $bits:ty) => {
        impl Vector<$sample> for Four<$sample> {
            const WIDTH: usize = 4;

            #[inline(always)]
            fn splat(value: $sample) -> Self {
                Self([value; 4])
            }

            #[inline(always)]
            fn load(line: &Line<$sample>, part: usize) -> Self {
                let first = part * Self::WIDTH;
                Self([
                    line.0[first],
                    line.0[first + 1],
                    line.0[first + 2],
                    line.0[first + 3],
                ])
            }

            #[inline(always)]
            fn store(self, line: &mut Line<$sample>, part: usize) {
                line.0[part * Self::WIDTH..][..Self::WIDTH].copy_from_slice(&self.0);
            }

            #[inline(always)]
            fn from_bytes(bytes: &[u8; LANES], part: usize) -> Self {
                let first = part * Self::WIDTH;
                let number = |lane| <$sample>::from(bytes[first + lane]);
                Self([number(0), number(1), number(2), number(3)])
            }

            #[inline(always)]
            fn add(self, other: Self) -> Self {
                each(self, other, |a, b| a + b)
            }

            #[inline(always)]
            fn sub(self, other: Self) -> Self {
                each(self, other, |a, b| a - b)
            }

            #[inline(always)]
            fn mul(self, other: Self) -> Self {
                each(self, other, |a, b| a * b)
            }

            #[inline(always)]
            fn div(self, other: Self) -> Self {
                each(self, other, |a, b| a / b)
            }

            // Without the instruction a fused multiply-add is a slow function call.
            #[inline(always)]
            fn mul_add(self, factor: Self, summand: Self) -> Self {
                self.mul(factor).add(summand)
            }

            #[inline(always)]
            fn neg_mul_add(self, factor: Self, summand: Self) -> Self {
                summand.sub(self.mul(factor))
            }

            #[inline(always)]
            fn if_less(self, bound: Self, then: Self, otherwise: Self) -> Self {
                let mut chosen = otherwise;
                for lane in 0..Self::WIDTH {
                    if self.0[lane] < bound.0[lane] {
                        chosen.0[lane] = then.0[lane];
                    }
                }
                chosen
            }

            #[inline(always)]
            fn exponent_and_mantissa(self) -> (Self, Self) {
                const FRACTION_BITS: u32 = <$sample>::MANTISSA_DIGITS - 1;
                let one = <$sample>::to_bits(1.0);
                let root_half = <$sample>::to_bits(std::f64::consts::FRAC_1_SQRT_2 as $sample);
                let (mut exponent, mut mantissa) = (self, self);
                for lane in 0..Self::WIDTH {
                    let shifted = self.0[lane].to_bits() + (one - root_half);
                    let biased = shifted >> FRACTION_BITS;
                    exponent.0[lane] = biased as $sample - (one >> FRACTION_BITS) as $sample;
                    let fraction: $bits = shifted & ((1 << FRACTION_BITS) - 1);
                    mantissa.0[lane] = <$sample>::from_bits(fraction + root_half);
                }
                (exponent, mantissa)
            }

            #[inline(always)]
            fn shifted(self, first: $sample) -> Self {
                Self([first, self.0[0], self.0[1], self.0[2]])
            }

            #[inline(always)]
            fn last(self) -> $sample {
                self.0[3]
            }

            #[inline(always)]
            fn keep(self, lanes: u32) -> Self {
                let one = |lane: usize| {
                    if lanes >> lane & 1 == 1 {
                        self.0[lane]
                    } else {
                        0.0
                    }
                };
                Self([one(0), one(1), one(2), one(3)])
            }

            #[inline(always)]
            fn transpose(square: &mut [Self; LANES]) {
                for row in 0..Self::WIDTH {
                    for column in 0..row {
                        let moved = square[row].0[column];
                        square[row].0[column] = square[column].0[row];
                        square[column].0[row] = moved;
                    }
                }
            }
        }
    };
}

four!(f32, u32);
four!(f64, u64);
