//! Labels of other words, and folders that tell them.

use std::fs;
use std::path::Path;

use crate::support::{Fixture, csv_rows, dftective, fixture};

/// Copies pictures of the fixture: where to, of which class, how many.
fn tree(fixture: &Fixture, folders: &[(&str, &str, usize)]) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for (place, (folder, class, count)) in folders.iter().enumerate() {
        let folder = root.path().join(folder);
        fs::create_dir_all(&folder).unwrap();
        for index in 0..*count {
            fs::copy(
                fixture.picture(class, index),
                folder.join(format!("{place}-{index}.jpg")),
            )
            .unwrap();
        }
    }
    root
}

/// Path below `root`, label, source, group and split of each row of a table of features.
fn told(table: &str, root: &Path) -> Vec<[String; 5]> {
    let rows = csv_rows(table);
    assert_eq!(rows[0][..5], ["path", "label", "source", "group", "split"]);
    let below = |path: &str| Path::new(path).strip_prefix(root).unwrap().display().to_string();
    let each = |row: &Vec<String>| {
        let [path, label, source, group, split] = [0, 1, 2, 3, 4].map(|column| row[column].clone());
        [below(&path), label, source, group, split]
    };
    rows[1..].iter().map(each).collect()
}

#[test]
fn published_layouts_fill_the_columns_of_a_table() {
    let fixture = fixture();
    let root = tree(
        &fixture,
        &[
            ("train/progan/0_real", "real", 1),
            ("train/progan/1_fake", "fake", 1),
            ("stylegan/cat/Real", "real", 1),
            ("FAKE/valid/gan", "fake", 1),
            ("elsewhere", "fake", 1),
        ],
    );
    let run = dftective!["extract", root.path()]
        .exits(0)
        .says("1 images have no label");
    let expected = [
        ["stylegan/cat/Real/2-0.jpg", "real", "stylegan/cat", "", ""],
        ["train/progan/0_real/0-0.jpg", "real", "progan", "", "train"],
        ["FAKE/valid/gan/3-0.jpg", "fake", "gan", "", "validation"],
        ["train/progan/1_fake/1-0.jpg", "fake", "progan", "", "train"],
        ["elsewhere/4-0.jpg", "", "", "", ""],
    ];
    assert_eq!(told(&run.stdout, root.path()), expected);
    let one = dftective!["extract", root.path().join("train/progan/0_real")].exits(0);
    assert!(one.stderr.contains("1 images have no label"), "{}", one.stderr);
    let labelled = dftective!["extract", root.path().join("train")].exits(0);
    assert!(!labelled.stderr.contains("no label"), "{}", labelled.stderr);
}

#[test]
fn words_get_their_meaning_wherever_labels_are_read() {
    let fixture = fixture();
    let root = tree(&fixture, &[("live", "real", 24), ("1_spoof", "fake", 24)]);
    let (out, table) = (root.path().join("d.safetensors"), root.path().join("t.csv"));
    dftective!["train", root.path(), "-o", out].refuses("--labels");
    let labels = "--labels=real=live,fake=SPOOF";
    dftective!["train", root.path(), "-o", out, labels].exits(0);
    dftective!["extract", root.path(), "-o", table, labels]
        .exits(0)
        .says("48 images, 0 without features");

    // The same table with numbers for labels, as pandas writes them where some are missing.
    let text = fs::read_to_string(&table).unwrap();
    let numbers = root.path().join("n.csv");
    fs::write(
        &numbers,
        text.replace(",real,", ",0.0,").replace(",fake,", ",1.0,"),
    )
    .unwrap();
    let model = "--model";
    dftective!["evaluate", numbers, model, out]
        .refuses("no usable image")
        .says("line 2 (row 1): unknown label '0.0' (expected real or fake); --labels");
    let right = dftective!["evaluate", numbers, model, out, "--labels", "fake=1,real=0"].exits(0);
    assert_eq!(
        right.stdout.replace("n.csv", "t.csv"),
        dftective!["evaluate", table, model, out].exits(0).stdout
    );
    dftective![
        "compare",
        numbers,
        model,
        out,
        model,
        fixture.detector(),
        "--labels",
        "fake=1,real=0"
    ]
    .exits(0);
    dftective!["evaluate", numbers, model, out, "--labels", "1=fake"]
        .exits(2)
        .says("expected fake=WORD");
}

