//! What the method is worth where nothing leaks.

use dftective::batch::{Extractor, dataset_from_images};
use dftective::classify::{CalibrationMethod, LogisticParams, Params, Scaling};
use dftective::datasets::{Search, labelled};
use dftective::decode::Limits;
use dftective::detector::{Detector, TrainOptions};
use dftective::spectrum::Recipe;

use crate::reference::folder;

/// FFHQ and StyleGAN1 faces of one size and one JPEG quality. The plain profile with logistic regression reaches
/// an accuracy of .61 and an AUC of .65 in scikit-learn; over 2000 images their standard errors are .011 and .012,
/// and .03 leaves room for other folds as well. A figure far above would mean a leak, one far below a defect.
#[test]
fn the_plain_profile_is_worth_little_between_equal_faces() {
    let Some(folder) = folder("faces/sg1_256") else {
        return;
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let extractor = Extractor::new(Recipe::faces_hq(), Limits::default());
    let (found, _) = dataset_from_images(
        labelled(&folder, Search::default()).unwrap().inputs,
        &extractor,
        threads,
        || false,
        || (),
    );
    assert_eq!((found.samples.len(), found.failures.len()), (2000, 0));
    assert_eq!(found.features.dim(), (2000, 179));
    let options = TrainOptions {
        classifier: Params::Logistic(LogisticParams::default().with_c(0.01)),
        scaling: Scaling::Standard,
        calibration: CalibrationMethod::Platt,
        folds: 5,
        error_rate: 0.1,
        seed: 0,
    };
    let trained = Detector::train(&found, &options).unwrap();
    assert!(trained.report.converged && trained.folds_not_converged == 0);
    let held_out = &trained.detector.training().held_out;
    println!("accuracy {:.4}, AUC {:.4}", held_out.accuracy, held_out.auc);
    assert!((held_out.accuracy - 0.61).abs() <= 0.03, "{}", held_out.accuracy);
    assert!((held_out.auc - 0.65).abs() <= 0.03, "{}", held_out.auc);
}
