//! `dftective evaluate`.

use anyhow::Context;
use clap::builder::TypedValueParser;
use dftective::batch::{Dataset, Extractor};
use dftective::classify::Verdict;
use dftective::decode::Limits;
use dftective::detector::{Classical, Detector};
use dftective::evaluate::{
    Bootstrap, BootstrapOptions, ClassHistogram, Judged, Metrics, ProbabilityMetrics, SourceResult, Verdicts,
    group_numbers, operating_points,
};
use dftective::report::{
    DataSummary, Embedding, Evaluation, HISTOGRAM_BINS, Mistake, SchemaVersion, ScoresFrom, Spectra, Videos,
};
use dftective::sample::Label;

use super::Outcome;
use super::args::{ForceArgs, LimitArgs, ModelArgs};
use super::device::DeviceArgs;
use super::groups::GroupArgs;
use super::labelled::DataArgs;
use super::report::{ReportArgs, command_line};
use super::result::ResultArgs;
use super::session::Session;

/// Measure a detector on labelled images it has not seen
///
/// Counts of right and wrong calls at score ½, accuracy, precision, recall, F1, areas under curves, equal error
/// rate, with 95 % intervals; whether scores can be taken as probabilities (Brier score, calibration error; JSON
/// has the points of a reliability diagram); what the verdicts were worth, which are uncertain on
/// images unlike the training images; each source by itself. With --group-by
/// also whole videos: a vote of their frames, as in the paper, the mean and the median of their scores.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    dftective evaluate held-out --model detector.safetensors\n  \
    dftective evaluate held-out.csv --model detector.safetensors -o result.json\n  \
    dftective evaluate held-out --model detector.safetensors --report result.html\n  \
    dftective evaluate frames --model detector.safetensors --group-by folder --bootstrap 2000\n  \
    dftective evaluate frames --model detector.safetensors --group-by 'pattern:^(\\d+_\\d+)_'")]
pub struct Args {
    #[command(flatten)]
    data: DataArgs,
    #[command(flatten)]
    model: ModelArgs,
    #[command(flatten)]
    groups: GroupArgs,
    /// Draw the images, or their groups, this often with replacement for 95 % intervals of every metric
    /// (2000 is plenty)
    #[arg(long, value_name = "N", value_parser = resamples())]
    bootstrap: Option<u32>,
    /// Seed of the draws
    #[arg(long, value_name = "N", default_value_t = 0, requires = "bootstrap")]
    seed: u64,
    #[command(flatten)]
    result: ResultArgs,
    #[command(flatten)]
    report: ReportArgs,
    #[command(flatten)]
    force: ForceArgs,
    #[command(flatten)]
    limits: LimitArgs,
    #[command(flatten)]
    device: DeviceArgs,
}

/// What is measured besides the images one by one.
#[derive(Clone, Default)]
pub struct Extras {
    pub groups: GroupArgs,
    pub bootstrap: Option<BootstrapOptions>,
    /// Whether the features are put on a map.
    pub map: bool,
    /// Of images shown small.
    pub limits: Limits,
    /// Whether images outside the detector's conditions are decided, too.
    pub force: bool,
}

pub fn run(session: &Session, args: &Args) -> anyhow::Result<Outcome> {
    args.result.check()?;
    args.report.check()?;
    let extras = Extras {
        groups: args.groups.clone(),
        bootstrap: args.bootstrap.map(|resamples| BootstrapOptions {
            resamples: resamples as usize,
            seed: args.seed,
        }),
        map: args.report.is_given(),
        limits: args.limits.limits(),
        force: args.force.force,
    };
    let detector = args.model.load()?;
    let extractor = Extractor::of(detector.inputs(), args.limits.limits());
    let extractor = extractor
        .with_columns(&detector.columns())
        .with_accelerator(args.device.open(detector.classical().map(Classical::selection))?);
    let Some(labelled) = args.data.features(session, &extractor, true)? else {
        return Ok(Outcome::Interrupted);
    };
    let (model, data) = (
        args.model.model.display().to_string(),
        args.data.data.display().to_string(),
    );
    let evaluation = evaluation(&detector, labelled, model, data, &extras)?;
    args.result.write(&evaluation)?;
    args.report.write_evaluations(
        "How good is this detector?",
        "",
        std::slice::from_ref(&evaluation),
    )?;
    Ok(if evaluation.failures.is_empty() {
        Outcome::Complete
    } else {
        Outcome::SomeFailed
    })
}

