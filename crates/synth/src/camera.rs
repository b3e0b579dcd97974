//! A camera: lens, colour filter array, photon and read noise, interpolation of colour, tone curve.

use super::plane::{Picture, Plane};
use rand::Rng;
use rand_distr::StandardNormal;
use std::sync::LazyLock;

/// One exposure's settings.
pub(super) struct Camera {
    /// Standard deviation of the lens blur in pixels.
    blur: f32,
    /// Electrons at white; the noise of n electrons is √n.
    full_well: f32,
    /// Read noise, electrons.
    read: f32,
}

impl Camera {
    pub(super) fn sample(rng: &mut impl Rng) -> Self {
        Self {
            blur: 0.5 * rng.gen_range(0.0..1.2f32).exp(),
            full_well: 1200.0 * rng.gen_range(0.0..2.3f32).exp(),
            read: rng.gen_range(2.0..6.0),
        }
    }

    pub(super) fn focus(&self, light: &Picture) -> Picture {
        light.each_ref().map(|plane| plane.gaussian(self.blur))
    }

    /// Sensor and colour interpolation: linear light to linear light.
    pub(super) fn expose(&self, light: &Picture, rng: &mut impl Rng) -> Picture {
        let mosaic = Plane::from_fn(light[0].size, |x, y| {
            let value = light[filter(x, y)].at(x, y);
            value + self.noise(value, rng)
        });
        demosaic(&mosaic)
    }

    /// The noise alone, as `expose` would add it: the interpolation is linear, so exposing is interpolating the
    /// light and adding this.
    pub(super) fn grain(&self, light: &Picture, rng: &mut impl Rng) -> Picture {
        let mosaic = Plane::from_fn(light[0].size, |x, y| {
            self.noise(light[filter(x, y)].at(x, y), rng)
        });
        demosaic(&mosaic)
    }

    /// Normal approximation of shot noise plus read noise: variance (n + read²)/full_well² with n electrons.
    fn noise(&self, value: f32, rng: &mut impl Rng) -> f32 {
        let electrons = value.max(0.0) * self.full_well;
        let draw: f32 = rng.sample(StandardNormal);
        draw * (electrons + self.read * self.read).sqrt() / self.full_well
    }
}

/// The colour behind a pixel of the Bayer array: red, green / green, blue.
fn filter(x: usize, y: usize) -> usize {
    (x & 1) + (y & 1)
}

/// Bilinear interpolation of the two missing colours from the neighbours that have them; mirrored edges.
fn demosaic(mosaic: &Plane) -> Picture {
    let n = mosaic.size;
    let mut out = [(); 3].map(|()| Plane::filled(n, 0.0));
    for y in 0..n {
        let up = if y == 0 { 1 } else { y - 1 };
        let down = if y + 1 == n { n - 2 } else { y + 1 };
        let [above, row, below] = [up, y, down].map(|i| &mosaic.data[i * n..][..n]);
        for x in 0..n {
            let left = if x == 0 { 1 } else { x - 1 };
            let right = if x + 1 == n { n - 2 } else { x + 1 };
            let across = (row[left] + row[right]) / 2.0;
            let along = (above[x] + below[x]) / 2.0;
            let corners = (above[left] + above[right] + below[left] + below[right]) / 4.0;
            let sides = (across + along) / 2.0;
            let colours = match (x & 1, y & 1) {
                (0, 0) => [row[x], sides, corners],
                (1, 0) => [across, row[x], along],
                (0, _) => [along, row[x], across],
                _ => [corners, sides, row[x]],
            };
            for (plane, colour) in out.iter_mut().zip(colours) {
                plane.data[y * n + x] = colour;
            }
        }
    }
    out
}

/// Interpolated table of a function on [0, 1], each entry with the rise to the next; arguments outside are clamped.
struct Curve(Vec<[f32; 2]>);

impl Curve {
    fn of(steps: u32, curve: impl Fn(f64) -> f64) -> Self {
        let at = |i: u32| curve(f64::from(i) / f64::from(steps));
        Self(
            (0..=steps)
                .map(|i| [at(i) as f32, (at(steps.min(i + 1)) - at(i)) as f32])
                .collect(),
        )
    }

    fn at(&self, value: f32) -> f32 {
        let place = value.clamp(0.0, 1.0) * (self.0.len() - 1) as f32;
        let cell = place as i32;
        let [start, rise] = self.0[cell as usize];
        start + rise * (place - cell as f32)
    }
}

/// The sRGB transfer function (IEC 61966-2-1). With steps of h the error is at most h²/8·max|f″|, and |f″| is 2,400
/// where the straight piece ends: 1.8e-5, under 0.01 of an 8-bit level.
static ENCODE: LazyLock<Curve> = LazyLock::new(|| {
    Curve::of(4096, |v| {
        if v <= 0.003_130_8 {
            12.92 * v
        } else {
            1.055 * v.powf(1.0 / 2.4) - 0.055
        }
    })
});

