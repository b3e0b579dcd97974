//! What network is trained and how: plain values, known also where the program was built without networks.
//!
//! They stand here and not beside the networks themselves because [`Params`](crate::Params) names every classifier that a
//! description or a detector's file can ask for, and the crate of networks builds on this one: on its class weights and
//! errors, and by way of the metrics on its margins.

mod architecture;
mod augmentation;
mod epoch;
mod input;
mod loss;
mod registry;

use serde::{Deserialize, Serialize};

pub use architecture::Architecture;
pub use augmentation::{Augmentation, AugmentationError, CropPlaces};
pub use epoch::EpochReport;
pub use input::InputKind;
pub use loss::LossParams;
pub use registry::NetworkEntry;

use super::{ClassWeight, ClassifyError};

/// A convolutional network and its training: AdamW (Loshchilov, Hutter 2019) over shuffled batches, the learning rate
/// rising for [`warm_up_epochs`](Self::warm_up_epochs) and falling along half a cosine after.
///
/// Of the training images a share is set apart for validation; the weights kept are those of the epoch with the highest
/// area under the ROC curve there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NetworkParams {
    /// The network; default `srm-resnet`.
    pub architecture: Architecture,
    /// Times every training image is seen, 1 to 10000; default 24.
    pub epochs: usize,
    /// Images a step, 2 to 4096; default 16.
    pub batch_size: usize,
    /// Highest learning rate, above 0; default 0.001.
    pub learning_rate: f64,
    /// Decoupled weight decay, at least 0; default 0.02.
    pub weight_decay: f64,
    /// Epochs over which the learning rate rises, fewer than the epochs or 0; default 1.
    pub warm_up_epochs: usize,
    /// Share of the training images set apart for validation, above 0 and at most 0.5; default 0.1.
    pub validation: f64,
    /// Epochs in a row without a better validation after which training ends; none as the default: all epochs are run.
    pub patience: Option<usize>,
    /// Whether both classes weigh the same; default no.
    pub class_weight: ClassWeight,
    /// What is minimised.
    pub loss: LossParams,
    /// How training images are varied; default `flip,crop=grid`.
    pub augmentation: Augmentation,
    /// Side of the squares it sees, pixels; default the architecture's own.
    pub side: Option<u32>,
    /// Squares of a picture whose logits are averaged when it is judged, 1 to 64; one square is judged with its mirror
    /// image. Default the architecture's own.
    pub views: Option<u32>,
    /// Whether pictures are scaled until their shorter side is [`side`](Self::side). Pixels are evidence and scaling
    /// destroys it, so the default is no: smaller pictures are errors.
    pub resize: bool,
}

impl Default for NetworkParams {
    fn default() -> Self {
        Self {
            architecture: Architecture::SrmResnet,
            epochs: 24,
            batch_size: 16,
            learning_rate: 1e-3,
            weight_decay: 0.02,
            warm_up_epochs: 1,
            validation: 0.1,
            patience: None,
            class_weight: ClassWeight::None,
            loss: LossParams::default(),
            augmentation: Augmentation::default(),
            side: None,
            views: None,
            resize: false,
        }
    }
}

impl NetworkParams {
    /// A network by its defaults.
    pub fn new(architecture: Architecture) -> Self {
        Self {
            architecture,
            ..Self::default()
        }
    }

    /// Side of the squares it sees, pixels.
    pub fn side(&self) -> u32 {
        self.side.unwrap_or_else(|| self.architecture.side())
    }

    /// Squares of a picture whose logits are averaged.
    pub fn views(&self) -> u32 {
        self.views.unwrap_or_else(|| self.architecture.views())
    }

