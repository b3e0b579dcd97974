//! Vectors of x86-64 processors: the crate's only `unsafe` code.
//!
//! # Invariant
//! A vector of [`avx512`] or [`avx2`] is made, used and dropped within [`with_avx512`] or [`with_avx2`], and those
//! are entered only after the processor was asked for the features they name. No other module can name the
//! vector types: kernels know them only as the parameter they are run with. Loads and stores go through
//! references to whole lines or to sixteen sums, at places known to lie within.

/// Vector methods that are one instruction each.
macro_rules! instructions {
    ($($method:ident($($argument:ident),*) = $instruction:ident;)*) => {
        $(
            #[inline(always)]
            fn $method(self, $($argument: Self),*) -> Self {
                // SAFETY: within a function that has the feature, see the invariant.
                Self(unsafe { $instruction(self.0, $($argument.0),*) })
            }
        )*
    };
}

mod avx2;
mod avx512;

use super::portable::Four;
use super::{Kernel, Sample, Vector, Width};

/// The vectors of a sample type, known to this module alone.
pub(super) trait Registers: Sized {
    type Avx512: Vector<Self>;
    type Avx2: Vector<Self>;
    type Portable: Vector<Self>;

    fn run<K: Kernel<Self>>(width: Width, kernel: K) -> K::Output
    where
        Self: Sample,
    {
        match width {
            // SAFETY: only `available` makes these, having found what the functions need.
            Width::Avx512 => unsafe { with_avx512(kernel) },
            Width::Avx2 => unsafe { with_avx2(kernel) },
            Width::Portable => kernel.run::<Self::Portable>(),
        }
    }
}

/// The widths beyond the portable one that this processor has, the widest first.
pub(super) fn available() -> impl Iterator<Item = Width> {
    let avx512 = is_x86_feature_detected!("avx512f").then_some(Width::Avx512);
    let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
    avx512.into_iter().chain(avx2.then_some(Width::Avx2))
}

impl Registers for f32 {
    type Avx512 = avx512::F32x16;
    type Avx2 = avx2::F32x8;
    type Portable = Four<f32>;
}

impl Registers for f64 {
    type Avx512 = avx512::F64x8;
    type Avx2 = avx2::F64x4;
    type Portable = Four<f64>;
}

#[target_feature(enable = "avx512f")]
fn with_avx512<T: Sample, K: Kernel<T>>(kernel: K) -> K::Output {
    kernel.run::<T::Avx512>()
}

#[target_feature(enable = "avx2,fma")]
fn with_avx2<T: Sample, K: Kernel<T>>(kernel: K) -> K::Output {
    kernel.run::<T::Avx2>()
}
