use ndarray::ArrayView2;

use super::ClassifyError;

/// Largest magnitude of a feature that training accepts: its square, summed over any matrix that fits in
/// memory, is finite.
pub const MAX_MAGNITUDE: f64 = 1e100;

pub(super) struct ClassCounts {
    pub fake: usize,
    pub real: usize,
}

/// Checks a feature matrix: at least one column, every value finite and at most [`MAX_MAGNITUDE`].
pub(super) fn check_features(x: ArrayView2<f64>) -> Result<(), ClassifyError> {
    if x.ncols() == 0 {
        return Err(ClassifyError::NoFeatures);
    }
    let is_bad = |v: &f64| !v.is_finite() || v.abs() > MAX_MAGNITUDE;
    // Where it is need only be known once there is one: looking with indices takes several times as long.
    if !x.iter().any(is_bad) {
        return Ok(());
    }
    match x.indexed_iter().find(|(_, v)| is_bad(v)) {
        Some(((row, column), &value)) => Err(ClassifyError::Feature { row, column, value }),
        None => Ok(()),
    }
}

/// [`check_features`], one label a row, and at least one item of each class.
pub(super) fn check_training(x: ArrayView2<f64>, labels: &[bool]) -> Result<ClassCounts, ClassifyError> {
    if x.nrows() != labels.len() {
        return Err(ClassifyError::LabelCount {
            rows: x.nrows(),
            labels: labels.len(),
        });
    }
    check_features(x)?;
    class_counts(labels)
}

/// Counts of both classes; an error if either is empty.
pub(super) fn class_counts(labels: &[bool]) -> Result<ClassCounts, ClassifyError> {
    let fake = labels.iter().filter(|&&l| l).count();
    let real = labels.len() - fake;
    if fake == 0 || real == 0 {
        return Err(ClassifyError::MissingClass { fake, real });
    }
    Ok(ClassCounts { fake, real })
}

/// One finite margin a label, and at least one item of each class.
pub(super) fn check_margins(margins: &[f64], labels: &[bool]) -> Result<ClassCounts, ClassifyError> {
    if margins.len() != labels.len() {
        return Err(ClassifyError::LabelCount {
            rows: margins.len(),
            labels: labels.len(),
        });
    }
    if let Some((index, &value)) = margins.iter().enumerate().find(|(_, m)| !m.is_finite()) {
        return Err(ClassifyError::Margin { index, value });
    }
    class_counts(labels)
}

/// A parameter that must be finite and above 0.
pub(super) fn check_positive(name: &'static str, value: f64) -> Result<(), ClassifyError> {
    if value.is_finite() && value > 0.0 {
        return Ok(());
    }
    Err(ClassifyError::Parameter {
        name,
        expected: "finite and above 0",
        found: value.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;

    #[test]
    fn errors_name_the_place_and_the_counts() {
        let x = array![[0.0, 1.0], [2.0, 3.0]];
        assert_eq!(
            check_training(x.view(), &[true])
                .err()
                .map(|e| e.to_string())
                .as_deref(),
            Some("2 feature rows but 1 labels")
        );
        assert!(matches!(
            check_training(x.view(), &[true, true]),
            Err(ClassifyError::MissingClass { fake: 2, real: 0 })
        ));
        for bad in [f64::NAN, f64::INFINITY, -1.1e100] {
            let x = array![[0.0, 1.0], [2.0, bad]];
            assert!(matches!(
                check_training(x.view(), &[true, false]),
                Err(ClassifyError::Feature {
                    row: 1,
                    column: 1,
                    ..
                })
            ));
        }
        let none = Array2::zeros((2, 0));
        assert!(matches!(
            check_training(none.view(), &[true, false]),
            Err(ClassifyError::NoFeatures)
        ));
        assert!(check_training(x.view(), &[true, false]).is_ok());
    }
}
