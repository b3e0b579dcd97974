//! The two-dimensional DFT of a real plane: columns, then rows.
//!
//! Sixteen transforms run side by side in each [`Bundle`]. A column of pixels is real, so two share one complex
//! transform: with Z of a(y) + i·b(y), A(v) = (Z(v) + Z*(−v))/2 and B(v) = (Z(v) − Z*(−v))/2i, * being the conjugate.
//! As the frequencies v and −v of a real column are conjugates, only v = 0 ..= H/2 goes on. There sixteen rows v lie
//! side by side, which takes one transposition of sixteen by sixteen samples at a time, done in registers. (Rows 0 and
//! H/2 are real and could share a transform, too, but the rounding errors of the loudest would drown the quietest.)

use super::fft::{Bundle, Complexes, Fft};
use dftective_simd::{Kernel, LANES, Line, Sample, Vector};

/// Pixels to be transformed: `width` × `height` of a plane.
#[derive(Clone, Copy)]
pub(super) struct Pixels<'a> {
    /// The plane from the first pixel on.
    pub plane: &'a [u8],
    /// From one row of the plane to the next.
    pub step: usize,
    pub width: usize,
    pub height: usize,
}

impl<'a> Pixels<'a> {
    pub(super) fn row(&self, y: usize) -> &'a [u8] {
        &self.plane[y * self.step..][..self.width]
    }

    pub(super) fn rows(self) -> impl Iterator<Item = &'a [u8]> {
        (0..self.height).map(move |y| self.row(y))
    }
}

/// What is made of a pixel g at (x, y): (g − mean)·across(x)·along(y).
pub(super) struct Weights<T> {
    /// For each x, filled up with zeros to whole lines of an even number: a column that is not there must not even
    /// leave rounding errors in the one it shares a transform with.
    across: Vec<Line<T>>,
    /// For each y.
    along: Vec<T>,
}

impl<T: Sample> Weights<T> {
    pub(super) fn new(across: &[f64], along: &[f64]) -> Self {
        let mut lines = vec![Line::default(); across.len().div_ceil(2 * LANES) * 2];
        for (sample, value) in lines.iter_mut().flat_map(|line| &mut line.0).zip(across) {
            *sample = T::nearest(*value);
        }
        // The half is that of A and B; halving is exact.
        let along = along.iter().map(|value| T::nearest(value / 2.0)).collect();
        Self { across: lines, along }
    }

    pub(super) fn bytes(&self) -> usize {
        size_of_val(&*self.across) + size_of_val(&*self.along)
    }
}

/// Plan for planes of one size. The unnormalised DFT F(u, v) = Σ g(x, y)·exp(−2πi(ux/W + vy/H)); of a real plane,
/// F(−u, −v) is the conjugate of F(u, v), so only the rows v = 0 ..= H/2 are computed.
pub(super) struct Transform<T> {
    width: usize,
    height: usize,
    columns: Fft<T>,
    rows: Fft<T>,
}

/// What a transform writes to. Grows to the largest size seen and is never read before it is written.
#[derive(Default)]
pub(super) struct Buffers<T> {
    column: Vec<Bundle<T>>,
    scratch: Vec<Bundle<T>>,
    rows: Vec<Bundle<T>>,
}

pub(super) fn at_least<V: Clone + Default>(buffer: &mut Vec<V>, length: usize) -> &mut [V] {
    if buffer.len() < length {
        buffer.resize(length, V::default());
    }
    &mut buffer[..length]
}

impl<T: Sample> Transform<T> {
    pub(super) fn new(width: usize, height: usize) -> Self {
        Self {
            width,
            height,
            columns: Fft::new(height),
            rows: Fft::new(width),
        }
    }

    pub(super) fn bytes(&self) -> usize {
        self.columns.bytes() + self.rows.bytes()
    }

    /// Rows that are computed: v = 0 ..= H/2.
    fn stored_rows(&self) -> usize {
        self.height / 2 + 1
    }

    /// Where the bundle for each u lies in a block of rows.
    pub(super) fn places(&self) -> &[u32] {
        self.rows.places()
    }

