//! Options that several commands have, under the same names.

use std::path::PathBuf;
use std::str::FromStr;

use anyhow::Context;
use clap::ValueEnum;
use clap::builder::PossibleValue;
use dftective::classify::{
    Architecture, Augmentation, CalibrationMethod, ClassWeight, FldEnsembleParams, Fusion, Gamma,
    KMeansParams, KernelParams, LogisticParams, Params, RidgeParams, Scaling, Solver, SvmParams,
};
use dftective::decode::Limits;
use dftective::detector::{Detector, Regimes, TrainOptions};
use dftective::features::{FamilyName, FeatureError, Selection};
use dftective::spectrum::Recipe;

use super::family_weights::FamilyWeights;
use super::network::NetworkArgs;

/// How the spectrum is made.
#[derive(clap::Args)]
#[command(next_help_heading = "Recipe of the spectrum")]
pub struct RecipeArgs {
    /// A preset: default, faces-hq, celeba or deepfake-detection (the last three reproduce the paper)
    ///
    /// A preset may be followed by changes, as in "celeba precision=f32 bins=100".
    #[arg(long, value_name = "NAME")]
    pub recipe: Option<String>,
    /// Floating-point type of the transform: f32 or f64
    #[arg(long, value_name = "TYPE")]
    precision: Option<String>,
    /// Part of the image used: none (all of it), inner-third, or SIDE[:COUNT], squares of SIDE pixels at the image's own
    /// resolution (4 where no count is given) whose features are averaged
    #[arg(long, value_name = "PART")]
    crop: Option<String>,
    /// Weights of the pixels: none or hann
    #[arg(long, value_name = "NAME")]
    window: Option<String>,
    /// Added to every coefficient before its logarithm
    #[arg(long, value_name = "NUMBER")]
    epsilon: Option<String>,
    /// Where radii start: geometric (as the paper, half a sample off) or dc
    #[arg(long, value_name = "POINT")]
    centre: Option<String>,
    /// Unit of radii: samples (as the paper) or isotropic (circles in cycles per pixel)
    #[arg(long, value_name = "UNIT")]
    radius: Option<String>,
    /// What is averaged over a ring: log (as the paper) or power
    #[arg(long, value_name = "WHAT")]
    average: Option<String>,
    /// Points the profile is resampled to, or all: one a ring
    #[arg(long, value_name = "N")]
    bins: Option<String>,
    /// Last step: none, first (divide by the first value) or unitary
    #[arg(long, value_name = "HOW")]
    normalisation: Option<String>,
}

impl RecipeArgs {
    /// Whether any of them was given.
    pub fn is_given(&self) -> bool {
        self.changes_recipe() || self.tiles().is_some()
    }

    /// The recipe asked for, of whole pictures; the default one where none was.
    pub fn recipe(&self) -> anyhow::Result<Recipe> {
        if let Some(tiles) = self.tiles() {
            anyhow::bail!("--crop {tiles}: here whole pictures are read; expected none or inner-third");
        }
        self.of_whole()
    }

    fn of_whole(&self) -> anyhow::Result<Recipe> {
        let mut recipe: Recipe = match &self.recipe {
            Some(text) => text.parse().context("--recipe")?,
            None => Recipe::default(),
        };
        for (key, value) in self.changes() {
            if let Some(value) = value {
                recipe.set(key, value).with_context(|| format!("--{key}"))?;
            }
        }
        Ok(recipe)
    }

    fn changes_recipe(&self) -> bool {
        self.recipe.is_some() || self.changes().iter().any(|(_, value)| value.is_some())
    }

    /// Squares, where the part asked for begins with a number.
    fn tiles(&self) -> Option<&str> {
        let part = self.crop.as_deref();
        part.filter(|part| part.starts_with(|first: char| first.is_ascii_digit()))
    }

    fn changes(&self) -> [(&'static str, Option<&str>); 9] {
        [
            ("precision", self.precision.as_deref()),
            ("crop", self.crop.as_deref().filter(|_| self.tiles().is_none())),
            ("window", self.window.as_deref()),
            ("epsilon", self.epsilon.as_deref()),
            ("centre", self.centre.as_deref()),
            ("radius", self.radius.as_deref()),
            ("average", self.average.as_deref()),
            ("bins", self.bins.as_deref()),
            ("normalisation", self.normalisation.as_deref()),
        ]
    }
}

/// Which features are computed, and how.
#[derive(clap::Args)]
pub struct FeatureArgs {
    /// Feature families, separated by commas, or the sets paper, fast and full [default: paper, the radial spectrum]
    ///
    /// radial, radial-residual, dctr, dctr-np, dctr-c, srm, spam-rgb, colour, haar, gfr, benford, power-law and
    /// dct-stats; paper is radial; fast is dctr, dctr-np, srm, spam-rgb and colour; full is fast with dctr-c, haar and
    /// gfr, and sees most.
    #[arg(long, value_name = "LIST")]
    families: Option<FamilyList>,
    #[command(flatten)]
    recipe: RecipeArgs,
}

/// Families as one value of the command line, where clap would take a plain list for several.
#[derive(Clone)]
pub struct FamilyList(Vec<FamilyName>);

impl FamilyList {
    pub fn as_slice(&self) -> &[FamilyName] {
        &self.0
    }
}

impl FromStr for FamilyList {
    type Err = FeatureError;