/// As many resamples as the library takes; known before any image is read.
pub fn resamples() -> impl TypedValueParser<Value = u32> {
    let range = BootstrapOptions::RESAMPLES;
    clap::value_parser!(u32).range(*range.start() as i64..=*range.end() as i64)
}

/// The calibrated score of each image.
pub fn scores(detector: &Detector, labelled: &Dataset, data: &str) -> anyhow::Result<Vec<f64>> {
    let (expected, found) = (&detector.columns(), &labelled.set.columns);
    anyhow::ensure!(
        expected == found,
        "{data}: {} features ({} …), the detector was trained on {} ({} …)",
        found.len(),
        found.first().map_or("none", String::as_str),
        expected.len(),
        expected.first().map_or("none", String::as_str)
    );
    let rows = labelled.set.features.rows().into_iter();
    rows.map(|row| Ok(detector.score(&mut row.to_vec())?.1)).collect()
}

/// Judges labelled features and counts.
pub fn evaluation(
    detector: &Detector,
    mut labelled: Dataset,
    model: String,
    data: String,
    extras: &Extras,
) -> anyhow::Result<Evaluation> {
    let scores = scores(detector, &labelled, &data)?;
    extras.groups.apply(&mut labelled).with_context(|| data.clone())?;
    counted(
        detector,
        labelled,
        (&scores, ScoresFrom::Detector),
        model,
        data,
        extras,
    )
}

/// Counts the scores of labelled features.
pub fn counted(
    detector: &Detector,
    labelled: Dataset,
    (scores, scores_from): (&[f64], ScoresFrom),
    model: String,
    data: String,
    extras: &Extras,
) -> anyhow::Result<Evaluation> {
    let (summary, spectra) = (DataSummary::of_dataset(&labelled), Spectra::of_dataset(&labelled));
    let Dataset {
        set,
        paths,
        sources,
        properties,
        failures,
        ..
    } = labelled;
    let metrics = Metrics::from_scores(scores, &set.fake, THRESHOLD)?;
    let groups = group_numbers(&set.groups);
    let bootstrap = extras
        .bootstrap
        .map(|options| Bootstrap::of(scores, &set.fake, THRESHOLD, groups.as_deref(), options))
        .transpose()
        .context("--bootstrap")?;
    let videos = extras.groups.group_by.as_ref().map(|by| {
        // An image without a group is one of its own.
        let names: Vec<&str> = set
            .groups
            .iter()
            .zip(&paths)
            .map(|(group, path)| group.as_deref().unwrap_or(path))
            .collect();
        Videos::of(
            by.to_string(),
            scores,
            &set.fake,
            &names,
            THRESHOLD,
            extras.bootstrap,
        )
    });
    let videos = videos.transpose().context("--group-by")?;
    let judged: Vec<Judged> = scores
        .iter()
        .zip(&set.fake)
        .zip(sources.into_iter().zip(&properties))
        .map(|((&score, &fake), (source, file))| Judged {
            label: if fake { Label::Fake } else { Label::Real },
            source,
            score,
            verdict: if !extras.force && detector.is_out_of_domain(file) {
                Verdict::Uncertain
            } else {
                detector.thresholds().decide(score)
            },
        })
        .collect();
    let training = detector.training();
    let map = || Embedding::of(set.features.view(), &set.fake, training.seed);
    Ok(Evaluation {
        schema_version: SchemaVersion,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        command: command_line(),
        model,
        scores_from,
        training_fingerprint: training.fingerprint.clone(),
        classifier: training.classifier.name().to_owned(),
        parameters: training.classifier.clone(),
        training_seed: training.seed,
        calibration: detector.calibration().method(),
        recipe: detector.body().to_string(),
        data,
        summary,
        spectra,
        images: judged.len(),
        metrics,
        curve: operating_points(scores, &set.fake)?,
        histogram: ClassHistogram::of(scores, &set.fake, 0.0, 1.0, HISTOGRAM_BINS),
        thresholds: detector.thresholds(),
        mistakes: Mistake::worst(&paths, scores, &set.fake, THRESHOLD, &extras.limits),
        embedding: extras.map.then(map).flatten(),
        probability: ProbabilityMetrics::from_scores(scores, &set.fake)?,
        verdicts: Verdicts::count(&judged, detector.thresholds().error_rate),
        sources: SourceResult::of(&judged)?,
        grouped: groups.is_some(),
        bootstrap,
        videos,
        failures,
    })
}

/// Calibrated scores from here on are called fake.
pub const THRESHOLD: f64 = 0.5;
