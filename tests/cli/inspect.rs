//! `dftective inspect`.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::{dftective, files, fixture};

fn names(folder: &Path) -> Vec<String> {
    let all = files(folder).into_iter();
    all.map(|(path, _)| path.display().to_string()).collect()
}

#[test]
fn with_a_detector_it_leaves_a_page_pictures_and_numbers() {
    let (fixture, root) = (fixture(), tempfile::tempdir().unwrap());
    let out = root.path().join("new/folder");
    let picture = fixture.picture("fake", 0);
    let run = dftective!["inspect", picture, "--model", fixture.detector(), "--out", out].exits(0);
    assert!(
        run.stdout.contains("verdict ") && run.stdout.contains("coarse → fine"),
        "{}",
        run.stdout
    );
    assert_eq!(
        names(&out),
        [
            "00000.contributions.svg",
            "00000.deviation.svg",
            "00000.fine-detail.png",
            "00000.inspect.html",
            "00000.inspect.json",
            "00000.picture.jpg",
            "00000.profile.svg",
            "00000.spectrum.png",
            "00000.spectrum.svg",
        ]
    );
    for (path, bytes) in files(&out) {
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("svg") => {
                let text = String::from_utf8(bytes).unwrap();
                let document = roxmltree::Document::parse(&text).unwrap();
                assert_eq!(document.root_element().tag_name().name(), "svg");
            }
            Some("png") => assert!(bytes.starts_with(b"\x89PNG")),
            Some("jpg") => assert!(bytes.starts_with(&[0xff, 0xd8])),
            _ => {}
        }
    }
    let record: Value = serde_json::from_slice(&fs::read(out.join("00000.inspect.json")).unwrap()).unwrap();
    let judgement = &record["judgement"];
    // What the bands add is the margin less that of the middle, to the last digits of a sum of 32.
    let added: f64 = judgement["bands"]
        .as_array()
        .unwrap()
        .iter()
        .map(|band| band["margin"].as_f64().unwrap())
        .sum();
    let margin = judgement["margin"].as_f64().unwrap() - judgement["middle_margin"].as_f64().unwrap();
    assert!(
        judgement["adds_up"].as_bool().unwrap() && (added - margin).abs() < 1e-9,
        "{added} {margin}"
    );
    // The score is the one that `score` gives.
    let scored = dftective![
        "score",
        picture,
        "--model",
        fixture.detector(),
        "--format",
        "jsonl"
    ]
    .exits(0);
    let scored: Value = serde_json::from_str(scored.stdout.lines().next().unwrap()).unwrap();
    assert_eq!(scored["score"], judgement["score"]);
    assert_eq!(scored["verdict"], judgement["verdict"]);
}

#[test]
fn without_a_detector_it_leaves_pages_where_it_stands() {
    let (fixture, root) = (fixture(), tempfile::tempdir().unwrap());
    let pictures = [fixture.picture("real", 1), fixture.picture("fake", 1)];
    let run = assert_cmd::Command::new(crate::support::PROGRAM)
        .current_dir(root.path())
        .arg("inspect")
        .args(&pictures)
        .args(["--beyond", "0.4", "--recipe", "celeba"])
        .output()
        .unwrap();
    let run = crate::support::Run::of(run).exits(0);
    assert!(
        !run.stdout.contains("verdict") && run.stdout.contains("Without a detector"),
        "{}",
        run.stdout
    );
    // Two pictures of one name have two pages.
    assert_eq!(names(root.path()), ["00001-2.inspect.html", "00001.inspect.html"]);
    let page = fs::read_to_string(root.path().join("00001.inspect.html")).unwrap();
    assert!(
        page.contains("0.4 cycles per pixel: detail finer than 2.5 pixels"),
        "{page}"
    );
}

#[test]
fn what_cannot_be_read_is_told_and_the_rest_done() {
    let (fixture, root) = (fixture(), tempfile::tempdir().unwrap());
    let torn = root.path().join("torn.jpg");
    let whole = fs::read(fixture.picture("real", 0)).unwrap();
    fs::write(&torn, &whole[..whole.len() / 2]).unwrap();
    let out = root.path().join("out");
    let run = dftective!["inspect", torn, fixture.picture("real", 0), "--out", out].exits(1);
    assert!(run.stderr.contains("truncated jpeg"), "{}", run.stderr);
    assert!(out.join("00000.inspect.html").is_file());
}

/// The longest name a file can have leaves no room for an ending.
#[test]
fn long_names_are_cut() {
    let (fixture, root) = (fixture(), tempfile::tempdir().unwrap());
    let long = root.path().join(format!("{}.jpg", "é".repeat(125)));
    fs::copy(fixture.picture("real", 0), &long).unwrap();
    let out = root.path().join("out");
    dftective!["inspect", long, long, "--model", fixture.detector(), "--out", out].exits(0);
    let stem = "é".repeat(100);
    assert!(out.join(format!("{stem}.contributions.svg")).is_file());
    assert!(out.join(format!("{stem}-2.contributions.svg")).is_file());
}

/// A picture that has no spectrum still has a page, which says why.
#[test]
fn a_flat_picture_has_a_page() {
    let (fixture, root) = (fixture(), tempfile::tempdir().unwrap());
    let flat = root.path().join("flat.png");
    image::GrayImage::from_pixel(64, 64, image::Luma([128]))
        .save(&flat)
        .unwrap();
    let out = root.path().join("out");
    dftective!["inspect", flat, "--model", fixture.detector(), "--out", out].exits(1);
    let page = fs::read_to_string(out.join("flat.inspect.html")).unwrap();
    assert!(
        page.contains("cannot judge this picture: constant image"),
        "{page}"
    );
}

#[test]
fn what_makes_no_sense_is_refused() {
    let fixture = fixture();
    let picture = fixture.picture("real", 0);
    dftective!["inspect", picture, "--beyond=-1"].refuses("--beyond: expected a number from 0 to 1");
    dftective!["inspect", picture, "--beyond", "nan"].refuses("--beyond: expected a number from 0 to 1");
    dftective![
        "inspect",
        picture,
        "--model",
        fixture.detector(),
        "--recipe",
        "celeba"
    ]
    .refuses("its own recipe");
    dftective!["inspect", picture, "--model", picture].refuses("not a dftective detector");
}

#[test]
fn colour_is_for_those_who_want_it() {
    let (fixture, root) = (fixture(), tempfile::tempdir().unwrap());
    let run = |variables: &[(&str, &str)]| {
        let output = assert_cmd::Command::new(crate::support::PROGRAM)
            .current_dir(root.path())
            .env_remove("NO_COLOR")
            .env_remove("CLICOLOR_FORCE")
            .envs(variables.iter().copied())
            .arg("inspect")
            .args([fixture.picture("fake", 0), root.path().join("none.jpg")])
            .arg("--model")
            .arg(fixture.detector())
            .output()
            .unwrap();
        let run = crate::support::Run::of(output).exits(1);
        (run.stdout.contains('\u{1b}'), run.stderr.contains('\u{1b}'))
    };
    assert_eq!(run(&[]), (false, false), "no terminal");
    assert_eq!(run(&[("CLICOLOR_FORCE", "1")]), (true, true));
    assert_eq!(run(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]), (false, false));
}
