//! `dftective inspect`.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use dftective::atomic_file::write_whole;
use dftective::decode::{Channels, Decoded, read_channels};
use dftective::detector::{Body, Classical, Conditions, Detector, FileProperties, Inputs, Note};
use dftective::features::{
    Band, ClassMoments, Families, FeatureError, Moments, Workspace, bands, family_bands, radial_frequencies,
};
use dftective::report::page::inspection_figures;
use dftective::report::{
    BandContribution, InspectedJudgement, InspectedProfile, Inspection, Picture, SchemaVersion, Views,
    deviations_above, inspection_page, unit,
};
use dftective::sample::path_text;
use dftective::spectrum::Recipe;

use super::args::{ForceArgs, LimitArgs, RecipeArgs};
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
    dftective inspect *.png --model detector.safetensors --out pictures --beyond 0.35")]
pub struct Args {
    /// Images
    #[arg(required = true, value_name = "IMAGE")]
    images: Vec<PathBuf>,
    /// Detector written by `dftective train`
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
/// Ranges of frequency whose part in a verdict is shown.
const BANDS: usize = 32;

pub fn run(session: &Session, args: &Args) -> anyhow::Result<Outcome> {
    ensure!(
        (0.0..=1.0).contains(&args.beyond),
        "--beyond: expected a number from 0 to 1, found {}",
        args.beyond
    );
    let detector = match &args.model {
        Some(model) => Some(Detector::load(model).with_context(|| model.display().to_string())?),
        None => None,
    };
    ensure!(
        detector.is_none() || !args.recipe.is_given(),
        "a detector has its own recipe: leave out --model or the recipe"
    );
    if let Some(folder) = &args.out {
        std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    let channels = detector
        .as_ref()
        .map_or_else(Channels::default, Detector::channels);
    let mut names = HashSet::new();
    let mut outcome = Outcome::Complete;
    for path in &args.images {
        if session.is_interrupted() {
            return Ok(Outcome::Interrupted);
        }
        let image = match read_channels(path, &args.limits.limits(), channels) {
            Ok(image) => image,
            Err(error) => {
                messages::warning(&format!("{}: {error}", path.display()));
                outcome = Outcome::SomeFailed;
                continue;
            }
        };
        let inspected = inspected(path, &image, detector.as_ref(), args)?;
        let (inspection, views) = inspected;
        messages::print(&render(&inspection))?;
        write(
            &free_name(path, &mut names),
            &inspection,
            &views,
            args.out.as_deref(),
        )?;
        if inspection.error.is_some() {
            outcome = Outcome::SomeFailed;
        }
    }
    Ok(outcome)
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

fn inspected(
    path: &Path,
    image: &Decoded,
    detector: Option<&Detector>,
    args: &Args,
) -> anyhow::Result<(Inspection, Views)> {
    let recipe = match detector.map(Detector::body) {
        Some(Body::Classical(classical)) => classical.recipe().clone(),
        Some(Body::Network(_)) => Recipe::default(),
        None => args.recipe.recipe()?,
    };
    let (width, height) = image.luma.dimensions();
    let mut workspace = Workspace::default();
    let own = Inputs::from(Families::new(recipe.clone().into()));
    let mut extracted = |inputs: &Inputs| {
        let mut features = Vec::new();
        inputs.extract(image, &mut workspace, &mut features)?;
        Ok::<_, FeatureError>((inputs.columns(width, height)?, features))
    };
    let found = match detector {
        Some(detector) => extracted(&detector.inputs()),
        None => extracted(&own),
    };
    let ((mut columns, mut features), mut error) = match found {
        Ok(found) => (found, None),
        Err(error) => (Default::default(), Some(error.to_string())),
    };
    let reads_spectrum = detector.is_none_or(|detector| !radial_frequencies(&detector.columns()).is_empty());
    // What a detector of other families does not look at can still be shown.
    let shown = (!reads_spectrum).then(|| extracted(&own).unwrap_or_default());
    let mut judgement = None;
    if let (Some(detector), Some(model), None) = (detector, &args.model, &error) {
        match judged(
            detector,
            model,
            image,
            &features,
            args.force.force,
            &mut workspace,
        ) {
            Ok(found) => judgement = Some(found),
            Err(cause) => error = Some(cause.to_string()),
        }
    }
    if let Some(shown) = shown {
        (columns, features) = shown;
    }
    let radial = radial_frequencies(&columns);
    let classical = detector.and_then(Detector::classical);
    let compared = classical.filter(|_| judgement.is_some() && reads_spectrum);
    let training = compared.map(|classical| {
        let of = |moments: &Moments| Moments {
            images: moments.images,
            mean: radial.iter().map(|(column, _)| moments.mean[*column]).collect(),
            deviation: radial
                .iter()
                .map(|(column, _)| moments.deviation[*column])
                .collect(),
        };
        ClassMoments {
            real: of(&classical.moments().real),
            fake: of(&classical.moments().fake),
        }
    });
    let profile = (!radial.is_empty()).then(|| InspectedProfile {
        frequencies: radial.iter().map(|(_, frequency)| *frequency).collect(),
        values: radial.iter().map(|(column, _)| features[*column]).collect(),
        unit: unit(&recipe).to_owned(),
        training,
    });
    let conditions = detector.map_or_else(Conditions::default, |detector| {
        detector.training().conditions.clone()
    });
    let mut notes = Note::of(&FileProperties::of(image, &mut workspace), &conditions);
    notes.extend(image.source.remarks.iter().cloned().map(Note::Decoder));
    let mut views = Views::of(&image.luma, recipe.window, args.beyond).context("the image has no pixels")?;
    if let (Some(detector), true) = (detector, judgement.is_some())
        && let Some(attention) = detector.attention(image)?
    {
        views = views.with_attention(&image.luma, &attention);
    }
    let inspection = Inspection {
        schema_version: SchemaVersion,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        command: command_line(),
        path: path_text(path),
        width,
        height,
        format: image.source.format.to_string(),
        jpeg_quality: image
            .source
            .jpeg
            .as_ref()
            .and_then(|jpeg| jpeg.quality)
            .map(u32::from),
        recipe: detector.map_or_else(|| recipe.to_string(), |detector| detector.body().to_string()),
        profile,
        spectrum: views.spectrum_view,
        fine_detail: views.fine_detail,
        judgement,
        error,
        notes: notes.iter().map(ToString::to_string).collect(),
    };
    Ok((inspection, views))
}

fn judged(
    detector: &Detector,
    model: &Path,
    image: &Decoded,
    features: &[f64],
    force: bool,
    workspace: &mut Workspace,
) -> anyhow::Result<InspectedJudgement> {
    let found = detector.judge(image, workspace)?;
    // Of a network there are no features to explain; where it looked is on the page.
    let explained = match detector.classical() {
        Some(classical) => explained(classical, features)?,
        None => Explained::default(),
    };
    Ok(InspectedJudgement {
        model: path_text(model),
        classifier: detector.training().classifier.name().to_owned(),
        score: found.score,
        margin: found.margin,
        verdict: if force { found.by_score } else { found.verdict },
        is_out_of_domain: found.is_out_of_domain,
        error_rate: detector.thresholds().error_rate,
        middle_margin: explained.middle_margin,
        adds_up: explained.adds_up,
        bands: explained.bands,
        families: explained.families,
    })
}

/// What ranges of frequency and families add to a margin.
#[derive(Default)]
struct Explained {
    middle_margin: f64,
    adds_up: bool,
    bands: Vec<BandContribution>,
    families: Vec<BandContribution>,
}

fn explained(classical: &Classical, features: &[f64]) -> anyhow::Result<Explained> {
    let bands = bands(classical.columns(), BANDS);
    let families = family_bands(classical.columns());
    let contributions = classical.contributions(features, &bands)?;
    let of_families = classical.contributions(features, &families)?;
    let moments = classical.moments();
    let above =
        |of: &Moments, band: &Band| deviations_above(features, &of.mean, &of.deviation, &band.columns);
    let rendered = |bands: &[Band], margins: Vec<f64>| {
        let each = bands.iter().zip(margins);
        each.map(|(band, margin)| BandContribution {
            family: band.family.clone(),
            frequencies: band.frequencies,
            kernel: band.kernel,
            features: band.columns.len(),
            margin,
            above_real: above(&moments.real, band),
            above_fake: above(&moments.fake, band),
        })
        .collect()
    };
    Ok(Explained {
        middle_margin: contributions.middle_margin,
        adds_up: contributions.add_up,
        bands: rendered(&bands, contributions.margins),
        families: rendered(&families, of_families.margins),
    })
}

/// The page; with a folder of its own also its pictures and its numbers.
fn write(name: &str, inspection: &Inspection, views: &Views, folder: Option<&Path>) -> anyhow::Result<()> {
    let place = |ending: &str| folder.unwrap_or(Path::new("")).join(format!("{name}.{ending}"));
    written(
        &place("inspect.html"),
        inspection_page(inspection, views).as_bytes(),
    )?;
    if folder.is_none() {
        return Ok(());
    }
    let whole_fine = Picture::grey(&views.whole_fine).context("fine detail")?;
    let mut files = vec![
        (place("picture.jpg"), views.image.bytes.clone()),
        (place("spectrum.png"), views.spectrum.bytes.clone()),
        (place("fine-detail.png"), whole_fine.bytes),
        (
            place("inspect.json"),
            (serde_json::to_string_pretty(inspection)? + "\n").into_bytes(),
        ),
    ];
    if let Some(attention) = &views.attention {
        files.push((place("attention.png"), attention.bytes.clone()));
    }
    for figure in inspection_figures(inspection, views) {
        files.push((place(&format!("{}.svg", figure.id)), figure.svg().into_bytes()));
    }
    for (path, bytes) in files {
        write_whole(&path, &bytes).with_context(|| path.display().to_string())?;
    }
    Ok(())
}
