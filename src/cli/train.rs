//! `dftective train`.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, ensure};
use dftective::batch::Recompression;
use dftective::classify::{Block, Choice, NetworkParams, Params, Report, RidgeParams};
use dftective::detector::{ByQuality, Trained};
use dftective::report::{Align, Spectra, TextTable, percent, three_decimals};
use dftective::tasks::{Extras, TaskError, TrainRequest, is_feature_table, train};

use super::allocator::keep_large_blocks;
use super::args::{ClassifierArgs, FeatureArgs, LimitArgs};
use super::groups::GroupArgs;
use super::guard::Guard;
use super::labelled::DataArgs;
use super::network::checkpoint_of;
use super::report::{ReportArgs, command_line};
use super::session::{Session, unless_interrupted};
use super::{Outcome, messages};

/// Learn a detector from labelled images
///
/// The detector is one .safetensors file. It remembers its recipe, so that images can't be scored with another,
/// and the sizes and qualities of its training images, so that it can warn of others. The figures shown come
/// from images held out in turn (cross-validation), never from those learned from; images of one group, as frames
/// of a video, are held out together.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    dftective train data -o detector.safetensors\n  \
    dftective train faces.zip -o detector.safetensors\n  \
    dftective train data -o full.safetensors --families full --classifier ridge\n  \
    dftective train data -o best.safetensors --families full --classifier ridge --family-weights search\n  \
    dftective train data -o robust.safetensors --families fast --augment jpeg=60..95:2\n  \
    dftective train data -o crops.safetensors --families fast --crop 256\n  \
    dftective train data -o rbf.safetensors --classifier svm --kernel rbf -C 6.37 --gamma 0.86 --scaling none\n  \
    dftective train features.parquet -o km.safetensors --classifier kmeans\n  \
    dftective train frames -o video.safetensors --group-by folder\n  \
    dftective train data -o detector.safetensors --report training.html\n  \
    dftective train data -o network.safetensors --classifier srm-resnet --epochs 24\n  \
    dftective train data -o network.safetensors --classifier srm-resnet --resume\n  \
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
    /// Learn also from copies of the images saved as JPEGs at qualities drawn from a range: jpeg=60..95, or
    /// jpeg=60..95:3 for three copies of each. For networks: how images are varied each time they are seen, none or some of
    /// flip, crop=grid, crop=anywhere, jpeg=60..95, blur=0.5..1.5 and saturation=0.8..1.2 [default: flip,crop=grid]
    ///
    /// A table shows what copies bring: held-out accuracy and area under the ROC curve by quality, learning with them
    /// and without. An image and its copies are always held out together.
    #[arg(long, value_name = "WHAT")]
    augment: Option<String>,
    #[command(flatten)]
    groups: GroupArgs,
    #[command(flatten)]
    report: ReportArgs,
    #[command(flatten)]
    limits: LimitArgs,
    #[command(flatten)]
    classifier: ClassifierArgs,
    #[command(flatten)]
    features: FeatureArgs,
}

/// From this share of uncertain verdicts on, a user wants to know why a detector says so little.
const MOSTLY_UNDECIDED: f64 = 0.5;

