//! Frames of videos: `--group-by`, in training, evaluation and comparison.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{Fixture, PER_CLASS, Run, dftective, fixture};

/// Frames of one of the videos below.
const FRAMES: usize = 4;

/// The fixture's pictures as frames `V_F.jpg`, video V of either class in a folder of its own, and a manifest.
fn videos(fixture: &Fixture, root: &Path) -> PathBuf {
    let data = root.join("videos");
    let mut manifest = String::from("path,label,group\n");
    for label in ["real", "fake"] {
        for index in 0..PER_CLASS {
            let (video, frame) = (index / FRAMES, index % FRAMES);
            let folder = data.join(label).join(format!("{label}{video}"));
            fs::create_dir_all(&folder).unwrap();
            let name = format!("{label}{video}_{frame}.jpg");
            fs::copy(fixture.picture(label, index), folder.join(&name)).unwrap();
            manifest += &format!("{label}/{label}{video}/{name},{label},{label}{video}\n");
        }
    }
    fs::write(data.join("manifest.csv"), manifest).unwrap();
    data
}

fn evaluate(fixture: &Fixture, data: &Path, by: &str, more: &[&str]) -> Run {
    let mut arguments = vec!["evaluate".into(), data.into()];
    arguments.extend(["--model".into(), fixture.detector().into()]);
    arguments.extend(["--group-by", by].map(Into::into));
    arguments.extend(more.iter().map(Into::into));
    crate::support::run(&arguments, &[])
}

fn json(run: Run) -> Value {
    serde_json::from_str(&run.exits(0).stdout).unwrap()
}

#[test]
fn folder_pattern_and_column_give_the_same_videos() {
    let root = tempfile::tempdir().unwrap();
    let fixture = fixture();
    let data = videos(&fixture, root.path());
    let run = |data: &Path, by: &str| json(evaluate(&fixture, data, by, &["--format", "json"]));
    let by_folder = run(&data, "folder");
    assert_eq!(by_folder["images"], 2 * PER_CLASS);
    let videos = &by_folder["videos"];
    assert_eq!(videos["group_by"], "folder");
    let groups = videos["groups"].as_array().unwrap();
    assert_eq!(groups.len(), 2 * PER_CLASS / FRAMES);
    for (data, by) in [
        (data.clone(), "pattern:^([a-z]+[0-9]+)_"),
        (data.join("manifest.csv"), "column"),
    ] {
        let other = run(&data, by);
        assert_eq!(other["videos"]["group_by"], by);
        assert_eq!(other["videos"]["results"], videos["results"], "{by}");
        assert_eq!(other["metrics"], by_folder["metrics"]);
    }

    // A vote by hand.
    for group in groups {
        assert_eq!(group["items"], FRAMES);
        let called = group["majority"].as_f64().unwrap() * FRAMES as f64;
        assert_eq!(called, called.round());
    }
    let right = groups
        .iter()
        .filter(|group| (group["majority"].as_f64().unwrap() >= 0.5) == group["fake"].as_bool().unwrap());
    let accuracy = right.count() as f64 / groups.len() as f64;
    let vote = &videos["results"][0];
    assert_eq!(
        (vote["rule"].as_str(), vote["metrics"]["accuracy"].as_f64()),
        (Some("majority"), Some(accuracy))
    );

    let text = evaluate(&fixture, &data, "folder", &[]).exits(0).stdout;
    assert!(
        text.contains("Videos (images grouped by folder): 12 of 4 images each"),
        "{text}"
    );
    assert!(
        text.contains("--bootstrap 2000 draws whole groups instead."),
        "{text}"
    );
}

