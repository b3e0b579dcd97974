//! `dftective synth`.

use std::fs;

use crate::support::{dftective, files};

#[test]
fn the_same_seed_makes_the_same_bytes_on_any_number_of_threads() {
    let root = tempfile::tempdir().unwrap();
    let make = |name: &str, seed: &str, threads: &str| {
        let folder = root.path().join(name);
        let options = ["--per-class", "6", "--size", "64"];
        dftective![
            "synth",
            folder,
            options[0],
            options[1],
            options[2],
            options[3],
            "--seed",
            seed,
            "--threads",
            threads
        ]
        .exits(0)
        .says("6 real and 6 fake images of 64x64 pixels");
        files(&folder)
    };
    let one = make("one", "7", "1");
    // Six pictures a class, the manifest and the read-me.
    assert_eq!(one.len(), 14);
    assert!(one == make("eight", "7", "8"));

    let other = make("other", "8", "1");
    for ((path, bytes), (other_path, others)) in one.iter().zip(&other) {
        assert_eq!(path, other_path);
        assert!(bytes != others || path.ends_with("manifest.csv"), "{path:?}");
    }
}

#[test]
fn a_folder_with_something_in_it_is_refused() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("holiday.jpg"), b"x").unwrap();
    dftective!["synth", root.path()].refuses("expected a new or empty folder, found files in it");
    assert_eq!(files(root.path()).len(), 1);
}

#[test]
fn parameters_out_of_range_are_refused() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("data");
    dftective!["synth", folder, "--size", "66"].refuses("multiple of 4 from 32 to 4096 pixels, found 66");
    dftective!["synth", folder, "--quality", "101"].refuses("JPEG quality: expected 1 to 100, found 101");
    dftective!["synth", folder, "--per-class", "0"]
        .refuses("pictures per class: expected 1 to 1000000, found 0");
    assert!(!folder.exists());
}
