//! A network learns.

use std::time::Instant;

use burn::module::Module;
use burn::optim::{AdamWConfig, GradientsParams, ModuleOptimizer};
use burn::store::ModuleRecord;
use burn::tensor::{Bytes, Device};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use sha2::{Digest, Sha256};

use super::augment::generator;
use super::batches::each_batch;
use super::checkpoint::{Description, Needs, State};
use super::device::device;
use super::input::{InputRule, Planes};
use super::networks::Network;
use super::schedule::learning_rate;
use super::{Checkpoint, Clips, CnnError, FittedNetwork, Output, Trainable};
use dftective_classify::{Augmentation, EpochReport, NetworkParams, Report};
use dftective_evaluate::{roc_auc, stratified_folds};

/// What is to be learnt, by a network of the registry or any other.
pub struct TrainJob<'a, N = Network> {
    /// The network and its training.
    pub params: &'a NetworkParams,
    /// The pictures or clips.
    pub pictures: &'a dyn Clips,
    /// Whether each is fake.
    pub fake: &'a [bool],
    /// The group of each, if images belong together; a group is not parted by the validation.
    pub groups: Option<&'a [usize]>,
    /// Numbers of the pictures that may be learnt from; a part of them is set apart for validation.
    pub items: &'a [usize],
    /// Weights to start from, instead of random ones.
    pub init: Option<N>,
    /// Seed of everything random.
    pub seed: u64,
}

/// Who looks on.
pub trait Callbacks {
    /// Whether training should end.
    fn stops(&self) -> bool {
        false
    }

    /// So many steps of so many are done, over all epochs.
    fn on_step(&self, _done: usize, _all: usize) {}

    /// An epoch is done.
    fn on_epoch(&self, _report: &EpochReport) {}
}

/// Nobody.
impl Callbacks for () {}

/// A trained network.
pub struct TrainedNetwork<N = Network> {
    /// The network of the best epoch.
    pub network: FittedNetwork<N>,
    /// How it learnt.
    pub reports: Vec<EpochReport>,
    /// Pictures learnt from.
    pub learnt_from: usize,
    /// Pictures set apart for validation.
    pub validated_on: usize,
}

impl<N> TrainedNetwork<N> {
    /// How training ended, at its best epoch.
    pub fn report(&self) -> Report {
        let best = self.reports.iter().rev().find(|report| report.is_best);
        Report {
            converged: true,
            iterations: Some(self.reports.len() as u64),
            objective: best.map_or(f64::NAN, |best| best.validation_loss),
            gap: None,
            choice: None,
        }
    }
}

/// Trains a network of the registry; `None` when `callbacks` stopped it, and what was learnt in whole epochs is in the
/// checkpoint.
///
/// # Errors
/// Parameters out of range, too few pictures, a picture that can't be read or is smaller than what the network sees, a
/// loss that is not a number, a checkpoint that can't be written or belongs to another training.
pub fn train(
    job: &TrainJob<'_>,
    checkpoint: Option<&Checkpoint>,
    callbacks: &dyn Callbacks,
) -> Result<Option<TrainedNetwork>, CnnError> {
    train_network(job, checkpoint, callbacks)
}

/// [`train`] for a network of any kind. Of the parameters, the architecture says but which sides and views are allowed.
///
/// # Errors
/// As [`train`].
pub fn train_network<N: Trainable>(
    job: &TrainJob<'_, N>,
    checkpoint: Option<&Checkpoint>,
    callbacks: &dyn Callbacks,
) -> Result<Option<TrainedNetwork<N>>, CnnError> {
    let params = job.params;
    params.check()?;
    let (learnt, validation) = split(job)?;
    if learnt.len() < params.batch_size {
        return Err(CnnError::TooFew {
            found: learnt.len(),
            expected: params.batch_size,
        });
    }
    let device = device().autodiff();
    let network = super::seeded(job.seed, || match &job.init {
        Some(network) => network.clone().train(),
        None => N::untrained(params, &device),
    });
    let images = digest(job, &learnt, &validation);
    let expected = Description::new(Needs::of(&network), params, job.seed, images);
    let mut student = Trainer {
        job,
        rule: InputRule::with_input(params, network.input())?,
        network,
        optimiser: optimiser(params),
        weights: class_weights(job, &learnt)?,
        learnt,
        validation,
        device,
        reports: Vec::new(),
        best: Vec::new(),
    };
    if let Some(checkpoint) = checkpoint
        && let Some(state) = checkpoint.load(&expected)?
    {
        student.resume(state).map_err(|cause| CnnError::Checkpoint {
            path: dftective_sample::path_text(&checkpoint.path),
            cause,
        })?;
    }
    while student.reports.len() < params.epochs && !student.has_lost_patience() {
        let started = Instant::now();
        let Some((mean_loss, last_rate)) = student.epoch(callbacks)? else {
            return Ok(None);
        };
        student.validate(mean_loss, last_rate, started)?;
        if let Some(checkpoint) = checkpoint {
            checkpoint.save(student.state(&expected)?)?;
        }
        if let Some(report) = student.reports.last() {
            callbacks.on_epoch(report);
        }
    }
    let best = student.restored(student.best.clone()).map_err(CnnError::Record)?;
    Ok(Some(TrainedNetwork {
        network: FittedNetwork::new(best, student.rule),
        reports: student.reports,
        learnt_from: student.learnt.len(),
        validated_on: student.validation.len(),
    }))
}

