//! `dftective train` with a network for a classifier.

use std::path::{Path, PathBuf};

use anyhow::{bail, ensure};
use dftective::classify::{Architecture, Augmentation, ClassWeight, LossParams, NetworkParams};
use dftective::tasks::NetworkFiles;

/// How a network is trained. Which options were given matters, as the other classifiers have none of them.
#[derive(clap::Args)]
#[command(next_help_heading = "Network")]
pub struct NetworkArgs {
    /// Times every training image is seen [default: 24]
    #[arg(long, value_name = "N")]
    epochs: Option<usize>,
    /// Images a step of learning [default: 16]
    #[arg(long, value_name = "N")]
    batch_size: Option<usize>,
    /// Highest learning rate; it rises for --warm-up epochs and falls along half a cosine [default: 0.001]
    #[arg(long, value_name = "RATE")]
    learning_rate: Option<f64>,
    /// Pull of the weights towards 0 [default: 0.02]
    #[arg(long, value_name = "NUMBER")]
    weight_decay: Option<f64>,
    /// Epochs over which the learning rate rises [default: 1, or 0 for one epoch]
    #[arg(long, value_name = "N")]
    warm_up: Option<usize>,
    /// Share of the training images set apart to choose the best epoch by [default: 0.1]
    #[arg(long, value_name = "SHARE")]
    validation: Option<f64>,
    /// End after so many epochs without a better one [default: run all epochs]
    #[arg(long, value_name = "EPOCHS")]
    patience: Option<usize>,
    /// Exponent γ of the focal loss, which looks at the hard images first [default: 0, plain cross-entropy]
    #[arg(long, value_name = "γ")]
    focal: Option<f64>,
    /// Share of the loss that goes by the order of fake and real images (the area under the ROC curve) [default: 0]
    #[arg(long, value_name = "SHARE")]
    auc_loss: Option<f64>,
    /// Side of the squares the network sees, pixels [default: the network's own]
    #[arg(long, value_name = "PIXELS")]
    side: Option<u32>,
    /// Squares of a picture that are judged and averaged [default: 9 for srm-resnet, 1 for the others]
    #[arg(long, value_name = "N")]
    views: Option<u32>,
    /// Scale pictures to the network's side. Pixels are evidence, and scaling destroys it: for pictures too small only
    #[arg(long)]
    resize: bool,
    /// Weights to start from: a PyTorch state dict (.pt, .pth) or .safetensors of the same network
    #[arg(long, value_name = "FILE")]
    init: Option<PathBuf>,
    /// Go on from the checkpoint that an interrupted training left beside the detector, to the detector it would have
    /// made; without this, such a checkpoint is an error
    #[arg(long)]
    resume: bool,
}

impl NetworkArgs {
    /// The first option that was given, as it is written.
    fn given(&self) -> Option<&'static str> {
        let options = [
            ("--epochs", self.epochs.is_some()),
            ("--batch-size", self.batch_size.is_some()),
            ("--learning-rate", self.learning_rate.is_some()),
            ("--weight-decay", self.weight_decay.is_some()),
            ("--warm-up", self.warm_up.is_some()),
            ("--validation", self.validation.is_some()),
            ("--patience", self.patience.is_some()),
            ("--focal", self.focal.is_some()),
            ("--auc-loss", self.auc_loss.is_some()),
            ("--side", self.side.is_some()),
            ("--views", self.views.is_some()),
            ("--resize", self.resize),
            ("--init", self.init.is_some()),
            ("--resume", self.resume),
        ];
        options
            .into_iter()
            .find(|(_, given)| *given)
            .map(|(name, _)| name)
    }

    /// Files of its training, which keeps whole epochs beside the detector until it has ended.
    pub fn files(&self, output: &Path) -> NetworkFiles {
        NetworkFiles {
            init: self.init.clone(),
            checkpoint: Some(checkpoint_of(output)),
            resume: self.resume,
        }
    }

    /// The file of weights to start from.
    pub fn init(&self) -> Option<&Path> {
        self.init.as_deref()
    }

    /// Options that other classifiers do not have are mistakes.
    pub fn check_meaning(&self, is_network: bool) -> anyhow::Result<()> {
        match self.given() {
            Some(name) if !is_network => bail!("{name} has a meaning for networks only"),
            _ => Ok(()),
        }
    }

    /// The network and its training.
    pub fn params(
        &self,
        architecture: Architecture,
        class_weight: ClassWeight,
        augmentation: Option<Augmentation>,
    ) -> anyhow::Result<NetworkParams> {
        let defaults = NetworkParams::new(architecture);
        let loss = LossParams::default();
        let epochs = self.epochs.unwrap_or(defaults.epochs);
        let params = NetworkParams {
            epochs,
            batch_size: self.batch_size.unwrap_or(defaults.batch_size),
            learning_rate: self.learning_rate.unwrap_or(defaults.learning_rate),
            weight_decay: self.weight_decay.unwrap_or(defaults.weight_decay),
            warm_up_epochs: self
                .warm_up
                .unwrap_or(defaults.warm_up_epochs.min(epochs.saturating_sub(1))),
            validation: self.validation.unwrap_or(defaults.validation),
            patience: self.patience,
            class_weight,
            loss: LossParams {
                focal: self.focal.unwrap_or(loss.focal),
                auc: self.auc_loss.unwrap_or(loss.auc),
                ..loss
            },
            augmentation: augmentation.unwrap_or(defaults.augmentation),
            side: self.side,
            views: self.views,
            resize: self.resize,
            ..defaults
        };
        ensure!(
            !(params.resize && params.views() > 1 && self.views.is_some()),
            "--views has no meaning with --resize: a scaled picture is seen whole"
        );
        params.check()?;
        Ok(params)
    }
}

/// Where a network's training stands, until it has ended: beside the detector.
pub fn checkpoint_of(output: &Path) -> PathBuf {
    let mut name = output.as_os_str().to_owned();
    name.push(".checkpoint");
    name.into()
}
