//! Whole tasks on small synthetic sets.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use dftective_batch::Extractor;
use dftective_classify::{CalibrationMethod, LogisticParams, NetworkParams, Params, Scaling};
use dftective_decode::{Limits, read_channels};
use dftective_detector::{Detector, DetectorSet, TrainOptions};
use dftective_evaluate::BootstrapOptions;
use dftective_experiment::{Experiment, Record};
use dftective_features::Workspace;
use dftective_sample::{LabelWords, Sample};
use dftective_synth::{SynthParams, write_dataset};

use super::*;

/// Images of either class.
const PER_CLASS: u32 = 20;

/// Made images of this side below `root`.
fn images(root: &Path, size: u32, seed: u64) -> PathBuf {
    let folder = root.join(format!("{size}-{seed}"));
    let params = SynthParams {
        per_class: PER_CLASS,
        size,
        quality: 90,
        seed,
    };
    write_dataset(&folder, &params, &|_| ()).unwrap();
    folder
}

fn options() -> TrainOptions {
    TrainOptions {
        classifier: Params::Logistic(LogisticParams::default().with_c(0.01)),
        scaling: Scaling::Standard,
        calibration: CalibrationMethod::Platt,
        folds: 4,
        error_rate: 0.1,
        seed: 0,
    }
}

fn training(data: &Path) -> TrainRequest {
    TrainRequest {
        data: data.to_owned(),
        labels: LabelWords::default(),
        selection: None,
        copies: None,
        group_by: None,
        limits: Limits::default(),
        options: options(),
        network: NetworkFiles::default(),
    }
}

fn trained(data: &Path) -> Detector {
    train(&training(data), &Context::default())
        .unwrap()
        .trained
        .detector
}

/// Both sizes in one manifest.
fn mixed(root: &Path, folders: &[&PathBuf]) -> PathBuf {
    let mut rows = "path,label\n".to_owned();
    for folder in folders {
        for label in ["real", "fake"] {
            for file in std::fs::read_dir(folder.join(label)).unwrap() {
                rows += &format!("{},{label}\n", file.unwrap().path().display());
            }
        }
    }
    let path = root.join("mixed.csv");
    std::fs::write(&path, rows).unwrap();
    path
}

fn request_of(data: PathBuf) -> EvaluateRequest {
    EvaluateRequest {
        data,
        model: "both".to_owned(),
        ..EvaluateRequest::default()
    }
}

/// Counts what it hears.
#[derive(Default)]
struct Counts {
    done: AtomicUsize,
}

