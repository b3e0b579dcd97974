//! Surface textures: scale-invariant noise and gratings.

use dftective_spectrum::plan_complex;
use rand::Rng;
use rand_distr::StandardNormal;
use rustfft::{FftDirection, num_complex::Complex32};

/// A periodic tile of Gaussian noise whose amplitude spectrum falls as 1/f, as in natural images, with mean 0
/// and variance 1. The edge is a power of two.
pub(super) struct NoiseTile {
    mask: usize,
    data: Vec<f32>,
}

impl NoiseTile {
    /// Complex white noise weighted by 1/|f| and transformed back: its real part is a stationary real field.
    pub(super) fn sample(edge: usize, rng: &mut impl Rng) -> Self {
        let edge = edge.next_power_of_two();
        let folded = |i: usize| i.min(edge - i).pow(2) as f32;
        let mut field: Vec<Complex32> = (0..edge * edge)
            .map(|i| {
                let radius = (folded(i % edge) + folded(i / edge)).sqrt();
                let draw = Complex32::new(rng.sample(StandardNormal), rng.sample(StandardNormal));
                if radius > 0.0 {
                    draw / radius
                } else {
                    Complex32::default()
                }
            })
            .collect();
        let fft = plan_complex(edge, FftDirection::Inverse);
        fft.process(&mut field);
        let mut turned: Vec<Complex32> = (0..edge * edge)
            .map(|i| field[i % edge * edge + i / edge])
            .collect();
        fft.process(&mut turned);

        let power = turned.iter().map(|v| f64::from(v.re).powi(2)).sum::<f64>() / turned.len() as f64;
        let scale = power.sqrt().recip() as f32;
        Self {
            mask: edge - 1,
            data: turned.iter().map(|v| v.re * scale).collect(),
        }
    }

    /// Bilinear look-up at a place given in texels, neither coordinate negative; the tile repeats.
    fn at(&self, u: f32, v: f32) -> f32 {
        let (u0, v0) = (u as i32, v as i32);
        let (fu, fv) = (u - u0 as f32, v - v0 as f32);
        let (x0, y0) = (u0 as usize & self.mask, v0 as usize & self.mask);
        let (x1, y1) = ((x0 + 1) & self.mask, (y0 + 1) & self.mask);
        let edge = self.mask + 1;
        let mix = |y: usize| self.data[y * edge + x0] * (1.0 - fu) + self.data[y * edge + x1] * fu;
        mix(y0) * (1.0 - fv) + mix(y1) * fv
    }
}

/// A texture laid on one surface: log-reflectance as a function of the place in pixels.
pub(super) struct Texture {
    contrast: f32,
    /// Rows of the map from pixels to texels, and the offset.
    map: [f32; 6],
    grating: Option<Grating>,
}

/// A sinusoid whose phase wanders with the noise, so that its lines look drawn rather than ruled.
struct Grating {
    wave: [f32; 2],
    phase: f32,
    wander: f32,
    contrast: f32,
}

impl Texture {
    /// `side` is the side of the picture in pixels: gratings keep their wavelength relative to it.
    pub(super) fn sample(side: f32, rng: &mut impl Rng) -> Self {
        let turn = rng.gen_range(0.0..std::f32::consts::TAU);
        let pitch = rng.gen_range(0.5..1.0f32);
        let stretch = if rng.gen_bool(0.3) {
            rng.gen_range(0.25..0.6)
        } else {
            1.0
        };
        let (s, c) = turn.sin_cos();
        // √2 sides keep every place in the picture on the positive side.
        let mut offset = || 1.5 * side + rng.gen_range(0.0..1024.0f32);
        let offset = [offset(), offset()];
        let map = [
            c * pitch,
            s * pitch,
            offset[0],
            -s * pitch * stretch,
            c * pitch * stretch,
            offset[1],
        ];
        let grating = rng.gen_bool(0.3).then(|| {
            let wavelength = side * 0.02 * rng.gen_range(0.0..1.6f32).exp();
            let k = std::f32::consts::TAU / wavelength;
            let angle = rng.gen_range(0.0..std::f32::consts::TAU);
            Grating {
                wave: [k * angle.cos(), k * angle.sin()],
                phase: rng.gen_range(0.0..std::f32::consts::TAU),
                wander: rng.gen_range(0.0..0.9),
                contrast: rng.gen_range(0.1..0.35),
            }
        });
        Self {
            contrast: 0.05 * rng.gen_range(0.0..1.5f32).exp(),
            map,
            grating,
        }
    }

