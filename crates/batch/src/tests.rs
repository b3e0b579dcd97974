//! Records and training sets of folders with everything in them.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use image::{GrayImage, Luma};
use ndarray::array;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use dftective_classify::{CalibrationMethod, LogisticParams, Params, Scaling};
use dftective_datasets::{DatasetError, Unreadable};
use dftective_detector::{Dataset, Detector, TrainOptions};
use dftective_features::Selection;
use dftective_features::Workspace;
use dftective_records::table::{Cell, FeatureTable, Position};
use dftective_sample::{FileFacts, Label, LabelWords, Sample};
use dftective_spectrum::Recipe;

/// Noise, blurred for a fake, as a PNG file.
fn write(path: &Path, fake: bool, side: u32, seed: u64) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let noise = GrayImage::from_fn(side, side, |_, _| Luma([rng.r#gen()]));
    let plane = if fake {
        image::imageops::blur(&noise, 0.6)
    } else {
        noise
    };
    plane.save(path).unwrap();
}

fn sample(folder: &Path, name: &str, label: Option<Label>) -> Sample {
    Sample {
        label,
        ..Sample::new(folder.join(name))
    }
}

/// Six readable images of either class, 32 × 32.
fn images(folder: &Path) -> Vec<Input> {
    (0..12)
        .map(|index| {
            let label = Label::ALL[index % 2];
            let name = format!("{index}.png");
            write(&folder.join(&name), label.is_fake(), 32, index as u64);
            Ok(sample(folder, &name, Some(label)))
        })
        .collect()
}

/// An input that the walk could not read.
fn unreadable(folder: &Path) -> Input {
    Err(Box::new(Unreadable {
        sample: sample(folder, "gone.png", Some(Label::Fake)),
        cause: DatasetError::NotFound,
    }))
}

fn extractor(recipe: &str) -> Extractor {
    Extractor::new(recipe.parse::<Selection>().unwrap(), Limits::default())
}

fn from_images(inputs: Vec<Input>, extractor: &Extractor) -> Dataset {
    dataset_from_images(inputs, extractor, 3, || false, || ()).0
}

fn detector(folder: &Path) -> Detector {
    let labelled = from_images(images(folder), &extractor("default bins=6"));
    let options = TrainOptions {
        classifier: Params::Logistic(LogisticParams::default()),
        scaling: Scaling::Standard,
        calibration: CalibrationMethod::Platt,
        folds: 2,
        error_rate: 0.1,
        seed: 0,
    };
    Detector::train(&labelled, &options).unwrap().detector
}

#[test]
fn every_input_has_a_record() {
    let folder = tempfile::tempdir().unwrap();
    let detectors = detector(folder.path()).into();
    std::fs::write(folder.path().join("text.png"), b"no image").unwrap();
    let grey = GrayImage::from_pixel(32, 32, Luma([7]));
    grey.save(folder.path().join("grey.png")).unwrap();
    let mut workspace = Workspace::default();
    let scorer = Scorer {
        detectors: &detectors,
        limits: Limits::default(),
        force: false,
    };
    let mut record = |input: &Input| scorer.record(&mut workspace, input);
    let named = |name: &str| Ok(sample(folder.path(), name, None));

    let good = record(&named("1.png"));
    assert_eq!(good.error, None);
    assert_eq!((good.width, good.height), (Some(32), Some(32)));
    assert_eq!(
        (good.format.as_deref(), good.notes.as_deref()),
        (Some("png"), None)
    );
    assert!(good.score.is_some_and(|score| score > 0.5));
    assert!(good.margin.is_some_and(|margin| margin > 0.0));
    assert!(good.verdict.is_some());

    let again = record(&Ok(Sample {
        repeated: true,
        ..sample(folder.path(), "1.png", None)
    }));
    assert_eq!(again.notes.as_deref(), Some("listed more than once"));
    assert_eq!((again.score, again.margin), (good.score, good.margin));

    // Nothing is known of a file that can't be read, something of an image that can't be judged.
    for (input, error, code, width) in [
        (
            unreadable(folder.path()),
            "no such file or folder",
            ErrorCode::NotFound,
            None,
        ),
        (named("text.png"), "", ErrorCode::NotAnImage, None),
        (named("none.png"), "", ErrorCode::NotFound, None),
        (named("grey.png"), "constant image", ErrorCode::Constant, Some(32)),
    ] {
        let record = record(&input);
        let found = record.error.clone().unwrap();
        assert!(found.starts_with(error) && !found.is_empty(), "{found}");
        assert_eq!(record.code, Some(code), "{found}");
        assert_eq!((record.width, record.height), (width, width), "{found}");
        assert_eq!((record.score, record.margin, record.verdict), (None, None, None));
        assert_eq!(record.cells().len(), score_schema().unwrap().columns().len());
    }
    let small = Limits {
        max_pixels: 32 * 31,
        ..Limits::default()
    };
    let limited = Scorer {
        limits: small,
        ..scorer
    };
    let record = limited.record(&mut Workspace::default(), &named("1.png"));
    assert!(record.error.is_some() && record.score.is_none());
}

#[test]
fn records_stand_in_the_schema_s_order() {
    let record = ScoreRecord {
        path: "a".to_owned(),
        score: Some(0.75),
        margin: Some(-2.0),
        verdict: Some(dftective_classify::Verdict::Uncertain),
        out_of_domain: Some(true),
        width: Some(3),
        height: Some(4),
        format: Some("jpeg".to_owned()),
        notes: Some("b".to_owned()),
        error: None,
        code: None,
    };
    let schema = score_schema().unwrap();
    let names = schema.columns().iter().map(|column| column.name.as_str());
    let text = |text: &str| Cell::Text(text.to_owned());
    let expected = [
        ("path", text("a")),
        ("score", Cell::Real(0.75)),
        ("margin", Cell::Real(-2.0)),
        ("verdict", text("uncertain")),
        ("out_of_domain", text("yes")),
        ("width", Cell::Integer(3)),
        ("height", Cell::Integer(4)),
        ("format", text("jpeg")),
        ("notes", text("b")),
        ("error", Cell::Null),
        ("code", Cell::Null),
    ];
    assert!(names.zip(record.cells()).eq(expected));
}

#[test]
fn rows_of_other_lengths_become_errors() {
    let folder = tempfile::tempdir().unwrap();
    for (name, side) in [("a.png", 32), ("b.png", 48), ("c.png", 32)] {
        write(&folder.path().join(name), false, side, 1);
    }
    let mut workspace = Workspace::default();
    let mut rows = |recipe: &str| {
        let extractor = extractor(recipe);
        let known = extractor.columns().map(<[String]>::len);
        let inputs = [unreadable(folder.path())]
            .into_iter()
            .chain(["a.png", "b.png", "c.png"].map(|name| Ok(sample(folder.path(), name, None))));
        let rows: Vec<ExtractedRow> = inputs
            .map(|input| extractor.fitted(extractor.row(&mut workspace, &input)))
            .collect();
        let columns = extractor.columns().unwrap().to_vec();
        let width = extract_schema(&columns).unwrap().columns().len();
        for row in &rows {
            let cells = extractor.cells(row.clone());
            assert_eq!(cells.len(), width);
            let filled = cells[width - columns.len()..]
                .iter()
                .filter(|cell| matches!(cell, Cell::Real(_)))
                .count();
            assert_eq!(filled, row.features.as_ref().map_or(0, Vec::len));
        }
        (known, columns, rows)
    };

    let (known, columns, raw) = rows("faces-hq");
    assert_eq!((known, columns.len()), (None, 20));
    let refused = |row: &ExtractedRow| row.features.clone().unwrap_err();
    assert_eq!(refused(&raw[0]).to_string(), "no such file or folder");
    assert_eq!(refused(&raw[0]).code, ErrorCode::NotFound);
    assert_eq!(refused(&raw[2]).code, ErrorCode::WrongSize);
    assert_eq!(
        refused(&raw[2]).to_string(),
        "48x48 pixels give 32 features where 20 are expected: a recipe that resamples (bins) takes any size"
    );
    let file = &raw[2].sample.file;
    assert_eq!((file.width, file.format.as_deref()), (Some(48), Some("png")));
    assert_eq!(raw[1].features, raw[3].features);

    let (known, columns, resampled) = rows("celeba");
    assert_eq!((known, columns.len()), (Some(80), 80));
    assert!(resampled[1..].iter().all(|row| row.features.is_ok()));
}

#[test]
fn labelled_images_keep_what_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let mut inputs = images(folder.path());
    inputs[0] = Ok(Sample {
        source: Some("camera".to_owned()),
        group: Some("scene".to_owned()),
        ..sample(folder.path(), "0.png", Some(Label::Real))
    });
    inputs.insert(1, unreadable(folder.path()));
    inputs.push(Ok(sample(folder.path(), "3.png", None)));
    inputs.push(Ok(Sample {
        repeated: true,
        ..sample(folder.path(), "0.png", Some(Label::Real))
    }));
    let heard = AtomicUsize::new(0);
    let extractor = extractor("celeba");
    let on_row = || {
        heard.fetch_add(1, Ordering::Relaxed);
    };
    let (found, flow) = dataset_from_images(inputs, &extractor, 3, || false, on_row);
    assert_eq!(heard.into_inner(), 14);
    assert_eq!((found.repeated, flow), (1, Flow::Finished));
    let failures: Vec<_> = found
        .failures
        .iter()
        .map(|failure| failure.error.as_str())
        .collect();
    assert_eq!(failures, ["no such file or folder", "no label"]);
    let codes: Vec<_> = found.failures.iter().map(|failure| failure.code).collect();
    assert_eq!(codes, [Some(ErrorCode::NotFound), Some(ErrorCode::NoLabel)]);
    assert_eq!(found.features.dim(), (12, 80));
    assert_eq!(found.columns.len(), 80);
    assert!(
        found
            .fake()
            .iter()
            .enumerate()
            .all(|(index, fake)| *fake == (index % 2 == 1))
    );
    assert!(found.samples[11].name().ends_with("11.png"));
    assert_eq!(found.sources()[..2], [Some("camera"), None]);
    assert_eq!(found.groups()[..2], [Some("scene"), None]);
    assert!(found.conditions().formats.iter().eq(["png"]));
    assert_eq!(found.selection, Recipe::celeba().into());

    // A row is its own image's, whichever thread made it.
    let mut workspace = Workspace::default();
    for (sample, row) in found.samples.iter().zip(found.features.outer_iter()) {
        let again = extractor.row(&mut workspace, &Ok(sample.clone()));
        assert_eq!(again.features.unwrap(), row.to_vec());
    }
}

#[test]
fn stopping_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let (found, flow) = dataset_from_images(images(folder.path()), &extractor("celeba"), 2, || true, || ());
    assert_eq!((flow, found.samples.len()), (Flow::Stopped, 0));
    assert_eq!(found.features.dim(), (0, 80));
}

