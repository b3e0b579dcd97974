//! What a radial spectrum is made of: every choice between a luma plane and its profile.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::SpectrumError;

/// Declares a choice with its spelling on the command line and in saved files.
macro_rules! choice {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name { $($(#[$variant_doc])* $variant),+ }

        impl $name {
            /// Every value with its spelling, in the order of the documentation.
            pub const ALL: &'static [(&'static str, Self)] = &[$(($text, Self::$variant)),+];
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $(Self::$variant => $text),+ })
            }
        }

        impl FromStr for $name {
            type Err = SpectrumError;

            fn from_str(text: &str) -> Result<Self, SpectrumError> {
                Self::ALL.iter().find(|(spelling, _)| *spelling == text).map(|(_, value)| *value).ok_or_else(|| {
                    SpectrumError::UnknownChoice {
                        what: stringify!($name).to_lowercase(),
                        found: text.to_owned(),
                        expected: Self::ALL.iter().map(|(spelling, _)| *spelling).collect::<Vec<_>>().join(", "),
                    }
                })
            }
        }
    };
}

choice! {
    /// Which part of the plane is transformed.
    Crop {
        /// The whole plane.
        None = "none",
        /// Rows H/3 to H − H/3 and columns W/3 to W − W/3 (integer division), as the paper crops face frames.
        InnerThird = "inner-third",
    }
}

choice! {
    /// Floating-point type of the transform. Profiles are `f64` either way.
    Precision {
        /// Single precision: fast, and as good for detection.
        F32 = "f32",
        /// Double precision: reproduces the published numbers.
        F64 = "f64",
    }
}

choice! {
    /// Weighting of the pixels before the transform.
    Window {
        /// None: the plane's opposite edges meet, and their step leaks into every frequency.
        None = "none",
        /// Mean removed, then the periodic Hann window w(x)·w(y), w(n) = ½ − ½·cos(2πn/N).
        Hann = "hann",
    }
}

impl Window {
    /// The weight of each of `length` pixels along one side.
    pub(super) fn weights(self, length: usize) -> Vec<f64> {
        let step = std::f64::consts::TAU / length as f64;
        let weight = |n: usize| match self {
            Self::None => 1.0,
            Self::Hann => 0.5 - 0.5 * (step * n as f64).cos(),
        };
        (0..length).map(weight).collect()
    }
}

choice! {
    /// The point from which radii are measured in the shifted spectrum.
    Centre {
        /// ((W−1)/2, (H−1)/2), the middle of the pixel grid, as in the paper. For even sizes it lies half a
        /// sample off the DC term, so a frequency and its mirror image fall into different radial bins.
        Geometric = "geometric",
        /// (W/2, H/2) by integer division, where the DC term is.
        Dc = "dc",
    }
}

choice! {
    /// The unit of radius.
    Radius {
        /// Frequency samples along either axis, as in the paper; radial bins are ellipses in cycles per pixel when
        /// the plane is not square.
        Samples = "samples",
        /// Samples of the shorter side, S = min(W, H): r = S·hypot(u/W, v/H), so radial bins are circles in cycles
        /// per pixel whatever the shape. Equal to `samples` for a square plane.
        Isotropic = "isotropic",
    }
}

choice! {
    /// What is averaged over a radial bin.
    Average {
        /// Mean of 20·ln|F|, as in the paper.
        Log = "log",
        /// 10·ln of the mean of |F|²: one loud coefficient counts, a chance near-zero does not.
        Power = "power",
    }
}

choice! {
    /// What is done to the finished profile.
    Normalisation {
        /// Nothing.
        None = "none",
        /// Division by the first value, as in the paper's CelebA and DeepFakeDetection experiments.
        First = "first",
        /// Subtraction of 10·ln(Σw²), w the window (Σw² = W·H without one): the level of white noise then
        /// does not depend on the size of the image.
        Unitary = "unitary",
    }
}

impl Normalisation {
    /// What the values of a profile then are, for the axis of a figure.
    pub fn unit(self) -> &'static str {
        match self {
            Self::None => "20 ln(amplitude)",
            Self::First => "20 ln(amplitude), first = 1",
            Self::Unitary => "20 ln(amplitude/white noise)",
        }
    }
}