pub fn run(session: &Session, args: &Args) -> anyhow::Result<Outcome> {
    guarded(args).check()?;
    let request = request(args)?;
    if args.classifier.is_network() {
        keep_large_blocks();
    }
    let Some(result) = unless_interrupted(train(&request, &session.context(None, args.data.search)))? else {
        return Ok(Outcome::Interrupted);
    };
    let (trained, dataset) = (&result.trained, &result.dataset);
    warn_of_convergence(trained);
    trained
        .detector
        .save(&args.output)
        .with_context(|| args.output.display().to_string())?;
    if let Some(checkpoint) = request.network.checkpoint.filter(|path| path.exists()) {
        fs::remove_file(&checkpoint).with_context(|| checkpoint.display().to_string())?;
    }
    messages::print(&trained.detector.to_string())?;
    if let Some(choice) = choice(trained) {
        messages::print(&format!("chosen       {choice}\n"))?;
    }
    if let Some([line, most]) = Spectra::of_dataset(dataset).and_then(|spectra| spectra.separation_lines()) {
        messages::print(&format!("difference   {line}\n             {most}\n"))?;
    }
    messages::print(&format!("written      {}\n", args.output.display()))?;
    if request.copies.is_some() {
        let by_quality = trained.by_quality(dataset, &request.options)?;
        messages::print(&effect_of_copies(&by_quality))?;
    }
    let (undecided, error_rate) = (
        trained.detector.training().held_out.undecided,
        trained.detector.thresholds().error_rate,
    );
    if undecided > MOSTLY_UNDECIDED {
        messages::warning(&format!(
            "with at most {} wrong, this detector leaves {} of the images uncertain; --error-rate allows more",
            percent(error_rate),
            percent(undecided)
        ));
    }
    if args.report.is_given() {
        let extras = Extras {
            map: true,
            limits: request.limits,
            command: command_line(),
            ..Extras::default()
        };
        let names = (
            args.output.display().to_string(),
            args.data.data.display().to_string(),
        );
        args.report.write_evaluations(
            "What has this detector learnt?",
            "",
            &[result.evaluation(names, &extras)?],
        )?;
    }
    Ok(if dataset.failures.is_empty() {
        Outcome::Complete
    } else {
        Outcome::SomeFailed
    })
}

/// What the training reads and writes.
fn guarded(args: &Args) -> Guard {
    let checkpoint = args.classifier.is_network().then(|| checkpoint_of(&args.output));
    let guard = args
        .classifier
        .network
        .init()
        .into_iter()
        .fold(Guard::default(), |guard, path| guard.reads(path))
        .reads_images([&args.data.data], args.data.search.all_files)
        .writes("--output", Some(&args.output))
        .writes("the checkpoint beside --output", checkpoint.as_deref());
    args.report.guarded(guard)
}

/// What the arguments ask for; an error where they do not go together.
fn request(args: &Args) -> anyhow::Result<TrainRequest> {
    let is_network = args.classifier.is_network();
    let given = args.augment.as_deref();
    let varied = given
        .filter(|_| is_network)
        .map(str::parse)
        .transpose()
        .context("--augment")?;
    let copies = given
        .filter(|_| !is_network)
        .map(str::parse)
        .transpose()
        .context("--augment")?;
    let copies = copies.map(|copies| Recompression {
        seed: args.seed,
        ..copies
    });
    let options = args.classifier.options(args.seed, varied)?;
    if let Params::Network(NetworkParams { architecture, .. }) = options.classifier {
        ensure!(cfg!(feature = "cnn"), TaskError::WithoutNetworks(architecture));
    }
    ensure!(
        !is_network || !args.features.is_given(),
        "a network reads pixels: --families and recipes have no meaning for it"
    );
    let selection = args.features.selection()?;
    // A table may hold other families than the default ones.
    if args.features.is_given() || !is_feature_table(&args.data.data)? {
        args.classifier.check_families(&selection)?;
    }
    Ok(TrainRequest {
        data: args.data.data.clone(),
        labels: args.data.labels.words(),
        selection: args.features.is_given().then_some(selection),
        copies,
        group_by: args.groups.group_by.clone(),
        limits: args.limits.limits(),
        options,
        network: args.classifier.network.files(&args.output),
    })
}

/// Says so when a solver stopped before its tolerance was met.
pub fn warn_of_convergence(trained: &Trained) {
    let classifier = &trained.detector.training().classifier;
    let name = classifier.name();
    if !trained.report.converged {
        let ending = ending(&trained.report, classifier.tolerance());
        messages::warning(&format!("the {name} solver {ending}"));
    }
    if trained.folds_not_converged > 0 {
        messages::warning(&format!(
            "the {name} solver did not converge in {} folds of the cross-validation",
            trained.folds_not_converged
        ));
    }
}

