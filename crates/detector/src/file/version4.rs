//! Format version 4: recipes as text that begins with a preset's name, the reject thresholds called `band`, a network in
//! the place of a feature family.

use serde::Deserialize;
use serde_json::Value;

use super::arrays::{Doubles, take_prefix};
use super::description::{self, Body, Classical, FamilyDescription, PositiveClass};
use super::recipe::Choices;
use crate::Training;
use dftective_classify::{CalibrationKind, ModelKind, RejectThresholds, Scaling};
use dftective_features::{FamilyName, Tiles};

pub(super) const FORMAT_VERSION: u64 = 4;

/// What the presets were in this version, whatever they are by now: a detector's features must not change with them.
const PRESETS: [(&str, [(&str, &str); 9]); 4] = [
    (
        "default",
        [
            ("crop", "none"),
            ("precision", "f32"),
            ("window", "hann"),
            ("epsilon", "1e-8"),
            ("centre", "dc"),
            ("radius", "isotropic"),
            ("average", "power"),
            ("bins", "128"),
            ("normalisation", "unitary"),
        ],
    ),
    (
        "faces-hq",
        [
            ("crop", "none"),
            ("precision", "f64"),
            ("window", "none"),
            ("epsilon", "1e-8"),
            ("centre", "geometric"),
            ("radius", "samples"),
            ("average", "log"),
            ("bins", "all"),
            ("normalisation", "none"),
        ],
    ),
    (
        "celeba",
        [
            ("crop", "none"),
            ("precision", "f64"),
            ("window", "none"),
            ("epsilon", "1e-8"),
            ("centre", "geometric"),
            ("radius", "samples"),
            ("average", "log"),
            ("bins", "80"),
            ("normalisation", "first"),
        ],
    ),
    (
        "deepfake-detection",
        [
            ("crop", "inner-third"),
            ("precision", "f64"),
            ("window", "none"),
            ("epsilon", "1e-8"),
            ("centre", "geometric"),
            ("radius", "samples"),
            ("average", "log"),
            ("bins", "300"),
            ("normalisation", "first"),
        ],
    ),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Description {
    #[serde(rename = "format_version")]
    _format_version: u64,
    positive_class: PositiveClass,
    families: Vec<Family>,
    #[serde(default)]
    tiles: Option<Tiles>,
    columns: Vec<String>,
    scaling: Scaling,
    model: ModelKind,
    calibration: CalibrationKind,
    band: RejectThresholds,
    training: Training,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Family {
    name: String,
    settings: String,
}

const NETWORK: &str = "network";

impl Description {
    /// The same in the current format.
    pub fn upgraded(self) -> Result<description::Description, String> {
        let has_stand_in = matches!(self.families.as_slice(), [only] if only.name == NETWORK);
        let body = match self.families.as_slice() {
            [only] if has_stand_in => Body::Network(network(&only.settings, self.tiles)?),
            families => {
                let (families, recipe) = upgraded(families)?;
                Body::Classical(Classical {
                    families,
                    recipe,
                    tiles: self.tiles,
                    columns: self.columns,
                    scaling: self.scaling,
                    model: self.model,
                })
            }
        };
        Ok(description::Description {
            format_version: super::FORMAT_VERSION,
            positive_class: self.positive_class,
            body,
            calibration: self.calibration,
            thresholds: self.band,
            training: self.training,
            has_stand_in,
        })
    }
}

/// Takes out the arrays of a linear classifier that left the one feature, the logit, as it was.
pub(super) fn take_stand_in(arrays: &mut Doubles) -> Result<(), String> {
    for (name, expected) in [("model.weights", 1.0), ("model.intercept", 0.0)] {
        let found = arrays.remove(name);
        if found.is_none_or(|found| found.iter().ne([&expected])) {
            return Err(format!("array {name}: a network's logit is not its margin"));
        }
    }
    take_prefix(arrays, "moments.");
    Ok(())
}

/// What a network sees: settings that were text, and the squares that stood beside them.
fn network(settings: &str, tiles: Option<Tiles>) -> Result<Value, String> {
    let mut rule: Value = serde_json::from_str(settings).map_err(|error| error.to_string())?;
    if let (Value::Object(fields), Some(tiles)) = (&mut rule, tiles) {
        fields.insert("tiles".to_owned(), tiles.to_string().into());
    }
    Ok(rule)
}

fn upgraded(families: &[Family]) -> Result<(Vec<FamilyDescription>, Option<Choices>), String> {
    let mut recipe = None;
    let each = families.iter().map(|Family { name, settings }| {
        let name: FamilyName = name.parse().map_err(|error| format!("{error}"))?;
        if !name.has_recipe() {
            return Ok(FamilyDescription {
                name,
                settings: Some(settings.clone()),
            });
        }
        let own = spelt_out(settings)?;
        match recipe.replace(own.clone()) {
            Some(other) if other != own => Err("its spectra have two different recipes".to_owned()),
            _ => Ok(FamilyDescription { name, settings: None }),
        }
    });
    let families = each.collect::<Result<_, String>>()?;
    Ok((families, recipe))
}

/// A preset's name and what differs from it, as in `celeba precision=f32`, with every choice spelt out.
fn spelt_out(text: &str) -> Result<Choices, String> {
    let mut words = text.split_whitespace();
    let name = words.next().unwrap_or_default();
    let preset = PRESETS.iter().find(|(preset, _)| *preset == name);
    let (_, preset) = preset.ok_or_else(|| format!("unknown recipe '{name}'"))?;
    let preset = preset.iter().copied();
    let given = words.map(|word| word.split_once('=').unwrap_or((word, "")));
    let all = preset.chain(given);
    Ok(all
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::super::recipe::recipe;
    use super::*;
    use dftective_spectrum::{Average, Centre, Crop, Normalisation, Precision, Radius, Recipe, Window};

    /// Written out, and not by the presets of today, which may change.
    #[test]
    fn presets_are_those_of_version_4() {
        let faces_hq = Recipe {
            crop: Crop::None,
            precision: Precision::F64,
            window: Window::None,
            epsilon: 1e-8,
            centre: Centre::Geometric,
            radius: Radius::Samples,
            average: Average::Log,
            bins: None,
            normalisation: Normalisation::None,
        };
        let celeba = Recipe {
            bins: Some(80),
            normalisation: Normalisation::First,
            ..faces_hq.clone()
        };
        let of_frames = Recipe {
            crop: Crop::InnerThird,
            bins: Some(300),
            ..celeba.clone()
        };
        let default = Recipe {
            precision: Precision::F32,
            window: Window::Hann,
            centre: Centre::Dc,
            radius: Radius::Isotropic,
            average: Average::Power,
            bins: Some(128),
            normalisation: Normalisation::Unitary,
            ..faces_hq.clone()
        };
        let changed = Recipe {
            epsilon: 0.0,
            bins: Some(40),
            ..of_frames.clone()
        };
        for (text, expected) in [
            ("default", default),
            ("faces-hq", faces_hq),
            ("celeba", celeba),
            ("deepfake-detection", of_frames),
            ("deepfake-detection epsilon=0e0 bins=40", changed),
        ] {
            assert_eq!(recipe(&spelt_out(text).unwrap()), Ok(expected), "{text}");
        }
        assert!(spelt_out("other").unwrap_err().contains("unknown recipe 'other'"));
        assert!(recipe(&spelt_out("celeba colour=red").unwrap()).is_err());
    }
}
