//! `dftective experiment`.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{PER_CLASS, dftective, fixture};

const PUBLISHED: [&str; 3] = ["celeba", "deepfake-detection", "faces-hq"];

/// A quick experiment on pictures that the program makes.
const TINY: &str = r#"
title = "Tiny"
source = "Nobody published this."
recipe = "celeba"
scaling = "none"
seed = 3

[data]
origin = "Made by the program."
synthetic = { per_class = 12, size = 64, quality = 90, seed = 5 }

[protocol]
split = "hold-out"
repetitions = 4
test_fraction = 0.25

[[classifiers]]
name = "logistic"
parameters = { logistic = { c = 1.0 } }

[[classifiers]]
name = "k-means"
parameters = { k_means = {} }
"#;

/// The fixture's pictures in the four folders of Faces-HQ: every second one of a class in each of two.
fn faces_hq() -> TempDir {
    let (root, fixture) = (tempfile::tempdir().unwrap(), fixture());
    let folders = [
        ("fake", ["thispersondoesntexists", "100KFake"]),
        ("real", ["Flickr-Faces-HQ2_", "celebA-HQ_10K"]),
    ];
    for (class, names) in folders {
        for name in names {
            fs::create_dir(root.path().join(name)).unwrap();
        }
        for index in 0..PER_CLASS {
            let to = root.path().join(names[index % 2]).join(format!("{index:02}.jpg"));
            fs::copy(fixture.picture(class, index), to).unwrap();
        }
    }
    root
}

