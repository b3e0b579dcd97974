//! Arithmetic on whole vector registers, chosen when the program runs.
//!
//! Data lie in [`Line`]s of sixteen samples whatever the processor; a [`Vector`] is a part of one that fits a
//! register: 512 bits with AVX-512, 256 with AVX2 and FMA, and elsewhere four samples that the compiler may put
//! where it likes. A [`Kernel`] is written once, over any vector, and [`run`] picks the widest that the processor
//! has. Everything a kernel calls must be `#[inline(always)]`, or it is compiled without those registers.
//!
//! Results may differ in the last bits between processors, as only some fuse a multiplication with an addition.

#![allow(unsafe_code, reason = "the one room that names vector instructions")]

mod portable;
#[cfg(target_arch = "x86_64")]
mod x86;

use std::fmt::Debug;

use num_traits::Float;
#[cfg(not(target_arch = "x86_64"))]
use portable::Registers;
#[cfg(target_arch = "x86_64")]
use x86::Registers;

/// Samples in a line.
pub const LANES: usize = 16;

/// Sixteen samples, one from each of sixteen computations that run side by side. It begins where a cache line does.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[repr(C, align(64))]
pub struct Line<T>(pub [T; LANES]);

/// A floating-point type with vectors: `f32` or `f64`.
#[expect(
    private_bounds,
    reason = "no other module may name vectors that the processor may lack"
)]
pub trait Sample: Float + Default + Debug + Send + Sync + Registers + 'static {
    /// The nearest value of this type.
    fn nearest(value: f64) -> Self;
}

impl Sample for f32 {
    fn nearest(value: f64) -> Self {
        value as f32
    }
}

impl Sample for f64 {
    fn nearest(value: f64) -> Self {
        value
    }
}

/// A part of a [`Line`] in a register. Operations act on each sample by itself.
pub trait Vector<T>: Copy {
    /// Samples in it; divides [`LANES`].
    const WIDTH: usize;
    /// Parts of a line.
    const PARTS: usize = LANES / Self::WIDTH;

    /// The same sample everywhere.
    fn splat(value: T) -> Self;
    /// Part `part` of the line.
    fn load(line: &Line<T>, part: usize) -> Self;
    /// Writes part `part` of the line.
    fn store(self, line: &mut Line<T>, part: usize);
    /// Part `part` of sixteen bytes, as numbers from 0 to 255.
    fn from_bytes(bytes: &[u8; LANES], part: usize) -> Self;
    /// self + other.
    fn add(self, other: Self) -> Self;
    /// self − other.
    fn sub(self, other: Self) -> Self;
    /// self · other.
    fn mul(self, other: Self) -> Self;
    /// self / other.
    fn div(self, other: Self) -> Self;
    /// self · factor + summand, rounded once where the processor can.
    fn mul_add(self, factor: Self, summand: Self) -> Self;
    /// summand − self · factor, rounded once where the processor can.
    fn neg_mul_add(self, factor: Self, summand: Self) -> Self;
    /// `then` where self < bound, else `otherwise`, also where either is not a number.
    fn if_less(self, bound: Self, then: Self, otherwise: Self) -> Self;
    /// Exponent e and m in [√½, √2) with self = m·2ᵉ, of positive normal numbers.
    fn exponent_and_mantissa(self) -> (Self, Self);
    /// Every sample one lane further up, with `first` in the lowest.
    fn shifted(self, first: T) -> Self;
    /// The sample in the highest lane.
    fn last(self) -> T;
    /// The samples whose lanes have a bit in `lanes`, the lowest lane the lowest, and zero elsewhere.
    fn keep(self, lanes: u32) -> Self;
    /// Adds the sum of each run of a line's lanes to a place of `sums`: the first run to the first, the next run to the
    /// next. A run begins in each lane that has a bit in `starts`, and in the lowest. The line is the first
    /// [`Self::PARTS`] of `parts`.
    #[inline(always)]
    fn add_runs(parts: &[Self; LANES], starts: u32, sums: &mut [f64; LANES])
    where
        T: Sample,
    {
        let mut line = Line::default();
        for (part, lanes) in parts[..Self::PARTS].iter().enumerate() {
            lanes.store(&mut line, part);
        }
        // A sum stays in a register, as an addition to a place in memory waits for the one before.
        let (mut place, mut sum) = (0, sums[0]);
        for (lane, sample) in line.0.into_iter().enumerate() {
            if lane > 0 && starts >> lane & 1 == 1 {
                place += 1;
                sum = sums[place % LANES];
            }
            sum += sample.to_f64().unwrap_or(f64::NAN);
            sums[place % LANES] = sum;
        }
    }
    /// Exchanges rows and columns of the first [`Self::WIDTH`] vectors.
    fn transpose(square: &mut [Self; LANES]);
}

/// Work written over any vector.
pub trait Kernel<T> {
    /// What comes out.
    type Output;

    /// Does the work. Implementations are `#[inline(always)]`.
    fn run<V: Vector<T>>(self) -> Self::Output;
}

/// Sizes of registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Width {
    /// 512 bits.
    #[cfg(target_arch = "x86_64")]
    Avx512,
    /// 256 bits, and fused multiplication and addition.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// Whatever the compiler may count on.
    Portable,
}

impl Width {
    /// All that this processor has, the widest first.
    fn available() -> impl Iterator<Item = Self> {
        #[cfg(target_arch = "x86_64")]
        let wide = x86::available();
        #[cfg(not(target_arch = "x86_64"))]
        let wide = std::iter::empty();
        wide.chain([Self::Portable])
    }

    fn widest() -> Self {
        #[cfg(any(test, feature = "testing"))]
        if let Some(width) = FORCED.get() {
            return width;
        }
        Self::available().next().unwrap_or(Self::Portable)
    }
}

/// Runs the kernel with the widest vectors this processor has.
pub fn run<T: Sample, K: Kernel<T>>(kernel: K) -> K::Output {
    T::run(Width::widest(), kernel)
}

#[cfg(any(test, feature = "testing"))]
thread_local! {
    static FORCED: std::cell::Cell<Option<Width>> = const { std::cell::Cell::new(None) };
}

/// Runs `test` with every width that this processor has; only what runs on the calling thread is affected.
#[cfg(any(test, feature = "testing"))]
pub fn with_each_width(mut test: impl FnMut(Width)) {
    for width in Width::available() {
        FORCED.set(Some(width));
        test(width);
    }
    FORCED.set(None);
}

#[cfg(test)]
mod tests;
