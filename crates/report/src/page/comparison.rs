//! Two detectors against each other, as a page.

use maud::{Markup, html};

use super::{HtmlTable, Remake, failures, figures, page, remake, section};
use crate::comparison::{Comparison, Disagreement};
use crate::draw::Figure;
use crate::figures::{both_detection_error, both_roc, differences, score_pairs};
use crate::{Align, three_decimals};

/// All figures of a comparison.
pub fn comparison_figures(comparison: &Comparison) -> Vec<Figure> {
    vec![
        differences(comparison),
        both_roc(comparison),
        both_detection_error(comparison),
        score_pairs(&comparison.scores),
    ]
}

/// The page of a comparison.
pub fn comparison_page(comparison: &Comparison) -> String {
    let Comparison {
        images,
        failures: failed,
        disagreements: disagreed,
        ..
    } = comparison;
    let lead = html! {
        p.lead { "Two detectors judged the same " (images) " labelled pictures, so that only the detectors differ." }
        (detectors(comparison))
        @for line in comparison.in_words().lines() { p { (line) } }
    };
    let mut sections = vec![
        section(
            "difference",
            "What sets them apart",
            html! { (metrics(comparison)) (figures([&differences(comparison)])) },
        ),
        section(
            "curves",
            "Other thresholds",
            figures(&[both_roc(comparison), both_detection_error(comparison)]),
        ),
        section(
            "calls",
            "Where they agree",
            html! { (agreement(comparison)) (figures([&score_pairs(&comparison.scores)])) },
        ),
        section(
            "disagreements",
            "Where they disagree most",
            disagreements(disagreed),
        ),
    ];
    sections.extend(failures(failed));
    sections.push(section(
        "remake",
        "How to make this page again",
        made_with(comparison),
    ));
    page("Which detector is better?", &lead, &sections)
}

fn detectors(comparison: &Comparison) -> Markup {
    let mut table = HtmlTable::new(
        "The detectors",
        &[
            ("", Align::Left),
            ("detector", Align::Left),
            ("classifier", Align::Left),
            ("features", Align::Left),
        ],
    );
    for (name, detector) in ["A", "B"].into_iter().zip(&comparison.detectors) {
        table.row([name, &detector.model, &detector.classifier, &detector.recipe]);
    }
    table.html()
}

fn metrics(comparison: &Comparison) -> Markup {
    let mut table = HtmlTable::new(
        "Metrics of both, and their difference",
        &[
            ("metric", Align::Left),
            ("A", Align::Right),
            ("B", Align::Right),
            ("A − B (95 % interval)", Align::Right),
            ("p-value", Align::Right),
        ],
    );
    for mut row in comparison.metric_rows() {
        row[3] = row[3].replace('-', "−");
        table.row(row);
    }
    html! { (table.html()) p.muted { (comparison.metric_notes().join(" ")) } }
}

fn agreement(comparison: &Comparison) -> Markup {
    let right = Align::Right;
    let mut table = HtmlTable::new(
        "Who called how many pictures rightly",
        &[
            ("", Align::Left),
            ("both", right),
            ("only A", right),
            ("only B", right),
            ("neither", right),
        ],
    );
    for each in comparison.agreement {
        let counts =
            [each.both, each.only_first, each.only_second, each.neither].map(|count| count.to_string());
        table.row(std::iter::once(format!("truly {}", each.label)).chain(counts));
    }
    table.html()
}

fn disagreements(all: &[Disagreement]) -> Markup {
    if all.is_empty() {
        return html! { p { "They call every picture the same." } };
    }
    html! {
        p { "The pictures one calls real and the other fake, with the largest differences of score; brightness only. Look for \
             what they have in common." }
        ul.mistakes {
            @for each in all {
                @let [a, b] = each.scores.map(three_decimals);
                li {
                    (super::thumbnail(each.thumbnail.as_deref()))
                    "truly " (each.label) ", score " (a) " by A, " (b) " by B" br; code { (each.path) }
                }
            }
        }
    }
}

fn made_with(comparison: &Comparison) -> Markup {
    let [a, b] = &comparison.detectors;
    let options = comparison.bootstrap.options;
    let made = Remake {
        command: &comparison.command,
        facts: vec![
            ("program", format!("dftective {}", comparison.version)),
            ("data", comparison.data.clone()),
            (
                "fingerprint of A's training features",
                a.training_fingerprint.clone(),
            ),
            (
                "fingerprint of B's training features",
                b.training_fingerprint.clone(),
            ),
            (
                "bootstrap",
                format!("{} resamples, seed {}", options.resamples, options.seed),
            ),
        ],
    };
    remake(&made)
}