/// What learning from copies brings, as a table.
fn effect_of_copies(by_quality: &[ByQuality]) -> String {
    let right = Align::Right;
    let mut table = TextTable::new(&[
        ("JPEG quality", Align::Left),
        ("images", right),
        ("accuracy", right),
        ("without", right),
        ("ROC AUC", right),
        ("without", right),
    ]);
    for ByQuality {
        qualities,
        images,
        with_copies,
        without,
    } in by_quality
    {
        let name = match qualities {
            None => "as found".to_owned(),
            Some((low, high)) if low == high => format!("copies, {low}"),
            Some((low, high)) => format!("copies, {low} to {high}"),
        };
        table.row([
            name,
            images.to_string(),
            percent(with_copies.accuracy),
            percent(without.accuracy),
            three_decimals(with_copies.auc),
            three_decimals(without.auc),
        ]);
    }
    format!(
        "\nHeld-out images by JPEG quality, learning with the copies and without (by the sign of the margin)\n\n{table}"
    )
}

/// What the classifier chose on the training images, in words.
fn choice(trained: &Trained) -> Option<String> {
    let error = trained.report.objective;
    let of = |lambda: f64, params: &RidgeParams| {
        let count = params.lambdas.len();
        let lambda = significant(lambda);
        format!("λ {lambda} of {count}, squared leave-one-out error {error:.3}")
    };
    match (
        trained.report.choice.as_ref()?,
        &trained.detector.training().classifier,
    ) {
        (Choice::Lambda(lambda), Params::Ridge(params)) => Some(of(*lambda, params)),
        (Choice::Weights { lambda, blocks }, Params::Ridge(params)) => {
            Some(of(*lambda, params) + &weights(blocks))
        }
        (
            Choice::Ensemble {
                subspace,
                learners,
                blocks,
            },
            _,
        ) => {
            let error = percent(error);
            let sizes = format!("{learners} discriminants of {subspace} features, out-of-bag error {error}");
            Some(sizes + &weights(blocks))
        }
        _ => None,
    }
}

/// A line of the weights that were found, if they were searched for.
fn weights(blocks: &[Block]) -> String {
    let each = blocks
        .iter()
        .map(|block| format!("{}={}", block.name, significant(block.weight)));
    match each.collect::<Vec<_>>().join(",") {
        none if none.is_empty() => none,
        all => format!("\nweights      {all}"),
    }
}

/// Three significant digits, those that are 0 left out.
fn significant(value: f64) -> String {
    format!("{value:.2e}").parse::<f64>().map_or_else(
        |_| value.to_string(),
        |rounded| {
            if rounded < 1e-3 {
                format!("{rounded:e}")
            } else {
                rounded.to_string()
            }
        },
    )
}

/// How a solver that did not converge ended.
fn ending(report: &Report, tolerance: Option<f64>) -> String {
    let mut text = "did not converge".to_owned();
    if let Some(iterations) = report.iterations {
        text += &format!(" in {iterations} iterations");
    }
    match (report.gap, tolerance) {
        (Some(gap), Some(tolerance)) => {
            text += &format!(": it stopped with a gap of {gap:.1e}, its tolerance is {tolerance:e}");
        }
        (None, Some(tolerance)) => text += &format!(" to its tolerance of {tolerance:e}"),
        _ => {}
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_numbers_are_short() {
        let shown = [1e-7, 10f64.powf(-4.5), 0.01, 10f64.powf(-0.5), 1.0].map(significant);
        assert_eq!(shown, ["1e-7", "3.16e-5", "0.01", "0.316", "1"]);
    }

    #[test]
    fn a_solver_without_convergence_is_told_with_its_gap() {
        let report = |iterations, gap| Report {
            converged: false,
            iterations,
            objective: 1.0,
            gap,
            choice: None,
        };
        assert_eq!(
            ending(&report(Some(100), Some(3.24e-5)), Some(1e-8)),
            "did not converge in 100 iterations: it stopped with a gap of 3.2e-5, its tolerance is 1e-8"
        );
        assert_eq!(
            ending(&report(Some(100), None), Some(1e-3)),
            "did not converge in 100 iterations to its tolerance of 1e-3"
        );
        assert_eq!(ending(&report(None, None), None), "did not converge");
    }
}