/// Its inverse; |f″| is at most 3.
static DECODE: LazyLock<Curve> = LazyLock::new(|| {
    Curve::of(1024, |v| {
        if v <= 0.040_45 {
            v / 12.92
        } else {
            ((v + 0.055) / 1.055).powf(2.4)
        }
    })
});

/// Linear light to sRGB, [0, 1] to [0, 1].
pub(super) fn encode(light: Picture) -> Picture {
    let curve = &*ENCODE;
    light.map(|plane| plane.map(|v| curve.at(v)))
}

/// sRGB to linear light, [0, 1] to [0, 1].
pub(super) fn decode(picture: Picture) -> Picture {
    let curve = &*DECODE;
    picture.map(|plane| plane.map(|v| curve.at(v)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    fn flat(size: usize, colour: [f32; 3]) -> Picture {
        colour.map(|value| Plane::filled(size, value))
    }

    #[test]
    fn interpolation_by_hand() {
        // Red at even x and y, blue at odd x and y; the centre (1, 1) is blue.
        #[rustfmt::skip]
        let mosaic = Plane { size: 4, data: vec![
            1.0, 2.0, 3.0, 0.0,
            4.0, 9.0, 6.0, 0.0,
            5.0, 8.0, 7.0, 0.0,
            0.0, 0.0, 0.0, 0.0,
        ] };
        let [red, green, blue] = demosaic(&mosaic);
        assert_eq!([red.at(1, 1), green.at(1, 1), blue.at(1, 1)], [4.0, 5.0, 9.0]);
        assert_eq!([red.at(1, 0), green.at(1, 0), blue.at(1, 0)], [2.0, 2.0, 9.0]);
    }

    #[test]
    fn a_flat_colour_survives_the_mosaic() {
        let light = flat(6, [0.25, 0.5, 0.75]);
        let mosaic = Plane::from_fn(6, |x, y| light[filter(x, y)].at(x, y));
        assert_eq!(demosaic(&mosaic), light);
    }

    #[test]
    fn exposing_is_interpolating_the_light_and_adding_the_grain() {
        let camera = Camera {
            blur: 1.0,
            full_well: 2000.0,
            read: 4.0,
        };
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        let light = [(); 3].map(|()| Plane::from_fn(16, |_, _| rng.gen_range(0.0..1.0f32)));
        let exposed = camera.expose(&light, &mut ChaCha8Rng::seed_from_u64(3));
        let grain = camera.grain(&light, &mut ChaCha8Rng::seed_from_u64(3));
        let clean = demosaic(&Plane::from_fn(16, |x, y| light[filter(x, y)].at(x, y)));
        for ((exposed, grain), clean) in exposed.iter().zip(&grain).zip(&clean) {
            for ((e, g), c) in exposed.data.iter().zip(&grain.data).zip(&clean.data) {
                // A handful of f32 roundings of values about 1.
                assert!((e - g - c).abs() < 1e-6);
            }
        }
    }

    #[test]
    fn noise_has_the_variance_of_photons_and_reading() {
        let camera = Camera {
            blur: 1.0,
            full_well: 1000.0,
            read: 5.0,
        };
        let mut rng = ChaCha8Rng::seed_from_u64(4);
        for value in [0.0, 0.1, 0.9] {
            let n = 40_000;
            let draws: Vec<f64> = (0..n).map(|_| f64::from(camera.noise(value, &mut rng))).collect();
            let expected = (f64::from(value) * 1000.0 + 25.0) / 1e6;
            let mean = draws.iter().sum::<f64>() / f64::from(n);
            let power = draws.iter().map(|d| d * d).sum::<f64>() / f64::from(n);
            // Four deviations: √(variance/n) of the mean, √(2/n) of the variance relative to itself.
            assert!(mean.abs() < 4.0 * (expected / f64::from(n)).sqrt());
            assert!((power / expected - 1.0).abs() < 4.0 * (2.0 / f64::from(n)).sqrt());
        }
    }

    #[test]
    fn the_tone_curve_meets_its_published_values_and_its_inverse() {
        let levels = [0.0, 0.001, 0.002_f32, 0.214_041, 1.0];
        let encoded =
            encode([levels.to_vec(), vec![0.0; 5], vec![0.0; 5]].map(|data| Plane { size: 0, data }));
        for (found, expected) in encoded[0].data.iter().zip([0.0, 0.012_92, 0.025_84, 0.5, 1.0]) {
            // The bound of the table, and as much again for the rounded arguments and expectations.
            assert!((found - expected).abs() < 4e-5, "{found} {expected}");
        }
        let back = decode(encoded);
        for (found, expected) in back[0].data.iter().zip(levels) {
            // The same error over the least slope of the curve, 0.44.
            assert!((found - expected).abs() < 1e-4, "{found} {expected}");
        }
    }
}
