//! What can be done with detectors: each use case a function that takes a request and gives records.
//!
//! A task takes a [`Context`]: threads, a [`Cancel`] token, and an [`Observer`] that hears of progress. It prints, installs
//! and exits nothing; what is shown of the records is the caller's affair.
//!
//! # Learning a detector
//!
//! ```no_run
//! use dftective_classify::{CalibrationMethod, Params, RidgeParams, Scaling};
//! use dftective_decode::Limits;
//! use dftective_detector::TrainOptions;
//! use dftective_sample::LabelWords;
//! use dftective_tasks::{Context, NetworkFiles, TrainRequest, train};
//!
//! let request = TrainRequest {
//!     data: "images".into(), // with real/ and fake/ in it
//!     labels: LabelWords::default(),
//!     selection: Some("families=full".parse()?),
//!     copies: None,
//!     group_by: None,
//!     limits: Limits::default(),
//!     options: TrainOptions {
//!         classifier: Params::Ridge(RidgeParams::default()),
//!         scaling: Scaling::Clipped,
//!         calibration: CalibrationMethod::Platt,
//!         folds: 5,
//!         error_rate: 0.1,
//!         seed: 0,
//!     },
//!     network: NetworkFiles::default(),
//! };
//! let result = train(&request, &Context::default())?;
//! result.trained.detector.save("detector.safetensors".as_ref())?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # How good is a detector?
//!
//! ```no_run
//! use std::path::Path;
//!
//! use dftective_detector::DetectorSet;
//! use dftective_tasks::{Context, EvaluateRequest, evaluate};
//!
//! let detectors = DetectorSet::load(Path::new("detector.safetensors"))?;
//! let request = EvaluateRequest {
//!     data: "held-out".into(), // with real/ and fake/ in it
//!     ..EvaluateRequest::default()
//! };
//! let evaluation = evaluate(&request, &detectors, &Context::default())?;
//! println!("area under the ROC curve {:.3}", evaluation.metrics.roc_auc.auc);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What does an image look like in frequency?
//!
//! ```no_run
//! use std::path::PathBuf;
//!
//! use dftective_sample::Sample;
//! use dftective_tasks::{InspectRequest, inspect};
//!
//! let sample = Sample::new(PathBuf::from("photo.jpg"));
//! let (inspection, views) = inspect(&Ok(sample), None, &InspectRequest::default())?;
//! println!("{inspection}");
//! std::fs::write("spectrum.png", &views.spectrum.bytes)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod answers;
mod compare;
mod context;
mod data;
mod error;
mod evaluate;
mod experiment;
mod extract;
mod inspect;
mod score;
mod table;
mod train;

#[cfg(test)]
mod tests;

pub use answers::Model;
pub use compare::{CompareRequest, compare};
pub use context::{Cancel, Context, Observer};
pub use data::{is_feature_table, read_dataset};
pub use error::TaskError;
pub use evaluate::{EvaluateRequest, Extras, THRESHOLD, evaluate, evaluate_dataset, evaluate_held_out};
pub use experiment::{ExperimentRequest, experiment};
pub use extract::extract;
pub use inspect::{InspectRequest, inspect};
pub use score::{ScoreRequest, VerdictCounts, score};
pub use table::{TableRequest, TableResult};
pub use train::{NetworkFiles, TrainRequest, TrainResult, train};
