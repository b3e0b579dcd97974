//! Generator decoders: a small picture brought up by upsampling layers.

use super::Mechanism;
use super::plane::{Kernel, Picture, Plane, convolve};
use rand::Rng;
use rand_distr::StandardNormal;

/// Standard deviation of the random part of a kernel entry: of a convolution that follows, and of one that
/// interpolates. The second shows as a checkerboard, so it is smaller.
const SPREAD: f32 = 0.012;
const UNEVEN: f32 = 0.004;

/// Brings a picture of half the size up by two, or, from a quarter, by two stages with the details of the half
/// between them. `half` is the scene at half the size, sRGB in [0, 1]; so is the result, but for a little overshoot.
pub(super) fn decode(half: Picture, mechanism: Mechanism, factor: u32, rng: &mut impl Rng) -> Picture {
    let centred = half.map(|plane| plane.map(|v| 2.0 * v - 1.0));
    let inner = if factor == 4 {
        let small = centred.each_ref().map(|plane| plane.area_average(2));
        let mut inner = stage(&small, mechanism, rng);
        let share = rng.gen_range(0.5..0.9f32);
        for ((plane, full), low) in inner.iter_mut().zip(&centred).zip(&small) {
            for ((v, f), l) in plane.data.iter_mut().zip(&full.data).zip(bilinear(low).data) {
                *v += share * (f - l);
            }
        }
        inner
    } else {
        centred
    };
    let drive = rng.gen_range(0.3..0.8f32);
    let gain = 0.5 / squash(drive);
    stage(&inner, mechanism, rng).map(|plane| plane.map(|v| 0.5 + gain * squash(drive * v)))
}

/// Upsampling, convolution, leaky ReLU.
fn stage(picture: &Picture, mechanism: Mechanism, rng: &mut impl Rng) -> Picture {
    // Sharpening as a trained layer finds it: blocks have to be smoothed, interpolation undone.
    let sharpen = match mechanism {
        Mechanism::Nearest => rng.gen_range(-0.9..-0.6f32),
        Mechanism::Bilinear => rng.gen_range(0.6..1.2),
        Mechanism::ZeroInsertion => rng.gen_range(0.3..0.7),
        Mechanism::PixelShuffle => rng.gen_range(0.5..1.0),
    };
    let layer = convolution(&upsample(picture, mechanism, rng), sharpen, rng);
    // Slope 1/5 below a bias that leaves all but the darkest values on the straight side.
    let knee = rng.gen_range(-0.95..-0.75f32);
    layer.map(|plane| plane.map(|v| knee + (v - knee).max(0.2 * (v - knee))))
}

/// Padé's approximation of tanh, x(27 + x²)/(27 + 9x²), within 0.024 of it everywhere on [−3, 3] and held at ±1
/// beyond.
fn squash(x: f32) -> f32 {
    let x = x.clamp(-3.0, 3.0);
    x * (27.0 + x * x) / (27.0 + 9.0 * x * x)
}

fn upsample(picture: &Picture, mechanism: Mechanism, rng: &mut impl Rng) -> Picture {
    match mechanism {
        Mechanism::Nearest => picture.each_ref().map(nearest),
        Mechanism::Bilinear => picture.each_ref().map(bilinear),
        Mechanism::ZeroInsertion => {
            // A trained transposed convolution interpolates: a tent, not quite met.
            let tent = [0.25, 0.5, 0.25, 0.5, 1.0, 0.5, 0.25, 0.5, 0.25];
            let kernel = tent.map(|tap: f32| tap + UNEVEN * rng.sample::<f32, _>(StandardNormal));
            picture
                .each_ref()
                .map(|plane| convolve(&[&insert_zeros(plane)], &[kernel]))
        }
        Mechanism::PixelShuffle => {
            let kernels =
                phases().map(|phase| phase.map(|tap| tap + UNEVEN * rng.sample::<f32, _>(StandardNormal)));
            picture
                .each_ref()
                .map(|plane| shuffle(&kernels.map(|kernel| convolve(&[plane], &[kernel]))))
        }
    }
}

/// Every sample four times: out(x, y) = in(⌊x/2⌋, ⌊y/2⌋).
fn nearest(plane: &Plane) -> Plane {
    Plane::from_fn(2 * plane.size, |x, y| plane.at(x / 2, y / 2))
}

