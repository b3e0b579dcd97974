//! Unfinished tables that must not be lost, mixed or taken for others.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use dftective::batch::{Extractor, ScoreRecord, extract_schema, score_schema};
use dftective::decode::Limits;
use dftective::detector::Detector;
use dftective::sample::Sample;
use dftective::spectrum::Recipe;
use dftective::table::{Format, Target, Writer};
use tempfile::TempDir;

use crate::support::{Fixture, beside, dftective, fixture, list, run};

/// An unfinished table of the data set's first pictures, as a run ended early leaves it.
fn unfinished(fixture: &Fixture) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("scores.csv");
    let detector = Detector::load(&fixture.detector()).unwrap();
    let metadata = [
        (
            "program",
            concat!("dftective ", env!("CARGO_PKG_VERSION")).to_owned(),
        ),
        ("detector", detector.digest().unwrap()),
        ("max_pixels", (1 << 26).to_string()),
        ("force", "false".to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value));
    let target = Target::File(out.clone());
    let mut writer = Writer::create(&target, Format::Csv, score_schema().unwrap(), &metadata).unwrap();
    for index in 0..3 {
        let record = ScoreRecord {
            path: fixture.picture("fake", index).to_str().unwrap().to_owned(),
            error: Some("kept".to_owned()),
            ..ScoreRecord::default()
        };
        writer.write(&record.cells()).unwrap();
    }
    writer.suspend().unwrap();
    (folder, out)
}

/// Checks that a refusal left the unfinished table as it was.
#[track_caller]
fn still_unfinished(out: &Path) {
    assert_eq!(
        fs::read_to_string(beside(out, ".partial"))
            .unwrap()
            .lines()
            .count(),
        1 + 3
    );
    assert!(!out.exists());
}

#[test]
fn it_is_gone_on_with_where_asked() {
    let fixture = fixture();
    let (_folder, out) = unfinished(&fixture);
    let run = dftective![
        "score",
        fixture.data(),
        "--model",
        fixture.detector(),
        "-o",
        out,
        "--resume"
    ];
    run.exits(1).says("48 images: ").says("3 could not be judged");
    let text = fs::read_to_string(&out).unwrap();
    assert_eq!(text.lines().count(), 1 + 48);
    assert_eq!(text.lines().filter(|line| line.ends_with(",kept,")).count(), 3);
    assert!(!beside(&out, ".partial").exists());
}

#[test]
fn without_a_word_it_is_neither_lost_nor_used() {
    let fixture = fixture();
    let (_folder, out) = unfinished(&fixture);
    dftective!["score", fixture.data(), "--model", fixture.detector(), "-o", out]
        .refuses("an unfinished table stands beside it; go on with --resume, or begin anew with --restart");
    still_unfinished(&out);
}

#[test]
fn it_is_thrown_away_where_asked() {
    let fixture = fixture();
    let (_folder, out) = unfinished(&fixture);
    dftective![
        "score",
        fixture.data(),
        "--model",
        fixture.detector(),
        "-o",
        out,
        "--restart"
    ]
    .exits(0);
    let direct = dftective!["score", fixture.data(), "--model", fixture.detector()]
        .exits(0)
        .stdout;
    assert_eq!(fs::read_to_string(&out).unwrap(), direct);
    assert!(!beside(&out, ".partial").exists());
}

#[test]
fn another_detector_cannot_go_on_with_it() {
    let fixture = fixture();
    let (folder, out) = unfinished(&fixture);
    let other = folder.path().join("other.safetensors");
    dftective!["train", fixture.data(), "--seed", "1", "-o", other].exits(0);
    dftective!["score", fixture.data(), "--model", other, "-o", out, "--resume"]
        .refuses("made with another detector");
    still_unfinished(&out);
}

#[test]
fn other_settings_cannot_go_on_with_it() {
    let fixture = fixture();
    let (_folder, out) = unfinished(&fixture);
    let with = |option: &str, value: &str| {
        dftective![
            "score",
            fixture.data(),
            "--model",
            fixture.detector(),
            "-o",
            out,
            "--resume",
            option,
            value
        ]
    };
    with("--max-pixels", "5000").refuses("made with another max_pixels");
    with("--format", "jsonl").refuses("made with another format");
    with("--format", "parquet").refuses("made with another");
    still_unfinished(&out);
}

#[test]
fn other_inputs_cannot_go_on_with_it() {
    let fixture = fixture();
    let (_folder, out) = unfinished(&fixture);
    let real = fixture.data().join("real");
    dftective![
        "score",
        real,
        "--model",
        fixture.detector(),
        "-o",
        out,
        "--resume"
    ]
    .refuses("the inputs have changed: input 1 was ");
    let fewer = fixture.picture("fake", 0);
    dftective![
        "score",
        fewer,
        "--model",
        fixture.detector(),
        "-o",
        out,
        "--resume"
    ]
    .refuses("now it is missing; begin anew with --restart");
    still_unfinished(&out);
}

