//! Two detectors image by image.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::SAMPLE;
use crate::mistakes::{MISTAKES, thumbnail};
use dftective_decode::Limits;
use dftective_sample::{Label, Sample};

/// How often two detectors call the images of a class rightly, together and alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreement {
    /// The class.
    pub label: Label,
    /// Images that both call rightly.
    pub both: usize,
    /// Images that only A does.
    pub only_first: usize,
    /// Images that only B does.
    pub only_second: usize,
    /// Images that both call wrongly.
    pub neither: usize,
}

impl Agreement {
    /// Of reals, then of fakes; `score ≥ threshold` calls an image fake.
    pub fn of([first, second]: [&[f64]; 2], fake: &[bool], threshold: f64) -> [Self; 2] {
        Label::ALL.map(|label| {
            let mut counts = Self {
                label,
                both: 0,
                only_first: 0,
                only_second: 0,
                neither: 0,
            };
            let of_class = first.iter().zip(second).zip(fake);
            for ((a, b), _) in of_class.filter(|(_, fake)| **fake == label.is_fake()) {
                let is_right = |score: f64| (score >= threshold) == label.is_fake();
                *match (is_right(*a), is_right(*b)) {
                    (true, true) => &mut counts.both,
                    (true, false) => &mut counts.only_first,
                    (false, true) => &mut counts.only_second,
                    (false, false) => &mut counts.neither,
                } += 1;
            }
            counts
        })
    }
}

/// Scores of both detectors, one value an image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScorePairs {
    /// A's calibrated probabilities of fake, in \[0, 1\].
    pub first: Vec<f64>,
    /// B's.
    pub second: Vec<f64>,
    /// Whether each image is fake.
    pub fake: Vec<bool>,
    /// Images these were drawn from.
    pub images: usize,
}

impl ScorePairs {
    /// All, or of more than [`SAMPLE`] images a random sample. The same seed gives the same.
    pub fn of([first, second]: [&[f64]; 2], fake: &[bool], seed: u64) -> Self {
        let images = fake.len().min(first.len()).min(second.len());
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut drawn = rand::seq::index::sample(&mut rng, images, images.min(SAMPLE)).into_vec();
        drawn.sort_unstable();
        let of = |scores: &[f64]| drawn.iter().map(|&image| scores[image]).collect();
        Self {
            first: of(first),
            second: of(second),
            fake: drawn.iter().map(|&image| fake[image]).collect(),
            images,
        }
    }
}

/// An image that two detectors call different things.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Disagreement {
    /// Its path, as [`dftective_sample::path_text`] writes it.
    pub path: String,
    /// What it truly is.
    pub label: Label,
    /// A's and B's calibrated probabilities of fake, in \[0, 1\].
    pub scores: [f64; 2],
    /// A small picture of its brightness, a JPEG file in base64; none where the file could not be read.
    pub thumbnail: Option<String>,
}

impl Disagreement {
    /// The images with different calls, `score ≥ threshold` for fake, by falling difference of the scores, at most
    /// [`MISTAKES`]; small pictures of those whose files can be read within `limits`.
    pub fn strongest(
        samples: &[Sample],
        [first, second]: [&[f64]; 2],
        threshold: f64,
        limits: &Limits,
    ) -> Vec<Self> {
        let differs = |image: &usize| (first[*image] >= threshold) != (second[*image] >= threshold);
        let mut found: Vec<usize> = (0..samples.len()).filter(differs).collect();
        let gap = |image: usize| (first[image] - second[image]).abs();
        // A stable sort: of equal gaps the first named comes first.
        found.sort_by(|&a, &b| gap(b).total_cmp(&gap(a)));
        let strongest = found.into_iter().take(MISTAKES);
        strongest
            .map(|image| {
                let sample = &samples[image];
                Self {
                    thumbnail: thumbnail(sample, limits),
                    path: sample.name(),
                    label: if sample.is_fake() {
                        Label::Fake
                    } else {
                        Label::Real
                    },
                    scores: [first[image], second[image]],
                }
            })
            .collect()
    }
}
