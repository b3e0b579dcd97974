use super::{SMALL, plain};
use crate::{Experiment, ExperimentError, Protocol, Unit};
use dftective_classify::{Gamma, KernelParams, Params, SvmParams};
use dftective_features::FamilyName;
use dftective_sample::Label;

fn built_in(name: &str) -> Experiment {
    Experiment::built_in(name).unwrap().unwrap()
}

#[test]
fn the_papers_parameters_are_in_the_papers_experiments() {
    let rbf = KernelParams::Rbf {
        gamma: Gamma::Value(0.86),
    };
    let polynomial = KernelParams::Polynomial {
        gamma: Gamma::OnePerFeature,
        degree: 3,
        coef0: 0.0,
    };
    let mut seen = 0;
    let ours = ["baselines", "honest-faces"];
    for name in Experiment::built_in_names().filter(|name| !ours.contains(name)) {
        let experiment = built_in(name);
        let (Protocol::HoldOut {
            repetitions,
            test_fraction,
            ..
        }
        | Protocol::FixedParts {
            repetitions,
            test_fraction,
            ..
        }) = experiment.protocol
        else {
            panic!("{name}: {:?}", experiment.protocol);
        };
        assert_eq!((repetitions, test_fraction), (10, 0.2), "{name}");
        for classifier in &experiment.classifiers {
            let expected = match classifier.name.as_str() {
                "linear SVM" => Params::Svm(SvmParams::new(KernelParams::Linear)),
                "RBF SVM" => Params::Svm(SvmParams::new(rbf).with_c(6.37)),
                "poly SVM" => Params::Svm(SvmParams::new(polynomial)),
                "logistic" => {
                    let Params::Logistic(logistic) = &classifier.parameters else {
                        panic!("{name}: {classifier:?}");
                    };
                    assert!(logistic.penalize_intercept && logistic.c == 1.0, "{name}");
                    continue;
                }
                "k-means" => Params::KMeans(Default::default()),
                other => panic!("{name}: {other}"),
            };
            assert_eq!(classifier.parameters, expected, "{name}");
            seen += 1;
        }
    }
    assert_eq!(seen, 4 + 2 + 1 + 4);
    assert!(Experiment::built_in("imagenet").unwrap().is_none());
}

#[test]
fn layouts_and_labels_are_those_of_the_release() {
    let folders = |name| -> Vec<(String, Label)> {
        let experiment = built_in(name);
        experiment
            .data
            .folders
            .into_iter()
            .map(|folder| (folder.path, folder.label))
            .collect()
    };
    let expected = [
        ("thispersondoesntexists", Label::Fake),
        ("100KFake", Label::Fake),
        ("Flickr-Faces-HQ2_", Label::Real),
        ("celebA-HQ_10K", Label::Real),
    ];
    assert_eq!(
        folders("faces-hq"),
        expected.map(|(name, label)| (name.to_owned(), label))
    );
    let polarity = |name| {
        built_in(name)
            .data
            .pickles
            .map(|pickles| (pickles.fake, pickles.real))
    };
    assert_eq!(polarity("celeba"), Some((1, 0)));
    assert_eq!(polarity("deepfake-detection"), Some((0, 1)));
    assert!(matches!(
        built_in("deepfake-detection").protocol,
        Protocol::FixedParts { .. }
    ));
    assert!(built_in("synthetic").data.synthetic.is_some());
}

/// The tables of the paper, SVM, logistic regression, k-means.
#[test]
fn published_numbers_are_those_of_the_paper() {
    let numbers = |name: &str, of: Unit| -> Vec<Vec<(usize, f64)>> {
        let of_table = |classifier: crate::Classifier| {
            let published = classifier.published.into_iter();
            published
                .filter(|published| published.origin == 1 && published.of == of)
                .map(|published| (published.samples.unwrap_or(0), published.percent))
                .collect()
        };
        built_in(name).classifiers.into_iter().map(of_table).collect()
    };
    let all_right = vec![(4000, 100.0), (1000, 100.0), (100, 100.0), (20, 100.0)];
    let k_means = vec![(4000, 82.0), (1000, 82.0), (100, 81.0), (20, 75.0)];
    assert_eq!(
        numbers("faces-hq", Unit::Images),
        [all_right.clone(), all_right, k_means]
    );
    let svm = vec![(2000, 85.0), (1000, 82.0), (200, 77.0), (20, 66.0)];
    let logistic = vec![(2000, 78.0), (1000, 76.0), (200, 73.0), (20, 76.0)];
    assert_eq!(numbers("deepfake-detection", Unit::Images), [svm, logistic]);
    assert_eq!(
        numbers("deepfake-detection", Unit::Videos),
        [vec![(0, 90.0)], vec![(0, 81.0)]]
    );
}

