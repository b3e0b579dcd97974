//! A trained network, and what it sees of an image.

use std::collections::BTreeMap;
use std::fmt;

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
use dftective_features::{FeatureError, Tiles};

/// What a network sees of an image, as it stands in a detector's file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputRule {
    /// The network.
    pub architecture: Architecture,
    /// Side of the square it sees at a time, pixels.
    pub side: u32,
    /// Whether the logit is the mean with that of the mirror image.
    pub mirror: bool,
    /// Whether images are scaled to the square first.
    pub resize: bool,
    /// The squares of an image whose logits are averaged; `None` where it is seen at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tiles: Option<Tiles>,
}

impl InputRule {
    /// As `params` say a network is trained.
    ///
    /// # Errors
    /// A side or a number of squares that [`Tiles`] do not have.
    pub fn of(params: &NetworkParams) -> Result<Self, FeatureError> {
        let tiles = (!params.resize).then(|| Tiles::new(params.side(), params.views()));
        Ok(Self {
            architecture: params.architecture,
            side: params.side(),
            mirror: params.views() == 1 && params.augmentation.flip,
            resize: params.resize,
            tiles: tiles.transpose()?,
        })
    }

    fn check(self) -> Result<Self, CnnError> {
        let Self {
            architecture, side, ..
        } = self;
        if !architecture.takes_side(side) {
            return Err(CnnError::InputRule(format!(
                "{architecture} with squares of {side} pixels, expected {}",
                architecture.sides()
            )));
        }
        match self.tiles.map(Tiles::side).filter(|cut| *cut != side) {
            Some(cut) => Err(CnnError::InputRule(format!(
                "squares of {cut} pixels for a network that sees {side}"
            ))),
            None => Ok(self),
        }
    }
}

/// As in `squares of 128 pixels, at most 9 of a picture`.
impl fmt::Display for InputRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.tiles {
            None => write!(f, "pictures scaled to {} pixels", self.side),
            Some(tiles) => write!(
                f,
                "squares of {} pixels, at most {} of a picture",
                tiles.side(),
                tiles.count()
            ),
        }
    }
}

/// A network that has learnt: weights that are not trained any more, and the rule by which it sees an image.
#[derive(Debug)]
pub struct FittedNetwork {
    rule: InputRule,
    network: Network,
}

impl FittedNetwork {
    /// The network (of weights that are not trained any more) as `params` say it was trained.
    pub(super) fn new(network: Network, params: &NetworkParams) -> Result<Self, FeatureError> {
        let rule = InputRule::of(params)?;
        Ok(Self { rule, network })
    }

    /// A network from a detector's file: its arrays are those of [`Self::arrays`].
    ///
    /// # Errors
    /// A rule that the network can't follow, or arrays that are not the network's.
    pub fn from_parts(
        rule: InputRule,
        arrays: BTreeMap<String, (Vec<usize>, Vec<f32>)>,
    ) -> Result<Self, CnnError> {
        let rule = rule.check()?;
        let network = Network::new(rule.architecture, &device());
        Ok(Self {
            network: weights::set_arrays(network, arrays)?,
            rule,
        })
    }

    /// What it sees of an image.
    pub fn rule(&self) -> &InputRule {
        &self.rule
    }

    /// What it reads of an image besides luma.
    pub fn channels(&self) -> Channels {
        CHANNELS
    }

    /// Its weights and statistics: name, shape and values by rows.
    pub fn arrays(&self) -> Vec<(String, Vec<usize>, Vec<f32>)> {
        weights::arrays(&self.network)
    }

    /// Bytes of its weights and statistics.
    pub fn bytes(&self) -> usize {
        let arrays = self.arrays().into_iter();
        arrays.map(|(_, _, values)| values.len() * size_of::<f32>()).sum()
    }

    /// The logit of an image, the log-odds of fake before calibration: the mean over its squares.
    ///
    /// # Errors
    /// An image smaller than a square, or all of one colour.
    pub fn logit(&self, image: &Decoded) -> Result<f64, FeatureError> {
        if image.is_one_colour() {
            return Err(FeatureError::OneColour);
        }
        let Some(tiles) = self.rule.tiles else {
            return self.logit_of_square(image);
        };
        let (mut sum, mut count) = (0.0, 0_u32);
        for square in tiles.squares(image)? {
            sum += self.logit_of_square(&square)?;
            count += 1;
        }
        Ok(sum / f64::from(count))
    }

