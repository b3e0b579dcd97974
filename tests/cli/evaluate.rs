//! `dftective evaluate`.

use std::fs;

use serde_json::Value;

use crate::support::{dftective, fixture};

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn a_folder_a_manifest_and_a_table_give_the_same_numbers() {
    let fixture = fixture();
    let root = tempfile::tempdir().unwrap();
    let table = root.path().join("features.npz");
    dftective!["extract", fixture.data(), "-o", table].exits(0);
    let manifest = fixture.data().join("manifest.csv");
    let results = [fixture.data(), manifest, table].map(|data| {
        let run = dftective![
            "evaluate",
            data,
            "--model",
            fixture.detector(),
            "--format",
            "json"
        ]
        .exits(0);
        json(&run.stdout)
    });
    let [folder, manifest, table] = &results;
    assert_eq!(folder["images"], 48);
    for other in [manifest, table] {
        for key in [
            "images",
            "metrics",
            "probability",
            "calibration",
            "verdicts",
            "classifier",
            "recipe",
            "training_fingerprint",
            "failures",
        ] {
            assert_eq!(folder[key], other[key], "{key}");
        }
    }
    // Only the manifest names sources: a camera, and each way of making fakes.
    assert_eq!(folder["sources"].as_array().unwrap().len(), 2);
    let sources = manifest["sources"].as_array().unwrap();
    assert!(
        sources.len() > 2 && sources[0]["source"] == "camera",
        "{sources:?}"
    );
    assert_eq!(
        sources
            .iter()
            .map(|source| source["images"].as_u64().unwrap())
            .sum::<u64>(),
        48
    );
}

#[test]
fn the_text_shows_the_numbers_of_the_json() {
    let fixture = fixture();
    let with = |format: &str| {
        dftective![
            "evaluate",
            fixture.data(),
            "--model",
            fixture.detector(),
            "--format",
            format
        ]
        .exits(0)
        .stdout
    };
    let (text, result) = (with("table"), json(&with("json")));
    assert_eq!(
        dftective!["evaluate", fixture.data(), "--model", fixture.detector()]
            .exits(0)
            .stdout,
        text
    );
    let line = |name: &str| text.lines().find(|line| line.starts_with(name)).unwrap();
    let metrics = &result["metrics"];
    let percent = |key: &str| format!("{:.1} %", 100.0 * metrics[key].as_f64().unwrap());
    for (name, key) in [
        ("accuracy", "accuracy"),
        ("balanced accuracy", "balanced_accuracy"),
        ("precision", "precision"),
        ("recall", "recall"),
        ("equal error rate", "equal_error_rate"),
    ] {
        assert!(line(name).contains(&percent(key)), "{name} in {text}");
    }
    assert!(line("ROC AUC").contains(&format!("{:.3}", metrics["roc_auc"]["auc"].as_f64().unwrap())));
    assert!(line("F1").contains(&format!("{:.3}", metrics["f1"].as_f64().unwrap())));
    for (name, key) in [
        ("Brier score", "brier_score"),
        ("calibration error", "expected_calibration_error"),
        ("calibration error", "calibration_error_by_chance"),
    ] {
        let number = format!("{:.3}", result["probability"][key].as_f64().unwrap());
        assert!(line(name).contains(&number), "{name} in {text}");
    }
    let counts = |name: &str| -> Vec<u64> {
        line(name)
            .split_whitespace()
            .filter_map(|word| word.parse().ok())
            .collect()
    };
    let confusion = |key: &str| metrics["confusion"][key].as_u64().unwrap();
    assert_eq!(
        counts("truly real"),
        [confusion("true_negatives"), confusion("false_positives")]
    );
    assert_eq!(
        counts("truly fake"),
        [confusion("false_negatives"), confusion("true_positives")]
    );
    let verdicts = format!("Verdicts: {} decided", result["verdicts"]["decided"]);
    assert!(text.contains(&verdicts), "{text}");
}