#[test]
fn a_description_survives_its_own_json() {
    for name in Experiment::built_in_names() {
        let experiment = built_in(name);
        let text = serde_json::to_string(&experiment).unwrap();
        let again: Experiment = serde_json::from_str(&text).unwrap();
        assert_eq!(again, experiment);
    }
}

/// The error for [`SMALL`] with `to` in place of `from`: the line it must name, and what it must say.
#[track_caller]
fn refused(from: &str, to: &str, message: &str) {
    assert!(SMALL.contains(from), "{from}");
    let text = SMALL.replacen(from, to, 1);
    let error = Experiment::parse(&text, "small.toml").unwrap_err().to_string();
    let wrong = to.lines().last().unwrap();
    let line = text.lines().position(|line| line == wrong).unwrap() + 1;
    let start = format!(
        "small.toml, line {line} ({}",
        wrong.chars().take(60).collect::<String>()
    );
    assert!(error.starts_with(&start), "{error}\nexpected: {start}");
    assert!(error.contains(message), "{error}");
    assert!(!error.contains('\n'), "{error}");
}

#[test]
fn unknown_keys_are_refused_everywhere() {
    for header in ["seed = 7", "[data]", "[protocol]", "[[classifiers]]"] {
        refused(
            header,
            &format!("{header}\nsurplus = 1"),
            "unknown field `surplus`",
        );
    }
    for (inner, with) in [
        ("logistic = { c = 1.0 }", "logistic = { c = 1.0, surplus = 1 }"),
        ("k_means = {}", "k_means = { surplus = 1 }"),
        ("origin = 1 }", "origin = 1, surplus = 1 }"),
    ] {
        let whole = SMALL.lines().find(|line| line.contains(inner)).unwrap();
        refused(whole, &whole.replace(inner, with), "unknown field `surplus`");
    }
    let data = "origin = \"Made here.\"";
    for surplus in [
        "folders = [{ path = \"a\", label = \"fake\", surplus = 1 }]",
        "pickles = { fake = 1, real = 0, files = [], surplus = 1 }",
        "pickles = { fake = 1, real = 0, files = [{ name = \"a\", surplus = 1 }] }",
        "synthetic = { per_class = 9, size = 64, quality = 9, seed = 1, surplus = 1 }",
    ] {
        refused(data, &format!("{data}\n{surplus}"), "unknown field `surplus`");
    }
}

#[test]
fn values_out_of_range_are_refused_with_their_place() {
    refused("title = \"Small\"", "title = \" \"", "one line of text");
    refused("seed = 7", "seed = \"7\"", "expected u64");
    refused(
        "recipe = \"celeba bins=2\"",
        "recipe = \"celebrity\"",
        "celebrity",
    );
    refused(
        "repetitions = 3",
        "repetitions = 0",
        "1 to 1000 repetitions, found 0",
    );
    refused(
        "test_fraction = 0.25",
        "test_fraction = 1.0",
        "above 0 and below 1, found 1.0",
    );
    refused(
        "repetitions = 3",
        "repetitions = 3\nsamples = [20, 100]",
        "falling numbers of samples",
    );
    refused("repetitions = 3", "repetitions = 3\nsamples = [3]", "at least 4");
    let percent = "published = [{ percent = 100.0, decimals = 0, origin = 1 }]";
    refused(
        percent,
        &percent.replace("100.0", "100.5"),
        "0 to 100, found 100.5",
    );
    refused(
        percent,
        &percent.replace("decimals = 0", "decimals = 7"),
        "at most 6 decimals",
    );
    refused(
        percent,
        &percent.replace("origin = 1", "origin = 2"),
        "origin = 2: expected [2] in `source`, found none",
    );
    let logistic = "parameters = { logistic = { c = 1.0 } }";
    refused(
        logistic,
        &logistic.replace("1.0", "-1.0"),
        "c must be finite and above 0, found -1",
    );
    let data = "origin = \"Made here.\"";
    let synthetic = "synthetic = { per_class = 9, size = 65, quality = 9, seed = 1 }";
    refused(data, &format!("{data}\n{synthetic}"), "found 65");
}

