//! Classical spectral detectors for generated and manipulated images: a library, and the command `dftective`.
//!
//! A generator brings a small plane up to a picture, and the upsampling leaves its trace in the spectrum. The
//! detectors here look for it with the radial profile of the Fourier spectrum and a classifier from the textbook,
//! after Durall, Keuper, Pfreundt and Keuper, "Unmasking DeepFakes with simple Features" (arXiv 1911.00686, 2019).
//! They are small, quick and explainable, and they fail where the paper's data were kind: **between faces of equal
//! size and equal JPEG quality the paper's profile is right six times in ten.** A detector knows the pictures it was
//! trained on; sizes, formats and compression that differ between its classes are learnt as readily as any
//! generator, which is why [`detector::Note`]s accompany every verdict.
//!
//! # The way of the data
//!
//! Each room is a crate of its own, which this one gives under its name. It answers one question, and uses only rooms above it
//! in this table; `docs/rooms.md` draws it.
//!
//! | room | question | from | to |
//! |---|---|---|---|
//! | [`sample`] | What is an image to all rooms? | | [`sample::Sample`]: origin, label, source, group, what is known of its file |
//! | [`decode`] | Which pixels does the method read? | a file's bytes | [`decode::Decoded`]: the 8-bit luma plane and what the file was |
//! | [`datasets`] | Which images are there? | folders, lists, manifests | samples |
//! | [`spectrum`] | What is a plane in frequency? | a luma plane | its radial profile |
//! | [`features`] | Which numbers describe an image? | a decoded image | a feature vector, by a [`features::Family`] |
//! | [`classify`] | Which side is a vector on? | feature vectors | margins, and scores calibrated from them |
//! | [`evaluate`] | How good are scores? | scores and labels | splits, metrics, intervals |
//! | [`detector`] | Is this image fake? | a [`detector::Dataset`]; then images | a [`detector::Detector`] as one file; a [`detector::Judgement`] |
//! | [`batch`] | And all of these? | inputs | one record each: parallel, in order, in bounded memory |
//! | [`report`] | How is it told? | records | tables for a terminal, figures, pages |
//! | [`experiment`] | Does it do what was published? | a description and its data | published beside measured numbers |
//! | [`tasks`] | What did the user ask for? | a request | records: detectors, tables, evaluations, comparisons, inspections, experiments |
//!
//! Beside them stand [`table`], which writes and reads records in CSV, JSON Lines, Parquet and NumPy archives; [`pickle`], which
//! reads published feature files and executes nothing; [`synth`], which makes labelled pictures from a seed, for trials without
//! any data; and [`atomic_file`], which writes files that are there whole or not at all.
//!
//! [`tasks`] shows how a saved detector is evaluated on a folder, and an image inspected, in a few lines. The command parses,
//! calls, prints and sets the exit code.
//!
//! # Conventions
//!
//! - **Polarity.** Fake is the positive class, `true` wherever a label is a `bool`. A *margin* is a classifier's raw
//!   value, positive for fake; a *score* is the calibrated probability of fake, in \[0, 1\]; a *verdict* is fake, real
//!   or uncertain, at an error rate that the detector states.
//! - **Geometry.** Planes are row-major and sizes are given as width × height, in pixels. The spectrum of a W × H
//!   plane is shifted so that DC lies at (W/2, H/2), rounded down. Radii count frequency samples.
//! - **Precision.** A recipe chooses `f32` or `f64` for the transform; profiles and features are `f64` either way.
//!   The presets named after the paper's experiments take `f64` and give the published features to about 1e-12.
//! - **The caller's resources.** A task takes the caller's threads, a token that cancels it and an observer of its progress;
//!   nothing here prints, installs or ends anything.
//! - **Plans and workspaces.** What depends on the size alone is computed once and shared between threads; what an
//!   image needs is in a workspace, one a thread. A workspace's contents never matter: any serves any image.
//! - **Vectors.** Spectra are computed in registers as wide as the processor has them, found at run time. The code that
//!   names instructions is `unsafe` and stands in one room, `simd`; results may differ in the last bits from one kind
//!   of processor to another.
//! - **Devices.** With the feature `cuda`, an NVIDIA GPU computes the spectra that its kernels cover; it is an
//!   [`spectrum::Accelerator`], asked first and never relied on. Its room, `cuda`, holds the only other `unsafe` code.
//! - **Networks.** With the feature `cnn`, small convolutional networks learn from the same images, to compare with; a
//!   trained one is the body of a [`detector::Detector`] in the place of features and a classifier, and its logit is the
//!   margin. Their room is `networks`.
//! - **Seeds.** Whatever is random takes a seed, and the same seed gives the same bytes on any number of threads.
//! - **Errors.** Each room has one error type, whose messages say what was expected and what was found; those of an image have a
//!   stable [`sample::ErrorCode`]. An input
//!   that cannot be judged is a record with an error, never a score made up for it; hostile files are errors, too.
//! - **Files** appear under their name when whole. A saved detector is `safetensors`: arrays and JSON, no code.
//!
//! # A plane's profile
//!
//! ```
//! use dftective::sample::Label;
//! use dftective::decode::{Limits, decode, encode_jpeg};
//! use dftective::spectrum::{Recipe, SpectrumPlan, Workspace};
//! use dftective::synth::SynthParams;
//!
//! let params = SynthParams { per_class: 4, size: 64, quality: 90, seed: 1 };
//! let plan = SpectrumPlan::new(64, 64, &Recipe::celeba())?;
//! let mut workspace = Workspace::default();
//! let mut profile = vec![0.0; plan.bins()];
//! for index in 0..params.per_class {
//!     let file = encode_jpeg(&params.image(Label::Fake, index)?.pixels, params.quality)?;
//!     let image = decode(&file, &Limits::default())?;
//!     plan.profile(&image.luma, &mut workspace, &mut profile)?;
//!     // 80 points from low to high frequency, relative to the first.
//!     assert_eq!((profile.len(), profile[0]), (80, 1.0));
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # A detector, from images to a verdict
//!
//! ```
//! use dftective::batch::{Extractor, Flow, dataset_from_images};
//! use dftective::classify::{CalibrationMethod, LogisticParams, Params, Scaling};
//! use dftective::datasets::{Search, labelled};
//! use dftective::decode::{Limits, read};
//! use dftective::detector::{Detector, TrainOptions};
//! use dftective::features::Workspace;
//! use dftective::sample::LabelWords;
//! use dftective::spectrum::Recipe;
//! use dftective::synth::{SynthParams, write_dataset};
//!
//! // Labelled images: a folder with `real/` and `fake/` in it.
//! let folder = tempfile::tempdir()?;
//! let data = folder.path().join("data");
//! let params = SynthParams { per_class: 24, size: 64, quality: 90, seed: 1 };
//! let written = write_dataset(&data, &params, &|_| ())?;
//!
//! // Their features, on two threads.
//! let extractor = Extractor::new(Recipe::default(), Limits::default());
//! let (set, flow) = dataset_from_images(labelled(&data, Search::default())?.inputs, &extractor, 2, || false, || ());
//! assert!(set.failures.is_empty() && flow == Flow::Finished);
//!
//! // A detector; what it says of itself comes from images held out in turn.
//! let options = TrainOptions {
//!     classifier: Params::Logistic(LogisticParams::default().with_c(0.01)),
//!     scaling: Scaling::Standard,
//!     calibration: CalibrationMethod::Platt,
//!     folds: 4,
//!     error_rate: 0.1,
//!     seed: 0,
//! };
//! let trained = Detector::train(&set, &options)?.detector;
//! assert!(trained.training().held_out.auc > 0.5);
//!
//! // Kept as one file.
//! let path = folder.path().join("detector.safetensors");
//! trained.save(&path)?;
//! let detector = Detector::load(&path)?;
//!
//! // An image, judged; or its features alone.
//! let image = read(&written[0].path, &Limits::default())?;
//! let mut workspace = Workspace::default();
//! let judgement = detector.judge(&image, &mut workspace)?;
//! println!("{}: score {:.2}", judgement.verdict, judgement.score);
//! let mut features = Vec::new();
//! detector.inputs().extract(&image, &mut workspace, &mut features)?;
//! assert_eq!(features.len(), detector.columns().len());
//! let (margin, score) = detector.score(&mut features)?;
//! assert_eq!((margin, score), (judgement.margin, judgement.score));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub use dftective_atomic_file as atomic_file;
pub use dftective_batch as batch;
pub use dftective_classify as classify;
#[cfg(feature = "cuda")]
pub use dftective_cuda as cuda;
pub use dftective_datasets as datasets;
pub use dftective_decode as decode;
pub use dftective_detector as detector;
pub use dftective_evaluate as evaluate;
pub use dftective_experiment as experiment;
pub use dftective_features as features;
#[cfg(feature = "cnn")]
pub use dftective_networks as networks;
pub use dftective_records::{pickle, table};
pub use dftective_report as report;
pub use dftective_sample as sample;
pub use dftective_spectrum as spectrum;
pub use dftective_synth as synth;
pub use dftective_tasks as tasks;