#[test]
fn options_that_make_no_sense_are_refused() {
    let fixture = fixture();
    dftective!["score", fixture.data(), "--model", fixture.detector(), "--resume"].refuses("--output <FILE>");
    let (_folder, out) = unfinished(&fixture);
    dftective![
        "score",
        fixture.data(),
        "--model",
        fixture.detector(),
        "-o",
        out,
        "--resume",
        "--restart"
    ]
    .refuses("cannot be used with");
    still_unfinished(&out);
}

#[test]
fn with_nothing_to_go_on_with_the_run_begins() {
    let fixture = fixture();
    let root = tempfile::tempdir().unwrap();
    let out = root.path().join("scores.csv");
    dftective![
        "score",
        fixture.data(),
        "--model",
        fixture.detector(),
        "-o",
        out,
        "--resume"
    ]
    .exits(0);
    assert_eq!(fs::read_to_string(&out).unwrap().lines().count(), 1 + 48);
}

/// An unfinished feature table of these pictures, as a run ended early leaves it.
fn unfinished_features(out: &Path, recipe: &str, pictures: &[PathBuf]) {
    let recipe: Recipe = recipe.parse().unwrap();
    let extractor = Extractor::new(recipe, Limits::default());
    let mut workspace = extractor.workspace();
    let rows = pictures
        .iter()
        .map(|path| extractor.fitted(extractor.row(&mut workspace, &Ok(Sample::new(path.clone())))));
    let rows: Vec<_> = rows.collect();
    let metadata = [
        ("recipe", extractor.selection().to_string()),
        (
            "program",
            concat!("dftective ", env!("CARGO_PKG_VERSION")).to_owned(),
        ),
        ("max_pixels", (1 << 26).to_string()),
    ]
    .map(|(name, value)| (name.to_owned(), value));
    let schema = extract_schema(extractor.columns().unwrap_or_default()).unwrap();
    let mut writer = Writer::create(&Target::File(out.to_owned()), Format::Csv, schema, &metadata).unwrap();
    for row in rows {
        writer.write(&extractor.cells(row)).unwrap();
    }
    writer.suspend().unwrap();
}

/// The first image with features says how many there are; the next one need not be of its size.
#[test]
fn features_stay_those_that_the_table_began_with() {
    let fixture = fixture();
    let folder = tempfile::tempdir().unwrap();
    let larger = folder.path().join("larger");
    dftective!["synth", larger, "--size", "96", "--per-class", "2"].exits(0);
    let first = folder.path().join("first.jpg");
    fs::copy(fixture.picture("real", 0), &first).unwrap();
    let inputs = [
        first.clone(),
        larger.join("real/00000.jpg"),
        fixture.picture("real", 1),
    ];
    let lines = list(inputs.clone());
    let table = |name: &str, options: &[&str]| {
        let out = folder.path().join(name);
        let mut arguments: Vec<OsString> =
            vec!["extract".into(), "-".into(), "-o".into(), out.clone().into()];
        arguments.extend(["--recipe", "faces-hq"].iter().chain(options).map(Into::into));
        run(&arguments, &lines)
            .exits(1)
            .says("3 images, 1 without features");
        fs::read(&out).unwrap()
    };
    let expected = table("whole.csv", &[]);
    unfinished_features(&folder.path().join("resumed.csv"), "faces-hq", &inputs[..1]);
    fs::remove_file(&first).unwrap();
    assert!(table("resumed.csv", &["--resume"]) == expected);
}

#[test]
fn a_feature_table_is_neither_lost_nor_mixed() {
    let fixture = fixture();
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("features.csv");
    let pictures: Vec<_> = (0..3).map(|index| fixture.picture("fake", index)).collect();
    unfinished_features(&out, "default", &pictures);
    let partial = fs::read(beside(&out, ".partial")).unwrap();
    let given = |options: &[&str]| {
        let mut arguments: Vec<OsString> = vec!["extract".into(), fixture.data().into()];
        arguments.extend(["-o".into(), out.clone().into()]);
        arguments.extend(options.iter().map(Into::into));
        run(&arguments, &[])
    };
    for (options, why) in [
        (
            &[][..],
            "an unfinished table stands beside it; go on with --resume, or begin anew with --restart",
        ),
        (&["--resume", "--restart"], "cannot be used with"),
        (
            &["--resume", "--recipe", "default window=none"],
            "made with another recipe",
        ),
        (&["--resume", "--families", "dctr"], "made with another"),
        (
            &["--resume", "--max-pixels", "5000"],
            "made with another max_pixels",
        ),
        (&["--resume", "--format", "jsonl"], "made with another format"),
        (&["--resume", "--format", "npz"], "an npz file is made in one go"),
    ] {
        given(options).refuses(why);
    }
    let real = fixture.data().join("real");
    dftective!["extract", real, "-o", out, "--resume"].refuses("the inputs have changed: input 1 was ");
    dftective!["extract", pictures[0], "-o", out, "--resume"].refuses("now it is missing");
    dftective!["extract", real, "--resume"].refuses("--output <FILE>");
    assert!(fs::read(beside(&out, ".partial")).unwrap() == partial && !out.exists());
    given(&["--restart"])
        .exits(0)
        .says("48 images, 0 without features");
    assert!(!beside(&out, ".partial").exists());
    given(&["--resume"])
        .exits(0)
        .says("48 images, 0 without features");
}
