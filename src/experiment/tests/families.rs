//! Classifiers that are given part of the families, and compared item by item.

use super::*;
use crate::experiment::Classifier;
use crate::features::Selection;

/// [`data`], its first feature called one of `haar`, its second one of `srm`.
fn two_families() -> (Experiment, Data) {
    let mut data = data(60, 1.2);
    data.labelled.set.columns = ["haar_0", "srm_0"].map(str::to_owned).to_vec();
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
    alone.labelled.set.columns.truncate(1);
    alone.labelled.set.features = data.labelled.set.features.select(ndarray::Axis(1), &[0]);
    alone.labelled.set.selection = "faces-hq".parse().unwrap();
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
    data.labelled.set.columns[1] = "other".to_owned();
    let error = experiment.measure(&data, || false, |_, _| ()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "srm: the data have no feature of the family srm"
    );
}
