use super::*;
use dftective_classify::{KMeansParams, Verdict};
use dftective_evaluate::{BootstrapOptions, Interval, Judged, operating_points};
use dftective_sample::Sample;

const NAMES: [Option<&str>; 3] = [None, Some("ffhq"), Some("stylegan")];

/// Label, source, score, verdict.
fn judged() -> Vec<(Sample, f64, Verdict)> {
    use Label::{Fake, Real};
    let [none, ffhq, stylegan] = NAMES;
    [
        (Real, ffhq, 0.1, Verdict::Real),
        (Real, ffhq, 0.2, Verdict::Real),
        (Real, ffhq, 0.6, Verdict::Fake),
        (Real, none, 0.4, Verdict::Uncertain),
        (Fake, stylegan, 0.9, Verdict::Fake),
        (Fake, stylegan, 0.8, Verdict::Fake),
        (Fake, stylegan, 0.5, Verdict::Uncertain),
        (Fake, none, 0.3, Verdict::Real),
    ]
    .map(|(label, source, score, verdict)| {
        let sample = Sample {
            label: Some(label),
            source: source.map(str::to_owned),
            ..Sample::default()
        };
        (sample, score, verdict)
    })
    .into()
}

fn borrowed(judged: &[(Sample, f64, Verdict)]) -> Vec<Judged<'_>> {
    judged
        .iter()
        .map(|(sample, score, verdict)| Judged {
            sample,
            score: *score,
            verdict: *verdict,
        })
        .collect()
}

fn evaluation() -> Evaluation {
    let images = judged();
    let judged = borrowed(&images);
    let scores: Vec<f64> = judged.iter().map(|image| image.score).collect();
    let labels: Vec<bool> = judged.iter().map(|image| image.sample.is_fake()).collect();
    Evaluation {
        schema_version: SchemaVersion,
        version: "0.1.0".to_owned(),
        command: Vec::new(),
        scores_from: ScoresFrom::Detector,
        parameters: Params::KMeans(KMeansParams::default()),
        training_seed: 0,
        summary: DataSummary::default(),
        spectra: None,
        curve: operating_points(&scores, &labels).unwrap(),
        histogram: ClassHistogram::of(&scores, &labels, 0.0, 1.0, HISTOGRAM_BINS),
        thresholds: RejectThresholds {
            low: Some(0.2),
            high: Some(0.6),
            error_rate: 0.1,
        },
        mistakes: Vec::new(),
        embedding: None,
        model: "d.safetensors".to_owned(),
        training_fingerprint: "ab12".to_owned(),
        classifier: "logistic".to_owned(),
        calibration: CalibrationMethod::Platt,
        recipe: "celeba".to_owned(),
        data: "faces".to_owned(),
        images: judged.len(),
        metrics: Metrics::from_scores(&scores, &labels, 0.5).unwrap(),
        probability: ProbabilityMetrics::from_scores(&scores, &labels).unwrap(),
        verdicts: Verdicts::count(&judged, 0.1),
        sources: SourceResult::of(&judged).unwrap(),
        members: Vec::new(),
        grouped: false,
        bootstrap: None,
        videos: None,
        failures: vec![Failure {
            code: None,
            path: "cut.jpg".to_owned(),
            error: "cut short".to_owned(),
        }],
    }
}

#[test]
fn verdicts_are_counted_by_hand() {
    let Verdicts {
        decided,
        right,
        uncertain,
        error_rate,
    } = Verdicts::count(&borrowed(&judged()), 0.1);
    assert_eq!((decided, right, uncertain, error_rate), (6, 4, 2, 0.1));
    let nothing = Verdicts::count(&[], 0.1);
    assert_eq!((nothing.decided, nothing.right, nothing.uncertain), (0, 0, 0));
}