/// A manifest of these folders in the paper's order, with the source that `source_of` gives each.
fn manifest(root: &TempDir, source_of: fn(&str) -> &str) -> PathBuf {
    let mut manifest = "path,label,source\n".to_owned();
    for (folder, label) in [
        ("thispersondoesntexists", "fake"),
        ("100KFake", "fake"),
        ("Flickr-Faces-HQ2_", "real"),
        ("celebA-HQ_10K", "real"),
    ] {
        for (path, _) in crate::support::files(&root.path().join(folder)) {
            manifest += &format!("{folder}/{},{label},{}\n", path.display(), source_of(folder));
        }
    }
    written(root, "manifest.csv", &manifest)
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// A record without what may differ between two runs that measure the same.
fn numbers(path: &Path) -> Value {
    let mut record = json(path);
    for key in ["command", "threads", "seconds"] {
        assert!(record.as_object_mut().unwrap().remove(key).is_some());
    }
    record
}

fn written(root: &TempDir, name: &str, text: &str) -> PathBuf {
    let path = root.path().join(name);
    fs::write(&path, text).unwrap();
    path
}

#[test]
fn the_built_in_data_are_always_there() {
    let run = dftective!["experiment", "synthetic"]
        .exits(0)
        .says("200 images in ");
    for expected in [
        "Built-in data: ",
        "prove nothing",
        "RBF SVM ",
        "fake zero-insertion-x4",
        "size, format and JPEG quality do not give the classes away.",
    ] {
        assert!(run.stdout.contains(expected), "{expected}: {}", run.stdout);
    }
}

#[test]
fn the_numbers_are_the_seeds_on_any_number_of_threads() {
    let root = tempfile::tempdir().unwrap();
    let tiny = written(&root, "tiny.toml", TINY);
    let record = |name: &str, experiment: &Path, threads: &str| {
        let out = root.path().join(name);
        dftective!["experiment", experiment, "-o", out, "--threads", threads].exits(0);
        numbers(&out)
    };
    let one = record("one.json", &tiny, "1");
    assert_eq!(record("four.json", &tiny, "4"), one);
    let other = written(&root, "other.toml", &TINY.replace("seed = 3", "seed = 4"));
    let other = record("other.json", &other, "1");
    assert_eq!(other["data"]["fingerprint"], one["data"]["fingerprint"]);
    assert_ne!(other["measurements"]["results"], one["measurements"]["results"]);
}

#[test]
fn a_record_tells_how_it_was_made() {
    let root = tempfile::tempdir().unwrap();
    let (tiny, out) = (written(&root, "tiny.toml", TINY), root.path().join("record.json"));
    let run = dftective!["experiment", tiny, "-o", out, "--threads", "1"].exits(0);
    assert!(run.stderr.contains("written "), "{}", run.stderr);
    let record = json(&out);
    assert_eq!(record["version"], env!("CARGO_PKG_VERSION"));
    let command: Vec<&str> = record["command"]
        .as_array()
        .unwrap()
        .iter()
        .map(|word| word.as_str().unwrap())
        .collect();
    assert_eq!(command[1..3], ["experiment", tiny.to_str().unwrap()]);
    assert_eq!(
        (&record["threads"], &record["experiment"]["title"]),
        (&1.into(), &"Tiny".into())
    );
    assert_eq!(record["data"]["fake"], 12);
    assert_eq!(record["measurements"]["leak"]["accuracy"]["mean"], 0.5);
    let repetitions = record["measurements"]["results"][0]["repetitions"]
        .as_array()
        .unwrap();
    assert_eq!(repetitions.len(), 4);
    assert_eq!(
        (&repetitions[0]["train"], &repetitions[0]["test"]),
        (&18.into(), &6.into())
    );
}

#[test]
fn faces_hq_runs_on_its_four_folders_and_on_the_same_data_otherwise() {
    let root = faces_hq();
    let out = |name: &str| root.path().join(name);
    let run = dftective![
        "experiment",
        "faces-hq",
        "--data",
        root.path(),
        "-o",
        out("layout.json")
    ]
    .exits(0);
    for expected in [
        "data      images in the published layout",
        "images    24 fake, 24 real; 43 features each",
        "not measured: 4000 samples, as there are 48",
        "fake thispersondoesntexists ",
        "real Flickr-Faces-HQ2_ ",
    ] {
        assert!(run.stdout.contains(expected), "{expected}: {}", run.stdout);
    }
    let layout = numbers(&out("layout.json"));
    // Twenty samples were measured and published; 48 were not.
    let of_20 = layout["measurements"]["results"][3].clone();
    assert_eq!(
        (&of_20["samples"], &of_20["published"][0]["percent"]),
        (&20.into(), &100.0.into())
    );

    let manifest = manifest(&root, |folder| folder);
    let table = out("features.parquet");
    dftective!["extract", manifest, "-o", table, "--recipe", "faces-hq"].exits(0);
    for (data, name) in [(&manifest, "manifest.json"), (&table, "table.json")] {
        dftective!["experiment", "faces-hq", "--data", data, "-o", out(name)].exits(0);
        let record = numbers(&out(name));
        assert_eq!(
            record["data"]["fingerprint"], layout["data"]["fingerprint"],
            "{name}"
        );
        assert_eq!(record["measurements"], layout["measurements"], "{name}");
    }
    dftective!["experiment", "celeba", "--data", table]
        .refuses("made with the recipe 'faces-hq', not with 'celeba'");
}

#[test]
fn each_source_is_left_out_in_turn() {
    let (root, hold_out) = (
        faces_hq(),
        "split = \"hold-out\"\nrepetitions = 4\ntest_fraction = 0.25",
    );
    assert!(TINY.contains(hold_out));
    let with = |name: &str, protocol: &str| written(&root, name, &TINY.replace(hold_out, protocol));
    let sources = with("sources.toml", "split = \"leave-one-source-out\"");
    let out = |name: &str| root.path().join(name);
    let data = manifest(&root, |folder| folder);
    let run = dftective!["experiment", sources, "--data", data, "-o", out("record.json")].exits(0);
    for expected in [
        "protocol  each source left out in turn, 4 splits\n",
        "\nleft out, classifier ",
        "\nfake 100KFake\nreal Flickr-Faces-HQ2_\n  logistic ",
        "\nfake thispersondoesntexists\nreal celebA-HQ_10K\n  logistic ",
        "\nDoes it carry over to sources that it has not seen? ",
        " of 4\nk-means: ",
    ] {
        assert!(run.stdout.contains(expected), "{expected}: {}", run.stdout);
    }
    assert!(
        run.stdout.lines().all(|line| line.chars().count() <= 80),
        "{}",
        run.stdout
    );
    let record = numbers(&out("record.json"));
    let repetitions = record["measurements"]["results"][0]["repetitions"]
        .as_array()
        .unwrap();
    let left_out: Vec<[&str; 2]> = repetitions
        .iter()
        .map(|each| ["fake", "real"].map(|class| each["left_out"][class].as_str().unwrap()))
        .collect();
    assert_eq!(
        left_out,
        [
            ["100KFake", "Flickr-Faces-HQ2_"],
            ["100KFake", "celebA-HQ_10K"],
            ["thispersondoesntexists", "Flickr-Faces-HQ2_"],
            ["thispersondoesntexists", "celebA-HQ_10K"],
        ]
    );
    assert!(
        repetitions
            .iter()
            .all(|each| each["train"] == 24 && each["test"] == 24)
    );

    // Without a file of one's own.
    let random = with("random.toml", hold_out);
    dftective![
        "experiment",
        random,
        "--leave-one-source-out",
        "--data",
        data,
        "-o",
        out("flag.json")
    ]
    .exits(0);
    assert_eq!(numbers(&out("flag.json"))["measurements"], record["measurements"]);
    // The program's own fakes come from several generators, its reals from one camera.
    let run = dftective!["experiment", random, "--leave-one-source-out"].exits(0);
    assert!(
        run.stdout
            .contains("\nThe reals measured on come from sources whose other images were learnt from,\n"),
        "{}",
        run.stdout
    );

    let folds = with("folds.toml", "split = \"k-fold\"\nrepetitions = 2\nfolds = 4");
    let run = dftective!["experiment", folds, "--data", data, "-o", out("folds.json")].exits(0);
    assert!(
        run.stdout
            .contains("protocol  4 folds, dealt 2 times, each tested in turn\n"),
        "{}",
        run.stdout
    );
    let first = &json(&out("folds.json"))["measurements"]["results"][0];
    assert_eq!(first["repetitions"][7]["fold"], 4);
    assert_eq!(first["repetitions"].as_array().unwrap().len(), 8);

    let data = manifest(&root, |_| "");
    dftective!["experiment", sources, "--data", data]
        .refuses("leaving sources out needs the source of every image, but 48 of 48 have none");
    let both = with("both.toml", "split = \"leave-one-source-out\"\nrepetitions = 4");
    dftective!["experiment", both]
        .refuses("both.toml, line 12 ([protocol]): the split 'leave-one-source-out' takes no `repetitions`");
}

/// The published setting of the second experiment: fakes of one size, reals of another.
#[test]
fn a_size_that_gives_the_classes_away_is_told() {
    let (root, fixture) = (tempfile::tempdir().unwrap(), fixture());
    let other = root.path().join("other");
    dftective!["synth", other, "--size", "96", "--per-class", "12"].exits(0);
    let data = root.path().join("data");
    for (folder, from) in [
        ("dataset_celebA", fixture.data().join("fake")),
        ("img_align_celeba", other.join("real")),
    ] {
        fs::create_dir_all(data.join(folder)).unwrap();
        for (name, bytes) in crate::support::files(&from).into_iter().take(12) {
            fs::write(data.join(folder).join(name), bytes).unwrap();
        }
    }
    let run = dftective!["experiment", "celeba", "--data", data].exits(0);
    for expected in [
        "File properties alone (width): 100.0 % (",
        "these data cannot show detection",
        "\nKnown weakness:\n",
    ] {
        assert!(run.stdout.contains(expected), "{expected}: {}", run.stdout);
    }
}

#[test]
fn videos_are_called_by_their_frames() {
    let (root, fixture) = (tempfile::tempdir().unwrap(), fixture());
    for class in ["fake", "real"] {
        for index in 0..PER_CLASS {
            let video = root.path().join(class).join(format!("video{}", index / 3));
            fs::create_dir_all(&video).unwrap();
            fs::copy(fixture.picture(class, index), video.join(format!("{index}.jpg"))).unwrap();
        }
    }
    let run = dftective!["experiment", "deepfake-detection", "--data", root.path()].exits(0);
    for expected in [
        "NOT THE PUBLISHED PROTOCOL",
        "24 fake, 24 real, in 16 groups",
        "no group on both sides",
        "RBF SVM, videos",
    ] {
        assert!(run.stdout.contains(expected), "{expected}: {}", run.stdout);
    }
}

#[test]
fn images_that_fail_are_listed_and_the_rest_goes_on() {
    let root = faces_hq();
    fs::write(root.path().join("100KFake/torn.jpg"), b"\xff\xd8\xff").unwrap();
    let out = root.path().join("record.json");
    let run = dftective!["experiment", "faces-hq", "--data", root.path(), "-o", out].exits(1);
    assert!(
        run.stderr.contains("torn.jpg") && run.stderr.contains("1 could not be used"),
        "{}",
        run.stderr
    );
    assert!(run.stdout.contains("24 fake, 24 real"), "{}", run.stdout);
    let failures = json(&out)["data"]["failures"].clone();
    assert!(
        failures[0]["path"].as_str().unwrap().ends_with("torn.jpg"),
        "{failures}"
    );
}

#[test]
fn without_data_it_says_where_they_come_from_and_how_they_lie() {
    for name in PUBLISHED {
        let run = dftective!["experiment", name].refuses("--data PATH is missing");
        assert!(run.stdout.is_empty());
        for expected in [
            "Where the data come from:",
            "- a folder with",
            ".pkl",
            "path,label",
            "--data PATH",
        ] {
            assert!(
                run.stderr.contains(expected),
                "{name}, {expected}: {}",
                run.stderr
            );
        }
    }
    dftective!["experiment", "faces-hq"]
        .exits(2)
        .says("    Flickr-Faces-HQ2_/  reals, the first 1000 by name\n");
    dftective!["experiment", "deepfake-detection"]
        .exits(2)
        .says("    fake/  fakes, one folder a video\n");
}

#[test]
fn experiments_are_listed_and_shown() {
    let listed = dftective!["experiment", "--list"].exits(0).stdout;
    for name in PUBLISHED.into_iter().chain(["synthetic"]) {
        assert!(listed.lines().any(|line| line.starts_with(name)), "{listed}");
        let file = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("crates/experiment/experiments")
            .join(name)
            .with_extension("toml");
        let shown = dftective!["experiment", name, "--show"].exits(0).stdout;
        assert_eq!(shown, fs::read_to_string(&file).unwrap());
        if name != "synthetic" {
            // The file and the name are the same experiment.
            dftective!["experiment", file].refuses("--data PATH is missing");
        }
    }
    dftective!["experiment", "tiny.toml", "--show"].refuses("not one of the experiments that --list shows");
    dftective!["experiment"].exits(2).says("<EXPERIMENT>");
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let root = tempfile::tempdir().unwrap();
    let at = |name: &str| root.path().join(name);
    dftective!["experiment", "imagenet"]
        .refuses("imagenet: neither a file nor one of the experiments baselines, celeba, ");
    let wrong = written(&root, "wrong.toml", &TINY.replace("seed = 3", "sede = 3"));
    dftective!["experiment", wrong].refuses("wrong.toml, line 6 (sede = 3): unknown field `sede`");
    dftective!["experiment", "celeba", "--data", at("none")].refuses("none: no such file or folder");
    dftective!["experiment", "celeba", "--data", root.path()].refuses(
        "expected the folders dataset_celebA/, img_align_celeba/, or the feature file celeba_low_1000.pkl",
    );
    let pickle = written(&root, "celeba_low_1000.pkl", "cos\nsystem\n(S'true'\ntR.");
    dftective!["experiment", "celeba", "--data", pickle].refuses("os system");
    let text = written(&root, "notes.txt", "x");
    dftective!["experiment", "celeba", "--data", text]
        .refuses("expected a folder, an archive (.zip, .tar, .tar.gz), a CSV manifest, or a feature table");
    dftective!["experiment", "synthetic", "-o", at("none/record.json")].refuses("none/record.json");
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_it() {
    use std::process::{Command, Stdio};

    use crate::feeding::until;
    use crate::support::{PROGRAM, Run};

    let root = tempfile::tempdir().unwrap();
    let long = TINY
        .replace("repetitions = 4", "repetitions = 1000")
        .replace("per_class = 12", "per_class = 200");
    let (long, temporary) = (written(&root, "long.toml", &long), root.path().join("tmp"));
    fs::create_dir(&temporary).unwrap();
    let child = Command::new(PROGRAM)
        .arg("experiment")
        .arg(&long)
        .env("TMPDIR", &temporary)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Its pictures are begun, so it listens.
    until(|| fs::read_dir(&temporary).unwrap().next().is_some());
    let pid = child.id().to_string();
    assert!(
        Command::new("sh")
            .args(["-c", "kill -s INT \"$0\"", &pid])
            .status()
            .unwrap()
            .success()
    );
    let run = Run::of(child.wait_with_output().unwrap())
        .exits(130)
        .says("interrupted: ");
    assert!(run.stdout.is_empty());
    // The pictures are gone.
    assert!(fs::read_dir(&temporary).unwrap().next().is_none());
}
