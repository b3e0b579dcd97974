//! Several families as one feature vector.

use std::sync::Arc;

use super::{Family, FeatureError, Selection, Tiles, Workspace};
use dftective_decode::{Channels, Decoded};

/// The families of a [`Selection`], one after the other.
///
/// What a classifier is given of a histogram is its square root (Hellinger's distance): counts vary by about their
/// square root, so that rare values are not drowned by frequent ones.
#[derive(Clone)]
pub struct Families {
    selection: Selection,
    families: Vec<Arc<dyn Family>>,
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
    pub fn channels(&self) -> Channels {
        let each = self.iter().map(Family::channels);
        each.fold(Channels::default(), |all, channels| all | channels)
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
        let side = self.selection.tiles().map(Tiles::side);
        let (width, height) = (side.unwrap_or(width), side.unwrap_or(height));
        let columns = self.iter().map(|family| family.columns(width, height));
        Ok(columns.collect::<Result<Vec<_>, _>>()?.concat())
    }

    /// Appends an image's features: each family's, histograms as square roots; of squares the mean, before the roots. On
    /// an error `features` is as it was.
    ///
    /// # Errors
    /// An image that a family has no features of; of squares, when that is so of all of them.
    pub fn extract(
        &self,
        image: &Decoded,
        workspace: &mut Workspace,
        features: &mut Vec<f64>,
    ) -> Result<(), FeatureError> {
        let start = features.len();
        match self.selection.tiles() {
            None => self.append(image, workspace, features)?,
            Some(tiles) => self.append_mean(tiles.squares(image)?, workspace, features)?,
        }
        let mut column = start;
        for (family, count) in self.iter().zip(&workspace.counts) {
            if family.is_histogram() {
                for value in &mut features[column..column + count] {
                    *value = value.sqrt();
                }
            }
            column += count;
        }
        Ok(())
    }

    /// Appends the features as the families give them, and says in the workspace how many each has.
    fn append(
        &self,
        image: &Decoded,
        workspace: &mut Workspace,
        features: &mut Vec<f64>,
    ) -> Result<(), FeatureError> {
        if image.is_one_colour() {
            return Err(FeatureError::OneColour);
        }
        let before = features.len();
        workspace.counts.clear();
        for family in self.iter() {
            let start = features.len();
            if let Err(error) = family.extract(image, workspace, features) {
                features.truncate(before);
                return Err(error);
            }
            workspace.counts.push(features.len() - start);
        }
        Ok(())
    }

    /// Appends the mean over those squares that have features: black borders and clear skies have none.
    fn append_mean(
        &self,
        squares: impl Iterator<Item = Decoded>,
        workspace: &mut Workspace,
        features: &mut Vec<f64>,
    ) -> Result<(), FeatureError> {
        let start = features.len();
        let (mut found, mut first_error, mut own, mut counts) = (0, None, Vec::new(), Vec::new());
        for square in squares {
            own.clear();
            match self.append(&square, workspace, &mut own) {
                Err(error) => first_error = first_error.or(Some(error)),
                Ok(()) => {
                    features.resize(start + own.len(), 0.0);
                    for (sum, value) in features[start..].iter_mut().zip(&own) {
                        *sum += value;
                    }
                    found += 1;
                    counts.clone_from(&workspace.counts);
                }
            }
        }
        if let (0, Some(error)) = (found, first_error) {
            return Err(error);
        }
        for sum in &mut features[start..] {
            *sum /= f64::from(found);
        }
        workspace.counts = counts;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage};

    use super::*;
    use crate::tests::{decoded, fixtures};
    use dftective_decode::encode_jpeg;
    use dftective_decode::{Limits, decode_channels};

