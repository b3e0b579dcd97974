use super::*;
use crate::evaluate::{BootstrapOptions, delong_test, mcnemar_test};

const LABELS: [bool; 8] = [true, true, true, true, false, false, false, false];
const FIRST: [f64; 8] = [0.9, 0.8, 0.7, 0.4, 0.6, 0.3, 0.2, 0.1];
const SECOND: [f64; 8] = [0.6, 0.4, 0.7, 0.2, 0.3, 0.8, 0.1, 0.55];

fn comparison(first: &[f64], second: &[f64], groups: Option<&[usize]>) -> Comparison {
    let detector = |model: &str| ComparedDetector {
        model: model.to_owned(),
        training_fingerprint: "ab12".to_owned(),
        classifier: "logistic".to_owned(),
        recipe: "celeba".to_owned(),
    };
    let options = BootstrapOptions {
        resamples: 200,
        seed: 4,
    };
    let alone = groups.is_none();
    Comparison {
        version: "0.1.0".to_owned(),
        detectors: [detector("a.safetensors"), detector("b.safetensors")],
        data: "faces".to_owned(),
        images: 8,
        delong: alone.then(|| delong_test(first, second, &LABELS).unwrap()),
        mcnemar: alone.then(|| mcnemar_test(first, second, &LABELS, 0.5).unwrap()),
        bootstrap: PairedBootstrap::of([first, second], &LABELS, 0.5, groups, options).unwrap(),
        failures: Vec::new(),
    }
}

/// Of 16 pairs the first detector wins 15 (all but .4 against .6), the second 3 + 2 + 3 + 1 = 9. Calls: A errs on .4
/// and .6; B on .4, .2, .8 and .55. B alone errs on three, A alone on one: 2 (1 + 4) / 2⁴ = 0.625.
#[test]
fn the_tests_are_named_and_told_in_words() {
    let found = comparison(&FIRST, &SECOND, None);
    let text = found.to_string();
    for line in [
        "Detector A: a.safetensors (logistic, recipe 'celeba')",
        "on faces: 8 images judged by both, 0 not",
        "A puts a fake above a real more often than B (ROC AUC 0.938 against 0.562).",
        "Intervals and p-values: 200 paired bootstrap resamples of 8 images (seed 4).",
        "(3 images only A calls rightly, 1 only B).",
    ] {
        assert!(text.lines().any(|found| found == line), "{line:?} in\n{text}");
    }
    let row = |name: &str| text.lines().find(|line| line.starts_with(name)).unwrap();
    assert!(row("accuracy ").starts_with("accuracy           75.0 %  50.0 %  +25.0 points ("));
    assert!(row("accuracy ").ends_with("0.625"), "{text}");
    let delong = found.delong.unwrap();
    let auc = metric_difference(Metric::RocAuc, Some(0.375), delong.interval);
    assert!(row("ROC AUC").contains(&auc), "{text}");
    let p = delong.p_value.unwrap();
    assert!(row("ROC AUC").ends_with(&p_value(p)), "{text}");
    assert!(text.contains(&format!(
        "in about {} of 1000 such comparisons",
        (1000.0 * p).round()
    )));

    // The other way round, the better one is B.
    let text = comparison(&SECOND, &FIRST, None).to_string();
    assert!(text.contains("B puts a fake above a real more often than A (ROC AUC 0.938 against 0.562)."));
}

#[test]
fn groups_leave_only_the_bootstrap() {
    let found = comparison(&FIRST, &SECOND, Some(&[0, 0, 1, 1, 2, 2, 3, 3]));
    let text = found.to_string();
    assert!(
        text.contains("resamples of 4 groups of images (seed 4)."),
        "{text}"
    );
    assert!(!text.contains("DeLong") && !text.contains("McNemar"), "{text}");
    let json = serde_json::to_value(&found).unwrap();
    assert!(json["delong"].is_null() && json["mcnemar"].is_null());
    assert_eq!(json["bootstrap"]["units"], 4);
    assert_eq!(json["bootstrap"]["resamples"], 200);
    assert_eq!(json["bootstrap"]["estimates"][5]["metric"], "roc_auc");
}

#[test]
fn chance_is_told_from_more_than_chance() {
    let said = |first: &[f64], second: &[f64]| comparison(first, second, None).in_words();
    assert_eq!(
        said(&FIRST, &FIRST),
        "Both put a fake above a real equally often (ROC AUC 0.938)."
    );
    let blind = [0.5; 8];
    let perfect = [0.9, 0.9, 0.9, 0.9, 0.1, 0.1, 0.1, 0.1];
    assert!(said(&perfect, &blind).ends_with("These images give no measure of what chance could do."));
    assert!(said(&FIRST, &SECOND).contains("these images do not tell the two apart"));
    let backwards = FIRST.map(|score| 1.0 - score);
    let surely = said(&FIRST, &backwards);
    assert!(surely.contains("in less than 1 of 1000 such comparisons.\nBy the customary limit"));
    assert!(
        surely.ends_with("the difference is more than chance."),
        "{surely}"
    );
}
