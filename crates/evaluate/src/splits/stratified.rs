use std::collections::BTreeMap;

use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

use super::HoldOut;
use crate::SplitError;

/// What must stay together: one item, or all items of one group.
struct Unit {
    items: Vec<usize>,
    /// Numbers of its real and fake items.
    counts: [usize; 2],
}

/// Deals the items into `k` folds with like proportions of fakes, and returns each item's fold, 0..k.
///
/// Without `groups` the sizes of the folds, and their numbers of fakes and of reals, differ by at most 1. With
/// `groups`, one name an item, no group is in two folds; the groups are dealt by falling size, each to the
/// fold that so far has least of its classes, so folds may differ by about the size of a group.
///
/// # Errors
/// Fewer than 2 folds, lengths that differ, a class with fewer items (or groups) than folds, groups so uneven
/// that a fold ends without one of the classes.
pub fn stratified_folds(
    labels: &[bool],
    groups: Option<&[usize]>,
    k: usize,
    seed: u64,
) -> Result<Vec<usize>, SplitError> {
    if k < 2 {
        return Err(SplitError::Folds { found: k });
    }
    let (units, totals) = shuffled_units(labels, groups, k, seed)?;
    let (folds, filled) = deal(&units, totals, labels.len(), k);
    for (fold, counts) in filled.iter().enumerate() {
        check_both(counts, || format!("fold {fold}"))?;
    }
    Ok(folds)
}

/// Deals the items of one class alone, all of `items`, into `k` folds of about the same size; `None` for the
/// other items. Groups stay whole.
pub(super) fn single_class_folds(
    items: &[usize],
    groups: Option<&[usize]>,
    count: usize,
    k: usize,
    seed: u64,
) -> Vec<Option<usize>> {
    let units = shuffled(units_of(items.iter().map(|&item| (item, false)), groups), seed);
    let (folds, _) = deal(&units, [items.len(), 0], count, k);
    let mut dealt = vec![None; count];
    for &item in items {
        dealt[item] = Some(folds[item]);
    }
    dealt
}

/// Each item's fold, and each fold's numbers of reals and fakes.
fn deal(units: &[Unit], totals: [usize; 2], items: usize, k: usize) -> (Vec<usize>, Vec<[usize; 2]>) {
    let mut folds = vec![0; items];
    let mut filled = vec![[0usize; 2]; k];
    for unit in units {
        // How far the unit's classes are already served here; exact in integers: Σ count · filled / total²
        // times both totals squared.
        let served = |fold: &[usize; 2]| -> u128 {
            (0..2)
                .map(|c| (unit.counts[c] * fold[c]) as u128 * (totals[1 - c] as u128).pow(2))
                .sum()
        };
        let best = (0..k)
            .min_by_key(|&f| (served(&filled[f]), filled[f][0] + filled[f][1]))
            .unwrap_or(0);
        filled[best] = together(filled[best], unit.counts);
        for &item in &unit.items {
            folds[item] = best;
        }
    }
    (folds, filled)
}

/// Sets about `test_fraction` of each class aside. Without `groups` that is the nearest whole number, but at
/// least one item of each class on either side. With `groups` no group is on both sides; groups are added
/// by falling size while they bring the test part nearer to the fraction.
///
/// # Errors
/// A fraction outside (0, 1), lengths that differ, a class with fewer than 2 items (or groups), groups so
/// uneven that a part ends without one of the classes.
pub fn stratified_hold_out(
    labels: &[bool],
    groups: Option<&[usize]>,
    test_fraction: f64,
    seed: u64,
) -> Result<HoldOut, SplitError> {
    if !(test_fraction > 0.0 && test_fraction < 1.0) {
        return Err(SplitError::Fraction { found: test_fraction });
    }
    let (units, totals) = shuffled_units(labels, groups, 2, seed)?;
    let wanted = totals.map(|n| (test_fraction * n as f64).round().clamp(1.0, (n - 1) as f64));
    let distance = |counts: [usize; 2]| -> f64 {
        (0..2)
            .map(|c| ((counts[c] as f64 - wanted[c]) / totals[c] as f64).powi(2))
            .sum()
    };
    let mut tested = [0usize; 2];
    let mut in_test = vec![false; units.len()];
    for (unit, chosen) in units.iter().zip(&mut in_test) {
        let with = together(tested, unit.counts);
        if distance(with) < distance(tested) {
            (tested, *chosen) = (with, true);
        }
    }
    // Where every group of a class was too large to bring the part nearer, its smallest one goes in.
    for c in 0..2 {
        let smallest = (0..units.len())
            .filter(|&u| units[u].counts[c] > 0)
            .min_by_key(|&u| units[u].items.len());
        if let Some(u) = smallest.filter(|_| tested[c] == 0) {
            (tested, in_test[u]) = (together(tested, units[u].counts), true);
        }
    }
    check_both(&tested, || "the test part".to_owned())?;
    check_both(&[totals[0] - tested[0], totals[1] - tested[1]], || {
        "the training part".to_owned()
    })?;

    let part = |side: bool| {
        let chosen = units.iter().zip(&in_test).filter(|(_, t)| **t == side);
        let mut items: Vec<usize> = chosen.flat_map(|(unit, _)| unit.items.iter().copied()).collect();
        items.sort_unstable();
        items
    };
    Ok(HoldOut {
        train: part(false),
        test: part(true),
    })
}

