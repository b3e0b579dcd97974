//! How far a file's properties alone would come, without a look at the picture.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::ExperimentError;
use super::plan::PlannedSplit;
use super::tested::Tested;
use dftective_evaluate::{HoldOut, Interval, Spread};
use dftective_sample::{FileFacts, Sample};

/// The properties looked at.
const PROPERTIES: [&str; 5] = ["width", "height", "format", "JPEG quality", "chroma subsampling"];

/// How well the best rule on one property of the file tells the classes apart.
///
/// The rule is 1R (Holte, "Very Simple Classification Rules Perform Well on Most Commonly Used Datasets", Machine
/// Learning 11, 1993): an item is what most training items with the same value are, or, where none has it, what most
/// training items are. On each split the property that does best on the training part is taken, and measured on the
/// test part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LeakCheck {
    /// The property taken most often.
    pub property: String,
    /// Accuracy over the splits.
    pub accuracy: Spread,
    /// Its 95 % interval.
    pub interval: Interval,
    /// Accuracy of always calling the class that is more frequent in the test part, over the splits.
    pub guessing: f64,
    /// Each property by itself.
    pub properties: Vec<PropertyResult>,
}

/// One property by itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PropertyResult {
    /// Its name.
    pub property: String,
    /// Different values it has in the data, none being one of them.
    pub values: usize,
    /// Mean accuracy of its rule over the splits.
    pub accuracy: f64,
}

/// The value of one property for each item, as numbers from 0.
struct Codes(Vec<usize>);

impl Codes {
    fn of<T: Ord>(values: impl Iterator<Item = T>) -> Self {
        let values: Vec<T> = values.collect();
        let different: std::collections::BTreeSet<&T> = values.iter().collect();
        let numbers: BTreeMap<&T, usize> = different.into_iter().zip(0..).collect();
        Self(values.iter().map(|value| numbers[value]).collect())
    }

    fn different(&self) -> usize {
        self.0.iter().max().map_or(0, |largest| largest + 1)
    }

    /// What the rule learnt from `train` says of each of `items`.
    fn rule(&self, labels: &[bool], train: &[usize], items: &[usize]) -> Vec<bool> {
        let mut counts = vec![[0usize; 2]; self.different()];
        let mut all = [0usize; 2];
        for &item in train {
            counts[self.0[item]][usize::from(labels[item])] += 1;
            all[usize::from(labels[item])] += 1;
        }
        let most = all[1] >= all[0];
        items
            .iter()
            .map(|&item| match counts[self.0[item]] {
                [real, fake] if real != fake => fake > real,
                _ => most,
            })
            .collect()
    }
}

fn share_right(calls: &[bool], labels: &[bool], items: &[usize]) -> f64 {
    let right = calls
        .iter()
        .zip(items)
        .filter(|(call, item)| **call == labels[**item]);
    right.count() as f64 / items.len() as f64
}

impl LeakCheck {
    /// Measures the rules on the splits; `None` where nothing is known of the files. `units` numbers what is drawn
    /// for the interval: items, or groups of them.
    pub(super) fn of(
        samples: &[Sample],
        units: &[usize],
        splits: &[PlannedSplit],
        seed: u64,
    ) -> Result<Option<Self>, ExperimentError> {
        if samples.iter().all(|sample| sample.file == FileFacts::default()) {
            return Ok(None);
        }
        let labels: Vec<bool> = samples.iter().map(Sample::is_fake).collect();
        let labels = &labels;
        let files = || samples.iter().map(|sample| &sample.file);
        let codes = [
            Codes::of(files().map(|known| known.width)),
            Codes::of(files().map(|known| known.height)),
            Codes::of(files().map(|known| known.format.as_deref())),
            Codes::of(files().map(|known| known.jpeg_quality)),
            Codes::of(files().map(|known| known.subsampling.as_deref())),
        ];
        let mut of_property = [const { Vec::new() }; PROPERTIES.len()];
        let mut taken = [0usize; PROPERTIES.len()];
        let (mut accuracies, mut guesses, mut tested) = (Vec::new(), Vec::new(), Tested::default());
        for PlannedSplit {
            parts: HoldOut { train, test },
            ..
        } in splits
        {
            let mut best = (f64::NEG_INFINITY, 0, Vec::new());
            for (index, codes) in codes.iter().enumerate() {
                let learnt = share_right(&codes.rule(labels, train, train), labels, train);
                let calls = codes.rule(labels, train, test);
                of_property[index].push(share_right(&calls, labels, test));
                if learnt > best.0 {
                    best = (learnt, index, calls);
                }
            }
            let (_, index, calls) = best;
            taken[index] += 1;
            accuracies.push(share_right(&calls, labels, test));
            let fakes = share_right(&vec![true; test.len()], labels, test);
            guesses.push(fakes.max(1.0 - fakes));
            let of_test = |item: &usize| (labels[*item], units[*item]);
            let (labels, units): (Vec<bool>, Vec<usize>) = test.iter().map(of_test).unzip();
            tested.add(&calls, &labels, &units);
        }
        let accuracy = Spread::of(&accuracies)?;
        let most_taken = (0..taken.len())
            .rev()
            .max_by_key(|&index| taken[index])
            .unwrap_or(0);
        let mut each = Vec::new();
        for ((property, codes), accuracies) in PROPERTIES.into_iter().zip(&codes).zip(&of_property) {
            each.push(PropertyResult {
                property: property.to_owned(),
                values: codes.different(),
                accuracy: Spread::of(accuracies)?.mean,
            });
        }
        Ok(Some(Self {
            property: PROPERTIES[most_taken].to_owned(),
            accuracy,
            interval: tested.interval(seed)?,
            guessing: Spread::of(&guesses)?.mean,
            properties: each,
        }))
    }
}