/// Every choice between a luma plane and its radial profile.
///
/// Written as text, a recipe is the name of the nearest preset and what differs from it, for instance
/// `celeba precision=f32`; [`FromStr`] reads that back. Serialised (serde) it is that text.
///
/// ```
/// use dftective_spectrum::Recipe;
///
/// let recipe: Recipe = "faces-hq precision=f32".parse()?;
/// assert_eq!(recipe.bins, None);
/// assert_eq!(recipe.to_string(), "faces-hq precision=f32");
/// # Ok::<(), dftective_spectrum::SpectrumError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Recipe {
    /// Part of the plane used.
    pub crop: Crop,
    /// Type of the transform.
    pub precision: Precision,
    /// Pixel weights.
    pub window: Window,
    /// Added to every complex coefficient before its logarithm, so that a zero has one. Finite, ≥ 0.
    pub epsilon: f64,
    /// Where radii start.
    pub centre: Centre,
    /// Unit of radii.
    pub radius: Radius,
    /// What is averaged.
    pub average: Average,
    /// Number of points the profile is resampled to (cubic spline, not-a-knot ends); `None` keeps one value
    /// a radial bin, and then the length depends on the image's size.
    pub bins: Option<usize>,
    /// Last step.
    pub normalisation: Normalisation,
}

/// The most points a profile may be resampled to.
pub const MAX_BINS: usize = 65_536;

impl Recipe {
    /// Names of the presets, in the order of the documentation.
    pub const PRESETS: [&'static str; 4] = ["default", "faces-hq", "celeba", "deepfake-detection"];

    /// Our own recipe: Hann window, radial bins about the DC term, mean power, 128 points, so that images of any
    /// shape and size give comparable profiles.
    pub fn ours() -> Self {
        Self {
            crop: Crop::None,
            precision: Precision::F32,
            window: Window::Hann,
            epsilon: 1e-8,
            centre: Centre::Dc,
            radius: Radius::Isotropic,
            average: Average::Power,
            bins: Some(128),
            normalisation: Normalisation::Unitary,
        }
    }

    /// The paper's Faces-HQ experiment: the whole plane, one value a radial bin (722 for 1024²), as they are.
    pub fn faces_hq() -> Self {
        Self {
            crop: Crop::None,
            precision: Precision::F64,
            window: Window::None,
            epsilon: 1e-8,
            centre: Centre::Geometric,
            radius: Radius::Samples,
            average: Average::Log,
            bins: None,
            normalisation: Normalisation::None,
        }
    }

    /// The paper's CelebA experiment: resampled to 80 points, divided by the first.
    pub fn celeba() -> Self {
        Self {
            bins: Some(80),
            normalisation: Normalisation::First,
            ..Self::faces_hq()
        }
    }

    /// The paper's DeepFakeDetection experiment: inner third, 300 points, divided by the first.
    ///
    /// The original left `epsilon` out for the fakes only; `epsilon=0` repeats that.
    pub fn deepfake_detection() -> Self {
        Self {
            crop: Crop::InnerThird,
            bins: Some(300),
            ..Self::celeba()
        }
    }

    /// The preset of that name.
    ///
    /// # Errors
    /// [`SpectrumError::UnknownChoice`] with the names there are.
    pub fn preset(name: &str) -> Result<Self, SpectrumError> {
        match name {
            "default" => Ok(Self::ours()),
            "faces-hq" => Ok(Self::faces_hq()),
            "celeba" => Ok(Self::celeba()),
            "deepfake-detection" => Ok(Self::deepfake_detection()),
            _ => Err(SpectrumError::UnknownChoice {
                what: "recipe".to_owned(),
                found: name.to_owned(),
                expected: Self::PRESETS.join(", "),
            }),
        }
    }

    /// Changes one choice by its name and spelling, as in `centre` and `dc`.
    ///
    /// # Errors
    /// An unknown name or value, with what was expected.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), SpectrumError> {
        let out_of_range = |expected: String| SpectrumError::UnknownChoice {
            what: key.to_owned(),
            found: value.to_owned(),
            expected,
        };
        match key {
            "crop" => self.crop = value.parse()?,
            "precision" => self.precision = value.parse()?,
            "window" => self.window = value.parse()?,
            "centre" => self.centre = value.parse()?,
            "radius" => self.radius = value.parse()?,
            "average" => self.average = value.parse()?,
            "normalisation" => self.normalisation = value.parse()?,
            "epsilon" => match value.parse::<f64>() {
                Ok(epsilon) if epsilon.is_finite() && epsilon >= 0.0 => self.epsilon = epsilon,
                _ => return Err(out_of_range("a finite number, 0 or more".to_owned())),
            },
            "bins" if value == "all" => self.bins = None,
            "bins" => match value.parse::<usize>() {
                Ok(bins) if (2..=MAX_BINS).contains(&bins) => self.bins = Some(bins),
                _ => return Err(out_of_range(format!("all, or a number from 2 to {MAX_BINS}"))),
            },
            _ => {
                return Err(SpectrumError::UnknownChoice {
                    what: "recipe option".to_owned(),
                    found: key.to_owned(),
                    expected: self.choices().map(|(name, _)| name).join(", "),
                });
            }
        }
        Ok(())
    }

