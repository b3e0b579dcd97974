//! A transform as a sequence of passes over the data, one for each factor of its length.

use std::f64::consts::TAU;

use super::Bundle;
use super::butterflies::{Butterfly, Complexes, Points};
use crate::simd::{self, Kernel, Sample, Vector};

/// Larger primes take longer by their definition than by a convolution.
const MAX_PRIME: usize = 113;

/// Factors in the order of the passes.
pub(super) struct Passes<T> {
    passes: Vec<Pass<T>>,
}

/// One pass over data of R·m·s bundles: with w = exp(−2πi/(R·m)),
/// y(s·(R·p + k) + q) = w^(p·k) · Σ x(s·(p + m·r) + q)·exp(−2πi·kr/R) over r, for p < m, q < s, k < R.
struct Pass<T> {
    radix: usize,
    /// m.
    rows: usize,
    /// s: the product of the factors before.
    stride: usize,
    /// w^(p·k) for k = 1 .. R, for each p. Empty in the last pass, where all are 1.
    twiddles: Vec<[T; 2]>,
    /// cos(2πkr/R) and sin(2πkr/R) for each k, r = 1 ..= R/2, where no butterfly is made for the prime R.
    roots: Vec<[T; 2]>,
}

/// Factors that have butterflies, the largest first; the rest of the length must be a product of odd primes.
fn factors(mut length: usize) -> Option<Vec<usize>> {
    let mut factors = Vec::new();
    for radix in [3, 5] {
        while length.is_multiple_of(radix) {
            length /= radix;
            factors.push(radix);
        }
    }
    let mut prime = 7;
    let twos = length.trailing_zeros();
    length >>= twos;
    while length > 1 {
        if prime > MAX_PRIME {
            return None;
        }
        while length.is_multiple_of(prime) {
            length /= prime;
            factors.push(prime);
        }
        prime += 2;
    }
    // Eight at most: sixteen inputs a power of two apart would fall into the same few places of the first-level
    // cache, which holds eight each.
    let passes = twos.div_ceil(3);
    factors.extend((0..passes).map(|pass| 1 << ((twos + pass) / passes)));
    factors.sort_unstable_by(|a, b| b.cmp(a));
    Some(factors)
}

/// exp(−2πi·k/n), as (re, im).
fn turn<T: Sample>(k: usize, n: usize) -> [T; 2] {
    // Reducing the index keeps the angle small and exact.
    let (sine, cosine) = (TAU * (k % n) as f64 / n as f64).sin_cos();
    [T::nearest(cosine), T::nearest(-sine)]
}

impl<T: Sample> Passes<T> {
    /// `None` where a prime factor is too large.
    pub(super) fn new(length: usize) -> Option<Self> {
        let mut stride = 1;
        let passes = factors(length)?.into_iter().map(|radix| {
            let rows = length / (radix * stride);
            let twiddle = |p| (1..radix).map(move |k| turn(p * k, radix * rows));
            let twiddles = if rows > 1 {
                (0..rows).flat_map(twiddle).collect()
            } else {
                Vec::new()
            };
            let has_butterfly = matches!(radix, 2 | 3 | 4 | 5 | 8);
            // The conjugate of a turn by kr is a turn by −kr.
            let root = |k| (1..=radix / 2).map(move |r| turn(radix * radix - k * r, radix));
            let roots = if has_butterfly {
                Vec::new()
            } else {
                (1..=radix / 2).flat_map(root).collect()
            };
            let pass = Pass {
                radix,
                rows,
                stride,
                twiddles,
                roots,
            };
            stride *= radix;
            pass
        });
        Some(Self {
            passes: passes.collect(),
        })
    }

    pub(super) fn bytes(&self) -> usize {
        self.passes
            .iter()
            .map(|pass| size_of_val(&*pass.twiddles) + size_of_val(&*pass.roots))
            .sum()
    }

    /// Transforms the first of two buffers of as many bundles as the length; the result is the first of those
    /// returned, the other holds nothing of use.
    pub(super) fn forward<'b>(
        &self,
        [mut from, mut to]: [&'b mut [Bundle<T>]; 2],
    ) -> [&'b mut [Bundle<T>]; 2] {
        for pass in &self.passes {
            simd::run(Run { pass, from, to });
            (from, to) = (to, from);
        }
        [from, to]
    }
}