#[test]
fn raw_recipes_take_the_first_size() {
    let folder = tempfile::tempdir().unwrap();
    let mut inputs = images(folder.path());
    write(&folder.path().join("large.png"), true, 48, 1);
    inputs.insert(3, Ok(sample(folder.path(), "large.png", Some(Label::Fake))));
    let found = from_images(inputs, &extractor("faces-hq"));
    assert_eq!(found.features.dim(), (12, 20));
    assert_eq!(found.columns[19], "radial_ring_20");
    assert_eq!(found.failures.len(), 1);
    assert!(found.failures[0].path.ends_with("large.png"));
    // What is left out is no training condition either.
    assert_eq!(found.conditions().longer_side.map(|range| range.max), Some(32));
}

fn table() -> FeatureTable {
    let sample = |name: &str, side, quality| Sample {
        file: FileFacts {
            width: side,
            height: side,
            jpeg_quality: Some(quality),
            ..FileFacts::default()
        },
        ..Sample::new(Origin::Name(name.to_owned()))
    };
    let mut samples = vec![
        sample("a", Some(64), 80),
        sample("b", None, 90),
        sample("c", Some(8), 1),
        sample("b", Some(8), 1),
    ];
    samples[0].source = Some("camera".to_owned());
    samples[0].file.height = Some(48);
    samples[0].file.resampling = Some(0.0);
    samples[1].group = Some("scene".to_owned());
    FeatureTable {
        samples,
        labels: ["real", "FAKE", "perhaps", "fake"]
            .map(|label| Some(label.to_owned()))
            .into(),
        positions: (1..=4)
            .map(|row| Position {
                row,
                line: Some(row + 1),
            })
            .collect(),
        recipe: Some("celeba bins=2".to_owned()),
        columns: vec!["x".to_owned(), "y".to_owned()],
        features: array![[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0]],
        skipped: 0,
        index_columns: Vec::new(),
        unknown: Vec::new(),
    }
}

