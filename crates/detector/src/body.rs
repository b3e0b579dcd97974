//! How a detector comes to a margin: by features and a classifier, or by a network.

use std::fmt;
use std::sync::Arc;

use super::network::LOGIT_COLUMN;
use super::{DetectorError, FittedNetwork};
use dftective_classify::{Model, Scaler};
use dftective_decode::{Channels, Decoded};
use dftective_features::{ClassMoments, Families, FeatureError, Selection, Workspace};
use dftective_spectrum::Recipe;

/// How a detector comes to a margin.
pub enum Body {
    /// Features of an image and a classifier of them.
    Classical(Box<Classical>),
    /// A network, whose logit is the margin as it is.
    Network(Arc<FittedNetwork>),
}

/// Features, their scaling and a classifier of them.
pub struct Classical {
    pub(super) families: Families,
    pub(super) columns: Vec<String>,
    pub(super) scaler: Scaler,
    pub(super) model: Model,
    pub(super) moments: ClassMoments,
}

impl Classical {
    /// The families of its features.
    pub fn families(&self) -> &Families {
        &self.families
    }

    /// Which features it reads.
    pub fn selection(&self) -> &Selection {
        self.families.selection()
    }

    /// The recipe of its spectra; the default one where it reads none.
    pub fn recipe(&self) -> &Recipe {
        self.selection().recipe()
    }

    /// Names of the features, in order.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The fitted classifier.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// Mean and deviation of each feature over the real and over the fake training images, before scaling.
    pub fn moments(&self) -> &ClassMoments {
        &self.moments
    }

    /// The margin of a feature vector, which is scaled in place.
    pub(super) fn margin(&self, features: &mut [f64]) -> f64 {
        self.scaler.transform_row(features);
        self.model.margin(features)
    }

    /// The features of an image, as many as there are columns.
    pub(super) fn features(
        &self,
        image: &Decoded,
        workspace: &mut Workspace,
    ) -> Result<Vec<f64>, DetectorError> {
        let mut features = Vec::with_capacity(self.columns.len());
        self.families.extract(image, workspace, &mut features)?;
        if features.len() != self.columns.len() {
            let (width, height) = image.luma.dimensions();
            let (expected, found) = (self.columns.len(), features.len());
            return Err(DetectorError::FeatureCount {
                expected,
                found,
                width,
                height,
            });
        }
        Ok(features)
    }
}

/// What a detector reads, in words: a selection of features, or a network's squares.
impl fmt::Display for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Classical(classical) => classical.selection().fmt(f),
            Self::Network(network) => network.fmt(f),
        }
    }
}

/// What is computed of an image before a margin is: one row of a table, which [`Detector::score`](super::Detector::score)
/// takes.
#[derive(Clone)]
pub enum Inputs {
    /// Features.
    Features(Families),
    /// A network's logit.
    Logit(Arc<FittedNetwork>),
}

impl From<Families> for Inputs {
    fn from(families: Families) -> Self {
        Self::Features(families)
    }
}

impl Inputs {
    /// What they read of an image besides luma.
    pub fn channels(&self) -> Channels {
        match self {
            Self::Features(families) => families.channels(),
            Self::Logit(network) => network.channels(),
        }
    }

    /// Which features they are; of a network [`Selection::none`].
    pub fn selection(&self) -> Selection {
        match self {
            Self::Features(families) => families.selection().clone(),
            Self::Logit(_) => Selection::none(),
        }
    }

    /// Names of the columns, where they are the same for images of every size.
    pub fn fixed_columns(&self) -> Option<Vec<String>> {
        match self {
            Self::Features(families) => families.fixed_columns(),
            Self::Logit(_) => Some(vec![LOGIT_COLUMN.to_owned()]),
        }
    }

    /// Names of the columns for an image `width × height` pixels.
    ///
    /// # Errors
    /// A size at which a family has no features.
    pub fn columns(&self, width: u32, height: u32) -> Result<Vec<String>, FeatureError> {
        match self {
            Self::Features(families) => families.columns(width, height),
            Self::Logit(_) => Ok(vec![LOGIT_COLUMN.to_owned()]),
        }
    }

    /// Appends an image's row. On an error `row` is as it was.
    ///
    /// # Errors
    /// An image that has no features, or that the network can't see.
    pub fn extract(
        &self,
        image: &Decoded,
        workspace: &mut Workspace,
        row: &mut Vec<f64>,
    ) -> Result<(), FeatureError> {
        match self {
            Self::Features(families) => families.extract(image, workspace, row),
            Self::Logit(network) => {
                row.push(network.logit(image)?);
                Ok(())
            }
        }
    }
}
