//! How much feature families count beside each other.

use std::collections::BTreeMap;
use std::str::FromStr;

use dftective::features::{FamilyName, FeatureError, Selection};

/// Weights as one value of the command line: `search`, or as in `dctr=2,srm=0.5`.
#[derive(Clone, Debug, PartialEq)]
pub enum FamilyWeights {
    /// The training images choose them.
    Search,
    /// Those of these families; 1 for the others.
    Given(BTreeMap<FamilyName, f64>),
}

impl FamilyWeights {
    /// The weights given, by the names of their families.
    pub fn given(&self) -> BTreeMap<String, f64> {
        let named = |(family, weight): (&FamilyName, &f64)| (family.to_string(), *weight);
        match self {
            Self::Search => BTreeMap::new(),
            Self::Given(weights) => weights.iter().map(named).collect(),
        }
    }

    /// A weight for a family that is not computed is a mistake.
    pub fn check(&self, selection: &Selection) -> anyhow::Result<()> {
        let Self::Given(weights) = self else { return Ok(()) };
        let families = selection.families();
        if let Some(family) = weights.keys().find(|family| !families.contains(family)) {
            let names: Vec<&str> = families.iter().map(|family| family.as_str()).collect();
            anyhow::bail!(
                "--family-weights {family}: not among the families used, which are {}",
                names.join(", ")
            );
        }
        Ok(())
    }
}

impl FromStr for FamilyWeights {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "search" {
            return Ok(Self::Search);
        }
        let mut weights = BTreeMap::new();
        for part in text.split(',').map(str::trim) {
            let (name, weight) = part
                .split_once('=')
                .ok_or_else(|| format!("expected search or FAMILY=WEIGHT, found {part:?}"))?;
            let family: FamilyName = name
                .trim()
                .parse()
                .map_err(|error: FeatureError| error.to_string())?;
            let number = weight.trim().parse::<f64>().ok();
            let number = number.filter(|number| number.is_finite() && *number > 0.0);
            let number =
                number.ok_or_else(|| format!("{family}: expected a number above 0, found {weight:?}"))?;
            if weights.insert(family, number).is_some() {
                return Err(format!("{family} has more than one weight"));
            }
        }
        Ok(Self::Given(weights))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_read_as_written() {
        let weights: FamilyWeights = "dctr=2, srm = 0.5".parse().unwrap();
        let expected = [("dctr", 2.0), ("srm", 0.5)].map(|(name, weight)| (name.to_owned(), weight));
        assert_eq!(weights.given(), BTreeMap::from(expected));
        let search: FamilyWeights = "search".parse().unwrap();
        assert_eq!(search, FamilyWeights::Search);
        assert!(search.given().is_empty());
        assert!(search.check(&"default".parse().unwrap()).is_ok());
    }

    #[test]
    fn what_is_no_weight_is_refused() {
        for (text, message) in [
            ("", "expected search or FAMILY=WEIGHT, found \"\""),
            ("dctr", "expected search or FAMILY=WEIGHT, found \"dctr\""),
            ("dctr=2,", "expected search or FAMILY=WEIGHT, found \"\""),
            ("dctr=0", "dctr: expected a number above 0, found \"0\""),
            ("dctr=-1", "dctr: expected a number above 0, found \"-1\""),
            ("dctr=inf", "dctr: expected a number above 0, found \"inf\""),
            ("dctr=two", "dctr: expected a number above 0, found \"two\""),
            ("dctr=1,dctr=2", "dctr has more than one weight"),
        ] {
            assert_eq!(text.parse::<FamilyWeights>().unwrap_err(), message);
        }
        let unknown = "wavelet=1".parse::<FamilyWeights>().unwrap_err();
        assert!(unknown.starts_with("no feature family is called \"wavelet\": there are "));
    }

    #[test]
    fn weights_are_for_families_in_use() {
        let weights: FamilyWeights = "dctr=2,gfr=3".parse().unwrap();
        let selection = |text: &str| text.parse::<Selection>().unwrap();
        assert!(weights.check(&selection("families=full")).is_ok());
        let error = weights.check(&selection("families=dctr,srm")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "--family-weights gfr: not among the families used, which are dctr, srm"
        );
    }
}
