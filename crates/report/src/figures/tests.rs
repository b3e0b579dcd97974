use roxmltree::Document;

use super::*;
use crate::draw::Figure;
use crate::{
    BandContribution, Embedding, InspectedJudgement, InspectedProfile, MeanSpectrum, NeighbourMap, Spectra,
};
use dftective_classify::RejectThresholds;
use dftective_evaluate::{
    ClassHistogram, Interval, ProbabilityMetrics, average_precision, equal_error_rate, operating_points,
    roc_auc,
};
use dftective_features::{ClassMoments, Moments};
use dftective_sample::Label;

const SCORES: [f64; 8] = [0.1, 0.2, 0.6, 0.4, 0.9, 0.8, 0.5, 0.3];
const FAKE: [bool; 8] = [false, false, false, false, true, true, true, true];

/// The drawing can be read, has an end, and is told to those who do not see it; its data are as many rows.
fn check(figure: &Figure, rows: usize) -> Vec<csv::StringRecord> {
    let svg = figure.svg();
    Document::parse(&svg).unwrap_or_else(|error| panic!("{}: {error}", figure.id));
    assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    assert!(!figure.title.is_empty() && figure.description.len() > 20 && figure.caption.len() > 60);
    assert!(
        figure.id.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'),
        "{}",
        figure.id
    );
    let mut reader = csv::Reader::from_reader(figure.data.as_str().as_bytes());
    let found: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(found.len(), rows, "{}", figure.id);
    found
}

fn number(text: &str) -> f64 {
    text.parse().unwrap()
}

#[test]
fn curves_show_the_record() {
    let points = operating_points(&SCORES, &FAKE).unwrap();
    let auc = roc_auc(&SCORES, &FAKE).unwrap();
    let figures = [
        roc(&points, (auc.auc, auc.interval), 0.5, IntervalBasis::Images),
        precision_recall(
            &points,
            average_precision(&SCORES, &FAKE).unwrap(),
            0.5,
            IntervalBasis::Images,
        ),
        detection_error(
            &points,
            equal_error_rate(&SCORES, &FAKE).unwrap(),
            IntervalBasis::Images,
        ),
        roc(&points, (auc.auc, None), 0.5, IntervalBasis::Dependent),
    ];
    for figure in &figures {
        let rows = check(figure, points.len());
        for (row, point) in rows.iter().zip(&points) {
            assert_eq!(number(&row[1]), point.false_positive_rate);
            assert_eq!(number(&row[4]), point.true_positive_rate);
            assert_eq!(row[0].is_empty(), point.threshold.is_none());
        }
    }
    assert!(figures[0].caption.contains("0.812"), "{}", figures[0].caption);
    // Without intervals there is no band.
    assert!(
        figures[0].svg().contains("class=\"area s0\"") && !figures[3].svg().contains("class=\"area s0\"")
    );
}

#[test]
fn scores_show_the_record() {
    let counts = ClassHistogram::of(&SCORES, &FAKE, 0.0, 1.0, 10);
    let band = RejectThresholds {
        low: Some(0.3),
        high: None,
        error_rate: 0.1,
    };
    let figure = histogram(&counts, "score", 0.5, Some(&band));
    let rows = check(&figure, 10);
    let fakes: usize = rows.iter().map(|row| row[3].parse::<usize>().unwrap()).sum();
    assert_eq!(fakes, 4);
    let probability = ProbabilityMetrics::from_scores(&SCORES, &FAKE).unwrap();
    let rows = check(&reliability(&probability), probability.bins.len());
    for (row, bin) in rows.iter().zip(&probability.bins) {
        assert_eq!(row[2].parse::<usize>().unwrap(), bin.items);
        assert_eq!(row[4].parse().ok(), bin.fakes);
    }
}

fn moments(mean: f64) -> Moments {
    Moments {
        images: 4,
        mean: vec![mean, 2.0 * mean, -mean],
        deviation: vec![1.0, 0.5, 0.0],
    }
}

#[test]
fn spectra_show_the_record() {
    let curve = |label, source: Option<&str>, mean| MeanSpectrum {
        label,
        source: source.map(str::to_owned),
        moments: moments(mean),
    };
    let spectra = Spectra {
        frequencies: vec![0.25, 0.5, 1.0],
        unit: "20 ln(amplitude)".to_owned(),
        separation: Some(vec![1.0, -1.0, 0.0]),
        together: 3,
        classes: vec![curve(Label::Real, None, 3.0), curve(Label::Fake, None, 5.0)],
        sources: vec![
            curve(Label::Real, Some("camera"), 3.0),
            curve(Label::Fake, Some("a,\"b\" <c>"), 5.0),
            curve(Label::Fake, None, 5.0),
        ],
        other_sources: 2,
    };
    let rows = check(&by_class(&spectra), 6);
    assert_eq!([&rows[4][0], &rows[4][3]], ["fake", "0.5"]);
    assert_eq!((number(&rows[4][4]), number(&rows[4][5])), (10.0, 0.5));
    let figure = by_source(&spectra).unwrap();
    assert!(figure.caption.contains("Left out as smaller: 2.") && figure.caption.contains("mean of 3"));
    assert_eq!(&check(&figure, 9)[3][1], "a,\"b\" <c>");
    assert_eq!(&check(&separation(&spectra).unwrap(), 3)[1][1], "-1");
    let plain = Spectra {
        sources: Vec::new(),
        separation: None,
        ..spectra
    };
    assert!(by_source(&plain).is_none() && separation(&plain).is_none());
}

