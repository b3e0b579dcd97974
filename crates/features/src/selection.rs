//! Which families are computed, and with which recipe.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{FamilyName, FeatureError, Tiles};
use dftective_spectrum::Recipe;

/// Families in the order of their columns, the recipe of those that are spectra, and the part of the picture they read.
///
/// As text it is the recipe alone where the radial spectrum of the whole picture is the only family, as in `faces-hq`;
/// else `families=radial,dctr tiles=256:4 faces-hq`, without the recipe where no family has one and without the tiles
/// where whole pictures are read; `none` where there is no family.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Selection {
    families: Vec<FamilyName>,
    recipe: Recipe,
    tiles: Option<Tiles>,
}

/// How the text of a selection begins that is not a recipe alone.
const PREFIX: &str = "families=";
const TILES: &str = "tiles=";
/// The text of [`Selection::none`].
const NONE: &str = "none";
/// What is asked for by this name comes with a detector.
const NETWORK: &str = "network";

impl Selection {
    /// These families, each once, in this order.
    ///
    /// # Errors
    /// No family.
    pub fn new(families: &[FamilyName], recipe: Recipe) -> Result<Self, FeatureError> {
        if families.is_empty() {
            return Err(FeatureError::NoFamily);
        }
        let mut once = Vec::new();
        for &family in families {
            if !once.contains(&family) {
                once.push(family);
            }
        }
        // What decides nothing must not make two selections differ.
        let has_recipe = once.iter().any(|family| family.has_recipe());
        Ok(Self {
            families: once,
            recipe: if has_recipe { recipe } else { Recipe::default() },
            tiles: None,
        })
    }

    /// No family: of an image there is what is known of its file, and no feature. So it is with what networks learn from
    /// and judge, which read pixels.
    pub fn none() -> Self {
        Self {
            families: Vec::new(),
            recipe: Recipe::default(),
            tiles: None,
        }
    }

    /// The families of a list such as `radial,dctr` or `full,benford`, in which the names of sets stand for their
    /// members.
    ///
    /// # Errors
    /// An unknown name, a network's, or none.
    pub fn families_of(list: &str) -> Result<Vec<FamilyName>, FeatureError> {
        let mut families = Vec::new();
        for name in list.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            match FamilyName::SETS.iter().find(|(set, _)| *set == name) {
                Some((_, members)) => families.extend_from_slice(members),
                None if name == NETWORK => return Err(FeatureError::Network),
                None => families.push(name.parse()?),
            }
        }
        if families.is_empty() {
            return Err(FeatureError::NoFamily);
        }
        Ok(families)
    }

    /// The named sets and their members.
    pub fn sets() -> impl Iterator<Item = (&'static str, &'static [FamilyName])> {
        FamilyName::SETS.into_iter()
    }

    /// The families, each once.
    pub fn families(&self) -> &[FamilyName] {
        &self.families
    }

    /// The recipe of the families that are spectra; the default one where there is none.
    pub fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    /// The same of squares instead of whole pictures.
    pub fn with_tiles(self, tiles: Option<Tiles>) -> Self {
        Self { tiles, ..self }
    }

    /// The squares whose features are averaged; `None` where whole pictures are read.
    pub fn tiles(&self) -> Option<Tiles> {
        self.tiles
    }

    fn is_recipe_alone(&self) -> bool {
        self.families == [FamilyName::Radial] && self.tiles.is_none()
    }

    /// The options of the command line that ask for it.
    pub fn options(&self) -> String {
        let names: Vec<&str> = self.families.iter().map(|family| family.as_str()).collect();
        let families = (!self.is_recipe_alone()).then(|| format!("--families {}", names.join(",")));
        let tiles = self.tiles.map(|tiles| format!("--crop {tiles}"));
        let recipe = self.has_recipe().then(|| format!("--recipe '{}'", self.recipe));
        let given: Vec<String> = [families, tiles, recipe].into_iter().flatten().collect();
        given.join(" ")
    }

    /// Whether some family is a spectrum, so that the recipe matters.
    pub fn has_recipe(&self) -> bool {
        self.families.iter().any(|family| family.has_recipe())
    }
}

