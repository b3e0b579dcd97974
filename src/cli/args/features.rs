//! Which features are computed, and how.

use std::str::FromStr;

use anyhow::Context;
use dftective::features::{FamilyName, FeatureError, Selection};
use dftective::spectrum::Recipe;

/// How the spectrum is made.
#[derive(clap::Args)]
#[command(next_help_heading = "Recipe of the spectrum")]
pub struct RecipeArgs {
    /// A preset: default, faces-hq, celeba or deepfake-detection (the last three reproduce the paper)
    ///
    /// A preset may be followed by changes, as in "celeba precision=f32 bins=100".
    #[arg(long, value_name = "NAME")]
    pub recipe: Option<String>,
    /// Floating-point type of the transform: f32 or f64
    #[arg(long, value_name = "TYPE")]
    precision: Option<String>,
    /// Part of the image used: none (all of it), inner-third, or SIDE[:COUNT], squares of SIDE pixels at the image's own
    /// resolution (4 where no count is given) whose features are averaged
    #[arg(long, value_name = "PART")]
    crop: Option<String>,
    /// Weights of the pixels: none or hann
    #[arg(long, value_name = "NAME")]
    window: Option<String>,
    /// Added to every coefficient before its logarithm
    #[arg(long, value_name = "NUMBER")]
    epsilon: Option<String>,
    /// Where radii start: geometric (as the paper, half a sample off) or dc
    #[arg(long, value_name = "POINT")]
    centre: Option<String>,
    /// Unit of radii: samples (as the paper) or isotropic (circles in cycles per pixel)
    #[arg(long, value_name = "UNIT")]
    radius: Option<String>,
    /// What is averaged over a radial bin: log (as the paper) or power
    #[arg(long, value_name = "WHAT")]
    average: Option<String>,
    /// Points the profile is resampled to, or all: one a radial bin
    #[arg(long, value_name = "N")]
    bins: Option<String>,
    /// Last step: none, first (divide by the first value) or unitary
    #[arg(long, value_name = "HOW")]
    normalisation: Option<String>,
}

impl RecipeArgs {
    /// Whether any of them was given.
    pub fn is_given(&self) -> bool {
        self.changes_recipe() || self.tiles().is_some()
    }

    /// The recipe asked for, of whole pictures; the default one where none was.
    pub fn recipe(&self) -> anyhow::Result<Recipe> {
        if let Some(tiles) = self.tiles() {
            anyhow::bail!("--crop {tiles}: here whole pictures are read; expected none or inner-third");
        }
        self.of_whole()
    }

    fn of_whole(&self) -> anyhow::Result<Recipe> {
        let mut recipe: Recipe = match &self.recipe {
            Some(text) => text.parse().context("--recipe")?,
            None => Recipe::default(),
        };
        for (key, value) in self.changes() {
            if let Some(value) = value {
                recipe.set(key, value).with_context(|| format!("--{key}"))?;
            }
        }
        Ok(recipe)
    }

    fn changes_recipe(&self) -> bool {
        self.recipe.is_some() || self.changes().iter().any(|(_, value)| value.is_some())
    }

    /// Squares, where the part asked for begins with a number.
    fn tiles(&self) -> Option<&str> {
        let part = self.crop.as_deref();
        part.filter(|part| part.starts_with(|first: char| first.is_ascii_digit()))
    }

    fn changes(&self) -> [(&'static str, Option<&str>); 9] {
        [
            ("precision", self.precision.as_deref()),
            ("crop", self.crop.as_deref().filter(|_| self.tiles().is_none())),
            ("window", self.window.as_deref()),
            ("epsilon", self.epsilon.as_deref()),
            ("centre", self.centre.as_deref()),
            ("radius", self.radius.as_deref()),
            ("average", self.average.as_deref()),
            ("bins", self.bins.as_deref()),
            ("normalisation", self.normalisation.as_deref()),
        ]
    }
}

/// Which features are computed, and how.
#[derive(clap::Args)]
pub struct FeatureArgs {
    /// Feature families, separated by commas, or the sets paper, fast and full [default: paper, the radial spectrum]
    ///
    /// radial, radial-residual, sectors, dctr, dctr-np, dctr-c, srm, spam-rgb, colour, haar, gfr, benford, power-law
    /// and dct-stats; paper is radial; fast is dctr, dctr-np, srm, spam-rgb and colour; full is fast with dctr-c, haar
    /// and gfr. full,sectors with ridge regression and --family-weights search did best on the README's faces.
    #[arg(long, value_name = "LIST")]
    families: Option<FamilyList>,
    #[command(flatten)]
    recipe: RecipeArgs,
}

/// Families as one value of the command line, where clap would take a plain list for several.
#[derive(Clone)]
pub struct FamilyList(Vec<FamilyName>);

impl FamilyList {
    pub fn as_slice(&self) -> &[FamilyName] {
        &self.0
    }
}

impl FromStr for FamilyList {
    type Err = FeatureError;

    fn from_str(text: &str) -> Result<Self, FeatureError> {
        Selection::families_of(text).map(Self)
    }
}

impl FeatureArgs {
    /// Whether any of them was given.
    pub fn is_given(&self) -> bool {
        self.families.is_some() || self.recipe.is_given()
    }

    /// The features asked for; the radial spectrum of the default recipe where none was.
    pub fn selection(&self) -> anyhow::Result<Selection> {
        let recipe = self.recipe.of_whole()?;
        let tiles = self
            .recipe
            .tiles()
            .map(str::parse)
            .transpose()
            .context("--crop")?;
        let Some(FamilyList(families)) = &self.families else {
            return Ok(Selection::from(recipe).with_tiles(tiles));
        };
        let selection = Selection::new(families, recipe)?;
        anyhow::ensure!(
            selection.has_recipe() || !self.recipe.changes_recipe(),
            "--families {selection}: none of them is a spectrum, so a recipe has no meaning"
        );
        Ok(selection.with_tiles(tiles))
    }
}
