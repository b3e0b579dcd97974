//! Networks as classifiers.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::feeding::until;
use crate::support::{PROGRAM, Run, beside, csv_rows, dftective, run};

/// Pictures whose fakes a small network learns to tell: 64 × 64, 80 of either class.
fn pictures(root: &Path) -> PathBuf {
    let data = root.join("pictures");
    dftective!["synth", data, "--size", "64", "--per-class", "80", "--seed", "3"].exits(0);
    data
}

/// A small network's training; on one thread, so that it is the same each time.
fn training(data: &Path, output: &Path, more: &[&str]) -> Vec<OsString> {
    let options =
        "--classifier srm-resnet --side 32 --views 4 --epochs 12 --batch-size 8 --folds 4 --validation 0.2";
    let mut arguments: Vec<OsString> = vec!["train".into(), data.into(), "-o".into(), output.into()];
    arguments.extend(options.split(' ').chain(["--threads", "1"]).map(Into::into));
    arguments.extend(more.iter().map(Into::into));
    arguments
}

/// Runs the program where no file may grow beyond 50 kB, as if the disk were full.
#[cfg(unix)]
fn no_room(arguments: &[OsString]) -> Run {
    let limited = "trap '' XFSZ; ulimit -f 100; exec \"$0\" \"$@\"";
    let output = Command::new("sh")
        .args(["-c", limited, PROGRAM])
        .args(arguments)
        .output();
    Run::of(output.unwrap())
}

/// Everything that takes a detector takes a network.
#[test]
fn a_network_is_trained_and_used_like_any_classifier() {
    let root = tempfile::tempdir().unwrap();
    let data = pictures(root.path());
    let (model, page) = (
        root.path().join("network.safetensors"),
        root.path().join("training.html"),
    );
    let trained = run(
        &training(&data, &model, &["--report", page.to_str().unwrap()]),
        &[],
    )
    .exits(0);
    for said in [
        "epoch  1 of 12: loss ",
        "images set apart",
        "ROC AUC",
        "srm-resnet learns from 120 images",
    ] {
        assert!(trained.stderr.contains(said), "{said}: {}", trained.stderr);
    }
    for told in [
        "classifier   srm-resnet",
        "sees         squares of 32 pixels, at most 4 of a picture",
        "on 40 images held out (one of 4 folds)",
    ] {
        assert!(trained.stdout.contains(told), "{told}: {}", trained.stdout);
    }
    assert!(!beside(&model, ".checkpoint").exists());
    assert!(fs::read_to_string(page).unwrap().contains("srm-resnet"));

    let scores = dftective!["score", data.join("fake"), "--model", model]
        .exits(0)
        .stdout;
    let rows = csv_rows(&scores);
    assert_eq!(rows.len(), 81);
    let result = root.path().join("result.json");
    dftective!["evaluate", data, "--model", model, "-o", result].exits(0);
    let result: Value = serde_json::from_slice(&fs::read(result).unwrap()).unwrap();
    assert!(
        result["metrics"]["roc_auc"]["auc"].as_f64().unwrap() > 0.8,
        "{}",
        result["metrics"]
    );

    let classical = root.path().join("classical.safetensors");
    dftective!["train", data, "-o", classical].exits(0);
    dftective!["compare", data, "--model", model, "--model", classical].exits(0);

    let out = root.path().join("inspected");
    let picture = data.join("fake/00000.jpg");
    let inspected = dftective!["inspect", picture, "--model", model, "--out", out].exits(0);
    assert!(
        inspected.stdout.contains("verdict   fake"),
        "{}",
        inspected.stdout
    );
    let attention = image::open(out.join("00000.attention.png")).unwrap();
    assert_eq!((attention.width(), attention.height()), (64, 64));
    let page = fs::read_to_string(out.join("00000.inspect.html")).unwrap();
    assert!(page.contains("Where the network looked"));
}

#[test]
fn training_that_was_killed_goes_on_to_the_same_detector() {
    let root = tempfile::tempdir().unwrap();
    let data = pictures(root.path());
    let (whole, killed) = (
        root.path().join("whole.safetensors"),
        root.path().join("killed.safetensors"),
    );
    run(&training(&data, &whole, &[]), &[]).exits(0);
    run(&training(&data, &killed, &["--resume"]), &[]).refuses("--resume: there is no checkpoint");

    let checkpoint = beside(&killed, ".checkpoint");
    let mut child = Command::new(PROGRAM)
        .args(training(&data, &killed, &[]))
        .stderr(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    until(|| checkpoint.exists());
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!killed.exists(), "killed before the end");

    let kept = fs::read(&checkpoint).unwrap();
    run(&training(&data, &killed, &[]), &[]).refuses("go on with --resume, or delete it to begin anew");
    assert!(fs::read(&checkpoint).unwrap() == kept);
    #[cfg(unix)]
    no_room(&training(&data, &killed, &["--resume"])).refuses(".checkpoint: File too large");
    assert!(fs::read(&checkpoint).unwrap() == kept);
    let left = fs::read_dir(root.path()).unwrap();
    assert_eq!(
        left.count(),
        3,
        "the pictures, the whole detector, the checkpoint"
    );
    let mut more = training(&data, &killed, &["--resume"]);
    let epochs = more.iter().position(|argument| argument == "--epochs").unwrap();
    more[epochs + 1] = "7".into();
    run(&more, &[]).refuses("belongs to a training with another network or other options");
    run(&training(&data, &killed, &["--resume"]), &[]).exits(0);
    assert!(fs::read(&whole).unwrap() == fs::read(&killed).unwrap());
    assert!(!checkpoint.exists());
}