/// The pictures to learn from and those for validation.
fn split<N>(job: &TrainJob<'_, N>) -> Result<(Vec<usize>, Vec<usize>), CnnError> {
    let fake: Vec<bool> = job.items.iter().map(|&item| job.fake[item]).collect();
    let groups: Option<Vec<usize>> = job
        .groups
        .map(|groups| job.items.iter().map(|&item| groups[item]).collect());
    let folds = (1.0 / job.params.validation).round().max(2.0) as usize;
    let fold_of = stratified_folds(&fake, groups.as_deref(), folds, job.seed)?;
    let of = |is_validation: bool| {
        let both = job.items.iter().zip(&fold_of);
        both.filter(|(_, fold)| (**fold == 0) == is_validation)
            .map(|(item, _)| *item)
            .collect()
    };
    Ok((of(false), of(true)))
}

fn class_weights<N>(job: &TrainJob<'_, N>, learnt: &[usize]) -> Result<(f64, f64), CnnError> {
    let fake: Vec<bool> = learnt.iter().map(|&item| job.fake[item]).collect();
    Ok(job.params.class_weight.weights_for(&fake)?)
}

/// SHA-256 of the pictures' paths and labels and of what they are for.
fn digest<N>(job: &TrainJob<'_, N>, learnt: &[usize], validation: &[usize]) -> String {
    let mut hash = Sha256::new();
    for items in [learnt, validation] {
        for &item in items {
            hash.update(job.pictures.name(item).as_bytes());
            hash.update([0, u8::from(job.fake[item])]);
        }
        hash.update([1]);
    }
    hex::encode(hash.finalize())
}

fn optimiser(params: &NetworkParams) -> ModuleOptimizer {
    AdamWConfig::new()
        // Of PyTorch; burn's is 1e-5.
        .with_epsilon(1e-8)
        .with_weight_decay(params.weight_decay as f32)
        .init()
}

struct Trainer<'a, N> {
    job: &'a TrainJob<'a, N>,
    rule: InputRule,
    network: N,
    optimiser: ModuleOptimizer,
    /// Of a fake and of a real picture.
    weights: (f64, f64),
    learnt: Vec<usize>,
    validation: Vec<usize>,
    device: Device,
    reports: Vec<EpochReport>,
    /// The record of the best epoch's network.
    best: Vec<u8>,
}