    /// Transforms the weighted pixels and hands the spectrum to `sink` block by block: rows v = 16·block + lane, one
    /// bundle for each u = 0 .. W, at [its place](Self::places). What lies in lanes beyond v = H/2 is of no use.
    pub(super) fn forward(
        &self,
        pixels: Pixels<'_>,
        weights: &Weights<T>,
        mean: f64,
        buffers: &mut Buffers<T>,
        mut sink: impl FnMut(usize, &[Bundle<T>]),
    ) {
        let blocks = self.stored_rows().div_ceil(LANES);
        let column = at_least(&mut buffers.column, self.height);
        let scratch = at_least(
            &mut buffers.scratch,
            self.columns.scratch().max(self.rows.scratch()),
        );
        let rows = at_least(&mut buffers.rows, self.row_step() * blocks);
        for (group, across) in weights.across.as_chunks().0.iter().enumerate() {
            let first = group * 2 * LANES;
            let along = &weights.along;
            dftective_simd::run(Weigh {
                pixels,
                first,
                across,
                along,
                mean: T::nearest(mean),
                column,
            });
            self.columns.forward(column, scratch);
            dftective_simd::run(Separate {
                transform: self,
                first,
                spectrum: column,
                rows,
            });
        }
        for (block, rows) in rows.chunks_exact_mut(self.row_step()).enumerate() {
            let rows = &mut rows[..self.width];
            self.rows.forward(rows, scratch);
            sink(block, rows);
        }
    }

    /// Bundles from one block of rows to the next: not a power of two, or blocks would compete for places in caches.
    fn row_step(&self) -> usize {
        self.width + 1
    }
}

/// Weighs the pixels of 32 columns: sixteen in the real parts, the next sixteen in the imaginary parts.
struct Weigh<'a, T> {
    pixels: Pixels<'a>,
    first: usize,
    across: &'a [Line<T>; 2],
    along: &'a [T],
    mean: T,
    column: &'a mut [Bundle<T>],
}

impl<T: Sample> Kernel<T> for Weigh<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector<T>>(self) {
        let mean = V::splat(self.mean);
        for ((y, &along), bundle) in self.along.iter().enumerate().zip(self.column) {
            let row = &self.pixels.row(y)[self.first..];
            let mut filled = [0; 2 * LANES];
            let bytes = match row.first_chunk() {
                Some(bytes) => bytes,
                None => {
                    filled[..row.len()].copy_from_slice(row);
                    &filled
                }
            };
            let bytes: &[[u8; LANES]; 2] = bytes.as_chunks().0.try_into().expect("two lines of bytes");
            let along = V::splat(along);
            for part in 0..V::PARTS {
                for (line, (bytes, across)) in [&mut bundle.re, &mut bundle.im]
                    .into_iter()
                    .zip(bytes.iter().zip(self.across))
                {
                    let weight = V::load(across, part).mul(along);
                    V::from_bytes(bytes, part).sub(mean).mul(weight).store(line, part);
                }
            }
        }
    }
}

/// Separates the spectra of 32 columns, two to a complex one, and lays them down by rows: see the module.
struct Separate<'a, T> {
    transform: &'a Transform<T>,
    first: usize,
    spectrum: &'a [Bundle<T>],
    rows: &'a mut [Bundle<T>],
}

impl<T: Sample> Kernel<T> for Separate<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector<T>>(self) {
        let Transform { width, height, .. } = *self.transform;
        let at = |v: usize| &self.spectrum[self.transform.columns.places()[v] as usize];
        let stored = self.transform.stored_rows();
        let valid = (width - self.first).min(2 * LANES);
        for (block, rows) in self.rows.chunks_exact_mut(self.transform.row_step()).enumerate() {
            let rows = &mut rows[self.first..][..valid];
            for v_part in 0..V::PARTS {
                for x_part in 0..V::PARTS {
                    let zero = [V::splat(T::zero()); LANES];
                    let (mut a_re, mut a_im, mut b_re, mut b_im) = (zero, zero, zero, zero);
                    for lane in 0..V::WIDTH {
                        let v = block * LANES + v_part * V::WIDTH + lane;
                        // Lanes beyond the last row hold row 0.
                        let v = if v < stored { v } else { 0 };
                        let mirrored = if v == 0 { 0 } else { height - v };
                        let z = Complexes::<V>::load(at(v), x_part);
                        let w = Complexes::<V>::load(at(mirrored), x_part);
                        (a_re[lane], a_im[lane]) = (z.re.add(w.re), z.im.sub(w.im));
                        (b_re[lane], b_im[lane]) = (z.im.add(w.im), w.re.sub(z.re));
                    }
                    for (column, re, im) in [(0, &mut a_re, &mut a_im), (LANES, &mut b_re, &mut b_im)] {
                        V::transpose(re);
                        V::transpose(im);
                        let first = column + x_part * V::WIDTH;
                        for (lane, bundle) in rows.iter_mut().skip(first).take(V::WIDTH).enumerate() {
                            Complexes {
                                re: re[lane],
                                im: im[lane],
                            }
                            .store(bundle, v_part);
                        }
                    }
                }
            }
        }
    }
}
