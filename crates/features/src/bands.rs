//! Features put together in groups small enough to look at.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use super::{Dctr, DctrChroma, DctrNoPhase, RadialSpectrum};

/// Features that are looked at together: a range of frequencies of the radial spectrum, or all of another family.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Band {
    /// The family, as its columns name it.
    pub family: String,
    /// Of the radial spectrum, the frequencies from and to, as parts of the highest; of others none.
    pub frequencies: Option<(f64, f64)>,
    /// Vertical and horizontal frequency, 0 to 7, of the 8 × 8 DCT pattern that the features of a DCT residual family look
    /// for; none for other families.
    pub kernel: Option<(u8, u8)>,
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
            kernel: None,
            columns,
        })
        .collect();
    let mut places = HashMap::new();
    for (index, name) in columns.iter().enumerate() {
        if RadialSpectrum::place(name).is_some() {
            continue;
        }
        let (family, kernel) = (prefix(name), kernel(name));
        let place = *places.entry((family, kernel)).or_insert(found.len());
        if place == found.len() {
            found.push(Band {
                family: family.to_owned(),
                frequencies: None,
                kernel,
                columns: Vec::new(),
            });
        }
        found[place].columns.push(index);
    }
    found
}

/// All columns of each family together, in the order of their first.
pub fn family_bands(columns: &[String]) -> Vec<Band> {
    let mut found: Vec<Band> = Vec::new();
    for (index, name) in columns.iter().enumerate() {
        let family = prefix(name);
        // Families stand in runs, so the one before is nearly always the one.
        match found.iter_mut().rev().find(|band| band.family == family) {
            Some(band) => band.columns.push(index),
            None => found.push(Band {
                family: family.to_owned(),
                frequencies: None,
                kernel: None,
                columns: vec![index],
            }),
        }
    }
    found
}

/// What a name begins with: the family.
fn prefix(column: &str) -> &str {
    column.split_once('_').map_or(column, |(family, _)| family)
}

fn kernel(column: &str) -> Option<(u8, u8)> {
    let of_families = [Dctr::frequency, DctrNoPhase::frequency, DctrChroma::frequency];
    of_families.into_iter().find_map(|frequency| frequency(column))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Family;

    #[test]
    fn dct_residuals_are_told_by_pattern() {
        let columns = Dctr.columns(64, 64).unwrap();
        let found = bands(&columns, 4);
        assert_eq!(found.len(), 64);
        for (index, band) in found.iter().enumerate() {
            let place = (index as u8 / 8, index as u8 % 8);
            assert_eq!(
                (band.kernel, band.columns.len()),
                (Some(place), columns.len() / 64)
            );
        }
        let chroma = bands(&DctrChroma.columns(64, 64).unwrap(), 4);
        // Cb and Cr together, without the constant pattern.
        assert_eq!(chroma.len(), 63);
    }

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
        let families = family_bands(&columns);
        let told: Vec<_> = families
            .iter()
            .map(|band| (band.family.as_str(), band.columns.len()))
            .collect();
        assert_eq!(told, [("radial", 10), ("srm", 2), ("dctr", 1), ("other", 1)]);
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
