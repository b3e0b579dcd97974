//! The figures of an evaluation.

use crate::draw::Figure;
use crate::evaluation::Evaluation;
use crate::figures::{
    IntervalBasis, Share, by_class, by_source, detection_error, histogram, maps, precision_recall,
    reliability, roc, separation, shares,
};
use dftective_sample::Label;

/// All figures of an evaluation.
pub fn evaluation_figures(evaluation: &Evaluation) -> Vec<Figure> {
    spectrum_figures(evaluation)
        .into_iter()
        .chain(score_figures(evaluation))
        .chain(curve_figures(evaluation))
        .chain(source_figure(evaluation))
        .chain(evaluation.embedding.iter().flat_map(maps))
        .collect()
}

/// Mean spectra and where they differ.
pub(super) fn spectrum_figures(evaluation: &Evaluation) -> Vec<Figure> {
    let spectra = evaluation.spectra.as_ref();
    spectra
        .map(by_class)
        .into_iter()
        .chain(spectra.and_then(separation))
        .chain(spectra.and_then(by_source))
        .collect()
}

/// How the scores are spread, and what they are worth as probabilities.
pub(super) fn score_figures(evaluation: &Evaluation) -> Vec<Figure> {
    let Evaluation {
        histogram: counts,
        metrics,
        thresholds,
        probability,
        ..
    } = evaluation;
    vec![
        histogram(
            counts,
            "score (probability of fake)",
            metrics.threshold,
            Some(thresholds),
        ),
        reliability(probability),
    ]
}

/// What other thresholds would do.
pub(super) fn curve_figures(evaluation: &Evaluation) -> Vec<Figure> {
    let Evaluation { curve, metrics, .. } = evaluation;
    let confusion = metrics.confusion;
    let fakes = confusion.true_positives.saturating_add(confusion.false_negatives);
    let prevalence = fakes as f64 / evaluation.images.max(1) as f64;
    let basis = if evaluation.grouped {
        IntervalBasis::Dependent
    } else {
        IntervalBasis::Images
    };
    let area = (
        metrics.roc_auc.auc,
        metrics.roc_auc.interval.filter(|_| !evaluation.grouped),
    );
    vec![
        roc(curve, area, metrics.threshold, basis),
        precision_recall(curve, metrics.average_precision, prevalence, basis),
        detection_error(curve, metrics.equal_error_rate, basis),
    ]
}

/// Where there are more sources than classes.
pub(super) fn source_figure(evaluation: &Evaluation) -> Option<Figure> {
    let sources = &evaluation.sources;
    if sources.len() <= Label::ALL.len() {
        return None;
    }
    let all: Vec<Share> = sources
        .iter()
        .map(|source| Share {
            name: source.source.as_deref().unwrap_or("no source"),
            label: Some(source.label),
            images: source.images,
            share: source.accuracy,
            interval: source.accuracy_interval,
        })
        .collect();
    Some(shares("sources", "Right calls by source", &all))
}