#[test]
fn sources_are_counted_by_hand() {
    let found = SourceResult::of(&borrowed(&judged())).unwrap();
    let counts: Vec<_> = found
        .iter()
        .map(|result| {
            (
                result.label,
                result.source.as_deref(),
                result.images,
                result.accuracy,
            )
        })
        .collect();
    let [none, ffhq, stylegan] = NAMES;
    // A score of exactly one half is called fake.
    assert_eq!(
        counts,
        [
            (Label::Real, none, 1, 1.0),
            (Label::Real, ffhq, 3, 2.0 / 3.0),
            (Label::Fake, none, 1, 0.0),
            (Label::Fake, stylegan, 3, 1.0),
        ]
    );
    for result in &found {
        let Interval { low, high } = result.accuracy_interval;
        assert!(low <= result.accuracy && result.accuracy <= high);
    }
    assert!(SourceResult::of(&[]).unwrap().is_empty());
}

/// Confusion by hand: reals .1 .2 .4 right, .6 wrong; fakes .9 .8 .5 right, .3 wrong. Of the 16 pairs a fake
/// wins 4 + 4 + 3 + 2, which gives the area 13/16; DeLong's placements are 1, 1, ¾, ½ for either class. The squared
/// errors add up to 1.36. Each score has a bin of its own, so the calibration error is the mean error, 2.8/8, and by
/// chance it would be √(2/π) times the mean of √(s (1 − s)), 3.338/8.
#[test]
fn it_reads_as_expected() {
    let text = evaluation().to_string();
    assert_eq!(text, EXPECTED, "found:\n{text}");
}

#[test]
fn one_source_a_class_needs_no_table() {
    let mut plain = evaluation();
    plain.sources.truncate(2);
    plain.metrics.precision = None;
    let text = plain.to_string();
    assert!(!text.contains("ffhq"), "{text}");
    assert!(text.contains("none called fake"), "{text}");
    plain.verdicts = Verdicts {
        decided: 0,
        right: 0,
        uncertain: 8,
        error_rate: 0.1,
    };
    assert!(plain.to_string().contains("Verdicts: 0 decided, 8 uncertain"));
}

#[test]
fn json_holds_every_field() {
    let json = serde_json::to_value(evaluation()).unwrap();
    assert_eq!(json["images"], 8);
    assert_eq!(json["metrics"]["confusion"]["true_positives"], 3);
    assert_eq!(json["verdicts"]["uncertain"], 2);
    assert_eq!(json["sources"][1]["label"], "real");
    assert_eq!(json["sources"][1]["source"], "ffhq");
    assert_eq!(json["failures"][0]["error"], "cut short");
}

#[test]
fn resampled_intervals_take_the_place_of_formulas() {
    let images = judged();
    let judged = borrowed(&images);
    let scores: Vec<f64> = judged.iter().map(|image| image.score).collect();
    let labels: Vec<bool> = judged.iter().map(|image| image.sample.is_fake()).collect();
    let options = BootstrapOptions {
        resamples: 200,
        seed: 3,
    };
    let bootstrap = Bootstrap::of(&scores, &labels, 0.5, None, options).unwrap();
    let recall = bootstrap.get(Metric::Recall).unwrap().interval.unwrap();
    let with = Evaluation {
        bootstrap: Some(bootstrap),
        ..evaluation()
    };
    let text = with.to_string();
    let shown = percent_with_interval(0.75, recall);
    let row = text.lines().find(|line| line.starts_with("recall")).unwrap();
    assert!(row.contains(&shown), "{text}");
    assert!(text.contains("Intervals: the middle 95 % of 200 resamples of 8 images (seed 3)."));

    let grouped = Evaluation {
        grouped: true,
        ..evaluation()
    };
    let text = grouped.to_string();
    assert!(
        text.contains("take them for independent and are too narrow"),
        "{text}"
    );
}

