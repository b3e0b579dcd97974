//! Square planes of samples and the linear filters both classes share.

/// A square plane of `size` × `size` samples, row-major.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Plane {
    pub(super) size: usize,
    pub(super) data: Vec<f32>,
}

/// Red, green and blue planes of one size.
pub(super) type Picture = [Plane; 3];

impl Plane {
    pub(super) fn filled(size: usize, value: f32) -> Self {
        Self {
            size,
            data: vec![value; size * size],
        }
    }

    pub(super) fn from_fn(size: usize, mut sample: impl FnMut(usize, usize) -> f32) -> Self {
        let mut data = Vec::with_capacity(size * size);
        for y in 0..size {
            data.extend((0..size).map(|x| sample(x, y)));
        }
        Self { size, data }
    }

    pub(super) fn map(self, change: impl Fn(f32) -> f32) -> Self {
        Self {
            size: self.size,
            data: self.data.into_iter().map(change).collect(),
        }
    }

    pub(super) fn at(&self, x: usize, y: usize) -> f32 {
        self.data[y * self.size + x]
    }

    /// Mean and standard deviation (over n).
    pub(super) fn moments(&self) -> (f64, f64) {
        let n = self.data.len() as f64;
        let mean = self.data.iter().map(|&v| f64::from(v)).sum::<f64>() / n;
        let square = self
            .data
            .iter()
            .map(|&v| (f64::from(v) - mean).powi(2))
            .sum::<f64>()
            / n;
        (mean, square.sqrt())
    }

    /// Mean of every `factor` × `factor` block; `factor` divides the size.
    pub(super) fn area_average(&self, factor: usize) -> Self {
        let size = self.size / factor;
        let mut out = Self::filled(size, 0.0);
        let weight = 1.0 / (factor * factor) as f32;
        for (y, row) in self.data.chunks_exact(self.size).enumerate() {
            let target = &mut out.data[y / factor * size..][..size];
            for (sum, block) in target.iter_mut().zip(row.chunks_exact(factor)) {
                *sum += block.iter().sum::<f32>() * weight;
            }
        }
        out
    }

    /// The plane with `margin` samples on every side, mirrored about the edge sample (… 2 1 | 0 1 2 …), and
    /// the width of a row. The mirror keeps the parity of a sample's place: inserted zeros stay on their lattice.
    fn mirrored(&self, margin: usize) -> (Vec<f32>, usize) {
        let width = self.size + 2 * margin;
        let mut out = Vec::with_capacity(width * width);
        for y in 0..width {
            let start = mirror(y, margin, self.size) * self.size;
            let row = &self.data[start..start + self.size];
            out.extend((0..margin).map(|x| row[mirror(x, margin, self.size)]));
            out.extend_from_slice(row);
            out.extend((margin + self.size..width).map(|x| row[mirror(x, margin, self.size)]));
        }
        (out, width)
    }

    /// Gaussian blur of standard deviation `sigma` in samples, cut at three deviations.
    pub(super) fn gaussian(&self, sigma: f32) -> Self {
        let radius = (3.0 * sigma).ceil() as usize;
        let mut taps: Vec<f32> = (0..=2 * radius)
            .map(|i| (-0.5 * ((i as f32 - radius as f32) / sigma).powi(2)).exp())
            .collect();
        let total: f32 = taps.iter().sum();
        taps.iter_mut().for_each(|tap| *tap /= total);

        let (padded, width) = self.mirrored(radius);
        let mut columns = vec![0.0; self.size * width];
        for (y, target) in columns.chunks_exact_mut(width).enumerate() {
            for (dy, &tap) in taps.iter().enumerate() {
                add_scaled(target, &padded[(y + dy) * width..][..width], tap);
            }
        }
        let mut out = Self::filled(self.size, 0.0);
        for (target, row) in out
            .data
            .chunks_exact_mut(self.size)
            .zip(columns.chunks_exact(width))
        {
            for (dx, &tap) in taps.iter().enumerate() {
                add_scaled(target, &row[dx..dx + self.size], tap);
            }
        }
        out
    }
}

/// A 3×3 kernel, row-major, applied as a correlation.
pub(super) type Kernel = [f32; 9];

/// One output plane of a convolution layer: Σ over the inputs of `kernels[i]` ∗ `inputs[i]`, mirrored edges.
pub(super) fn convolve(inputs: &[&Plane], kernels: &[Kernel]) -> Plane {
    let size = inputs[0].size;
    let mut out = Plane::filled(size, 0.0);
    for (plane, kernel) in inputs.iter().zip(kernels) {
        let (padded, width) = plane.mirrored(1);
        for (y, target) in out.data.chunks_exact_mut(size).enumerate() {
            for (dy, taps) in kernel.chunks_exact(3).enumerate() {
                let row = &padded[(y + dy) * width..][..width];
                let (left, mid, right) = (&row[..size], &row[1..=size], &row[2..]);
                for (((sum, a), b), c) in target.iter_mut().zip(left).zip(mid).zip(right) {
                    *sum += taps[0] * a + taps[1] * b + taps[2] * c;
                }
            }
        }
    }
    out
}

fn mirror(index: usize, margin: usize, size: usize) -> usize {
    let period = 2 * (size - 1).max(1);
    let place = (index + period * margin - margin) % period;
    place.min(period - place).min(size - 1)
}

fn add_scaled(target: &mut [f32], source: &[f32], factor: f32) {
    for (sum, value) in target.iter_mut().zip(source) {
        *sum += factor * value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counting(size: usize) -> Plane {
        Plane::from_fn(size, |x, y| (y * size + x) as f32)
    }

    #[test]
    fn edges_mirror_about_the_edge_sample() {
        let places: Vec<usize> = (0..10).map(|i| mirror(i, 3, 4)).collect();
        assert_eq!(places, [3, 2, 1, 0, 1, 2, 3, 2, 1, 0]);
        assert_eq!(mirror(9, 5, 1), 0);
    }

    #[test]
    fn area_average_of_a_counting_plane() {
        assert_eq!(counting(4).area_average(2).data, [2.5, 4.5, 10.5, 12.5]);
        assert_eq!(counting(4).area_average(4).data, [7.5]);
    }

    #[test]
    fn a_one_hot_kernel_shifts() {
        let mut kernel = [0.0; 9];
        kernel[5] = 1.0;
        let plane = counting(3);
        assert_eq!(
            convolve(&[&plane], &[kernel]).data,
            [1.0, 2.0, 1.0, 4.0, 5.0, 4.0, 7.0, 8.0, 7.0]
        );
        assert_eq!(convolve(&[&plane, &plane], &[kernel, kernel]).at(0, 1), 8.0);
    }

    #[test]
    fn gaussian_keeps_a_constant_and_spreads_a_point_by_its_variance() {
        let constant = Plane::filled(16, 0.7).gaussian(1.3);
        // Twice eight rounded products of f32: under 2·8·6e-8.
        assert!(constant.data.iter().all(|v| (v - 0.7).abs() < 1e-6));

        let point = Plane::from_fn(33, |x, y| f32::from(x == 16 && y == 16)).gaussian(1.5);
        let moment = |power: i32| -> f64 {
            (0..33 * 33)
                .map(|i| ((i % 33) as f64 - 16.0).powi(power) * f64::from(point.data[i]))
                .sum()
        };
        assert!((moment(0) - 1.0).abs() < 1e-5);
        // Cutting at three deviations loses 2·3·φ(3) = 2.7 % of the variance, less what the ceiling keeps.
        assert!((moment(2) / 2.25 - 1.0).abs() < 0.027, "{}", moment(2));
    }
}