#[test]
fn resampling_draws_whole_videos() {
    let root = tempfile::tempdir().unwrap();
    let fixture = fixture();
    let data = videos(&fixture, root.path());
    let options = ["--bootstrap", "200", "--seed", "3", "--format", "json"];
    let result = json(evaluate(&fixture, &data, "folder", &options));
    assert_eq!(
        (&result["bootstrap"]["units"], &result["bootstrap"]["seed"]),
        (&12.into(), &3.into())
    );
    for rule in result["videos"]["results"].as_array().unwrap() {
        assert_eq!(rule["bootstrap"]["units"], 12);
    }
    // The record tells the command, which names the threads; nothing else may differ.
    let threads = |n: &str| {
        let options = [&options[..], &["--threads", n]].concat();
        let mut record = json(evaluate(&fixture, &data, "folder", &options));
        assert!(record.as_object_mut().unwrap().remove("command").is_some());
        record.to_string()
    };
    assert_eq!(threads("1"), threads("4"));

    // Without groups, images are drawn; the manifest's column is known without being asked for.
    let units = |data: PathBuf| {
        let run = dftective![
            "evaluate",
            data,
            "--model",
            fixture.detector(),
            "--bootstrap",
            "200",
            "--format",
            "json"
        ];
        json(run)["bootstrap"]["units"].clone()
    };
    assert_eq!(units(data.join("manifest.csv")), 12);
    assert_eq!(units(data), 2 * PER_CLASS);
}

#[test]
fn training_keeps_the_frames_of_a_video_together() {
    let root = tempfile::tempdir().unwrap();
    let fixture = fixture();
    let data = videos(&fixture, root.path());
    let train = |data: &Path, more: &[&str]| {
        let path = root.path().join("d.safetensors");
        let mut arguments = vec!["train".into(), data.into(), "-o".into(), path.clone().into()];
        arguments.extend(more.iter().map(Into::into));
        let run = crate::support::run(&arguments, &[]).exits(0);
        let told: Vec<String> = run
            .stdout
            .lines()
            .filter(|l| !l.starts_with("written"))
            .map(str::to_owned)
            .collect();
        (told, fs::read(path).unwrap())
    };
    let by_folder = train(&data, &["--group-by", "folder"]);
    assert_eq!(
        by_folder,
        train(&data, &["--group-by", "pattern:^([a-z]+[0-9]+)_"])
    );
    // Without groups the folds are others, and so is what is said of held-out images.
    assert_ne!(by_folder.1, train(&data, &[]).1);
    // The manifest's groups are kept without being asked for.
    let manifest = data.join("manifest.csv");
    assert_eq!(train(&manifest, &[]), train(&manifest, &["--group-by", "column"]));
    // As many folds as a class has videos, and one more.
    train(&data, &["--group-by", "folder", "--folds", "6"]);
    let out = root.path().join("x.safetensors");
    dftective!["train", data, "-o", out, "--group-by", "folder", "--folds", "7"]
        .refuses("each class needs at least 7 groups, found 6 with fakes and 6 with reals");
}

#[test]
fn comparisons_draw_whole_videos() {
    let fixture = fixture();
    let root = tempfile::tempdir().unwrap();
    let data = videos(&fixture, root.path());
    let model = fixture.detector();
    let run = dftective![
        "compare",
        data,
        "--model",
        model,
        "--model",
        model,
        "--group-by",
        "folder",
        "--bootstrap",
        "200"
    ];
    let text = run.exits(0).stdout;
    assert!(
        text.contains("Both put a fake above a real equally often"),
        "{text}"
    );
    assert!(
        text.contains("200 paired bootstrap resamples of 12 groups of images"),
        "{text}"
    );
    assert!(!text.contains("DeLong"), "{text}");
}

#[test]
fn what_does_not_group_is_refused() {
    let root = tempfile::tempdir().unwrap();
    let fixture = fixture();
    let data = videos(&fixture, root.path());
    for (by, cause) in [
        ("video", "expected column, folder or pattern:REGEX, found 'video'"),
        ("pattern:(", "the pattern is no regular expression"),
        (
            "pattern:^[a-z]+",
            "the pattern needs one capture group ( ), found 0",
        ),
        (
            "pattern:^(real[0-9]+)",
            "fit the pattern '^(real[0-9]+)' (names that do not: 24)",
        ),
        ("column", "no image has a group"),
        // Frame 0 of all videos.
        (
            "pattern:_([0-9])",
            "the group '0' has both labels: 6 of its images are fake, 6 real",
        ),
    ] {
        evaluate(&fixture, &data, by, &[]).refuses(cause);
    }
    evaluate(&fixture, &data, "folder", &["--bootstrap", "7"]).refuses("7 is not in 100..=1000000");
    evaluate(&fixture, &data, "folder", &["--seed", "7"]).refuses("--bootstrap <N>");
}
