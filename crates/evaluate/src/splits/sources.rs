use std::collections::BTreeMap;

use super::{HoldOut, stratified::single_class_folds};
use crate::SplitError;

/// A split whose test part comes from sources that the training part has nothing of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceHoldOut {
    /// The sources left out: one that has both classes, a source of fakes and one of reals, or, where one class
    /// has no source to spare, a source of the other class alone.
    pub sources: Vec<String>,
    /// Where `sources` are of one class only: the other class is on both sides, with other items on each.
    pub shares_a_class: bool,
    /// The parts.
    pub parts: HoldOut,
}

struct SourceItems {
    name: String,
    items: Vec<usize>,
    /// Numbers of its real and fake items.
    counts: [usize; 2],
}

/// Leaves each source out in turn: a detector is measured on generators and cameras it has not seen.
///
/// Sources are often all fake (a generator) or all real (a camera), and a test part of one class measures no
/// ranking. So:
/// - a source with both classes is a test part by itself;
/// - each source of fakes is left out together with each source of reals, F × R splits: on the paper's Faces-HQ,
///   with two of each, four splits that learn from one pair and are measured on the other;
/// - where one class can spare no source, say many generators beside a single set of photographs, its items are
///   dealt into parts by `seed`, and each source of the other class is tested with a part of its own
///   ([`SourceHoldOut::shares_a_class`]). Such a split asks whether an unseen generator is found among photographs of a
///   known camera.
///
/// The order is: sources with both classes, then the others, each by name, fakes before reals. Groups, one number
/// an item, must not be on both sides.
///
/// # Errors
/// Lengths that differ, items without a source, no source that can be left out, a part without one of the classes, a
/// group on both sides.
pub fn leave_one_source_out(
    labels: &[bool],
    sources: &[Option<&str>],
    groups: Option<&[usize]>,
    seed: u64,
) -> Result<Vec<SourceHoldOut>, SplitError> {
    let wrong_length = [Some(sources.len()), groups.map(<[usize]>::len)]
        .into_iter()
        .flatten()
        .find(|&length| length != labels.len());
    if let Some(found) = wrong_length {
        return Err(SplitError::Length {
            labels: labels.len(),
            groups: found,
        });
    }
    let found = gather(labels, sources)?;
    let of_one_class = |class: usize| -> Vec<&SourceItems> {
        found
            .iter()
            .filter(|source| source.counts[1 - class] == 0)
            .collect()
    };
    let mixed: Vec<&SourceItems> = found
        .iter()
        .filter(|source| source.counts.iter().all(|&count| count > 0))
        .collect();
    let (reals, fakes) = (of_one_class(0), of_one_class(1));
    let can_spare = |only: &[&SourceItems]| !only.is_empty() && only.len() + mixed.len() > 1;

    let split = |sources: &[&SourceItems], dealt: &[usize]| {
        let test: Vec<usize> = sources
            .iter()
            .flat_map(|source| &source.items)
            .chain(dealt)
            .copied()
            .collect();
        source_hold_out(sources, test, !dealt.is_empty(), labels, groups)
    };
    let mut splits = Vec::new();
    for source in &mixed {
        splits.push(split(&[source], &[])?);
    }
    let (left_out, shared) = match (can_spare(&fakes), can_spare(&reals)) {
        (true, true) => {
            for fake in &fakes {
                for real in &reals {
                    splits.push(split(&[fake, real], &[])?);
                }
            }
            (Vec::new(), false)
        }
        (true, false) => (fakes, false),
        (false, true) => (reals, true),
        (false, false) => (Vec::new(), false),
    };
    let items: Vec<usize> = (0..labels.len()).filter(|&item| labels[item] == shared).collect();
    let folds = single_class_folds(&items, groups, labels.len(), left_out.len().max(2), seed);
    for (fold, source) in left_out.iter().enumerate() {
        let dealt: Vec<usize> = items
            .iter()
            .copied()
            .filter(|&item| folds[item] == Some(fold))
            .collect();
        splits.push(split(&[source], &dealt)?);
    }
    if splits.is_empty() {
        let with = |class: usize| found.iter().filter(|source| source.counts[class] > 0).count();
        return Err(SplitError::FewSources {
            fake: with(1),
            real: with(0),
        });
    }
    Ok(splits)
}

