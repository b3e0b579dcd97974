//! Unfinished tables that must not be lost, mixed or taken for others.

use std::fs;
use std::path::{Path, PathBuf};

use dftective::batch::{ScoreRecord, score_schema};
use dftective::detector::Detector;
use dftective::table::{Format, Target, Writer};
use tempfile::TempDir;

use crate::support::{Fixture, beside, dftective, fixture};

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
    assert_eq!(text.lines().filter(|line| line.ends_with(",kept")).count(), 3);
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
