//! How detectors did, as a page.

use maud::{Markup, html};

use super::evaluation_figures::{curve_figures, score_figures, source_figure, spectrum_figures};
use super::shell::Section;
use super::{HtmlTable, Remake, data_summary, failures, figures, page, remake, section, thumbnail};
use crate::evaluation::{Evaluation, ScoresFrom};
use crate::figures::maps;
use crate::members;
use crate::mistakes::Mistake;
use crate::{
    Align, MemberResult, Videos, metric_value, percent, percent_with_interval, three_decimals,
    three_decimals_with_interval,
};
use dftective_evaluate::{GroupResult, Metric};
use dftective_sample::Label;

/// A page of one or several detectors' evaluations: those of several stand beside each other, and the first, taken for
/// the one that counts, is told in full.
pub fn evaluation_page(title: &str, about: &str, all: &[Evaluation]) -> String {
    let Some(main) = all.first() else {
        return page(title, &html! { p { "There is nothing to report." } }, &[]);
    };
    let lead = html! {
        @if !about.is_empty() { p.lead { (about) } }
        @for line in in_words(main) { p { (line) } }
        (cards(main))
    };
    let mut sections = Vec::new();
    if all.len() > 1 {
        sections.push(section(
            "detectors",
            "The detectors beside each other",
            beside(all),
        ));
    }
    sections.push(section("data", "The data", data_summary(&main.summary)));
    if main.spectra.is_some() {
        sections.push(section(
            "spectra",
            "The spectra",
            figures(&spectrum_figures(main)),
        ));
    }
    sections.push(section("calls", "The calls", calls(main)));
    sections.push(section(
        "curves",
        "Other thresholds",
        figures(&curve_figures(main)),
    ));
    if let Some(figure) = source_figure(main) {
        sections.push(section("by-source", "Each source by itself", figures([&figure])));
    }
    if let Some(videos) = &main.videos {
        sections.push(section("videos", "Whole videos", videos_table(videos)));
    }
    if let Some(embedding) = &main.embedding {
        sections.push(section(
            "features",
            "The features on a map",
            figures(&maps(embedding)),
        ));
    }
    sections.push(section(
        "mistakes",
        "The worst mistakes",
        mistakes(&main.mistakes),
    ));
    sections.extend(failures(&main.failures));
    sections.push(made_with(main));
    page(title, &lead, &sections)
}

/// The result in sentences.
fn in_words(evaluation: &Evaluation) -> Vec<String> {
    let Evaluation {
        metrics,
        images,
        classifier,
        verdicts,
        ..
    } = evaluation;
    let how = match evaluation.scores_from {
        ScoresFrom::Detector if evaluation.summary.fingerprint == evaluation.training_fingerprint => {
            ", the very ones it was trained on, which flatters it".to_owned()
        }
        ScoresFrom::Detector => String::new(),
        ScoresFrom::HeldOutFolds(folds) => format!(
            " it was trained on, each judged by a classifier that had not seen it (cross-validation, {folds} folds)"
        ),
    };
    let accuracy = percent_with_interval(metrics.accuracy, metrics.accuracy_interval);
    let auc = three_decimals(metrics.roc_auc.auc);
    let mut lines = vec![format!(
        "This is how a detector ({classifier}) did on {images} labelled pictures{how}. It called {accuracy} of them \
         rightly, and put a fake above a real in {} of pairs (ROC AUC {auc}; guessing gives 0.500).",
        percent(metrics.roc_auc.auc)
    )];
    if verdicts.decided > 0 {
        lines.push(format!(
            "Allowed to leave a picture open, it decided {} and was right in {} of these; {} stayed uncertain.",
            verdicts.decided,
            percent(verdicts.right as f64 / verdicts.decided as f64),
            verdicts.uncertain
        ));
    } else {
        lines.push("Held to its error rate it decides nothing: every picture stays uncertain.".to_owned());
    }
    if evaluation.grouped && evaluation.bootstrap.is_none() {
        lines.push(
            "The pictures come in groups that resemble each other, so the intervals on this page are too narrow."
                .to_owned(),
        );
    }
    lines
}

fn cards(evaluation: &Evaluation) -> Markup {
    let metrics = &evaluation.metrics;
    let card = |name: &str, value: String, note: &str| {
        html! { div { dt { (name) } dd { (value) small { (note) } } } }
    };
    html! {
        dl.cards {
            (card("pictures", evaluation.images.to_string(), &format!("{} could not be used", evaluation.failures.len())))
            (card("right calls", percent(metrics.accuracy), &format!(
                "95 % interval {:.1} to {:.1} %",
                100.0 * metrics.accuracy_interval.low,
                100.0 * metrics.accuracy_interval.high
            )))
            (card("ROC AUC", three_decimals(metrics.roc_auc.auc), &metrics.roc_auc.interval.map_or_else(String::new, |interval| {
                format!("95 % interval {:.3} to {:.3}", interval.low, interval.high)
            })))
            (card("reals called fake", percent(wrong(evaluation, Label::Real)), "wrongly accused"))
            (card("fakes called real", percent(wrong(evaluation, Label::Fake)), "slipped through"))
        }
    }
}

