//! Which items are learnt from and which are measured on, for every point of the learning curve.

use super::{Data, Experiment, ExperimentError, NotMeasured, Split};
use crate::evaluate::{
    HoldOut, SplitError, group_numbers, nested_subsets, repeated_hold_outs, repetition_seed,
    stratified_hold_out,
};

/// The splits of one number of samples.
pub struct Point {
    /// The samples: items before a random split, or training items with fixed parts.
    pub samples: usize,
    /// Whether they are all there are.
    pub is_all: bool,
    /// One split a repetition.
    pub splits: Vec<HoldOut>,
}

/// All splits.
pub struct Plan {
    /// The protocol in words.
    pub protocol: String,
    /// Why it is not the published one, where it is not.
    pub departure: Option<String>,
    /// All samples first, then by falling number.
    pub points: Vec<Point>,
    pub not_measured: Vec<NotMeasured>,
}

impl Plan {
    pub fn new(experiment: &Experiment, data: &Data) -> Result<Self, ExperimentError> {
        let protocol = &experiment.protocol;
        let labels = &data.labelled.set.fake;
        let groups = group_numbers(&data.labelled.set.groups);
        let (seed, repetitions) = (experiment.seed, protocol.repetitions);
        let parts = data
            .parts
            .as_ref()
            .filter(|_| protocol.split == Split::FixedParts);
        let available = parts.map_or(labels.len(), |parts| parts.train.len());
        let splits = |size: usize| -> Result<Vec<HoldOut>, SplitError> {
            if let Some(parts) = parts {
                parts.check(labels, groups.as_deref())?;
                if size == available {
                    return Ok(vec![parts.clone()]);
                }
                let part = |seed| {
                    let train = nested_subsets(labels, &parts.train, &[size], seed)?.concat();
                    Ok(HoldOut {
                        train,
                        test: parts.test.clone(),
                    })
                };
                return seeds(seed, repetitions).map(part).collect();
            }
            let (groups, fraction) = (groups.as_deref(), protocol.test_fraction);
            if size == available {
                return repeated_hold_outs(labels, groups, fraction, repetitions, seed);
            }
            let all: Vec<usize> = (0..labels.len()).collect();
            let part = |seed| {
                let chosen = nested_subsets(labels, &all, &[size], seed)?.concat();
                let labels: Vec<bool> = chosen.iter().map(|&item| labels[item]).collect();
                let groups: Option<Vec<usize>> =
                    groups.map(|groups| chosen.iter().map(|&item| groups[item]).collect());
                let split = stratified_hold_out(&labels, groups.as_deref(), fraction, seed)?;
                let original = |items: Vec<usize>| items.into_iter().map(|item| chosen[item]).collect();
                Ok(HoldOut {
                    train: original(split.train),
                    test: original(split.test),
                })
            };
            seeds(seed, repetitions).map(part).collect()
        };

        let all = splits(available).map_err(|source| ExperimentError::Split {
            samples: available,
            source,
        })?;
        let mut points = vec![Point {
            samples: available,
            is_all: true,
            splits: all,
        }];
        let mut not_measured = Vec::new();
        for &samples in protocol.samples.iter().filter(|&&size| size != available) {
            let found = if samples > available {
                Err(format!("there are {available}"))
            } else {
                splits(samples).map_err(|error| error.to_string())
            };
            match found {
                Ok(splits) => points.push(Point {
                    samples,
                    is_all: false,
                    splits,
                }),
                Err(why) => not_measured.push(NotMeasured { samples, why }),
            }
        }
        Ok(Self {
            protocol: words(experiment, data, parts),
            departure: departure(experiment, parts),
            points,
            not_measured,
        })
    }
}

fn seeds(seed: u64, repetitions: u64) -> impl Iterator<Item = u64> {
    (0..repetitions).map(move |repetition| repetition_seed(seed, repetition))
}

fn words(experiment: &Experiment, data: &Data, parts: Option<&HoldOut>) -> String {
    let protocol = &experiment.protocol;
    if let Some(parts) = parts {
        let subsets = if protocol.samples.is_empty() {
            String::new()
        } else {
            format!(" (or {} random subsets)", protocol.repetitions)
        };
        return format!(
            "fixed parts: {} images to learn from{subsets}, {} to measure on",
            parts.train.len(),
            parts.test.len()
        );
    }
    let test = 100.0 * protocol.test_fraction;
    let whole = if data.has_groups() {
        ", no group on both sides"
    } else {
        ""
    };
    format!(
        "{} random splits, {:.0} % to learn from, {test:.0} % to measure on{whole}",
        protocol.repetitions,
        100.0 - test
    )
}

fn departure(experiment: &Experiment, parts: Option<&HoldOut>) -> Option<String> {
    if experiment.protocol.split == Split::HoldOut || parts.is_some() {
        return None;
    }
    let files = experiment.data.pickles.iter().flat_map(|pickles| &pickles.files);
    let names: Vec<&str> = files.map(|file| file.name.as_str()).collect();
    Some(format!(
        "NOT THE PUBLISHED PROTOCOL, which has fixed parts to learn from and to measure\n\
         on ({}). These data come without them and are\n\
         split at random; the published numbers stand beside for orientation only.",
        names.join(" and ")
    ))
}