    /// Factor on the reflectance at (x, y) pixels: exp(t) ≈ 1 + t + t²/2 + t³/6 for the small t in use.
    pub(super) fn factor(&self, tile: &NoiseTile, x: f32, y: f32) -> f32 {
        let [a, b, u, c, d, v] = self.map;
        let noise = tile.at(a * x + b * y + u, c * x + d * y + v);
        let mut t = self.contrast * noise;
        if let Some(g) = &self.grating {
            t += g.contrast * (g.wave[0] * x + g.wave[1] * y + g.phase + g.wander * noise).sin();
        }
        1.0 + t * (1.0 + t * (0.5 + t / 6.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    #[test]
    fn the_tile_has_unit_variance_no_mean_and_repeats() {
        let tile = NoiseTile::sample(64, &mut ChaCha8Rng::seed_from_u64(1));
        let n = tile.data.len() as f64;
        let mean = tile.data.iter().map(|&v| f64::from(v)).sum::<f64>() / n;
        let power = tile.data.iter().map(|&v| f64::from(v).powi(2)).sum::<f64>() / n;
        // The DC weight is zero and the scale divides by the measured power: only f32 rounding remains.
        assert!(mean.abs() < 1e-5 && (power - 1.0).abs() < 1e-5, "{mean} {power}");
        assert_eq!(tile.at(5.0, 7.0), tile.data[7 * 64 + 5]);
        assert_eq!(tile.at(133.0, 7.0), tile.at(5.0, 7.0));
        assert_eq!(tile.at(5.5, 7.0), (tile.at(5.0, 7.0) + tile.at(6.0, 7.0)) / 2.0);
    }

    #[test]
    fn the_tile_amplitude_falls_as_one_over_frequency() {
        let edge = 128;
        let fft = plan_complex(edge, FftDirection::Forward);
        let mut power = [0.0f64; 2];
        for seed in 0..8 {
            let tile = NoiseTile::sample(edge, &mut ChaCha8Rng::seed_from_u64(seed));
            // One row's transform sums the 2-D spectrum over the other axis: Σ_v 1/(u²+v²) ∝ 1/u for u ≪ edge.
            for row in tile.data.chunks_exact(edge) {
                let mut line: Vec<Complex32> = row.iter().map(|&v| v.into()).collect();
                fft.process(&mut line);
                power[0] += (4..8).map(|u| f64::from(line[u].norm_sqr())).sum::<f64>();
                power[1] += (16..32).map(|u| f64::from(line[u].norm_sqr())).sum::<f64>();
            }
        }
        // What the same sum over the finite lattice says, exactly.
        let folded = |i: usize| i.min(edge - i) as f64;
        let exact = |u: usize| {
            (0..edge)
                .map(|v| 1.0 / ((u * u) as f64 + folded(v).powi(2)))
                .sum::<f64>()
        };
        let expected = (4..8).map(exact).sum::<f64>() / (16..32).map(exact).sum::<f64>();
        // The low band rests on about 8·2·(4+5+6+7)·π/2 ≈ 550 free coefficients: four deviations are 4/√550.
        let ratio = power[0] / power[1];
        assert!((ratio / expected - 1.0).abs() < 0.17, "{ratio} {expected}");
    }
}