impl<N: Trainable> Trainer<'_, N> {
    fn steps(&self) -> usize {
        let size = self.job.params.batch_size;
        // A last step of one picture has no variance to normalise by.
        self.learnt.len() / size + usize::from(self.learnt.len() % size > 1)
    }

    fn has_lost_patience(&self) -> bool {
        let Some(patience) = self.job.params.patience else {
            return false;
        };
        let since = self.reports.iter().rev().take_while(|report| !report.is_best);
        since.count() >= patience
    }

    /// One pass over the pictures: the mean loss and the last learning rate; `None` when it was stopped.
    fn epoch(&mut self, callbacks: &dyn Callbacks) -> Result<Option<(f64, f64)>, CnnError> {
        let TrainJob {
            params,
            pictures,
            fake,
            seed,
            ..
        } = *self.job;
        let (epoch, steps) = (self.reports.len(), self.steps());
        let mut order = self.learnt.clone();
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        // Streams of single pictures have their own numbers, see [`generator`].
        rng.set_stream(u64::MAX - epoch as u64);
        order.shuffle(&mut rng);
        let plan: Vec<Vec<usize>> = order
            .chunks(params.batch_size)
            .take(steps)
            .map(<[usize]>::to_vec)
            .collect();
        let rule = self.rule.clone();
        let input = |item: usize| {
            let mut rng = generator(seed, epoch, item);
            rule.example(pictures, item, &params.augmentation, &mut rng)
        };
        let (mut step, mut sum, mut rate, mut is_stopped) = (0, 0.0, 0.0, false);
        each_batch(&plan, input, |batch| {
            if callbacks.stops() {
                is_stopped = true;
                return Ok(false);
            }
            let done = epoch * steps + step;
            rate = learning_rate(
                params.learning_rate,
                done,
                params.warm_up_epochs * steps,
                params.epochs * steps,
            );
            let labels: Vec<bool> = batch.items.iter().map(|&item| fake[item]).collect();
            let value = self.step(batch.planes, &labels, rate, done as u64);
            if !value.is_finite() {
                return Err(CnnError::Loss {
                    loss: value,
                    epoch: epoch + 1,
                    step: step + 1,
                    images: batch.items.iter().map(|&item| pictures.name(item)).collect(),
                });
            }
            sum += f64::from(value);
            step += 1;
            callbacks.on_step(done + 1, params.epochs * steps);
            Ok(true)
        })?;
        Ok((!is_stopped).then_some((sum / steps as f64, rate)))
    }

    /// One step; the loss before it.
    fn step(&mut self, planes: Planes, labels: &[bool], rate: f64, number: u64) -> f32 {
        let input = planes.tensor(&self.device);
        // What dropout draws depends on the step alone, so that training can go on from a checkpoint.
        let output = super::seeded(
            self.job.seed ^ (number + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15),
            || self.network.outputs(input),
        );
        let loss = output.loss(labels, self.weights, &self.job.params.loss);
        let gradients = GradientsParams::from_grads(loss.backward(), &self.network);
        let value: f32 = loss.into_scalar();
        if value.is_finite() {
            self.network = self.optimiser.step(rate, self.network.clone(), gradients);
        }
        value
    }

    fn validate(&mut self, mean_loss: f64, rate: f64, started: Instant) -> Result<(), CnnError> {
        let TrainJob {
            params,
            pictures,
            fake,
            ..
        } = *self.job;
        let network = self.network.valid();
        let input = |item: usize| {
            let mut rng = generator(0, 0, item);
            self.rule.example(pictures, item, &Augmentation::NONE, &mut rng)
        };
        let plan: Vec<Vec<usize>> = self
            .validation
            .chunks(params.batch_size)
            .map(<[usize]>::to_vec)
            .collect();
        let mut outputs = Vec::with_capacity(plan.len());
        each_batch(&plan, input, |batch| {
            outputs.push(network.outputs(batch.planes.tensor(&device())));
            Ok(true)
        })?;
        let output = Output::cat(outputs);
        let labels: Vec<bool> = self.validation.iter().map(|&item| fake[item]).collect();
        let validation_loss: f32 = output.loss(&labels, self.weights, &params.loss).into_scalar();
        let logits = super::values(output.logits());
        let scores: Vec<f64> = logits.iter().map(|&logit| f64::from(logit)).collect();
        let validation_auc = roc_auc(&scores, &labels)?.auc;
        // A later epoch as good has learnt more.
        let is_best = self
            .reports
            .iter()
            .all(|earlier| earlier.validation_auc <= validation_auc);
        if is_best {
            self.best = record(&network)?;
        }
        self.reports.push(EpochReport {
            epoch: self.reports.len() + 1,
            epochs: params.epochs,
            learning_rate: rate,
            loss: mean_loss,
            validation_loss: f64::from(validation_loss),
            validation_auc,
            is_best,
            seconds: started.elapsed().as_secs_f64(),
        });
        Ok(())
    }

    fn state(&self, expected: &Description) -> Result<State, CnnError> {
        let optimiser = self
            .optimiser
            .into_bytes()
            .map_err(|error| CnnError::Record(error.to_string()))?;
        Ok(State {
            description: Description {
                reports: self.reports.clone(),
                ..expected.clone()
            },
            // The statistics of normalisations are up to date in the network that is not trained only.
            module: record(&self.network.valid())?,
            optimiser: optimiser.to_vec(),
            best: self.best.clone(),
        })
    }

    fn resume(&mut self, state: State) -> Result<(), String> {
        self.network = self.restored(state.module)?.train();
        self.optimiser = optimiser(self.job.params)
            .from_bytes(Bytes::from_bytes_vec(state.optimiser))
            .map_err(|error| error.to_string())?;
        self.reports = state.description.reports;
        self.best = state.best;
        Ok(())
    }

    /// A network that is not trained, of recorded weights.
    fn restored(&self, bytes: Vec<u8>) -> Result<N, String> {
        let record =
            ModuleRecord::from_bytes(Bytes::from_bytes_vec(bytes)).map_err(|error| error.to_string())?;
        let network = self.network.valid().try_load_record(record);
        network.map_err(|error| error.to_string())
    }
}

/// The weights and statistics with the identities by which the optimiser knows them.
fn record(network: &impl Module) -> Result<Vec<u8>, CnnError> {
    let bytes = network.clone().into_record().into_bytes();
    Ok(bytes
        .map_err(|error| CnnError::Record(error.to_string()))?
        .to_vec())
}
