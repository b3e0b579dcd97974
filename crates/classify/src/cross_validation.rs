use std::collections::BTreeSet;

use ndarray::{ArrayView2, Axis};
use rayon::prelude::*;

use super::{
    Calibration, CalibrationMethod, ClassifyError, Params, Report, Scaler, Scaling,
    input::{check_margins, check_training},
};

/// Margins of items by models that never saw them.
#[derive(Debug, Clone, PartialEq)]
pub struct HeldOut {
    /// One margin an item, in the order of the rows.
    pub margins: Vec<f64>,
    /// How each fold's solver ended, by rising fold number.
    pub reports: Vec<Report>,
}

/// Fits once a fold on the items of all other folds, scaler included, and gives the fold's items their
/// margins. `x` is n × d; `folds` holds each item's fold number, any numbers. Folds run in parallel; the
/// result does not depend on the number of threads. Fold f of k-means starts from `seed` + f.
///
/// # Errors
/// Input that training refuses, fewer than 2 folds, and anything that goes wrong in one fold (a class missing
/// from its training part among it), which is named.
pub fn cross_validated_margins(
    params: &Params,
    scaling: Scaling,
    x: ArrayView2<f64>,
    labels: &[bool],
    folds: &[usize],
    seed: u64,
) -> Result<HeldOut, ClassifyError> {
    cross_validated_margins_from(params, scaling, x, labels, folds, seed, |_| true)
}

/// The same where only the items that `is_learnt_from` names are learnt from; all get margins.
///
/// # Errors
/// As [`cross_validated_margins`].
pub fn cross_validated_margins_from(
    params: &Params,
    scaling: Scaling,
    x: ArrayView2<f64>,
    labels: &[bool],
    folds: &[usize],
    seed: u64,
    is_learnt_from: impl Fn(usize) -> bool + Sync,
) -> Result<HeldOut, ClassifyError> {
    check_training(x, labels)?;
    let parts: Vec<(Vec<usize>, Vec<f64>, Report)> = fold_numbers(folds, labels.len())?
        .par_iter()
        .map(|&fold| {
            let (held_out, mut training): (Vec<usize>, Vec<usize>) =
                (0..folds.len()).partition(|&i| folds[i] == fold);
            training.retain(|&i| is_learnt_from(i));
            let one_fold = || {
                let rows = x.select(Axis(0), &training);
                let names: Vec<bool> = training.iter().map(|&i| labels[i]).collect();
                let scaler = Scaler::fit(scaling, rows.view())?;
                let rows = scaler.transform_owned(rows);
                let fitted = params.fit(rows.view(), &names, seed.wrapping_add(fold as u64))?;
                drop(rows);
                let unseen = scaler.transform_owned(x.select(Axis(0), &held_out));
                Ok((fitted.model.margins(unseen.view()), fitted.report))
            };
            match one_fold() {
                Ok((margins, report)) => Ok((held_out, margins, report)),
                Err(source) => Err(ClassifyError::Fold {
                    fold,
                    source: Box::new(source),
                }),
            }
        })
        // Errors are looked at in the order of the folds, not in that of their happening.
        .collect::<Vec<_>>()
        .into_iter()
        .collect::<Result<_, _>>()?;

    let mut margins = vec![0.0; folds.len()];
    let mut reports = Vec::with_capacity(parts.len());
    for (items, values, report) in parts {
        for (item, value) in items.into_iter().zip(values) {
            margins[item] = value;
        }
        reports.push(report);
    }
    Ok(HeldOut { margins, reports })
}

