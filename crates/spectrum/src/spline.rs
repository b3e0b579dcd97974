//! Cubic interpolation of a profile at evenly spaced points.

/// Cubic spline with "not-a-knot" ends through evenly spaced samples, evaluated at evenly spaced targets over
/// the same interval. Equals SciPy's `interp1d(linspace(0, n, len), y, kind="cubic")(linspace(0, n, n))`.
///
/// With second derivatives m and unit spacing, each inner sample i gives the equation
/// m(i−1) + 4m(i) + m(i+1) = 6·(y(i−1) − 2y(i) + y(i+1)). Not-a-knot means that the third derivative does not jump
/// at the second sample, so m(0) = 2m(1) − m(2): the first equation becomes 6m(1) = …, and the last one likewise.
pub(crate) struct Resampler {
    /// Ratios of the eliminated upper diagonal.
    upper: Vec<f64>,
    /// Reciprocals of the eliminated diagonal.
    pivot: Vec<f64>,
    source_length: usize,
    target_length: usize,
}

impl Resampler {
    /// The fewest samples a cubic spline can go through.
    pub(crate) const MIN_SOURCE: usize = 4;

    /// `source_length` ≥ [`Self::MIN_SOURCE`] and `target_length` ≥ 2.
    pub(crate) fn new(source_length: usize, target_length: usize) -> Self {
        let interior = source_length - 2;
        let (mut upper, mut pivot) = (Vec::with_capacity(interior), Vec::with_capacity(interior));
        for row in 0..interior {
            let at_end = row == 0 || row == interior - 1;
            let (lower, diagonal) = if at_end { (0.0, 6.0) } else { (1.0, 4.0) };
            let above = upper.last().copied().unwrap_or(0.0);
            let reciprocal = 1.0 / (diagonal - lower * above);
            pivot.push(reciprocal);
            upper.push(if at_end { 0.0 } else { reciprocal });
        }
        Self {
            upper,
            pivot,
            source_length,
            target_length,
        }
    }

    /// Reads `source`, writes `target`; `second` may hold anything before.
    pub(crate) fn resample(&self, source: &[f64], second: &mut Vec<f64>, target: &mut [f64]) {
        let n = self.source_length;
        second.clear();
        second.resize(n, 0.0);
        for row in 0..n - 2 {
            let difference = 6.0 * (source[row] - 2.0 * source[row + 1] + source[row + 2]);
            let lower = if row == 0 || row == n - 3 {
                0.0
            } else {
                second[row]
            };
            second[row + 1] = (difference - lower) * self.pivot[row];
        }
        for row in (0..n - 3).rev() {
            second[row + 1] -= self.upper[row] * second[row + 2];
        }
        second[0] = 2.0 * second[1] - second[2];
        second[n - 1] = 2.0 * second[n - 2] - second[n - 3];
        let step = (n - 1) as f64 / (self.target_length - 1) as f64;
        for (index, value) in target.iter_mut().enumerate() {
            let position = index as f64 * step;
            let left = (position as usize).min(n - 2);
            let (b, a) = (position - left as f64, 1.0 - (position - left as f64));
            *value = a * source[left]
                + b * source[left + 1]
                + ((a * a * a - a) * second[left] + (b * b * b - b) * second[left + 1]) / 6.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resample(source: &[f64], points: usize) -> Vec<f64> {
        let mut second = vec![f64::NAN; 3];
        let mut target = vec![f64::NAN; points];
        Resampler::new(source.len(), points).resample(source, &mut second, &mut target);
        target
    }

    /// Not-a-knot ends reproduce every cubic. Rounding: values up to 2·10³, a few operations each.
    #[test]
    fn cubics_are_exact() {
        for length in [4, 5, 6, 7, 40] {
            let cubic = |t: f64| 3.0 - 2.0 * t + 0.25 * t * t + 0.03 * t * t * t;
            let source: Vec<f64> = (0..length).map(|i| cubic(i as f64)).collect();
            for points in [2, 3, 17, 100] {
                for (index, value) in resample(&source, points).into_iter().enumerate() {
                    let t = index as f64 * (length - 1) as f64 / (points - 1) as f64;
                    assert!((value - cubic(t)).abs() < 1e-10, "{length} {points} {index}");
                }
            }
        }
    }

    #[test]
    fn samples_are_kept() {
        let source: Vec<f64> = (0..9).map(|i| ((i * 37) % 11) as f64).collect();
        for (value, expected) in resample(&source, 9).iter().zip(&source) {
            assert!((value - expected).abs() < 1e-13);
        }
    }

    /// SciPy 1.17: `interp1d(linspace(0, 7, 6), [1, 4, 2, 8, 5, 7], kind="cubic")(linspace(0, 7, 7))`.
    #[test]
    fn equals_scipy() {
        let expected = [
            1.0,
            4.470164609053499,
            1.7983539094650207,
            5.075000000000004,
            7.94238683127572,
            4.330761316872424,
            7.0,
        ];
        for (value, expected) in resample(&[1.0, 4.0, 2.0, 8.0, 5.0, 7.0], 7).iter().zip(expected) {
            assert!((value - expected).abs() < 1e-13, "{value} {expected}");
        }
    }
}
