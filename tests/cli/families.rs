//! Several feature families, and images of several kinds.

use std::fs;
use std::path::Path;

use dftective::classify::Params;
use dftective::detector::Detector;
use dftective::table::read_features;
use serde_json::Value;

use crate::support::{PER_CLASS, csv_rows, dftective, fixture};

/// A detector of families that need more than luma.
fn detector(root: &Path, data: &Path, name: &str, option: &str, value: &str) -> std::path::PathBuf {
    let model = root.join(name);
    let (families, classifier) = ("dctr-np,haar,colour", "ridge");
    dftective![
        "train",
        data,
        "-o",
        model,
        "--families",
        families,
        "--classifier",
        classifier,
        option,
        value
    ]
    .exits(0);
    model
}

#[test]
fn families_are_extracted_together_and_learnt_from() {
    let (fixture, root) = (fixture(), tempfile::tempdir().unwrap());
    let table = root.path().join("features.npz");
    dftective![
        "extract",
        fixture.data(),
        "-o",
        table,
        "--families",
        "haar,paper",
        "--recipe",
        "celeba"
    ]
    .exits(0);
    let found = read_features(&table).unwrap();
    assert_eq!(found.features.dim(), (2 * PER_CLASS, 256 + 80));
    assert_eq!(found.recipe.as_deref(), Some("families=haar,radial celeba"));
    assert!(found.columns[0].starts_with("haar_") && found.columns[256].starts_with("radial_point_1_"));
    assert_eq!(found.samples[0].file.subsampling.as_deref(), Some("4:2:0"));
    assert_eq!(found.samples[0].file.resampling, Some(0.0));

    // From the table and from the images: the same detector.
    let models = [("table", table.as_path()), ("images", &fixture.data())].map(|(name, data)| {
        let model = root.path().join(name);
        let families = "haar,radial";
        dftective![
            "train",
            data,
            "-o",
            model,
            "--families",
            families,
            "--recipe",
            "celeba"
        ]
        .exits(0);
        fs::read(model).unwrap()
    });
    assert!(models[0] == models[1]);
    let weighed = root.path().join("weighed");
    for classifier in ["ridge", "fld-ensemble"] {
        let train = |weights: &str| {
            dftective![
                "train",
                table,
                "-o",
                weighed,
                "--classifier",
                classifier,
                "--family-weights",
                weights
            ]
            .exits(0)
            .stdout
        };
        train("haar=3");
        let detector = Detector::load(&weighed).unwrap();
        let weights = match &detector.training().classifier {
            Params::Ridge(params) => &params.weights,
            Params::FldEnsemble(params) => &params.weights,
            other => panic!("{other:?}"),
        };
        assert_eq!(*weights, [("haar".to_owned(), 3.0)].into());
        let told = train("search");
        assert!(told.contains("weights      haar="), "{told}");
    }
    let other = root.path().join("other");
    dftective!["train", table, "-o", other, "--families", "haar"].refuses(
        "the features were made with the recipe 'families=haar,radial celeba', not with 'families=haar'",
    );
    dftective!["extract", fixture.data(), "--families", "radial,sift"]
        .refuses("no feature family is called \"sift\"");
    dftective!["extract", fixture.data(), "--families", "haar", "--bins", "10"]
        .refuses("none of them is a spectrum");
}

#[test]
fn images_of_another_kind_are_left_open_unless_forced() {
    let (fixture, root) = (fixture(), tempfile::tempdir().unwrap());
    let model = detector(root.path(), &fixture.data(), "small", "--seed", "1");
    let png = root.path().join("fake.png");
    image::open(fixture.picture("fake", 1))
        .unwrap()
        .save(&png)
        .unwrap();
    let rows = |arguments: &[&str]| {
        let mut all: Vec<std::ffi::OsString> = vec![
            "score".into(),
            fixture.picture("fake", 1).into(),
            png.clone().into(),
        ];
        all.extend(["--model".into(), model.clone().into()]);
        all.extend(arguments.iter().map(Into::into));
        csv_rows(&crate::support::run(&all, &[]).exits(0).stdout)
    };
    let (cautious, forced) = (rows(&[]), rows(&["--force"]));
    assert_eq!(cautious[0][3..5], ["verdict", "out_of_domain"]);
    assert_eq!((cautious[1][4].as_str(), forced[1][4].as_str()), ("no", "no"));
    assert_eq!(cautious[1], forced[1]);
    assert_eq!(cautious[2][3..5], ["uncertain", "yes"]);
    assert!(
        cautious[2][8].contains("no training image was png"),
        "{:?}",
        cautious[2]
    );
    // The fakes of the set are told without doubt, so the score decides.
    assert_eq!(forced[2][3..5], ["fake", "yes"]);
}

