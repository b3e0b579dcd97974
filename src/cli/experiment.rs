//! `dftective experiment`.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use dftective::atomic_file::write_whole;
use dftective::classify::Params;
use dftective::experiment::Experiment;
use dftective::report::{Align, TextTable};
use dftective::sample::Label;
use dftective::tasks::{self, ExperimentRequest};

use super::allocator::keep_large_blocks;
use super::args::{FamilyList, LimitArgs, SearchArgs};
use super::device::DeviceArgs;
use super::guard::Guard;
use super::labels::LabelArgs;
use super::report::{ReportArgs, command_line};
use super::session::{Session, unless_interrupted};
use super::{Outcome, messages};

/// Run one of the paper's experiments again: published numbers beside measured ones
///
/// Fits the classifiers with the paper's parameters on the paper's splits. Shows accuracies with their intervals, how
/// they spread over the splits, each source by itself, and how far the files' sizes, formats and JPEG qualities
/// alone would come. Without --data it says where the data come from and how they should lie.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    dftective experiment synthetic\n  \
    dftective experiment celeba --data celeba_low_1000.pkl\n  \
    dftective experiment faces-hq --data Faces-HQ -o faces-hq.json --report faces-hq.html\n  \
    dftective experiment faces-hq --data Faces-HQ --leave-one-source-out\n  \
    dftective experiment celeba --show > mine.toml\n  \
    dftective experiment mine.toml --data features.parquet")]
pub struct Args {
    /// One of those that --list shows, or a TOML file of your own
    #[arg(value_name = "EXPERIMENT", required_unless_present = "list")]
    experiment: Option<String>,
    /// The data: a folder in the published layout, published feature files (.pkl) or a folder with them, a folder
    /// with `real/` and `fake/`, a CSV manifest, or a feature table written by `dftective extract`
    #[arg(long, value_name = "PATH")]
    data: Option<PathBuf>,
    #[command(flatten)]
    labels: LabelArgs,
    /// Feature families instead of the experiment's, separated by commas, or the sets paper, fast and full
    #[arg(long, value_name = "LIST", conflicts_with_all = ["list", "show"])]
    families: Option<FamilyList>,
    /// Leave each source out in turn instead of the published splits: does a detector carry over to a generator it has
    /// not seen?
    #[arg(long, conflicts_with_all = ["list", "show"])]
    leave_one_source_out: bool,
    /// JSON record to write, with every repetition, seeds, options and the data's fingerprint
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// List the experiments there are
    #[arg(long)]
    list: bool,
    /// Print the experiment's TOML file, to change it
    #[arg(long, conflicts_with = "list")]
    show: bool,
    #[command(flatten)]
    search: SearchArgs,
    #[command(flatten)]
    report: ReportArgs,
    #[command(flatten)]
    limits: LimitArgs,
    #[command(flatten)]
    device: DeviceArgs,
}

pub fn run(session: &Session, args: &Args) -> anyhow::Result<Outcome> {
    let Some(name) = args.experiment.as_deref().filter(|_| !args.list) else {
        messages::print(&listed()?)?;
        return Ok(Outcome::Complete);
    };
    if args.show {
        let Some(text) = Experiment::built_in_text(name) else {
            bail!("{name}: not one of the experiments that --list shows");
        };
        messages::print(text)?;
        return Ok(Outcome::Complete);
    }
    let mut experiment = found(name)?;
    if let Some(families) = &args.families {
        experiment = experiment.with_families(families.as_slice())?;
    }
    if args.leave_one_source_out {
        experiment = experiment.leaving_sources_out();
    }
    guarded(args, name, &experiment).check()?;
    if args.data.is_none() && experiment.data.synthetic.is_none() {
        guide(name, &experiment);
        bail!("--data PATH is missing: {name} needs data that the program does not have");
    }
    if experiment
        .classifiers
        .iter()
        .any(|classifier| matches!(classifier.parameters, Params::Network(_)))
    {
        keep_large_blocks();
    }
    let device = args.device.open([&experiment.selection()])?;
    let request = ExperimentRequest {
        experiment,
        data: args.data.clone(),
        labels: args.labels.words(),
        limits: args.limits.limits(),
        map: args.report.is_given(),
        command: command_line(),
    };
    let Some(record) =
        unless_interrupted(tasks::experiment(&request, &session.context(device, args.search)))?
    else {
        return Ok(Outcome::Interrupted);
    };
    messages::print(&record.to_string())?;
    if let Some(path) = &args.output {
        let text = serde_json::to_string_pretty(&record)? + "\n";
        write_whole(path, text.as_bytes()).with_context(|| path.display().to_string())?;
        messages::note(&format!("written {}", path.display()));
    }
    args.report.write_experiments(std::slice::from_ref(&record))?;
    messages::note(&format!(
        "{} images in {:.1} s, {} could not be used",
        record.data.real + record.data.fake,
        record.seconds,
        record.data.failures.len()
    ));
    Ok(if record.data.failures.is_empty() {
        Outcome::Complete
    } else {
        Outcome::SomeFailed
    })
}

