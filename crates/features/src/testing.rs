//! Pictures for the families' tests, and what every family must keep to.

use image::{GrayImage, Rgb, RgbImage};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{Family, FeatureError, Workspace};
use dftective_decode::{Channels, Decoded, Format, Plane, Planes, SourceInfo};

/// A picture with this luma and these colours, whether they belong together or not.
pub(super) fn picture(
    width: u32,
    height: u32,
    mut luma: impl FnMut(u32, u32) -> f32,
    mut colour: impl FnMut(u32, u32) -> [u8; 3],
) -> Decoded {
    let samples = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    Decoded {
        luma: GrayImage::new(width, height),
        source: SourceInfo {
            width,
            height,
            format: Format::Png,
            jpeg: None,
            remarks: Vec::new(),
        },
        planes: Some(Planes {
            y: Plane {
                width: width as usize,
                height: height as usize,
                samples: samples.map(|(x, y)| luma(x, y)).collect(),
            },
            chroma: None,
            grid: (0, 0),
        }),
        rgb: Some(RgbImage::from_fn(width, height, |x, y| Rgb(colour(x, y)))),
        coefficients: None,
    }
}

/// A slope with noise on it: residuals and differences of every size. Luma has sixteenths, so that sums of small
/// multiples are exact in single precision and ties occur.
pub(super) fn noise(width: u32, height: u32) -> Decoded {
    let seed = u64::from(width) << 32 | u64::from(height);
    let (mut luma, mut colour) = (ChaCha8Rng::seed_from_u64(seed), ChaCha8Rng::seed_from_u64(!seed));
    picture(
        width,
        height,
        |x, y| 60.0 + (x + 2 * y) as f32 / 4.0 + luma.gen_range(-48_i8..=48) as f32 / 16.0,
        |x, y| [0, 1, 2].map(|channel| (x + y + 40 * channel) as u8 / 2 + colour.gen_range(0..7)),
    )
}

/// The features from a fresh workspace.
pub(super) fn features(family: &dyn Family, image: &Decoded) -> Vec<f64> {
    let mut features = Vec::new();
    family
        .extract(image, &mut Workspace::default(), &mut features)
        .unwrap();
    features
}

/// Names, errors and independence from what was there before, of a family with the same `columns` features for every
/// picture of `needed` pixels or more on either side.
pub(super) fn keeps_to_the_contract(family: &dyn Family, columns: usize, needed: u32) {
    let names = family.fixed_columns().unwrap();
    assert_eq!(names.len(), columns);
    let different: std::collections::HashSet<&String> = names.iter().collect();
    assert_eq!(different.len(), columns);

    let mut used = Workspace::default();
    let sizes = [
        (needed, needed),
        (71, needed),
        (64, 48),
        (needed + 1, 70),
        (300, 9),
    ];
    for (width, height) in sizes {
        assert_eq!(family.columns(width, height), Ok(names.clone()));
        let image = noise(width, height);
        let mut found = vec![-1.0];
        family.extract(&image, &mut used, &mut found).unwrap();
        // Appended after what was there.
        assert_eq!((found[0], found.len()), (-1.0, 1 + columns));
        assert!(found.iter().all(|value| value.is_finite()));
        let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        let fresh = features(family, &image);
        assert_eq!(bits(&fresh), bits(&found[1..]), "{width}x{height}");
    }

    let mut kept = vec![1.0, 2.0];
    for (width, height) in [(needed - 1, 64), (64, needed - 1), (1, 1)] {
        let too_small = FeatureError::TooSmall {
            family: family.name(),
            width,
            height,
            needed,
        };
        assert_eq!(family.columns(width, height), Err(too_small.clone()));
        let refused = family.extract(&noise(width, height), &mut used, &mut kept);
        assert_eq!(refused, Err(too_small));
    }
    assert_ne!(family.channels(), Channels::default());
    let mut bare = noise(64, 64);
    (bare.planes, bare.rgb) = (None, None);
    let refused = family.extract(&bare, &mut used, &mut kept);
    assert!(matches!(refused, Err(FeatureError::NotDecoded { .. })));
    assert_eq!(kept, [1.0, 2.0]);
}
