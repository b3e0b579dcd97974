//! The radial spectrum: the paper's feature.

use super::plan_cache::PlanCache;
use super::{Family, FeatureError, Workspace};
use dftective_decode::Decoded;
use dftective_spectrum::Recipe;

/// The azimuthal average of the luma plane's log spectrum ([`dftective_spectrum`]).
///
/// Good at the raised or sunken high frequencies that up-sampling leaves in whole generated images; blind to
/// anything that keeps the mean power at each radius, and misled by size, resizing and compression.
pub struct RadialSpectrum {
    plans: PlanCache,
}

impl RadialSpectrum {
    /// The family's name.
    pub const NAME: &'static str = "radial";

    /// The family with this recipe.
    pub fn new(recipe: Recipe) -> Self {
        Self {
            plans: PlanCache::new(recipe),
        }
    }

    /// The place of a column among the family's own, by its name; `None` for any other name.
    pub fn place(column: &str) -> Option<u32> {
        let number = column
            .strip_prefix("radial_ring_")
            .or_else(|| column.strip_prefix("radial_point_"))?;
        number.split('_').next()?.parse().ok()
    }

    /// The recipe.
    pub fn recipe(&self) -> &Recipe {
        self.plans.recipe()
    }
}

impl Family for RadialSpectrum {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn settings(&self) -> String {
        self.recipe().to_string()
    }

    fn is_histogram(&self) -> bool {
        false
    }

    /// `radial_point_1_of_N` … from the lowest to the highest frequency, where the recipe resamples.
    fn fixed_columns(&self) -> Option<Vec<String>> {
        self.plans.points(Self::NAME)
    }

    /// `radial_ring_1`, `radial_ring_2`, … by radius in frequency samples, where the recipe does not resample.
    fn columns(&self, width: u32, height: u32) -> Result<Vec<String>, FeatureError> {
        Ok(self.plans.columns(Self::NAME, width, height)?)
    }

    fn extract(
        &self,
        image: &Decoded,
        workspace: &mut Workspace,
        features: &mut Vec<f64>,
    ) -> Result<(), FeatureError> {
        Ok(self
            .plans
            .extract(&image.luma, &mut workspace.spectrum, features)?)
    }
}

#[cfg(test)]
mod tests {
    use image::{GrayImage, Luma};
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use dftective_decode::{Format, SourceInfo};
    use dftective_spectrum::SpectrumError;

    fn decoded(luma: GrayImage) -> Decoded {
        let (width, height) = luma.dimensions();
        let source = SourceInfo {
            width,
            height,
            format: Format::Png,
            jpeg: None,
            remarks: Vec::new(),
        };
        Decoded {
            luma,
            source,
            planes: None,
            rgb: None,
            coefficients: None,
        }
    }

    fn noise(width: u32, height: u32) -> Decoded {
        let mut rng = ChaCha8Rng::seed_from_u64(u64::from(width) << 32 | u64::from(height));
        decoded(GrayImage::from_fn(width, height, |_, _| Luma([rng.r#gen()])))
    }

    #[test]
    fn every_preset_names_its_features() {
        // RadialBins of 1024² as published, of 128² as counted with the original code.
        for (name, small, large, first, last) in [
            (
                "default",
                128,
                128,
                "radial_point_1_of_128",
                "radial_point_128_of_128",
            ),
            ("faces-hq", 88, 722, "radial_ring_1", "radial_ring_722"),
            ("celeba", 80, 80, "radial_point_1_of_80", "radial_point_80_of_80"),
            (
                "deepfake-detection",
                300,
                300,
                "radial_point_1_of_300",
                "radial_point_300_of_300",
            ),
        ] {
            let family = RadialSpectrum::new(Recipe::preset(name).unwrap());
            assert_eq!((family.name(), family.settings().as_str()), ("radial", name));
            assert_eq!(family.columns(128, 128).unwrap().len(), small);
            let columns = family.columns(1024, 1024).unwrap();
            assert_eq!(columns.len(), large);
            assert_eq!([columns[0].as_str(), columns[large - 1].as_str()], [first, last]);
            let fixed = family.fixed_columns();
            assert_eq!(fixed, (small == large).then_some(columns), "{name}");
            assert!(family.columns(1, 1).is_err());
        }
    }

    /// Thin planes skip radii, and their names must say which.
    #[test]
    fn rings_are_named_by_radius() {
        let family = RadialSpectrum::new(Recipe::faces_hq());
        let columns = family.columns(40, 2).unwrap();
        let radii: Vec<u32> = columns
            .iter()
            .map(|name| name["radial_ring_".len()..].parse().unwrap())
            .collect();
        assert!(radii.is_sorted_by(|a, b| a < b));
        let mut features = Vec::new();
        let image = noise(40, 2);
        family
            .extract(&image, &mut Workspace::default(), &mut features)
            .unwrap();
        assert_eq!(features.len(), columns.len());
    }

    #[test]
    fn a_used_workspace_changes_no_bit() {
        let mut used = Workspace::default();
        for size in [(128, 128), (31, 64), (64, 31), (128, 128), (40, 40)] {
            for name in Recipe::PRESETS {
                for precision in ["f32", "f64"] {
                    let recipe = format!("{name} precision={precision}").parse().unwrap();
                    let family = RadialSpectrum::new(recipe);
                    let image = noise(size.0, size.1);
                    let extract = |workspace: &mut Workspace| {
                        let mut features = vec![-1.0];
                        family
                            .extract(&image, workspace, &mut features)
                            .map(|()| features)
                    };
                    let fresh = extract(&mut Workspace::default()).unwrap();
                    let again = extract(&mut used).unwrap();
                    let bits = |values: &[f64]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
                    assert_eq!(bits(&fresh), bits(&again), "{size:?} {name} {precision}");
                    // Appended after what was there.
                    let columns = family.columns(size.0, size.1).unwrap();
                    assert_eq!((fresh[0], fresh.len()), (-1.0, 1 + columns.len()));
                }
            }
        }
    }

    #[test]
    fn failure_leaves_the_features_as_they_were() {
        let family = RadialSpectrum::new("faces-hq epsilon=0".parse().unwrap());
        let grey = decoded(GrayImage::from_pixel(32, 32, Luma([5])));
        let stripes = decoded(GrayImage::from_fn(32, 32, |x, _| Luma([(x % 2 * 200) as u8])));
        let mut workspace = Workspace::default();
        for (image, expected) in [
            (grey, "constant image"),
            (stripes, "the spectrum has no finite value"),
            (noise(2, 2), "image too small"),
        ] {
            let mut features = vec![1.0, 2.0];
            let error = family.extract(&image, &mut workspace, &mut features).unwrap_err();
            assert!(error.to_string().starts_with(expected), "{error}");
            assert!(!matches!(
                error,
                FeatureError::Spectrum(SpectrumError::WrongSize { .. })
            ));
            assert_eq!(features, [1.0, 2.0]);
        }
    }
}