#[test]
fn what_is_missing_or_no_toml_is_refused() {
    for (from, to, message) in [
        ("seed = 7", "", "missing field `seed`"),
        ("seed = 7", "seed = ", "small.toml, line 6"),
        ("name = \"k-means\"", "name = \"logistic\"", "a name of its own"),
    ] {
        let error = Experiment::parse(&SMALL.replace(from, to), "small.toml")
            .unwrap_err()
            .to_string();
        assert!(error.contains(message), "{error}");
        assert!(!error.contains('\n'), "{error}");
    }
    let without = SMALL.split("[[classifiers]]").next().unwrap();
    let error = Experiment::parse(without, "small.toml").unwrap_err().to_string();
    assert!(error.contains("missing field `classifiers`"), "{error}");
}

#[test]
fn files_are_read_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("small.toml");
    std::fs::write(&path, SMALL).unwrap();
    assert_eq!(Experiment::read(&path).unwrap(), plain());
    for (bytes, message) in [
        (vec![b'#'; (1 << 20) + 1], "larger than 1048576 bytes"),
        (vec![0xff], "not a text in UTF-8"),
    ] {
        std::fs::write(&path, bytes).unwrap();
        let error = Experiment::read(&path).unwrap_err().to_string();
        assert!(error.contains("small.toml") && error.contains(message), "{error}");
    }
    assert!(Experiment::read(folder.path()).is_err());
}

#[test]
fn families_are_the_experiments_own_or_a_part_of_them() {
    let honest = built_in("honest-faces");
    let families = honest.selection().families().to_vec();
    assert_eq!(families.len(), FamilyName::ALL.len());
    // Every family alone, three sets, and two with weights of their own.
    assert_eq!(honest.classifiers.len(), families.len() + 5);
    for family in &families {
        assert!(
            honest.classifiers.iter().any(|each| each.families == [*family]),
            "{family}"
        );
    }
    let written = serde_json::to_string(&honest).unwrap();
    assert_eq!(serde_json::from_str::<Experiment>(&written).unwrap(), honest);

    let text = Experiment::built_in_text("honest-faces").unwrap();
    let message = |from: &str, to: &str| {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text);
        Experiment::parse(&changed, "x").unwrap_err().to_string()
    };
    assert!(
        message("\"paper,full", "\"full").contains("radial: the family radial is none of the experiment's")
    );
    assert!(
        message("compare_with = \"dctr\"", "compare_with = \"svm\"")
            .contains("no classifier is called \"svm\"")
    );
    assert!(message("\"paper,full", "\"sift,full").contains("no feature family is called \"sift\""));

    let few = honest
        .with_families(&[FamilyName::Srm, FamilyName::Haar])
        .unwrap();
    let names: Vec<_> = few.classifiers.iter().map(|each| each.name.as_str()).collect();
    assert_eq!((names, few.compare_with.clone()), (vec!["srm", "haar"], None));
    let none = built_in("honest-faces").with_families(&[]);
    assert!(matches!(none, Err(ExperimentError::NoClassifierLeft)));
    // Published numbers belong to the published features.
    let other = built_in("celeba").with_families(&[FamilyName::Haar]).unwrap();
    assert!(other.classifiers.iter().all(|each| each.published.is_empty()));
    assert!(
        other
            .source
            .ends_with("measured on other features and are not shown.")
    );
    let same = built_in("celeba").with_families(&[FamilyName::Radial]).unwrap();
    assert_eq!(same, built_in("celeba"));
}
