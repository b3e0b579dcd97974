//! `dftective train` on data that are not what it needs.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::support::{Fixture, Run, dftective, fixture};

/// Trains, and says whether a detector was written.
fn train(data: &Path, options: &[&str]) -> (Run, bool) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("detector.safetensors");
    let mut arguments = vec!["train".into(), data.into(), "-o".into(), path.clone().into()];
    arguments.extend(options.iter().map(Into::into));
    (crate::support::run(&arguments, &[]), path.exists())
}

#[track_caller]
fn refuses(data: &Path, options: &[&str], cause: &str) {
    let (run, written) = train(data, options);
    run.refuses(cause);
    assert!(!written);
}

/// A folder with the first pictures of each class.
fn subset(fixture: &Fixture, real: usize, fake: usize) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (class, count) in [("real", real), ("fake", fake)] {
        fs::create_dir(folder.path().join(class)).unwrap();
        for index in 0..count {
            let to = folder.path().join(class).join(format!("{index}.jpg"));
            fs::copy(fixture.picture(class, index), to).unwrap();
        }
    }
    folder
}

/// The data set's manifest with more lines, its paths made absolute.
fn manifest_with(fixture: &Fixture, lines: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("manifest.csv");
    let mut text = "path,label\n".to_owned();
    for class in ["real", "fake"] {
        for index in 0..8 {
            text += &format!("{},{class}\n", fixture.picture(class, index).display());
        }
    }
    fs::write(&path, text + lines).unwrap();
    (folder, path)
}

#[test]
fn too_few_images_are_refused() {
    let fixture = fixture();
    let (one, none) = (subset(&fixture, 8, 1), subset(&fixture, 8, 0));
    refuses(
        one.path(),
        &[],
        "each class needs at least 5 items, found 1 with fakes and 8 with reals",
    );
    refuses(
        none.path(),
        &[],
        "each class needs at least 5 items, found 0 with fakes and 8 with reals",
    );
    refuses(
        &fixture.data(),
        &["--folds", "25"],
        "each class needs at least 25 items",
    );
    refuses(
        &fixture.data(),
        &["--folds", "1"],
        "need at least 2 folds, found 1",
    );
    refuses(subset(&fixture, 0, 0).path(), &[], "no usable image");
}

#[test]
fn what_is_no_labelled_data_is_refused() {
    let root = tempfile::tempdir().unwrap();
    refuses(&root.path().join("none"), &[], "no such file or folder");
    refuses(root.path(), &[], "expected the folders real and fake in it");
    let file = |name: &str, text: &str| {
        let path = root.path().join(name);
        fs::write(&path, text).unwrap();
        path
    };
    refuses(
        &file("data.txt", ""),
        &[],
        "expected a folder, an archive (.zip, .tar, .tar.gz), a CSV manifest, or a feature table",
    );
    refuses(
        &file("m.csv", "path,class\na,fake\n"),
        &[],
        "unknown column 'class'",
    );
    refuses(&file("m.csv", "path\na\n"), &[], "no column 'label'");
    refuses(&file("t.parquet", "path\n"), &[], "t.parquet");
    refuses(&file("t.npz", "path\n"), &[], "t.npz");
}

#[test]
fn rows_that_cannot_be_used_are_reported_and_the_rest_is_learned_from() {
    let fixture = fixture();
    let folder = fixture.data();
    for (line, cause) in [
        (
            "1.jpg,synthetic",
            "unknown label 'synthetic' (expected real or fake)".to_owned(),
        ),
        (
            "none.jpg,fake",
            "none.jpg: cannot be read: No such file".to_owned(),
        ),
        (
            &format!("{},fake", folder.display()),
            format!("{}: not a file: a directory", folder.display()),
        ),
        (",fake", "line 18 of the manifest has no path".to_owned()),
    ] {
        let (_folder, manifest) = manifest_with(&fixture, &format!("{line}\n"));
        let (run, written) = train(&manifest, &[]);
        let run = run.exits(1).says("warning: ").says(&cause);
        assert!(
            run.stdout.contains("images       8 real, 8 fake"),
            "{}",
            run.stdout
        );
        assert!(written);
    }
}

#[test]
fn an_image_listed_twice_is_used_once() {
    let fixture = fixture();
    let again = format!("{},real\n", fixture.picture("real", 0).display());
    let (_folder, manifest) = manifest_with(&fixture, &again);
    let (run, _) = train(&manifest, &[]);
    let run = run
        .exits(0)
        .says("1 inputs are listed more than once; each is used once");
    assert!(
        run.stdout.contains("images       8 real, 8 fake"),
        "{}",
        run.stdout
    );
}