#[test]
fn copies_of_other_qualities_are_learnt_from() {
    let (fixture, root) = (fixture(), tempfile::tempdir().unwrap());
    let model = root.path().join("robust");
    let run = dftective!["train", fixture.data(), "-o", model, "--augment", "jpeg=50..95:2"].exits(0);
    assert!(
        run.stdout.contains("images       72 real, 72 fake"),
        "{}",
        run.stdout
    );
    assert!(
        run.stdout.contains("as found") && run.stdout.contains("copies, "),
        "{}",
        run.stdout
    );
    let bytes = fs::read(&model).unwrap();
    dftective![
        "train",
        fixture.data(),
        "-o",
        model,
        "--augment",
        "jpeg=50..95:2",
        "--threads",
        "1"
    ]
    .exits(0);
    assert!(fs::read(&model).unwrap() == bytes);
    dftective!["train", fixture.data(), "-o", model, "--augment", "jpeg=95..50"]
        .exits(2)
        .says("jpeg=LOW..HIGH");
    let table = root.path().join("features.csv");
    dftective!["extract", fixture.data(), "-o", table].exits(0);
    dftective!["train", table, "-o", model, "--augment", "jpeg=50..95"].refuses("not of their features");
}

#[test]
fn each_image_goes_to_the_detector_of_its_kind() {
    let (fixture, root) = (fixture(), tempfile::tempdir().unwrap());
    let large = root.path().join("data");
    dftective![
        "synth",
        large,
        "--size",
        "128",
        "--per-class",
        "24",
        "--quality",
        "75"
    ]
    .exits(0);
    let models = [
        detector(root.path(), &fixture.data(), "64", "--seed", "0"),
        detector(root.path(), &large, "128", "--crop", "64:4"),
    ];
    let both = root.path().join("both");
    let run = dftective!["combine", models[0], models[1], "-o", both].exits(0);
    assert!(run.stdout.contains("tiles=64:4"), "{}", run.stdout);
    let images = [fixture.picture("real", 2), large.join("real/00002.jpg")];
    let judged = |model: &Path| {
        let run = dftective!["score", images[0], images[1], "--model", model].exits(0);
        csv_rows(&run.stdout)
    };
    let found = judged(&both);
    for (index, model) in models.iter().enumerate() {
        let alone = &judged(model)[index + 1];
        assert_eq!(found[index + 1][..8], alone[..8]);
        assert_eq!(alone[4], "no");
        assert_eq!(
            found[index + 1][8],
            format!("judged by detector {} of 2", index + 1)
        );
    }
    // It is evaluated, compared and inspected like any other.
    let result = root.path().join("result.json");
    dftective!["evaluate", large, "--model", both, "-o", result].exits(0);
    let record: Value = serde_json::from_str(&fs::read_to_string(&result).unwrap()).unwrap();
    let images: Vec<_> = record["members"]
        .as_array()
        .unwrap()
        .iter()
        .map(|member| &member["images"])
        .collect();
    assert_eq!(images, [0, record["images"].as_u64().unwrap()]);
    let page = root.path().join("result.html");
    dftective!["report", result, "-o", page].exits(0);
    assert!(
        fs::read_to_string(&page)
            .unwrap()
            .contains("Detectors of the file")
    );
    let compared = dftective!["compare", large, "--model", both, "--model", models[1]]
        .exits(0)
        .stdout;
    assert!(compared.contains("Detector A: "), "{compared}");
    let picture = fs::read_dir(large.join("fake"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let pages = root.path().join("pages");
    dftective!["inspect", picture, "--model", both, "--out", pages].exits(0);
    let stem = picture.file_stem().unwrap().to_str().unwrap();
    let told = fs::read_to_string(pages.join(format!("{stem}.inspect.json"))).unwrap();
    let told: Value = serde_json::from_str(&told).unwrap();
    let model = told["judgement"]["model"].as_str().unwrap();
    assert!(model.ends_with("both (detector 2 of 2)"), "{model}");
}

#[test]
fn an_inspection_tells_families_and_patterns() {
    let (fixture, root) = (fixture(), tempfile::tempdir().unwrap());
    let model = detector(root.path(), &fixture.data(), "detector", "--seed", "0");
    let out = root.path().join("out");
    dftective![
        "inspect",
        fixture.picture("fake", 0),
        "--model",
        model,
        "--out",
        out
    ]
    .exits(0);
    let text = fs::read_to_string(out.join("00000.inspect.json")).unwrap();
    let record: Value = serde_json::from_str(&text).unwrap();
    let judgement = &record["judgement"];
    let families = judgement["families"].as_array().unwrap();
    let names: Vec<_> = families
        .iter()
        .map(|family| family["family"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["dctr-np", "haar", "colour"]);
    let sum = |bands: &Value| {
        let margins = bands.as_array().unwrap().iter();
        margins.map(|band| band["margin"].as_f64().unwrap()).sum::<f64>()
    };
    let expected = judgement["margin"].as_f64().unwrap() - judgement["middle_margin"].as_f64().unwrap();
    // A linear model's parts add up but for rounding, unless a value was clipped: then they are occlusions.
    for parts in [&judgement["families"], &judgement["bands"]] {
        assert!(
            (sum(parts) - expected).abs() < 0.05 * expected.abs().max(1.0),
            "{} {expected}",
            sum(parts)
        );
    }
    assert!(out.join("00000.patterns-dctr-np.svg").exists());
    assert!(out.join("00000.profile.svg").exists());
}
