//! Several families as one feature vector.

use super::{Family, FeatureError, Selection, Workspace};
use crate::decode::{Decoded, Wanted};

/// The families of a [`Selection`], one after the other.
///
/// What a classifier is given of a histogram is its square root (Hellinger's distance): counts vary by about their
/// square root, so that rare values are not drowned by frequent ones.
pub struct Families {
    selection: Selection,
    families: Vec<Box<dyn Family>>,
}

impl Families {
    /// The families of `selection`.
    pub fn new(selection: Selection) -> Self {
        let names = selection.families().iter();
        let families = names.map(|name| name.build(selection.recipe())).collect();
        Self { selection, families }
    }

    /// Which they are.
    pub fn selection(&self) -> &Selection {
        &self.selection
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &dyn Family> {
        self.families.iter().map(AsRef::as_ref)
    }

    /// What they read beyond luma, together.
    pub fn wants(&self) -> Wanted {
        let mut all = Wanted::default();
        for Wanted {
            planes,
            rgb,
            coefficients,
        } in self.iter().map(Family::wants)
        {
            all.planes |= planes;
            all.rgb |= rgb;
            all.coefficients |= coefficients;
        }
        all
    }

    /// The names of the features, where they are the same for images of every size.
    pub fn fixed_columns(&self) -> Option<Vec<String>> {
        let columns = self.iter().map(Family::fixed_columns);
        Some(columns.collect::<Option<Vec<_>>>()?.concat())
    }

    /// The names of the features of an image `width × height` pixels.
    ///
    /// # Errors
    /// A size at which a family has no features.
    pub fn columns(&self, width: u32, height: u32) -> Result<Vec<String>, FeatureError> {
        let columns = self.iter().map(|family| family.columns(width, height));
        Ok(columns.collect::<Result<Vec<_>, _>>()?.concat())
    }

    /// Appends an image's features: each family's, histograms as square roots. On an error `features` is as it was.
    ///
    /// # Errors
    /// An image that a family has no features of.
    pub fn extract(
        &self,
        image: &Decoded,
        workspace: &mut Workspace,
        features: &mut Vec<f64>,
    ) -> Result<(), FeatureError> {
        let before = features.len();
        for family in self.iter() {
            let start = features.len();
            if let Err(error) = family.extract(image, workspace, features) {
                features.truncate(before);
                return Err(error);
            }
            if family.is_histogram() {
                for value in &mut features[start..] {
                    *value = value.sqrt();
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::tests::fixtures;

    #[test]
    fn families_stand_in_their_order_and_histograms_as_roots() {
        let families = Families::new("families=haar,srm,radial".parse().unwrap());
        assert!(families.wants().planes && !families.wants().rgb && !families.wants().coefficients);
        let (_, image) = fixtures().swap_remove(0);
        let mut workspace = Workspace::default();
        let mut found = vec![-1.0];
        families.extract(&image, &mut workspace, &mut found).unwrap();
        let mut expected = vec![-1.0];
        for family in families.iter() {
            let mut own = Vec::new();
            family.extract(&image, &mut workspace, &mut own).unwrap();
            if family.name() == "srm" {
                own.iter_mut().for_each(|share| *share = share.sqrt());
            }
            expected.extend(own);
        }
        assert_eq!(found, expected);
        let (width, height) = image.luma.dimensions();
        let columns = families.columns(width, height).unwrap();
        assert_eq!(columns.len() + 1, found.len());
        assert_eq!(families.fixed_columns(), Some(columns));
    }

    #[test]
    fn a_family_that_fails_leaves_nothing_behind() {
        let families = Families::new("families=radial,dctr-c".parse().unwrap());
        let (_, mut image) = fixtures().swap_remove(0);
        image.planes = None;
        let mut features = vec![2.0];
        let error = families
            .extract(&image, &mut Workspace::default(), &mut features)
            .unwrap_err();
        assert!(matches!(error, FeatureError::NotDecoded { .. }), "{error}");
        assert_eq!(features, [2.0]);
        let rings = Families::new("faces-hq".parse().unwrap());
        assert_eq!(rings.fixed_columns(), None);
    }
}
