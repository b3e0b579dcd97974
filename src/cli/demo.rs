//! `dftective demo`.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, bail};
use dftective::batch::{Extractor, Flow, ScoreRecord, Scorer, dataset_from_images, score_schema};
use dftective::classify::{
    CalibrationMethod, Gamma, KMeansParams, KernelParams, LogisticParams, Params, Scaling, SvmParams,
};
use dftective::datasets::{Inputs, Search, labelled};
use dftective::decode::Limits;
use dftective::detector::{Dataset, Detector, DetectorSet, TrainOptions};
use dftective::features::Workspace;
use dftective::report::{
    Align, Spectra, TextTable, percent, percent_with_interval, three_decimals_with_interval,
};
use dftective::spectrum::Recipe;
use dftective::synth::{SynthParams, write_dataset};
use dftective::table::{Format, Target, Writer};
use dftective::tasks::{Extras, evaluate_dataset};
use image::imageops::FilterType;

use super::args::LOGISTIC_C;
use super::guard::Guard;
use super::report::{ReportArgs, command_line};
use super::session::Session;
use super::train::warn_of_convergence;
use super::{Outcome, messages};

/// Show the whole way on built-in data: make images, learn, test, judge a folder
///
/// Needs no data, no network and no GPU. The images are synthetic: the figures show that the program works, and
/// prove nothing about real deepfakes.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    dftective demo\n  \
    dftective demo -o trial --seed 7 --per-class 1000\n  \
    dftective demo --report demo.html --figures figures")]
pub struct Args {
    /// Folder for what the demo makes; a folder that an earlier demo made is replaced
    #[arg(short, long, value_name = "DIR", default_value = "dftective-demo")]
    output: PathBuf,
    /// Images in each class to learn from; a third as many to test with
    #[arg(long, value_name = "N", default_value_t = 300, value_parser = clap::value_parser!(u32).range(30..=100_000))]
    per_class: u32,
    /// The same seed gives the same images and the same figures
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    #[command(flatten)]
    report: ReportArgs,
}

/// Marks a folder as made by the demo, so that it may be replaced.
const MARK: &str = ".made-by-dftective-demo";