fn dataset_from_table(
    table: FeatureTable,
    selection: Option<&Selection>,
) -> Result<Dataset, FeatureTableError> {
    super::dataset_from_table(table, &LabelWords::default(), selection)
}

#[test]
fn tables_give_the_same_as_images() {
    let found = dataset_from_table(table(), None).unwrap();
    let names: Vec<_> = found.samples.iter().map(Sample::name).collect();
    assert_eq!(names, ["a", "b"]);
    assert_eq!(found.fake(), [false, true]);
    assert_eq!(found.features, array![[1.0, 2.0], [3.0, 4.0]]);
    assert_eq!(found.columns, ["x", "y"]);
    assert_eq!(found.selection.to_string(), "celeba bins=2");
    assert_eq!(found.groups(), [None, Some("scene")]);
    assert_eq!(found.sources(), [Some("camera"), None]);
    assert_eq!(found.repeated, 1);
    let failures: Vec<_> = found
        .failures
        .iter()
        .map(|failure| failure.path.as_str())
        .collect();
    assert_eq!(failures, ["c"]);
    let error = &found.failures[0].error;
    assert!(
        error.starts_with("line 4 (row 3): unknown label 'perhaps'"),
        "{error}"
    );
    let words = "real=perhaps".parse().unwrap();
    let all = super::dataset_from_table(table(), &words, None).unwrap();
    assert_eq!((all.fake(), all.failures.len()), (vec![false, true, false], 0));
    let mut both = table();
    both.labels[3] = Some("real".to_owned());
    let error = dataset_from_table(both, None).unwrap_err().to_string();
    assert_eq!(
        error,
        "b has both labels: fake in line 3 (row 2), the other in line 5 (row 4)"
    );
    let conditions = found.conditions();
    assert_eq!(
        conditions.shorter_side.map(|range| (range.min, range.max)),
        Some((48, 48))
    );
    assert_eq!(
        conditions.jpeg_quality.map(|range| (range.min, range.max)),
        Some((80, 90))
    );
    assert!(conditions.not_square);

    let mut unlabelled = table();
    unlabelled.labels.fill(None);
    let found = dataset_from_table(unlabelled, None).unwrap();
    assert_eq!((found.samples.len(), found.failures.len()), (0, 4));
    assert_eq!(found.failures[0].error, "no label");
    assert_eq!(found.features.dim(), (0, 2));
}

#[test]
fn a_table_s_recipe_decides() {
    let own: Selection = "celeba bins=2".parse().unwrap();
    assert!(dataset_from_table(table(), Some(&own)).is_ok());
    let message = |table, given: Option<&Selection>| {
        dataset_from_table(table, given)
            .map(|_| ())
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        message(table(), Some(&Recipe::faces_hq().into())),
        "the features were made with the recipe 'celeba bins=2', not with 'faces-hq'"
    );
    let mut silent = table();
    silent.recipe = None;
    let found = dataset_from_table(silent.clone(), Some(&own)).unwrap();
    assert_eq!(found.selection, own);
    assert!(message(silent, None).contains("none was given"));
    let mut garbled = table();
    garbled.recipe = Some("celeba colour=red".to_owned());
    assert!(message(garbled, None).contains("colour"));
}
