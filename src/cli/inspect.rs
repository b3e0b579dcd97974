//! `dftective inspect`.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use dftective::atomic_file::write_whole;
use dftective::batch::sample_of;
use dftective::datasets::{Input, Inputs};
use dftective::detector::DetectorSet;
use dftective::report::page::inspection_figures;
use dftective::report::{Inspection, Picture, Views, inspection_page};
use dftective::sample::{LabelWords, path_text};
use dftective::tasks::{InspectRequest, Model, TaskError, inspect};

use super::args::{ForceArgs, LimitArgs, RecipeArgs, SearchArgs};
use super::guard::Guard;
use super::report::{command_line, written};
use super::session::Session;
use super::{Outcome, messages};

/// Look at images closely: spectrum, fine detail, and why a detector says what it says
///
/// Writes a page for each image, NAME.inspect.html: the two-dimensional spectrum, the spectrum by fineness of detail
/// among those of the detector's training images, what each range of frequencies adds to the detector's margin, and what
/// is left of the picture without its coarse detail. Without a detector it shows the picture's own spectrum.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    dftective inspect photo.jpg\n  \
    dftective inspect photo.jpg --model detector.safetensors\n  \
    dftective inspect holiday.zip!/beach/1.jpg --model detector.safetensors\n  \
    dftective inspect *.png --model detector.safetensors --out pictures --beyond 0.35")]
pub struct Args {
    /// Images, folders and archives (.zip, .tar, .tar.gz); photos.zip!/holiday/1.jpg is a file in an archive
    #[arg(required = true, value_name = "IMAGE")]
    images: Vec<PathBuf>,
    #[command(flatten)]
    search: SearchArgs,
    /// Detector written by `dftective train`, or several by `dftective combine`
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// Folder for the pages, and for their pictures as SVG and PNG files and their numbers as JSON [default: pages only,
    /// in the current folder]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// What is coarser than this is removed to show fine detail, cycles per pixel: 0.25 keeps what repeats in less than
    /// 4 pixels, and above 0.71 there is nothing
    #[arg(long, value_name = "R", default_value_t = 0.25)]
    beyond: f64,
    #[command(flatten)]
    force: ForceArgs,
    #[command(flatten)]
    limits: LimitArgs,
    #[command(flatten)]
    recipe: RecipeArgs,
}

/// File systems take names of 255 bytes, endings and numbers included.
const LONGEST_STEM: usize = 200;

