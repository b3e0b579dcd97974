//! Small detectors on planes of noise (real) and of smoothed noise (fake).

mod detector_set;
mod explaining;
mod files;
mod golden;
mod judging;
mod notes;
mod training;

use std::collections::BTreeSet;

use image::{GrayImage, Luma};
use ndarray::Array2;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use dftective_classify::{
    CalibrationMethod, FldEnsembleParams, Fusion, Gamma, KMeansParams, KernelParams, LogisticParams,
    RidgeParams, Scaling, SvmParams,
};
use dftective_decode::{Decoded, Format, JpegInfo, SourceInfo};
use dftective_features::{Families, Selection, Workspace, file_facts};
use dftective_sample::{FileFacts, Label, Sample};
use dftective_spectrum::Recipe;

const BINS: usize = 6;

/// Noise; a fake's neighbours are averaged, which takes high frequencies away.
fn image(fake: bool, side: u32, seed: u64) -> Decoded {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let noise = GrayImage::from_fn(side, side, |_, _| Luma([rng.r#gen()]));
    let luma = if fake {
        image::imageops::blur(&noise, 0.6)
    } else {
        noise
    };
    decoded(luma)
}

/// As if the plane came from a JPEG of quality 75.
fn decoded(luma: GrayImage) -> Decoded {
    let (width, height) = luma.dimensions();
    let jpeg = JpegInfo {
        quality: Some(75),
        subsampling: None,
        progressive: false,
    };
    Decoded {
        luma,
        source: SourceInfo {
            width,
            height,
            format: Format::Jpeg,
            jpeg: Some(jpeg),
            remarks: Vec::new(),
        },
        planes: None,
        rgb: None,
        coefficients: None,
    }
}

/// Twelve images of either class, 32 × 32.
fn training_set() -> Dataset {
    let recipe: Recipe = format!("default bins={BINS}").parse().unwrap();
    let family = Families::new(recipe.clone().into());
    let fake: Vec<bool> = (0..24).map(|index| index % 2 == 1).collect();
    let (mut values, mut workspace) = (Vec::new(), Workspace::default());
    let mut samples = Vec::new();
    for (index, &fake) in fake.iter().enumerate() {
        let image = image(fake, 32, index as u64);
        family.extract(&image, &mut workspace, &mut values).unwrap();
        samples.push(Sample {
            label: Some(if fake { Label::Fake } else { Label::Real }),
            file: file_facts(&image, &mut workspace),
            ..Sample::default()
        });
    }
    Dataset {
        columns: family.fixed_columns().unwrap(),
        features: Array2::from_shape_vec((fake.len(), BINS), values).unwrap(),
        samples,
        ..Dataset::empty(recipe.into())
    }
}

fn relabel(set: &mut Dataset, is_fake: impl Fn(usize) -> bool) {
    for (index, sample) in set.samples.iter_mut().enumerate() {
        sample.label = Some(if is_fake(index) { Label::Fake } else { Label::Real });
    }
}

fn regroup(set: &mut Dataset, group: impl Fn(usize) -> Option<String>) {
    for (index, sample) in set.samples.iter_mut().enumerate() {
        sample.group = group(index);
    }
}

fn options(classifier: Params) -> TrainOptions {
    TrainOptions {
        classifier,
        scaling: Scaling::Standard,
        calibration: CalibrationMethod::Platt,
        folds: 3,
        error_rate: 0.1,
        seed: 5,
    }
}

/// Every kind of classifier and kernel.
fn classifiers() -> [Params; 9] {
    let gamma = Gamma::Scale;
    let polynomial = KernelParams::Polynomial {
        gamma,
        degree: 2,
        coef0: 1.0,
    };
    [
        Params::Svm(SvmParams::new(KernelParams::Linear)),
        Params::Svm(SvmParams::new(KernelParams::Rbf { gamma })),
        Params::Svm(SvmParams::new(polynomial)),
        Params::Logistic(LogisticParams::default()),
        Params::KMeans(KMeansParams::default()),
        Params::Ridge(RidgeParams::default()),
        Params::Ridge(RidgeParams::default().with_kernel(KernelParams::Rbf { gamma })),
        Params::FldEnsemble(FldEnsembleParams::default()),
        Params::FldEnsemble(FldEnsembleParams::default().with_fusion(Fusion::Majority)),
    ]
}

fn logistic() -> TrainOptions {
    options(Params::Logistic(LogisticParams::default()))
}

/// The features and the classifier.
fn classical(detector: &Detector) -> &Classical {
    detector.classical().unwrap()
}

fn train(set: &Dataset, options: &TrainOptions) -> Result<Detector, DetectorError> {
    Detector::train(set, options).map(|trained| trained.detector)
}