impl Observer for Counts {
    fn advances(&self) {
        self.done.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn each_of_several_detectors_answers_for_its_own_images() {
    let root = tempfile::tempdir().unwrap();
    let [small, large] = [64, 96].map(|size| trained(&images(root.path(), size, 1)));
    let set = DetectorSet::new(vec![small, large]).unwrap();
    let [of_small, of_large] = [64, 96].map(|size| images(root.path(), size, 2));
    let data = mixed(root.path(), &[&of_small, &of_large]);
    let evaluation = evaluate(&request_of(data), &set, &Context::default()).unwrap();
    assert_eq!(evaluation.images, 4 * PER_CLASS as usize);
    let images: Vec<usize> = evaluation.members.iter().map(|member| member.images).collect();
    assert_eq!(images, [2 * PER_CLASS as usize; 2]);

    // By hand: each image by the one detector, and the right calls counted.
    let mut workspace = Workspace::default();
    for ((detector, folder), member) in set
        .detectors()
        .iter()
        .zip([of_small, of_large])
        .zip(&evaluation.members)
    {
        let mut right = 0;
        for (label, is_fake) in [("real", false), ("fake", true)] {
            for file in std::fs::read_dir(folder.join(label)).unwrap() {
                let path = file.unwrap().path();
                let image = read_channels(&path, &Limits::default(), set.channels()).unwrap();
                let judgement = detector.judge(&image, &mut workspace).unwrap();
                right += usize::from((judgement.score >= THRESHOLD) == is_fake);
            }
        }
        assert_eq!(member.accuracy, Some(right as f64 / (2.0 * f64::from(PER_CLASS))));
        assert!(member.auc.is_some());
    }
    let text = evaluation.to_string();
    assert!(text.contains("2 detectors in one file"), "{text}");
    assert!(text.contains("Each image was judged by the detector"), "{text}");
}

#[test]
fn one_detector_has_no_members_and_keeps_its_features() {
    let root = tempfile::tempdir().unwrap();
    let detector = trained(&images(root.path(), 64, 1)).into();
    let evaluation = evaluate(
        &request_of(images(root.path(), 64, 2)),
        &detector,
        &Context::default(),
    )
    .unwrap();
    assert!(evaluation.members.is_empty() && evaluation.spectra.is_some());
    assert!(evaluation.to_string().contains("(logistic, recipe 'default'"));
}

#[test]
fn a_comparison_reads_each_image_once() {
    let root = tempfile::tempdir().unwrap();
    let [first, second] = [1, 3].map(|seed| DetectorSet::from(trained(&images(root.path(), 64, seed))));
    let data = images(root.path(), 64, 2);
    std::fs::write(data.join("real/torn.jpg"), b"\xff\xd8\xff").unwrap();
    let models = [("a", &first), ("b", &second)].map(|(name, detectors)| Model { name, detectors });
    let request = CompareRequest {
        labels: LabelWords::default(),
        data: data.clone(),
        group_by: None,
        bootstrap: BootstrapOptions {
            resamples: 200,
            seed: 0,
        },
        limits: Limits::default(),
        command: Vec::new(),
    };
    let counts = Counts::default();
    let context = Context {
        observer: &counts,
        ..Context::default()
    };
    let comparison = compare(&request, models, &context).unwrap();
    assert_eq!(counts.done.into_inner(), 2 * PER_CLASS as usize + 1);
    assert_eq!(
        (comparison.images, comparison.failures.len()),
        (2 * PER_CLASS as usize, 1)
    );
    // Each detector's figures are those of its own evaluation.
    for (curve, detectors) in comparison.curves.iter().zip([&first, &second]) {
        let alone = evaluate(&request_of(data.clone()), detectors, &Context::default()).unwrap();
        assert_eq!(format!("{curve:?}"), format!("{:?}", alone.curve));
    }
}

#[test]
fn a_training_is_the_detectors_own_of_the_same_features() {
    let root = tempfile::tempdir().unwrap();
    let data = images(root.path(), 64, 1);
    std::fs::write(data.join("real/torn.jpg"), b"\xff\xd8\xff").unwrap();
    let request = TrainRequest {
        selection: Some("families=radial,benford".parse().unwrap()),
        group_by: Some("pattern:([0-9])\\.".parse().unwrap()),
        ..training(&data)
    };
    let result = train(&request, &Context::default()).unwrap();
    assert_eq!(result.dataset.failures.len(), 1);
    assert!(result.held_out.is_none());

    let extractor = Extractor::new(request.selection.clone().unwrap(), Limits::default());
    let mut set = read_dataset(
        &data,
        &LabelWords::default(),
        &extractor,
        true,
        &Context::default(),
    )
    .unwrap();
    request.group_by.unwrap().apply(&mut set.samples).unwrap();
    let expected = Detector::train(&set, &options()).unwrap();
    assert_eq!(result.trained.held_out_scores, expected.held_out_scores);
    assert_eq!(result.trained.detector.to_string(), expected.detector.to_string());

    let names = ("detector".to_owned(), "data".to_owned());
    let evaluation = result.evaluation(names, &Extras::default()).unwrap();
    assert_eq!(evaluation.images, 2 * PER_CLASS as usize);
}

#[test]
fn a_network_takes_no_features() {
    let root = tempfile::tempdir().unwrap();
    let mut request = training(root.path());
    request.options.classifier = Params::Network(NetworkParams::default());
    request.selection = Some("families=dctr".parse().unwrap());
    let error = train(&request, &Context::default()).map(|_| ()).unwrap_err();
    assert!(matches!(error, TaskError::FeaturesForNetwork(_)), "{error}");
}

#[test]
fn an_experiment_makes_its_pictures_or_is_given_them() {
    let root = tempfile::tempdir().unwrap();
    let mut experiment = Experiment::built_in("synthetic").unwrap().unwrap();
    let pictures = SynthParams {
        per_class: PER_CLASS,
        size: 64,
        quality: 90,
        seed: 1,
    };
    experiment.data.synthetic = Some(pictures);
    let made = ExperimentRequest {
        experiment,
        data: None,
        labels: LabelWords::default(),
        limits: Limits::default(),
        map: false,
        command: Vec::new(),
    };
    let given = ExperimentRequest {
        data: Some(images(root.path(), 64, 1).join("manifest.csv")),
        ..made.clone()
    };
    let counts = Counts::default();
    let context = Context {
        observer: &counts,
        ..Context::default()
    };
    let [made, given] = [made, given].map(|request| super::experiment(&request, &context).unwrap());
    assert_eq!(made.measurements.results.len(), given.measurements.results.len());
    let accuracies = |record: &Record| -> Vec<f64> {
        let results = &record.measurements.results;
        results.iter().map(|result| result.accuracy.mean).collect()
    };
    assert_eq!(accuracies(&made), accuracies(&given));
    assert_eq!(made.data.fingerprint, given.data.fingerprint);
    assert!(counts.done.into_inner() > 3 * 2 * PER_CLASS as usize);

    let without = ExperimentRequest {
        experiment: Experiment::built_in("celeba").unwrap().unwrap(),
        data: None,
        labels: LabelWords::default(),
        limits: Limits::default(),
        map: false,
        command: Vec::new(),
    };
    let error = super::experiment(&without, &Context::default()).unwrap_err();
    assert!(matches!(error, TaskError::NeedsData(_)), "{error}");
}

#[test]
fn a_cancelled_task_says_so() {
    let root = tempfile::tempdir().unwrap();
    let data = images(root.path(), 64, 1);
    let detector = trained(&data).into();
    let cancel = Cancel::new();
    cancel.cancel();
    let context = Context {
        cancel: &cancel,
        ..Context::default()
    };
    let error = evaluate(&request_of(data), &detector, &context).unwrap_err();
    assert!(matches!(error, TaskError::Cancelled), "{error}");
}

#[test]
fn an_image_is_looked_at_with_and_without_detectors() {
    let root = tempfile::tempdir().unwrap();
    let [small, large] = [64, 96].map(|size| trained(&images(root.path(), size, 1)));
    let set = DetectorSet::new(vec![small, large]).unwrap();
    let folder = images(root.path(), 96, 2).join("fake");
    let first = std::fs::read_dir(folder).unwrap().next().unwrap().unwrap();
    let sample = Sample::new(first.path());
    let request = InspectRequest::default();
    let (plain, _) = inspect(&Ok(sample.clone()), None, &request).unwrap();
    assert!(plain.judgement.is_none() && plain.error.is_none() && plain.profile.is_some());
    let model = Model {
        name: "both",
        detectors: &set,
    };
    let (judged, _) = inspect(&Ok(sample.clone()), Some(model), &request).unwrap();
    let judgement = judged.judgement.unwrap();
    assert_eq!(judgement.model, "both (detector 2 of 2)");
    let image = read_channels(sample.origin.file().unwrap(), &Limits::default(), set.channels()).unwrap();
    let (_, expected) = set.judge(&image, &mut Workspace::default()).unwrap();
    assert_eq!(
        (judgement.score, judgement.margin),
        (expected.score, expected.margin)
    );

    let gone = inspect(&Ok(Sample::new(root.path().join("gone.jpg"))), None, &request)
        .map(|_| ())
        .unwrap_err();
    assert!(matches!(gone, TaskError::Image(_)), "{gone}");
}
