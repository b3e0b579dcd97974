//! `dftective train`: what is learned from what.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::support::{Fixture, PER_CLASS, dftective, fixture, records};

/// A detector's bytes, trained with some options.
fn trained(data: &Path, options: &[&str]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("detector.safetensors");
    let mut arguments = vec!["train".into(), data.into(), "-o".into(), path.clone().into()];
    arguments.extend(options.iter().map(Into::into));
    crate::support::run(&arguments, &[]).exits(0);
    fs::read(path).unwrap()
}

/// A manifest of the first `real` and `fake` pictures, without groups.
fn manifest(fixture: &Fixture, real: usize, fake: usize) -> (TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("manifest.csv");
    let mut text = "path,label\n".to_owned();
    for (class, count) in [("real", real), ("fake", fake)] {
        for index in 0..count {
            text += &format!("{},{class}\n", fixture.picture(class, index).display());
        }
    }
    fs::write(&path, text).unwrap();
    (folder, path)
}

#[test]
fn it_tells_what_was_learned() {
    let fixture = fixture();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("detector.safetensors");
    let told = dftective!["train", fixture.data(), "-o", path].exits(0).stdout;
    for line in [
        "classifier   logistic",
        "recipe       default (128 features)",
        "images       24 real, 24 fake",
        "on held-out images (5 folds)",
        "guessing gives 0.500",
        "calibration  Platt's sigmoid, scores off by 0.",
        "perfect is 0, always saying ½ gives 0.250",
        &format!("written      {}", path.display()),
    ] {
        assert!(told.contains(line), "expected {line:?} in: {told}");
    }
}

#[test]
fn a_folder_and_every_table_of_it_give_the_same_detector() {
    let fixture = fixture();
    let expected = fs::read(fixture.detector()).unwrap();
    let (_folder, listed) = manifest(&fixture, PER_CLASS, PER_CLASS);
    assert!(trained(&listed, &[]) == expected, "manifest");
    let root = tempfile::tempdir().unwrap();
    for format in ["csv", "jsonl", "parquet", "npz"] {
        let table = root.path().join("features").with_extension(format);
        dftective!["extract", fixture.data(), "-o", table].exits(0);
        assert!(trained(&table, &[]) == expected, "{format}");
        // Saying the recipe the table has is no contradiction.
        assert!(trained(&table, &["--recipe", "default"]) == expected, "{format}");
    }
}

/// The manifest of a synthetic set has groups, so its folds differ from those of the folder; what is learned
/// from all pictures at the end does not.
#[test]
fn a_table_keeps_the_groups_of_a_manifest() {
    let fixture = fixture();
    let root = tempfile::tempdir().unwrap();
    let table = root.path().join("features.parquet");
    let manifest = fixture.data().join("manifest.csv");
    dftective!["extract", manifest, "-o", table].exits(0);
    assert!(trained(&table, &[]) == trained(&manifest, &[]));
}

#[test]
fn the_bytes_follow_the_seed_and_not_the_threads() {
    let fixture = fixture();
    let with = |options: &[&str]| trained(&fixture.data(), options);
    let one = with(&["--classifier", "svm", "--seed", "3", "--threads", "1"]);
    assert!(one == with(&["--classifier", "svm", "--seed", "3", "--threads", "8"]));
    assert!(one != with(&["--classifier", "svm", "--seed", "4"]));
}

