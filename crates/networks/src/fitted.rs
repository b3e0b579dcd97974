//! A trained network, and what it sees of an image.

use std::collections::BTreeMap;
use std::fmt;

use rayon::prelude::*;

use super::attention::attention;
use super::device::device;
use super::input::{Input, InputRule, Planes, View, Views};
use super::networks::Network;
use super::pictures::CHANNELS;
use super::{Clips, CnnError, Trainable, weights};
use dftective_decode::{Channels, Decoded, Plane};
use dftective_features::FeatureError;

/// A network that has learnt: weights that are not trained any more, and the rule by which it sees an image.
#[derive(Debug)]
pub struct FittedNetwork<N = Network> {
    rule: InputRule,
    network: N,
}

impl FittedNetwork {
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
}

impl<N: Trainable> FittedNetwork<N> {
    /// The network (of weights that are not trained any more), which sees an image as this says.
    pub(super) fn new(network: N, rule: InputRule) -> Self {
        Self { rule, network }
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

    /// The logit of an image, the log-odds of fake before calibration: the mean over the squares that are seen one by one.
    ///
    /// # Errors
    /// An image smaller than a square, or all of one colour; any, where frames in a row are seen.
    pub fn logit(&self, image: &Decoded) -> Result<f64, FeatureError> {
        if image.is_one_colour() {
            return Err(FeatureError::OneColour);
        }
        Ok(self.logit_of(&self.rule.views_of_picture(image)?))
    }

    /// [`Self::logit`] of an item.
    ///
    /// # Errors
    /// As there; frames that can't be read, are too few, or of several sizes.
    pub fn clip_logit(&self, clips: &dyn Clips, item: usize) -> Result<f64, CnnError> {
        Ok(self.logit_of(&self.views(clips, item)?))
    }

    /// Where in the image the logit comes from, by Grad-CAM: a plane of the image's size, at least 0, high where something
    /// speaks for fake. Of squares it is the mean where they overlap, and 0 where there are none. Of a scaled image it is
    /// of the part that is seen, in its size.
    ///
    /// # Errors
    /// As [`Self::logit`].
    pub fn attention(&self, image: &Decoded) -> Result<Plane, FeatureError> {
        let views = self.rule.views_of_picture(image)?;
        Ok(self.attention_to(&views).swap_remove(0))
    }

    /// [`Self::attention`] to each of the frames of an item that are seen.
    ///
    /// # Errors
    /// As [`Self::clip_logit`].
    pub fn clip_attention(&self, clips: &dyn Clips, item: usize) -> Result<Vec<Plane>, CnnError> {
        Ok(self.attention_to(&self.views(clips, item)?))
    }

    fn views(&self, clips: &dyn Clips, item: usize) -> Result<Views, CnnError> {
        let views = self
            .rule
            .views(clips.frames(item), |frame| clips.frame(item, frame));
        views.map_err(|error| match error {
            CnnError::Features(error) => CnnError::Picture {
                path: clips.name(item),
                cause: error.to_string(),
            },
            error => error,
        })
    }

    fn logit_of(&self, views: &Views) -> f64 {
        let logits = views.views.iter().map(|view| self.logit_of_input(&view.input));
        logits.sum::<f64>() / views.views.len() as f64
    }

    fn logit_of_input(&self, input: &Input) -> f64 {
        let planes = if self.rule.mirror {
            Planes::of(&[input.clone(), input.mirrored()])
        } else {
            Planes::of(std::slice::from_ref(input))
        };
        let logit: f32 = self
            .network
            .outputs(planes.tensor(&device()))
            .logits()
            .mean()
            .into_scalar();
        f64::from(logit)
    }

    /// A plane for each frame.
    fn attention_to(&self, views: &Views) -> Vec<Plane> {
        let ((width, height), (left, top)) = views.part;
        let (width, height) = (width as usize, height as usize);
        let mut sums = vec![vec![0.0; width * height]; self.rule.input.frames()];
        let mut counts = vec![vec![0.0; width * height]; sums.len()];
        for View { input, corners } in &views.views {
            for (index, plane) in attention(&self.network, input).into_iter().enumerate() {
                let (frame, (x, y)) = (index / corners.len(), corners[index % corners.len()]);
                for (row, samples) in plane.samples.chunks_exact(plane.width).enumerate() {
                    let start = ((y - top) as usize + row) * width + (x - left) as usize;
                    for (place, sample) in (start..).zip(samples) {
                        sums[frame][place] += sample;
                        counts[frame][place] += 1.0;
                    }
                }
            }
        }
        let planes = sums.iter().zip(&counts).map(|(sums, counts)| {
            let means = sums
                .iter()
                .zip(counts)
                .map(|(sum, count)| sum / f32::max(*count, 1.0));
            Plane {
                width,
                height,
                samples: means.collect(),
            }
        });
        planes.collect()
    }
}

/// As its rule says.
impl<N> fmt::Display for FittedNetwork<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.rule.fmt(f)
    }
}

/// The logits of items, in the order of `items`.
///
/// # Errors
/// An item that can't be read, or that the network can't see.
pub fn margins<N: Trainable>(
    network: &FittedNetwork<N>,
    clips: &dyn Clips,
    items: &[usize],
) -> Result<Vec<f64>, CnnError> {
    let margin = |&item: &usize| network.clip_logit(clips, item);
    items.par_iter().map(margin).collect()
}
