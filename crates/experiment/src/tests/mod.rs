//! Experiments on data made here.

mod descriptions;
mod families;
mod found;
mod leaks;
mod measuring;
mod protocols;
mod telling;

use ndarray::Array2;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{Data, Experiment};
use dftective_detector::Dataset;
use dftective_sample::{Label, Origin, Sample};

/// A small experiment: everything that must be there, and two quick classifiers.
const SMALL: &str = r#"
title = "Small"
source = "Nobody published this [1]."
recipe = "celeba bins=2"
scaling = "none"
seed = 7

[data]
origin = "Made here."

[protocol]
split = "hold-out"
repetitions = 3
test_fraction = 0.25

[[classifiers]]
name = "logistic"
parameters = { logistic = { c = 1.0 } }
published = [{ percent = 100.0, decimals = 0, origin = 1 }]

[[classifiers]]
name = "k-means"
parameters = { k_means = {} }
"#;

fn plain() -> Experiment {
    Experiment::parse(SMALL, "small.toml").unwrap()
}

/// [`SMALL`] with something else in it.
fn small(from: &str, to: &str) -> Experiment {
    assert!(SMALL.contains(from), "{from}");
    Experiment::parse(&SMALL.replace(from, to), "small.toml").unwrap()
}

/// 2 × `per_class` items of two features, fakes `distance` above reals in the first, where the noise reaches 1.
fn data(per_class: usize, distance: f64) -> Data {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let fake: Vec<bool> = (0..2 * per_class).map(|item| item % 2 == 0).collect();
    let features = Array2::from_shape_fn((fake.len(), 2), |(row, column)| {
        let shift = if fake[row] && column == 0 { distance } else { 0.0 };
        shift + rng.gen_range(-1.0..1.0)
    });
    let sample = |(row, fake): (usize, &bool)| Sample {
        label: Some(label(*fake)),
        ..Sample::new(Origin::Name(row.to_string()))
    };
    let dataset = Dataset {
        columns: ["a", "b"].map(str::to_owned).to_vec(),
        features,
        samples: fake.iter().enumerate().map(sample).collect(),
        ..Dataset::empty("celeba bins=2".parse().unwrap())
    };
    Data::new("numbers", dataset)
}

fn label(is_fake: bool) -> Label {
    if is_fake { Label::Fake } else { Label::Real }
}

/// Changes each sample, by its number.
fn change(data: &mut Data, change: impl Fn(usize, &mut Sample)) {
    for (number, sample) in data.dataset.samples.iter_mut().enumerate() {
        change(number, sample);
    }
}
