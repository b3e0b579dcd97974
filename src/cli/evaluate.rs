//! `dftective evaluate`.

use std::path::PathBuf;

use anyhow::Context;
use clap::ValueEnum;
use dftective::batch::{Extractor, Labelled};
use dftective::dataset::Label;
use dftective::detector::Detector;
use dftective::evaluate::{Judged, Metrics, SourceResult, Verdicts};
use dftective::report::Evaluation;
use dftective::whole_file::{check_place, write_whole};

use super::args::{LimitArgs, ModelArgs};
use super::labelled::DataArgs;
use super::session::Session;
use super::{Outcome, messages};

/// Measure a detector on labelled images it has not seen
///
/// Counts of right and wrong calls at score ½, accuracy, precision, recall, F1, areas under curves, equal error
/// rate, with 95 % intervals; what the verdicts were worth; each source by itself.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    dftective evaluate held-out --model detector.safetensors\n  \
    dftective evaluate held-out.csv --model detector.safetensors -o result.json")]
pub struct Args {
    #[command(flatten)]
    data: DataArgs,
    #[command(flatten)]
    model: ModelArgs,
    /// File to write [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Text for people, JSON for programs [default: json for an output named .json, else table]
    #[arg(long, value_enum)]
    format: Option<ResultFormat>,
    #[command(flatten)]
    limits: LimitArgs,
}

/// How a result is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ResultFormat {
    Table,
    Json,
}

pub fn run(session: &Session, args: &Args) -> anyhow::Result<Outcome> {
    if let Some(output) = &args.output {
        check_place(output).with_context(|| output.display().to_string())?;
    }
    let detector = args.model.load()?;
    let extractor = Extractor::new(detector.recipe().clone(), args.limits.limits());
    let extractor = extractor.with_columns(detector.columns());
    let Some(labelled) = args.data.features(session, &extractor, true)? else {
        return Ok(Outcome::Interrupted);
    };
    let complete = labelled.failures.is_empty();
    let (model, data) = (
        args.model.model.display().to_string(),
        args.data.data.display().to_string(),
    );
    let evaluation = evaluation(&detector, labelled, model, data)?;
    let named_json = args
        .output
        .as_ref()
        .is_some_and(|path| path.extension().is_some_and(|e| e.eq_ignore_ascii_case("json")));
    let json = match args.format {
        Some(format) => format == ResultFormat::Json,
        None => named_json,
    };
    let text = if json {
        serde_json::to_string_pretty(&evaluation)? + "\n"
    } else {
        evaluation.to_string()
    };
    match &args.output {
        Some(path) => {
            write_whole(path, text.as_bytes()).with_context(|| path.display().to_string())?;
            messages::note(&format!("written {}", path.display()));
        }
        None => messages::print(&text)?,
    }
    Ok(if complete {
        Outcome::Complete
    } else {
        Outcome::SomeFailed
    })
}

/// Judges labelled features and counts.
pub fn evaluation(
    detector: &Detector,
    labelled: Labelled,
    model: String,
    data: String,
) -> anyhow::Result<Evaluation> {
    let Labelled {
        set,
        sources,
        failures,
        ..
    } = labelled;
    let (expected, found) = (detector.columns(), &set.columns);
    anyhow::ensure!(
        expected == found,
        "{data}: {} features ({} …), the detector was trained on {} ({} …)",
        found.len(),
        found.first().map_or("none", String::as_str),
        expected.len(),
        expected.first().map_or("none", String::as_str)
    );
    let judged: Vec<Judged> = set
        .features
        .rows()
        .into_iter()
        .zip(&set.fake)
        .zip(sources)
        .map(|((row, &fake), source)| {
            let (_, score) = detector.score(&mut row.to_vec())?;
            let label = if fake { Label::Fake } else { Label::Real };
            Ok(Judged {
                label,
                source,
                score,
                verdict: detector.band().decide(score),
            })
        })
        .collect::<anyhow::Result<_>>()?;
    let scores: Vec<f64> = judged.iter().map(|image| image.score).collect();
    Ok(Evaluation {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        model,
        training_fingerprint: detector.training().fingerprint.clone(),
        classifier: detector.training().classifier.name().to_owned(),
        recipe: detector.recipe().to_string(),
        data,
        images: judged.len(),
        metrics: Metrics::from_scores(&scores, &set.fake, 0.5)?,
        verdicts: Verdicts::count(&judged, detector.band().error_rate),
        sources: SourceResult::of(&judged)?,
        failures,
    })
}