/// The sources by name.
fn gather(labels: &[bool], sources: &[Option<&str>]) -> Result<Vec<SourceItems>, SplitError> {
    let nameless = sources.iter().filter(|source| source.is_none()).count();
    if nameless > 0 {
        return Err(SplitError::NoSource { items: nameless });
    }
    let mut found: BTreeMap<&str, SourceItems> = BTreeMap::new();
    for (item, (name, &fake)) in sources.iter().flatten().zip(labels).enumerate() {
        let source = found.entry(name).or_insert_with(|| SourceItems {
            name: (*name).to_owned(),
            items: Vec::new(),
            counts: [0; 2],
        });
        source.items.push(item);
        source.counts[usize::from(fake)] += 1;
    }
    Ok(found.into_values().collect())
}

fn source_hold_out(
    sources: &[&SourceItems],
    test: Vec<usize>,
    shares_a_class: bool,
    labels: &[bool],
    groups: Option<&[usize]>,
) -> Result<SourceHoldOut, SplitError> {
    let mut is_test = vec![false; labels.len()];
    for &item in &test {
        is_test[item] = true;
    }
    let train = (0..labels.len()).filter(|&item| !is_test[item]).collect();
    let sources: Vec<String> = sources.iter().map(|source| source.name.clone()).collect();
    let parts = HoldOut::checked(train, test, labels, groups).map_err(|error| match error {
        SplitError::LacksClass { part, class } => SplitError::LacksClass {
            part: format!("{part} with '{}' left out", sources.join("' and '")),
            class,
        },
        other => other,
    })?;
    Ok(SourceHoldOut {
        sources,
        shares_a_class,
        parts,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Items of sources given as name, fakes, reals.
    fn items<'a>(sources: &[(&'a str, usize, usize)]) -> (Vec<bool>, Vec<Option<&'a str>>) {
        let (mut labels, mut names) = (Vec::new(), Vec::new());
        for &(name, fakes, reals) in sources {
            labels.extend([vec![true; fakes], vec![false; reals]].concat());
            names.extend(vec![Some(name); fakes + reals]);
        }
        (labels, names)
    }

    fn left_out(splits: &[SourceHoldOut]) -> Vec<String> {
        splits.iter().map(|split| split.sources.join("+")).collect()
    }

    #[test]
    fn one_class_sources_are_left_out_in_pairs() -> Result<(), SplitError> {
        let (labels, names) = items(&[("sg", 3, 0), ("celeba", 0, 2), ("100k", 4, 0), ("ffhq", 0, 5)]);
        let splits = leave_one_source_out(&labels, &names, None, 0)?;
        assert_eq!(
            left_out(&splits),
            ["100k+celeba", "100k+ffhq", "sg+celeba", "sg+ffhq"]
        );
        for SourceHoldOut {
            sources,
            parts,
            shares_a_class,
        } in &splits
        {
            assert!(!shares_a_class);
            assert_eq!(parts.train.len() + parts.test.len(), labels.len());
            for &item in &parts.test {
                assert!(sources.iter().any(|source| Some(source.as_str()) == names[item]));
            }
            for &item in &parts.train {
                assert!(!sources.iter().any(|source| Some(source.as_str()) == names[item]));
            }
        }
        Ok(())
    }

    #[test]
    fn sources_with_both_classes_stand_alone() -> Result<(), SplitError> {
        let (labels, names) = items(&[("b", 2, 2), ("a", 1, 3)]);
        let splits = leave_one_source_out(&labels, &names, None, 0)?;
        assert_eq!(left_out(&splits), ["a", "b"]);
        assert_eq!(splits[0].parts.test, [4, 5, 6, 7]);
        // Beside them, the others still go in pairs.
        let (labels, names) = items(&[("b", 2, 2), ("a", 1, 3), ("f", 1, 0), ("r", 0, 1)]);
        let splits = leave_one_source_out(&labels, &names, None, 0)?;
        assert_eq!(left_out(&splits), ["a", "b", "f+r"]);
        Ok(())
    }

    #[test]
    fn a_single_source_of_a_class_is_dealt() -> Result<(), SplitError> {
        let (labels, names) = items(&[("ffhq", 0, 9), ("sg", 2, 0), ("sd", 3, 0), ("gan", 1, 0)]);
        let splits = leave_one_source_out(&labels, &names, None, 1)?;
        assert_eq!(left_out(&splits), ["gan", "sd", "sg"]);
        let mut tested: Vec<usize> = Vec::new();
        for split in &splits {
            assert!(split.shares_a_class);
            let reals: Vec<usize> = split.parts.test.iter().copied().filter(|&i| !labels[i]).collect();
            assert_eq!(reals.len(), 3);
            tested.extend(reals);
        }
        // Each real is tested once.
        tested.sort_unstable();
        assert_eq!(tested, (0..9).collect::<Vec<_>>());
        assert_eq!(splits, leave_one_source_out(&labels, &names, None, 1)?);
        assert_ne!(splits, leave_one_source_out(&labels, &names, None, 2)?);

        // Whole groups of reals.
        let groups: Vec<usize> = (0..labels.len())
            .map(|i| if i < 9 { i / 3 } else { 100 + i })
            .collect();
        for split in leave_one_source_out(&labels, &names, Some(&groups), 1)? {
            let reals: Vec<usize> = split
                .parts
                .test
                .iter()
                .filter(|&&i| !labels[i])
                .map(|&i| groups[i])
                .collect();
            assert_eq!(reals, [reals[0]; 3]);
        }
        // The other way round, and a fakes' source with nothing but a mixed one beside it.
        let (labels, names) = items(&[("sg", 4, 0), ("a", 0, 2), ("b", 0, 2)]);
        assert_eq!(
            left_out(&leave_one_source_out(&labels, &names, None, 0)?),
            ["a", "b"]
        );
        Ok(())
    }

    #[test]
    fn what_cannot_be_left_out_is_an_error() {
        let run = |sources: &[(&str, usize, usize)]| {
            let (labels, names) = items(sources);
            leave_one_source_out(&labels, &names, None, 0)
        };
        let few = Err(SplitError::FewSources { fake: 1, real: 1 });
        assert_eq!(run(&[("f", 3, 0), ("r", 0, 3)]), few);
        assert_eq!(run(&[]), Err(SplitError::FewSources { fake: 0, real: 0 }));
        let lacks = run(&[("a", 2, 2), ("f", 2, 0)]).unwrap_err().to_string();
        assert_eq!(lacks, "the training part with 'a' left out has no real item");
        // Only fakes: nothing real could be dealt.
        assert!(matches!(
            run(&[("a", 2, 0), ("b", 2, 0)]),
            Err(SplitError::LacksClass { class: "real", .. })
        ));

        let (labels, mut names) = items(&[("f", 1, 0), ("g", 1, 0), ("r", 0, 1), ("s", 0, 1)]);
        // A person among the fakes of one source and the reals of another.
        let error = leave_one_source_out(&labels, &names, Some(&[0, 1, 2, 0]), 0);
        assert_eq!(error, Err(SplitError::Straddles { train: 3, test: 0 }));
        names[1] = None;
        assert_eq!(
            leave_one_source_out(&labels, &names, None, 0),
            Err(SplitError::NoSource { items: 1 })
        );
        assert_eq!(
            leave_one_source_out(&labels, &names[..2], None, 0),
            Err(SplitError::Length { labels: 4, groups: 2 })
        );
    }
}
