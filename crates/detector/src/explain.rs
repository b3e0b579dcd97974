//! What a margin is made of.

use serde::{Deserialize, Serialize};

use super::judge::finite;
use super::{Classical, DetectorError};
use dftective_classify::Model;
use dftective_features::Band;

/// What each band of features adds to an image's margin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Contributions {
    /// The margin of a picture half way between the mean real and the mean fake training image.
    pub middle_margin: f64,
    /// For each band, how much lower the margin would be if the picture were like that middle there: above 0 it
    /// speaks for fake.
    pub margins: Vec<f64>,
    /// Whether they add up to the margin less the middle's, as those of a linear model do whose bands hold all
    /// features.
    pub add_up: bool,
}

impl Classical {
    /// What each band adds to the margin of a feature vector (unscaled, as the family gives it): the margin less that
    /// with the band's features replaced by the middle between the classes' means (occlusion). For a linear model that
    /// is Σ wⱼ (xⱼ − mⱼ)/sⱼ over the band.
    ///
    /// # Errors
    /// A margin that is not finite.
    ///
    /// # Panics
    /// If there are not as many features as there are columns, or a band names a column that is not there.
    pub fn contributions(&self, features: &[f64], bands: &[Band]) -> Result<Contributions, DetectorError> {
        let margin = |features: &[f64]| finite(self.margin(&mut features.to_vec()));
        let middle = self.moments.middle();
        let own = margin(features)?;
        let without = |band: &Band| {
            let mut features = features.to_vec();
            for &column in &band.columns {
                features[column] = middle[column];
            }
            Ok(own - margin(&features)?)
        };
        Ok(Contributions {
            middle_margin: margin(&middle)?,
            margins: bands.iter().map(without).collect::<Result<_, DetectorError>>()?,
            add_up: matches!(self.model, Model::Linear(_)),
        })
    }
}
