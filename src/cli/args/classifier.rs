//! What is trained, and how.

use std::sync::LazyLock;

use clap::ValueEnum;
use clap::builder::PossibleValue;
use dftective::classify::{
    Architecture, Augmentation, CalibrationMethod, ClassWeight, FldEnsembleParams, Fusion, Gamma,
    KMeansParams, KernelParams, LogisticParams, NetworkEntry, Params, RidgeParams, Scaling, Solver,
    SvmParams,
};
use dftective::detector::TrainOptions;
use dftective::features::Selection;

use crate::cli::family_weights::FamilyWeights;
use crate::cli::network::NetworkArgs;

/// Kinds of classifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Classifier {
    Svm,
    Logistic,
    Kmeans,
    Ridge,
    FldEnsemble,
    Network(Architecture),
}

impl ValueEnum for Classifier {
    fn value_variants<'a>() -> &'a [Self] {
        static ALL: LazyLock<Vec<Classifier>> = LazyLock::new(|| {
            let classical = [
                Classifier::Svm,
                Classifier::Logistic,
                Classifier::Kmeans,
                Classifier::Ridge,
                Classifier::FldEnsemble,
            ];
            let networks = Architecture::ALL.map(Classifier::Network);
            classical.into_iter().chain(networks).collect()
        });
        &ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, what) = match self {
            Self::Svm => ("svm", "Support vector machine"),
            Self::Logistic => ("logistic", "Logistic regression"),
            Self::Kmeans => ("kmeans", "k-means, its clusters named by the labels"),
            Self::Ridge => (
                "ridge",
                "Kernel ridge regression, its penalty chosen by leaving each image out",
            ),
            Self::FldEnsemble => (
                "fld-ensemble",
                "Fisher discriminants on random parts of the features (Kodovský, Fridrich, Holub 2012)",
            ),
            Self::Network(network) => {
                let NetworkEntry {
                    name, summary, side, ..
                } = network.entry();
                return Some(PossibleValue::new(name).help(format!("{summary}, {side} x {side} pixels")));
            }
        };
        Some(PossibleValue::new(name).help(what))
    }
}

/// Kernels of the support vector machine and ridge regression.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum KernelName {
    /// x·y
    Linear,
    /// exp(−γ‖x − y‖²)
    Rbf,
    /// (γ x·y + coef0)^degree
    Poly,
}

/// Whose code solves the training problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SolverName {
    /// This program's
    Native,
    /// linfa's, which no longer comes with this program
    Linfa,
}

/// How the learners of an ensemble make one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FusionName {
    /// Mean of their projections
    Projection,
    /// Share of their votes
    Majority,
}

/// What is done to each feature first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ScalingName {
    /// Mean 0, standard deviation 1 over the training images
    Standard,
    /// As standard, but nothing beyond 6 standard deviations, and constant columns dropped
    Clipped,
    /// Nothing, as in the paper
    None,
}

/// How margins become probabilities.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CalibrationName {
    /// A sigmoid
    Platt,
    /// Any rising curve (isotonic regression); takes thousands of images
    Isotonic,
}

