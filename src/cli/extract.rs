//! `dftective extract`.

use std::path::PathBuf;

use anyhow::bail;
use dftective::batch::Extractor;
use dftective::datasets::{Input, Inputs, Layout, Search, is_archive, sample_of};
use dftective::table::{Format, Target};
use dftective::tasks::{TableRequest, extract};

use super::args::{FeatureArgs, LimitArgs};
use super::device::DeviceArgs;
use super::guard::Guard;
use super::inputs::{PathArgs, Roots};
use super::labels::LabelArgs;
use super::session::Session;
use super::unfinished::{UnfinishedArgs, settings};
use super::{Outcome, messages};

/// Turn images into a table of features
///
/// One row an image: path, label, source, group, recipe, width, height, format, estimated JPEG quality, notes,
/// error, and the features as the last columns: of the radial spectrum, `radial_ring_7` is the mean over radii from 7
/// to 8 frequency samples, `radial_point_3_of_80` the third of 80 points from the lowest to the highest frequency.
/// Families of histograms come as the square roots of their shares, as classifiers read them.
/// Folders named `real` and `fake` (or `0_real` and `1_fake`) at any depth below a given folder or archive, and CSV manifests,
/// fill label, source and split, as `train` sees them. An image that can't be read has its error and no features.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    dftective extract photos -o photos.csv\n  \
    dftective extract data -o data.parquet --recipe faces-hq\n  \
    dftective extract data -o full.parquet --families full\n  \
    dftective extract data.tar.gz -o data.parquet\n  \
    dftective extract progan-test -o progan.parquet --labels fake=synthetic\n  \
    dftective extract archive -o archive.parquet --resume\n  \
    find . -name '*.jpg' -print0 | dftective extract - --null --recipe celeba --precision f32 -o faces.npz")]
pub struct Args {
    #[command(flatten)]
    paths: PathArgs,
    #[command(flatten)]
    labels: LabelArgs,
    /// Table to write [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// csv, jsonl, parquet or npz [default: by the output's name, else csv]
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
    #[command(flatten)]
    unfinished: UnfinishedArgs,
    #[command(flatten)]
    limits: LimitArgs,
    #[command(flatten)]
    features: FeatureArgs,
    #[command(flatten)]
    device: DeviceArgs,
}

/// The format asked for, or that of the output's name, or CSV.
pub fn table_format(format: Option<Format>, output: Option<&PathBuf>) -> Format {
    format
        .or_else(|| output.and_then(|path| Format::from_path(path).ok()))
        .unwrap_or(Format::Csv)
}

/// The output's place.
pub fn target(output: Option<PathBuf>) -> Target {
    output.map_or(Target::Stdout, Target::File)
}

/// Images in the order of the command line.
enum Listing<'a> {
    /// Of labelled folders, archives and manifests.
    Labelled(std::vec::IntoIter<Input>),
    /// Of files, folders, archives and lists, each with what the folders below a given one tell of it.
    Searched {
        inputs: Box<Inputs<'a, Roots>>,
        layouts: Vec<Layout<'a>>,
    },
}

impl Iterator for Listing<'_> {
    type Item = Input;

    fn next(&mut self) -> Option<Input> {
        match self {
            Self::Labelled(inputs) => inputs.next(),
            Self::Searched { inputs, layouts } => {
                let input = inputs.next()?;
                let layout = layouts.iter().find(|layout| layout.holds(sample_of(&input)));
                Some(match layout {
                    Some(layout) => layout.tell(input),
                    None => input,
                })
            }
        }
    }
}

/// The images, and how many there are if that can be told by looking twice.
fn sources<'a>(
    paths: &'a PathArgs,
    counted: bool,
    search: Search<'a>,
) -> anyhow::Result<(Vec<Listing<'a>>, Option<u64>)> {
    let (mut sources, mut count) = (Vec::new(), counted.then_some(0));
    let labelled: Vec<_> = paths
        .paths
        .iter()
        .map(|path| PathArgs::labelled(path, search))
        .collect::<Result<_, _>>()?;
    for same_kind in paths
        .paths
        .iter()
        .zip(labelled)
        .collect::<Vec<_>>()
        .chunk_by_mut(|a, b| a.1.is_some() == b.1.is_some())
    {
        if same_kind[0].1.is_some() {
            let mut inputs = Vec::new();
            for set in same_kind.iter_mut().filter_map(|(_, set)| set.take()) {
                inputs.extend(set.inputs);
                inputs.extend(set.unlabelled);
            }
            count = count.map(|count| count + inputs.len() as u64);
            sources.push(Listing::Labelled(inputs.into_iter()));
        } else {
            let mut searched = paths.clone();
            searched.paths = same_kind.iter().map(|(path, _)| (*path).clone()).collect();
            count = count.and_then(|count| Some(count + searched.count()?));
            sources.push(Listing::Searched {
                inputs: Box::new(searched.inputs(search)),
                // Of the files given, of which there may be very many, no folder tells anything.
                layouts: same_kind
                    .iter()
                    .filter(|(path, _)| path.is_dir() || is_archive(path))
                    .map(|(path, _)| Layout::new(path, search.words))
                    .collect(),
            });
        }
    }
    Ok((sources, count))
}

pub fn run(session: &Session, args: Args) -> anyhow::Result<Outcome> {
    let selection = args.features.selection()?;
    let format = table_format(args.format, args.output.as_ref());
    let limits = args.limits.limits();
    let resume = args.unfinished.resume;
    if resume && format == Format::Npz {
        bail!("--resume: an npz file is made in one go: choose csv, jsonl or parquet");
    }
    Guard::default()
        .reads_images(&args.paths.paths, args.paths.search.all_files)
        .writes_table("--output", args.output.as_deref())
        .check()?;
    let target = target(args.output);
    args.unfinished.refuse_unless_said(&target)?;
    let extractor = Extractor::new(selection, limits);
    let device = args.device.open([extractor.selection()])?;
    let mut metadata = settings(&limits, device.is_some());
    metadata.push(("recipe".to_owned(), extractor.selection().to_string()));
    let extractor = extractor.with_accelerator(device.clone());
    let words = args.labels.words();
    if !words.is_default() {
        metadata.push(("labels".to_owned(), words.to_string()));
    }
    let table = TableRequest {
        target,
        format,
        metadata,
        resume,
    };
    let context = session.context(device, args.paths.search);
    let mut unlabelled = 0u64;
    let (written, failed, extractor) = context.searching(&words, |search| {
        let (sources, count) = sources(&args.paths, session.shows_progress(), search)?;
        session.count_beside(move || count);
        let inputs = sources
            .into_iter()
            .flatten()
            .inspect(|input| unlabelled += u64::from(sample_of(input).label.is_none()));
        anyhow::Ok(extract(inputs, extractor, &table, &context)?)
    })?;
    if unlabelled > 0 {
        messages::note(&format!(
            "{unlabelled} images have no label: no folder above them says real or fake (--labels gives other names a meaning)"
        ));
    }
    let rows = written.rows;
    if written.cancelled {
        if let Some(place) = written.unfinished {
            let how = match format {
                Format::Npz => "",
                _ => "; the same command with --resume goes on",
            };
            messages::note(&format!(
                "interrupted: {rows} rows are kept in {}{how}",
                place.display()
            ));
        }
        return Ok(Outcome::Interrupted);
    }
    messages::note(&format!(
        "{rows} images, {failed} without features, recipe '{}', {} features each",
        extractor.selection(),
        extractor.columns().unwrap_or_default().len()
    ));
    Ok(if failed > 0 {
        Outcome::SomeFailed
    } else {
        Outcome::Complete
    })
}