    /// Every choice, by name and spelling.
    pub fn choices(&self) -> [(&'static str, String); 9] {
        [
            ("crop", self.crop.to_string()),
            ("precision", self.precision.to_string()),
            ("window", self.window.to_string()),
            ("epsilon", format!("{:e}", self.epsilon)),
            ("centre", self.centre.to_string()),
            ("radius", self.radius.to_string()),
            ("average", self.average.to_string()),
            (
                "bins",
                self.bins
                    .map_or_else(|| "all".to_owned(), |bins| bins.to_string()),
            ),
            ("normalisation", self.normalisation.to_string()),
        ]
    }

    fn differences(&self, other: &Self) -> Vec<(&'static str, String)> {
        self.choices()
            .into_iter()
            .zip(other.choices())
            .filter(|(a, b)| a != b)
            .map(|(a, _)| a)
            .collect()
    }
}

impl Default for Recipe {
    fn default() -> Self {
        Self::ours()
    }
}

impl fmt::Display for Recipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nearest = Self::PRESETS
            .into_iter()
            .filter_map(|name| Some((name, self.differences(&Self::preset(name).ok()?))))
            .min_by_key(|(_, differences)| differences.len());
        if let Some((name, differences)) = nearest {
            f.write_str(name)?;
            for (key, value) in differences {
                write!(f, " {key}={value}")?;
            }
        }
        Ok(())
    }
}

impl FromStr for Recipe {
    type Err = SpectrumError;

    fn from_str(text: &str) -> Result<Self, SpectrumError> {
        let mut words = text.split_whitespace();
        let mut recipe = Self::preset(words.next().unwrap_or_default())?;
        for word in words {
            let (key, value) = word.split_once('=').unwrap_or((word, ""));
            recipe.set(key, value)?;
        }
        Ok(recipe)
    }
}

impl TryFrom<String> for Recipe {
    type Error = SpectrumError;

    fn try_from(text: String) -> Result<Self, SpectrumError> {
        text.parse()
    }
}

impl From<Recipe> for String {
    fn from(recipe: Recipe) -> Self {
        recipe.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_reads_back() {
        for name in Recipe::PRESETS {
            let preset = Recipe::preset(name).unwrap();
            assert_eq!(preset.to_string(), name);
            for (key, value) in [
                ("bins", "all"),
                ("bins", "99"),
                ("epsilon", "0"),
                ("epsilon", "2.5e-3"),
                ("window", "hann"),
            ] {
                let mut changed = preset.clone();
                changed.set(key, value).unwrap();
                assert_eq!(changed.to_string().parse::<Recipe>().unwrap(), changed);
                let json = serde_json::to_string(&changed).unwrap();
                assert_eq!(serde_json::from_str::<Recipe>(&json).unwrap(), changed);
            }
        }
    }

    #[test]
    fn every_choice_has_a_setting() {
        let mut recipe = Recipe::celeba();
        for (key, value) in Recipe::ours().choices() {
            recipe.set(key, &value).unwrap();
        }
        assert_eq!(recipe, Recipe::ours());
    }

    #[test]
    fn mistakes_name_what_was_expected() {
        for (text, expected) in [
            ("", "default, faces-hq"),
            ("faceshq", "default, faces-hq"),
            ("celeba colour=red", "crop, precision"),
            ("celeba bins=1", "2 to 65536"),
            ("celeba bins=-3", "2 to 65536"),
            ("celeba epsilon=nan", "0 or more"),
            ("celeba epsilon=-1", "0 or more"),
            ("celeba centre=left", "geometric, dc"),
            ("celeba precision", "f32, f64"),
        ] {
            let message = text.parse::<Recipe>().unwrap_err().to_string();
            assert!(message.contains(expected), "{text}: {message}");
        }
    }
}
