use std::f64::consts::TAU;

use image::Luma;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;

const SIZES: [(u32, u32); 7] = [(1, 1), (1, 4), (5, 1), (8, 6), (7, 5), (6, 9), (16, 16)];

fn noise(width: u32, height: u32) -> GrayImage {
    let mut rng = ChaCha8Rng::seed_from_u64(u64::from(width * 100 + height));
    GrayImage::from_fn(width, height, |_, _| Luma([rng.r#gen()]))
}

/// The definition: every coefficient as a sum over every pixel, in f64.
fn naive(plane: &GrayImage, window: Window) -> Vec<Complex<f64>> {
    let (w, h) = (plane.width() as usize, plane.height() as usize);
    let pixels: Vec<f64> = plane.as_raw().iter().map(|&p| f64::from(p)).collect();
    let mean = match window {
        Window::None => 0.0,
        Window::Hann => pixels.iter().sum::<f64>() / (w * h) as f64,
    };
    let (across, down) = (window.weights(w), window.weights(h));
    let mut found = Vec::new();
    for v in 0..h {
        for u in 0..w {
            let terms = (0..w * h).map(|i| {
                let (x, y) = (i % w, i / w);
                let angle = -TAU * ((u * x) as f64 / w as f64 + (v * y) as f64 / h as f64);
                (pixels[i] - mean) * across[x] * down[y] * Complex::from_polar(1.0, angle)
            });
            found.push(terms.sum());
        }
    }
    found
}

#[test]
fn the_picture_is_the_definition_shifted() {
    for (width, height) in SIZES {
        for window in [Window::None, Window::Hann] {
            let plane = noise(width, height);
            let (w, h) = (width as usize, height as usize);
            let found = LogSpectrum::of(&plane, window);
            assert_eq!((found.width, found.height, found.values.len()), (w, h, w * h));
            for (i, coefficient) in naive(&plane, window).into_iter().enumerate() {
                let (u, v) = ((i % w + w / 2) % w, (i / w + h / 2) % h);
                let amplitude = (f64::from(found.values[v * w + u]) / 20.0).exp();
                // Single precision, 256 terms of at most 255: sums of up to 65,280 in steps of 2⁻²⁴ of the
                // largest partial sum, eight stages deep.
                assert!(
                    (amplitude - coefficient.norm()).abs() < 0.04,
                    "{width}x{height} {u} {v}"
                );
            }
        }
    }
}

#[test]
fn a_wave_is_two_spots() {
    let (w, h) = (32, 24);
    let plane = GrayImage::from_fn(w, h, |x, y| {
        let phase = TAU * (5.0 * f64::from(x) / f64::from(w) + 3.0 * f64::from(y) / f64::from(h));
        Luma([(128.0 + 100.0 * phase.cos()).round() as u8])
    });
    let spectrum = LogSpectrum::of(&plane, Window::Hann);
    let mut order: Vec<usize> = (0..spectrum.values.len()).collect();
    order.sort_by(|a, b| spectrum.values[*b].total_cmp(&spectrum.values[*a]));
    let mut spots: Vec<_> = order[..2].iter().map(|i| (i % 32, i / 32)).collect();
    spots.sort_unstable();
    assert_eq!(spots, [(16 - 5, 12 - 3), (16 + 5, 12 + 3)]);
    let (low, high) = spectrum.range(0.0, 0.0);
    assert_eq!(high, spectrum.values[order[0]]);
    assert!(low <= spectrum.values[order[100]]);
}

#[test]
fn what_remains_is_the_definition_without_its_middle() {
    for (width, height) in SIZES {
        let plane = noise(width, height);
        let (w, h) = (width as usize, height as usize);
        let radius = 0.3;
        let mut spectrum = naive(&plane, Window::None);
        for (i, coefficient) in spectrum.iter_mut().enumerate() {
            let (u, v) = (i % w, i / w);
            let across = u.min(w - u) as f64 / w as f64;
            let down = v.min(h - v) as f64 / h as f64;
            if across.hypot(down) < radius {
                *coefficient = Complex::default();
            }
        }
        let found = HighFrequencies::of(&plane, radius);
        for (i, value) in found.values.iter().enumerate() {
            let (x, y) = (i % w, i / w);
            let expected: Complex<f64> = spectrum
                .iter()
                .enumerate()
                .map(|(j, c)| {
                    let angle = TAU * ((j % w * x) as f64 / w as f64 + (j / w * y) as f64 / h as f64);
                    c * Complex::from_polar(1.0, angle)
                })
                .sum();
            // Grey levels up to 255 in single precision, there and back.
            assert!((f64::from(*value) - expected.re / (w * h) as f64).abs() < 1e-3);
        }
    }
}

/// A wave of amplitude 3 on one of amplitude 100 that ends with the picture: nine parts in 10,009.
#[test]
fn the_share_is_that_of_the_fine_wave() {
    let plane = GrayImage::from_fn(128, 128, |x, y| {
        let coarse = 100.0 * (TAU * f64::from(x) / 16.0).cos();
        let fine = 3.0 * (TAU * f64::from(y) * 5.0 / 16.0).cos();
        Luma([(128.0 + coarse + fine).round() as u8])
    });
    let found = HighFrequencies::of(&plane, 0.25);
    // Whole periods lie within the border. Rounding adds 1/12 to variances of 4.5 and 5004.5.
    assert!((found.share - 9.0 / 10_009.0).abs() < 2e-5, "{}", found.share);
    assert!(
        (found.amplitude(0.0) - 3.0).abs() < 1.0,
        "{}",
        found.amplitude(0.0)
    );
}

#[test]
fn the_ends_of_the_radius_are_everything_and_nothing() {
    let plane = noise(9, 8);
    let all = HighFrequencies::of(&plane, 0.0);
    for (value, &pixel) in all.values.iter().zip(plane.as_raw()) {
        assert!((value - f32::from(pixel)).abs() < 1e-3);
    }
    assert!((all.share - 1.0).abs() < 1e-6);
    let none = HighFrequencies::of(&plane, 1.0);
    assert_eq!((none.share, none.amplitude(0.0)), (0.0, 0.0));
    let flat = HighFrequencies::of(&GrayImage::from_pixel(8, 8, Luma([9])), 0.1);
    assert_eq!((flat.share, flat.amplitude(0.01)), (0.0, 0.0));
    let empty = GrayImage::new(0, 3);
    assert!(LogSpectrum::of(&empty, Window::Hann).values.is_empty());
    assert!(HighFrequencies::of(&empty, 0.1).values.is_empty());
}