/// The units in random order, large ones first, and the numbers of real and fake items.
fn shuffled_units(
    labels: &[bool],
    groups: Option<&[usize]>,
    needed: usize,
    seed: u64,
) -> Result<(Vec<Unit>, [usize; 2]), SplitError> {
    if let Some(groups) = groups.filter(|g| g.len() != labels.len()) {
        return Err(SplitError::Length {
            labels: labels.len(),
            groups: groups.len(),
        });
    }
    let units = units_of(labels.iter().copied().enumerate(), groups);
    let totals = units.iter().fold([0; 2], |sum, unit| together(sum, unit.counts));
    let with = |c: usize| units.iter().filter(|u| u.counts[c] > 0).count();
    let (real, fake) = (with(0), with(1));
    if fake < needed || real < needed {
        let name = if groups.is_some() { "groups" } else { "items" };
        return Err(SplitError::TooFew {
            needed,
            units: name,
            fake,
            real,
        });
    }
    Ok((shuffled(units, seed), totals))
}

/// Items with their labels, gathered by group.
fn units_of(items: impl Iterator<Item = (usize, bool)>, groups: Option<&[usize]>) -> Vec<Unit> {
    let mut units: BTreeMap<usize, Unit> = BTreeMap::new();
    for (item, label) in items {
        let name = groups.map_or(item, |g| g[item]);
        let unit = units.entry(name).or_insert(Unit {
            items: Vec::new(),
            counts: [0; 2],
        });
        unit.items.push(item);
        unit.counts[usize::from(label)] += 1;
    }
    units.into_values().collect()
}

fn shuffled(mut units: Vec<Unit>, seed: u64) -> Vec<Unit> {
    units.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    // The sort is stable, so units of one size stay in random order.
    units.sort_by_key(|unit| std::cmp::Reverse(unit.items.len()));
    units
}

fn together(a: [usize; 2], b: [usize; 2]) -> [usize; 2] {
    [a[0] + b[0], a[1] + b[1]]
}

