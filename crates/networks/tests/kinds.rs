//! The one trainer with other inputs and outputs than the registry's networks have: clips that give logits over time, and
//! several squares together that give capsules.

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig, Conv3d, Conv3dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, Dropout, DropoutConfig, Linear, LinearConfig};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};
use image::{Rgb, RgbImage};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use dftective_classify::{InputKind, LossParams, NetworkParams};
use dftective_decode::{Decoded, Limits};
use dftective_networks::*;

use super::training::{Impatient, Noise, alone};

/// Frames that a [`ClipNet`] sees, and what it makes of them.
const FRAMES: u32 = 4;
const MAPS: usize = 8;

/// A convolution over time and space, and a logit for each step of time.
#[derive(Module, Debug)]
struct ClipNet {
    conv: Conv3d,
    dropout: Dropout,
    fc: Linear,
}

impl Layers for ClipNet {
    fn maps(&self, squares: Tensor<5>) -> Tensor<5> {
        relu(self.conv.forward((squares.swap_dims(1, 2) - 128.0) / 8.0))
    }

    fn output(&self, maps: Tensor<5>) -> Output {
        let [items, channels, steps, height, width] = maps.dims();
        let means = maps
            .reshape([items, channels, steps, height * width])
            .mean_dim(3)
            .squeeze_dim::<3>(3)
            .swap_dims(1, 2);
        let logits = self.fc.forward(self.dropout.forward(means));
        Output::over_time(logits.squeeze_dim(2))
    }
}

impl Trainable for ClipNet {
    fn untrained(_: &NetworkParams, device: &Device) -> Self {
        Self {
            conv: Conv3dConfig::new([3, MAPS], [2, 3, 3]).init(device),
            dropout: DropoutConfig::new(0.1).init(),
            fc: LinearConfig::new(MAPS, 1).init(device),
        }
    }

    fn name(&self) -> &'static str {
        "clip-net"
    }

    fn input(&self) -> InputKind {
        InputKind::Clip(FRAMES)
    }
}

/// Dimensions of a capsule.
const DIMENSIONS: usize = 4;

/// A convolution of each square by itself, and a capsule for each class of the mean over all.
#[derive(Module, Debug)]
struct CapsuleNet {
    conv: Conv2d,
    norm: BatchNorm,
    capsules: Linear,
}

impl Layers for CapsuleNet {
    fn maps(&self, squares: Tensor<5>) -> Tensor<5> {
        let [items, together, channels, height, width] = squares.dims();
        let each = squares.reshape([items * together, channels, height, width]);
        let maps = relu(self.norm.forward(self.conv.forward((each - 128.0) / 8.0)));
        let [_, channels, height, width] = maps.dims();
        maps.reshape([items, together, channels, height, width])
            .swap_dims(1, 2)
    }

    fn output(&self, maps: Tensor<5>) -> Output {
        let [items, channels, together, height, width] = maps.dims();
        let means = maps
            .reshape([items, channels, together * height * width])
            .mean_dim(2)
            .squeeze_dim::<2>(2);
        let vectors = self.capsules.forward(means).reshape([items, 2, DIMENSIONS]);
        // Squashed to lengths below 1 (Sabour, Frosst, Hinton, 2017).
        let squares = vectors.clone().powf_scalar(2.0).sum_dim(2) + 1e-8;
        Output::capsules(vectors * squares.clone().sqrt() / (squares + 1.0))
    }
}

impl Trainable for CapsuleNet {
    fn untrained(_: &NetworkParams, device: &Device) -> Self {
        Self {
            conv: Conv2dConfig::new([3, MAPS], [1, 2]).init(device),
            norm: BatchNormConfig::new(MAPS).init(device),
            capsules: LinearConfig::new(MAPS, 2 * DIMENSIONS).init(device),
        }
    }

    fn name(&self) -> &'static str {
        "capsule-net"
    }

    fn input(&self) -> InputKind {
        InputKind::Crops(2)
    }
}

/// Clips of noise as files; in the fakes, time stands still.
struct Frozen {
    _folder: tempfile::TempDir,
    clips: Vec<Vec<PathBuf>>,
    fake: Vec<bool>,
}

