//! Every profile against a transcription of the definition, and planes whose spectra are known in closed form.

use std::f64::consts::TAU;

use image::{GrayImage, Luma, imageops};
use num_complex::Complex;
use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::transform::Pixels;
use super::*;

fn noise(width: u32, height: u32, seed: u64) -> GrayImage {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    GrayImage::from_fn(width, height, |_, _| Luma([rng.r#gen()]))
}

/// The DFT by its definition, one sum a coefficient, unshifted, at [v][u].
fn naive_dft(plane: &[Vec<f64>]) -> Vec<Vec<Complex<f64>>> {
    let (height, width) = (plane.len(), plane[0].len());
    // Reducing the index keeps the angle exact; columns first, then rows, is the same double sum.
    let turn = |k: usize, n: usize| Complex::from_polar(1.0, -TAU * (k % n) as f64 / n as f64);
    let by_rows: Vec<Vec<Complex<f64>>> = plane
        .iter()
        .map(|row| {
            (0..width)
                .map(|u| {
                    row.iter()
                        .enumerate()
                        .map(|(x, &g)| turn(u * x, width) * g)
                        .sum::<Complex<f64>>()
                })
                .collect()
        })
        .collect();
    (0..height)
        .map(|v| {
            (0..width)
                .map(|u| (0..height).map(|y| turn(v * y, height) * by_rows[y][u]).sum())
                .collect()
        })
        .collect()
}

/// The recipe read aloud: no quadrant, no half spectrum, no plan.
fn naive_rings(image: &GrayImage, recipe: &Recipe) -> Vec<f64> {
    let (mut left, mut top) = (0, 0);
    if recipe.crop == Crop::InnerThird {
        (left, top) = (image.width() / 3, image.height() / 3);
    }
    let (width, height) = (
        (image.width() - 2 * left) as usize,
        (image.height() - 2 * top) as usize,
    );
    let mut plane: Vec<Vec<f64>> = (0..height)
        .map(|y| {
            (0..width)
                .map(|x| f64::from(image.get_pixel(left + x as u32, top + y as u32)[0]))
                .collect()
        })
        .collect();
    if recipe.window == Window::Hann {
        let mean = plane.iter().flatten().sum::<f64>() / (width * height) as f64;
        let hann = |n: usize, length: usize| (0.5 * (1.0 - (TAU * n as f64 / length as f64).cos())).abs();
        for (y, row) in plane.iter_mut().enumerate() {
            for (x, value) in row.iter_mut().enumerate() {
                *value = (*value - mean) * hann(x, width) * hann(y, height);
            }
        }
    }
    let spectrum = naive_dft(&plane);
    // Distances in half samples are whole numbers, so that no radius is rounded: r = √(a² + b²)/2, or, when
    // isotropic, √((aH)² + (bW)²)/(2·max(W, H)).
    let distance = |place: usize, length: usize| match recipe.centre {
        Centre::Geometric => (2 * place).abs_diff(length - 1),
        Centre::Dc => (2 * place).abs_diff(2 * (length / 2)),
    };
    let (scale_x, scale_y, unit) = match recipe.radius {
        Radius::Samples => (1, 1, 2),
        Radius::Isotropic => (height, width, 2 * width.max(height)),
    };
    let (mut sums, mut counts) = (vec![0.0; width + height], vec![0.0; width + height]);
    for y in 0..height {
        for x in 0..width {
            let (u, v) = (
                (x + width - width / 2) % width,
                (y + height - height / 2) % height,
            );
            let square = (distance(x, width) * scale_x).pow(2) + (distance(y, height) * scale_y).pow(2);
            let radius = (0..).take_while(|k| (unit * k).pow(2) <= square).count() - 1;
            let amplitude = (spectrum[v][u] + recipe.epsilon).norm();
            sums[radius] += match recipe.average {
                Average::Log => 20.0 * amplitude.ln(),
                Average::Power => amplitude * amplitude,
            };
            counts[radius] += 1.0;
        }
    }
    let means: Vec<f64> = sums
        .iter()
        .zip(&counts)
        .filter(|(_, count)| **count > 0.0)
        .map(|(sum, count)| sum / count)
        .collect();
    let kept = means.get(1..means.len() - 1).unwrap_or_default();
    match recipe.average {
        Average::Log => kept.to_vec(),
        Average::Power => kept.iter().map(|mean| 10.0 * mean.ln()).collect(),
    }
}

fn profile_in(
    image: &GrayImage,
    recipe: &Recipe,
    workspace: &mut Workspace,
) -> Result<Vec<f64>, SpectrumError> {
    let plan = SpectrumPlan::new(image.width(), image.height(), recipe)?;
    let mut profile = vec![f64::NAN; plan.bins()];
    plan.profile(image, workspace, &mut profile)?;
    Ok(profile)
}

fn profile(image: &GrayImage, recipe: &Recipe) -> Result<Vec<f64>, SpectrumError> {
    profile_in(image, recipe, &mut Workspace::default())
}

fn recipe(text: &str) -> Recipe {
    text.parse().unwrap()
}

fn assert_close(found: &[f64], expected: &[f64], tolerance: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (bin, (a, b)) in found.iter().zip(expected).enumerate() {
        assert!(
            (a - b).abs() <= tolerance,
            "{what}: bin {bin}: {a} instead of {b}"
        );
    }
}

/// White noise has |F| of about 74·√(WH), and among the few thousand coefficients here the smallest is about
/// a hundredth of that. The naive sums err by about 2⁻⁵²·√(WH)·RMS, so 20·ln|F| is right to 1e-11, and 1e-9
/// leaves a hundredfold for unlucky coefficients. In f32 the same reasoning with 2⁻²³ gives 1e-2 for the
/// single worst coefficient, which a radial bin of one element shows in full.
#[test]
fn equals_the_definition_at_every_shape() {
    let sizes = [
        (3, 3),
        (4, 4),
        (5, 5),
        (8, 8),
        (13, 13),
        (16, 16),
        (31, 31),
        (64, 64),
        (4, 5),
        (5, 4),
        (7, 30),
        (30, 7),
        (1, 16),
        (17, 1),
        (2, 40),
        (37, 2),
        (24, 36),
        (59, 20),
        // Lengths that fill no line of sixteen, exactly one, and a prime only a convolution can do.
        (33, 32),
        (48, 64),
        (227, 5),
    ];
    dftective_simd::with_each_width(|vectors| {
        let mut workspace = Workspace::default();
        for (width, height) in sizes {
            equals_the_definition(width, height, vectors, &mut workspace);
        }
    });
}

fn equals_the_definition(width: u32, height: u32, vectors: dftective_simd::Width, workspace: &mut Workspace) {
    let image = noise(width, height, u64::from(width * 100 + height));
    for options in [
        "faces-hq",
        "faces-hq centre=dc",
        "faces-hq radius=isotropic",
        "faces-hq average=power centre=dc",
        "faces-hq window=hann average=power",
        "faces-hq epsilon=3e1",
    ] {
        let double = recipe(options);
        let expected = naive_rings(&image, &double);
        let what = format!("{width}x{height} {options} {vectors:?}");
        if expected.is_empty() {
            assert!(matches!(
                SpectrumPlan::new(width, height, &double),
                Err(SpectrumError::TooSmall { .. })
            ));
            continue;
        }
        // The workspace is dirty from every size and precision before.
        assert_close(
            &profile_in(&image, &double, workspace).unwrap(),
            &expected,
            1e-9,
            &what,
        );
        let single = recipe(&format!("{options} precision=f32"));
        assert_close(
            &profile_in(&image, &single, workspace).unwrap(),
            &expected,
            1e-2,
            &what,
        );
    }
}

#[test]
fn inner_third_is_the_paper_s_slice() {
    for (width, height) in [(64, 64), (65, 49), (50, 91)] {
        let image = noise(width, height, 7);
        let cropped = recipe("faces-hq crop=inner-third");
        assert_close(
            &profile(&image, &cropped).unwrap(),
            &naive_rings(&image, &cropped),
            1e-9,
            "crop",
        );
    }
    assert!(matches!(
        SpectrumPlan::new(2, 64, &recipe("deepfake-detection")),
        Err(SpectrumError::TooSmall {
            radial_bins: 0,
            needed: 4,
            ..
        })
    ));
}

/// Bins kept, as counted with the original code.
#[test]
fn bin_counts() {
    for (width, height, bins) in [
        (64, 64, 43),
        (65, 65, 44),
        (128, 128, 88),
        (256, 256, 179),
        (299, 299, 209),
        (1024, 1024, 722),
        (178, 218, 139),
    ] {
        assert_eq!(
            SpectrumPlan::new(width, height, &Recipe::faces_hq())
                .unwrap()
                .bins(),
            bins
        );
    }
    for (name, bins) in [("celeba", 80), ("deepfake-detection", 300), ("default", 128)] {
        assert_eq!(SpectrumPlan::new(341, 341, &recipe(name)).unwrap().bins(), bins);
    }
}

/// g = 100 + 50·cos(2π(px/W + qy/H)) rounds to whole pixels exactly when W and H divide into quarter turns:
/// the only coefficients are WH·100 at DC and WH·25 at ±(p, q).
#[test]
fn a_sinusoid_lights_one_ring() {
    let size = 64;
    let image = GrayImage::from_fn(size, size, |x, _| Luma([[150, 100, 50, 100][(x % 4) as usize]]));
    let radial_bins = profile(&image, &recipe("faces-hq centre=dc average=power")).unwrap();
    // Frequency W/4 = 16 at two places of radial bin 16 (kept as bin 15), each of power (WH·25)².
    let places = (0..64i32)
        .flat_map(|y| (0..64i32).map(move |x| (x, y)))
        .filter(|(x, y)| f64::from((x - 32).pow(2) + (y - 32).pow(2)).sqrt() as usize == 16)
        .count() as f64;
    let expected = 10.0 * (2.0 * (4096.0 * 25.0_f64).powi(2) / places).ln();
    assert!(
        (radial_bins[15] - expected).abs() < 1e-9,
        "{} {expected}",
        radial_bins[15]
    );
    let floor = radial_bins
        .iter()
        .enumerate()
        .filter(|(bin, _)| *bin != 15)
        .map(|(_, value)| *value);
    // Everything else is the epsilon and rounding: 2⁻⁵²·WH·100, squared, lies some 10·ln(1e20) below.
    assert!(floor.fold(f64::MIN, f64::max) < expected - 400.0);
}

/// One bright pixel: |F| = 255 at every frequency, so every radial bin is 20·ln 255.
#[test]
fn an_impulse_is_flat() {
    let mut image = GrayImage::new(40, 40);
    image.put_pixel(11, 29, Luma([255]));
    let level = 20.0 * 255.0_f64.ln();
    for options in ["faces-hq", "faces-hq centre=dc average=power", "faces-hq bins=30"] {
        let radial_bins = profile(&image, &recipe(options)).unwrap();
        assert_close(&radial_bins, &vec![level; radial_bins.len()], 1e-9, options);
    }
    let ones = profile(&image, &recipe("celeba")).unwrap();
    assert_close(&ones, &[1.0; 80], 1e-11, "divided by the first");
    let unitary = profile(&image, &recipe("faces-hq normalisation=unitary")).unwrap();
    let energy = 10.0 * 1600.0_f64.ln();
    assert_close(&unitary, &vec![level - energy; unitary.len()], 1e-9, "unitary");
}

#[test]
fn constant_and_degenerate_planes_are_refused() {
    let grey = GrayImage::from_pixel(32, 32, Luma([77]));
    for name in Recipe::PRESETS {
        assert_eq!(
            profile(&grey, &recipe(name)),
            Err(SpectrumError::Constant { value: 77 })
        );
    }
    // Only the inner third counts when only it is transformed.
    let mut framed = grey;
    framed.put_pixel(0, 0, Luma([0]));
    assert_eq!(
        profile(&framed, &recipe("deepfake-detection")),
        Err(SpectrumError::Constant { value: 77 })
    );
    // Stripes have many coefficients that are exactly zero; without an epsilon their logarithm is none.
    let stripes = GrayImage::from_fn(16, 16, |x, _| Luma([(x % 2 * 200) as u8]));
    assert!(matches!(
        profile(&stripes, &recipe("faces-hq epsilon=0")),
        Err(SpectrumError::NotFinite { .. })
    ));
    assert!(profile(&stripes, &recipe("faces-hq")).is_ok());
}

#[test]
fn wrong_sizes_are_named() {
    let plan = SpectrumPlan::new(32, 48, &Recipe::celeba()).unwrap();
    let mut workspace = Workspace::default();
    let message = |result: Result<(), SpectrumError>| result.unwrap_err().to_string();
    let wrong_plane = plan.profile(&noise(48, 32, 0), &mut workspace, &mut [0.0; 80]);
    assert_eq!(
        message(wrong_plane),
        "the plan is for 32x48 pixels, the plane has 48x32"
    );
    let wrong_output = plan.profile(&noise(32, 48, 0), &mut workspace, &mut [0.0; 79]);
    assert_eq!(
        message(wrong_output),
        "the profile has 80 values, the output has room for 79"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Parseval: Σ|F|² = WH·Σg², all radial bins together, each with its number of elements. The transform's relative
    /// error is a few times 2⁻⁵², and so is that of the sums; levels of 300 log units carry 30 times 2⁻⁵³.
    #[test]
    fn rings_hold_all_the_energy(width in 1u32..40, height in 1u32..40, seed: u64) {
        let image = noise(width, height, seed);
        let (w, h) = (width as usize, height as usize);
        let energy = f64::from(width * height) * image.pixels().map(|p| f64::from(p[0]).powi(2)).sum::<f64>();
        let pixels = Pixels { plane: image.as_raw(), step: w, width: w, height: h };
        for choices in ["centre=geometric", "centre=dc", "centre=dc radius=isotropic"] {
            let recipe = recipe(&format!("faces-hq average=power epsilon=0 {choices}"));
            let Ok(plan) = SpectrumPlan::new(width, height, &recipe) else { continue };
            let mut workspace = Workspace::default();
            let means: Vec<f64> =
                plan.all_means(pixels, &mut workspace, plan::Stage::RadialBins).iter().map(|level| (level / 10.0).exp()).collect();
            prop_assert_eq!(plan.counts().iter().sum::<u64>(), u64::from(width * height));
            let total: f64 = means.iter().zip(plan.counts()).map(|(mean, &count)| mean * count as f64).sum();
            prop_assert!((total / energy - 1.0).abs() < 1e-12, "{} {}", total, energy);
        }
    }

    /// A circular shift turns only the phases; a mirror only swaps frequencies of equal radius about DC. Without
    /// an epsilon, which a turned phase would feel, and in power, where chance near-zeros don't count: a radial bin's
    /// relative error is then a few times 2⁻⁵²·log₂(WH), ten times that in log units.
    #[test]
    fn shifts_and_mirrors_change_nothing(
        width in 6u32..40, height in 6u32..40, dx in 0u32..40, dy in 0u32..40, seed: u64,
    ) {
        let image = noise(width, height, seed);
        let shifted = GrayImage::from_fn(width, height, |x, y| *image.get_pixel((x + dx) % width, (y + dy) % height));
        let about_dc = recipe("faces-hq centre=dc average=power epsilon=0");
        let expected = profile(&image, &about_dc).unwrap();
        let mirrored = [imageops::flip_horizontal(&image), imageops::flip_vertical(&image)];
        for changed in mirrored.iter().chain([&shifted]) {
            for (a, b) in profile(changed, &about_dc).unwrap().iter().zip(&expected) {
                prop_assert!((a - b).abs() < 1e-11);
            }
        }
    }
}
