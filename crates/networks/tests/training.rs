//! Training from end to end, and what a trained network is to a detector.

use std::io::Cursor;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use image::{ImageFormat, Rgb, RgbImage};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use dftective_classify::{CalibrationMethod, EpochReport, NetworkParams, Params, Scaling};
use dftective_decode::{Channels, Decoded, Limits, decode_channels};
use dftective_detector::{Dataset, Detector, DetectorError, TrainOptions};
use dftective_features::{Selection, Tiles, Workspace};
use dftective_networks::*;
use dftective_sample::{Label, Sample};
use safetensors::tensor::{Dtype, TensorView};

/// Noise; in the fakes every second pixel is its left neighbour's, as after bringing up a plane half as wide.
pub struct Noise {
    pub pictures: Vec<Decoded>,
    pub fake: Vec<bool>,
}

impl Noise {
    pub fn new(count: usize, side: u32) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(11);
        let fake: Vec<bool> = (0..count).map(|index| index % 2 == 1).collect();
        let mut picture = |fake: bool| {
            let mut pixels =
                RgbImage::from_fn(
                    side,
                    side,
                    |_, _| Rgb([0; 3].map(|_: u8| rng.gen_range(120..136))),
                );
            if fake {
                for y in 0..side {
                    for x in (1..side).step_by(2) {
                        let left = *pixels.get_pixel(x - 1, y);
                        pixels.put_pixel(x, y, left);
                    }
                }
            }
            let mut file = Vec::new();
            pixels
                .write_to(&mut Cursor::new(&mut file), ImageFormat::Png)
                .unwrap();
            decode_channels(
                &file,
                &Limits::default(),
                Channels {
                    planes: false,
                    rgb: true,
                    coefficients: false,
                },
            )
            .unwrap()
        };
        Self {
            pictures: fake.iter().map(|fake| picture(*fake)).collect(),
            fake,
        }
    }
}

impl Pictures for Noise {
    fn path(&self, index: usize) -> String {
        format!("noise {index}")
    }

    fn read(&self, index: usize) -> Result<Decoded, CnnError> {
        Ok(self.pictures[index].clone())
    }
}

fn params(epochs: usize) -> NetworkParams {
    NetworkParams {
        epochs,
        batch_size: 8,
        validation: 0.25,
        warm_up_epochs: 0,
        side: Some(32),
        views: Some(1),
        ..NetworkParams::default()
    }
}

/// On one thread.
pub fn alone<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    pool.install(work)
}

fn learnt(
    noise: &Noise,
    params: &NetworkParams,
    checkpoint: Option<&Checkpoint>,
    callbacks: &dyn Callbacks,
) -> Result<Option<TrainedNetwork>, CnnError> {
    let items: Vec<usize> = (0..noise.fake.len()).collect();
    let job = TrainJob {
        params,
        pictures: noise,
        fake: &noise.fake,
        groups: None,
        items: &items,
        init: None,
        seed: 5,
    };
    train(&job, checkpoint, callbacks)
}

fn arrays(trained: &TrainedNetwork) -> Vec<(String, Vec<usize>, Vec<f32>)> {
    trained.network.arrays()
}

/// Stops after so many steps.
pub struct Impatient(pub usize, pub AtomicUsize);

impl Callbacks for Impatient {
    fn stops(&self) -> bool {
        self.1.load(Ordering::SeqCst) >= self.0
    }

    fn on_step(&self, _: usize, _: usize) {
        self.1.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn a_network_learns_what_upsampling_leaves() {
    let noise = Noise::new(64, 40);
    let reports = Mutex::new(Vec::new());
    struct Listener<'a>(&'a Mutex<Vec<EpochReport>>);
    impl Callbacks for Listener<'_> {
        fn on_epoch(&self, report: &EpochReport) {
            self.0.lock().unwrap().push(report.clone());
        }
    }
    let trained = learnt(&noise, &params(6), None, &Listener(&reports))
        .unwrap()
        .unwrap();
    assert_eq!((trained.learnt_from, trained.validated_on), (48, 16));
    assert_eq!(trained.reports, *reports.lock().unwrap());
    assert_eq!(trained.reports.len(), 6);
    let best = trained
        .reports
        .iter()
        .rev()
        .find(|report| report.is_best)
        .unwrap();
    assert_eq!(best.validation_auc, 1.0, "{:?}", trained.reports);
    assert!(trained.reports[5].loss < trained.reports[0].loss);
}