pub fn run(session: &Session, args: &Args) -> anyhow::Result<Outcome> {
    ensure!(
        (0.0..=1.0).contains(&args.beyond),
        "--beyond: expected a number from 0 to 1, found {}",
        args.beyond
    );
    let roots = args.images.iter().map(|path| Ok(path.clone()));
    let context = session.context(None, args.search);
    let inputs: Vec<Input> = context.searching(&LabelWords::default(), |search| {
        Inputs::new(roots, search).collect()
    });
    ensure!(!inputs.is_empty(), TaskError::NoImages);
    let mut taken = HashSet::new();
    let names: Vec<String> = inputs
        .iter()
        .map(|input| free_name(Path::new(&sample_of(input).name()), &mut taken))
        .collect();
    guarded(args, &names).check()?;
    let detectors = match &args.model {
        Some(model) => Some(DetectorSet::load(model).with_context(|| model.display().to_string())?),
        None => None,
    };
    ensure!(
        detectors.is_none() || !args.recipe.is_given(),
        "a detector has its own recipe: leave out --model or the recipe"
    );
    let name = args.model.as_deref().map(path_text).unwrap_or_default();
    let model = detectors.as_ref().map(|detectors| Model {
        name: &name,
        detectors,
    });
    let request = InspectRequest {
        beyond: args.beyond,
        recipe: args.recipe.recipe()?,
        force: args.force.force,
        limits: args.limits.limits(),
        command: command_line(),
    };
    let mut outcome = Outcome::Complete;
    for (input, name) in inputs.iter().zip(&names) {
        if session.is_interrupted() {
            return Ok(Outcome::Interrupted);
        }
        let (inspection, views) = match inspect(input, model, &request) {
            Ok(inspected) => inspected,
            Err(TaskError::Image(error)) => {
                messages::warning(&format!("{}: {error}", sample_of(input).name()));
                outcome = Outcome::SomeFailed;
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        messages::print(&render(&inspection))?;
        write(name, &inspection, &views, args.out.as_deref())?;
        if inspection.error.is_some() {
            outcome = Outcome::SomeFailed;
        }
    }
    Ok(outcome)
}

/// Endings of the files that are made of an image, but for its figures.
const PAGE: &str = "inspect.html";
const PICTURE: &str = "picture.jpg";
const SPECTRUM: &str = "spectrum.png";
const FINE_DETAIL: &str = "fine-detail.png";
const RECORD: &str = "inspect.json";
const ATTENTION: &str = "attention.png";

/// What is read and what is written for images of these names.
fn guarded(args: &Args, names: &[String]) -> Guard {
    let option = if args.out.is_some() { "--out" } else { "the page" };
    let endings = match args.out {
        Some(_) => &[PAGE, PICTURE, SPECTRUM, FINE_DETAIL, RECORD, ATTENTION][..],
        None => &[PAGE],
    };
    let guard = args
        .model
        .iter()
        .fold(Guard::default(), |guard, path| guard.reads(path));
    let files = names.iter().flat_map(|name| {
        let place = |ending: &&str| place(args.out.as_deref(), name, ending);
        endings.iter().map(place)
    });
    files
        .fold(guard, |guard, path| guard.makes(option, path))
        .fills(option, args.out.as_deref(), ".svg")
        .reads_images(&args.images, args.search.all_files)
}

/// Where a file of an image goes.
fn place(folder: Option<&Path>, name: &str, ending: &str) -> PathBuf {
    folder.unwrap_or(Path::new("")).join(format!("{name}.{ending}"))
}

/// The record as text, its verdict in colour.
fn render(inspection: &Inspection) -> String {
    let text = inspection.to_string();
    let Some(judgement) = &inspection.judgement else {
        return text;
    };
    let verdict = judgement.verdict;
    let coloured = messages::coloured(verdict);
    text.replacen(
        &format!("\nverdict   {verdict}"),
        &format!("\nverdict   {coloured}"),
        1,
    )
}

/// What a page and its files are called: the image's name, with a number where two images have one name.
fn free_name(path: &Path, taken: &mut HashSet<String>) -> String {
    let stem = path
        .file_stem()
        .map_or_else(|| "image".to_owned(), |stem| path_text(stem.as_ref()));
    let mut bytes = 0;
    let stem: String = stem
        .chars()
        .map(|c| {
            if c.is_control() || c == '\\' || c == '/' {
                '_'
            } else {
                c
            }
        })
        .take_while(|c| {
            bytes += c.len_utf8();
            bytes <= LONGEST_STEM
        })
        .collect();
    let numbered = (2..).map(|number| format!("{stem}-{number}"));
    let mut names = std::iter::once(stem.clone()).chain(numbered);
    // Of endless names one is free.
    names.find(|name| taken.insert(name.clone())).unwrap_or(stem)
}

/// The page; with a folder of its own also its pictures and its numbers.
fn write(name: &str, inspection: &Inspection, views: &Views, folder: Option<&Path>) -> anyhow::Result<()> {
    let place = |ending: &str| place(folder, name, ending);
    written(&place(PAGE), inspection_page(inspection, views).as_bytes())?;
    if folder.is_none() {
        return Ok(());
    }
    let whole_fine = Picture::grey(&views.whole_fine).context("fine detail")?;
    let mut files = vec![
        (place(PICTURE), views.image.bytes.clone()),
        (place(SPECTRUM), views.spectrum.bytes.clone()),
        (place(FINE_DETAIL), whole_fine.bytes),
        (
            place(RECORD),
            (serde_json::to_string_pretty(inspection)? + "\n").into_bytes(),
        ),
    ];
    if let Some(attention) = &views.attention {
        files.push((place(ATTENTION), attention.bytes.clone()));
    }
    for figure in inspection_figures(inspection, views) {
        files.push((place(&format!("{}.svg", figure.id)), figure.svg().into_bytes()));
    }
    for (path, bytes) in files {
        write_whole(&path, &bytes).with_context(|| path.display().to_string())?;
    }
    Ok(())
}
