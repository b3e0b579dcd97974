//! Which items are learnt from and which are measured on, for every point of the learning curve.

use std::collections::BTreeMap;

use super::{Data, Experiment, ExperimentError, NotMeasured, Protocol};
use dftective_evaluate::{
    HoldOut, SourceHoldOut, SplitError, group_numbers, leave_one_source_out, nested_subsets, repetition_seed,
    stratified_folds, stratified_hold_out,
};

/// One split.
pub struct PlannedSplit {
    pub parts: HoldOut,
    /// Of the split, and of random starts on it.
    pub seed: u64,
    /// Which of the folds is measured on, from 1.
    pub fold: Option<usize>,
    /// What is left out where sources are.
    pub unseen: Option<Unseen>,
}

/// Where the test part's images come from, if nothing from there is learnt from.
#[derive(Clone)]
pub struct Unseen {
    pub fake: Option<String>,
    pub real: Option<String>,
}

/// The splits of one number of samples.
pub struct Point {
    /// The samples: items before a random split, or training items with fixed parts.
    pub samples: usize,
    /// Whether they are all there are.
    pub is_all: bool,
    pub splits: Vec<PlannedSplit>,
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
        let labels = &data.dataset.fake();
        let keeps_parts = matches!(protocol, Protocol::FixedParts { .. });
        let parts = data.parts.as_ref().filter(|_| keeps_parts);
        let available = parts.map_or(labels.len(), |parts| parts.train.len());
        if let Protocol::LeaveOneSourceOut = protocol {
            check_sources(labels, &data.dataset.sources())?;
        }
        let parting = Parting {
            labels,
            groups: group_numbers(&data.dataset.groups()),
            available,
            seed: experiment.seed,
        };
        let splits = |size| parting.splits(protocol, parts, data, size);
        let all = splits(available).map_err(|source| ExperimentError::Split {
            samples: available,
            source,
        })?;
        let protocol_in_words = words(experiment, data, parts, all.len());
        let mut points = vec![Point {
            samples: available,
            is_all: true,
            splits: all,
        }];
        let mut not_measured = Vec::new();
        for &samples in protocol.samples().iter().filter(|&&size| size != available) {
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
            protocol: protocol_in_words,
            departure: departure(experiment, parts),
            points,
            not_measured,
        })
    }
}

/// What splits are made of.
struct Parting<'a> {
    labels: &'a [bool],
    groups: Option<Vec<usize>>,
    /// Items that samples are taken from.
    available: usize,
    seed: u64,
}

impl Parting<'_> {
    fn splits(
        &self,
        protocol: &Protocol,
        parts: Option<&HoldOut>,
        data: &Data,
        size: usize,
    ) -> Result<Vec<PlannedSplit>, SplitError> {
        match *protocol {
            Protocol::FixedParts { repetitions, .. } if let Some(parts) = parts => {
                self.of_parts(parts, size, repetitions)
            }
            Protocol::HoldOut {
                repetitions,
                test_fraction,
                ..
            }
            | Protocol::FixedParts {
                repetitions,
                test_fraction,
                ..
            } => self.repeated(size, repetitions, |labels, groups, seed| {
                Ok(vec![stratified_hold_out(labels, groups, test_fraction, seed)?])
            }),
            Protocol::KFold {
                repetitions, folds, ..
            } => self.repeated(size, repetitions, |labels, groups, seed| {
                let fold_of = stratified_folds(labels, groups, folds, seed)?;
                let parts = |fold| {
                    let (test, train) = (0..labels.len()).partition(|&item| fold_of[item] == fold);
                    HoldOut { train, test }
                };
                Ok((0..folds).map(parts).collect())
            }),
            Protocol::LeaveOneSourceOut => self.by_source(&data.dataset.sources()),
        }
    }

    /// The parts as they are, or random subsets of what is learnt from.
    fn of_parts(
        &self,
        parts: &HoldOut,
        size: usize,
        repetitions: u64,
    ) -> Result<Vec<PlannedSplit>, SplitError> {
        parts.check(self.labels, self.groups.as_deref())?;
        let planned = |parts, seed| PlannedSplit {
            parts,
            seed,
            fold: None,
            unseen: None,
        };
        if size == self.available {
            return Ok(vec![planned(parts.clone(), repetition_seed(self.seed, 0))]);
        }
        let subset = |repetition| {
            let seed = repetition_seed(self.seed, repetition);
            let train = nested_subsets(self.labels, &parts.train, &[size], seed)?.concat();
            let test = parts.test.clone();
            Ok(planned(HoldOut { train, test }, seed))
        };
        (0..repetitions).map(subset).collect()
    }

    /// Repeatedly, all items or a random subset of them, parted by `draw`, which gives one split or one a fold.
    fn repeated(
        &self,
        size: usize,
        repetitions: u64,
        draw: impl Fn(&[bool], Option<&[usize]>, u64) -> Result<Vec<HoldOut>, SplitError>,
    ) -> Result<Vec<PlannedSplit>, SplitError> {
        let all: Vec<usize> = (0..self.labels.len()).collect();
        let mut splits = Vec::new();
        for repetition in 0..repetitions {
            let seed = repetition_seed(self.seed, repetition);
            let chosen = if size == self.available {
                all.clone()
            } else {
                nested_subsets(self.labels, &all, &[size], seed)?.concat()
            };
            let labels: Vec<bool> = chosen.iter().map(|&item| self.labels[item]).collect();
            let groups = self.groups.as_ref();
            let groups: Option<Vec<usize>> =
                groups.map(|groups| chosen.iter().map(|&item| groups[item]).collect());
            let drawn = draw(&labels, groups.as_deref(), seed)?;
            let is_fold = drawn.len() > 1;
            let original = |items: Vec<usize>| items.into_iter().map(|item| chosen[item]).collect();
            splits.extend(drawn.into_iter().enumerate().map(|(fold, parts)| PlannedSplit {
                parts: HoldOut {
                    train: original(parts.train),
                    test: original(parts.test),
                },
                seed,
                fold: is_fold.then_some(fold + 1),
                unseen: None,
            }));
        }
        Ok(splits)
    }

    fn by_source(&self, sources: &[Option<&str>]) -> Result<Vec<PlannedSplit>, SplitError> {
        let seed = repetition_seed(self.seed, 0);
        let splits = leave_one_source_out(self.labels, sources, self.groups.as_deref(), seed)?;
        let planned = splits.into_iter().map(|split| PlannedSplit {
            unseen: Some(self.unseen(&split, sources)),
            parts: split.parts,
            seed,
            fold: None,
        });
        Ok(planned.collect())
    }

    fn unseen(&self, split: &SourceHoldOut, sources: &[Option<&str>]) -> Unseen {
        let of = |class: bool| {
            let mut tested = split
                .parts
                .test
                .iter()
                .filter(|&&item| self.labels[item] == class);
            let source = tested.next().and_then(|&item| sources[item]);
            source
                .map(str::to_owned)
                .filter(|name| split.sources.contains(name))
        };
        Unseen {
            fake: of(true),
            real: of(false),
        }
    }
}