#[test]
fn a_file_named_json_gets_json() {
    let fixture = fixture();
    let root = tempfile::tempdir().unwrap();
    let (x, y) = (root.path().join("x.json"), root.path().join("y.txt"));
    for path in [&x, &y] {
        let run = dftective![
            "evaluate",
            fixture.data(),
            "--model",
            fixture.detector(),
            "-o",
            path
        ];
        assert_eq!(run.exits(0).says("written ").stdout, "");
    }
    assert_eq!(json(&fs::read_to_string(x).unwrap())["images"], 48);
    assert!(fs::read_to_string(y).unwrap().starts_with("Detector "));
}

#[test]
fn inputs_that_fail_are_listed() {
    let fixture = fixture();
    let root = tempfile::tempdir().unwrap();
    let manifest = root.path().join("manifest.csv");
    let (real, fake) = (fixture.picture("real", 0), fixture.picture("fake", 0));
    let text = format!(
        "path,label\n{},real\nnone.jpg,fake\n{},fake\n",
        real.display(),
        fake.display()
    );
    fs::write(&manifest, text).unwrap();
    let run = dftective![
        "evaluate",
        manifest,
        "--model",
        fixture.detector(),
        "--format",
        "json"
    ];
    let result = json(&run.exits(1).says("none.jpg: cannot be read").stdout);
    assert_eq!(result["images"], 2);
    assert_eq!(result["failures"].as_array().unwrap().len(), 1);
    assert!(
        result["failures"][0]["path"]
            .as_str()
            .unwrap()
            .ends_with("none.jpg")
    );
}

#[test]
fn one_class_cannot_be_measured() {
    let fixture = fixture();
    let root = tempfile::tempdir().unwrap();
    let manifest = root.path().join("manifest.csv");
    let text = format!("path,label\n{},fake\n", fixture.picture("fake", 0).display());
    fs::write(&manifest, text).unwrap();
    dftective!["evaluate", manifest, "--model", fixture.detector()]
        .refuses("need items of both classes, found 1 fake and 0 real");
}

#[test]
fn features_of_another_recipe_are_refused() {
    let fixture = fixture();
    let root = tempfile::tempdir().unwrap();
    let table = root.path().join("features.csv");
    dftective!["extract", fixture.data(), "-o", table, "--epsilon", "1e-3"].exits(0);
    dftective!["evaluate", table, "--model", fixture.detector()]
        .refuses("the features were made with the recipe 'default epsilon=");

    // A table that claims the recipe and has other columns.
    fs::write(
        &table,
        "path,label,recipe,a,b\n1,real,default,1,2\n2,fake,default,3,4\n",
    )
    .unwrap();
    dftective!["evaluate", table, "--model", fixture.detector()]
        .refuses("2 features (a …), the detector was trained on 128 (radial_point_1_of_128 …)");
}

#[test]
fn what_is_no_labelled_data_is_refused() {
    let fixture = fixture();
    dftective![
        "evaluate",
        fixture.data().join("real"),
        "--model",
        fixture.detector()
    ]
    .refuses("expected the folders real and fake in it");
    dftective!["evaluate", "none", "--model", fixture.detector()].refuses("no such file or folder");
}

#[test]
fn an_image_of_another_size_does_not_stop_the_others() {
    let fixture = fixture();
    let root = tempfile::tempdir().unwrap();
    let (detector, data) = (root.path().join("d.safetensors"), root.path().join("data"));
    dftective![
        "train",
        fixture.data(),
        "-o",
        detector,
        "--recipe",
        "faces-hq",
        "--precision",
        "f32"
    ]
    .exits(0);
    // The odd one comes first.
    for label in ["real", "fake"] {
        fs::create_dir_all(data.join(label)).unwrap();
        fs::copy(fixture.picture(label, 0), data.join(label).join("b.jpg")).unwrap();
    }
    let odd = image::GrayImage::from_fn(80, 80, |x, y| image::Luma([(x * 7 + y * y) as u8]));
    odd.save(data.join("real/a.png")).unwrap();
    let run = dftective!["evaluate", data, "--model", detector, "--format", "json"];
    let result = json(
        &run.exits(1)
            .says("80x80 pixels give 54 features where 43 are expected")
            .stdout,
    );
    assert_eq!(result["images"], 2);
}