/// What is trained and how.
#[derive(clap::Args)]
#[command(next_help_heading = "Classifier")]
pub struct ClassifierArgs {
    /// Kind of classifier
    #[arg(long, value_enum, default_value_t = Classifier::Logistic)]
    pub classifier: Classifier,
    /// Kernel of the SVM and of ridge regression [default: rbf for svm, linear for ridge]
    #[arg(long, value_enum)]
    kernel: Option<KernelName>,
    /// Weight of the training errors against simplicity [default: 1 for svm, 0.01 for logistic]
    #[arg(long = "c", short = 'C', value_name = "NUMBER")]
    c: Option<f64>,
    /// γ of the kernel: a number, scale (1/(features × variance)) or auto (1/features)
    #[arg(long, value_name = "γ", default_value = "scale", value_parser = gamma)]
    gamma: Gamma,
    /// Degree of the polynomial kernel
    #[arg(long, value_name = "N", default_value_t = 3)]
    degree: u32,
    /// Constant of the polynomial kernel
    #[arg(long, value_name = "NUMBER", default_value_t = 0.0)]
    coef0: f64,
    /// Penalties that ridge regression chooses from [default: two a decade from 1e-7 to 1]
    #[arg(long, value_name = "λ,…", value_delimiter = ',')]
    lambda: Option<Vec<f64>>,
    /// How much families count beside each other in ridge regression and the Fisher ensemble: as dctr=2,srm=0.5, or
    /// search, by which the training images choose [default: 1 each]
    ///
    /// In ridge regression families of the same weight count alike however many features they have; a discriminant of the
    /// ensemble draws each feature of a family of weight 2 twice as readily as one of weight 1. The search doubles or
    /// halves one family's weight after the other as long as the leave-one-out error, or the ensemble's out-of-bag
    /// error, falls; it takes some three times as long as training without, and with the ensemble ten times.
    #[arg(long, value_name = "WEIGHTS")]
    family_weights: Option<FamilyWeights>,
    /// Features each discriminant of the ensemble sees [default: searched for]
    #[arg(long, value_name = "N")]
    subspace: Option<usize>,
    /// Discriminants of the ensemble [default: until its error settles]
    #[arg(long, value_name = "N")]
    learners: Option<usize>,
    /// How the discriminants of the ensemble make one value
    #[arg(long, value_enum, default_value_t = FusionName::Projection)]
    fusion: FusionName,
    /// Number of clusters of k-means
    #[arg(long, value_name = "N", default_value_t = 2)]
    clusters: usize,
    /// Let both classes weigh the same, however many images each has (SVM, logistic regression and networks)
    #[arg(long)]
    balanced: bool,
    /// Penalise the intercept, too, as LIBLINEAR does (logistic regression)
    #[arg(long)]
    penalize_intercept: bool,
    /// Whose solver (SVM and logistic regression); native, this program's, is the only one left
    #[arg(long, value_enum, default_value_t = SolverName::Native, hide = true)]
    solver: SolverName,
    /// Iterations after which the solver gives up and says so [default: 10000000 for svm, 100 for logistic, 300 for
    /// kmeans]
    #[arg(long, value_name = "N")]
    max_iterations: Option<u64>,
    /// What is done to each feature first [default: clipped for ridge and fld-ensemble, standard for the others]
    #[arg(long, value_enum)]
    scaling: Option<ScalingName>,
    /// How the classifier's raw values become probabilities of fake
    #[arg(long, value_enum, default_value_t = CalibrationName::Platt)]
    calibration: CalibrationName,
    /// Parts of the cross-validation behind calibration, uncertain band and the figures shown; a network learns from all
    /// but one of them and is tested on that one
    #[arg(long, value_name = "N", default_value_t = 5)]
    folds: usize,
    /// Share of wrong verdicts allowed; images that would exceed it are called uncertain
    #[arg(long, value_name = "RATE", default_value_t = 0.1)]
    error_rate: f64,
    #[command(flatten)]
    pub network: NetworkArgs,
}

fn gamma(text: &str) -> Result<Gamma, String> {
    match text {
        "scale" => Ok(Gamma::Scale),
        "auto" => Ok(Gamma::OnePerFeature),
        _ => text
            .parse()
            .map(Gamma::Value)
            .map_err(|_| "expected a number, scale or auto".to_owned()),
    }
}

/// A profile's neighbouring values nearly repeat each other, so logistic regression wants a stronger penalty than
/// the customary C = 1: on 2000 faces of equal size and quality its AUC is .644 instead of .618 on the 179 radial bins
/// of the paper, and .714 instead of .703 on the default recipe.
pub const LOGISTIC_C: f64 = 0.01;

impl ClassifierArgs {
    /// Whether a network is to be trained.
    pub fn is_network(&self) -> bool {
        matches!(self.classifier, Classifier::Network(_))
    }