#[test]
fn every_classifier_learns_and_judges() {
    let fixture = fixture();
    let root = tempfile::tempdir().unwrap();
    let linear = ["svm", "--kernel", "linear"];
    let rbf = ["svm", "--kernel", "rbf", "--gamma", "auto", "-C", "6.37"];
    let polynomial = ["svm", "--kernel", "poly", "--degree", "2", "--coef0", "1"];
    for (options, name) in [
        (&linear[..], "svm-linear"),
        (&rbf, "svm-rbf"),
        (&polynomial, "svm-polynomial"),
        (&["logistic", "--scaling", "none"], "logistic"),
        (&["kmeans", "--clusters", "3"], "k-means"),
        (&["ridge"], "ridge-linear"),
        (&["ridge", "--kernel", "rbf", "--lambda", "1e-3,0.1"], "ridge-rbf"),
        (&["fld-ensemble"], "fld-ensemble"),
        (
            &[
                "fld-ensemble",
                "--fusion",
                "majority",
                "--subspace",
                "9",
                "--learners",
                "51",
            ],
            "fld-ensemble",
        ),
    ] {
        let path = root.path().join(name).with_extension("safetensors");
        let data = fixture.data();
        let mut arguments = vec![
            "train".into(),
            data.clone().into(),
            "-o".into(),
            path.clone().into(),
        ];
        arguments.push("--classifier".into());
        arguments.extend(options.iter().map(Into::into));
        let told = crate::support::run(&arguments, &[]).exits(0).stdout;
        assert!(told.contains(&format!("classifier   {name}\n")), "{told}");

        let judged = records(&dftective!["score", data, "--model", path].exits(0).stdout);
        assert_eq!(judged.len(), 2 * PER_CLASS);
        assert!(
            judged
                .iter()
                .all(|record| (0.0..=1.0).contains(&record.score.unwrap()))
        );
        // Coins get 36 of 48 right once in 2000 times; k-means never saw the labels.
        let least = if name == "k-means" { 25 } else { 36 };
        let is_right = |r: &&crate::support::Record| (r.score.unwrap() >= 0.5) == r.path.contains("fake");
        let right = judged.iter().filter(is_right).count();
        assert!(right >= least, "{name}: {right} right of {}", judged.len());
    }
}

/// What was chosen without the user is said, and what the detector file keeps.
#[test]
fn choices_are_told_and_kept() {
    let fixture = fixture();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("detector.safetensors");
    let told = |options: &[&str]| {
        let mut arguments: Vec<std::ffi::OsString> = vec!["train".into(), fixture.data().into(), "-o".into()];
        arguments.push(path.clone().into());
        arguments.extend(options.iter().map(Into::into));
        let text = crate::support::run(&arguments, &[]).exits(0).stdout;
        let bytes = fs::read(&path).unwrap();
        let (_, header) = safetensors::SafeTensors::read_metadata(&bytes).unwrap();
        let kept: serde_json::Value =
            serde_json::from_str(&header.metadata().as_ref().unwrap()["dftective"]).unwrap();
        (text, kept)
    };
    let (text, kept) = told(&["--classifier", "ridge", "--lambda", "0.01"]);
    assert!(text.contains("chosen       λ 0.01 of 1, "), "{text}");
    assert_eq!(kept["body"]["classical"]["scaling"], "clipped");
    assert_eq!(kept["body"]["classical"]["model"], "linear");
    let ridge = &kept["training"]["classifier"]["ridge"];
    assert_eq!(ridge["lambdas"], serde_json::json!([0.01]));
    assert_eq!(ridge["blocks"][0]["name"], "radial");

    let ensemble = [
        "--classifier",
        "fld-ensemble",
        "--subspace",
        "9",
        "--learners",
        "51",
    ];
    let (text, kept) = told(&[&ensemble[..], &["--fusion", "majority"]].concat());
    assert!(
        text.contains("chosen       51 discriminants of 9 features, "),
        "{text}"
    );
    assert_eq!(kept["body"]["classical"]["scaling"], "clipped");
    let columns = kept["body"]["classical"]["columns"].as_array().unwrap().len();
    assert_eq!(
        kept["body"]["classical"]["model"]["ensemble"]["features"],
        columns
    );

    let (text, kept) = told(&["--scaling", "clipped"]);
    assert!(!text.contains("chosen"), "{text}");
    assert_eq!(kept["body"]["classical"]["scaling"], "clipped");
}