impl Frozen {
    fn new(count: usize, frames: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut rng = ChaCha8Rng::seed_from_u64(12);
        let fake: Vec<bool> = (0..count).map(|clip| clip % 2 == 1).collect();
        let mut noise = || RgbImage::from_fn(40, 40, |_, _| Rgb([0; 3].map(|_: u8| rng.gen_range(112..144))));
        let mut clip = |(number, fake): (usize, &bool)| {
            let still = noise();
            let mut file = |frame: usize| {
                let path = folder.path().join(format!("{number}-{frame}.png"));
                let picture = if *fake { still.clone() } else { noise() };
                picture.save(&path).unwrap();
                path
            };
            (0..frames).map(&mut file).collect()
        };
        let clips = fake.iter().enumerate().map(&mut clip).collect();
        Self {
            _folder: folder,
            clips,
            fake,
        }
    }

    fn files(&self) -> ClipFiles<'_> {
        ClipFiles {
            clips: &self.clips,
            limits: Limits::default(),
        }
    }
}

fn params(epochs: usize) -> NetworkParams {
    NetworkParams {
        epochs,
        batch_size: 8,
        learning_rate: 0.03,
        validation: 0.25,
        warm_up_epochs: 0,
        side: Some(32),
        views: Some(1),
        loss: LossParams {
            auc: 0.2,
            ..LossParams::default()
        },
        ..NetworkParams::default()
    }
}

/// Trains a network, once as a whole and once with an interruption, which must give the same weights.
fn learnt_and_resumed<N: Trainable>(
    clips: &dyn Clips,
    fake: &[bool],
    params: &NetworkParams,
) -> TrainedNetwork<N> {
    let items: Vec<usize> = (0..fake.len()).collect();
    let job = TrainJob::<N> {
        params,
        pictures: clips,
        fake,
        groups: None,
        items: &items,
        init: None,
        seed: 5,
    };
    let folder = tempfile::tempdir().unwrap();
    let checkpoint = |resume| Checkpoint {
        path: folder.path().join("training.checkpoint"),
        resume,
    };
    alone(|| {
        let whole = train_network(&job, None, &()).unwrap().unwrap();
        let steps = fake.len() * 3 / 4 / params.batch_size;
        // In the third epoch.
        let callbacks = Impatient(2 * steps + 1, AtomicUsize::new(0));
        let stopped = train_network(&job, Some(&checkpoint(false)), &callbacks).unwrap();
        assert!(stopped.is_none() && callbacks.1.load(Ordering::SeqCst) == 2 * steps + 1);
        let resumed = train_network(&job, Some(&checkpoint(true)), &())
            .unwrap()
            .unwrap();
        assert_eq!(whole.network.arrays(), resumed.network.arrays());
        let losses = |trained: &TrainedNetwork<N>| -> Vec<_> {
            let reports = trained.reports.iter();
            reports
                .map(|report| (report.loss, report.validation_loss, report.validation_auc))
                .collect()
        };
        assert_eq!(losses(&whole), losses(&resumed));
        let of_epochs: Vec<f64> = whole.reports.iter().map(|report| report.loss).collect();
        assert!(
            of_epochs[of_epochs.len() - 1] < 0.8 * of_epochs[0],
            "{of_epochs:?}"
        );
        let aucs: Vec<f64> = whole.reports.iter().map(|report| report.validation_auc).collect();
        assert_eq!(aucs.into_iter().fold(0.0, f64::max), 1.0);
        whole
    })
}

/// Whether each fake has a higher logit than each real one.
fn tells_apart(margins: &[f64], fake: &[bool]) -> bool {
    let of = |class: bool| {
        margins
            .iter()
            .zip(fake)
            .filter(move |(_, fake)| **fake == class)
            .map(|(margin, _)| *margin)
    };
    of(true).fold(f64::MAX, f64::min) > of(false).fold(f64::MIN, f64::max)
}

