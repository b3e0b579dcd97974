//! `dftective train` with a network for a classifier.

use std::path::{Path, PathBuf};

use anyhow::{bail, ensure};
use dftective::classify::{Architecture, Augmentation, ClassWeight, LossParams, NetworkParams};

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

#[cfg(feature = "cnn")]
pub use training::trained;

/// A network's training, where there are networks.
#[cfg(feature = "cnn")]
mod training {
    use std::path::Path;
    use std::time::{Duration, Instant};

    use anyhow::{Context, bail, ensure};
    use dftective::classify::NetworkParams;
    use dftective::decode::Limits;
    use dftective::detector::{Dataset, Detector, TrainOptions, Trained};
    use dftective::evaluate::{group_numbers, stratified_folds};
    use dftective::networks::{self, Callbacks, Checkpoint, EpochReport, Files, TrainJob};
    use dftective::report::three_decimals;
    use indicatif::{HumanDuration, ProgressBar};

    use super::super::allocator::keep_large_blocks;
    use super::super::messages;
    use super::super::session::Session;
    use super::{NetworkArgs, checkpoint_of};

    /// Trains a network on all folds but one, which its figures come from: the detector and the images of that fold; `None`
    /// after Ctrl-C.
    pub fn trained(
        session: &Session,
        args: &NetworkArgs,
        (params, options): (&NetworkParams, &TrainOptions),
        labelled: &Dataset,
        (output, limits): (&Path, Limits),
    ) -> anyhow::Result<Option<(Trained, Vec<usize>)>> {
        let files = labelled.files();
        ensure!(
            !files.is_empty(),
            "a network learns from pictures in files of their own, not from features, nor from inside archives"
        );
        let fake = &labelled.fake();
        let groups = group_numbers(&labelled.groups());
        let fold_of = stratified_folds(fake, groups.as_deref(), options.folds, options.seed)?;
        let (held_out, items): (Vec<usize>, Vec<usize>) =
            (0..fake.len()).partition(|&item| fold_of[item] == 0);
        Detector::held_out_folds(labelled, &held_out, options).with_context(|| {
            let (folds, images) = (options.folds, held_out.len());
            format!(
                "--folds {folds}: the {images} images of one fold are too few to calibrate the detector by"
            )
        })?;
        let init = args
            .init
            .as_deref()
            .map(|path| started_from(params, path))
            .transpose()?;
        let pictures = Files {
            files: &files,
            limits,
        };
        let job = TrainJob {
            params,
            pictures: &pictures,
            fake,
            groups: groups.as_deref(),
            items: &items,
            init,
            seed: options.seed,
        };
        let checkpoint = Checkpoint {
            path: checkpoint_of(output),
            resume: args.resume,
        };
        match (args.resume, checkpoint.path.exists()) {
            (true, false) => bail!("--resume: there is no checkpoint {}", checkpoint.path.display()),
            // Hours of training may be in it.
            (false, true) => bail!(
                "{} is of a training that was interrupted: go on with --resume, or delete it to begin anew",
                checkpoint.path.display()
            ),
            _ => (),
        }
        messages::note(&format!(
            "{} learns from {} images and is tested on {}",
            params.architecture,
            items.len(),
            held_out.len()
        ));
        keep_large_blocks();
        let progress = Progress::new(session);
        let learnt = networks::train(&job, Some(&checkpoint), &progress)?;
        progress.bar.finish_and_clear();
        let Some(learnt) = learnt else {
            messages::note(&format!(
                "stopped; whole epochs are kept in {}: go on with --resume",
                checkpoint.path.display()
            ));
            return Ok(None);
        };
        let report = learnt.report();
        let margins = networks::margins(&learnt.network, &pictures, &held_out)?;
        let tested = (held_out.as_slice(), margins);
        let trained = Detector::of_network(learnt.network, labelled, tested, report, options)
            .context("the network is trained, but no detector can be made of it")?;
        Checkpoint::remove(&checkpoint.path).with_context(|| checkpoint.path.display().to_string())?;
        Ok(Some((trained, held_out)))
    }

    fn started_from(params: &NetworkParams, path: &Path) -> anyhow::Result<networks::networks::Network> {
        let empty = networks::new_network(params.architecture, 0);
        let (network, matched) =
            networks::pretrained::init_from_file(empty, path).with_context(|| path.display().to_string())?;
        messages::note(&format!("{}: {matched}", path.display()));
        Ok(network)
    }

    /// A bar of steps, and a line an epoch.
    struct Progress<'a> {
        session: &'a Session,
        bar: ProgressBar,
        started: Instant,
    }

    impl<'a> Progress<'a> {
        fn new(session: &'a Session) -> Self {
            Self {
                session,
                bar: session.progress("steps", None),
                started: Instant::now(),
            }
        }
    }

    impl Callbacks for Progress<'_> {
        fn stops(&self) -> bool {
            self.session.is_interrupted()
        }

        fn on_step(&self, done: usize, all: usize) {
            self.bar.set_length(all as u64);
            self.bar.set_position(done as u64);
        }

        fn on_epoch(&self, report: &EpochReport) {
            let EpochReport {
                epoch,
                epochs,
                loss,
                validation_loss,
                validation_auc,
                is_best,
                seconds,
                ..
            } = report;
            let left = Duration::from_secs_f64(seconds * (epochs - epoch) as f64);
            let width = epochs.to_string().len();
            let best = if *is_best { ", the best so far" } else { "" };
            let line = format!(
                "epoch {epoch:>width$} of {epochs}: loss {}; on images set apart loss {}, ROC AUC {}{best}; {seconds:.0} s, about \
                 {} left",
                three_decimals(*loss),
                three_decimals(*validation_loss),
                three_decimals(*validation_auc),
                HumanDuration(left)
            );
            self.bar.suspend(|| messages::note(&line));
            if epoch == epochs {
                let all = HumanDuration(self.started.elapsed());
                self.bar.suspend(|| messages::note(&format!("trained in {all}")));
            }
        }
    }
}
