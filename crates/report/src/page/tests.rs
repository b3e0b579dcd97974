use maud::html;

use super::*;
use crate::{
    DataSummary, Embedding, Evaluation, HISTOGRAM_BINS, MISTAKES, MeanSpectrum, Mistake, NeighbourMap,
    POINTS, SOURCES, SchemaVersion, ScoresFrom, Spectra,
};
use dftective_classify::{CalibrationMethod, KMeansParams, Params, RejectThresholds, Verdict};
use dftective_evaluate::{
    ClassHistogram, Judged, Metrics, ProbabilityMetrics, SourceResult, Verdicts, operating_points,
};
use dftective_sample::{Failure, FileFacts, Label, Sample};

const HOSTILE: &str = "<img src=x onerror=\"alert('1')\">&<script>alert(2)</script>.jpg";

fn file(width: u32, format: &str) -> FileFacts {
    FileFacts {
        width: Some(width),
        height: Some(256),
        format: Some(format.to_owned()),
        jpeg_quality: Some(75),
        ..FileFacts::default()
    }
}

/// An evaluation of `count` images, half of them fake, in `sources` sources; all names from elsewhere are `name`.
fn evaluation(count: usize, sources: usize, name: &str) -> Evaluation {
    let fake: Vec<bool> = (0..count).map(|image| image % 2 == 1).collect();
    // Scores spread evenly, fakes moved up.
    let scores: Vec<f64> = (0..count)
        .map(|image| {
            let place = (image * 7919 % count) as f64 / count as f64;
            if fake[image] {
                0.3 + 0.7 * place
            } else {
                0.7 * place
            }
        })
        .collect();
    let paths: Vec<String> = (0..count).map(|image| format!("{name}{image}")).collect();
    let source = |image: usize| Some(format!("{name}{}", image % sources));
    let samples: Vec<Sample> = (0..count)
        .map(|image| Sample {
            label: Some(if fake[image] { Label::Fake } else { Label::Real }),
            source: source(image),
            file: file(256 + (image % 2) as u32, name),
            ..Sample::default()
        })
        .collect();
    let judged: Vec<Judged> = samples
        .iter()
        .zip(&scores)
        .map(|(sample, &score)| Judged {
            sample,
            score,
            verdict: if score > 0.5 { Verdict::Fake } else { Verdict::Real },
        })
        .collect();
    let moments = dftective_features::Moments {
        images: count,
        mean: (0..POINTS).map(|point| 1.0 / (point as f64 + 1.3)).collect(),
        deviation: vec![0.123_456_789_012_345; POINTS],
    };
    let spectrum = |index: usize| MeanSpectrum {
        label: Label::ALL[index % 2],
        source: Some(name.to_owned()),
        moments: moments.clone(),
    };
    Evaluation {
        schema_version: SchemaVersion,
        version: "0.0.0".to_owned(),
        command: vec!["dftective".to_owned(), name.to_owned()],
        model: name.to_owned(),
        scores_from: ScoresFrom::Detector,
        training_fingerprint: "ab12".to_owned(),
        classifier: "k-means".to_owned(),
        parameters: Params::KMeans(KMeansParams::default()),
        training_seed: 3,
        calibration: CalibrationMethod::Platt,
        recipe: "default".to_owned(),
        data: name.to_owned(),
        summary: DataSummary::of("cd34".to_owned(), &samples),
        spectra: Some(Spectra {
            frequencies: (1..=POINTS).map(|point| point as f64 / POINTS as f64).collect(),
            unit: "20 ln(amplitude)".to_owned(),
            separation: Some(vec![0.25; POINTS]),
            together: 1,
            classes: (0..2).map(spectrum).collect(),
            sources: (0..SOURCES).map(spectrum).collect(),
            other_sources: 0,
        }),
        images: count,
        metrics: Metrics::from_scores(&scores, &fake, 0.5).unwrap(),
        probability: ProbabilityMetrics::from_scores(&scores, &fake).unwrap(),
        curve: operating_points(&scores, &fake).unwrap(),
        histogram: ClassHistogram::of(&scores, &fake, 0.0, 1.0, HISTOGRAM_BINS),
        thresholds: RejectThresholds {
            low: Some(0.4),
            high: Some(0.6),
            error_rate: 0.1,
        },
        verdicts: Verdicts::count(&judged, 0.1),
        sources: SourceResult::of(&judged).unwrap(),
        members: Vec::new(),
        grouped: false,
        bootstrap: None,
        videos: None,
        mistakes: (0..MISTAKES)
            .map(|image| Mistake {
                path: paths[image].clone(),
                label: Label::Real,
                score: 0.9,
                // A small picture has 3 to 6 kB.
                thumbnail: (image > 0).then(|| "A".repeat(6000)),
            })
            .collect(),
        embedding: Some(Embedding {
            x: (0..count.min(1000)).map(|i| (i as f64).sin()).collect(),
            y: (0..count.min(1000)).map(|i| (i as f64).cos()).collect(),
            fake: (0..count.min(1000)).map(|i| i % 2 == 0).collect(),
            images: count,
            explained: [0.4, 0.2],
            neighbours: Some(NeighbourMap {
                x: (0..count.min(1000))
                    .map(|i| 30.0 * (7.0 * i as f64).sin())
                    .collect(),
                y: (0..count.min(1000))
                    .map(|i| 30.0 * (5.0 * i as f64).cos())
                    .collect(),
                perplexity: 30.0,
                divergence: 1.25,
                same_class: 0.8,
                by_chance: 0.5,
            }),
        }),
        failures: (0..count / 100)
            .map(|number| Failure {
                code: None,
                path: format!("{name}{number}"),
                error: name.to_owned(),
            })
            .collect(),
    }
}

