//! `dftective score`.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::bail;
use dftective::batch::{Flow, ScoreRecord, Scorer, ordered, score_schema};
use dftective::classify::Verdict;
use dftective::datasets::Input;
use dftective::features::Workspace;
use dftective::table::{Cell, Format, TableError, Writer};

use super::args::{ForceArgs, LimitArgs, ModelArgs};
use super::device::DeviceArgs;
use super::extract::{table_format, target};
use super::inputs::PathArgs;
use super::session::Session;
use super::unfinished::{UnfinishedArgs, pass_over_kept, settings};
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
    dftective score archive --model detector.safetensors -o scores.csv --resume\n  \
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

/// What was said, for the closing line.
#[derive(Default)]
struct Tally {
    fake: u64,
    real: u64,
    uncertain: u64,
    failed: u64,
}

impl Tally {
    fn add(&mut self, record: &ScoreRecord) {
        *match record.verdict {
            Some(Verdict::Fake) => &mut self.fake,
            Some(Verdict::Real) => &mut self.real,
            Some(Verdict::Uncertain) => &mut self.uncertain,
            None => &mut self.failed,
        } += 1;
    }

    /// What a kept record says.
    fn add_kept(&mut self, verdict: &Cell) {
        *match verdict {
            Cell::Text(text) if text == "fake" => &mut self.fake,
            Cell::Text(text) if text == "real" => &mut self.real,
            Cell::Text(text) if text == "uncertain" => &mut self.uncertain,
            _ => &mut self.failed,
        } += 1;
    }

    fn total(&self) -> u64 {
        self.fake + self.real + self.uncertain + self.failed
    }
}

pub fn run(session: &Session, args: Args) -> anyhow::Result<Outcome> {
    let format = table_format(args.format, args.output.as_ref());
    if format == Format::Npz {
        bail!("npz holds features, not verdicts: choose csv, jsonl or parquet");
    }
    let detectors = args.model.load()?;
    let (limits, force) = (args.limits.limits(), args.force.force);
    let device = args.device.open(
        detectors
            .detectors()
            .iter()
            .filter_map(|each| Some(each.classical()?.selection())),
    )?;
    let target = target(args.output);
    let mut metadata = settings(&limits, device.is_some());
    metadata.push(("detector".to_owned(), detectors.digest()?));
    metadata.push(("force".to_owned(), force.to_string()));
    args.unfinished.refuse_unless_said(&target)?;
    let mut found = args.paths.inputs();
    // Without images there is nothing that could replace an earlier table.
    let first = found.next();
    anyhow::ensure!(first.is_some(), "no images found");
    let mut inputs = first.into_iter().chain(found.by_ref());
    let mut tally = Tally::default();
    let (mut writer, kept) = if args.unfinished.resume {
        let (writer, kept) = Writer::resume(&target, format, score_schema()?, &metadata)?;
        pass_over_kept(&kept, &mut inputs, "verdict", |verdict| tally.add_kept(verdict))?;
        (writer, kept.rows())
    } else {
        (Writer::create(&target, format, score_schema()?, &metadata)?, 0)
    };

    let started = Instant::now();
    let bar = session.progress("images", None).with_position(kept);
    bar.reset_eta();
    if session.shows_progress() {
        // Counting takes far less time than judging, and nobody should wait for it.
        let (paths, bar) = (args.paths, bar.clone());
        std::thread::spawn(move || {
            if let Some(count) = paths.count() {
                bar.set_length(count);
            }
        });
    }
    let scorer = Scorer {
        detectors: &detectors,
        limits,
        force,
    };
    let workspace = || Workspace::with_accelerator(device.clone());
    let work = |workspace: &mut Workspace, input: Input| scorer.record(workspace, &input);
    let sink = |record: ScoreRecord| -> Result<ControlFlow<()>, TableError> {
        bar.inc(1);
        tally.add(&record);
        writer.write(&record.cells())?;
        Ok(ControlFlow::Continue(()))
    };
    let stop = || session.is_interrupted();
    let threads = session.readers(device.is_some());
    let flow = ordered(inputs, threads, workspace, work, stop, sink)?;
    bar.finish_and_clear();
    if flow == Flow::Stopped {
        match writer.suspend()? {
            Some(place) => messages::note(&format!(
                "interrupted: {} records are kept in {}; the same command with --resume goes on",
                tally.total(),
                place.display()
            )),
            None => messages::note(&format!("interrupted after {} records", tally.total())),
        }
        return Ok(Outcome::Interrupted);
    }
    writer.finish()?;
    if found.passed_over() > 0 {
        messages::note(&format!(
            "{} files without an image's extension were passed over",
            found.passed_over()
        ));
    }
    let seconds = started.elapsed().as_secs_f64();
    messages::note(&format!(
        "{} images: {} fake, {} real, {} uncertain, {} could not be judged · {seconds:.1} s, {:.0} images/s",
        tally.total(),
        tally.fake,
        tally.real,
        tally.uncertain,
        tally.failed,
        (tally.total() - kept) as f64 / seconds
    ));
    Ok(if tally.failed > 0 {
        Outcome::SomeFailed
    } else {
        Outcome::Complete
    })
}