/// From training to the figures of the scores.
#[test]
fn isotonic_scores_are_probabilities() {
    let fixture = fixture();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("isotonic.safetensors");
    let told = dftective!["train", fixture.data(), "-o", path, "--calibration", "isotonic"]
        .exits(0)
        .stdout;
    assert!(
        told.contains("calibration  isotonic regression, scores off by 0."),
        "{told}"
    );

    // The classifier is the same, so scores rise with the margins of the other detector, and tell no more apart.
    let judged = |model: &Path| {
        records(
            &dftective!["score", fixture.data(), "--model", model]
                .exits(0)
                .stdout,
        )
    };
    let (mut isotonic, platt) = (judged(&path), judged(&fixture.detector()));
    for (a, b) in isotonic.iter().zip(&platt) {
        assert_eq!((&a.path, a.margin), (&b.path, b.margin));
    }
    isotonic.sort_by(|a, b| a.margin.unwrap().total_cmp(&b.margin.unwrap()));
    let scores: Vec<f64> = isotonic.iter().map(|record| record.score.unwrap()).collect();
    assert!(
        scores.is_sorted() && scores[0] > 0.0 && scores[scores.len() - 1] < 1.0,
        "{scores:?}"
    );

    let result = dftective!["evaluate", fixture.data(), "--model", path, "--format", "json"].exits(0);
    let result: serde_json::Value = serde_json::from_str(&result.stdout).unwrap();
    assert_eq!(result["calibration"], "isotonic");
    let squares = isotonic.iter().map(|record| {
        let label = f64::from(u8::from(record.path.contains("fake")));
        (record.score.unwrap() - label).powi(2)
    });
    let brier = squares.sum::<f64>() / 48.0;
    // Sums of 48 terms in [0, 1], in two orders.
    assert!((result["probability"]["brier_score"].as_f64().unwrap() - brier).abs() < 1e-13);
    let bins = result["probability"]["bins"].as_array().unwrap();
    let items = bins.iter().map(|bin| bin["items"].as_u64().unwrap());
    assert_eq!((bins.len(), items.sum::<u64>()), (15, 48));

    let again = trained(&fixture.data(), &["--calibration", "isotonic", "--threads", "1"]);
    assert!(again == fs::read(&path).unwrap());
    let platt = trained(&fixture.data(), &["--calibration", "platt"]);
    assert!(platt == fs::read(fixture.detector()).unwrap());
    dftective!["train", fixture.data(), "-o", path, "--calibration", "beta"].refuses("invalid value 'beta'");
}

#[test]
fn balancing_matters_where_classes_differ_in_size() {
    let fixture = fixture();
    let (_folder, even) = manifest(&fixture, 20, 20);
    let (_folder, uneven) = manifest(&fixture, 24, 8);
    for classifier in ["svm", "logistic"] {
        let model = |data, balanced: bool| {
            let options = ["--classifier", classifier, "--balanced"];
            let bytes = trained(data, &options[..2 + usize::from(balanced)]);
            // The options are kept in the metadata, so arrays are compared.
            let tensors = safetensors::SafeTensors::deserialize(&bytes).unwrap();
            let mut arrays: Vec<_> = tensors
                .tensors()
                .into_iter()
                .map(|(name, view)| (name, view.data().to_vec()))
                .collect();
            arrays.sort();
            arrays
        };
        assert!(model(&even, true) == model(&even, false), "{classifier}");
        assert!(model(&uneven, true) != model(&uneven, false), "{classifier}");
    }
}

#[test]
fn a_solver_that_gives_up_says_how_far_it_got() {
    let fixture = fixture();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("detector.safetensors");
    for classifier in ["svm", "logistic"] {
        let run = dftective![
            "train",
            fixture.data(),
            "-o",
            path,
            "--classifier",
            classifier,
            "--max-iterations",
            "1"
        ];
        let warning = "solver did not converge in 1 iterations: it stopped with a gap of ";
        assert!(run.stderr.contains(warning), "{}", run.stderr);
        assert!(run.stderr.contains("of the cross-validation"), "{}", run.stderr);
    }
}
