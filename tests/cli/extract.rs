//! `dftective extract`.

use std::fs;
use std::path::Path;

use dftective::table::{FeatureTable, read_features};

use crate::support::{PER_CLASS, csv_rows, dftective, fixture, list, run};

/// The columns before the features.
const KNOWN: [&str; 15] = [
    "path",
    "label",
    "source",
    "group",
    "split",
    "recipe",
    "width",
    "height",
    "format",
    "jpeg_quality",
    "subsampling",
    "resampling",
    "notes",
    "error",
    "code",
];

/// Of them, the recipe and the error.
const RECIPE: usize = 5;
const ERROR: usize = 13;

fn table(path: &Path) -> FeatureTable {
    read_features(path).unwrap()
}

#[test]
fn every_format_carries_the_same_fields() {
    let fixture = fixture();
    let root = tempfile::tempdir().unwrap();
    let tables = ["csv", "jsonl", "parquet", "npz"].map(|format| {
        let path = root.path().join("features").with_extension(format);
        dftective!["extract", fixture.data(), "-o", path]
            .exits(0)
            .says("48 images, 0 without features");
        table(&path)
    });
    let [first, others @ ..] = &tables;
    assert_eq!(first.features.dim(), (2 * PER_CLASS, 128));
    assert_eq!(first.columns[0], "radial_point_1_of_128");
    let sample = &first.samples[0];
    assert_eq!(sample.name(), fixture.picture("real", 0).to_str().unwrap());
    assert_eq!(sample.file.size(), Some((64, 64)));
    assert_eq!(
        (sample.file.format.as_deref(), sample.file.jpeg_quality),
        (Some("jpeg"), Some(90))
    );
    assert_eq!(first.recipe.as_deref(), Some("default"));
    for other in others {
        assert!(other == first);
    }
}

#[test]
fn features_are_the_last_columns() {
    let fixture = fixture();
    let rows = csv_rows(&dftective!["extract", fixture.picture("fake", 3)].exits(0).stdout);
    assert_eq!(rows[0][..KNOWN.len()], KNOWN);
    assert_eq!(rows[0].len(), KNOWN.len() + 128);
    assert!(
        rows[0][KNOWN.len()..]
            .iter()
            .all(|name| name.starts_with("radial_point_"))
    );
    assert_eq!(rows[1][0], fixture.picture("fake", 3).to_str().unwrap());
    // A picture by itself has no label.
    assert_eq!(rows[1][1], "");
}

#[test]
fn labels_come_from_folders_and_manifests() {
    let fixture = fixture();
    let manifest = fixture.data().join("manifest.csv");
    for (data, has_source) in [(fixture.data(), false), (manifest, true)] {
        let rows = csv_rows(&dftective!["extract", data].exits(0).stdout);
        for row in &rows[1..] {
            let class = Path::new(&row[0]).parent().unwrap().file_name().unwrap();
            assert_eq!(row[1], class.to_str().unwrap());
            assert_eq!((!row[2].is_empty(), !row[3].is_empty()), (has_source, has_source));
        }
        assert_eq!(rows.len(), 1 + 2 * PER_CLASS);
    }
}

#[test]
fn a_recipe_can_be_changed() {
    let fixture = fixture();
    let picture = fixture.picture("real", 0);
    let recipe_and_width = |rows: Vec<Vec<String>>| (rows[1][RECIPE].clone(), rows[0].len() - KNOWN.len());
    let celeba = csv_rows(
        &dftective!["extract", picture, "--recipe", "celeba"]
            .exits(0)
            .stdout,
    );
    assert_eq!(recipe_and_width(celeba), ("celeba".to_owned(), 80));
    let changed = dftective![
        "extract",
        picture,
        "--recipe",
        "celeba bins=20",
        "--window",
        "hann"
    ]
    .exits(0);
    assert_eq!(
        recipe_and_width(csv_rows(&changed.stdout)),
        ("celeba window=hann bins=20".to_owned(), 20)
    );
    dftective!["extract", picture, "--recipe", "celebb"].refuses("unknown");
    dftective!["extract", picture, "--bins", "many"].refuses("--bins");
}