pub fn run(session: &Session, args: Args) -> anyhow::Result<Outcome> {
    let Args {
        output,
        per_class,
        seed,
        report,
    } = args;
    report.guarded(Guard::default()).check()?;
    prepare(&output)?;
    let started = Instant::now();
    messages::print(
        "dftective demo: synthetic images, so the figures prove nothing about real deepfakes.\n\n",
    )?;

    let training = SynthParams {
        per_class,
        size: 256,
        quality: 60,
        seed,
    };
    let testing = SynthParams {
        per_class: per_class / 3,
        seed: seed.wrapping_add(1),
        ..training
    };
    let bar = session.progress(
        "images",
        Some(2 * u64::from(training.per_class + testing.per_class)),
    );
    let (train_dir, test_dir) = (output.join("train"), output.join("test"));
    write_dataset(&train_dir, &training, &|_| bar.inc(1))?;
    write_dataset(&test_dir, &testing, &|_| bar.inc(1))?;
    bar.finish_and_clear();
    let made = started.elapsed().as_secs_f64();
    messages::print(&format!(
        "1. Made {} images to learn from and {} others to test with, half real, half fake ({made:.1} s).\n",
        2 * training.per_class,
        2 * testing.per_class
    ))?;

    let spectra = Instant::now();
    let Some((train, mut test)) =
        features(session, &train_dir)?.zip(features(session, &test_dir.join("manifest.csv"))?)
    else {
        return Ok(Outcome::Interrupted);
    };
    // Each picture is a scene of its own, which makes no groups.
    for sample in &mut test.samples {
        sample.group = None;
    }
    messages::print(&format!(
        "2. Took the spectrum of each: {} numbers an image, from coarse to fine detail ({:.1} s).\n",
        train.columns.len(),
        spectra.elapsed().as_secs_f64()
    ))?;
    if let Some([line, most]) = Spectra::of_dataset(&train).and_then(|spectra| spectra.separation_lines()) {
        messages::print(&format!(
            "   Where fakes differ from reals:\n   {line}\n   {most}.\n"
        ))?;
    }

    messages::print("3. Trained each classifier and tested it on the images it had not seen:\n\n")?;
    let mut table = TextTable::new(&[
        ("classifier", Align::Left),
        ("accuracy (95 % interval)", Align::Right),
        ("ROC AUC (95 % interval)", Align::Right),
        ("uncertain", Align::Right),
        ("training", Align::Right),
    ]);
    let mut best: Option<(f64, Detector)> = None;
    let mut evaluations = Vec::new();
    let extras = Extras {
        map: report.is_given(),
        command: command_line(),
        ..Extras::default()
    };
    for classifier in classifiers() {
        if session.is_interrupted() {
            return Ok(Outcome::Interrupted);
        }
        let options = TrainOptions {
            classifier,
            scaling: Scaling::Standard,
            calibration: CalibrationMethod::Platt,
            folds: 5,
            error_rate: 0.05,
            seed,
        };
        let fitting = Instant::now();
        let name = options.classifier.name();
        let trained = match Detector::train(&train, &options) {
            Ok(trained) => trained,
            // k-means never sees the labels, so its clusters need not follow them.
            Err(error) if options.classifier == Params::KMeans(KMeansParams::default()) => {
                messages::warning(&format!("{name}: {error}"));
                table.row([name, "—", "—", "—", "—"]);
                continue;
            }
            Err(error) => return Err(error).context(name),
        };
        let seconds = fitting.elapsed().as_secs_f64();
        warn_of_convergence(&trained);
        let file = output.join(format!("{name}.safetensors"));
        trained
            .detector
            .save(&file)
            .with_context(|| file.display().to_string())?;
        let names = (file.display().to_string(), test_dir.display().to_string());
        let result = evaluate_dataset(&trained.detector, test.clone(), names, &extras)?;
        let metrics = result.metrics;
        table.row([
            name.to_owned(),
            percent_with_interval(metrics.accuracy, metrics.accuracy_interval),
            three_decimals_with_interval(metrics.roc_auc.auc, metrics.roc_auc.interval),
            percent(result.verdicts.uncertain as f64 / result.images as f64),
            format!("{seconds:.2} s"),
        ]);
        if best.as_ref().is_none_or(|(auc, _)| metrics.roc_auc.auc > *auc) {
            best = Some((metrics.roc_auc.auc, trained.detector));
            evaluations.insert(0, result);
        } else {
            evaluations.push(result);
        }
    }
    messages::print(&format!(
        "{table}\n\
         ROC AUC: the chance that a fake scores above a real; guessing gives 0.5.\n\
         Uncertain: left open, because a detector may be wrong in at most 5 % of the verdicts it gives.\n\
         k-means groups the spectra without seeing the labels; its groups need not be real and fake.\n\n"
    ))?;

    report.write_evaluations(
        "Detectors of synthetic fakes",
        "Computed pictures, not photographs: the figures show that the program works, and prove nothing about real \
         deepfakes.",
        &evaluations,
    )?;
    let Some((_, detector)) = best else {
        bail!("no classifier was trained")
    };
    let inbox = output.join("inbox");
    fill_inbox(&inbox, &testing)?;
    let scores = output.join("scores.csv");
    let name = detector.training().classifier.name();
    let table = score(&detector.into(), &inbox, &scores)?;
    messages::print(&format!(
        "4. Judged a folder, some of its files hostile, with the detector of the highest AUC ({}):\n\n{table}\n\
         The names say what each file is. Where a note says that the detector learned from no such images, the\n\
         verdict is uncertain.\n\n",
        name
    ))?;
    messages::print(&format!(
        "Left behind: images in {}, {} and {},\n\
         detectors in {}, verdicts in {}.\n\
         Done in {:.1} s. Next, with images of your own in DATA/real and DATA/fake:\n\n  \
         dftective train DATA -o detector.safetensors\n  \
         dftective score FOLDER --model detector.safetensors -o scores.csv\n",
        train_dir.display(),
        test_dir.display(),
        inbox.display(),
        output.join("*.safetensors").display(),
        scores.display(),
        started.elapsed().as_secs_f64()
    ))?;
    Ok(Outcome::Complete)
}

/// An empty folder with the mark; what an earlier demo made there is removed, anything else refused.
fn prepare(output: &Path) -> anyhow::Result<()> {
    let is_empty = match fs::read_dir(output) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => true,
        Err(error) => return Err(error).with_context(|| output.display().to_string()),
    };
    if !is_empty {
        if !output.join(MARK).exists() {
            bail!(
                "{}: not empty and not made by an earlier demo; choose another with --output",
                output.display()
            );
        }
        refuse_foreign(output, Path::new(""))?;
        fs::remove_dir_all(output).with_context(|| output.display().to_string())?;
    }
    fs::create_dir_all(output).with_context(|| output.display().to_string())?;
    fs::write(output.join(MARK), "").with_context(|| output.display().to_string())
}

/// Refuses to go on where a file lies in the folder that no demo makes.
fn refuse_foreign(output: &Path, below: &Path) -> anyhow::Result<()> {
    let folder = output.join(below);
    for entry in fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
        let entry = entry.with_context(|| folder.display().to_string())?;
        let name = below.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            refuse_foreign(output, &name)?;
        } else if !is_made_here(&name) {
            bail!(
                "{}: not made by the demo, which replaces its folder; move it away, or choose another folder with --output",
                output.join(name).display()
            );
        }
    }
    Ok(())
}

