//! In a program without networks there is none.

use std::fmt;

use serde_json::Value;

use super::Singles;
use crate::DetectorError;
use dftective_decode::{Channels, Decoded, Plane};
use dftective_features::FeatureError;

/// A network that has learnt. This program was built without the feature `cnn`, so none can be made or read.
#[derive(Debug)]
pub enum FittedNetwork {}

impl FittedNetwork {
    /// What it reads of an image besides luma.
    pub fn channels(&self) -> Channels {
        match *self {}
    }

    /// Its weights and statistics: name, shape and values by rows.
    pub fn arrays(&self) -> Vec<(String, Vec<usize>, Vec<f32>)> {
        match *self {}
    }

    /// The logit of an image.
    ///
    /// # Errors
    /// An image that it can't see.
    pub fn logit(&self, _: &Decoded) -> Result<f64, FeatureError> {
        match *self {}
    }

    /// Where in the image the logit comes from.
    ///
    /// # Errors
    /// As [`Self::logit`].
    pub fn attention(&self, _: &Decoded) -> Result<Plane, FeatureError> {
        match *self {}
    }
}

impl fmt::Display for FittedNetwork {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {}
    }
}

pub fn describe(network: &FittedNetwork) -> Result<Value, serde_json::Error> {
    match *network {}
}

pub fn read(_: Value, _: Singles) -> Result<FittedNetwork, DetectorError> {
    Err(DetectorError::NeedsNetworks)
}
