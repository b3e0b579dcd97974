//! Classifiers that are given part of the families, and compared item by item.

use super::*;
use crate::Classifier;
use dftective_classify::Params;
use dftective_features::Selection;

/// [`data`], its first feature called one of `haar`, its second one of `srm`.
fn two_families() -> (Experiment, Data) {
    let mut data = data(60, 1.2);
    data.dataset.columns = ["haar_0", "srm_0"].map(str::to_owned).to_vec();
    let mut experiment = small("seed = 7", "seed = 7\nfamilies = [\"haar\", \"srm\"]");
    experiment.compare_with = Some("haar".to_owned());
    let logistic = experiment.classifiers.remove(0);
    experiment.classifiers = ["haar", "srm", "haar,srm"]
        .into_iter()
        .map(|list| Classifier {
            name: list.to_owned(),
            families: Selection::families_of(list).unwrap(),
            published: Vec::new(),
            ..logistic.clone()
        })
        .collect();
    (experiment, data)
}

#[test]
fn a_classifier_sees_its_own_families_only() {
    let (experiment, data) = two_families();
    let measured = experiment.measure(&data, || false, |_, _| ()).unwrap().unwrap();
    let [haar, srm, both] = measured.results.as_slice() else {
        panic!("{:?}", measured.results);
    };
    // The second feature is noise alone.
    assert!(haar.auc.mean > 0.8 && both.auc.mean > 0.8, "{:?}", haar.auc);
    assert!((srm.auc.mean - 0.5).abs() < 0.25, "{:?}", srm.auc);
    // The same as of data that have nothing else.
    let mut alone = data.clone();
    alone.dataset.columns.truncate(1);
    alone.dataset.features = data.dataset.features.select(ndarray::Axis(1), &[0]);
    alone.dataset.selection = "faces-hq".parse().unwrap();
    let only = Experiment {
        classifiers: experiment.classifiers[..1].to_vec(),
        compare_with: None,
        ..experiment.clone()
    };
    let of_one = only.measure(&alone, || false, |_, _| ()).unwrap().unwrap();
    assert_eq!(of_one.results[0].repetitions, haar.repetitions);

    let names: Vec<_> = measured
        .paired
        .iter()
        .map(|each| each.classifier.as_str())
        .collect();
    assert_eq!(names, ["srm", "haar,srm"]);
    let srm = &measured.paired[0];
    assert_eq!(srm.with, "haar");
    let difference = srm.auc.difference.unwrap();
    assert!(
        difference < -0.2 && srm.auc.interval.unwrap().high < 0.0,
        "{srm:?}"
    );
    assert!(srm.auc.p_value.unwrap() < 0.05);
}

#[test]
fn a_family_that_the_data_lack_is_named() {
    let (experiment, mut data) = two_families();
    data.dataset.columns[1] = "other".to_owned();
    let error = experiment.measure(&data, || false, |_, _| ()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "srm: the data have no feature of the family srm"
    );
}

#[test]
fn weights_are_for_families_that_the_classifier_is_given() {
    let with = |weights: &str, own: &str| {
        let text = Experiment::built_in_text("honest-faces").unwrap();
        let classifier = format!(
            "[[classifiers]]\nname = \"weighed\"\nparameters = {{ ridge = {{ weights = {{ {weights} }} }} }}\n{own}"
        );
        Experiment::parse(&format!("{text}\n{classifier}"), "weighed.toml")
    };
    let experiment = with("dctr = 2.0, srm = 0.5", "").unwrap();
    let Params::Ridge(params) = &experiment.classifiers.last().unwrap().parameters else {
        panic!("{:?}", experiment.classifiers);
    };
    assert_eq!(params.weights.len(), 2);
    // Without one of the families there is no such classifier.
    let names = |experiment: Experiment| -> Vec<String> {
        let classifiers = experiment.classifiers.into_iter();
        classifiers.map(|classifier| classifier.name).collect()
    };
    let fast = Selection::families_of("fast").unwrap();
    let kept = names(experiment.clone().with_families(&fast).unwrap());
    assert!(kept.contains(&"weighed".to_owned()), "{kept:?}");
    let dctr = Selection::families_of("dctr").unwrap();
    assert_eq!(names(experiment.with_families(&dctr).unwrap()), ["dctr"]);

    for (weights, own) in [("srm = 2.0", "families = \"dctr\""), ("wavelet = 1.0", "")] {
        let error = with(weights, own).unwrap_err().to_string();
        let name = weights.split(' ').next().unwrap();
        let expected = format!("weighed: a weight is given for {name:?}, which is none of its families");
        assert_eq!(error, expected);
    }
    let error = with("dctr = -1.0", "").unwrap_err().to_string();
    assert!(
        error.contains("weight must be finite and above 0, found -1"),
        "{error}"
    );
}