#[test]
fn single_precision_is_close_to_double_and_not_the_same() {
    let fixture = fixture();
    let root = tempfile::tempdir().unwrap();
    let features = |precision: &str| {
        let path = root.path().join(precision).with_extension("npz");
        dftective!["extract", fixture.data(), "--precision", precision, "-o", path].exits(0);
        table(&path).features
    };
    let (single, double) = (features("f32"), features("f64"));
    assert!(single != double);
    // A transform of 2¹² samples in single precision is wrong by about 12·2⁻²⁴ = 7e-7 of the root mean square
    // coefficient. A radial bin a thousand times fainter than that is wrong by 7e-4, and 10·ln of its power by 20 times
    // as much, 0.014; the worst of its coefficients may be five times worse.
    for (a, b) in single.iter().zip(&double) {
        assert!((a - b).abs() < 0.07, "{a} and {b}");
    }
}

#[test]
fn lists_are_read_from_standard_input() {
    let fixture = fixture();
    let paths = [fixture.picture("fake", 1), fixture.picture("real", 1)];
    let direct = dftective!["extract", paths[0], paths[1]].exits(0).stdout;
    let lines = list(&paths);
    let zeros: Vec<u8> = lines
        .iter()
        .map(|&byte| if byte == b'\n' { 0 } else { byte })
        .collect();
    let listed = |options: &[&str], stdin: &[u8]| {
        let arguments: Vec<_> = ["extract", "-"].iter().chain(options).map(Into::into).collect();
        run(&arguments, stdin).exits(0).stdout
    };
    assert_eq!(listed(&[], &lines), direct);
    assert_eq!(listed(&["--null"], &zeros), direct);
}

#[test]
fn the_bytes_do_not_depend_on_the_number_of_threads() {
    let fixture = fixture();
    let on = |threads: &str| {
        dftective!["extract", fixture.data(), "--threads", threads]
            .exits(0)
            .stdout
    };
    assert!(on("1") == on("8"));
}

#[test]
fn another_size_has_an_error_where_each_ring_is_a_feature() {
    let fixture = fixture();
    let root = tempfile::tempdir().unwrap();
    dftective!["synth", root.path(), "--per-class", "1", "--size", "32"].exits(0);
    let (small, large) = (root.path().join("real/00000.jpg"), fixture.picture("real", 0));
    let mixed = dftective!["extract", large, small, large, "--recipe", "faces-hq"].exits(1);
    let rows = csv_rows(&mixed.stdout);
    assert_eq!(rows.len(), 4);
    assert!(rows[2][ERROR].contains("32x32 pixels give"), "{:?}", rows[2]);
    assert!(rows[2][KNOWN.len()..].iter().all(String::is_empty));
    assert_eq!(rows[1][KNOWN.len()..], rows[3][KNOWN.len()..]);
    // A recipe that resamples takes both.
    dftective!["extract", large, small].exits(0);
}

#[test]
fn an_image_that_cannot_be_read_keeps_its_row() {
    let fixture = fixture();
    let root = tempfile::tempdir().unwrap();
    let (torn, whole) = (root.path().join("torn.jpg"), fixture.picture("real", 0));
    fs::write(&torn, &fs::read(&whole).unwrap()[..300]).unwrap();
    let run = dftective!["extract", torn, whole]
        .exits(1)
        .says("2 images, 1 without features");
    let rows = csv_rows(&run.stdout);
    assert!(rows[1][ERROR].starts_with("truncated jpeg"), "{:?}", rows[1]);
    assert_eq!(
        (rows[1][ERROR + 1].as_str(), rows[2][ERROR].as_str()),
        ("truncated", "")
    );
}

#[test]
fn nothing_to_do_is_refused() {
    let root = tempfile::tempdir().unwrap();
    let out = root.path().join("features.csv");
    dftective!["extract", root.path(), "-o", out].refuses("no images found");
    assert!(!out.exists());
    let fixture = fixture();
    for format in ["parquet", "npz"] {
        dftective!["extract", fixture.picture("real", 0), "--format", format]
            .refuses("takes only csv and jsonl");
    }
    dftective!["extract", fixture.picture("real", 0), "--format", "xlsx"].refuses("unknown table format");
}