/// What the experiment reads and writes.
fn guarded(args: &Args, name: &str, experiment: &Experiment) -> Guard {
    let published = args.data.iter().flat_map(|data| {
        let files = experiment.data.pickles.iter().flat_map(|pickles| &pickles.files);
        files.map(|file| data.join(&file.name))
    });
    let guard = published
        .fold(Guard::default(), Guard::reads)
        .reads(name)
        .reads_images(&args.data, args.search.all_files)
        .writes("--output", args.output.as_deref());
    args.report.guarded(guard)
}

/// The experiment of that name, or in that file.
fn found(name: &str) -> anyhow::Result<Experiment> {
    if let Some(experiment) = Experiment::built_in(name)? {
        return Ok(experiment);
    }
    let path = Path::new(name);
    if !path.exists() {
        let names: Vec<&str> = Experiment::built_in_names().collect();
        bail!(
            "{name}: neither a file nor one of the experiments {}",
            names.join(", ")
        );
    }
    Ok(Experiment::read(path)?)
}

fn listed() -> anyhow::Result<String> {
    let columns = [
        ("experiment", Align::Left),
        ("needs --data", Align::Left),
        ("title", Align::Left),
    ];
    let mut table = TextTable::new(&columns);
    for name in Experiment::built_in_names() {
        if let Some(experiment) = Experiment::built_in(name)? {
            let needs = if experiment.data.synthetic.is_some() {
                "no"
            } else {
                "yes"
            };
            table.row([name, needs, &experiment.title]);
        }
    }
    Ok(table.to_string())
}

/// Where the data come from and how they should lie.
fn guide(name: &str, experiment: &Experiment) {
    let data = &experiment.data;
    messages::note(&experiment.title);
    for line in ["", "Where the data come from:"]
        .into_iter()
        .chain(data.origin.trim().lines())
    {
        messages::note(line);
    }
    messages::note("");
    messages::note("What PATH may be:");
    if !data.folders.is_empty() {
        messages::note("- a folder with");
        for folder in &data.folders {
            let take = folder
                .take
                .map_or(String::new(), |take| format!(", the first {take} by name"));
            let class = match folder.label {
                Label::Fake => "fakes",
                Label::Real => "reals",
            };
            let videos = if folder.subfolders_are_videos {
                ", one folder a video"
            } else {
                ""
            };
            messages::note(&format!("    {}/  {class}{take}{videos}", folder.path));
        }
    }
    let files: Vec<&str> = data
        .pickles
        .iter()
        .flat_map(|pickles| &pickles.files)
        .map(|file| file.name.as_str())
        .collect();
    if !files.is_empty() {
        messages::note(&format!(
            "- {}, published features, or a folder with them",
            files.join(" and ")
        ));
    }
    messages::note("- a folder with real/ and fake/, or a CSV manifest: path,label[,source][,group]");
    messages::note(&format!(
        "- a feature table from `dftective extract … {}`",
        experiment.selection().options()
    ));
    messages::note("");
    messages::note(&format!("Then: dftective experiment {name} --data PATH"));
    messages::note("");
}