/// Without a mistake all resamples agree. Eight independent images still have Wilson's interval, 8/8 from .676 on; of
/// frames of two videos no formula knows any.
#[test]
fn no_mistakes_are_no_certainty() {
    let labels: Vec<bool> = (0..8).map(|i| i >= 4).collect();
    let scores: Vec<f64> = labels.iter().map(|&fake| f64::from(u8::from(fake))).collect();
    let accuracy = |groups: Option<&[usize]>| {
        let perfect = Evaluation {
            metrics: Metrics::from_scores(&scores, &labels, 0.5).unwrap(),
            bootstrap: Some(
                Bootstrap::of(&scores, &labels, 0.5, groups, BootstrapOptions::default()).unwrap(),
            ),
            grouped: groups.is_some(),
            ..evaluation()
        };
        let text = perfect.to_string();
        let row = text.lines().find(|line| line.starts_with("accuracy")).unwrap();
        row.split("right calls").next().unwrap().trim_end().to_owned()
    };
    assert_eq!(accuracy(None), "accuracy           100.0 % (67.6 to 100.0)");
    assert_eq!(
        accuracy(Some(&[0, 0, 0, 0, 1, 1, 1, 1])),
        "accuracy           100.0 %"
    );
}

/// Two videos of two images for each class. Votes: the fakes 2/2 and ½, the reals 0/2 and ½: a tie is called fake.
/// Means and medians: the fakes .85 and .4, the reals .15 and .5.
#[test]
fn videos_have_a_table_of_their_own() {
    let images = judged();
    let judged = borrowed(&images);
    let scores: Vec<f64> = judged.iter().map(|image| image.score).collect();
    let labels: Vec<bool> = judged.iter().map(|image| image.sample.is_fake()).collect();
    let groups = ["a", "a", "b", "b", "c", "c", "d", "d"];
    let videos = Videos::of("folder".to_owned(), &scores, &labels, &groups, 0.5, None).unwrap();
    let with = Evaluation {
        videos: Some(videos),
        ..evaluation()
    };
    let text = with.to_string();
    let (images, videos) = text.split_once("\nVideos").unwrap();
    // Four sources, no fewer than there are videos.
    assert!(EXPECTED.starts_with(images) && !images.contains("ffhq"));
    assert_eq!(format!("Videos{videos}"), VIDEOS, "found:\nVideos{videos}");
}

const VIDEOS: &str = "\
Videos (images grouped by folder): 4 of 2 images each

rule      accuracy (95 % interval)  ROC AUC (95 % interval)  fakes called fake  reals called real
─────────────────────────────────────────────────────────────────────────────────────────────────
majority  75.0 % (30.1 to 95.4)     0.875 (0.529 to 1.000)              2 of 2             1 of 2
mean      50.0 % (15.0 to 85.0)     0.750 (0.057 to 1.000)              1 of 2             1 of 2
median    50.0 % (15.0 to 85.0)     0.750 (0.057 to 1.000)              1 of 2             1 of 2

majority: a video's score is the share of its images called fake; a tie is called fake
mean, median: of its images' scores
";

const EXPECTED: &str = "\
Detector d.safetensors (logistic, recipe 'celeba')
on faces: 8 images judged, 1 not

            called real  called fake
────────────────────────────────────
truly real            3            1
truly fake            1            3

metric             value (95 % interval)   meaning
───────────────────────────────────────────────────────────────────────────────────────────────────────
accuracy           75.0 % (40.9 to 92.9)   right calls of all
balanced accuracy  75.0 %                  mean of both classes' shares of right calls
precision          75.0 %                  truly fake of those called fake
recall             75.0 %                  called fake of those truly fake
F1                 0.750                   harmonic mean of precision and recall
ROC AUC            0.812 (0.481 to 1.000)  chance that a fake scores above a real; guessing gives 0.5
average precision  0.854                   precision over all thresholds
equal error rate   25.0 %                  where both kinds of error are as frequent
Brier score        0.170                   mean squared error; perfect is 0, always saying ½ gives 0.25
calibration error  0.350                   mean gap between score and share of fakes; by chance 0.333

Verdicts: 6 decided (4 right, 66.7 %), 2 uncertain (set to be wrong in about 10.0 % at most)

label  source    images  accuracy (95 % interval)
─────────────────────────────────────────────────
real   —              1   100.0 % (20.7 to 100.0)
real   ffhq           3     66.7 % (20.8 to 93.9)
fake   —              1       0.0 % (0.0 to 79.3)
fake   stylegan       3   100.0 % (43.9 to 100.0)
";