/// Whether the demo makes a file of this name in its folder.
fn is_made_here(name: &Path) -> bool {
    let parts: Vec<&str> = name.iter().filter_map(|part| part.to_str()).collect();
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    match parts.as_slice() {
        [MARK | "scores.csv" | "scores.csv.partial" | "scores.csv.partial.json"] => true,
        [file] => classifiers()
            .iter()
            .any(|classifier| *file == format!("{}.safetensors", classifier.name())),
        ["train" | "test", "manifest.csv" | "README.txt"] => true,
        ["train" | "test", "real" | "fake", file] => file.strip_suffix(".jpg").is_some_and(is_number),
        [
            "inbox",
            "real-enlarged.jpg" | "real-compressed.jpg" | "torn.jpg" | "letter.png",
        ] => true,
        ["inbox", file] => {
            let made = file.strip_suffix(".jpg").and_then(|stem| stem.rsplit_once('-'));
            made.is_some_and(|(label, index)| {
                is_number(index) && (label.starts_with("fake-") || label == "real-camera")
            })
        }
        _ => false,
    }
}

fn features(session: &Session, dir: &Path) -> anyhow::Result<Option<Dataset>> {
    let extractor = Extractor::new(Recipe::default(), Limits::default());
    let stop = || session.is_interrupted();
    let inputs = labelled(dir, Search::default())?.inputs;
    let (found, flow) = dataset_from_images(inputs, &extractor, session.threads, stop, || {});
    if let Some(failure) = found.failures.first() {
        bail!("{}: {}", failure.path, failure.error);
    }
    Ok((flow == Flow::Finished).then_some(found))
}

fn classifiers() -> [Params; 5] {
    let gamma = Gamma::Scale;
    let polynomial = KernelParams::Polynomial {
        gamma,
        degree: 3,
        coef0: 1.0,
    };
    [
        Params::Logistic(LogisticParams::default().with_c(LOGISTIC_C)),
        Params::Svm(SvmParams::new(KernelParams::Linear).with_c(0.1)),
        Params::Svm(SvmParams::new(KernelParams::Rbf { gamma })),
        Params::Svm(SvmParams::new(polynomial)),
        Params::KMeans(KMeansParams::default()),
    ]
}

/// Pictures nobody has labelled, and what else turns up in folders.
fn fill_inbox(inbox: &Path, testing: &SynthParams) -> anyhow::Result<()> {
    use dftective::decode::encode_jpeg;
    use dftective::sample::Label;

    let write = |name: &str, bytes: &[u8]| {
        let path = inbox.join(name);
        fs::write(&path, bytes).with_context(|| path.display().to_string())
    };
    fs::create_dir(inbox).with_context(|| inbox.display().to_string())?;
    let others = SynthParams {
        seed: testing.seed.wrapping_add(1),
        ..*testing
    };
    for index in 0..4 {
        for label in Label::ALL {
            let picture = others.image(label, index)?;
            let how = picture
                .mechanism
                .map_or_else(|| "camera".to_owned(), |mechanism| mechanism.to_string());
            write(
                &format!("{label}-{how}-{index}.jpg"),
                &encode_jpeg(&picture.pixels, testing.quality)?,
            )?;
        }
    }
    let real = others.image(Label::Real, 4)?.pixels;
    let enlarged = image::imageops::resize(&real, 384, 384, FilterType::Triangle);
    write("real-enlarged.jpg", &encode_jpeg(&enlarged, 90)?)?;
    let jpeg = encode_jpeg(&real, 20)?;
    write("real-compressed.jpg", &jpeg)?;
    write("torn.jpg", &jpeg[..jpeg.len() / 2])?;
    write("letter.png", b"Dear Sir or Madam,\n")
}

/// Writes the records and shows them.
fn score(detectors: &DetectorSet, inbox: &Path, scores: &Path) -> anyhow::Result<TextTable> {
    let mut table = TextTable::new(&[
        ("file", Align::Left),
        ("score", Align::Right),
        ("verdict", Align::Left),
        ("notes, or why there is no verdict", Align::Left),
    ])
    .wrapped_to(100);
    let target = Target::File(scores.to_owned());
    let mut writer = Writer::create(&target, Format::Csv, score_schema()?, &[])?;
    let scorer = Scorer {
        detectors,
        limits: Limits::default(),
        force: false,
    };
    let mut workspace = Workspace::default();
    for input in Inputs::new(std::iter::once(Ok(inbox.to_owned())), Search::default()) {
        let record = scorer.record(&mut workspace, &input);
        let ScoreRecord {
            path,
            score,
            verdict,
            notes,
            error,
            ..
        } = record.clone();
        let file = path.rsplit(std::path::MAIN_SEPARATOR).next().unwrap_or(&path);
        table.row([
            file.to_owned(),
            score.map_or_else(|| "—".to_owned(), |score| format!("{score:.3}")),
            verdict.map_or_else(|| "—".to_owned(), |verdict| verdict.to_string()),
            error.or(notes).unwrap_or_default(),
        ]);
        writer.write(&record.cells())?;
    }
    writer.finish()?;
    Ok(table)
}
