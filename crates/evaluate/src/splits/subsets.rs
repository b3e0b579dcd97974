use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

use crate::SplitError;

/// Training parts of falling or rising size for a learning curve: for each of `sizes` a random subset of `train`
/// with its proportion of fakes, to the nearest item and at least one item of each class, in rising order. A
/// smaller subset is contained in every larger one, so that a curve shows what more items add and not which ones
/// were drawn.
///
/// # Errors
/// A size below 2 or above the number of items, an item beyond the labels, a part without one of the classes.
pub fn nested_subsets(
    labels: &[bool],
    train: &[usize],
    sizes: &[usize],
    seed: u64,
) -> Result<Vec<Vec<usize>>, SplitError> {
    if let Some(&index) = train.iter().find(|&&index| index >= labels.len()) {
        let items = labels.len();
        return Err(SplitError::Item { index, items });
    }
    let (mut fakes, mut reals): (Vec<usize>, Vec<usize>) = train.iter().partition(|&&item| labels[item]);
    for (items, class) in [(&reals, "real"), (&fakes, "fake")] {
        if items.is_empty() {
            let part = "the training part".to_owned();
            return Err(SplitError::LacksClass { part, class });
        }
    }
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    fakes.shuffle(&mut generator);
    reals.shuffle(&mut generator);
    sizes
        .iter()
        .map(|&size| {
            if !(2..=train.len()).contains(&size) {
                return Err(SplitError::Size {
                    found: size,
                    available: train.len(),
                });
            }
            // Neither this nor the rest falls as the size rises, so prefixes are nested.
            let share = (size as f64 * fakes.len() as f64 / train.len() as f64).round() as usize;
            let of_fakes = share.clamp(1, size - 1);
            let mut subset = [&fakes[..of_fakes], &reals[..size - of_fakes]].concat();
            subset.sort_unstable();
            Ok(subset)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn subsets_are_nested_and_in_proportion(
            labels in prop::collection::vec(any::<bool>(), 2..80), seed: u64,
        ) {
            prop_assume!(labels.contains(&true) && labels.contains(&false));
            // Every other item, but never only one class.
            let mut train: Vec<usize> = (0..labels.len()).step_by(2).collect();
            for class in [true, false] {
                train.extend((0..labels.len()).find(|&i| labels[i] == class && i % 2 == 1));
            }
            prop_assume!([true, false].iter().all(|c| train.iter().any(|&i| labels[i] == *c)));
            let sizes: Vec<usize> = (2..=train.len()).collect();
            let subsets = nested_subsets(&labels, &train, &sizes, seed).expect("checked input");
            let share = train.iter().filter(|&&i| labels[i]).count() as f64 / train.len() as f64;
            for (subset, &size) in subsets.iter().zip(&sizes) {
                prop_assert_eq!(subset.len(), size);
                prop_assert!(subset.is_sorted() && subset.iter().all(|i| train.contains(i)));
                let fakes = subset.iter().filter(|&&i| labels[i]).count();
                prop_assert!(fakes > 0 && fakes < size);
                // To the nearest item, but for the one that each class needs.
                prop_assert!(
                    (fakes as f64 - share * size as f64).abs() <= 0.5 + 1e-9 || fakes == 1 || fakes == size - 1
                );
            }
            for pair in subsets.windows(2) {
                prop_assert!(pair[0].iter().all(|i| pair[1].contains(i)));
            }
        }
    }

    #[test]
    fn the_order_of_sizes_is_kept_and_bad_ones_are_refused() {
        let labels = [true, false, true, false];
        let subsets = |sizes: &[usize], seed| nested_subsets(&labels, &[0, 1, 2, 3], sizes, seed);
        let both = subsets(&[4, 2], 1).unwrap();
        assert_eq!((both[0].len(), both[1].len()), (4, 2));
        assert_eq!(both, subsets(&[4, 2], 1).unwrap());
        let draws: std::collections::HashSet<_> = (0..50).map(|seed| subsets(&[2], seed).unwrap()).collect();
        assert_eq!(draws.len(), 4);
        for found in [0, 1, 5] {
            assert_eq!(
                subsets(&[found], 0),
                Err(SplitError::Size { found, available: 4 })
            );
        }
        assert_eq!(
            nested_subsets(&labels, &[0, 9], &[2], 0),
            Err(SplitError::Item { index: 9, items: 4 })
        );
        assert!(matches!(
            nested_subsets(&labels, &[0, 2], &[2], 0),
            Err(SplitError::LacksClass { class: "real", .. })
        ));
    }
}