/// The share of a class that is called the other one.
fn wrong(evaluation: &Evaluation, label: Label) -> f64 {
    let confusion = evaluation.metrics.confusion;
    let (wrong, right) = match label {
        Label::Real => (confusion.false_positives, confusion.true_negatives),
        Label::Fake => (confusion.false_negatives, confusion.true_positives),
    };
    wrong as f64 / wrong.saturating_add(right).max(1) as f64
}

fn beside(all: &[Evaluation]) -> Markup {
    let mut table = HtmlTable::new(
        "Each detector on the same pictures; the first is told in full below",
        &[
            ("detector", Align::Left),
            ("accuracy (95 % interval)", Align::Right),
            ("ROC AUC (95 % interval)", Align::Right),
            ("equal error rate", Align::Right),
            ("uncertain", Align::Right),
        ],
    );
    for each in all {
        let metrics = &each.metrics;
        table.row([
            each.classifier.clone(),
            percent_with_interval(metrics.accuracy, metrics.accuracy_interval),
            three_decimals_with_interval(metrics.roc_auc.auc, metrics.roc_auc.interval),
            percent(metrics.equal_error_rate),
            percent(each.verdicts.uncertain as f64 / each.images.max(1) as f64),
        ]);
    }
    table.html()
}

fn calls(evaluation: &Evaluation) -> Markup {
    let confusion = evaluation.metrics.confusion;
    let right = Align::Right;
    let mut counts = HtmlTable::new(
        "How many pictures were called what (confusion matrix)",
        &[("", Align::Left), ("called real", right), ("called fake", right)],
    );
    counts.row([
        "truly real".to_owned(),
        confusion.true_negatives.to_string(),
        confusion.false_positives.to_string(),
    ]);
    counts.row([
        "truly fake".to_owned(),
        confusion.false_negatives.to_string(),
        confusion.true_positives.to_string(),
    ]);
    let mut metrics = HtmlTable::new(
        &format!(
            "Metrics; a score of {} or more is a call of fake",
            evaluation.metrics.threshold
        ),
        &[
            ("metric", Align::Left),
            ("value (95 % interval)", Align::Left),
            ("meaning", Align::Left),
        ],
    );
    for row in evaluation.metric_rows() {
        metrics.row(row);
    }
    html! {
        (counts.html())
        (metrics.html())
        @if !evaluation.members.is_empty() { (members_table(&evaluation.members)) }
        @if let Some(note) = evaluation.interval_note() { p.muted { (note) } }
        (figures(&score_figures(evaluation)))
    }
}

fn members_table(members: &[MemberResult]) -> Markup {
    let mut table = HtmlTable::new(
        "Detectors of the file, each by the images that it was chosen for",
        &members::HEADER,
    );
    for (index, member) in members.iter().enumerate() {
        table.row(member.row(index + 1));
    }
    html! {
        (table.html())
        p { "Each picture was judged by the detector whose training images it resembles." }
    }
}

fn videos_table(videos: &Videos) -> Markup {
    let mut table = HtmlTable::new(
        &format!(
            "{} videos, images grouped by {}",
            videos.groups.len(),
            videos.group_by
        ),
        &[
            ("rule", Align::Left),
            ("accuracy (95 % interval)", Align::Right),
            ("ROC AUC (95 % interval)", Align::Right),
        ],
    );
    for result @ GroupResult { rule, metrics, .. } in &videos.results {
        let value =
            |metric: Metric| metric_value(metric, metric.of(metrics), Videos::interval(result, metric));
        table.row([rule.to_string(), value(Metric::Accuracy), value(Metric::RocAuc)]);
    }
    html! {
        (table.html())
        p { "Majority: a video's score is the share of its images called fake, and a tie is called fake. Mean and median \
             are those of its images' scores." }
    }
}

fn mistakes(all: &[Mistake]) -> Markup {
    if all.is_empty() {
        return html! { p { "There are none: every picture was called rightly." } };
    }
    html! {
        p { "The wrong calls the detector was surest of, brightness only. Look for what they have in common." }
        ul.mistakes {
            @for mistake in all {
                li {
                    (thumbnail(mistake.thumbnail.as_deref()))
                    "truly " (mistake.label) ", score " (three_decimals(mistake.score)) br; code { (mistake.path) }
                }
            }
        }
    }
}

fn made_with(evaluation: &Evaluation) -> Section {
    let parameters = serde_json::to_string(&evaluation.parameters).unwrap_or_default();
    let mut facts = vec![
        ("program", format!("dftective {}", evaluation.version)),
        ("data", evaluation.data.clone()),
        (
            "fingerprint of the features",
            evaluation.summary.fingerprint.clone(),
        ),
        ("detector", evaluation.model.clone()),
        (
            "fingerprint of its training features",
            evaluation.training_fingerprint.clone(),
        ),
        ("features", evaluation.recipe.clone()),
        ("classifier", parameters),
        ("seed of its training", evaluation.training_seed.to_string()),
    ];
    if let Some(bootstrap) = &evaluation.bootstrap {
        let options = bootstrap.options;
        facts.push((
            "bootstrap",
            format!("{} resamples, seed {}", options.resamples, options.seed),
        ));
    }
    let made = Remake {
        command: &evaluation.command,
        facts,
    };
    section("remake", "How to make this page again", remake(&made))
}
