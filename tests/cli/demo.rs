//! `dftective demo`.

use std::fs;

use crate::support::{csv_rows, dftective, files};

#[test]
fn it_shows_the_whole_way_and_can_be_shown_again() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("demo");
    let demo = || {
        dftective!["demo", "-o", folder, "--per-class", "30"]
            .exits(0)
            .stdout
    };
    let told = demo();
    for part in [
        "1. Made 60 images",
        "2. Took the spectrum",
        "from coarse to fine detail;\n   at ",
        "3. Trained",
        "4. Judged",
    ] {
        assert!(told.contains(part), "{told}");
    }
    let names = ["logistic", "svm-linear", "svm-rbf", "svm-polynomial"];
    for name in names {
        assert!(folder.join(format!("{name}.safetensors")).is_file());
    }
    let scores = fs::read_to_string(folder.join("scores.csv")).unwrap();
    let rows = csv_rows(&scores);
    let failed = |name: &str| {
        let row = rows.iter().find(|row| row[0].ends_with(name)).unwrap();
        row[9].clone()
    };
    assert!(failed("torn.jpg").starts_with("truncated jpeg"));
    assert!(failed("letter.png").starts_with("not an image"));
    assert_eq!(rows.len(), 1 + 12);

    let first = files(&folder);
    fs::remove_file(folder.join("scores.csv")).unwrap();
    demo();
    assert!(files(&folder) == first, "the same seed made other files");
}

#[test]
fn another_folder_is_left_alone() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("thesis.txt"), "final").unwrap();
    dftective!["demo", "-o", root.path(), "--per-class", "30"].refuses("not made by an earlier demo");
    assert_eq!(files(root.path()), [("thesis.txt".into(), b"final".to_vec())]);
}

/// Replacing its folder must not take along what somebody has put there.
#[test]
fn what_others_put_into_its_folder_is_left_alone() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("demo");
    for name in [
        ".made-by-dftective-demo",
        "train/real/00000.jpg",
        "inbox/fake-nearest-0.jpg",
    ] {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "").unwrap();
    }
    for name in ["holiday.jpg", "inbox/IMG_0001.jpg", "train/real/one.jpg"] {
        let own = folder.join(name);
        fs::write(&own, "mine").unwrap();
        let before = files(&folder);
        dftective!["demo", "-o", folder, "--per-class", "30"].refuses("not made by the demo");
        assert!(files(&folder) == before);
        fs::remove_file(own).unwrap();
    }
}

#[test]
fn too_few_images_to_learn_from_are_refused() {
    dftective!["demo", "--per-class", "29"].refuses("29 is not in 30..=100000");
}
