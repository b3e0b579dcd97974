//! `dftective combine`.

use std::path::PathBuf;

use anyhow::Context;
use dftective::detector::{Detector, DetectorSet, Range};
use dftective::report::{Align, TextTable};

use super::guard::Guard;
use super::{Outcome, messages};

/// Put detectors of different kinds of images into one file
///
/// What a detector learns from images of one size and coding does not carry over to another. The combined file is used
/// like any detector by `score`: each image is judged by the detector whose training images it resembles, the first one
/// where several do, and is left uncertain where none does.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    dftective train small -o 256.safetensors --families fast --classifier ridge\n  \
    dftective train large -o 1024.safetensors --families fast --classifier ridge --crop 256\n  \
    dftective combine 256.safetensors 1024.safetensors -o both.safetensors\n  \
    dftective score photos --model both.safetensors")]
pub struct Args {
    /// Detectors written by `dftective train`, in the order in which they are asked
    #[arg(required = true, num_args = 2.., value_name = "DETECTOR")]
    detectors: Vec<PathBuf>,
    /// File to write
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

pub fn run(args: &Args) -> anyhow::Result<Outcome> {
    args.detectors
        .iter()
        .fold(Guard::default(), |guard, path| guard.reads(path))
        .writes("--output", Some(&args.output))
        .check()?;
    let load = |path: &PathBuf| Detector::load(path).with_context(|| path.display().to_string());
    let detectors: Vec<Detector> = args.detectors.iter().map(load).collect::<Result<_, _>>()?;
    let mut table = TextTable::new(&[
        ("detector", Align::Left),
        ("sides", Align::Right),
        ("JPEG quality", Align::Right),
        ("formats", Align::Left),
        ("features", Align::Left),
    ]);
    for (path, detector) in args.detectors.iter().zip(&detectors) {
        let conditions = &detector.training().conditions;
        let sides = conditions.shorter_side.zip(conditions.longer_side);
        let sides = sides.map(|(shorter, longer)| Range {
            min: shorter.min,
            max: longer.max,
        });
        let shown = |range: Option<Range>| range.map_or("unknown".to_owned(), |range| range.to_string());
        let formats: Vec<&str> = conditions.formats.iter().map(String::as_str).collect();
        table.row([
            path.display().to_string(),
            shown(sides),
            shown(conditions.jpeg_quality),
            formats.join(", "),
            detector.body().to_string(),
        ]);
    }
    DetectorSet::new(detectors)?
        .save(&args.output)
        .with_context(|| args.output.display().to_string())?;
    messages::print(&table.to_string())?;
    messages::print(&format!("\nwritten  {}\n", args.output.display()))?;
    Ok(Outcome::Complete)
}
