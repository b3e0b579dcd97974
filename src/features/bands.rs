//! Features put together in groups small enough to look at.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::RadialSpectrum;

/// Features that are looked at together: a range of frequencies of the radial spectrum, or all of another family.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Band {
    /// The family, as its columns name it.
    pub family: String,
    /// Of the radial spectrum, the frequencies from and to, as parts of the highest; of others none.
    pub frequencies: Option<(f64, f64)>,
    /// The places of its columns.
    pub columns: Vec<usize>,
}

/// The frequency of each column of the radial spectrum, with its place among the columns, rising. Frequencies are parts
/// of the highest, which lies in the corners of the spectrum.
pub fn radial_frequencies(columns: &[String]) -> Vec<(usize, f64)> {
    let places = columns.iter().enumerate();
    let mut found: Vec<(usize, u32)> = places
        .filter_map(|(index, name)| Some((index, RadialSpectrum::place(name)?)))
        .collect();
    found.sort_by_key(|(_, place)| *place);
    let highest = found.last().map_or(1, |(_, place)| (*place).max(1));
    found
        .into_iter()
        .map(|(index, place)| (index, f64::from(place) / f64::from(highest)))
        .collect()
}

/// Groups columns: the radial spectrum in at most `most` ranges of equal width, each other family (what stands before
/// the first `_` of a name) as a whole, in the order of their first columns.
pub fn bands(columns: &[String], most: usize) -> Vec<Band> {
    let most = most.max(1);
    let mut radial = BTreeMap::<usize, Vec<usize>>::new();
    for (index, frequency) in radial_frequencies(columns) {
        // A frequency on the border belongs below it, as the highest one does.
        let band = ((frequency * most as f64).ceil() as usize).clamp(1, most);
        radial.entry(band).or_default().push(index);
    }
    let mut found: Vec<Band> = radial
        .into_iter()
        .map(|(band, columns)| Band {
            family: RadialSpectrum::NAME.to_owned(),
            frequencies: Some(((band - 1) as f64 / most as f64, band as f64 / most as f64)),
            columns,
        })
        .collect();
    for (index, name) in columns.iter().enumerate() {
        if RadialSpectrum::place(name).is_some() {
            continue;
        }
        let family = name.split_once('_').map_or(name.as_str(), |(family, _)| family);
        let known = found
            .iter_mut()
            .find(|band| band.frequencies.is_none() && band.family == family);
        match known {
            Some(band) => band.columns.push(index),
            None => found.push(Band {
                family: family.to_owned(),
                frequencies: None,
                columns: vec![index],
            }),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_is_in_one_band() {
        let mut columns: Vec<String> = (1..=10)
            .map(|point| format!("radial_point_{point}_of_10"))
            .collect();
        columns.extend(["srm_a", "dctr_1", "srm_b", "other"].map(str::to_owned));
        let found = bands(&columns, 4);
        let told: Vec<_> = found
            .iter()
            .map(|band| (band.family.as_str(), band.frequencies, band.columns.clone()))
            .collect();
        assert_eq!(
            told,
            [
                ("radial", Some((0.0, 0.25)), vec![0, 1]),
                ("radial", Some((0.25, 0.5)), vec![2, 3, 4]),
                ("radial", Some((0.5, 0.75)), vec![5, 6]),
                ("radial", Some((0.75, 1.0)), vec![7, 8, 9]),
                ("srm", None, vec![10, 12]),
                ("dctr", None, vec![11]),
                ("other", None, vec![13]),
            ]
        );
        assert_eq!(bands(&columns, 0).len(), 4);
        assert!(bands(&[], 5).is_empty());
    }

    #[test]
    fn rings_that_are_missing_leave_no_empty_band() {
        let columns = ["radial_ring_1", "radial_ring_8"].map(str::to_owned);
        let found = bands(&columns, 8);
        assert_eq!(found.len(), 2);
        assert_eq!(radial_frequencies(&columns), [(0, 0.125), (1, 1.0)]);
    }
}