    fn from_str(text: &str) -> Result<Self, FeatureError> {
        Selection::families_of(text).map(Self)
    }
}

impl FeatureArgs {
    /// Whether any of them was given.
    pub fn is_given(&self) -> bool {
        self.families.is_some() || self.recipe.is_given()
    }

    /// The features asked for; the radial spectrum of the default recipe where none was.
    pub fn selection(&self) -> anyhow::Result<Selection> {
        let recipe = self.recipe.of_whole()?;
        let tiles = self
            .recipe
            .tiles()
            .map(str::parse)
            .transpose()
            .context("--crop")?;
        let Some(FamilyList(families)) = &self.families else {
            return Ok(Selection::from(recipe).with_tiles(tiles));
        };
        let selection = Selection::new(families, recipe)?;
        anyhow::ensure!(
            selection.has_recipe() || !self.recipe.changes_recipe(),
            "--families {selection}: none of them is a spectrum, so a recipe has no meaning"
        );
        Ok(selection.with_tiles(tiles))
    }
}

/// What one image may cost.
#[derive(clap::Args)]
pub struct LimitArgs {
    /// Largest image decoded, pixels; larger ones get an error
    #[arg(long, value_name = "N", default_value_t = Limits::default().max_pixels)]
    max_pixels: u64,
}

impl LimitArgs {
    pub fn limits(&self) -> Limits {
        Limits {
            max_pixels: self.max_pixels,
            ..Limits::default()
        }
    }
}

/// What is said of images unlike the detector's training images.
#[derive(Clone, Copy, Default, clap::Args)]
pub struct ForceArgs {
    /// Decide by the score even where size, shape, format, JPEG coding or enlargement are none that the detector was
    /// trained on
    #[arg(long)]
    pub force: bool,
}

/// The detector used.
#[derive(clap::Args)]
pub struct ModelArgs {
    /// Detector written by `dftective train`
    #[arg(long, value_name = "FILE")]
    pub model: PathBuf,
}

impl ModelArgs {
    pub fn load(&self) -> anyhow::Result<Detector> {
        Detector::load(&self.model).with_context(|| self.model.display().to_string())
    }

    /// One detector or several.
    pub fn load_all(&self) -> anyhow::Result<Regimes> {
        Regimes::load(&self.model).with_context(|| self.model.display().to_string())
    }
}

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
        &[
            Self::Svm,
            Self::Logistic,
            Self::Kmeans,
            Self::Ridge,
            Self::FldEnsemble,
            Self::Network(Architecture::Meso4),
            Self::Network(Architecture::MesoInception4),
            Self::Network(Architecture::SrmResnet),
            Self::Network(Architecture::Xception),
            Self::Network(Architecture::XceptionPair),
            Self::Network(Architecture::Resnet18),
            Self::Network(Architecture::Resnet50),
        ]
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
            Self::Network(network) => (
                network.as_str(),
                match network {
                    Architecture::Meso4 => {
                        "Network of four convolutions (Afchar et al. 2018), 256 x 256 pixels"
                    }
                    Architecture::MesoInception4 => {
                        "The same authors' network of inception modules, 256 x 256 pixels"
                    }
                    Architecture::SrmResnet => {
                        "Small residual network behind fixed high-pass filters, 128 x 128 pixels"
                    }
                    Architecture::Xception => "Xception (Chollet 2017), 299 x 299 pixels",
                    Architecture::XceptionPair => "Two Xceptions, their probabilities averaged",
                    Architecture::Resnet18 => {
                        "Residual network of 18 layers (He et al. 2016), 224 x 224 pixels"
                    }
                    Architecture::Resnet50 => "Residual network of 50 layers",
                },
            ),
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
    /// linfa's
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
    /// Any rising curve (isotonic regression); wants thousands of images
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
    /// How much families count beside each other in ridge regression: as dctr=2,srm=0.5, or search, by which the training
    /// images choose [default: 1 each]
    ///
    /// The search doubles or halves one family's weight after the other as long as the leave-one-out error falls, and takes
    /// several times as long as training without.
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
    /// Whose solver (SVM and logistic regression): native, this program's, or linfa, far slower, as a second opinion
    #[arg(long, value_enum, default_value_t = SolverName::Native)]
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
/// the customary C = 1: on 2000 faces of equal size and quality its AUC is .644 instead of .618 on the 179 rings
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
                let params = RidgeParams {
                    kernel: self.kernel(KernelName::Linear),
                    lambdas: self.lambda.clone().unwrap_or(defaults.lambdas),
                    ..RidgeParams::default()
                };
                Params::Ridge(match &self.family_weights {
                    Some(weights) => weights.apply(params),
                    None => params,
                })
            }
            Classifier::FldEnsemble => Params::FldEnsemble(FldEnsembleParams {
                subspace: self.subspace,
                learners: self.learners,
                fusion: match self.fusion {
                    FusionName::Projection => Fusion::Projection,
                    FusionName::Majority => Fusion::Majority,
                },
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
            is_ridge || self.family_weights.is_none(),
            "--family-weights has a meaning for ridge regression only"
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
