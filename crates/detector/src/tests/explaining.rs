//! What a margin is made of, and the moments it is measured against.

use super::*;
use dftective_classify::Model;
use dftective_features::{Band, ClassMoments, bands};

fn close(a: f64, b: f64) {
    // Sums of six products of values about 1.
    assert!((a - b).abs() < 1e-12 * (1.0 + a.abs()), "{a} {b}");
}

#[test]
fn a_linear_models_bands_follow_the_formula_and_add_up() {
    let set = training_set();
    for classifier in classifiers() {
        let detector = train(&set, &options(classifier)).unwrap();
        let Model::Linear(model) = classical(&detector).model() else {
            continue;
        };
        let bands = bands(&detector.columns(), 4);
        let arrays: std::collections::BTreeMap<_, _> =
            classical(&detector).scaler.arrays().into_iter().collect();
        for row in set.features.rows() {
            let features = row.to_vec();
            let found = classical(&detector).contributions(&features, &bands).unwrap();
            assert!(found.add_up);
            for (band, margin) in bands.iter().zip(&found.margins) {
                let part = |&column: &usize| {
                    let (real, fake) = (
                        classical(&detector).moments.real.mean[column],
                        classical(&detector).moments.fake.mean[column],
                    );
                    let away = features[column] - f64::midpoint(real, fake);
                    model.weights()[column] * away / arrays["deviation"][column]
                };
                close(band.columns.iter().map(part).sum(), *margin);
            }
            let margin = detector.score(&mut features.clone()).unwrap().0;
            close(found.margins.iter().sum(), margin - found.middle_margin);
        }
    }
}

#[test]
fn occlusion_of_everything_is_the_margin_less_the_middles() {
    let set = training_set();
    let all = Band {
        family: "radial".to_owned(),
        frequencies: None,
        kernel: None,
        columns: (0..BINS).collect(),
    };
    let none = Band {
        columns: Vec::new(),
        ..all.clone()
    };
    for classifier in classifiers() {
        let detector = train(&set, &options(classifier)).unwrap();
        let features = set.features.row(1).to_vec();
        let found = classical(&detector)
            .contributions(&features, &[all.clone(), none.clone()])
            .unwrap();
        let margin = detector.score(&mut features.clone()).unwrap().0;
        assert_eq!(found.margins, [margin - found.middle_margin, 0.0]);
        assert_eq!(
            found.add_up,
            matches!(classical(&detector).model(), Model::Linear(_))
        );
    }
}

#[test]
fn moments_are_those_of_the_training_images() {
    let set = training_set();
    let detector = train(&set, &logistic()).unwrap();
    let expected = ClassMoments::of(set.features.view(), &set.fake()).unwrap();
    assert_eq!(classical(&detector).moments(), &expected);
    let back = Detector::from_bytes(&detector.to_bytes().unwrap()).unwrap();
    assert_eq!(classical(&back).moments(), &expected);
    assert_eq!((expected.real.images, expected.fake.images), (12, 12));
}
