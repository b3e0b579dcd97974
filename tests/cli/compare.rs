//! `dftective compare`.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{PER_CLASS, dftective, fixture};

/// A second detector, of another recipe, that learned little.
fn other(root: &Path) -> PathBuf {
    let path = root.join("other.safetensors");
    dftective![
        "train",
        fixture().data(),
        "-o",
        path,
        "--bins",
        "3",
        "--classifier",
        "svm"
    ]
    .exits(0);
    path
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn two_detectors_are_told_apart_by_the_figures_evaluate_gives_each() {
    let fixture = fixture();
    let root = tempfile::tempdir().unwrap();
    let models = [fixture.detector(), other(root.path())];
    let compare = |a: &Path, b: &Path, format: &str| {
        dftective![
            "compare",
            fixture.data(),
            "--model",
            a,
            "--model",
            b,
            "--format",
            format,
            "--bootstrap",
            "200"
        ]
        .exits(0)
        .stdout
    };
    let result = json(&compare(&models[0], &models[1], "json"));
    assert_eq!(result["images"], 2 * PER_CLASS);
    for (index, model) in models.iter().enumerate() {
        assert_eq!(
            result["detectors"][index]["model"],
            model.display().to_string().as_str()
        );
        let run = dftective!["evaluate", fixture.data(), "--model", model, "--format", "json"];
        let metrics = json(&run.exits(0).stdout)["metrics"].clone();
        let name = ["first", "second"][index];
        assert_eq!(result["delong"][name], metrics["roc_auc"]["auc"]);
        for estimate in result["bootstrap"]["estimates"].as_array().unwrap() {
            let metric = estimate["metric"].as_str().unwrap();
            if metric != "roc_auc" {
                assert_eq!(estimate[name], metrics[metric], "{metric}");
            }
        }
    }
    let text = compare(&models[0], &models[1], "table");
    assert!(
        text.contains("A puts a fake above a real more often than B"),
        "{text}"
    );
    assert!(text.contains("DeLong's paired test"), "{text}");
    // Turned round, the difference has the other sign.
    let turned = json(&compare(&models[1], &models[0], "json"));
    assert_eq!(
        turned["delong"]["difference"].as_f64().unwrap(),
        -result["delong"]["difference"].as_f64().unwrap()
    );
    assert_eq!(turned["delong"]["p_value"], result["delong"]["p_value"]);
}

#[test]
fn the_seed_decides_on_any_number_of_threads() {
    let fixture = fixture();
    let root = tempfile::tempdir().unwrap();
    let (model, other) = (fixture.detector(), other(root.path()));
    let run = |seed: &str, threads: &str| {
        dftective![
            "compare",
            fixture.data(),
            "--model",
            model,
            "--model",
            other,
            "--seed",
            seed,
            "--threads",
            threads,
            "--format",
            "json"
        ]
        .exits(0)
        .stdout
    };
    // But for the command, which tells the number of threads.
    let run = |seed: &str, threads: &str| {
        let mut result = json(&run(seed, threads));
        result["command"].take();
        result
    };
    assert_eq!(run("1", "1"), run("1", "3"));
    assert_ne!(run("1", "1"), run("2", "1"));
}

#[test]
fn only_images_that_both_judge_count() {
    let fixture = fixture();
    let root = tempfile::tempdir().unwrap();
    // The raw radial bins of 64² pictures: 80² give another number of them.
    let rings = root.path().join("rings.safetensors");
    let recipe = ["--recipe", "faces-hq", "--precision", "f32"];
    dftective![
        "train",
        fixture.data(),
        "-o",
        rings,
        recipe[0],
        recipe[1],
        recipe[2],
        recipe[3]
    ]
    .exits(0);
    let data = root.path().join("data");
    for label in ["real", "fake"] {
        fs::create_dir_all(data.join(label)).unwrap();
        for index in 0..4 {
            fs::copy(
                fixture.picture(label, index),
                data.join(label).join(format!("{index}.jpg")),
            )
            .unwrap();
        }
    }
    let odd = image::GrayImage::from_fn(80, 80, |x, y| image::Luma([(x * 7 + y * y) as u8]));
    odd.save(data.join("real/odd.png")).unwrap();
    let run = dftective![
        "compare",
        data,
        "--model",
        fixture.detector(),
        "--model",
        rings,
        "--format",
        "json"
    ];
    let result = json(&run.exits(1).says("odd.png: ").stdout);
    assert_eq!(result["images"], 8);
    assert_eq!(result["failures"].as_array().unwrap().len(), 1);
}

#[test]
fn it_takes_two_detectors_and_enough_resamples() {
    let fixture = fixture();
    let (data, model) = (fixture.data(), fixture.detector());
    dftective!["compare", data].refuses("--model <FILE>");
    dftective!["compare", data, "--model", model].refuses("expected --model twice, found it once");
    dftective![
        "compare", data, "--model", model, "--model", model, "--model", model
    ]
    .refuses("found it 3 times");
    dftective!["compare", data, "--model", model, "--model", "none"].refuses("none: ");
    dftective![
        "compare",
        data,
        "--model",
        model,
        "--model",
        model,
        "--bootstrap",
        "99"
    ]
    .refuses("99 is not in 100..=1000000");
}