/// Scores of items by calibrations that never saw them: each fold's margins are scored by the calibration fitted on
/// those of all other folds. A calibration shown its own items looks better than it is, isotonic regression most.
///
/// The margins are [`cross_validated_margins`] of the same folds. The models behind the other folds' margins did
/// learn from the fold's items; leaving those out, too, would take a training for every pair of folds.
///
/// # Errors
/// Fewer than 2 folds, and what [`Calibration::fit`] refuses without one of the folds, which is named.
pub fn cross_fitted_scores(
    method: CalibrationMethod,
    margins: &[f64],
    labels: &[bool],
    folds: &[usize],
) -> Result<Vec<f64>, ClassifyError> {
    check_margins(margins, labels)?;
    let mut scores = vec![0.0; folds.len()];
    for fold in fold_numbers(folds, labels.len())? {
        let (others, names): (Vec<f64>, Vec<bool>) = (0..folds.len())
            .filter(|&i| folds[i] != fold)
            .map(|i| (margins[i], labels[i]))
            .unzip();
        let calibration =
            Calibration::fit(method, &others, &names).map_err(|source| ClassifyError::Fold {
                fold,
                source: Box::new(source),
            })?;
        for i in (0..folds.len()).filter(|&i| folds[i] == fold) {
            scores[i] = calibration.score(margins[i]);
        }
    }
    Ok(scores)
}