    /// Where in the image the logit comes from, by Grad-CAM: a plane of the image's size, at least 0, high where something
    /// speaks for fake. Of squares it is the mean where they overlap, and 0 where there are none.
    ///
    /// # Errors
    /// As [`Self::logit`].
    pub fn attention(&self, image: &Decoded) -> Result<Plane, FeatureError> {
        let Some(tiles) = self.rule.tiles else {
            return Ok(attention::attention(&self.network, &self.square(image)?));
        };
        let (width, height) = image.luma.dimensions();
        let mut sums = vec![0.0; (width * height) as usize];
        let mut counts = vec![0.0; sums.len()];
        for ((x, y), square) in tiles
            .corners(width, height)
            .into_iter()
            .zip(tiles.squares(image)?)
        {
            let plane = attention::attention(&self.network, &self.square(&square)?);
            for (row, samples) in plane.samples.chunks_exact(plane.width).enumerate() {
                let start = (y as usize + row) * width as usize + x as usize;
                for (place, sample) in (start..).zip(samples) {
                    sums[place] += sample;
                    counts[place] += 1.0;
                }
            }
        }
        let means = sums
            .iter()
            .zip(&counts)
            .map(|(sum, count)| sum / f32::max(*count, 1.0));
        Ok(Plane {
            width: width as usize,
            height: height as usize,
            samples: means.collect(),
        })
    }

    fn logit_of_square(&self, image: &Decoded) -> Result<f64, FeatureError> {
        let input = self.input(&self.square(image)?);
        let logit: f32 = self.network.forward(input).mean().into_scalar();
        Ok(f64::from(logit))
    }

    /// The square it sees of an image: the image itself, scaled or cut where that was asked for.
    fn square(&self, image: &Decoded) -> Result<RgbImage, FeatureError> {
        let side = self.rule.side;
        let (width, height) = image.luma.dimensions();
        let picture = colours(image, self.rule.resize.then_some(side));
        if picture.dimensions() == (side, side) {
            return Ok(picture);
        }
        if !self.rule.resize {
            return Err(FeatureError::TooSmall {
                family: "network",
                width,
                height,
                needed: side,
            });
        }
        let (x, y) = ((picture.width() - side) / 2, (picture.height() - side) / 2);
        Ok(image::imageops::crop_imm(&picture, x, y, side, side).to_image())
    }

    fn input(&self, square: &RgbImage) -> Tensor<4> {
        let side = self.rule.side as usize;
        let mut planes = Vec::new();
        append_planes(square, &mut planes);
        let mut count = 1;
        if self.rule.mirror {
            append_planes(&image::imageops::flip_horizontal(square), &mut planes);
            count = 2;
        }
        Tensor::from_data(TensorData::new(planes, [count, 3, side, side]), &device())
    }
}

/// As its rule says.
impl fmt::Display for FittedNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.rule.fmt(f)
    }
}

/// The logits of images, in the order of `items`.
///
/// # Errors
/// An image that can't be read, or that the network can't see.
pub fn margins(
    network: &FittedNetwork,
    pictures: &dyn Pictures,
    items: &[usize],
) -> Result<Vec<f64>, CnnError> {
    let margin = |&item: &usize| {
        let logit = network.logit(&pictures.read(item)?);
        logit.map_err(|error| CnnError::Picture {
            path: pictures.path(item),
            cause: error.to_string(),
        })
    };
    items.par_iter().map(margin).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_that_no_network_can_follow_is_refused() {
        let good = InputRule::of(&NetworkParams::new(Architecture::SrmResnet)).unwrap();
        let text = serde_json::to_string(&good).unwrap();
        assert_eq!(serde_json::from_str::<InputRule>(&text).unwrap(), good);
        assert!(good.clone().check().is_ok());
        for (rule, expected) in [
            (
                InputRule {
                    side: 16,
                    ..good.clone()
                },
                "srm-resnet with squares of 16 pixels, expected from 32 to 1024",
            ),
            (
                InputRule {
                    side: 64,
                    ..good.clone()
                },
                "squares of 128 pixels for a network that sees 64",
            ),
        ] {
            let error = rule.check().unwrap_err().to_string();
            assert!(error.ends_with(expected), "{error}");
        }
        assert!(serde_json::from_str::<InputRule>("{\"architecture\":\"srm-resnet\"}").is_err());
    }
}
