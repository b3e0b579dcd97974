//! A transform as a sequence of passes over the data, one for each factor of its length.

use std::cmp::Reverse;
use std::f64::consts::TAU;

use super::bundle::Bundle;
use super::butterflies::{Butterfly, Complexes, Points};
use dftective_simd::{Kernel, Sample, Vector};

/// Larger primes take longer by their definition than by a convolution.
const MAX_PRIME: usize = 113;

/// Bytes that stay in the first-level cache beside all else.
const NEAR: usize = 24 << 10;

/// A transform in place: each pass makes R transforms of an Rth of the points out of each, which lie one behind the
/// other. In the end the coefficients lie as these were split up.
pub(super) struct Passes<T> {
    /// In order; the first `far` go over all the data, the others over all of a part before the next.
    passes: Vec<Pass<T>>,
    far: usize,
    places: Vec<u32>,
}

/// A pass over parts of R·m bundles: with w = exp(−2πi/(R·m)),
/// y(p + m·k) = w^(p·k) · Σ x(p + m·r)·exp(−2πi·kr/R) over r, for p < m, k < R.
struct Pass<T> {
    radix: usize,
    /// m.
    rows: usize,
    /// w^(p·k) for k = 1 .. R, for each p. Empty in the last pass, where all are 1.
    twiddles: Vec<[T; 2]>,
    /// cos(2πkr/R) and sin(2πkr/R) for each k, r = 1 ..= R/2, where no butterfly is made for the prime R.
    roots: Vec<[T; 2]>,
}

/// Factors of which [`Pass::run`] has a butterfly.
fn has_butterfly(radix: usize) -> bool {
    matches!(radix, 2 | 3 | 4 | 5 | 8)
}

/// Factors in the order of the passes: odd primes without a butterfly, then those that have one, the largest first.
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
    factors.sort_unstable_by_key(|&factor| (has_butterfly(factor), Reverse(factor)));
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
        let mut rows = length;
        let passes: Vec<Pass<T>> = factors(length)?
            .into_iter()
            .map(|radix| {
                rows /= radix;
                Pass::new(radix, rows)
            })
            .collect();
        // Part k of a pass has the coefficients that leave the remainder k.
        let mut places = vec![0];
        for pass in passes.iter().rev() {
            let place = |(place, part): (u32, usize)| place + (part * pass.rows) as u32;
            let parts = |place| (0..pass.radix).map(move |part| (place, part));
            places = places.into_iter().flat_map(parts).map(place).collect();
        }
        // What a prime needs beside the data is made ready for all parts at once.
        let is_far =
            |pass: &&Pass<T>| !has_butterfly(pass.radix) || pass.length() * size_of::<Bundle<T>>() > NEAR;
        Some(Self {
            far: passes.iter().take_while(is_far).count(),
            passes,
            places,
        })
    }

    /// Where each coefficient lies after [`Self::forward`].
    pub(super) fn places(&self) -> &[u32] {
        &self.places
    }

    pub(super) fn bytes(&self) -> usize {
        let passes = self.passes.iter();
        let tables: usize = passes
            .map(|pass| size_of_val(&*pass.twiddles) + size_of_val(&*pass.roots))
            .sum();
        tables + size_of_val(&*self.places)
    }

    /// Transforms as many bundles as the length, in place.
    pub(super) fn forward(&self, data: &mut [Bundle<T>]) {
        dftective_simd::run(Run { passes: self, data });
    }
}

struct Run<'a, T> {
    passes: &'a Passes<T>,
    data: &'a mut [Bundle<T>],
}

impl<T: Sample> Kernel<T> for Run<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector<T>>(self) {
        let Self { passes, data } = self;
        let (far, near) = passes.passes.split_at(passes.far);
        let part = near.first().map_or(data.len(), Pass::length);
        // What is far goes through memory once a pass, what is near once for all passes.
        for step in 0..=data.len() / part {
            let (data, passes) = match step.checked_sub(1) {
                None => (&mut *data, far),
                Some(number) => (&mut data[number * part..][..part], near),
            };
            for pass in passes {
                pass.run::<V>(data);
            }
        }
    }
}