/// The radial spectrum alone, as in the paper.
impl From<Recipe> for Selection {
    fn from(recipe: Recipe) -> Self {
        Self {
            families: vec![FamilyName::Radial],
            recipe,
            tiles: None,
        }
    }
}

impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_recipe_alone() {
            return self.recipe.fmt(f);
        }
        if self.families.is_empty() {
            return f.write_str(NONE);
        }
        let names: Vec<&str> = self.families.iter().map(|family| family.as_str()).collect();
        write!(f, "{PREFIX}{}", names.join(","))?;
        if let Some(tiles) = self.tiles {
            write!(f, " {TILES}{tiles}")?;
        }
        if self.has_recipe() {
            write!(f, " {}", self.recipe)?;
        }
        Ok(())
    }
}

impl FromStr for Selection {
    type Err = FeatureError;

    fn from_str(text: &str) -> Result<Self, FeatureError> {
        let text = text.trim();
        if text == NONE {
            return Ok(Self::none());
        }
        let Some(rest) = text.strip_prefix(PREFIX) else {
            return Ok(text.parse::<Recipe>()?.into());
        };
        let (list, rest) = rest.split_once(' ').unwrap_or((rest, ""));
        let (tiles, recipe) = match rest.trim_start().strip_prefix(TILES) {
            Some(rest) => {
                let (tiles, recipe) = rest.split_once(' ').unwrap_or((rest, ""));
                (Some(tiles.parse()?), recipe)
            }
            None => (None, rest),
        };
        let recipe = match recipe.trim() {
            "" => Recipe::default(),
            recipe => recipe.parse()?,
        };
        Ok(Self::new(&Self::families_of(list)?, recipe)?.with_tiles(tiles))
    }
}

impl TryFrom<String> for Selection {
    type Error = FeatureError;

    fn try_from(text: String) -> Result<Self, FeatureError> {
        text.parse()
    }
}

impl From<Selection> for String {
    fn from(selection: Selection) -> Self {
        selection.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selections_are_read_as_written() {
        for (text, written) in [
            ("default", "default"),
            ("celeba bins=100", "celeba bins=100"),
            ("none", "none"),
            ("families=paper faces-hq", "faces-hq"),
            ("families=radial,srm,radial", "families=radial,srm default"),
            ("families=dctr,srm celeba", "families=dctr,srm"),
            ("families=dctr tiles=256", "families=dctr tiles=256:4"),
            (
                "families=radial tiles=64:9 celeba",
                "families=radial tiles=64:9 celeba",
            ),
            (
                " families=fast,haar ",
                "families=dctr,dctr-np,srm,spam-rgb,colour,haar",
            ),
        ] {
            let selection: Selection = text.parse().unwrap();
            assert_eq!(selection.to_string(), written);
            assert_eq!(written.parse::<Selection>().unwrap(), selection);
            let json = serde_json::to_string(&selection).unwrap();
            assert_eq!(serde_json::from_str::<Selection>(&json).unwrap(), selection);
        }
    }

    #[test]
    fn what_is_no_selection_is_refused() {
        for (text, expected) in [
            ("families=", "no feature family"),
            ("families=radial,sm", "no feature family is called \"sm\""),
            ("families=radial,network", "a network is no family to choose"),
            ("families=radial colour=red", "unknown recipe"),
            ("families=dctr tiles=8", "a side of at least 32 pixels"),
            ("sm", "unknown recipe"),
        ] {
            let error = text.parse::<Selection>().unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn every_family_is_found_by_its_name_and_by_its_columns() {
        for name in FamilyName::ALL {
            assert_eq!(name.as_str().parse::<FamilyName>().unwrap(), name);
            let family = name.build(&Recipe::default());
            assert_eq!(family.name(), name.as_str());
            for column in family.columns(128, 128).unwrap() {
                assert_eq!(FamilyName::of_column(&column), Some(name), "{column}");
            }
        }
        assert_eq!(FamilyName::of_column("srm"), None);
        assert_eq!(FamilyName::of_column("other_1"), None);
        let full = Selection::families_of("full").unwrap();
        assert!(
            Selection::families_of("fast")
                .unwrap()
                .iter()
                .all(|family| full.contains(family))
        );
    }
}
