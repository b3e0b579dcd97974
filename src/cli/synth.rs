//! `dftective synth`.

use std::path::PathBuf;

use dftective::sample::Label;
use dftective::synth::{SynthParams, write_dataset};

use super::session::Session;
use super::{Outcome, messages};

/// Make a labelled set of synthetic images
///
/// Real: scenes of overlapping textured shapes through a model of a camera. Fake: the same kind of scene at a half
/// or a quarter of the size, brought up the way image generators do. Both classes have the same size, format and
/// JPEG quality, so that only the spectrum tells them apart. The same seed gives the same images.
///
/// What a detector scores on them proves nothing about real deepfakes.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    dftective synth data\n  \
    dftective synth data --per-class 1000 --size 512 --quality 75 --seed 7")]
pub struct Args {
    /// Folder to make; it must not exist, or be empty
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    /// Images in each class
    #[arg(long, value_name = "N", default_value_t = 200)]
    per_class: u32,
    /// Width and height, pixels: 32 to 4096, a multiple of 4
    #[arg(long, value_name = "PIXELS", default_value_t = 256)]
    size: u32,
    /// JPEG quality, 1 to 100
    #[arg(long, value_name = "Q", default_value_t = 90)]
    quality: u8,
    /// The same seed gives the same images
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
}

pub fn run(session: &Session, args: &Args) -> anyhow::Result<Outcome> {
    let params = SynthParams {
        per_class: args.per_class,
        size: args.size,
        quality: args.quality,
        seed: args.seed,
    };
    params.check()?;
    let bar = session.progress("images", Some(2 * u64::from(params.per_class)));
    let written = write_dataset(&args.dir, &params, &|_| bar.inc(1))?;
    bar.finish_and_clear();
    let count = |label: Label| written.iter().filter(|picture| picture.label == label).count();
    messages::note(&format!(
        "{}: {} real and {} fake images of {size}x{size} pixels, JPEG quality {}, with manifest.csv",
        args.dir.display(),
        count(Label::Real),
        count(Label::Fake),
        params.quality,
        size = params.size,
    ));
    messages::note("Synthetic: what a detector scores on them proves nothing about real deepfakes.");
    Ok(Outcome::Complete)
}