/// Bilinear at half-pixel centres: ¾ of the nearer sample and ¼ of the farther along each axis, edges held.
fn bilinear(plane: &Plane) -> Plane {
    let n = plane.size;
    let wide: Vec<f32> = plane
        .data
        .chunks_exact(n)
        .flat_map(|row| (0..2 * n).map(move |x| 0.75 * row[x / 2] + 0.25 * row[farther(x, n)]))
        .collect();
    Plane::from_fn(2 * n, |x, y| {
        0.75 * wide[y / 2 * 2 * n + x] + 0.25 * wide[farther(y, n) * 2 * n + x]
    })
}

fn farther(place: usize, size: usize) -> usize {
    if place.is_multiple_of(2) {
        (place / 2).saturating_sub(1)
    } else {
        (place / 2 + 1).min(size - 1)
    }
}

/// The first half of a transposed convolution of stride two: in(x, y) at (2x, 2y), zeros between.
fn insert_zeros(plane: &Plane) -> Plane {
    Plane::from_fn(2 * plane.size, |x, y| {
        if x % 2 + y % 2 == 0 {
            plane.at(x / 2, y / 2)
        } else {
            0.0
        }
    })
}

/// Channels to space: out(2x + i, 2y + j) = channel 2j + i at (x, y).
fn shuffle(channels: &[Plane; 4]) -> Plane {
    Plane::from_fn(2 * channels[0].size, |x, y| {
        channels[y % 2 * 2 + x % 2].at(x / 2, y / 2)
    })
}

/// The kernels whose shuffled outputs are bilinear interpolation, one per phase.
fn phases() -> [Kernel; 4] {
    let along = [[0.25, 0.75, 0.0], [0.0, 0.75, 0.25]];
    [0, 1, 2, 3].map(|phase| {
        let (across, down) = (along[phase % 2], along[phase / 2]);
        std::array::from_fn(|tap| down[tap / 3] * across[tap % 3])
    })
}

