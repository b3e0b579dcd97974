use super::*;
use crate::draw::Figure;
use crate::page::{comparison_figures, comparison_page};
use dftective_decode::Limits;
use dftective_evaluate::{BootstrapOptions, delong_test, mcnemar_test, operating_points};
use dftective_sample::{Label, Origin, Sample};

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
        schema_version: SchemaVersion,
        version: "0.1.0".to_owned(),
        command: ["dftective", "compare", "faces"].map(str::to_owned).to_vec(),
        detectors: [detector("a.safetensors"), detector("b.safetensors")],
        data: "faces".to_owned(),
        images: 8,
        delong: alone.then(|| delong_test(first, second, &LABELS).unwrap()),
        mcnemar: alone.then(|| mcnemar_test(first, second, &LABELS, 0.5).unwrap()),
        bootstrap: PairedBootstrap::of([first, second], &LABELS, 0.5, groups, options).unwrap(),
        curves: [first, second].map(|scores| operating_points(scores, &LABELS).unwrap()),
        agreement: Agreement::of([first, second], &LABELS, 0.5),
        scores: ScorePairs::of([first, second], &LABELS, 4),
        disagreements: Disagreement::strongest(&samples(), [first, second], 0.5, &Limits::default()),
        failures: Vec::new(),
    }
}

fn samples() -> [Sample; 8] {
    let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
    std::array::from_fn(|image| Sample {
        label: Some(if LABELS[image] { Label::Fake } else { Label::Real }),
        ..Sample::new(Origin::Name(names[image].to_owned()))
    })
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

/// Calls by hand: A errs on the fake .4 and the real .6; B on the fakes .4 and .2 and the reals .8 and .55.
#[test]
fn images_are_counted_and_listed() {
    let found = comparison(&FIRST, &SECOND, None);
    let counts = found.agreement.map(|each| {
        (
            each.label,
            each.both,
            each.only_first,
            each.only_second,
            each.neither,
        )
    });
    assert_eq!(counts, [(Label::Real, 1, 2, 1, 0), (Label::Fake, 2, 1, 0, 1)]);
    assert_eq!(
        (found.scores.first.as_slice(), found.scores.images),
        (FIRST.as_slice(), 8)
    );
    // Gaps of .5 (.3 against .8), .45 (.1 against .55), .4 (.8 against .4) and .3 (.6 against .3).
    let order: Vec<&str> = found
        .disagreements
        .iter()
        .map(|each| each.path.as_str())
        .collect();
    assert_eq!(order, ["f", "h", "b", "e"]);
    assert_eq!(
        (found.disagreements[0].label, found.disagreements[0].scores),
        (Label::Real, [0.3, 0.8])
    );

    let many = ScorePairs::of([&[0.25; 3000], &[0.75; 3000]], &[true; 3000], 1);
    assert_eq!(
        (many.first.len(), many.fake.len(), many.images),
        (crate::SAMPLE, crate::SAMPLE, 3000)
    );
}

#[test]
fn the_page_shows_the_record() {
    let found = comparison(&FIRST, &SECOND, None);
    let figures = comparison_figures(&found);
    let rows = |figure: &Figure| -> Vec<csv::StringRecord> {
        let mut reader = csv::Reader::from_reader(figure.data.as_str().as_bytes());
        reader.records().map(Result::unwrap).collect()
    };
    for figure in &figures {
        let svg = figure.svg();
        roxmltree::Document::parse(&svg).unwrap_or_else(|error| panic!("{}: {error}", figure.id));
        assert!(!svg.contains("NaN"), "{}", figure.id);
    }
    let [differences, roc, _, pairs] = figures.as_slice() else {
        panic!("four figures, found {}", figures.len())
    };
    let delong = found.delong.unwrap();
    let auc = rows(differences)
        .into_iter()
        .find(|row| &row[0] == "ROC AUC")
        .unwrap();
    assert_eq!(
        (auc[3].to_owned(), auc[6].to_owned()),
        (delong.difference.to_string(), delong.p_value.unwrap().to_string())
    );
    assert_eq!(rows(roc).len(), found.curves[0].len() + found.curves[1].len());
    assert!(roc.caption.contains("0.938 (A) and 0.562 (B)"), "{}", roc.caption);
    assert_eq!(
        (rows(pairs).len(), rows(pairs)[3][1].to_owned()),
        (8, "0.2".to_owned())
    );

    let page = comparison_page(&found);
    for part in [
        "<td class=\"number\">75.0 %</td>",
        "McNemar",
        "score 0.300 by A, 0.800 by B",
        "dftective compare faces",
    ] {
        assert!(page.contains(part), "{part}");
    }
    // What stands in the record makes the same page again.
    let again: Comparison = serde_json::from_str(&serde_json::to_string(&found).unwrap()).unwrap();
    assert_eq!(again, found);
    assert_eq!(comparison_page(&again), page);
    // Images in groups have curves without bands.
    let grouped = comparison(&FIRST, &SECOND, Some(&[0, 0, 1, 1, 2, 2, 3, 3]));
    let roc = |comparison: &Comparison| comparison_figures(comparison)[1].svg();
    assert!(roc(&found).contains("class=\"area") && !roc(&grouped).contains("class=\"area"));
}

#[test]
fn names_of_files_stay_text() {
    let mut found = comparison(&FIRST, &SECOND, None);
    found.disagreements[0].path = "<img src=x onerror=alert(1)>.jpg".to_owned();
    let page = comparison_page(&found);
    assert!(!page.contains("<img src=x") && page.contains("&lt;img src=x onerror=alert(1)&gt;.jpg"));
    found.disagreements.clear();
    assert!(comparison_page(&found).contains("They call every picture the same."));
}