fn check_both(counts: &[usize; 2], part: impl Fn() -> String) -> Result<(), SplitError> {
    for (count, class) in counts.iter().zip(["real", "fake"]) {
        if *count == 0 {
            return Err(SplitError::NoRoom { part: part(), class });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn counts(labels: &[bool], folds: &[usize], k: usize) -> Vec<[usize; 2]> {
        let mut counts = vec![[0; 2]; k];
        for (&label, &fold) in labels.iter().zip(folds) {
            counts[fold][usize::from(label)] += 1;
        }
        counts
    }

    fn spread(values: impl Iterator<Item = usize> + Clone) -> usize {
        values.clone().max().unwrap_or(0) - values.min().unwrap_or(0)
    }

    #[test]
    fn seeds_decide() -> Result<(), SplitError> {
        let labels: Vec<bool> = (0..40).map(|i| i % 4 == 0).collect();
        let folds = |seed| stratified_folds(&labels, None, 5, seed);
        assert_eq!(folds(1)?, folds(1)?);
        assert_ne!(folds(1)?, folds(2)?);
        let hold_out = |seed| stratified_hold_out(&labels, None, 0.2, seed);
        assert_eq!(hold_out(1)?, hold_out(1)?);
        assert_ne!(hold_out(1)?, hold_out(2)?);
        Ok(())
    }

    #[test]
    fn hold_outs_have_the_fraction_of_each_class() -> Result<(), SplitError> {
        let labels: Vec<bool> = (0..2000).map(|i| i < 500).collect();
        let split = stratified_hold_out(&labels, None, 0.2, 3)?;
        let fakes = |items: &[usize]| items.iter().filter(|&&i| labels[i]).count();
        assert_eq!((split.test.len(), fakes(&split.test)), (400, 100));
        assert_eq!((split.train.len(), fakes(&split.train)), (1600, 400));
        // Never an empty side, however small the fraction.
        let split = stratified_hold_out(&[true, true, false, false], None, 0.01, 3)?;
        assert_eq!((split.train.len(), split.test.len()), (2, 2));
        Ok(())
    }

    #[test]
    fn groups_too_large_for_the_fraction_still_leave_a_test_part() -> Result<(), SplitError> {
        let labels = [true, true, true, true, false, false, false, false];
        let split = stratified_hold_out(&labels, Some(&[0, 0, 1, 1, 2, 2, 3, 3]), 0.1, 0)?;
        assert_eq!((split.train.len(), split.test.len()), (4, 4));
        Ok(())
    }

    #[test]
    fn what_cannot_be_split_is_an_error() {
        let labels = [true, true, false, false, false];
        let few = SplitError::TooFew {
            needed: 3,
            units: "items",
            fake: 2,
            real: 3,
        };
        assert_eq!(stratified_folds(&labels, None, 3, 0), Err(few));
        let few = SplitError::TooFew {
            needed: 2,
            units: "groups",
            fake: 1,
            real: 3,
        };
        assert_eq!(
            stratified_folds(&labels, Some(&[7, 7, 1, 2, 3]), 2, 0),
            Err(few.clone())
        );
        assert_eq!(
            stratified_hold_out(&labels, Some(&[7, 7, 1, 2, 3]), 0.5, 0),
            Err(few)
        );
        assert_eq!(
            stratified_folds(&labels, None, 1, 0),
            Err(SplitError::Folds { found: 1 })
        );
        let length = Err(SplitError::Length { labels: 5, groups: 1 });
        assert_eq!(stratified_folds(&labels, Some(&[1]), 2, 0), length);
        for bad in [0.0, 1.0, -0.1, f64::NAN] {
            assert!(matches!(
                stratified_hold_out(&labels, None, bad, 0),
                Err(SplitError::Fraction { .. })
            ));
        }
        // Enough groups of both, but the one left for fold 1's reals also lightens fold 2's fakes.
        let sizes = [(5, 5), (5, 0), (0, 4), (1, 1)];
        let (mut labels, mut groups) = (Vec::new(), Vec::new());
        for (group, (fakes, reals)) in sizes.into_iter().enumerate() {
            labels.extend([vec![true; fakes], vec![false; reals]].concat());
            groups.extend(vec![group; fakes + reals]);
        }
        let no_room = Err(SplitError::NoRoom {
            part: "fold 1".to_owned(),
            class: "real",
        });
        assert_eq!(stratified_folds(&labels, Some(&groups), 3, 0), no_room);
    }

    proptest! {
        #[test]
        fn folds_without_groups_differ_by_one_at_most(
            labels in prop::collection::vec(any::<bool>(), 4..120), k in 2..8usize, seed: u64,
        ) {
            let fakes = labels.iter().filter(|&&l| l).count();
            let folds = stratified_folds(&labels, None, k, seed);
            if fakes < k || labels.len() - fakes < k {
                prop_assert!(folds.is_err());
            } else {
                let counts = counts(&labels, &folds.expect("enough items"), k);
                prop_assert!(spread(counts.iter().map(|c| c[0])) <= 1);
                prop_assert!(spread(counts.iter().map(|c| c[1])) <= 1);
                prop_assert!(spread(counts.iter().map(|c| c[0] + c[1])) <= 1, "{counts:?}");
            }
        }

        #[test]
        fn groups_stay_whole(
            items in prop::collection::vec((any::<bool>(), 0..15usize), 4..120), k in 2..5usize, seed: u64,
        ) {
            let (labels, groups): (Vec<bool>, Vec<usize>) = items.into_iter().unzip();
            if let Ok(folds) = stratified_folds(&labels, Some(&groups), k, seed) {
                for i in 0..labels.len() {
                    for j in 0..i {
                        prop_assert!(groups[i] != groups[j] || folds[i] == folds[j]);
                    }
                }
                prop_assert!(counts(&labels, &folds, k).iter().all(|c| c[0] > 0 && c[1] > 0));
            }
            if let Ok(split) = stratified_hold_out(&labels, Some(&groups), 0.3, seed) {
                prop_assert!(split.train.iter().all(|&i| split.test.iter().all(|&j| groups[i] != groups[j])));
                let mut all = [split.train, split.test].concat();
                all.sort_unstable();
                prop_assert_eq!(all, (0..labels.len()).collect::<Vec<_>>());
            }
        }

        /// With groups of one class each, enough groups are always enough.
        #[test]
        fn groups_of_one_class_always_split(
            sizes in prop::collection::vec((1..9usize, 1..9usize), 3..12), seed: u64,
        ) {
            let (mut labels, mut groups) = (Vec::new(), Vec::new());
            for (i, (fakes, reals)) in sizes.iter().enumerate() {
                labels.extend(vec![true; *fakes]);
                groups.extend(vec![2 * i; *fakes]);
                labels.extend(vec![false; *reals]);
                groups.extend(vec![2 * i + 1; *reals]);
            }
            prop_assert!(stratified_folds(&labels, Some(&groups), 3, seed).is_ok());
            prop_assert!(stratified_hold_out(&labels, Some(&groups), 0.25, seed).is_ok());
        }
    }
}
