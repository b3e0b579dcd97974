//! A transform of any length as a convolution.
//!
//! With kn = (k² + n² − (k − n)²)/2, X(k) = b*(k)·Σ [x(n)·b*(n)]·b(k − n) where b(n) = exp(πi·n²/N) and * is the
//! conjugate (Bluestein, "A linear filtering approach to the computation of discrete Fourier transform", IEEE
//! Trans. Audio 18(4), 1970). The cyclic convolution has a length M ≥ 2N − 1 of small factors.

use std::f64::consts::PI;

use super::bundle::Bundle;
use super::butterflies::Complexes;
use super::passes::Passes;
use dftective_simd::{Kernel, LANES, Line, Sample, Vector};

pub(super) struct Bluestein<T> {
    /// b*(n).
    chirp: Vec<[T; 2]>,
    /// The conjugate of the transform of b over M points, divided by M.
    filter: Vec<[T; 2]>,
    inner: Passes<T>,
    /// In order.
    places: Vec<u32>,
}

/// The least of 2^a, 3·2^a and 5·2^a from `least` on.
fn convenient(least: usize) -> usize {
    let up = |odd: usize| odd * least.div_ceil(odd).next_power_of_two();
    up(1).min(up(3)).min(up(5))
}

fn plan<T: Sample>(length: usize) -> Passes<T> {
    Passes::new(length).expect("a convenient length has small factors")
}

impl<T: Sample> Bluestein<T> {
    pub(super) fn new(length: usize) -> Self {
        let convolution = convenient(2 * length - 1);
        // n² is reduced by the period of the angle, so that the angle stays small and exact.
        let angle = |n: usize| PI * (n as u128 * n as u128 % (2 * length as u128)) as f64 / length as f64;
        let mut b = vec![Bundle::<f64>::default(); convolution];
        for n in 0..length {
            let (im, re) = angle(n).sin_cos();
            for place in [n, (convolution - n) % convolution] {
                b[place] = Bundle {
                    re: Line([re; LANES]),
                    im: Line([im; LANES]),
                };
            }
        }
        let convolving = plan::<f64>(convolution);
        convolving.forward(&mut b);
        let scaled = |value: f64| T::nearest(value / convolution as f64);
        Self {
            chirp: (0..length)
                .map(|n| [T::nearest(angle(n).cos()), T::nearest(-angle(n).sin())])
                .collect(),
            filter: in_order(&b, convolving.places())
                .map(|x| [scaled(x.re.0[0]), scaled(-x.im.0[0])])
                .collect(),
            inner: plan(convolution),
            places: (0..length as u32).collect(),
        }
    }

    pub(super) fn scratch(&self) -> usize {
        2 * self.filter.len()
    }

    /// Where each coefficient lies after [`Self::forward`].
    pub(super) fn places(&self) -> &[u32] {
        &self.places
    }

    pub(super) fn bytes(&self) -> usize {
        let tables = size_of_val(&*self.chirp) + size_of_val(&*self.filter) + size_of_val(&*self.places);
        tables + self.inner.bytes()
    }

    /// Transforms `data` in place.
    pub(super) fn forward(&self, data: &mut [Bundle<T>], scratch: &mut [Bundle<T>]) {
        let (padded, other) = scratch.split_at_mut(self.filter.len());
        dftective_simd::run(Multiply {
            from: data.iter(),
            sign: T::one(),
            factors: &self.chirp,
            to: padded,
        });
        padded[data.len()..].fill(Bundle::default());
        self.inner.forward(padded);
        // The inverse transform is the conjugate of the transform of the conjugate.
        dftective_simd::run(Multiply {
            from: in_order(padded, self.inner.places()),
            sign: -T::one(),
            factors: &self.filter,
            to: other,
        });
        self.inner.forward(other);
        dftective_simd::run(Multiply {
            from: in_order(other, self.inner.places()),
            sign: -T::one(),
            factors: &self.chirp,
            to: data,
        });
    }
}

/// Coefficients by frequency.
fn in_order<'a, T>(data: &'a [Bundle<T>], places: &'a [u32]) -> impl Iterator<Item = &'a Bundle<T>> {
    places.iter().map(|place| &data[*place as usize])
}

/// Multiplies each bundle, its imaginary part times `sign` first, by a number.
struct Multiply<'a, T, I> {
    from: I,
    sign: T,
    factors: &'a [[T; 2]],
    to: &'a mut [Bundle<T>],
}

impl<'b, T: Sample, I: Iterator<Item = &'b Bundle<T>>> Kernel<T> for Multiply<'_, T, I> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector<T>>(self) {
        let sign = V::splat(self.sign);
        for ((from, to), &[re, im]) in self.from.zip(self.to).zip(self.factors) {
            for part in 0..V::PARTS {
                let mut x = Complexes::<V>::load(from, part);
                x.im = x.im.mul(sign);
                x.mul(V::splat(re), V::splat(im)).store(to, part);
            }
        }
    }
}