/// Every item has a source, and there are not more of them than splits can be kept.
fn check_sources(labels: &[bool], sources: &[Option<&str>]) -> Result<(), ExperimentError> {
    let without = sources.iter().filter(|source| source.is_none()).count();
    if without > 0 {
        return Err(ExperimentError::NoSources {
            without,
            images: sources.len(),
        });
    }
    let mut classes: BTreeMap<&str, [bool; 2]> = BTreeMap::new();
    for (source, &fake) in sources.iter().flatten().zip(labels) {
        classes.entry(source).or_default()[usize::from(fake)] = true;
    }
    let count = |wanted: [bool; 2]| classes.values().filter(|of| **of == wanted).count();
    let (reals, fakes, mixed) = (count([true, false]), count([false, true]), count([true, true]));
    let found = mixed + reals.saturating_mul(fakes).max(reals).max(fakes);
    if found > Protocol::MAX_SPLITS {
        return Err(ExperimentError::ManySources { found });
    }
    Ok(())
}

fn words(experiment: &Experiment, data: &Data, parts: Option<&HoldOut>, splits: usize) -> String {
    let protocol = &experiment.protocol;
    let whole = if data.has_groups() {
        ", no group on both sides"
    } else {
        ""
    };
    match (protocol, parts) {
        (Protocol::FixedParts { .. }, Some(parts)) => {
            let subsets = if protocol.samples().is_empty() {
                String::new()
            } else {
                format!(" (or {} random subsets)", protocol.repetitions())
            };
            format!(
                "fixed parts: {} images to learn from{subsets}, {} to measure on",
                parts.train.len(),
                parts.test.len()
            )
        }
        (
            Protocol::HoldOut {
                repetitions,
                test_fraction,
                ..
            }
            | Protocol::FixedParts {
                repetitions,
                test_fraction,
                ..
            },
            _,
        ) => {
            let test = 100.0 * test_fraction;
            let splits = if *repetitions == 1 {
                "one random split".to_owned()
            } else {
                format!("{repetitions} random splits")
            };
            format!(
                "{splits}, {:.0} % to learn from, {test:.0} % to measure on{whole}",
                100.0 - test
            )
        }
        (
            Protocol::KFold {
                repetitions, folds, ..
            },
            _,
        ) => {
            let times = if *repetitions == 1 {
                String::new()
            } else {
                format!(", dealt {repetitions} times")
            };
            format!("{folds} folds{times}, each tested in turn{whole}")
        }
        (Protocol::LeaveOneSourceOut, _) => {
            format!("each source left out in turn, {splits} splits{whole}")
        }
    }
}

fn departure(experiment: &Experiment, parts: Option<&HoldOut>) -> Option<String> {
    if !matches!(experiment.protocol, Protocol::FixedParts { .. }) || parts.is_some() {
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
