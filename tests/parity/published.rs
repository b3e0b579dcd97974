//! The published features of the CelebA experiment, from the published images.

use dftective::features::{RadialSpectrum, Workspace};
use rayon::prelude::*;

use crate::reference::{archive_rows, features, folder, jpegs, largest_difference};

const IMAGES: usize = 1000;
const POINTS: usize = 80;

/// The largest difference over all images.
fn against_published(recipe: &str) -> Option<f64> {
    let root = folder("durall")?;
    let expected = archive_rows(&root.join("celeba_fake_features.npz"));
    let files = jpegs(&root.join("celeba_fake"));
    assert_eq!((files.len(), expected.len()), (IMAGES, IMAGES));
    assert!(expected.values().all(|row| row.len() == POINTS));
    let family = RadialSpectrum::new(recipe.parse().unwrap());
    let difference = |workspace: &mut Workspace, file: &std::path::PathBuf| {
        let name = file.file_name().unwrap().to_str().unwrap();
        largest_difference(&features(&family, workspace, file).unwrap(), &expected[name])
    };
    let largest = files
        .par_iter()
        .map_init(Workspace::default, difference)
        .reduce(|| 0.0, f64::max);
    println!("{recipe}: largest difference from the published features {largest:e}");
    Some(largest)
}

/// The published rows were computed with other FFT and interpolation routines in the same precision. Their
/// rounding, 2⁻⁵³ of the plane's norm, is 1e-11 of a typical and 1e-9 of the smallest coefficient, whose radial bin has
/// at least eight others; dividing by a first value of some 200 leaves less than 1e-9.
#[test]
fn double_precision_gives_every_published_row() {
    if let Some(largest) = against_published("celeba") {
        assert!(largest <= 1e-9, "{largest:e}");
    }
}

/// A single-precision coefficient errs by about 2⁻²⁴·√log₂(WH)·‖g‖ = 6e-8·3.7·(130·128) = 4e-3, for grey values of
/// root mean square 130. The faintest of the 16,384 coefficients of these JPEGs are near 1, those of the outer
/// radial bins typically near 100. So one level 20·ln|F| errs by 8e-2 at worst, its radial bin of eight or more by 1e-2, and
/// a value divided by a first one of some 200 by 5e-5; the spline through the radial bins may double that.
#[test]
fn single_precision_stays_close() {
    if let Some(largest) = against_published("celeba precision=f32") {
        assert!(largest <= 1e-4, "{largest:e}");
    }
}