#[test]
fn shares_and_learning_curves_show_the_record() {
    let interval = Interval { low: 0.7, high: 0.9 };
    let share = |name, label| Share {
        name,
        label,
        images: 10,
        share: 0.8,
        interval,
    };
    let all = [
        share("camera", Some(Label::Real)),
        share("generator with a long name of its own", Some(Label::Fake)),
        share("all", None),
    ];
    let rows = check(&shares("sources", "Right calls", &all), 3);
    assert_eq!(&rows[1][0], "generator with a long name of its own");
    let curves = [LearningCurve {
        name: "svm",
        points: vec![(20, 0.75, interval), (2000, 0.8, interval)],
        published: vec![PublishedPoint {
            samples: 2000,
            accuracy: 0.85,
        }],
    }];
    let figure = learning(&curves);
    let rows = check(&figure, 3);
    assert_eq!([&rows[2][1], &rows[2][3]], ["published", "0.85"]);
}

#[test]
fn the_maps_show_every_point() {
    let mut embedding = Embedding {
        x: vec![0.0, 1.0, 2.0],
        y: vec![1.0, -1.0, 0.5],
        fake: vec![false, true, true],
        images: 40_000,
        explained: [0.5, 0.25],
        neighbours: Some(NeighbourMap {
            x: vec![-20.0, 30.0, 1.5],
            y: vec![4.0, -3.0, 2.0],
            perplexity: 6.3,
            divergence: 0.512,
            same_class: 0.75,
            by_chance: 0.5,
        }),
    };
    let figures = maps(&embedding);
    let [components, neighbours] = figures.as_slice() else {
        panic!("two maps, found {}", figures.len())
    };
    let rows = check(components, 3);
    assert_eq!([&rows[1][0], &rows[1][2]], ["1", "fake"]);
    assert!(components.caption.contains("3 of 40000") && components.caption.contains("50.0 % and 25.0 %"));
    let rows = check(neighbours, 3);
    assert_eq!([&rows[0][0], &rows[0][1], &rows[0][2]], ["-20", "4", "real"]);
    assert!(
        neighbours.caption.contains("75.0 % are of its class") && neighbours.caption.contains("3 of 40000")
    );
    assert!(
        neighbours.caption.contains("perplexity 6, divergence 0.51"),
        "{}",
        neighbours.caption
    );
    // Places have no unit, and no numbers along the axes.
    assert!(!neighbours.svg().contains("class=\"tick\"") && components.svg().contains("class=\"tick\""));

    embedding.neighbours = None;
    assert_eq!(maps(&embedding).len(), 1);
}

#[test]
fn an_inspection_shows_the_record() {
    let own = InspectedProfile {
        frequencies: vec![0.25, 0.5, 1.0],
        values: vec![4.0, 7.0, -3.0],
        unit: "20 ln(amplitude)".to_owned(),
        training: Some(ClassMoments {
            real: moments(3.0),
            fake: moments(5.0),
        }),
    };
    let rows = check(&profile(&own), 3);
    assert_eq!((number(&rows[1][1]), number(&rows[1][4])), (7.0, 10.0));
    // (7 − 6)/0.5 and (10 − 6)/0.5; a frequency at which no real image differs says nothing.
    let rows = check(&deviation(&own).unwrap(), 3);
    assert_eq!((number(&rows[1][1]), number(&rows[1][2])), (2.0, 8.0));
    assert_eq!((number(&rows[2][1]), number(&rows[2][2])), (0.0, 0.0));
    let alone = InspectedProfile {
        training: None,
        ..own
    };
    check(&profile(&alone), 3);
    assert!(deviation(&alone).is_none());

    let band = |frequencies, margin| BandContribution {
        family: "radial".to_owned(),
        frequencies,
        kernel: None,
        features: 3,
        margin,
        above_real: 1.0,
        above_fake: -1.0,
    };
    let mut judgement = InspectedJudgement {
        model: "m".to_owned(),
        classifier: "logistic".to_owned(),
        score: 0.9,
        margin: 1.5,
        verdict: dftective_classify::Verdict::Fake,
        is_out_of_domain: false,
        error_rate: 0.1,
        middle_margin: 0.5,
        adds_up: true,
        bands: vec![
            band(Some((0.0, 0.5)), 1.5),
            band(Some((0.5, 1.0)), -0.5),
            band(None, 0.25),
        ],
        families: Vec::new(),
    };
    let figure = contributions(&judgement).unwrap();
    assert_eq!(&check(&figure, 2)[1][2], "-0.5");
    assert!(
        figure.caption.contains("add up to the margin, 1.50"),
        "{}",
        figure.caption
    );
    assert!(dct_patterns(&judgement).is_empty());
    judgement.bands.drain(..2);
    assert!(contributions(&judgement).is_none());
    for (family, down, across, margin) in [("dctr", 1, 7, 0.5), ("dctr", 3, 0, -2.0), ("dctr-np", 0, 1, 0.0)]
    {
        judgement.bands.push(BandContribution {
            family: family.to_owned(),
            kernel: Some((down, across)),
            ..band(None, margin)
        });
    }
    let figures = dct_patterns(&judgement);
    let ids: Vec<_> = figures.iter().map(|figure| figure.id.as_str()).collect();
    assert_eq!(ids, ["patterns-dctr", "patterns-dctr-np"]);
    let rows = check(&figures[0], 2);
    assert_eq!((&rows[0][0], &rows[0][1], &rows[0][2]), ("1", "7", "0.5"));
    assert_eq!(&rows[1][2], "-2");
    check(&figures[1], 1);
}