#[test]
fn both_labels_of_one_image_are_refused() {
    let fixture = fixture();
    let root = tree(&fixture, &[("real", "real", 2), ("fake/x/real", "fake", 2)]);
    let out = root.path().join("d.safetensors");
    dftective!["train", root.path(), "-o", out].refuses("has both labels");
    let manifest = root.path().join("m.csv");
    fs::write(&manifest, "path,label\nreal/0-0.jpg,real\n./real/0-0.jpg,fake\n").unwrap();
    for command in ["train", "extract"] {
        dftective![command, manifest, "-o", out.with_extension("csv")].refuses("has both labels");
    }
}

#[test]
fn a_table_that_tells_too_little_says_what_follows() {
    let fixture = fixture();
    let root = tempfile::tempdir().unwrap();
    let (table, less) = (root.path().join("t.csv"), root.path().join("less.csv"));
    dftective!["extract", fixture.data(), "-o", table].exits(0);
    let out = root.path().join("d.safetensors");
    let whole = dftective!["train", table, "-o", out].exits(0);
    assert!(!whole.stderr.contains("does not say"), "{}", whole.stderr);
    let rows = csv_rows(&fs::read_to_string(&table).unwrap());
    let kept = rows.iter().map(|row| {
        let fields = row.iter().enumerate();
        let fields: Vec<&str> = fields
            .filter(|(column, _)| ![6, 7, 8, 9, 10, 11].contains(column))
            .map(|(_, field)| field.as_str())
            .collect();
        fields.join(",")
    });
    fs::write(&less, kept.collect::<Vec<_>>().join("\n")).unwrap();
    for arguments in [["train", "-o"], ["evaluate", "--model"]] {
        dftective![arguments[0], less, arguments[1], out]
            .exits(0)
            .says("does not say width, height, format, jpeg_quality, subsampling, resampling of its images");
    }
}

/// Whatever is quoted of an input, one short line says what is wrong with it.
#[test]
fn messages_stay_short() {
    let fixture = fixture();
    let root = tempfile::tempdir().unwrap();
    let out = root.path().join("d.safetensors");
    let long = "x".repeat(1 << 20);
    for (name, text) in [
        ("m.csv", format!("path,label,{long}\n")),
        (
            "t.csv",
            format!("path,label,a,b,c,{long}\n{long},real,1,2,3,{long}\n"),
        ),
        ("t.jsonl", format!("{{\"path\":\"{long}\",\"f0\":\"{long}\"}}\n")),
        ("t.parquet", long.clone()),
        ("t.npz", long.clone()),
    ] {
        let path = root.path().join(name);
        fs::write(&path, text).unwrap();
        let run = dftective!["train", path, "-o", out].exits(2);
        assert_eq!(
            run.stderr.matches(&*path.to_string_lossy()).count(),
            1,
            "{:.1000}",
            run.stderr
        );
        assert!(run.stderr.chars().count() < 700, "{name}: {:.1000}", run.stderr);
    }
    let experiment = root.path().join("e.toml");
    fs::write(
        &experiment,
        format!("title = \"{long}\"\nrecipe = \"{long}\"\n{long} = 3\n"),
    )
    .unwrap();
    let rows = root.path().join("rows.csv");
    fs::write(&rows, format!("path,label\n{long},real\nx,{long}\n")).unwrap();
    // As long as a path may be.
    let name = format!("{}/{}", "y".repeat(200), "x/".repeat(1900));
    for run in [
        dftective!["experiment", experiment],
        dftective!["train", rows, "-o", out],
        dftective!["train", name, "-o", out],
        dftective!["score", root.path(), "--model", name],
        dftective!["evaluate", fixture.data(), "--model", name],
        dftective!["extract", fixture.data(), "--recipe", "x".repeat(10_000)],
        dftective!["extract", fixture.data(), "--format", "x".repeat(10_000)],
        dftective!["extract", fixture.data(), "--labels", "x".repeat(10_000)],
    ] {
        let run = run.exits(2);
        for line in run.stderr.lines() {
            assert!(line.chars().count() < 700, "{line:.1000}");
        }
    }
}