/// The different fold numbers, rising; at least two, given one fold number an item.
fn fold_numbers(folds: &[usize], items: usize) -> Result<Vec<usize>, ClassifyError> {
    if folds.len() != items {
        return Err(ClassifyError::FoldCount {
            items,
            folds: folds.len(),
        });
    }
    let numbers: BTreeSet<usize> = folds.iter().copied().collect();
    if numbers.len() < 2 {
        return Err(ClassifyError::TooFewFolds { found: numbers.len() });
    }
    Ok(numbers.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::{
        FldEnsembleParams, Fusion, Gamma, KMeansParams, KernelParams, LogisticParams, RidgeParams, SvmParams,
    };

    fn data() -> (Array2<f64>, Vec<bool>, Vec<usize>) {
        let mut rng = ChaCha8Rng::seed_from_u64(11);
        let labels: Vec<bool> = (0..60).map(|i| i % 2 == 0).collect();
        let x = Array2::from_shape_fn((60, 3), |(i, _)| {
            rng.gen_range(-1.0..1.0) + if labels[i] { 0.8 } else { -0.8 }
        });
        // Numbers with gaps, to show that they are only names.
        (
            x,
            labels,
            (0..60).map(|i| [2, 5, usize::MAX][i / 2 % 3]).collect(),
        )
    }

    fn all_params() -> [Params; 7] {
        [
            Params::Svm(SvmParams::new(KernelParams::Rbf { gamma: Gamma::Scale })),
            Params::Logistic(LogisticParams::default()),
            Params::KMeans(KMeansParams::default().with_clusters(3)),
            Params::Ridge(RidgeParams::default()),
            Params::Ridge(RidgeParams::default().with_kernel(KernelParams::Rbf { gamma: Gamma::Scale })),
            Params::FldEnsemble(FldEnsembleParams::default()),
            Params::FldEnsemble(FldEnsembleParams::default().with_fusion(Fusion::Majority)),
        ]
    }

    #[test]
    fn each_margin_comes_from_a_model_without_the_item() -> Result<(), ClassifyError> {
        let (x, labels, folds) = data();
        for params in all_params() {
            let held_out = cross_validated_margins(&params, Scaling::Standard, x.view(), &labels, &folds, 4)?;
            assert_eq!(held_out.reports.len(), 3);
            for fold in [2, 5, usize::MAX] {
                let training: Vec<usize> = (0..60).filter(|&i| folds[i] != fold).collect();
                let rows = x.select(Axis(0), &training);
                let scaler = Scaler::fit(Scaling::Standard, rows.view())?;
                let names: Vec<bool> = training.iter().map(|&i| labels[i]).collect();
                let seed = 4u64.wrapping_add(fold as u64);
                let model = params
                    .fit(scaler.transform(rows.view()).view(), &names, seed)?
                    .model;
                for i in (0..60).filter(|&i| folds[i] == fold) {
                    let mut row = x.row(i).to_vec();
                    scaler.transform_row(&mut row);
                    assert_eq!(held_out.margins[i], model.margin(&row), "{}", params.name());
                }
            }
        }
        Ok(())
    }

    #[test]
    fn the_number_of_threads_does_not_matter() -> Result<(), Box<dyn std::error::Error>> {
        let (x, labels, folds) = data();
        for params in all_params() {
            let run = || cross_validated_margins(&params, Scaling::None, x.view(), &labels, &folds, 1);
            let one = rayon::ThreadPoolBuilder::new()
                .num_threads(1)
                .build()?
                .install(run)?;
            let five = rayon::ThreadPoolBuilder::new()
                .num_threads(5)
                .build()?
                .install(run)?;
            assert_eq!(one, five, "{}", params.name());
        }
        Ok(())
    }

    #[test]
    fn each_score_comes_from_a_calibration_without_the_item() -> Result<(), ClassifyError> {
        let (x, labels, folds) = data();
        let margins = x.column(0).to_vec();
        for method in [CalibrationMethod::Platt, CalibrationMethod::Isotonic] {
            let scores = cross_fitted_scores(method, &margins, &labels, &folds)?;
            for item in 0..60 {
                let others: Vec<usize> = (0..60).filter(|&i| folds[i] != folds[item]).collect();
                let seen: Vec<f64> = others.iter().map(|&i| margins[i]).collect();
                let names: Vec<bool> = others.iter().map(|&i| labels[i]).collect();
                let calibration = Calibration::fit(method, &seen, &names)?;
                assert_eq!(scores[item], calibration.score(margins[item]), "{method:?}");
            }
        }
        Ok(())
    }

    #[test]
    fn folds_without_a_calibration_are_named() {
        // Without fold 1, the margins of fold 0 are the wrong way round.
        let margins = [1.0, -1.0, 1.5, -1.5, -3.0, 3.0];
        let labels = [false, true, false, true, false, true];
        let folds = [0, 0, 0, 0, 1, 1];
        let run = |method, folds: &[usize]| cross_fitted_scores(method, &margins, &labels, folds);
        match run(CalibrationMethod::Isotonic, &folds) {
            Err(ClassifyError::Fold { fold: 1, source }) => {
                assert!(matches!(*source, ClassifyError::NoBetterThanChance { auc: 0.0 }));
            }
            other => panic!("expected an error in fold 1, found {other:?}"),
        }
        match run(CalibrationMethod::Platt, &folds) {
            Err(ClassifyError::Fold { fold: 1, source }) => {
                assert!(matches!(*source, ClassifyError::InvertedSlope { .. }));
            }
            other => panic!("expected an error in fold 1, found {other:?}"),
        }
        assert!(matches!(
            run(CalibrationMethod::Platt, &folds[1..]),
            Err(ClassifyError::FoldCount { items: 6, folds: 5 })
        ));
        assert!(matches!(
            run(CalibrationMethod::Platt, &[0; 6]),
            Err(ClassifyError::TooFewFolds { found: 1 })
        ));
        assert!(matches!(
            cross_fitted_scores(CalibrationMethod::Platt, &margins[1..], &labels, &folds),
            Err(ClassifyError::LabelCount { rows: 5, labels: 6 })
        ));
    }

    #[test]
    fn bad_folds_are_errors() {
        let (x, labels, folds) = data();
        let run = |folds: &[usize]| {
            let params = Params::Logistic(LogisticParams::default());
            cross_validated_margins(&params, Scaling::None, x.view(), &labels, folds, 0)
        };
        assert!(matches!(
            run(&folds[1..]),
            Err(ClassifyError::FoldCount { items: 60, folds: 59 })
        ));
        assert!(matches!(
            run(&[3; 60]),
            Err(ClassifyError::TooFewFolds { found: 1 })
        ));
        // Fold 1 holds every fake, so its training part has none.
        let one_class: Vec<usize> = labels.iter().map(|&l| usize::from(l)).collect();
        match run(&one_class) {
            Err(ClassifyError::Fold { fold: 0, source }) => {
                assert!(matches!(
                    *source,
                    ClassifyError::MissingClass {
                        fake: 30,
                        real: 0,
                        ..
                    }
                ));
            }
            other => panic!("expected an error in fold 0, found {other:?}"),
        }
    }
}
