//! Training a network, and making a detector of it.

use std::cell::Cell;
use std::path::Path;

use dftective_classify::{EpochReport, NetworkParams};
use dftective_detector::{Dataset, Detector, Trained};
use dftective_evaluate::{group_numbers, stratified_folds};
use dftective_networks::networks::Network;
use dftective_networks::{
    Callbacks, Checkpoint, CnnError, Files, TrainJob, margins, new_network, pretrained,
};

use super::{NetworkFiles, TrainRequest};
use crate::{Context, TaskError};

/// Trains a network on all folds but one, which its figures come from: the detector and the images of that fold.
pub(super) fn trained(
    params: &NetworkParams,
    TrainRequest {
        options,
        limits,
        network: files,
        ..
    }: &TrainRequest,
    dataset: &Dataset,
    context: &Context<'_>,
) -> Result<(Trained, Vec<usize>), TaskError> {
    let observer = context.observer;
    let paths = dataset.files();
    if paths.is_empty() {
        return Err(TaskError::NeedsPictures);
    }
    let fake = &dataset.fake();
    let groups = group_numbers(&dataset.groups());
    let fold_of = stratified_folds(fake, groups.as_deref(), options.folds, options.seed)
        .map_err(|error| TaskError::Network(Box::new(error.into())))?;
    let (held_out, items): (Vec<usize>, Vec<usize>) = (0..fake.len()).partition(|&item| fold_of[item] == 0);
    // To be known before hours of learning.
    Detector::held_out_folds(dataset, &held_out, options).map_err(|source| TaskError::SmallFold {
        folds: options.folds,
        images: held_out.len(),
        source: Box::new(source),
    })?;
    let init = files
        .init
        .as_deref()
        .map(|path| started_from(params, path, context));
    let pictures = Files {
        files: &paths,
        limits: *limits,
    };
    let job = TrainJob {
        params,
        pictures: &pictures,
        fake,
        groups: groups.as_deref(),
        items: &items,
        init: init.transpose()?,
        seed: options.seed,
    };
    let checkpoint = checkpoint(files)?;
    observer.notes(&format!(
        "{} learns from {} images and is tested on {}",
        params.architecture,
        items.len(),
        held_out.len()
    ));
    let steps = Steps {
        context,
        begun: Cell::new(false),
    };
    let learnt = dftective_networks::train(&job, checkpoint.as_ref(), &steps)?;
    observer.ends();
    let Some(learnt) = learnt else {
        if let Some(checkpoint) = checkpoint {
            observer.notes(&format!(
                "stopped; whole epochs are kept in {}: go on with --resume",
                checkpoint.path.display()
            ));
        }
        return Err(TaskError::Cancelled);
    };
    let report = learnt.report();
    let logits = margins(&learnt.network, &pictures, &held_out)?;
    let tested = (held_out.as_slice(), logits);
    let trained = Detector::of_network(learnt.network, dataset, tested, report, options)
        .map_err(|source| TaskError::NoDetectorOfNetwork(Box::new(source)))?;
    Ok((trained, held_out))
}

/// Where epochs are kept; hours of training may be in what is there.
fn checkpoint(files: &NetworkFiles) -> Result<Option<Checkpoint>, TaskError> {
    let Some(path) = files.checkpoint.clone() else {
        return Ok(None);
    };
    match (files.resume, path.exists()) {
        (true, false) => Err(TaskError::NoCheckpoint(path)),
        (false, true) => Err(TaskError::UnfinishedTraining(path)),
        (resume, _) => Ok(Some(Checkpoint { path, resume })),
    }
}

fn started_from(params: &NetworkParams, path: &Path, context: &Context<'_>) -> Result<Network, TaskError> {
    let empty = new_network(params.architecture, 0);
    let (network, matched) = pretrained::init_from_file(empty, path)
        .map_err(|error| TaskError::at(path)(CnnError::from(error).into()))?;
    context.observer.notes(&format!("{}: {matched}", path.display()));
    Ok(network)
}

/// Tells the observer of steps and epochs.
struct Steps<'a> {
    context: &'a Context<'a>,
    begun: Cell<bool>,
}

impl Callbacks for Steps<'_> {
    fn stops(&self) -> bool {
        self.context.cancel.is_cancelled()
    }

    fn on_step(&self, done: usize, all: usize) {
        let observer = self.context.observer;
        if !self.begun.replace(true) {
            observer.begins("steps", Some(all as u64));
            // Of a training that goes on, steps were done before.
            observer.skips(done as u64 - 1);
        }
        observer.advances();
    }

    fn on_epoch(&self, report: &EpochReport) {
        self.context.observer.learns(report);
    }
}
