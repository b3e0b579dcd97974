//! `dftective score`.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::bail;
use dftective::sample::LabelWords;
use dftective::table::Format;
use dftective::tasks::{ScoreRequest, TableRequest, score};

use super::args::{ForceArgs, LimitArgs, ModelArgs};
use super::device::DeviceArgs;
use super::extract::{table_format, target};
use super::guard::Guard;
use super::inputs::PathArgs;
use super::session::Session;
use super::unfinished::{UnfinishedArgs, settings};
use super::{Outcome, messages};

/// Judge images with a detector
///
/// One record for every input, in a stable order: path, score (calibrated probability of fake, 0 to 1), margin
/// (the classifier's raw value, positive for fake), verdict (fake, real or uncertain), out_of_domain (yes where the image
/// is of another kind than the detector's training images), width, height, format, notes, error. The verdict is
/// uncertain where the detector would be wrong more often than it was set to, and on images outside, of which nobody
/// knows how often it is wrong (--force decides them, too). Notes say what is unlike the training images or weakens
/// any verdict: size, shape, format, JPEG quality and chroma subsampling, signs of enlargement.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    dftective score photos --model detector.safetensors\n  \
    dftective score photos --model detector.safetensors -o scores.parquet\n  \
    dftective score holiday.zip --model detector.safetensors\n  \
    dftective score archive --model detector.safetensors -o scores.csv --resume\n  \
    dftective score downloads --all-files --verbose --model detector.safetensors -o scores.csv\n  \
    find . -name '*.jpg' -print0 | dftective score - --null --model detector.safetensors --format jsonl")]
pub struct Args {
    #[command(flatten)]
    paths: PathArgs,
    #[command(flatten)]
    model: ModelArgs,
    /// Table to write [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// csv, jsonl or parquet [default: by the output's name, else csv]
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
    #[command(flatten)]
    unfinished: UnfinishedArgs,
    #[command(flatten)]
    force: ForceArgs,
    #[command(flatten)]
    limits: LimitArgs,
    #[command(flatten)]
    device: DeviceArgs,
}

pub fn run(session: &Session, args: Args) -> anyhow::Result<Outcome> {
    let format = table_format(args.format, args.output.as_ref());
    if format == Format::Npz {
        bail!("npz holds features, not verdicts: choose csv, jsonl or parquet");
    }
    Guard::default()
        .reads(&args.model.model)
        .reads_images(&args.paths.paths, args.paths.search.all_files)
        .writes_table("--output", args.output.as_deref())
        .check()?;
    let detectors = args.model.load()?;
    let (limits, force) = (args.limits.limits(), args.force.force);
    let device = args.device.open(
        detectors
            .detectors()
            .iter()
            .filter_map(|each| Some(each.classical()?.selection())),
    )?;
    let mut metadata = settings(&limits, device.is_some());
    metadata.push(("detector".to_owned(), detectors.digest()?));
    metadata.push(("force".to_owned(), force.to_string()));
    let table = TableRequest {
        target: target(args.output),
        format,
        metadata,
        resume: args.unfinished.resume,
    };
    args.unfinished.refuse_unless_said(&table.target)?;
    let paths = args.paths.clone();
    let started = Instant::now();
    session.count_beside(move || args.paths.count());
    let request = ScoreRequest { limits, force };
    let context = session.context(device, paths.search);
    let (written, counts) = context.searching(&LabelWords::default(), |search| {
        score(paths.inputs(search), &detectors, &request, &table, &context)
    })?;
    if written.cancelled {
        match &written.unfinished {
            Some(place) => messages::note(&format!(
                "interrupted: {} records are kept in {}; the same command with --resume goes on",
                written.rows,
                place.display()
            )),
            None => messages::note(&format!("interrupted after {} records", written.rows)),
        }
        return Ok(Outcome::Interrupted);
    }
    let seconds = started.elapsed().as_secs_f64();
    messages::note(&format!(
        "{} images: {} fake, {} real, {} uncertain, {} could not be judged · {seconds:.1} s, {:.0} images/s",
        written.rows,
        counts.fake,
        counts.real,
        counts.uncertain,
        counts.failed,
        (written.rows - written.kept) as f64 / seconds
    ));
    Ok(if counts.failed > 0 {
        Outcome::SomeFailed
    } else {
        Outcome::Complete
    })
}
