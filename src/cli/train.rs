//! `dftective train`.

use std::path::PathBuf;

use anyhow::Context;
use dftective::batch::Extractor;
use dftective::detector::{Detector, Trained};
use dftective::report::percent;
use dftective::whole_file::check_place;

use super::args::{ClassifierArgs, LimitArgs, RecipeArgs};
use super::labelled::DataArgs;
use super::session::Session;
use super::{Outcome, messages};

/// Learn a detector from labelled images
///
/// The detector is one .safetensors file. It remembers its recipe, so that images can't be scored with another,
/// and the sizes and qualities of its training images, so that it can warn of others. The figures shown come
/// from images held out in turn (cross-validation), never from those learned from.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    dftective train data -o detector.safetensors\n  \
    dftective train data -o rbf.safetensors --classifier svm --kernel rbf -C 6.37 --gamma 0.86 --scaling none\n  \
    dftective train features.parquet -o km.safetensors --classifier kmeans\n  \
    dftective train manifest.csv -o paper.safetensors --recipe faces-hq --error-rate 0.05")]
pub struct Args {
    #[command(flatten)]
    data: DataArgs,
    /// Detector to write
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Seed of folds and random starts
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    #[command(flatten)]
    limits: LimitArgs,
    #[command(flatten)]
    classifier: ClassifierArgs,
    #[command(flatten)]
    recipe: RecipeArgs,
}

/// From this share of uncertain verdicts on, a user wants to know why a detector says so little.
const MOSTLY_UNDECIDED: f64 = 0.5;

pub fn run(session: &Session, args: &Args) -> anyhow::Result<Outcome> {
    check_place(&args.output).with_context(|| args.output.display().to_string())?;
    let options = args.classifier.options(args.seed)?;
    let extractor = Extractor::new(args.recipe.recipe()?, args.limits.limits());
    let Some(labelled) = args.data.features(session, &extractor, args.recipe.is_given())? else {
        return Ok(Outcome::Interrupted);
    };
    let trained = Detector::train(&labelled.set, &options).context("no detector could be trained")?;
    warn_of_convergence(&trained);
    trained
        .detector
        .save(&args.output)
        .with_context(|| args.output.display().to_string())?;
    messages::print(&trained.detector.to_string())?;
    messages::print(&format!("written      {}\n", args.output.display()))?;
    let (undecided, error_rate) = (
        trained.detector.training().held_out.undecided,
        trained.detector.band().error_rate,
    );
    if undecided > MOSTLY_UNDECIDED {
        messages::warning(&format!(
            "with at most {} wrong, this detector leaves {} of the images uncertain; --error-rate allows more",
            percent(error_rate),
            percent(undecided)
        ));
    }
    Ok(if labelled.failures.is_empty() {
        Outcome::Complete
    } else {
        Outcome::SomeFailed
    })
}

/// Says so when a solver stopped before its tolerance was met.
pub fn warn_of_convergence(trained: &Trained) {
    let name = trained.detector.training().classifier.name();
    if !trained.report.converged {
        messages::warning(&format!("the {name} solver stopped at its iteration limit"));
    }
    if trained.folds_not_converged > 0 {
        messages::warning(&format!(
            "the {name} solver stopped at its iteration limit in {} folds",
            trained.folds_not_converged
        ));
    }
}
