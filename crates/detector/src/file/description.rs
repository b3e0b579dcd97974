//! Everything of a detector that is not an array, as the JSON in its file.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::recipe::{Choices, choices, recipe};
use super::{FORMAT_VERSION, version4};
use crate::{DetectorError, Training};
use dftective_classify::{CalibrationKind, ModelKind, RejectThresholds, Scaling};
use dftective_features::{Families, FamilyName, Selection, Tiles};
use dftective_spectrum::Recipe;

/// What the file says, in the current format.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Description {
    pub format_version: u64,
    /// What the margin's sign and the score mean.
    pub positive_class: PositiveClass,
    pub body: Body,
    pub calibration: CalibrationKind,
    pub thresholds: RejectThresholds,
    pub training: Training,
    /// Whether the file has arrays of the classifier that stood in a network's place, as in version 4.
    #[serde(skip)]
    pub has_stand_in: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum PositiveClass {
    Fake,
}

/// How margins come about.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Body {
    Classical(Classical),
    /// What the network sees of an image. Only a program with networks knows more of it.
    Network(Value),
}

/// Features and a classifier of them.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Classical {
    pub families: Vec<FamilyDescription>,
    /// Of the families that are spectra.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipe: Option<Choices>,
    /// Squares read instead of whole images.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tiles: Option<Tiles>,
    pub columns: Vec<String>,
    pub scaling: Scaling,
    pub model: ModelKind,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FamilyDescription {
    pub name: FamilyName,
    /// The family's parameters; those of a spectrum are its recipe.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<String>,
}

/// Read before the rest, whose shape depends on it.
#[derive(Deserialize)]
struct Version {
    format_version: u64,
}

impl Description {
    /// Reads the text of any version that is known, as it would stand in the current one.
    pub fn read(text: &str) -> Result<Self, DetectorError> {
        let damaged = |error: serde_json::Error| DetectorError::Damaged {
            cause: error.to_string(),
        };
        let version: Version = serde_json::from_str(text).map_err(damaged)?;
        let (found, supported) = (version.format_version, FORMAT_VERSION);
        match found.cmp(&supported) {
            Ordering::Less if found == version4::FORMAT_VERSION => {
                let old: version4::Description = serde_json::from_str(text).map_err(damaged)?;
                old.upgraded().map_err(|cause| DetectorError::Damaged { cause })
            }
            Ordering::Less => Err(DetectorError::OlderVersion { found, supported }),
            Ordering::Greater => Err(DetectorError::NewerVersion { found, supported }),
            Ordering::Equal => serde_json::from_str(text).map_err(damaged),
        }
    }
}

/// What is said of the families in the file.
pub(super) fn described(families: &Families) -> (Vec<FamilyDescription>, Option<Choices>) {
    let selection = families.selection();
    let described = selection.families().iter().zip(families.iter());
    let described = described.map(|(name, family)| FamilyDescription {
        name: *name,
        settings: (!name.has_recipe()).then(|| family.settings()),
    });
    let recipe = selection.has_recipe().then(|| choices(selection.recipe()));
    (described.collect(), recipe)
}

impl Classical {
    /// The families that are described. Those of other settings would give other features under the same names.
    pub fn families(&self) -> Result<Families, String> {
        let recipe = match &self.recipe {
            Some(choices) => recipe(choices)?,
            None => Recipe::default(),
        };
        let names: Vec<FamilyName> = self.families.iter().map(|family| family.name).collect();
        let selection = Selection::new(&names, recipe).map_err(|error| error.to_string())?;
        if selection.has_recipe() != self.recipe.is_some() {
            return Err("a recipe goes with the families that are spectra, and with no other".to_owned());
        }
        let families = Families::new(selection.with_tiles(self.tiles));
        if families.iter().count() != self.families.len() {
            return Err("a feature family stands in it twice".to_owned());
        }
        for (own, FamilyDescription { name, settings }) in families.iter().zip(&self.families) {
            let computed = (!name.has_recipe()).then(|| own.settings());
            if computed != *settings {
                let [found, computed] =
                    [settings, &computed].map(|settings| settings.as_deref().unwrap_or("the recipe"));
                return Err(format!(
                    "its {name} features were computed with '{found}', this program computes '{computed}'"
                ));
            }
        }
        Ok(families)
    }
}