struct Run<'a, T> {
    pass: &'a Pass<T>,
    from: &'a [Bundle<T>],
    to: &'a mut [Bundle<T>],
}

impl<T: Sample> Kernel<T> for Run<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector<T>>(self) {
        match self.pass.radix {
            2 => self.butterflies::<V, 2>(),
            3 => self.butterflies::<V, 3>(),
            4 => self.butterflies::<V, 4>(),
            5 => self.butterflies::<V, 5>(),
            8 => self.butterflies::<V, 8>(),
            _ => self.prime::<V>(),
        }
    }
}

impl<T: Sample> Run<'_, T> {
    #[inline(always)]
    fn butterflies<V: Vector<T>, const R: usize>(self)
    where
        Points<R>: Butterfly<R>,
    {
        let Pass {
            rows,
            stride,
            twiddles,
            ..
        } = self.pass;
        let (rows, stride) = (*rows, *stride);
        let between = rows * stride;
        let mut from: [&[Bundle<T>]; R] = [&[]; R];
        for (r, from) in from.iter_mut().enumerate() {
            *from = &self.from[r * between..][..between];
        }
        let nothing = Complexes {
            re: V::splat(T::zero()),
            im: V::splat(T::zero()),
        };
        for (p, to) in self.to[..R * between].chunks_exact_mut(R * stride).enumerate() {
            let factors = twiddles.get(p * (R - 1)..(p + 1) * (R - 1));
            for q in 0..stride {
                for part in 0..V::PARTS {
                    let mut x = [nothing; R];
                    for r in 0..R {
                        x[r] = Complexes::load(&from[r][p * stride + q], part);
                    }
                    let y = Points::<R>::apply(x);
                    y[0].store(&mut to[q], part);
                    for k in 1..R {
                        y[k].turned(factors, k).store(&mut to[k * stride + q], part);
                    }
                }
            }
        }
    }

    /// An odd prime by the definition. With s(r) = x(r) + x(R − r) and d(r) = x(r) − x(R − r), r = 1 .. (R − 1)/2,
    /// X(±k) = x(0) + Σ cos(2πkr/R)·s(r) ∓ i·Σ sin(2πkr/R)·d(r).
    #[inline(always)]
    fn prime<V: Vector<T>>(self) {
        let Pass {
            radix,
            rows,
            stride,
            twiddles,
            roots,
        } = self.pass;
        let (radix, stride, between, half) = (*radix, *stride, rows * stride, radix / 2);
        let nothing = Complexes {
            re: V::splat(T::zero()),
            im: V::splat(T::zero()),
        };
        let (mut sums, mut differences) = ([nothing; MAX_PRIME / 2], [nothing; MAX_PRIME / 2]);
        for (p, to) in self.to[..radix * between]
            .chunks_exact_mut(radix * stride)
            .enumerate()
        {
            let factors = twiddles.get(p * (radix - 1)..(p + 1) * (radix - 1));
            for q in 0..stride {
                let from = &self.from[p * stride + q..];
                for part in 0..V::PARTS {
                    let first = Complexes::<V>::load(&from[0], part);
                    let mut total = first;
                    for r in 1..=half {
                        let a = Complexes::load(&from[r * between], part);
                        let b = Complexes::load(&from[(radix - r) * between], part);
                        sums[r - 1] = a.add(b);
                        differences[r - 1] = a.sub(b);
                        total = total.add(sums[r - 1]);
                    }
                    total.store(&mut to[q], part);
                    for k in 1..=half {
                        let (mut cosines, mut sines) = (first, nothing);
                        let roots = &roots[(k - 1) * half..][..half];
                        for ((s, d), &[cosine, sine]) in sums.iter().zip(&differences).zip(roots) {
                            let (cosine, sine) = (V::splat(cosine), V::splat(sine));
                            cosines.re = s.re.mul_add(cosine, cosines.re);
                            cosines.im = s.im.mul_add(cosine, cosines.im);
                            sines.re = d.re.mul_add(sine, sines.re);
                            sines.im = d.im.mul_add(sine, sines.im);
                        }
                        let (plus, minus) = Complexes::plus_minus_i(cosines, sines);
                        minus.turned(factors, k).store(&mut to[k * stride + q], part);
                        plus.turned(factors, radix - k)
                            .store(&mut to[(radix - k) * stride + q], part);
                    }
                }
            }
        }
    }
}
