//! `dftective compare`.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use anyhow::Context;
use dftective::batch::{Dataset, Extractor};
use dftective::datasets::Failure;
use dftective::detector::Detector;
use dftective::evaluate::{
    BootstrapOptions, PairedBootstrap, delong_test, group_numbers, mcnemar_test, operating_points,
};
use dftective::report::{Agreement, ComparedDetector, Comparison, Disagreement, SchemaVersion, ScorePairs};

use super::Outcome;
use super::args::LimitArgs;
use super::evaluate::{THRESHOLD, resamples, scores};
use super::groups::GroupArgs;
use super::labelled::DataArgs;
use super::report::{ReportArgs, command_line};
use super::result::ResultArgs;
use super::session::Session;

/// Tell whether one detector is better than another, on labelled images neither has seen
///
/// Both judge the same images, so that their figures differ by the detectors alone. Differences of all metrics with
/// 95 % intervals and p-values: DeLong's paired test of the ROC AUCs, McNemar's exact test of the right calls,
/// paired bootstrap for the rest; the bootstrap of whole groups for all of them where images come in groups.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    dftective compare held-out --model a.safetensors --model b.safetensors\n  \
    dftective compare frames --model a.safetensors --model b.safetensors --group-by folder -o result.json\n  \
    dftective compare held-out --model a.safetensors --model b.safetensors --report comparison.html")]
pub struct Args {
    #[command(flatten)]
    data: DataArgs,
    /// Detector written by `dftective train`; given twice, the first is A and the second B
    #[arg(long = "model", value_name = "FILE", required = true)]
    models: Vec<PathBuf>,
    #[command(flatten)]
    groups: GroupArgs,
    /// Resamples of the paired bootstrap
    #[arg(long, value_name = "N", default_value_t = 2000, value_parser = resamples())]
    bootstrap: u32,
    /// Seed of the draws
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    #[command(flatten)]
    result: ResultArgs,
    #[command(flatten)]
    report: ReportArgs,
    #[command(flatten)]
    limits: LimitArgs,
}

/// A detector's scores of the images it could judge.
struct Judgements {
    detector: ComparedDetector,
    labelled: Dataset,
    scores: Vec<f64>,
}

pub fn run(session: &Session, args: &Args) -> anyhow::Result<Outcome> {
    args.result.check()?;
    args.report.check()?;
    let [first, second] = args.models.as_slice() else {
        anyhow::bail!(
            "two detectors are compared: expected --model twice, found it {}",
            match args.models.len() {
                1 => "once".to_owned(),
                n => format!("{n} times"),
            }
        );
    };
    // Both are there before the first takes its time.
    let detectors = [load(first)?, load(second)?];
    let mut both = Vec::with_capacity(detectors.len());
    for (path, detector) in args.models.iter().zip(&detectors) {
        let Some(judgements) = judge(session, args, path, detector)? else {
            return Ok(Outcome::Interrupted);
        };
        both.push(judgements);
    }
    let [a, b] = <[Judgements; 2]>::try_from(both)
        .map_err(|found| anyhow::anyhow!("{} detectors judged, expected 2", found.len()))?;
    let comparison = comparison(args, a, b)?;
    args.result.write(&comparison)?;
    args.report.write_comparison(&comparison)?;
    Ok(if comparison.failures.is_empty() {
        Outcome::Complete
    } else {
        Outcome::SomeFailed
    })
}

fn load(path: &Path) -> anyhow::Result<Detector> {
    Detector::load(path).with_context(|| path.display().to_string())
}

fn judge(
    session: &Session,
    args: &Args,
    path: &Path,
    detector: &Detector,
) -> anyhow::Result<Option<Judgements>> {
    let extractor = Extractor::of(detector.inputs(), args.limits.limits());
    let extractor = extractor.with_columns(&detector.columns());
    let found = args.data.features(session, &extractor, true);
    let Some(labelled) = found.with_context(|| path.display().to_string())? else {
        return Ok(None);
    };
    let scores = scores(detector, &labelled, &args.data.data.display().to_string())
        .with_context(|| path.display().to_string())?;
    Ok(Some(Judgements {
        detector: ComparedDetector {
            model: path.display().to_string(),
            training_fingerprint: detector.training().fingerprint.clone(),
            classifier: detector.training().classifier.name().to_owned(),
            recipe: detector.body().to_string(),
        },
        labelled,
        scores,
    }))
}

fn comparison(args: &Args, a: Judgements, b: Judgements) -> anyhow::Result<Comparison> {
    let Judgements {
        detector: first,
        mut labelled,
        scores: of_first,
    } = a;
    args.groups
        .apply(&mut labelled)
        .with_context(|| args.data.data.display().to_string())?;
    let of_second: HashMap<&str, f64> = b
        .labelled
        .paths
        .iter()
        .map(String::as_str)
        .zip(b.scores.iter().copied())
        .collect();
    // An image that one of them could not judge says nothing of the difference.
    let (mut scores, mut labels, mut groups) = ([Vec::new(), Vec::new()], Vec::new(), Vec::new());
    let mut paths = Vec::new();
    for (item, path) in labelled.paths.iter().enumerate() {
        if let Some(&score) = of_second.get(path.as_str()) {
            scores[0].push(of_first[item]);
            scores[1].push(score);
            paths.push(path.as_str());
            labels.push(labelled.set.fake[item]);
            groups.push(labelled.set.groups.get(item).cloned().flatten());
        }
    }
    let [x, y] = &scores;
    let both = [x.as_slice(), y.as_slice()];
    let groups = group_numbers(&groups);
    let independent = groups.is_none();
    let options = BootstrapOptions {
        resamples: args.bootstrap as usize,
        seed: args.seed,
    };
    let curves = [operating_points(x, &labels)?, operating_points(y, &labels)?];
    let limits = args.limits.limits();
    let disagreements = Disagreement::strongest(&paths, both, &labels, THRESHOLD, &limits);
    let failures: BTreeMap<String, String> = labelled
        .failures
        .into_iter()
        .chain(b.labelled.failures)
        .map(|failure| (failure.path, failure.error))
        .collect();
    Ok(Comparison {
        schema_version: SchemaVersion,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        command: command_line(),
        detectors: [first, b.detector],
        data: args.data.data.display().to_string(),
        images: labels.len(),
        bootstrap: PairedBootstrap::of(both, &labels, THRESHOLD, groups.as_deref(), options)?,
        delong: independent.then(|| delong_test(x, y, &labels)).transpose()?,
        mcnemar: independent
            .then(|| mcnemar_test(x, y, &labels, THRESHOLD))
            .transpose()?,
        curves,
        agreement: Agreement::of(both, &labels, THRESHOLD),
        scores: ScorePairs::of(both, &labels, args.seed),
        disagreements,
        failures: failures
            .into_iter()
            .map(|(path, error)| Failure { path, error })
            .collect(),
    })
}
