//! Many discrete Fourier transforms of one length, sixteen side by side.
//!
//! A [`Bundle`] holds one complex number of each of sixteen transforms, so a butterfly on bundles is a butterfly in
//! each transform: vectors run across the transforms and nothing is ever shuffled within a register.
//!
//! Lengths are split into factors 8, 5, 4, 3, 2 and odd primes ([`passes`], decimation in frequency: Gentleman and Sande,
//! "Fast Fourier transforms for fun and profit", AFIPS 29, 1966). In place, so that what is worked on stays in the nearest
//! cache, the coefficients come out of order; whoever reads them knows where each one lies. A length with a prime
//! factor too large for that becomes a convolution of a convenient one ([`bluestein`]).

mod bluestein;
mod bundle;
mod butterflies;
mod passes;
#[cfg(test)]
mod tests;

use dftective_simd::Sample;

use bluestein::Bluestein;
pub(crate) use bundle::Bundle;
pub(crate) use butterflies::Complexes;
use passes::Passes;

/// A plan for the forward transform X(k) = Σ x(n)·exp(−2πi·kn/N), unnormalised.
pub(crate) struct Fft<T>(Method<T>);

enum Method<T> {
    Passes(Passes<T>),
    Bluestein(Bluestein<T>),
}

impl<T: Sample> Fft<T> {
    /// Plans transforms of `length` ≥ 1.
    pub(crate) fn new(length: usize) -> Self {
        Self(match Passes::new(length) {
            Some(passes) => Method::Passes(passes),
            None => Method::Bluestein(Bluestein::new(length)),
        })
    }

    /// Bundles of scratch that [`Self::forward`] needs.
    pub(crate) fn scratch(&self) -> usize {
        match &self.0 {
            Method::Passes(_) => 0,
            Method::Bluestein(bluestein) => bluestein.scratch(),
        }
    }

    /// Where each coefficient lies after [`Self::forward`].
    pub(crate) fn places(&self) -> &[u32] {
        match &self.0 {
            Method::Passes(passes) => passes.places(),
            Method::Bluestein(bluestein) => bluestein.places(),
        }
    }

    /// Transforms as many bundles as the length in place. What `scratch` then holds does not matter.
    pub(crate) fn forward(&self, data: &mut [Bundle<T>], scratch: &mut [Bundle<T>]) {
        match &self.0 {
            Method::Passes(passes) => passes.forward(data),
            Method::Bluestein(bluestein) => bluestein.forward(data, &mut scratch[..bluestein.scratch()]),
        }
    }

    /// Bytes the plan keeps.
    pub(crate) fn bytes(&self) -> usize {
        match &self.0 {
            Method::Passes(passes) => passes.bytes(),
            Method::Bluestein(bluestein) => bluestein.bytes(),
        }
    }
}