impl<T: Sample> Pass<T> {
    fn new(radix: usize, rows: usize) -> Self {
        let twiddle = |p| (1..radix).map(move |k| turn(p * k, radix * rows));
        let twiddles = if rows > 1 {
            (0..rows).flat_map(twiddle).collect()
        } else {
            Vec::new()
        };
        // The conjugate of a turn by kr is a turn by −kr.
        let root = |k| (1..=radix / 2).map(move |r| turn(radix * radix - k * r, radix));
        let roots = if has_butterfly(radix) {
            Vec::new()
        } else {
            (1..=radix / 2).flat_map(root).collect()
        };
        Self {
            radix,
            rows,
            twiddles,
            roots,
        }
    }

    /// Bundles of a part.
    fn length(&self) -> usize {
        self.radix * self.rows
    }

    #[inline(always)]
    fn run<V: Vector<T>>(&self, data: &mut [Bundle<T>]) {
        match self.radix {
            2 => self.butterflies::<V, 2>(data),
            3 => self.butterflies::<V, 3>(data),
            4 => self.butterflies::<V, 4>(data),
            5 => self.butterflies::<V, 5>(data),
            8 => self.butterflies::<V, 8>(data),
            _ => self.prime::<V>(data),
        }
    }

    #[inline(always)]
    fn butterflies<V: Vector<T>, const R: usize>(&self, data: &mut [Bundle<T>])
    where
        Points<R>: Butterfly<R>,
    {
        let rows = self.rows;
        let nothing = Complexes {
            re: V::splat(T::zero()),
            im: V::splat(T::zero()),
        };
        for data in data.chunks_exact_mut(R * rows) {
            for p in 0..rows {
                let factors = self.twiddles.get(p * (R - 1)..(p + 1) * (R - 1));
                for part in 0..V::PARTS {
                    let mut x = [nothing; R];
                    for r in 0..R {
                        x[r] = Complexes::load(&data[p + r * rows], part);
                    }
                    let y = Points::<R>::apply(x);
                    y[0].store(&mut data[p], part);
                    for k in 1..R {
                        y[k].turned(factors, k).store(&mut data[p + k * rows], part);
                    }
                }
            }
        }
    }

    /// An odd prime by the definition. With s(r) = x(r) + x(R − r) and d(r) = x(r) − x(R − r), r = 1 .. (R − 1)/2,
    /// X(±k) = x(0) + Σ cos(2πkr/R)·s(r) ∓ i·Σ sin(2πkr/R)·d(r).
    #[inline(always)]
    fn prime<V: Vector<T>>(&self, data: &mut [Bundle<T>]) {
        let Self {
            radix, rows, roots, ..
        } = self;
        let (radix, rows, half) = (*radix, *rows, radix / 2);
        let nothing = Complexes {
            re: V::splat(T::zero()),
            im: V::splat(T::zero()),
        };
        let (mut sums, mut differences) = ([nothing; MAX_PRIME / 2], [nothing; MAX_PRIME / 2]);
        for data in data.chunks_exact_mut(radix * rows) {
            for p in 0..rows {
                let factors = self.twiddles.get(p * (radix - 1)..(p + 1) * (radix - 1));
                for part in 0..V::PARTS {
                    let first = Complexes::<V>::load(&data[p], part);
                    let mut total = first;
                    for r in 1..=half {
                        let a = Complexes::load(&data[p + r * rows], part);
                        let b = Complexes::load(&data[p + (radix - r) * rows], part);
                        sums[r - 1] = a.add(b);
                        differences[r - 1] = a.sub(b);
                        total = total.add(sums[r - 1]);
                    }
                    total.store(&mut data[p], part);
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
                        minus.turned(factors, k).store(&mut data[p + k * rows], part);
                        plus.turned(factors, radix - k)
                            .store(&mut data[p + (radix - k) * rows], part);
                    }
                }
            }
        }
    }
}
