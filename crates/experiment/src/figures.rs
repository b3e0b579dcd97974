//! The figures of a record.

use super::{Calibrated, Measured, Record, Unit};
use dftective_classify::Params;
use dftective_report::draw::Figure;
use dftective_report::figures::{
    CostPoint, IntervalBasis, LearningCurve, PublishedPoint, Share, by_class, by_source, detection_error,
    histogram, learning, maps, precision_recall, quality_and_cost, reliability, roc, separation, shares,
};

/// All figures of an experiment.
pub fn experiment_figures(record: &Record) -> Vec<Figure> {
    std::iter::once(accuracy_figure(record))
        .chain(learning_figure(record))
        .chain(cost_figure(record))
        .chain(source_figure(record))
        .chain(best_figures(record))
        .chain(data_figures(record))
        .collect()
}

/// The spectra and the map of the features.
pub(super) fn data_figures(record: &Record) -> Vec<Figure> {
    let spectra = record.data.spectra.as_ref();
    spectra
        .map(by_class)
        .into_iter()
        .chain(spectra.and_then(separation))
        .chain(spectra.and_then(by_source))
        .chain(record.embedding.iter().flat_map(maps))
        .collect()
}

/// Every classifier on all samples.
pub(super) fn accuracy_figure(record: &Record) -> Figure {
    let all: Vec<_> = record
        .measurements
        .results
        .iter()
        .filter(|each| each.all)
        .map(|measured| (name(measured), measured))
        .collect();
    let rows: Vec<Share> = all
        .iter()
        .map(|(name, measured)| Share {
            name,
            label: None,
            images: measured.samples,
            share: measured.accuracy.mean,
            interval: measured.interval,
        })
        .collect();
    shares("accuracies", "Accuracy of each classifier, all samples", &rows)
}

/// Where several numbers of samples were measured.
pub(super) fn learning_figure(record: &Record) -> Option<Figure> {
    let images = || {
        let results = record.measurements.results.iter();
        results.filter(|each| each.unit == Unit::Images)
    };
    if images().all(|each| each.all) {
        return None;
    }
    let curves: Vec<LearningCurve> = of_all(record)
        .iter()
        .map(|first| {
            let of = || images().filter(|each| each.classifier == first.classifier);
            let mut points: Vec<_> = of()
                .map(|each| (each.samples, each.accuracy.mean, each.interval))
                .collect();
            points.sort_by_key(|(samples, ..)| *samples);
            let published = of().flat_map(|each| {
                let samples = each.samples;
                each.published.iter().map(move |comparison| PublishedPoint {
                    samples,
                    accuracy: comparison.published.percent / 100.0,
                })
            });
            LearningCurve {
                name: &first.classifier,
                points,
                published: published.collect(),
            }
        })
        .collect();
    Some(learning(&curves))
}

/// Where costs were measured.
pub(super) fn cost_figure(record: &Record) -> Option<Figure> {
    let points: Vec<CostPoint> = of_all(record)
        .into_iter()
        .filter_map(|measured| {
            Some(CostPoint {
                name: &measured.classifier,
                is_network: matches!(measured.parameters, Params::Network(_)),
                seconds: measured.cost?.score_seconds,
                auc: measured.auc.mean,
                interval: measured.auc_interval,
            })
        })
        .collect();
    (!points.is_empty()).then(|| quality_and_cost(&points))
}

/// The best classifier's calls by source, where there are more sources than classes.
pub(super) fn source_figure(record: &Record) -> Option<Figure> {
    let best = record.measurements.best()?;
    if best.sources.len() <= 2 {
        return None;
    }
    let rows: Vec<Share> = best
        .sources
        .iter()
        .map(|source| Share {
            name: source.source.as_deref().unwrap_or("no source"),
            label: Some(source.label),
            images: source.images,
            share: source.accuracy,
            interval: source.interval,
        })
        .collect();
    Some(shares(
        "sources",
        &format!("Right calls by source: {}", best.classifier),
        &rows,
    ))
}

/// Margins, probabilities and curves of the best classifier.
pub(super) fn best_figures(record: &Record) -> Vec<Figure> {
    let best = record.measurements.best();
    let Some((best, pooled)) = best.and_then(|best| Some((best, best.pooled.as_ref()?))) else {
        return Vec::new();
    };
    let confusion = pooled.confusion;
    let fakes = confusion.true_positives.saturating_add(confusion.false_negatives);
    let reals = confusion.true_negatives.saturating_add(confusion.false_positives);
    let prevalence = fakes as f64 / fakes.saturating_add(reals).max(1) as f64;
    let basis = IntervalBasis::Repeated;
    let calibrated = best.calibrated.as_ref().and_then(calibration_figure);
    std::iter::once(histogram(
        &pooled.histogram,
        "margin (above 0: called fake)",
        0.0,
        None,
    ))
    .chain(calibrated)
    .chain([
        roc(&pooled.curve, (best.auc.mean, None), 0.0, basis),
        precision_recall(&pooled.curve, pooled.average_precision, prevalence, basis),
        detection_error(&pooled.curve, pooled.equal_error_rate, basis),
    ])
    .collect()
}

/// Where margins could be made probabilities.
fn calibration_figure(calibrated: &Calibrated) -> Option<Figure> {
    let Calibrated::Measured {
        folds,
        images,
        grouped,
        probability,
    } = calibrated
    else {
        return None;
    };
    let mut figure = reliability(probability);
    figure.caption += &format!(
        " An experiment's classifiers give margins; Platt's curve, learnt in {folds} folds of each split's training part, \
         makes them scores. Each of {images} pictures counts once, by the first split that tests it."
    );
    if *grouped {
        figure.caption +=
            " The pictures come in groups that resemble each other, so the strokes are too short.";
    }
    Some(figure)
}

/// The results on all samples, by images.
pub(super) fn of_all(record: &Record) -> Vec<&Measured> {
    let results = record.measurements.results.iter();
    results
        .filter(|each| each.all && each.unit == Unit::Images)
        .collect()
}

/// The classifier, and what it was measured on where that is not images.
pub(super) fn name(measured: &Measured) -> String {
    match measured.unit {
        Unit::Images => measured.classifier.clone(),
        Unit::Videos => format!("{}, videos", measured.classifier),
    }
}