/// A 3×3 convolution of three channels to three: δ + `sharpen`·(δ − binomial) plus a random part, every output
/// channel passing a grey constant unchanged.
fn convolution(picture: &Picture, sharpen: f32, rng: &mut impl Rng) -> Picture {
    let smooth = [0.0625, 0.125, 0.0625, 0.125, 0.25, 0.125, 0.0625, 0.125, 0.0625];
    let inputs = picture.each_ref();
    [0, 1, 2].map(|channel| {
        let mut kernels = [(); 3].map(|()| [(); 9].map(|()| SPREAD * rng.sample::<f32, _>(StandardNormal)));
        let drift: f32 = kernels.iter().flatten().sum();
        for (tap, low) in kernels[channel].iter_mut().zip(smooth) {
            *tap -= sharpen * low;
        }
        kernels[channel][4] += 1.0 + sharpen - drift;
        convolve(&inputs, &kernels)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rustfft::{FftPlanner, num_complex::Complex64};
    use std::f64::consts::PI;

    const N: usize = 16;

    fn white(seed: u64) -> Plane {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        Plane::from_fn(N, |_, _| rng.sample(StandardNormal))
    }

    fn spectrum(plane: &Plane) -> Vec<Complex64> {
        let n = plane.size;
        let fft = FftPlanner::new().plan_fft_forward(n);
        let mut rows: Vec<Complex64> = plane.data.iter().map(|&v| f64::from(v).into()).collect();
        fft.process(&mut rows);
        let mut columns: Vec<Complex64> = (0..n * n).map(|i| rows[i % n * n + i / n]).collect();
        fft.process(&mut columns);
        (0..n * n).map(|i| columns[i % n * n + i / n]).collect()
    }

    fn energy(plane: &Plane) -> f64 {
        plane.data.iter().map(|&v| f64::from(v).powi(2)).sum()
    }

    #[test]
    fn upsampling_by_hand() {
        let plane = Plane {
            size: 2,
            data: vec![0.0, 4.0, 8.0, 16.0],
        };
        #[rustfmt::skip]
        assert_eq!(nearest(&plane).data, [
            0.0, 0.0, 4.0, 4.0,
            0.0, 0.0, 4.0, 4.0,
            8.0, 8.0, 16.0, 16.0,
            8.0, 8.0, 16.0, 16.0,
        ]);
        #[rustfmt::skip]
        assert_eq!(insert_zeros(&plane).data, [
            0.0, 0.0, 4.0, 0.0,
            0.0, 0.0, 0.0, 0.0,
            8.0, 0.0, 16.0, 0.0,
            0.0, 0.0, 0.0, 0.0,
        ]);
        #[rustfmt::skip]
        assert_eq!(bilinear(&plane).data, [
            0.0, 1.0, 3.0, 4.0,
            2.0, 3.25, 5.75, 7.0,
            6.0, 7.75, 11.25, 13.0,
            8.0, 10.0, 14.0, 16.0,
        ]);
        let channels = [0.0, 1.0, 2.0, 3.0].map(|first| Plane {
            size: 1,
            data: vec![first],
        });
        assert_eq!(shuffle(&channels).data, [0.0, 1.0, 2.0, 3.0]);
    }

    #[test]
    fn inserted_zeros_repeat_the_spectrum() {
        let plane = white(1);
        let (small, large) = (spectrum(&plane), spectrum(&insert_zeros(&plane)));
        for v in 0..2 * N {
            for u in 0..2 * N {
                // f64 rounding of sums of 1024 terms about 1.
                assert!((large[v * 2 * N + u] - small[v % N * N + u % N]).norm() < 1e-11);
            }
        }
        assert_eq!(energy(&insert_zeros(&plane)), energy(&plane));
    }

    #[test]
    fn nearest_weights_the_repeated_spectrum_with_zeros_at_nyquist() {
        let plane = white(2);
        let (small, large) = (spectrum(&plane), spectrum(&nearest(&plane)));
        let weight = |u: usize| 1.0 + Complex64::from_polar(1.0, -PI * u as f64 / N as f64);
        for v in 0..2 * N {
            for u in 0..2 * N {
                let expected = small[v % N * N + u % N] * weight(u) * weight(v);
                assert!((large[v * 2 * N + u] - expected).norm() < 1e-11);
            }
            assert!(large[v * 2 * N + N].norm() < 1e-11 && large[N * 2 * N + v].norm() < 1e-11);
        }
        // Parseval: four times the samples' energy, times the (2N)² of an unnormalised transform.
        let power: f64 = large.iter().map(Complex64::norm_sqr).sum();
        assert!((power / (16 * N * N) as f64 / energy(&plane) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn shuffling_equal_channels_is_nearest_and_shuffling_phases_is_bilinear() {
        let plane = white(3);
        assert_eq!(shuffle(&[(); 4].map(|()| plane.clone())), nearest(&plane));
        let shuffled = shuffle(&phases().map(|kernel| convolve(&[&plane], &[kernel])));
        let expected = bilinear(&plane);
        // The edges differ by design: one mirrors, the other holds.
        for y in 1..2 * N - 1 {
            for x in 1..2 * N - 1 {
                assert!((shuffled.at(x, y) - expected.at(x, y)).abs() < 2e-6);
            }
        }
    }

    #[test]
    fn convolutions_pass_a_grey_constant_and_differ_by_seed() {
        let grey = [(); 3].map(|()| Plane::filled(8, 0.5));
        let mut rng = ChaCha8Rng::seed_from_u64(4);
        for plane in convolution(&grey, 0.5, &mut rng) {
            // 27 rounded products of f32 and as many rounded taps.
            assert!(plane.data.iter().all(|v| (v - 0.5).abs() < 1e-5));
        }
        let picture = [5, 6, 7].map(white);
        assert_ne!(
            convolution(&picture, 0.5, &mut rng),
            convolution(&picture, 0.5, &mut rng)
        );
    }

    #[test]
    fn every_mechanism_brings_a_constant_up_without_a_border() {
        for mechanism in Mechanism::ALL {
            let mut rng = ChaCha8Rng::seed_from_u64(8);
            let up = upsample(&[(); 3].map(|()| Plane::filled(8, 1.0)), mechanism, &mut rng);
            for plane in up {
                assert_eq!(plane.size, 16);
                // At most nine taps, each off by UNEVEN in deviation: five deviations of their sum.
                assert!(
                    plane.data.iter().all(|v| (v - 1.0).abs() < 5.0 * 3.0 * UNEVEN),
                    "{mechanism}"
                );
            }
        }
    }

    #[test]
    fn squash_follows_tanh() {
        for i in -300..=300 {
            let x = i as f32 / 100.0;
            assert!((squash(x) - x.tanh()).abs() < 0.024, "{x}");
        }
        assert_eq!((squash(9.0), squash(-9.0)), (1.0, -1.0));
    }
}
