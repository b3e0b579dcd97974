//! What is said on standard error cannot be forged by the names of files.

use std::ffi::OsString;
use std::fs;

use crate::feeding::{Feeding, until};
use crate::support::{beside, dftective, fixture, list};

/// A name that would clear the screen and add a line of its own.
const NAME: &str = "a\u{1b}[2J\nerror: forged\r";

/// Every line is one of ours, and none has a control character.
#[track_caller]
fn is_clean(said: &str) {
    assert!(said.contains("a\\u{1b}[2J\\nerror: forged\\r"), "{said:?}");
    for line in said.lines() {
        assert!(!line.starts_with("error: forged"), "{said:?}");
        assert!(!line.contains(char::is_control), "{line:?}");
    }
}

#[test]
fn names_of_data_are_escaped() {
    let fixture = fixture();
    let root = tempfile::tempdir().unwrap();
    let odd = root.path().join(NAME);
    let out = root.path().join("out");
    is_clean(&dftective!["train", odd, "-o", out].exits(2).stderr);
    is_clean(
        &dftective!["evaluate", odd, "--model", fixture.detector()]
            .exits(2)
            .stderr,
    );
    is_clean(
        &dftective!["score", fixture.data(), "--model", odd]
            .exits(2)
            .stderr,
    );
    is_clean(
        &dftective![
            "score",
            fixture.data(),
            "--model",
            fixture.detector(),
            "-o",
            odd.join("x")
        ]
        .exits(2)
        .stderr,
    );
}

#[test]
fn names_in_a_manifest_are_escaped() {
    let fixture = fixture();
    let root = tempfile::tempdir().unwrap();
    let manifest = root.path().join("manifest.csv");
    let mut text = format!("path,label\n\"{NAME}\",fake\n");
    for (class, index) in ["real", "fake"]
        .iter()
        .flat_map(|class| (0..5).map(move |index| (class, index)))
    {
        text += &format!("{},{class}\n", fixture.picture(class, index).display());
    }
    fs::write(&manifest, text).unwrap();
    is_clean(
        &dftective!["train", manifest, "-o", root.path().join("out")]
            .exits(1)
            .stderr,
    );
}

#[test]
fn names_of_outputs_are_escaped() {
    let fixture = fixture();
    let root = tempfile::tempdir().unwrap();
    let odd = root.path().join(NAME);
    is_clean(
        &dftective!["synth", odd, "--per-class", "1", "--size", "32"]
            .exits(0)
            .stderr,
    );
    is_clean(&dftective!["synth", odd].exits(2).stderr);
    is_clean(&dftective!["demo", "-o", odd].exits(2).stderr);

    let out = root.path().join(format!("{NAME}.json"));
    is_clean(
        &dftective![
            "evaluate",
            fixture.data(),
            "--model",
            fixture.detector(),
            "-o",
            out
        ]
        .exits(0)
        .stderr,
    );

    let out = root.path().join(format!("{NAME}.csv"));
    let arguments: [OsString; 6] = [
        "score".into(),
        "-".into(),
        "--model".into(),
        fixture.detector().into(),
        "-o".into(),
        out.clone().into(),
    ];
    let mut feeding = Feeding::start(&arguments);
    feeding.feed(&list([fixture.picture("real", 0)]));
    until(|| beside(&out, ".partial.json").exists());
    feeding.interrupt();
    is_clean(&feeding.finish().1);
    is_clean(
        &dftective!["score", fixture.data(), "--model", fixture.detector(), "-o", out]
            .exits(2)
            .stderr,
    );
}

#[test]
fn a_record_keeps_the_name_as_it_is() {
    let fixture = fixture();
    let root = tempfile::tempdir().unwrap();
    let odd = root.path().join(format!("{NAME}.jpg"));
    fs::copy(fixture.picture("real", 0), &odd).unwrap();
    let run = dftective!["score", root.path(), "--model", fixture.detector()].exits(0);
    assert_eq!(
        crate::support::records(&run.stdout)[0].path,
        odd.to_str().unwrap()
    );
    assert!(!run.stderr.contains('\u{1b}') && !run.stderr.contains("forged"));
}

#[test]
fn names_of_sources_are_escaped_in_text_and_kept_in_json() {
    let fixture = fixture();
    let root = tempfile::tempdir().unwrap();
    for (class, source) in [("real", "camera"), ("fake", "gan"), ("fake", NAME)] {
        let folder = root.path().join(class).join(source);
        fs::create_dir_all(&folder).unwrap();
        fs::copy(fixture.picture(class, 0), folder.join("0.jpg")).unwrap();
    }
    let with = |format: &str| {
        let run = dftective![
            "evaluate",
            root.path(),
            "--model",
            fixture.detector(),
            "--format",
            format
        ];
        run.exits(0).stdout
    };
    is_clean(&with("table"));
    let result: serde_json::Value = serde_json::from_str(&with("json")).unwrap();
    let sources = result["sources"].as_array().unwrap();
    assert!(
        sources.iter().any(|source| source["source"] == NAME),
        "{sources:?}"
    );
}
