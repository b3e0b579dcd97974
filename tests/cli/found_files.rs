//! What a folder holds is taken, or named: no file is passed over in silence.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::support::{Fixture, csv_rows, dftective, fixture};

/// A folder of downloads: pictures by other names, images that are not decoded, and what is none.
fn downloads(fixture: &Fixture) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    let at = |name: &str| {
        let path = root.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    };
    for name in ["a.jpg", "b.jpg_large", "c.mpo", "IMG_0001"] {
        fs::copy(fixture.picture("real", 0), at(name)).unwrap();
    }
    let files: [(&str, &[u8]); 9] = [
        ("d.heic", b"\0\0\0\x18ftypheic\0\0\0\0"),
        ("e.dng", b"II*\0\x08\0\0\0\0\0\0\0\0\0"),
        (
            "f.svg",
            b"<?xml version=\"1.0\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\"/>",
        ),
        ("letter.png", b"Dear Sir or Madam,\n"),
        (".DS_Store", b"\0\0\0\x01Bud1"),
        ("._a.jpg", b"\0\x05\x16\x07\0\x02\0\0Mac OS X"),
        ("Thumbs.db", b"\xD0\xCF\x11\xE0"),
        ("__MACOSX/._a.jpg", b"\0\x05\x16\x07\0\x02\0\0Mac OS X"),
        ("notes.txt", b"Dear Sir"),
    ];
    for (name, bytes) in files {
        fs::write(at(name), bytes).unwrap();
    }
    root
}

/// Name, error and code of each record.
fn told(root: &Path, csv: &str) -> Vec<[String; 3]> {
    let rows = csv_rows(csv);
    let column = |name: &str| rows[0].iter().position(|found| found == name).unwrap();
    let columns = ["path", "error", "code"].map(column);
    let name = |path: &str| path.replace(&format!("{}/", root.display()), "");
    rows[1..]
        .iter()
        .map(|row| columns.map(|column| name(&row[column])))
        .collect()
}

const TAKEN: [[&str; 3]; 8] = [
    ["IMG_0001", "", ""],
    ["a.jpg", "", ""],
    ["b.jpg_large", "", ""],
    ["c.mpo", "", ""],
    ["d.heic", "unsupported image format: HEIF", "unsupported"],
    [
        "e.dng",
        "unsupported image format: camera raw (DNG)",
        "unsupported",
    ],
    ["f.svg", "unsupported image format: SVG", "unsupported"],
    [
        "letter.png",
        "not an image: starts with the text \"Dear Sir or \"",
        "not_an_image",
    ],
];

const PASSED_OVER: [&str; 5] = [".DS_Store", "._a.jpg", "Thumbs.db", "__MACOSX", "notes.txt"];

#[test]
fn images_are_known_by_their_content() {
    let fixture = fixture();
    let root = downloads(&fixture);
    for model in [Some(fixture.detector()), None] {
        let run = match &model {
            Some(model) => dftective!["score", root.path(), "--model", model, "--verbose"],
            None => dftective!["extract", root.path(), "--verbose"],
        };
        let run = run.exits(1).says("5 files were passed over");
        assert_eq!(told(root.path(), &run.stdout), TAKEN);
        for name in PASSED_OVER {
            let line = format!("passed over: {}: ", root.path().join(name).display());
            assert!(run.stderr.contains(&line), "{line} in {}", run.stderr);
        }
    }
}

#[test]
fn without_verbose_they_are_counted() {
    let fixture = fixture();
    let root = downloads(&fixture);
    let run = dftective!["score", root.path(), "--model", fixture.detector()]
        .exits(1)
        .says("5 files were passed over (--verbose says which, and why)");
    assert!(!run.stderr.contains("notes.txt"), "{}", run.stderr);
}

#[test]
fn all_files_are_taken_where_asked() {
    let fixture = fixture();
    let root = downloads(&fixture);
    let run = dftective!["score", root.path(), "--all-files", "--model", fixture.detector()].exits(1);
    let found = told(root.path(), &run.stdout);
    assert_eq!(found.len(), TAKEN.len() + PASSED_OVER.len());
    let notes = found.last().unwrap();
    assert_eq!((&notes[0][..], &notes[2][..]), ("notes.txt", "not_an_image"));
    assert!(!run.stderr.contains("passed over"), "{}", run.stderr);
}

/// Each command that takes folders says what it left out of them.
#[test]
fn every_command_tells() {
    let fixture = fixture();
    let root = tempfile::tempdir().unwrap();
    for class in ["real", "fake"] {
        let folder = root.path().join(class);
        fs::create_dir(&folder).unwrap();
        for index in 0..12 {
            fs::copy(
                fixture.picture(class, index),
                folder.join(format!("IMG_{index:04}")),
            )
            .unwrap();
        }
        fs::write(folder.join("notes.txt"), "Dear Sir").unwrap();
    }
    let (data, model) = (root.path(), fixture.detector());
    let elsewhere = tempfile::tempdir().unwrap();
    let (detector, pages) = (elsewhere.path().join("d"), elsewhere.path().join("pages"));
    let counted = "2 files were passed over";
    dftective!["extract", data].exits(0).says(counted);
    dftective!["train", data, "-o", detector].exits(0).says(counted);
    dftective!["evaluate", data, "--model", model]
        .exits(0)
        .says(counted);
    dftective!["compare", data, "--model", model, "--model", detector]
        .exits(0)
        .says(counted);
    dftective!["experiment", "synthetic", "--data", data]
        .exits(0)
        .says(counted);
    fs::remove_file(&detector).unwrap();
    dftective!["inspect", data, "--out", pages].exits(0).says(counted);
    assert!(pages.join("IMG_0003-2.inspect.html").is_file());
    let all = dftective!["evaluate", data, "--all-files", "--model", model].exits(1);
    assert!(
        all.stderr.contains("notes.txt: not an image") && !all.stderr.contains("passed over"),
        "{}",
        all.stderr
    );
}

/// The picture in the first directory of a raw file is a preview; a score of it would be of another image.
#[test]
fn a_raw_file_is_not_scored_by_its_preview() {
    let fixture = fixture();
    let root = tempfile::tempdir().unwrap();
    let (tiff, raw) = (root.path().join("a.tiff"), root.path().join("a.dng"));
    image::open(fixture.picture("real", 0))
        .unwrap()
        .save(&tiff)
        .unwrap();
    fs::copy(&tiff, &raw).unwrap();
    let run = dftective!["score", tiff, raw, "--model", fixture.detector()].exits(1);
    let found = told(root.path(), &run.stdout);
    assert_eq!(found[0], ["a.tiff", "", ""]);
    assert_eq!(found[1][1], "unsupported image format: camera raw (DNG)");
}
