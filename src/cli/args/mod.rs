//! Options that several commands have, under the same names.

mod classifier;
mod features;

use std::path::PathBuf;

use anyhow::Context;
use dftective::decode::Limits;
use dftective::detector::DetectorSet;

pub use classifier::{ClassifierArgs, LOGISTIC_C};
pub use features::{FamilyList, FeatureArgs, RecipeArgs};

/// What one image may cost.
#[derive(clap::Args)]
pub struct LimitArgs {
    /// Largest image decoded, pixels; larger ones get an error
    #[arg(long, value_name = "N", default_value_t = Limits::default().max_pixels)]
    max_pixels: u64,
}

impl LimitArgs {
    pub fn limits(&self) -> Limits {
        Limits {
            max_pixels: self.max_pixels,
            ..Limits::default()
        }
    }
}

/// Which files of folders and archives are taken.
#[derive(clap::Args, Clone, Copy)]
pub struct SearchArgs {
    /// Take every file found in folders and archives for an image, whatever its name and content; what is none has an error
    #[arg(long)]
    pub all_files: bool,
}

/// What is said of images unlike the detector's training images.
#[derive(Clone, Copy, Default, clap::Args)]
pub struct ForceArgs {
    /// Decide by the score even where size, shape, format, JPEG coding or enlargement are none that the detector was
    /// trained on
    #[arg(long)]
    pub force: bool,
}

/// The detector used.
#[derive(clap::Args)]
pub struct ModelArgs {
    /// Detector written by `dftective train`, or several by `dftective combine`
    #[arg(long, value_name = "FILE")]
    pub model: PathBuf,
}

impl ModelArgs {
    /// One detector or several.
    pub fn load(&self) -> anyhow::Result<DetectorSet> {
        DetectorSet::load(&self.model).with_context(|| self.model.display().to_string())
    }
}