    #[test]
    fn families_stand_in_their_order_and_histograms_as_roots() {
        let families = Families::new("families=haar,srm,radial".parse().unwrap());
        assert!(families.channels().planes && !families.channels().rgb && !families.channels().coefficients);
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
    fn squares_give_the_mean_before_the_roots() {
        let whole = Families::new("families=haar,srm,radial default bins=16".parse().unwrap());
        let tiled = Families::new(
            "families=haar,srm,radial tiles=32:4 default bins=16"
                .parse()
                .unwrap(),
        );
        let pixels = RgbImage::from_fn(160, 128, |x, y| {
            Rgb([x * x / 5 + y * 3, x * 7 + y * y / 9, x * y / 6].map(|value| value as u8))
        });
        let file = encode_jpeg(&pixels, 90).unwrap();
        let image = decode_channels(&file, &Limits::default(), whole.channels()).unwrap();
        let mut workspace = Workspace::default();
        let mut found = Vec::new();
        tiled.extract(&image, &mut workspace, &mut found).unwrap();
        let (width, height) = image.luma.dimensions();
        let corners = "32:4".parse::<Tiles>().unwrap().corners(width, height);
        assert_eq!(corners.len(), 4);
        let mut expected = vec![0.0; found.len()];
        for (x, y) in &corners {
            let mut own = Vec::new();
            for family in whole.iter() {
                family
                    .extract(&image.cut(*x, *y, 32).unwrap(), &mut workspace, &mut own)
                    .unwrap();
            }
            for (sum, value) in expected.iter_mut().zip(own) {
                *sum += value;
            }
        }
        let columns = tiled.columns(width, height).unwrap();
        for ((column, sum), value) in columns.iter().zip(expected).zip(&found) {
            let mean = sum / corners.len() as f64;
            let mean = if column.starts_with("srm_") {
                mean.sqrt()
            } else {
                mean
            };
            assert_eq!(mean, *value, "{column}");
        }
        assert_eq!(tiled.fixed_columns(), Some(columns));
        // Smaller than a square.
        let small = image.cut(0, 0, 31).unwrap();
        let error = tiled.extract(&small, &mut workspace, &mut found).unwrap_err();
        assert!(
            error.to_string().starts_with("image too small for crops"),
            "{error}"
        );
    }

    /// A square without a spectrum is passed over, and a picture of such squares is an error.
    #[test]
    fn squares_without_features_are_passed_over() {
        let families = Families::new("families=radial tiles=32:4 default bins=16".parse().unwrap());
        let mut workspace = Workspace::default();
        let mut extract = |image: &Decoded| {
            let mut features = Vec::new();
            families
                .extract(image, &mut workspace, &mut features)
                .map(|()| features)
        };
        let flat = image::GrayImage::from_pixel(128, 128, image::Luma([9]));
        let mut half = flat.clone();
        for (x, y, pixel) in half.enumerate_pixels_mut().filter(|(x, _, _)| *x < 64) {
            pixel.0 = [(x * 7 + y * x * 3) as u8];
        }
        let half = decoded(half);
        let found = extract(&half).unwrap();
        let mut by_hand = vec![0.0; 16];
        let corners: Vec<_> = "32:4".parse::<Tiles>().unwrap().corners(128, 128);
        let filled: Vec<_> = corners.into_iter().filter(|(x, _)| *x < 64).collect();
        for (x, y) in &filled {
            let own = extract_whole(&half.cut(*x, *y, 32).unwrap());
            by_hand.iter_mut().zip(own).for_each(|(sum, value)| *sum += value);
        }
        let count = filled.len() as f64;
        assert!(
            found
                .iter()
                .zip(by_hand)
                .all(|(value, sum)| *value == sum / count)
        );
        let error = extract(&decoded(flat)).unwrap_err().to_string();
        assert!(error.starts_with("constant image"), "{error}");
    }

    fn extract_whole(image: &Decoded) -> Vec<f64> {
        let mut features = Vec::new();
        let families = Families::new("default bins=16".parse().unwrap());
        families
            .extract(image, &mut Workspace::default(), &mut features)
            .unwrap();
        features
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
        let radial_bins = Families::new("faces-hq".parse().unwrap());
        assert_eq!(radial_bins.fixed_columns(), None);
    }
}