#[test]
fn a_table_of_another_recipe_is_refused() {
    let fixture = fixture();
    let root = tempfile::tempdir().unwrap();
    let table = root.path().join("features.csv");
    dftective!["extract", fixture.data(), "--recipe", "celeba", "-o", table].exits(0);
    refuses(
        &table,
        &["--recipe", "default"],
        "features.csv: the features were made with the recipe 'celeba', not with 'default'",
    );
    refuses(&table, &["--bins", "40"], "made with the recipe 'celeba'");
    train(&table, &[]).0.exits(0);
}

#[test]
fn a_table_without_labels_or_recipe_is_refused() {
    let fixture = fixture();
    let root = tempfile::tempdir().unwrap();
    let table = root.path().join("features.csv");
    dftective!["extract", fixture.data().join("real"), "-o", table].exits(0);
    refuses(&table, &[], "no usable image");

    let mut text = "path,label,a,b,c\n".to_owned();
    for (label, offset) in [("real", 0.0), ("fake", 1.0)] {
        for index in 0..10 {
            let x = f64::from(index);
            text += &format!(
                "{label}{index}.jpg,{label},{},{},1\n",
                x * 0.1 + offset,
                (x * 7.0) % 3.0
            );
        }
    }
    fs::write(&table, text).unwrap();
    refuses(
        &table,
        &[],
        "does not say with which recipe its features were made",
    );
    refuses(
        &table,
        &["--recipe", "celeba"],
        "its families give 80 features, the training set has 3",
    );
    train(&table, &["--recipe", "celeba bins=3"]).0.exits(0);
}

#[test]
fn options_out_of_range_are_refused() {
    let fixture = fixture();
    let data = fixture.data();
    refuses(
        &data,
        &["--classifier", "kmeans", "--balanced"],
        "--balanced has no meaning for k-means",
    );
    let solver = ["--classifier", "kmeans", "--solver", "linfa"];
    refuses(&data, &solver, "--solver has no meaning for k-means");
    for (classifier, name) in [
        ("ridge", "ridge regression"),
        ("fld-ensemble", "the Fisher ensemble"),
    ] {
        for option in [
            &["--balanced"][..],
            &["--solver", "linfa"],
            &["--max-iterations", "9"],
        ] {
            let options = [&["--classifier", classifier], option].concat();
            refuses(
                &data,
                &options,
                &format!("{} has no meaning for {name}", option[0]),
            );
        }
    }
    let lambda = ["--lambda", "0.1"];
    refuses(&data, &lambda, "--lambda has a meaning for ridge regression only");
    let weights = ["--family-weights", "radial=2"];
    let weighing = "--family-weights has a meaning for ridge regression and the Fisher ensemble only";
    refuses(&data, &weights, weighing);
    for (weights, message) in [
        ("radial=-1", "radial: expected a number above 0, found \"-1\""),
        ("wavelet=1", "no feature family is called \"wavelet\""),
        (
            "srm=2",
            "--family-weights srm: not among the families used, which are radial",
        ),
    ] {
        refuses(
            &data,
            &["--classifier", "ridge", "--family-weights", weights],
            message,
        );
    }
    for option in ["--subspace", "--learners"] {
        refuses(
            &data,
            &[option, "5"],
            "have a meaning for the Fisher ensemble only",
        );
    }
    refuses(
        &data,
        &["--classifier", "ridge", "--lambda", "0.1,-1"],
        "found -1",
    );
    let wide = ["--classifier", "fld-ensemble", "--subspace", "100000"];
    refuses(
        &data,
        &wide,
        "subspace must be at most the number of columns, found 100000 of ",
    );
    let intercept = ["--classifier", "svm", "--penalize-intercept"];
    refuses(
        &data,
        &intercept,
        "--penalize-intercept has a meaning for logistic regression only",
    );
    for classifier in ["svm", "logistic"] {
        refuses(
            &data,
            &["--classifier", classifier, "--solver", "linfa"],
            "solver must be native (linfa's solvers can't be asked for any more), found linfa",
        );
    }
    refuses(&data, &["--classifier", "tree"], "invalid value 'tree'");
    refuses(&data, &["-C", "0"], "found 0");
    refuses(
        &data,
        &["--classifier", "svm", "--gamma", "wide"],
        "expected a number, scale or auto",
    );
    refuses(&data, &["--error-rate", "0.7"], "found 0.7");
    refuses(&data, &["--classifier", "kmeans", "--clusters", "1"], "found 1");
    refuses(&data, &["--recipe", "faces"], "--recipe");
}

#[test]
fn an_output_that_cannot_be_written_is_an_error() {
    let fixture = fixture();
    let root = tempfile::tempdir().unwrap();
    let nowhere = root.path().join("none/detector.safetensors");
    dftective!["train", fixture.data(), "-o", nowhere].refuses("none/detector.safetensors");
    dftective!["train", fixture.data(), "-o", root.path()].exits(2);
    assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
    if cfg!(target_os = "linux") {
        dftective!["train", fixture.data(), "-o", "/dev/full"].refuses("No space left on device");
    }
}