#[test]
fn a_network_of_clips_learns_what_only_time_tells() {
    // Two frames more than are seen, so that each draw starts elsewhere.
    let frozen = Frozen::new(32, FRAMES as usize + 2);
    let files = frozen.files();
    let trained = learnt_and_resumed::<ClipNet>(&files, &frozen.fake, &params(8));
    let items: Vec<usize> = (0..frozen.fake.len()).collect();
    let logits = margins(&trained.network, &files, &items).unwrap();
    assert!(tells_apart(&logits, &frozen.fake), "{logits:?}");
    assert_eq!(
        trained.network.to_string(),
        "squares of 32 pixels, at most 1 of a picture, of 4 frames in a row"
    );
    let attention = trained.network.clip_attention(&files, 1).unwrap();
    assert_eq!(attention.len(), FRAMES as usize);
    for plane in &attention {
        assert_eq!((plane.width, plane.height), (40, 40));
        assert!(plane.samples.iter().all(|sample| *sample >= 0.0));
    }

    // A picture is no clip, and neither are three frames.
    let image = files.frame(0, 0).unwrap();
    let error = trained.network.logit(&image).unwrap_err().to_string();
    assert_eq!(error, "too few frames: 1, the network sees 4 in a row");
    let short = [frozen.clips[0][..3].to_vec()];
    let short = ClipFiles {
        clips: &short,
        limits: Limits::default(),
    };
    let error = margins(&trained.network, &short, &[0]).unwrap_err().to_string();
    assert!(
        error.ends_with("0-0.png (3 frames): too few frames: 3, the network sees 4 in a row"),
        "{error}"
    );
    let mut gone = [frozen.clips[0].clone()];
    gone[0][2] = "no/such/frame.png".into();
    let gone = ClipFiles {
        clips: &gone,
        limits: Limits::default(),
    };
    let error = margins(&trained.network, &gone, &[0]).unwrap_err().to_string();
    assert!(error.starts_with("no/such/frame.png: "), "{error}");
}

#[test]
fn a_network_of_squares_together_learns_with_capsules() {
    let noise = Noise::new(32, 96);
    // Squashing holds back small vectors.
    let faster = NetworkParams {
        learning_rate: 0.1,
        ..params(20)
    };
    let trained = learnt_and_resumed::<CapsuleNet>(&noise, &noise.fake, &faster);
    let items: Vec<usize> = (0..noise.fake.len()).collect();
    let logits = margins(&trained.network, &noise, &items).unwrap();
    assert!(tells_apart(&logits, &noise.fake), "{logits:?}");
    // A softmax over values between −1 and 1 goes no further than this.
    assert!(logits.iter().all(|logit| logit.abs() < 2.0));
    let rule = trained.network.rule();
    assert_eq!(rule.tiles, Some("32:2".parse().unwrap()));
    assert_eq!(
        rule.to_string(),
        "squares of 32 pixels, at most 2 of a picture, seen together"
    );
    let plane = trained.network.attention(&noise.pictures[1]).unwrap();
    assert_eq!((plane.width, plane.height), (96, 96));
    // Two squares and nothing around them.
    let seen = plane.samples.iter().filter(|sample| **sample > 0.0).count();
    assert!(seen > 0 && seen <= 2 * 32 * 32, "{seen}");
}

#[test]
fn a_network_of_squares_learns_from_single_frames_of_clips() {
    let frozen = Frozen::new(16, 3);
    let files = frozen.files();
    let items: Vec<usize> = (0..16).collect();
    let job = TrainJob {
        params: &params(1),
        pictures: &files,
        fake: &frozen.fake,
        groups: None,
        items: &items,
        init: None,
        seed: 5,
    };
    let trained = train(&job, None, &()).unwrap().unwrap();
    // Judged by the one in the middle.
    let of_clips = margins(&trained.network, &files, &items).unwrap();
    let of_frames: Vec<f64> = items
        .iter()
        .map(|&clip| trained.network.logit(&files.frame(clip, 1).unwrap()).unwrap())
        .collect();
    assert_eq!(of_clips, of_frames);
}

/// Clips in memory, of frames of several sizes.
struct Uneven(Vec<Decoded>);

impl Clips for Uneven {
    fn name(&self, clip: usize) -> String {
        format!("uneven {clip}")
    }

    fn frames(&self, _: usize) -> usize {
        self.0.len()
    }

    fn frame(&self, _: usize, frame: usize) -> Result<Cow<'_, Decoded>, CnnError> {
        Ok(Cow::Borrowed(&self.0[frame]))
    }
}

#[test]
fn frames_of_several_sizes_are_no_clip() {
    let sizes = [40, 40, 48, 40].map(|side| Noise::new(1, side).pictures.swap_remove(0));
    let uneven = Uneven(sizes.to_vec());
    let fake: Vec<bool> = (0..16).map(|clip| clip % 2 == 1).collect();
    let items: Vec<usize> = (0..16).collect();
    let job = TrainJob::<ClipNet> {
        params: &params(1),
        pictures: &uneven,
        fake: &fake,
        groups: None,
        items: &items,
        init: None,
        seed: 5,
    };
    let error = train_network(&job, None, &()).err().unwrap().to_string();
    assert!(
        error.starts_with("uneven ") && error.ends_with("a frame of 48x48 pixels in a clip of 40x40"),
        "{error}"
    );
}
