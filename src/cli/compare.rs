//! `dftective compare`.

use std::path::{Path, PathBuf};

use anyhow::Context;
use dftective::detector::DetectorSet;
use dftective::evaluate::BootstrapOptions;
use dftective::tasks::{CompareRequest, Model, compare};

use super::Outcome;
use super::args::LimitArgs;
use super::evaluate::resamples;
use super::groups::GroupArgs;
use super::guard::Guard;
use super::labelled::DataArgs;
use super::report::{ReportArgs, command_line};
use super::result::ResultArgs;
use super::session::{Session, unless_interrupted};

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

pub fn run(session: &Session, args: &Args) -> anyhow::Result<Outcome> {
    let guard = Guard::default().reads_images([&args.data.data], args.data.search.all_files);
    let guard = args.models.iter().fold(guard, |guard, path| guard.reads(path));
    args.report.guarded(args.result.guarded(guard)).check()?;
    let [first, second] = args.models.as_slice() else {
        anyhow::bail!(
            "two detectors are compared: expected --model twice, found it {}",
            match args.models.len() {
                1 => "once".to_owned(),
                n => format!("{n} times"),
            }
        );
    };
    let [a, b] = [load(first)?, load(second)?];
    let names = [first, second].map(|path| path.display().to_string());
    let models = [
        Model {
            name: &names[0],
            detectors: &a,
        },
        Model {
            name: &names[1],
            detectors: &b,
        },
    ];
    let request = CompareRequest {
        data: args.data.data.clone(),
        labels: args.data.labels.words(),
        group_by: args.groups.group_by.clone(),
        bootstrap: BootstrapOptions {
            resamples: args.bootstrap as usize,
            seed: args.seed,
        },
        limits: args.limits.limits(),
        command: command_line(),
    };
    let compared = compare(&request, models, &session.context(None, args.data.search));
    let Some(comparison) = unless_interrupted(compared)? else {
        return Ok(Outcome::Interrupted);
    };
    args.result.write(&comparison)?;
    args.report.write_comparison(&comparison)?;
    Ok(if comparison.failures.is_empty() {
        Outcome::Complete
    } else {
        Outcome::SomeFailed
    })
}

fn load(path: &Path) -> anyhow::Result<DetectorSet> {
    DetectorSet::load(path).with_context(|| path.display().to_string())
}