    /// Checks the parameters.
    ///
    /// # Errors
    /// One out of its range.
    pub fn check(&self) -> Result<(), ClassifyError> {
        let is_positive = |value: f64| value.is_finite() && value > 0.0;
        let side = self.side();
        let checks = [
            (
                (1..=10_000).contains(&self.epochs),
                "epochs",
                "from 1 to 10000",
                self.epochs.to_string(),
            ),
            (
                (2..=4096).contains(&self.batch_size),
                "batch size",
                "from 2 to 4096",
                self.batch_size.to_string(),
            ),
            (
                is_positive(self.learning_rate),
                "learning rate",
                "above 0",
                self.learning_rate.to_string(),
            ),
            (
                self.weight_decay.is_finite() && self.weight_decay >= 0.0,
                "weight decay",
                "at least 0",
                self.weight_decay.to_string(),
            ),
            (
                self.warm_up_epochs < self.epochs || self.warm_up_epochs == 0,
                "warm-up",
                "fewer epochs than there are",
                self.warm_up_epochs.to_string(),
            ),
            (
                self.validation > 0.0 && self.validation <= 0.5,
                "validation share",
                "above 0 and at most 0.5",
                self.validation.to_string(),
            ),
            (
                self.patience != Some(0),
                "patience",
                "at least 1 epoch",
                "0".to_owned(),
            ),
            (
                self.architecture.takes_side(side),
                "input side",
                self.architecture.sides(),
                side.to_string(),
            ),
            (
                self.architecture.entry().input.takes_views(self.views()),
                "views",
                "from 1 to 64, 1 of squares seen together",
                self.views().to_string(),
            ),
        ];
        for (is_right, name, expected, found) in checks {
            if !is_right {
                return Err(ClassifyError::Parameter {
                    name,
                    expected,
                    found,
                });
            }
        }
        self.loss.check()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_right_and_numbers_out_of_range_are_not() {
        for architecture in Architecture::ALL {
            NetworkParams::new(architecture).check().unwrap();
        }
        let good = NetworkParams::default;
        let wrong = [
            (NetworkParams { epochs: 0, ..good() }, "epochs"),
            (
                NetworkParams {
                    batch_size: 1,
                    ..good()
                },
                "batch size",
            ),
            (
                NetworkParams {
                    learning_rate: f64::NAN,
                    ..good()
                },
                "learning rate",
            ),
            (
                NetworkParams {
                    weight_decay: -1.0,
                    ..good()
                },
                "weight decay",
            ),
            (
                NetworkParams {
                    warm_up_epochs: 24,
                    ..good()
                },
                "warm-up",
            ),
            (
                NetworkParams {
                    validation: 0.6,
                    ..good()
                },
                "validation share",
            ),
            (
                NetworkParams {
                    patience: Some(0),
                    ..good()
                },
                "patience",
            ),
            (
                NetworkParams {
                    side: Some(16),
                    ..good()
                },
                "input side",
            ),
            (
                NetworkParams {
                    side: Some(128),
                    ..NetworkParams::new(Architecture::Meso4)
                },
                "input side must be 256",
            ),
            (
                NetworkParams {
                    views: Some(65),
                    ..good()
                },
                "views",
            ),
            (
                NetworkParams {
                    loss: LossParams {
                        auc: 1.5,
                        ..LossParams::default()
                    },
                    ..good()
                },
                "share of the AUC loss",
            ),
        ];
        for (params, expected) in wrong {
            let error = params.check().unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
    }

    #[test]
    fn descriptions_name_what_differs_from_the_defaults() {
        let text = "architecture = \"meso4\"\nepochs = 3\naugmentation = \"flip,jpeg=60..95\"";
        let params: NetworkParams = toml::from_str(text).unwrap();
        assert_eq!(params.architecture, Architecture::Meso4);
        assert_eq!((params.epochs, params.batch_size), (3, 16));
        assert_eq!(params.augmentation.jpeg, Some((60, 95)));
        assert!(toml::from_str::<NetworkParams>("architecture = \"vgg\"").is_err());
        assert!(toml::from_str::<NetworkParams>("epoch = 3").is_err());
        let json = serde_json::to_string(&params).unwrap();
        assert_eq!(serde_json::from_str::<NetworkParams>(&json).unwrap(), params);
    }
}
