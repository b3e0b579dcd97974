use std::collections::HashMap;

use super::HoldOut;
use crate::SplitError;

/// The split that is given, as published data sets have one: items in neither part are left out.
///
/// # Errors
/// What [`HoldOut::check`] says: numbers beyond the items, an item named twice, a group on both sides, a part
/// without one of the classes.
///
/// ```
/// use dftective_evaluate::{fixed_hold_out, item_numbers};
///
/// let names = ["a.png", "b.png", "c.png", "d.png"].map(str::to_owned);
/// let test = item_numbers(&names, &["c.png".to_owned(), "d.png".to_owned()])?;
/// let split = fixed_hold_out(&[true, false, true, false], None, &[0, 1], &test)?;
/// assert_eq!(split.test, [2, 3]);
/// # Ok::<(), dftective_evaluate::SplitError>(())
/// ```
pub fn fixed_hold_out(
    labels: &[bool],
    groups: Option<&[usize]>,
    train: &[usize],
    test: &[usize],
) -> Result<HoldOut, SplitError> {
    HoldOut::checked(train.to_vec(), test.to_vec(), labels, groups)
}

/// The numbers of the items with these names, in the order of `wanted`.
///
/// # Errors
/// A name that no item has, or more than one.
pub fn item_numbers(names: &[String], wanted: &[String]) -> Result<Vec<usize>, SplitError> {
    let mut numbers: HashMap<&str, Vec<usize>> = HashMap::new();
    for (number, name) in names.iter().enumerate() {
        numbers.entry(name).or_default().push(number);
    }
    wanted
        .iter()
        .map(|name| match numbers.get(name.as_str()).map(Vec::as_slice) {
            Some([number]) => Ok(*number),
            found => Err(SplitError::Name {
                name: name.clone(),
                found: found.map_or(0, <[usize]>::len),
            }),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_apart_is_refused() {
        let labels = [true, false, true, false, true];
        let split = |groups, train: &[usize], test: &[usize]| fixed_hold_out(&labels, groups, train, test);
        let parts = HoldOut {
            train: vec![0, 1],
            test: vec![2, 3],
        };
        assert_eq!(split(None, &[1, 0], &[3, 2]), Ok(parts.clone()));
        assert_eq!(split(Some(&[0, 0, 1, 1, 2]), &[0, 1], &[2, 3]), Ok(parts));
        assert_eq!(
            split(Some(&[0, 0, 1, 0, 2]), &[0, 1], &[2, 3]),
            Err(SplitError::Straddles { train: 1, test: 3 })
        );
        assert_eq!(split(None, &[0, 1], &[1, 2]), Err(SplitError::Twice { index: 1 }));
        assert_eq!(
            split(None, &[0, 1, 1], &[2, 3]),
            Err(SplitError::Twice { index: 1 })
        );
        assert_eq!(
            split(None, &[0, 1], &[2, 5]),
            Err(SplitError::Item { index: 5, items: 5 })
        );
        assert_eq!(
            split(Some(&[0]), &[0, 1], &[2, 3]),
            Err(SplitError::Length { labels: 5, groups: 1 })
        );
        for (train, test, part, class) in [
            (&[0, 1][..], &[2, 4][..], "the test part", "real"),
            (&[1], &[2, 3], "the training part", "fake"),
            (&[0, 1], &[], "the test part", "real"),
        ] {
            let part = part.to_owned();
            assert_eq!(
                split(None, train, test),
                Err(SplitError::LacksClass { part, class })
            );
        }
    }

    #[test]
    fn names_stand_for_one_item_each() {
        let names = ["a", "b", "a"].map(str::to_owned);
        let numbers = |name: &str| item_numbers(&names, &[name.to_owned()]);
        assert_eq!(numbers("b"), Ok(vec![1]));
        for (name, found) in [("a", 2), ("c", 0)] {
            let name = name.to_owned();
            assert_eq!(numbers(&name), Err(SplitError::Name { name, found }));
        }
    }
}