/// The names of the elements of a page, by the tags it opens.
fn elements(page: &str) -> std::collections::BTreeSet<&str> {
    let opened = page.split('<').skip(1);
    opened
        .filter(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic()))
        .map(|rest| rest.split([' ', '>', '/']).next().unwrap_or_default())
        .collect()
}

#[test]
fn names_from_elsewhere_stay_text() {
    let evaluation = evaluation(200, 30, HOSTILE);
    let page = evaluation_page(HOSTILE, HOSTILE, &[evaluation.clone(), evaluation]);
    let tame = evaluation_page("title", "about", &[self::evaluation(200, 30, "name")]);
    // No name opens an element that a harmless page does not have.
    let (found, mut expected) = (elements(&page), elements(&tame));
    expected.extend(elements("<table>"));
    assert_eq!(found, expected);
    for never in ["script", "iframe", "object", "form", "button"] {
        assert!(!found.contains(never));
    }
    assert!(page.contains("&lt;script&gt;alert(2)&lt;/script&gt;.jpg"));
    for piece in page.split('<').skip(1) {
        let tag = piece.split('>').next().unwrap_or_default();
        assert!(!tag.contains(" onerror=\""), "{tag}");
    }
}

#[test]
fn nothing_comes_from_elsewhere() {
    let page = evaluation_page("title", "", &[evaluation(200, 30, "name")]);
    for piece in page.split(['"']).filter(|piece| piece.contains("://")) {
        assert_eq!(piece, "http://www.w3.org/2000/svg");
    }
    assert!(page.contains("default-src 'none'"));
    assert!(!page.contains("@import") && !page.contains("url("));
}

#[test]
fn links_lead_somewhere_and_names_are_unique() {
    let page = evaluation_page("title", "", &[evaluation(200, 30, "name")]);
    let ids: Vec<&str> = page
        .split(" id=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    let different: std::collections::BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(ids.len(), different.len(), "{ids:?}");
    let links = page
        .split("href=\"#")
        .skip(1)
        .filter_map(|rest| rest.split('"').next());
    let mut count = 0;
    for link in links {
        assert!(different.contains(link), "{link}");
        count += 1;
    }
    assert!(count > 8, "{count}");
    // Each column of numbers has a header, each figure a description.
    assert_eq!(page.matches("<figure ").count(), page.matches("<desc ").count());
    assert_eq!(page.matches("<table").count(), page.matches("<caption>").count());
}

#[test]
fn many_images_make_no_large_page() {
    let evaluation = evaluation(40_000, 2000, "folder/of/some/length/image-");
    let page = evaluation_page("title", "", std::slice::from_ref(&evaluation));
    assert!(page.len() < 2_000_000, "{}", page.len());
    assert!(page.contains("The first 60 of 2000 sources are shown."));
    assert!(page.contains("The first 50 of 400 are shown."));
    assert!(page.contains("Drawn are 1000 of 40000 pictures"));
}

#[test]
fn an_evaluation_reads_back_as_it_was_written() {
    let evaluation = evaluation(200, 3, HOSTILE);
    let text = serde_json::to_string(&evaluation).unwrap();
    let back: Evaluation = serde_json::from_str(&text).unwrap();
    assert_eq!(serde_json::to_string(&back).unwrap(), text);
    let title = "title";
    assert_eq!(
        evaluation_page(title, "", &[back]),
        evaluation_page(title, "", &[evaluation])
    );
}

#[test]
fn it_is_told_where_the_scores_come_from() {
    let mut evaluation = evaluation(20, 2, "x");
    let told = |evaluation: &Evaluation| evaluation_page("title", "", std::slice::from_ref(evaluation));
    assert!(!told(&evaluation).contains("trained on"));
    evaluation
        .training_fingerprint
        .clone_from(&evaluation.summary.fingerprint);
    assert!(told(&evaluation).contains("the very ones it was trained on, which flatters it"));
    evaluation.scores_from = ScoresFrom::HeldOutFolds(7);
    assert!(told(&evaluation).contains("a classifier that had not seen it (cross-validation, 7 folds)"));
}

#[test]
fn a_leak_is_told() {
    let same = DataSummary::of(
        String::new(),
        &Label::ALL.map(|label| Sample {
            label: Some(label),
            file: file(256, "jpeg"),
            ..Sample::default()
        }),
    );
    assert!(!data_summary(&same).into_string().contains("Take care"));
    let other = evaluation(20, 2, "x").summary;
    assert!(data_summary(&other).into_string().contains("Take care"));
}

/// A small page in full but for its style sheet, to be read by people.
#[test]
fn a_small_page() {
    let mut table = HtmlTable::new(
        "Numbers",
        &[("name", crate::Align::Left), ("n", crate::Align::Right)],
    );
    table.row(["a <b>", "1"]);
    let command = ["dftective", "evaluate", "my data"].map(str::to_owned);
    let made = Remake {
        command: &command,
        facts: vec![("seed", "7".to_owned())],
    };
    let page = page(
        "A small page & its title",
        &html! { p { "Lead." } },
        &[
            section("numbers", "Numbers", table.html()),
            section("remake", "Again", remake(&made)),
        ],
    );
    let (head, rest) = page.split_once("<style>").unwrap();
    let (_, body) = rest.split_once("</style>").unwrap();
    let found = format!("{head}{body}")
        .replace(env!("CARGO_PKG_VERSION"), "VERSION")
        .replace("><", ">\n<");
    assert_eq!(
        found.trim(),
        include_str!("small_page.html").trim(),
        "found:\n{found}"
    );
}