#[test]
fn networks_stand_beside_classical_classifiers_in_an_experiment() {
    let root = tempfile::tempdir().unwrap();
    let data = pictures(root.path());
    let description = root.path().join("beside.toml");
    fs::write(
        &description,
        r#"
title = "Beside each other"
source = "Nothing is published."
recipe = "celeba"
scaling = "standard"
seed = 1
cost = true
compare_with = "network"

[data]
origin = "Computed."

[protocol]
split = "hold-out"
repetitions = 1
test_fraction = 0.25

[[classifiers]]
name = "logistic"
parameters = { logistic = {} }

[[classifiers]]
name = "network"
parameters = { network = { architecture = "srm-resnet", side = 32, views = 4, epochs = 12, batch_size = 8, validation = 0.2 } }
"#,
    )
    .unwrap();
    let (out, page) = (root.path().join("out.json"), root.path().join("out.html"));
    let told = dftective![
        "experiment",
        description,
        "--data",
        data,
        "-o",
        out,
        "--report",
        page
    ]
    .exits(0)
    .stdout;
    let costs = told.split("Quality and cost").nth(1).unwrap();
    assert!(costs.contains("images/s") && costs.contains("network"), "{costs}");
    let record: Value = serde_json::from_slice(&fs::read(&out).unwrap()).unwrap();
    let results = record["measurements"]["results"].as_array().unwrap();
    assert_eq!(results.len(), 2);
    for result in results {
        for number in ["fit_seconds", "score_seconds", "bytes"] {
            assert!(result["cost"][number].as_f64().unwrap() > 0.0, "{result}");
        }
        assert!(result["auc_interval"]["low"].as_f64().is_some() || result["auc"]["mean"] == 1.0);
    }
    // 264,289 weights and 48 + 2 × (24 + 48 + 64 + 96) …: more than the weights alone.
    assert!(results[1]["cost"]["bytes"].as_f64().unwrap() > 4.0 * 264_289.0);
    assert!(fs::read_to_string(page).unwrap().contains("Quality against cost"));
    // From a table of features there are no pictures to learn from.
    let table = root.path().join("features.csv");
    dftective!["extract", data, "-o", table, "--recipe", "celeba"].exits(0);
    dftective!["experiment", description, "--data", table]
        .refuses("srm-resnet learns from pictures, not from features");
}

#[test]
fn what_has_no_meaning_for_a_network_is_refused() {
    let root = tempfile::tempdir().unwrap();
    let (data, out) = (pictures(root.path()), root.path().join("out.safetensors"));
    let network = |more: &[&str]| {
        let mut arguments: Vec<OsString> = vec![
            "train".into(),
            data.clone().into(),
            "-o".into(),
            out.clone().into(),
        ];
        arguments.extend(more.iter().map(Into::into));
        run(&arguments, &[])
    };
    for (options, expected) in [
        (
            &["--classifier", "srm-resnet", "-C", "1"][..],
            "-C, --kernel and --scaling have no meaning for networks",
        ),
        (
            &["--classifier", "srm-resnet", "--families", "dctr"],
            "a network reads pixels",
        ),
        (
            &["--classifier", "srm-resnet", "--augment", "jpeg=60..95:2"],
            "found \"jpeg=60..95:2\"",
        ),
        (
            &["--classifier", "srm-resnet", "--side", "16"],
            "input side must be from 32 to 1024, found 16",
        ),
        (
            &["--classifier", "srm-resnet", "--resize", "--views", "4"],
            "--views has no meaning with --resize",
        ),
        (
            &["--classifier", "meso4", "--side", "128"],
            "input side must be 256, found 128",
        ),
        (
            &["--classifier", "srm-resnet", "--side", "32", "--folds", "40"],
            "--folds 40: the 4 images of one fold are too few to calibrate the detector by",
        ),
        (&["--epochs", "3"], "--epochs has a meaning for networks only"),
        (
            &["--classifier", "ridge", "--resume"],
            "--resume has a meaning for networks only",
        ),
        (
            &["--classifier", "meso4"],
            "64x64 pixels, the network sees squares of 256x256",
        ),
        (
            &["--classifier", "srm-resnet", "--init", "no.safetensors"],
            "no.safetensors",
        ),
    ] {
        network(options).refuses(expected);
    }
    let table = root.path().join("features.csv");
    dftective!["extract", data, "-o", table].exits(0);
    dftective!["train", table, "-o", out, "--classifier", "srm-resnet"]
        .refuses("a network learns from pictures");
    dftective!["extract", data, "--families", "network"].refuses("a network is no family to choose");
}
