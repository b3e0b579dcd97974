//! `--report` and `dftective report`.

use std::fs;
use std::path::Path;

use crate::support::{dftective, files, fixture};

/// A quick experiment on pictures that the program makes, with a learning curve.
const TINY: &str = r#"
title = "Tiny <b>experiment</b>"
source = "Nobody published this [1]."
recipe = "celeba"
scaling = "none"
seed = 3

[data]
origin = "Made by the program."
synthetic = { per_class = 12, size = 64, quality = 90, seed = 5 }

[protocol]
split = "hold-out"
repetitions = 3
test_fraction = 0.25
samples = [16]

[[classifiers]]
name = "logistic"
parameters = { logistic = { c = 1.0 } }
published = [{ percent = 75.0, decimals = 0, origin = 1 }]

[[classifiers]]
name = "svm"
parameters = { svm = { kernel = "linear", c = 1.0 } }
"#;

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

#[test]
fn a_page_is_made_alike_at_once_and_later() {
    let (fixture, root) = (fixture(), tempfile::tempdir().unwrap());
    let at = |name: &str| root.path().join(name);
    dftective![
        "evaluate",
        fixture.data(),
        "--model",
        fixture.detector(),
        "-o",
        at("result.json"),
        "--report",
        at("now.html"),
        "--figures",
        at("figures")
    ]
    .exits(0);
    dftective!["report", at("result.json"), "-o", at("later.html")].exits(0);
    let page = text(&at("now.html"));
    assert_eq!(text(&at("later.html")), page);
    for part in [
        "Mean spectrum of reals and fakes",
        "confusion matrix",
        "(ROC)",
        "(DET)",
        "Can the score be taken at its word?",
        "All pictures on one map",
        "Which pictures are like which (t-SNE)",
        "data:text/csv",
        "evaluate",
    ] {
        assert!(page.contains(part), "{part}");
    }
    let figures = files(&at("figures"));
    assert!(figures.len() >= 8, "{}", figures.len());
    for (path, bytes) in figures {
        let svg = String::from_utf8(bytes).unwrap();
        roxmltree::Document::parse(&svg).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
    // Two results stand beside each other.
    dftective![
        "report",
        at("result.json"),
        at("result.json"),
        "-o",
        at("both.html")
    ]
    .exits(0);
    assert!(text(&at("both.html")).contains("The detectors beside each other"));
}

#[test]
fn training_reports_what_was_held_out() {
    let (fixture, root) = (fixture(), tempfile::tempdir().unwrap());
    let (model, page) = (
        root.path().join("d.safetensors"),
        root.path().join("training.html"),
    );
    dftective!["train", fixture.data(), "-o", model, "--report", page].exits(0);
    assert!(text(&page).contains("cross-validation, 5 folds"));
    // With or without a page it is the same detector.
    assert!(fs::read(&model).unwrap() == fs::read(fixture.detector()).unwrap());
}

#[test]
fn a_comparison_has_a_page() {
    let (fixture, root) = (fixture(), tempfile::tempdir().unwrap());
    let at = |name: &str| root.path().join(name);
    dftective![
        "train",
        fixture.data(),
        "-o",
        at("other.safetensors"),
        "--bins",
        "3",
        "--classifier",
        "svm"
    ]
    .exits(0);
    dftective![
        "compare",
        fixture.data(),
        "--model",
        fixture.detector(),
        "--model",
        at("other.safetensors"),
        "--bootstrap",
        "200",
        "-o",
        at("result.json"),
        "--report",
        at("now.html"),
        "--figures",
        at("figures")
    ]
    .exits(0);
    dftective!["report", at("result.json"), "-o", at("later.html")].exits(0);
    let page = text(&at("now.html"));
    assert_eq!(text(&at("later.html")), page);
    for part in [
        "A puts a fake above a real more often than B",
        "DeLong",
        "A against B, metric by metric",
        "ROC curves of A and B",
        "What both say of each picture",
        "data:image/jpeg;base64,",
        "other.safetensors",
    ] {
        assert!(page.contains(part), "{part}");
    }
    let figures = files(&at("figures"));
    assert_eq!(figures.len(), 4);
    for (path, bytes) in figures {
        let svg = String::from_utf8(bytes).unwrap();
        roxmltree::Document::parse(&svg).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
    let result = at("result.json");
    dftective!["report", result, result, "-o", at("both.html")].refuses("a page of its own");
}

#[test]
fn an_experiment_has_a_page() {
    let root = tempfile::tempdir().unwrap();
    let at = |name: &str| root.path().join(name);
    fs::write(at("tiny.toml"), TINY).unwrap();
    dftective![
        "experiment",
        at("tiny.toml"),
        "-o",
        at("tiny.json"),
        "--report",
        at("tiny.html")
    ]
    .exits(0);
    let page = text(&at("tiny.html"));
    for part in [
        "<h1>Tiny &lt;b&gt;experiment&lt;/b&gt;</h1>",
        "Accuracy by number of samples",
        "75 [1]",
        "confusion matrix",
        "What the files alone give away",
        "nearest",
        "(DET)",
        "How far a call of fake can be trusted",
    ] {
        assert!(page.contains(part), "{part}");
    }
    dftective!["report", at("tiny.json"), "-o", at("later.html")].exits(0);
    assert_eq!(text(&at("later.html")), page);
    dftective!["report", at("tiny.json"), at("tiny.json"), "-o", at("both.html")].exits(0);
    let both = text(&at("both.html"));
    assert_eq!(both.matches(" id=\"learning-1\"").count(), 1);
    assert_eq!(both.matches(" id=\"learning-2\"").count(), 1);
}

/// Records that were written before they had a schema version.
#[test]
fn old_records_have_pages_and_newer_ones_are_refused() {
    let root = tempfile::tempdir().unwrap();
    let page = root.path().join("page.html");
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates");
    for (record, parts) in [
        (
            "report/fixtures/golden/evaluation.json",
            ["confusion matrix", "small", "data:image/jpeg;base64,"],
        ),
        (
            "report/fixtures/golden/evaluation-groups.json",
            [
                "confusion matrix",
                "majority",
                "the file ends before its end-of-image marker",
            ],
        ),
        (
            "report/fixtures/golden/comparison.json",
            [
                "A puts a fake above a real more often than B",
                "other.safetensors",
                "DeLong",
            ],
        ),
        (
            "experiment/fixtures/golden/experiment.json",
            [
                "<h1>Tiny experiment</h1>",
                "75 [1]",
                "Accuracy by number of samples",
            ],
        ),
    ] {
        dftective!["report", crates.join(record), "-o", page].exits(0);
        let shown = text(&page);
        for part in parts {
            assert!(shown.contains(part), "{record}: {part}");
        }
        let newer = root.path().join("newer.json");
        let mut record: serde_json::Value = serde_json::from_str(&text(&crates.join(record))).unwrap();
        record["schema_version"] = 3.into();
        fs::write(&newer, record.to_string()).unwrap();
        dftective!["report", newer, "-o", page].refuses("a record of schema version 3, this program reads");
    }
}

#[cfg(unix)]
#[test]
fn a_file_name_stays_text() {
    let (fixture, root) = (fixture(), tempfile::tempdir().unwrap());
    let data = root.path().join("data");
    let name = "<img src=x onerror=alert(1)>.jpg";
    for class in ["real", "fake"] {
        fs::create_dir_all(data.join(class).join("<b>source")).unwrap();
        for index in 0..6 {
            let other = if class == "real" { "fake" } else { "real" };
            let to = data.join(class).join("<b>source").join(format!("{index}{name}"));
            // Wrong labels, so that there are mistakes to show.
            fs::copy(fixture.picture(other, index), to).unwrap();
        }
    }
    let page = root.path().join("page.html");
    dftective!["evaluate", data, "--model", fixture.detector(), "--report", page].exits(0);
    let evaluated = text(&page);
    let out = root.path().join("out");
    let hostile = data.join("real/<b>source").join(format!("0{name}"));
    dftective!["inspect", hostile, "--model", fixture.detector(), "--out", out].exits(0);
    let inspected = text(&out.join("0<img src=x onerror=alert(1)>.inspect.html"));
    for page in [evaluated, inspected] {
        assert!(page.contains("&lt;img src=x onerror=alert(1)&gt;.jpg"));
        assert!(
            !page.contains("<img src=x") && !page.contains("<b>source"),
            "{page}"
        );
    }
}

#[test]
fn what_is_no_result_is_refused() {
    let (fixture, root) = (fixture(), tempfile::tempdir().unwrap());
    let at = |name: &str| root.path().join(name);
    for (name, content, why) in [
        ("empty.json", "", "expected a JSON record"),
        ("other.json", "{\"models\": []}", "expected a record that"),
        ("pair.json", "{\"detectors\": []}", "a record that is not whole"),
        ("list.json", "[1, 2]", "expected a record that"),
        ("part.json", "{\"metrics\": {}}", "a record that is not whole"),
        ("deep.json", &"[".repeat(100_000), "expected a JSON record"),
    ] {
        fs::write(at(name), content).unwrap();
        let run = dftective!["report", at(name), "-o", at("page.html")].refuses(why);
        assert!(run.stderr.contains(name), "{}", run.stderr);
    }
    assert!(!at("page.html").exists());
    dftective!["report", at("none.json"), "-o", at("page.html")].refuses("No such file");
    // Known before any work.
    dftective![
        "evaluate",
        fixture.data(),
        "--model",
        fixture.detector(),
        "--report",
        at("no/page.html")
    ]
    .refuses("no/page.html");
}