#[test]
fn training_goes_on_after_a_kill_as_if_there_had_been_none() {
    let noise = Noise::new(32, 32);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("training.checkpoint");
    let checkpoint = |resume| Checkpoint {
        path: path.clone(),
        resume,
    };
    alone(|| {
        let whole = learnt(&noise, &params(3), None, &()).unwrap().unwrap();
        let again = learnt(&noise, &params(3), None, &()).unwrap().unwrap();
        assert_eq!(
            arrays(&whole),
            arrays(&again),
            "the same seed gives the same network"
        );
        // 24 pictures are 3 steps an epoch: stopped in the second epoch, one is whole.
        let stopped = learnt(
            &noise,
            &params(3),
            Some(&checkpoint(false)),
            &Impatient(4, AtomicUsize::new(0)),
        );
        assert!(stopped.unwrap().is_none());
        let resumed = learnt(&noise, &params(3), Some(&checkpoint(true)), &())
            .unwrap()
            .unwrap();
        assert_eq!(arrays(&whole), arrays(&resumed));
        assert_eq!(resumed.reports.len(), 3);
        // What is done already is not done again.
        let at_the_end = learnt(
            &noise,
            &params(3),
            Some(&checkpoint(true)),
            &Impatient(0, AtomicUsize::new(0)),
        );
        assert_eq!(arrays(&whole), arrays(&at_the_end.unwrap().unwrap()));
    });
    let other = NetworkParams {
        weight_decay: 0.1,
        ..params(3)
    };
    let error = learnt(&noise, &other, Some(&checkpoint(true)), &())
        .err()
        .unwrap()
        .to_string();
    assert!(
        error.ends_with("belongs to a training with another network or other options"),
        "{error}"
    );
    let error = learnt(&Noise::new(40, 32), &params(3), Some(&checkpoint(true)), &())
        .err()
        .unwrap()
        .to_string();
    assert!(error.ends_with("a training with other images"), "{error}");
    let mut bytes = std::fs::read(&path).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    for (bytes, expected) in [
        (&bytes[..], "its arrays are damaged"),
        (&bytes[..1000], "not a checkpoint"),
        (b"", "not a checkpoint"),
    ] {
        std::fs::write(&path, bytes).unwrap();
        let error = learnt(&noise, &params(3), Some(&checkpoint(true)), &())
            .err()
            .unwrap()
            .to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn what_can_not_be_learnt_from_is_an_error() {
    let noise = Noise::new(32, 32);
    let error = |params: &NetworkParams, checkpoint: Option<&Checkpoint>| {
        learnt(&noise, params, checkpoint, &()).err().unwrap().to_string()
    };
    let too_fast = NetworkParams {
        learning_rate: 1e30,
        ..params(3)
    };
    let found = error(&too_fast, None);
    assert!(
        found.starts_with("the loss is NaN in step") && found.contains("noise 1"),
        "{found}"
    );
    let larger = NetworkParams {
        side: Some(64),
        ..params(1)
    };
    let found = error(&larger, None);
    assert!(
        found.contains("32x32 pixels, the network sees squares of 64x64"),
        "{found}"
    );
    let hungry = NetworkParams {
        batch_size: 25,
        ..params(1)
    };
    assert_eq!(error(&hungry, None), "24 images to learn from, a step takes 25");
    let folder = tempfile::tempdir().unwrap();
    let nowhere = Checkpoint {
        path: folder.path().join("no/such/folder"),
        resume: false,
    };
    let found = error(&params(1), Some(&nowhere));
    assert!(
        found.starts_with("checkpoint ") && found.contains("no/such/folder"),
        "{found}"
    );
    let one_class = Noise {
        fake: vec![true; 32],
        ..Noise::new(32, 32)
    };
    let found = learnt(&one_class, &params(1), None, &()).err().unwrap();
    assert!(matches!(found, CnnError::Validation(_)), "{found}");
}

#[test]
fn patience_has_an_end() {
    let noise = Noise::new(32, 32);
    // Nothing is learnt at this rate, so no epoch is better than the first few.
    let patient = NetworkParams {
        learning_rate: 1e-12,
        patience: Some(2),
        ..params(50)
    };
    let trained = learnt(&noise, &patient, None, &()).unwrap().unwrap();
    let best = trained.reports.iter().rposition(|report| report.is_best).unwrap();
    assert_eq!(trained.reports.len(), best + 3);
    assert!(trained.reports.len() < 50);
}

#[test]
fn small_pictures_are_scaled_where_that_is_asked_for() {
    let noise = Noise::new(32, 24);
    let scaling = NetworkParams {
        resize: true,
        ..params(1)
    };
    let trained = learnt(&noise, &scaling, None, &()).unwrap().unwrap();
    assert_eq!(trained.network.rule().tiles, None);
    let found = margins(&trained.network, &noise, &[0, 1]).unwrap();
    assert!(found.iter().all(|margin| margin.is_finite()));
}

/// A detector of a network is kept, read again and judges alike.
#[test]
fn a_network_is_a_detector_like_any_other() {
    let noise = Noise::new(96, 128);
    let params = NetworkParams {
        views: Some(4),
        ..params(6)
    };
    let items: Vec<usize> = (0..64).collect();
    let job = TrainJob {
        params: &params,
        pictures: &noise,
        fake: &noise.fake,
        groups: None,
        items: &items,
        init: None,
        seed: 5,
    };
    let trained = train(&job, None, &()).unwrap().unwrap();
    let report = trained.report();
    assert!(
        report.objective < 0.7 && report.iterations == Some(6),
        "{report:?}"
    );
    let held_out: Vec<usize> = (64..96).collect();
    let logits = margins(&trained.network, &noise, &held_out).unwrap();
    let label = |fake: &bool| if *fake { Label::Fake } else { Label::Real };
    let sample = |fake| Sample {
        label: Some(label(fake)),
        ..Sample::default()
    };
    let set = Dataset {
        features: ndarray::Array2::zeros((96, 0)),
        samples: noise.fake.iter().map(sample).collect(),
        ..Dataset::empty(Selection::none())
    };
    let options = TrainOptions {
        classifier: Params::Network(params),
        scaling: Scaling::None,
        calibration: CalibrationMethod::Platt,
        folds: 4,
        error_rate: 0.1,
        seed: 5,
    };
    let detector = Detector::of_network(
        trained.network,
        &set,
        (&held_out, logits.clone()),
        report,
        &options,
    )
    .unwrap()
    .detector;
    let text = detector.to_string();
    assert!(
        text.contains("srm-resnet") && text.contains("on 32 images held out (one of 4 folds)"),
        "{text}"
    );
    assert!(
        text.contains("squares of 32 pixels, at most 4 of a picture"),
        "{text}"
    );
    assert!(detector.classical().is_none());
    let bytes = detector.to_bytes().unwrap();
    let read = Detector::from_bytes(&bytes).unwrap();
    assert_eq!(read.to_bytes().unwrap(), bytes);
    let corners = "32:4".parse::<Tiles>().unwrap().corners(128, 128);
    assert_eq!(corners.len(), 4);
    let mut workspace = Workspace::default();
    for (&item, logit) in held_out.iter().zip(&logits) {
        let image = &noise.pictures[item];
        let judgement = read.judge(image, &mut workspace).unwrap();
        assert_eq!(judgement.margin, *logit);
        assert_eq!(read.margin(image, &mut workspace).unwrap(), *logit);
        assert_eq!(read.score(&mut [*logit]).unwrap(), (*logit, judgement.score));
        let mut row = Vec::new();
        read.inputs().extract(image, &mut workspace, &mut row).unwrap();
        assert_eq!(row, [*logit]);
        let of_squares = corners.iter().map(|&(x, y)| {
            let square = image.cut(x, y, 32).unwrap();
            read.margin(&square, &mut workspace).unwrap()
        });
        assert_eq!(
            judgement.margin,
            of_squares.sum::<f64>() / 4.0,
            "the mean of the squares"
        );
        let attention = read.attention(image).unwrap().unwrap();
        assert_eq!((attention.width, attention.height), (128, 128));
        assert!(attention.samples.iter().all(|value| *value >= 0.0));
    }
    // A fake is seen where it is fake, which is everywhere.
    let fakes = held_out.iter().filter(|item| noise.fake[**item]);
    let attention = fakes.map(|&item| read.attention(&noise.pictures[item]).unwrap().unwrap());
    assert!(
        attention
            .into_iter()
            .any(|plane| plane.samples.iter().any(|value| *value > 0.0))
    );

    let small = noise.pictures[0].cut(0, 0, 31).unwrap();
    let error = read.judge(&small, &mut workspace).unwrap_err().to_string();
    assert!(error.contains("31x31"), "{error}");
    let old = Detector::from_bytes(&as_version_4(&bytes, 1.0)).unwrap();
    assert!(old.to_bytes().unwrap() == bytes, "version 4 is read");
    let error = Detector::from_bytes(&as_version_4(&bytes, 2.0)).err().unwrap();
    assert!(
        error.to_string().contains("a network's logit is not its margin"),
        "{error}"
    );
    // A weight less is another network.
    let tensors = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let (_, header) = safetensors::SafeTensors::read_metadata(&bytes).unwrap();
    let fewer = tensors
        .tensors()
        .into_iter()
        .filter(|(name, _)| name != "network.fc.bias");
    let damaged = safetensors::serialize(fewer, header.metadata().clone()).unwrap();
    let error = Detector::from_bytes(&damaged).err().unwrap();
    assert!(
        matches!(error, DetectorError::Damaged { .. }) && error.to_string().contains("fc.bias"),
        "{error}"
    );
}

/// The file as version 4 had it: the network in the place of a feature family, a linear classifier behind it with this weight
/// and with moments of its one feature.
fn as_version_4(bytes: &[u8], weight: f64) -> Vec<u8> {
    let tensors = safetensors::SafeTensors::deserialize(bytes).unwrap();
    let (_, header) = safetensors::SafeTensors::read_metadata(bytes).unwrap();
    let text = &header.metadata().as_ref().unwrap()["dftective"];
    let mut description: serde_json::Value = serde_json::from_str(text).unwrap();
    let fields = description.as_object_mut().unwrap();
    let mut rule = fields.remove("body").unwrap()["network"].take();
    let tiles = rule.as_object_mut().unwrap().remove("tiles").unwrap();
    let band = fields.remove("thresholds").unwrap();
    let family = serde_json::json!({ "name": "network", "settings": rule.to_string() });
    for (name, value) in [
        ("format_version", serde_json::json!(4)),
        ("families", serde_json::json!([family])),
        ("tiles", tiles),
        ("columns", serde_json::json!(["network_logit"])),
        ("scaling", serde_json::json!("none")),
        ("model", serde_json::json!("linear")),
        ("band", band),
    ] {
        fields.insert(name.to_owned(), value);
    }
    let one = |value: f64| value.to_le_bytes();
    let classifier = [
        ("model.weights", one(weight)),
        ("model.intercept", one(0.0)),
        ("moments.real_mean", one(-1.5)),
        ("moments.real_deviation", one(1.0)),
        ("moments.fake_mean", one(1.5)),
        ("moments.fake_deviation", one(1.0)),
    ];
    let classifier = classifier.iter().map(|(name, bytes)| {
        let view = TensorView::new(Dtype::F64, vec![1], bytes).unwrap();
        ((*name).to_owned(), view)
    });
    let metadata = [("dftective".to_owned(), description.to_string())];
    safetensors::serialize(
        tensors.tensors().into_iter().chain(classifier),
        Some(metadata.into()),
    )
    .unwrap()
}
