//! A trained network as a feature family.

use std::collections::BTreeMap;

use burn::tensor::{Tensor, TensorData};
use image::RgbImage;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::device::device;
use super::networks::Network;
use super::pictures::{CHANNELS, append_planes, colours};
use super::{CnnError, Pictures, attention, weights};
use dftective_classify::{Architecture, NetworkParams};
use dftective_decode::{Channels, Decoded, Plane};
use dftective_features::{Families, Family, FeatureError, NETWORK_COLUMN, Tiles, Workspace};

/// A trained network as a family of one feature: its logit of a square picture, averaged with that of the mirrored
/// picture where it has been trained on both and sees the whole. Pictures that are larger than the square are cut
/// into [`Tiles`] by [`Families`].
pub struct NetworkFamily {
    settings: Settings,
    network: Network,
}

/// What a network sees and how, as it stands in a detector's file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    pub architecture: Architecture,
    /// Pixels of a square's side.
    pub side: u32,
    /// Whether the logit is the mean with that of the mirror image.
    pub mirror: bool,
    /// Whether pictures are scaled to the square first.
    pub resize: bool,
}

impl NetworkFamily {
    /// The network (of weights that are not trained any more) as `params` say it was trained.
    pub(super) fn new(network: Network, params: &NetworkParams) -> Self {
        let settings = Settings {
            architecture: params.architecture,
            side: params.side(),
            mirror: params.views() == 1 && params.augmentation.flip,
            resize: params.resize,
        };
        Self { settings, network }
    }

    /// The squares of a picture that such a network judges; `None` where pictures are scaled, and seen whole.
    ///
    /// # Errors
    /// A side or a number that [`Tiles`] do not have.
    pub fn tiles(params: &NetworkParams) -> Result<Option<Tiles>, FeatureError> {
        if params.resize {
            return Ok(None);
        }
        Tiles::new(params.side(), params.views()).map(Some)
    }

    /// As the only family of a detector.
    ///
    /// # Errors
    /// As [`Self::tiles`].
    pub fn into_families(self, params: &NetworkParams) -> Result<Families, FeatureError> {
        Ok(Families::of_network(
            std::sync::Arc::new(self),
            Self::tiles(params)?,
        ))
    }

    /// A network from a detector's file.
    ///
    /// # Errors
    /// Settings that can't be read, or arrays that are not the network's.
    pub fn from_parts(
        settings: &str,
        arrays: BTreeMap<String, (Vec<usize>, Vec<f32>)>,
    ) -> Result<Self, CnnError> {
        let settings: Settings =
            serde_json::from_str(settings).map_err(|error| CnnError::Settings(error.to_string()))?;
        if !settings.architecture.takes_side(settings.side) {
            return Err(CnnError::Settings(format!(
                "{} with squares of {} pixels, expected {}",
                settings.architecture,
                settings.side,
                settings.architecture.sides()
            )));
        }
        let network = Network::new(settings.architecture, &device());
        Ok(Self {
            network: weights::set_arrays(network, arrays)?,
            settings,
        })
    }

    /// Bytes of its weights and statistics.
    pub fn bytes(&self) -> usize {
        let arrays = weights::arrays(&self.network).into_iter();
        arrays.map(|(_, _, values)| values.len() * size_of::<f32>()).sum()
    }

    /// Its architecture.
    pub fn architecture(&self) -> Architecture {
        self.settings.architecture
    }

    /// The square it sees of a picture: the picture itself, scaled or cut where that was asked for.
    fn square(&self, image: &Decoded) -> Result<RgbImage, FeatureError> {
        let side = self.settings.side;
        let (width, height) = image.luma.dimensions();
        let picture = colours(image, self.settings.resize.then_some(side));
        if picture.dimensions() == (side, side) {
            return Ok(picture);
        }
        if !self.settings.resize {
            return Err(FeatureError::TooSmall {
                family: self.name(),
                width,
                height,
                needed: side,
            });
        }
        let (x, y) = ((picture.width() - side) / 2, (picture.height() - side) / 2);
        Ok(image::imageops::crop_imm(&picture, x, y, side, side).to_image())
    }

    fn input(&self, square: &RgbImage) -> Tensor<4> {
        let side = self.settings.side as usize;
        let mut planes = Vec::new();
        append_planes(square, &mut planes);
        let mut count = 1;
        if self.settings.mirror {
            append_planes(&image::imageops::flip_horizontal(square), &mut planes);
            count = 2;
        }
        Tensor::from_data(TensorData::new(planes, [count, 3, side, side]), &device())
    }
}

impl Family for NetworkFamily {
    fn name(&self) -> &'static str {
        "network"
    }

    /// Architecture, side of the square, whether mirrored and scaled, as JSON.
    fn settings(&self) -> String {
        // A struct of names and numbers always has a text.
        serde_json::to_string(&self.settings).unwrap_or_default()
    }

    fn channels(&self) -> Channels {
        CHANNELS
    }

    fn is_histogram(&self) -> bool {
        false
    }

    fn fixed_columns(&self) -> Option<Vec<String>> {
        Some(vec![NETWORK_COLUMN.to_owned()])
    }

    fn columns(&self, _: u32, _: u32) -> Result<Vec<String>, FeatureError> {
        Ok(vec![NETWORK_COLUMN.to_owned()])
    }

    fn arrays(&self) -> Vec<(String, Vec<usize>, Vec<f32>)> {
        weights::arrays(&self.network)
    }

    fn attention(&self, image: &Decoded) -> Result<Option<Plane>, FeatureError> {
        let square = self.square(image)?;
        Ok(Some(attention::attention(&self.network, &square)))
    }

    fn extract(
        &self,
        image: &Decoded,
        _: &mut Workspace,
        features: &mut Vec<f64>,
    ) -> Result<(), FeatureError> {
        let input = self.input(&self.square(image)?);
        let logit: f32 = self.network.forward(input).mean().into_scalar();
        features.push(f64::from(logit));
        Ok(())
    }
}

/// The logits of pictures, as a detector of `families` has them.
///
/// # Errors
/// A picture that can't be read, or that the network can't see.
pub fn margins(families: &Families, pictures: &dyn Pictures, items: &[usize]) -> Result<Vec<f64>, CnnError> {
    let margin = |workspace: &mut Workspace, &item: &usize| {
        let mut logit = Vec::with_capacity(1);
        let found = families.extract(&pictures.read(item)?, workspace, &mut logit);
        found.map_err(|error| CnnError::Picture {
            path: pictures.path(item),
            cause: error.to_string(),
        })?;
        Ok(logit.iter().sum())
    };
    items.par_iter().map_init(Workspace::default, margin).collect()
}
