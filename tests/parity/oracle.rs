//! The three recipes of the paper against an independent implementation, `crates/spectrum/fixtures/make.py`.

use std::collections::BTreeMap;
use std::path::Path;

use dftective::decode::{Limits, read};
use dftective::features::{Family, FeatureError, RadialSpectrum, Workspace};
use dftective::spectrum::{Recipe, SpectrumError};

use crate::reference::{features, largest_difference};

const PAPER: [&str; 3] = ["faces-hq", "celeba", "deepfake-detection"];

/// Profiles by recipe, by file name.
type Profiles = BTreeMap<String, BTreeMap<String, Vec<f64>>>;

/// The largest difference of each of the paper's recipes, over all planes that have a profile. Planes without one
/// must be refused as too small.
fn differences(options: &str) -> [f64; 3] {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/spectrum/fixtures");
    let text = std::fs::read_to_string(fixtures.join("profiles.json")).unwrap();
    let profiles: Profiles = serde_json::from_str(&text).unwrap();
    assert_eq!(profiles.len(), 10);
    // One workspace for all sizes and recipes, so that it is never fresh.
    let mut workspace = Workspace::default();
    PAPER.map(|name| {
        let recipe: Recipe = format!("{name} {options}").parse().unwrap();
        let family = RadialSpectrum::new(recipe);
        let mut largest = 0.0;
        for (file, by_recipe) in &profiles {
            let path = fixtures.join(file);
            let Some(expected) = by_recipe.get(name) else {
                let image = read(&path, &Limits::default()).unwrap();
                let refused = family.extract(&image, &mut workspace, &mut Vec::new());
                assert!(
                    matches!(
                        refused,
                        Err(FeatureError::Spectrum(SpectrumError::TooSmall { .. }))
                    ),
                    "{file} {name}"
                );
                continue;
            };
            let found = features(&family, &mut workspace, &path).unwrap();
            let difference = largest_difference(&found, expected);
            println!("{file} {name} {options}: {difference:e}");
            largest = f64::max(largest, difference);
        }
        largest
    })
}

/// Both sides err by 2⁻⁵³·√log₂(WH)·‖g‖ a coefficient, ‖g‖ ≤ 255·√(WH). The noise of deviation 6 gives coefficients
/// of about 6·√(WH), and the faintest of the 38,804 of the largest plane is some 200 times fainter. A level
/// 20·ln|F| therefore errs by at most about 20·1.1e-16·3.9·255·200/6 = 7e-11, and 1e-9 leaves room for luck.
/// Divided by a first value of 120 or more the same argument gives 1e-11.
#[test]
fn double_precision_equals_the_oracle() {
    let [faces_hq, celeba, deepfake_detection] = differences("");
    assert!(faces_hq <= 1e-9, "{faces_hq:e}");
    assert!(celeba <= 1e-11, "{celeba:e}");
    assert!(deepfake_detection <= 1e-11, "{deepfake_detection:e}");
}

/// The same with 2⁻²⁴ gives 4e-2 for the faintest coefficient of the largest plane, a tenth of it once its radial bin is
/// averaged. A line of a hundred pixels has radial bins of two, but its faintest coefficient is only some ten times
/// fainter than the typical one, so it errs by 2e-3. 1e-2 covers both, and 1e-4 where divided by the first value.
#[test]
fn single_precision_stays_close_to_the_oracle() {
    let [faces_hq, celeba, deepfake_detection] = differences("precision=f32");
    assert!(faces_hq <= 1e-2, "{faces_hq:e}");
    assert!(celeba <= 1e-4, "{celeba:e}");
    assert!(deepfake_detection <= 1e-4, "{deepfake_detection:e}");
}
