//! The families by name.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    Benford, Colour, DctStatistics, Dctr, DctrChroma, DctrNoPhase, Family, FeatureError, FixedFamily, Gfr,
    Haar, PowerLaw, RadialResidual, RadialSpectrum, Sectors, SpamRgb, Srm,
};
use dftective_spectrum::Recipe;

/// A family of features.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
#[non_exhaustive]
pub enum FamilyName {
    /// [`RadialSpectrum`]
    Radial,
    /// [`RadialResidual`]
    RadialResidual,
    /// [`Dctr`]
    Dctr,
    /// [`DctrNoPhase`]
    DctrNoPhase,
    /// [`DctrChroma`]
    DctrChroma,
    /// [`Srm`]
    Srm,
    /// [`SpamRgb`]
    SpamRgb,
    /// [`Colour`]
    Colour,
    /// [`Haar`]
    Haar,
    /// [`Gfr`]
    Gfr,
    /// [`Benford`]
    Benford,
    /// [`PowerLaw`]
    PowerLaw,
    /// [`DctStatistics`]
    DctStatistics,
    /// [`Sectors`]
    Sectors,
}

impl FamilyName {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Radial,
        Self::RadialResidual,
        Self::Dctr,
        Self::DctrNoPhase,
        Self::DctrChroma,
        Self::Srm,
        Self::SpamRgb,
        Self::Colour,
        Self::Haar,
        Self::Gfr,
        Self::Benford,
        Self::PowerLaw,
        Self::DctStatistics,
        Self::Sectors,
    ];

    /// Sets of families by name.
    pub const SETS: [(&str, &[Self]); 3] = [
        ("paper", &[Self::Radial]),
        (
            "fast",
            &[
                Self::Dctr,
                Self::DctrNoPhase,
                Self::Srm,
                Self::SpamRgb,
                Self::Colour,
            ],
        ),
        (
            "full",
            &[
                Self::Dctr,
                Self::DctrNoPhase,
                Self::DctrChroma,
                Self::Srm,
                Self::SpamRgb,
                Self::Colour,
                Self::Haar,
                Self::Gfr,
            ],
        ),
    ];

    /// The name, as users write it and as the family's columns begin.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Radial => RadialSpectrum::NAME,
            Self::RadialResidual => RadialResidual::NAME,
            Self::Dctr => Dctr::NAME,
            Self::DctrNoPhase => DctrNoPhase::NAME,
            Self::DctrChroma => DctrChroma::NAME,
            Self::Srm => Srm::NAME,
            Self::SpamRgb => SpamRgb::NAME,
            Self::Colour => Colour::NAME,
            Self::Haar => Haar::NAME,
            Self::Gfr => Gfr::NAME,
            Self::Benford => Benford::NAME,
            Self::PowerLaw => PowerLaw::NAME,
            Self::DctStatistics => DctStatistics::NAME,
            Self::Sectors => Sectors::NAME,
        }
    }

    /// The family a column belongs to: what its name begins with, up to the first underscore.
    pub fn of_column(column: &str) -> Option<Self> {
        column.split_once('_')?.0.parse().ok()
    }

    /// Whether the recipe of a spectrum decides what it computes.
    pub fn has_recipe(self) -> bool {
        matches!(self, Self::Radial | Self::RadialResidual)
    }

    /// The family, with `recipe` where it has one.
    pub fn build(self, recipe: &Recipe) -> Arc<dyn Family> {
        match self {
            Self::Radial => Arc::new(RadialSpectrum::new(recipe.clone())),
            Self::RadialResidual => Arc::new(RadialResidual::new(recipe.clone())),
            Self::Dctr => Arc::new(Dctr),
            Self::DctrNoPhase => Arc::new(DctrNoPhase),
            Self::DctrChroma => Arc::new(DctrChroma),
            Self::Srm => Arc::new(Srm::default()),
            Self::SpamRgb => Arc::new(SpamRgb),
            Self::Colour => Arc::new(Colour::default()),
            Self::Haar => Arc::new(Haar),
            Self::Gfr => Arc::new(Gfr::default()),
            Self::Benford => Arc::new(Benford),
            Self::PowerLaw => Arc::new(PowerLaw::default()),
            Self::DctStatistics => Arc::new(DctStatistics),
            Self::Sectors => Arc::new(Sectors::default()),
        }
    }
}

impl fmt::Display for FamilyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for FamilyName {
    type Err = FeatureError;

    fn from_str(text: &str) -> Result<Self, FeatureError> {
        let known = Self::ALL.into_iter().find(|name| name.as_str() == text);
        known.ok_or_else(|| FeatureError::UnknownFamily {
            found: text.to_owned(),
            families: Self::ALL.map(Self::as_str).join(", "),
            sets: Self::SETS.map(|(name, _)| name).join(", "),
        })
    }
}

impl TryFrom<String> for FamilyName {
    type Error = FeatureError;

    fn try_from(text: String) -> Result<Self, FeatureError> {
        text.parse()
    }
}

impl From<FamilyName> for &'static str {
    fn from(name: FamilyName) -> Self {
        name.as_str()
    }
}
