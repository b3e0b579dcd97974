//! Many discrete Fourier transforms of one length, sixteen side by side.
//!
//! A [`Bundle`] holds one complex number of each of sixteen transforms, so a butterfly on bundles is a butterfly in
//! each transform: vectors run across the transforms and nothing is ever shuffled within a register.
//!
//! Lengths are split into factors 8, 5, 4, 3, 2 and odd primes ([`passes`], the self-sorting algorithm of
//! Stockham: Cochran et al., "What is the fast Fourier transform?", IEEE Trans. Audio 15(2), 1967). A length with a
//! prime factor too large for that becomes a convolution of a convenient one ([`bluestein`]).

mod bluestein;
mod butterflies;
mod passes;
#[cfg(test)]
mod tests;

use crate::simd::{Line, Sample};

use bluestein::Bluestein;
pub(crate) use butterflies::Complexes;
use passes::Passes;

/// One complex number of each of sixteen transforms.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[repr(C)]
pub(crate) struct Bundle<T> {
    pub re: Line<T>,
    pub im: Line<T>,
}

/// A plan for the forward transform X(k) = Σ x(n)·exp(−2πi·kn/N), unnormalised.
pub(crate) struct Fft<T> {
    length: usize,
    method: Method<T>,
}

enum Method<T> {
    Passes(Passes<T>),
    Bluestein(Bluestein<T>),
}

impl<T: Sample> Fft<T> {
    /// Plans transforms of `length` ≥ 1.
    pub(crate) fn new(length: usize) -> Self {
        let method = match Passes::new(length) {
            Some(passes) => Method::Passes(passes),
            None => Method::Bluestein(Bluestein::new(length)),
        };
        Self { length, method }
    }

    /// Bundles of scratch that [`Self::forward`] needs.
    pub(crate) fn scratch(&self) -> usize {
        match &self.method {
            Method::Passes(_) => self.length,
            Method::Bluestein(bluestein) => bluestein.scratch(),
        }
    }

    /// Transforms `data`, as many bundles as the length, and returns where the result lies: there or in `scratch`.
    /// What the other then holds does not matter.
    pub(crate) fn forward<'b>(
        &self,
        data: &'b mut [Bundle<T>],
        scratch: &'b mut [Bundle<T>],
    ) -> &'b mut [Bundle<T>] {
        let (data, scratch) = (&mut data[..self.length], &mut scratch[..self.scratch()]);
        match &self.method {
            Method::Passes(passes) => {
                let [result, _] = passes.forward([data, scratch]);
                result
            }
            Method::Bluestein(bluestein) => {
                bluestein.forward(data, scratch);
                data
            }
        }
    }

    /// Bytes the plan keeps.
    pub(crate) fn bytes(&self) -> usize {
        match &self.method {
            Method::Passes(passes) => passes.bytes(),
            Method::Bluestein(bluestein) => bluestein.bytes(),
        }
    }
}
