//! `dftective report`, and `--report` of other commands.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use dftective::atomic_file::write_whole;
use dftective::experiment::{self, experiment_figures, experiment_page};
use dftective::report::draw::Figure;
use dftective::report::page::{comparison_figures, evaluation_figures};
use dftective::report::{Comparison, Evaluation, SchemaVersion, comparison_page, evaluation_page};
use dftective::sample::path_text;
use serde_json::Value;

use super::guard::Guard;
use super::{Outcome, messages};

/// A page of the result.
#[derive(clap::Args, Clone, Default)]
pub struct ReportArgs {
    /// Page to write, with figures and tables for people: one HTML file that needs nothing else
    #[arg(long, value_name = "FILE.html")]
    report: Option<PathBuf>,
    /// Folder to write each figure of the page to, as an SVG file
    #[arg(long, value_name = "DIR")]
    figures: Option<PathBuf>,
}

impl ReportArgs {
    /// Whether a page or figures are wanted.
    pub fn is_given(&self) -> bool {
        self.report.is_some() || self.figures.is_some()
    }

    /// Tells the guard what will be written.
    pub fn guarded(&self, guard: Guard) -> Guard {
        guard
            .writes("--report", self.report.as_deref())
            .fills("--figures", self.figures.as_deref(), ".svg")
    }

    /// Writes what is wanted of evaluations, the first of which is told in full.
    pub fn write_evaluations(&self, title: &str, about: &str, all: &[Evaluation]) -> anyhow::Result<()> {
        let page = || evaluation_page(title, about, all);
        let figures = || all.first().map(evaluation_figures).unwrap_or_default();
        self.write(page, figures)
    }

    /// Writes what is wanted of experiments.
    pub fn write_experiments(&self, all: &[experiment::Record]) -> anyhow::Result<()> {
        self.write(
            || experiment_page(all),
            || all.iter().flat_map(experiment_figures).collect(),
        )
    }

    /// Writes what is wanted of a comparison.
    pub fn write_comparison(&self, comparison: &Comparison) -> anyhow::Result<()> {
        self.write(|| comparison_page(comparison), || comparison_figures(comparison))
    }

    fn write(
        &self,
        page: impl FnOnce() -> String,
        figures: impl FnOnce() -> Vec<Figure>,
    ) -> anyhow::Result<()> {
        if let Some(path) = &self.report {
            written(path, page().as_bytes())?;
        }
        if let Some(folder) = &self.figures {
            let figures = figures();
            for figure in &figures {
                let path = folder.join(format!("{}.svg", figure.id));
                write_whole(&path, figure.svg().as_bytes()).with_context(|| path.display().to_string())?;
            }
            messages::note(&format!(
                "written {} figures to {}",
                figures.len(),
                folder.display()
            ));
        }
        Ok(())
    }
}

/// Writes a file and says so.
pub fn written(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    write_whole(path, bytes).with_context(|| path.display().to_string())?;
    messages::note(&format!("written {}", path.display()));
    Ok(())
}

/// The command line, one entry an argument.
pub fn command_line() -> Vec<String> {
    std::env::args_os()
        .map(|argument| path_text(argument.as_ref()))
        .collect()
}

/// Make a page of results kept as JSON
///
/// Takes what `evaluate -o RESULT.json`, `experiment -o RESULT.json` and `compare -o RESULT.json` have written. Several
/// evaluations stand beside each other, the first told in full; several experiments follow one another; a comparison has
/// a page of its own.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    dftective evaluate held-out --model detector.safetensors -o result.json\n  \
    dftective report result.json -o result.html\n  \
    dftective report svm.json logistic.json -o both.html --figures figures")]
pub struct Args {
    /// JSON records of results, all of one kind
    #[arg(required = true, value_name = "RESULT.json")]
    results: Vec<PathBuf>,
    /// Page to write
    #[arg(short, long, value_name = "FILE.html")]
    output: PathBuf,
    /// Folder to write each figure of the page to, as an SVG file
    #[arg(long, value_name = "DIR")]
    figures: Option<PathBuf>,
}

/// Largest record read; those of 40,000 images have less than one.
const MAX_BYTES: u64 = 64 << 20;

pub fn run(args: &Args) -> anyhow::Result<Outcome> {
    let report = ReportArgs {
        report: Some(args.output.clone()),
        figures: args.figures.clone(),
    };
    args.results
        .iter()
        .fold(Guard::default(), |guard, path| guard.reads(path))
        .writes("--output", Some(&args.output))
        .fills("--figures", args.figures.as_deref(), ".svg")
        .check()?;
    let (mut evaluations, mut experiments, mut comparisons) = (Vec::new(), Vec::new(), Vec::new());
    for path in &args.results {
        let record = record(path).with_context(|| path.display().to_string())?;
        match record {
            Kept::Evaluation(evaluation) => evaluations.push(*evaluation),
            Kept::Experiment(experiment) => experiments.push(*experiment),
            Kept::Comparison(comparison) => comparisons.push(*comparison),
        }
    }
    match (
        evaluations.as_slice(),
        experiments.as_slice(),
        comparisons.as_slice(),
    ) {
        (all, [], []) => report.write_evaluations("How good is this detector?", "", all)?,
        ([], all, []) => report.write_experiments(all)?,
        ([], [], [comparison]) => report.write_comparison(comparison)?,
        ([], [], all) => bail!("{} comparisons: each has a page of its own", all.len()),
        _ => bail!("results of different kinds do not go on one page"),
    }
    Ok(Outcome::Complete)
}

/// A result that was kept.
enum Kept {
    Evaluation(Box<Evaluation>),
    Experiment(Box<experiment::Record>),
    Comparison(Box<Comparison>),
}

fn record(path: &Path) -> anyhow::Result<Kept> {
    let mut text = String::new();
    let file = File::open(path)?;
    file.take(MAX_BYTES + 1)
        .read_to_string(&mut text)
        .context("expected a JSON record")?;
    ensure!(
        text.len() as u64 <= MAX_BYTES,
        "larger than {MAX_BYTES} bytes, which no record is"
    );
    let value: Value = serde_json::from_str(&text).context("expected a JSON record")?;
    SchemaVersion::check_record(&value)?;
    // Each kind has a part that no other has; which one it is decides whose error is shown.
    let has = |key: &str| value.get(key).is_some();
    let kept = if has("metrics") {
        serde_json::from_value(value).map(Kept::Evaluation)
    } else if has("experiment") {
        serde_json::from_value(value).map(Kept::Experiment)
    } else if has("detectors") {
        serde_json::from_value(value).map(Kept::Comparison)
    } else {
        bail!(
            "expected a record that `dftective evaluate`, `experiment` or `compare` has written with -o, found another"
        )
    };
    kept.context(NOT_WHOLE)
}

const NOT_WHOLE: &str = "a record that is not whole, or of another version of this program";