    /// What is to be trained; `varied` says how a network's training images are varied, and the others have none.
    pub fn options(&self, seed: u64, varied: Option<Augmentation>) -> anyhow::Result<TrainOptions> {
        let class_weight = if self.balanced {
            ClassWeight::Balanced
        } else {
            ClassWeight::None
        };
        let solver = match self.solver {
            SolverName::Native => Solver::Native,
            SolverName::Linfa => Solver::Linfa,
        };
        self.check_meaning()?;
        let family_weights = self.family_weights.as_ref();
        let weights = family_weights.map(FamilyWeights::given).unwrap_or_default();
        let search_weights = family_weights == Some(&FamilyWeights::Search);
        let classifier = match self.classifier {
            Classifier::Svm => {
                let defaults = SvmParams::new(self.kernel(KernelName::Rbf));
                Params::Svm(SvmParams {
                    c: self.c.unwrap_or(1.0),
                    class_weight,
                    max_iterations: self.max_iterations.unwrap_or(defaults.max_iterations),
                    solver,
                    ..defaults
                })
            }
            Classifier::Logistic => {
                let defaults = LogisticParams::default();
                Params::Logistic(LogisticParams {
                    c: self.c.unwrap_or(LOGISTIC_C),
                    class_weight,
                    penalize_intercept: self.penalize_intercept,
                    max_iterations: self.max_iterations.unwrap_or(defaults.max_iterations),
                    solver,
                    ..defaults
                })
            }
            Classifier::Kmeans => {
                let defaults = KMeansParams::default();
                Params::KMeans(KMeansParams {
                    clusters: self.clusters,
                    max_iterations: self.max_iterations.unwrap_or(defaults.max_iterations),
                    ..defaults
                })
            }
            Classifier::Ridge => {
                let defaults = RidgeParams::default();
                Params::Ridge(RidgeParams {
                    kernel: self.kernel(KernelName::Linear),
                    lambdas: self.lambda.clone().unwrap_or(defaults.lambdas),
                    weights,
                    search_weights,
                    ..RidgeParams::default()
                })
            }
            Classifier::FldEnsemble => Params::FldEnsemble(FldEnsembleParams {
                subspace: self.subspace,
                learners: self.learners,
                fusion: match self.fusion {
                    FusionName::Projection => Fusion::Projection,
                    FusionName::Majority => Fusion::Majority,
                },
                weights,
                search_weights,
                ..FldEnsembleParams::default()
            }),
            Classifier::Network(architecture) => {
                Params::Network(self.network.params(architecture, class_weight, varied)?)
            }
        };
        let clips = matches!(self.classifier, Classifier::Ridge | Classifier::FldEnsemble);
        let scaling = match self.scaling {
            Some(ScalingName::Standard) => Scaling::Standard,
            Some(ScalingName::Clipped) => Scaling::Clipped,
            Some(ScalingName::None) => Scaling::None,
            None if clips => Scaling::Clipped,
            None if self.is_network() => Scaling::None,
            None => Scaling::Standard,
        };
        let calibration = match self.calibration {
            CalibrationName::Platt => CalibrationMethod::Platt,
            CalibrationName::Isotonic => CalibrationMethod::Isotonic,
        };
        Ok(TrainOptions {
            classifier,
            scaling,
            calibration,
            folds: self.folds,
            error_rate: self.error_rate,
            seed,
        })
    }

    fn kernel(&self, default: KernelName) -> KernelParams {
        let gamma = self.gamma;
        match self.kernel.unwrap_or(default) {
            KernelName::Linear => KernelParams::Linear,
            KernelName::Rbf => KernelParams::Rbf { gamma },
            KernelName::Poly => KernelParams::Polynomial {
                gamma,
                degree: self.degree,
                coef0: self.coef0,
            },
        }
    }

    /// Weights are for families that are computed.
    pub fn check_families(&self, selection: &Selection) -> anyhow::Result<()> {
        match &self.family_weights {
            Some(weights) => weights.check(selection),
            None => Ok(()),
        }
    }

    /// Options that the classifier does not have are mistakes.
    fn check_meaning(&self) -> anyhow::Result<()> {
        let (name, why) = match self.classifier {
            Classifier::Kmeans => ("k-means", ", which ignores labels"),
            Classifier::Ridge => ("ridge regression", ""),
            Classifier::FldEnsemble => ("the Fisher ensemble", ", in which both classes weigh the same"),
            Classifier::Network(_) => ("networks", ""),
            Classifier::Svm | Classifier::Logistic => ("", ""),
        };
        self.network.check_meaning(self.is_network())?;
        anyhow::ensure!(
            name.is_empty() || self.is_network() || !self.balanced,
            "--balanced has no meaning for {name}{why}"
        );
        anyhow::ensure!(
            name.is_empty() || self.solver == SolverName::Native,
            "--solver has no meaning for {name}"
        );
        anyhow::ensure!(
            !(self.is_network() || matches!(self.classifier, Classifier::Ridge | Classifier::FldEnsemble))
                || self.max_iterations.is_none(),
            "--max-iterations has no meaning for {name}"
        );
        let is_ridge = self.classifier == Classifier::Ridge;
        let is_ensemble = self.classifier == Classifier::FldEnsemble;
        anyhow::ensure!(
            is_ridge || self.lambda.is_none(),
            "--lambda has a meaning for ridge regression only"
        );
        anyhow::ensure!(
            is_ridge || is_ensemble || self.family_weights.is_none(),
            "--family-weights has a meaning for ridge regression and the Fisher ensemble only"
        );
        anyhow::ensure!(
            is_ensemble || (self.subspace.is_none() && self.learners.is_none()),
            "--subspace and --learners have a meaning for the Fisher ensemble only"
        );
        anyhow::ensure!(
            !self.is_network() || (self.c.is_none() && self.kernel.is_none() && self.scaling.is_none()),
            "-C, --kernel and --scaling have no meaning for networks"
        );
        anyhow::ensure!(
            !self.penalize_intercept || self.classifier == Classifier::Logistic,
            "--penalize-intercept has a meaning for logistic regression only"
        );
        Ok(())
    }
}
