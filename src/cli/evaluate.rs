//! `dftective evaluate`.

use clap::builder::TypedValueParser;
use dftective::detector::{Classical, Detector};
use dftective::evaluate::BootstrapOptions;
use dftective::tasks::{EvaluateRequest, Extras, evaluate};

use super::Outcome;
use super::args::{ForceArgs, LimitArgs, ModelArgs};
use super::device::DeviceArgs;
use super::groups::GroupArgs;
use super::guard::Guard;
use super::labelled::DataArgs;
use super::report::{ReportArgs, command_line};
use super::result::ResultArgs;
use super::session::{Session, unless_interrupted};

/// Measure a detector on labelled images it has not seen
///
/// Counts of right and wrong calls at score ½, accuracy, precision, recall, F1, areas under curves, equal error
/// rate, with 95 % intervals; whether scores can be taken as probabilities (Brier score, calibration error; JSON
/// has the points of a reliability diagram); what the verdicts were worth, which are uncertain on
/// images unlike the training images; each source by itself. With --group-by
/// also whole videos: a vote of their frames, as in the paper, the mean and the median of their scores. Of several
/// detectors in one file each image is judged by the one that it resembles, and each detector has a row of its own.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    dftective evaluate held-out --model detector.safetensors\n  \
    dftective evaluate held-out.tar.gz --model detector.safetensors --verbose\n  \
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

pub fn run(session: &Session, args: &Args) -> anyhow::Result<Outcome> {
    let guard = Guard::default()
        .reads(&args.model.model)
        .reads_images([&args.data.data], args.data.search.all_files);
    args.report.guarded(args.result.guarded(guard)).check()?;
    let extras = Extras {
        group_by: args.groups.group_by.clone(),
        bootstrap: args.bootstrap.map(|resamples| BootstrapOptions {
            resamples: resamples as usize,
            seed: args.seed,
        }),
        map: args.report.is_given(),
        limits: args.limits.limits(),
        force: args.force.force,
        command: command_line(),
    };
    let detectors = args.model.load()?;
    let device = args.device.open(
        detectors
            .detectors()
            .iter()
            .filter_map(Detector::classical)
            .map(Classical::selection),
    )?;
    let request = EvaluateRequest {
        data: args.data.data.clone(),
        labels: args.data.labels.words(),
        model: args.model.model.display().to_string(),
        extras,
        limits: args.limits.limits(),
    };
    let evaluated = evaluate(&request, &detectors, &session.context(device, args.data.search));
    let Some(evaluation) = unless_interrupted(evaluated)? else {
        return Ok(Outcome::Interrupted);
    };
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
