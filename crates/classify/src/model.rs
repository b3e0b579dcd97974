mod ensemble;
mod kmeans;
mod ridge;

use std::collections::BTreeMap;

use linfa::traits::PredictInplace;
use ndarray::{Array1, Array2, ArrayBase, ArrayD, ArrayView1, ArrayView2, Data, Ix2};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{
    ClassifyError, Kernel,
    arrays::{Arrays, with_slice},
    kernel::dot,
};
pub use ensemble::EnsembleModel;
pub(super) use ensemble::vote;
pub use kmeans::KMeansModel;
pub use ridge::{BlockKernel, RidgeModel};

/// A kernel machine: margin = Σᵢ cᵢ K(sᵢ, x) + b.
#[derive(Debug, Clone, PartialEq)]
pub struct SvmModel {
    pub(super) kernel: Kernel,
    /// m × d, row-major
    pub(super) support_vectors: Array2<f64>,
    /// cᵢ = αᵢyᵢ, y = 1 for fake and −1 for real
    pub(super) dual_coefficients: Array1<f64>,
    pub(super) intercept: f64,
}

impl SvmModel {
    /// The kernel K.
    pub fn kernel(&self) -> Kernel {
        self.kernel
    }

    /// Training rows with αᵢ > 0, m × d.
    pub fn support_vectors(&self) -> ArrayView2<'_, f64> {
        self.support_vectors.view()
    }

    /// αᵢyᵢ of each support vector, y = 1 for fake and −1 for real.
    pub fn dual_coefficients(&self) -> ArrayView1<'_, f64> {
        self.dual_coefficients.view()
    }

    /// b.
    pub fn intercept(&self) -> f64 {
        self.intercept
    }

    fn margin(&self, row: &[f64]) -> f64 {
        let sum: f64 = self
            .support_vectors
            .rows()
            .into_iter()
            .zip(&self.dual_coefficients)
            .map(|(vector, c)| with_slice(vector, |v| c * self.kernel.evaluate(v, row)))
            .sum();
        sum + self.intercept
    }
}

/// margin = w·x + b.
#[derive(Debug, Clone, PartialEq)]
pub struct LinearModel {
    pub(super) weights: Array1<f64>,
    pub(super) intercept: f64,
}

impl LinearModel {
    /// w·x + b, with one weight a feature.
    pub fn new(weights: Vec<f64>, intercept: f64) -> Self {
        Self {
            weights: weights.into(),
            intercept,
        }
    }

    /// w, one weight a feature.
    pub fn weights(&self) -> ArrayView1<'_, f64> {
        self.weights.view()
    }

    /// b.
    pub fn intercept(&self) -> f64 {
        self.intercept
    }

    fn margin(&self, row: &[f64]) -> f64 {
        with_slice(self.weights.view(), |w| dot(w, row)) + self.intercept
    }
}

/// Rows of a ridge regression with many training rows that are judged together.
const TOGETHER: usize = 8;

/// A fitted classifier.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Model {
    /// Support vector machine.
    Svm(SvmModel),
    /// Logistic regression, the linear SVM, linear ridge regression and the Fisher ensemble by mean projection.
    Linear(LinearModel),
    /// Named clusters.
    KMeans(KMeansModel),
    /// Ridge regression with another kernel than the linear one.
    Ridge(RidgeModel),
    /// The Fisher ensemble by majority.
    Ensemble(EnsembleModel),
}

/// What a [`Model`] is besides its arrays.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum ModelKind {
    /// [`Model::Svm`].
    Svm {
        /// Its kernel.
        kernel: Kernel,
    },
    /// [`Model::Linear`].
    Linear,
    /// [`Model::KMeans`].
    KMeans {
        /// For each centroid whether its training items were mostly fake.
        fake: Vec<bool>,
    },
    /// [`Model::Ridge`].
    Ridge {
        /// Its blocks of columns.
        blocks: Vec<BlockKernel>,
    },
    /// [`Model::Ensemble`].
    Ensemble {
        /// Length of a feature vector.
        features: usize,
    },
}

impl Model {
    /// The raw decision value of one feature vector, at least 0 for fake. Its unit depends on the classifier:
    /// Σ cᵢK(sᵢ, x) + b for an SVM and ridge regression, w·x + b for a linear model (the log-odds for logistic
    /// regression), the mean vote for an ensemble by majority, and for k-means the Euclidean distance to the nearest real
    /// centroid less that to the nearest fake one.
    /// A row of extreme magnitude can overflow: check `is_finite`.
    ///
    /// # Panics
    /// If `row` does not have [`features`](Self::features) values.
    pub fn margin(&self, row: &[f64]) -> f64 {
        assert_eq!(
            row.len(),
            self.features(),
            "feature vector and model differ in length"
        );
        match self {
            Self::Svm(model) => model.margin(row),
            Self::Linear(model) => model.margin(row),
            Self::KMeans(model) => model.margin(row),
            Self::Ridge(model) => model.margins(&[row])[0],
            Self::Ensemble(model) => model.margin(row),
        }
    }

    /// What each feature adds to the margin of a linear model, wⱼxⱼ, d numbers; with the
    /// [intercept](LinearModel::intercept) they are the margin, up to rounding. `None` for a model whose margin is no
    /// such sum.
    ///
    /// # Panics
    /// If `row` does not have [`features`](Self::features) values.
    pub fn contributions(&self, row: &[f64]) -> Option<Vec<f64>> {
        let Self::Linear(model) = self else { return None };
        assert_eq!(
            row.len(),
            model.weights.len(),
            "feature vector and model differ in length"
        );
        Some(model.weights.iter().zip(row).map(|(w, x)| w * x).collect())
    }

    /// [`margin`](Self::margin) of each row (n × d), in parallel; equal to the bit.
    ///
    /// # Panics
    /// If `rows` does not have [`features`](Self::features) columns.
    pub fn margins(&self, rows: ArrayView2<f64>) -> Vec<f64> {
        if let Self::Ridge(model) = self {
            let rows = rows.as_standard_layout();
            let rows: Vec<&[f64]> = rows.outer_iter().filter_map(|row| row.to_slice()).collect();
            assert!(
                rows.iter().all(|row| row.len() == self.features()),
                "feature vectors and model differ in length"
            );
            return rows
                .par_chunks(TOGETHER)
                .flat_map_iter(|rows| model.margins(rows))
                .collect();
        }
        (0..rows.nrows())
            .into_par_iter()
            .map(|i| with_slice(rows.row(i), |row| self.margin(row)))
            .collect()
    }

    /// The length d of a feature vector.
    pub fn features(&self) -> usize {
        match self {
            Self::Svm(model) => model.support_vectors.ncols(),
            Self::Linear(model) => model.weights.len(),
            Self::KMeans(model) => model.centroids.ncols(),
            Self::Ridge(model) => model.vectors.ncols(),
            Self::Ensemble(model) => model.features,
        }
    }

    /// The arrays to save, by name; [`from_parts`](Self::from_parts) takes them back.
    pub fn arrays(&self) -> Vec<(String, ArrayD<f64>)> {
        let scalar = |value: f64| ArrayD::from_elem(vec![1], value);
        let named = match self {
            Self::Svm(m) => vec![
                ("support_vectors", m.support_vectors.clone().into_dyn()),
                ("dual_coefficients", m.dual_coefficients.clone().into_dyn()),
                ("intercept", scalar(m.intercept)),
            ],
            Self::Linear(m) => {
                vec![
                    ("weights", m.weights.clone().into_dyn()),
                    ("intercept", scalar(m.intercept)),
                ]
            }
            Self::KMeans(m) => vec![("centroids", m.centroids.clone().into_dyn())],
            Self::Ridge(m) => vec![
                ("vectors", m.vectors.clone().into_dyn()),
                ("coefficients", m.coefficients.clone().into_dyn()),
                ("intercept", scalar(m.intercept)),
            ],
            Self::Ensemble(m) => vec![
                ("columns", m.columns_as_array().into_dyn()),
                ("weights", m.weights.clone().into_dyn()),
                ("thresholds", m.thresholds.clone().into_dyn()),
            ],
        };
        named
            .into_iter()
            .map(|(name, array)| (name.to_owned(), array))
            .collect()
    }

    /// Everything that is not an array.
    pub fn describe(&self) -> ModelKind {
        match self {
            Self::Svm(m) => ModelKind::Svm { kernel: m.kernel },
            Self::Linear(_) => ModelKind::Linear,
            Self::KMeans(m) => ModelKind::KMeans { fake: m.fake.clone() },
            Self::Ridge(m) => ModelKind::Ridge {
                blocks: m.blocks.clone(),
            },
            Self::Ensemble(m) => ModelKind::Ensemble { features: m.features },
        }
    }

    /// The model that [`describe`](Self::describe) and [`arrays`](Self::arrays) came from.
    ///
    /// # Errors
    /// A missing, surplus, wrongly shaped or non-finite array; a kernel parameter out of range; clusters that
    /// do not name both classes; blocks that are not the columns; columns out of range.
    pub fn from_parts(kind: ModelKind, arrays: BTreeMap<String, ArrayD<f64>>) -> Result<Self, ClassifyError> {
        let mut arrays = Arrays(arrays);
        let model = match kind {
            ModelKind::Svm { kernel } => {
                kernel.check()?;
                let support_vectors = arrays.matrix("support_vectors")?;
                let dual_coefficients = arrays.vector("dual_coefficients", Some(support_vectors.nrows()))?;
                let intercept = arrays.vector("intercept", Some(1))?[0];
                Self::Svm(SvmModel {
                    kernel,
                    support_vectors,
                    dual_coefficients,
                    intercept,
                })
            }
            ModelKind::Linear => {
                let weights = arrays.vector("weights", None)?;
                Self::Linear(LinearModel {
                    weights,
                    intercept: arrays.vector("intercept", Some(1))?[0],
                })
            }
            ModelKind::KMeans { fake } => {
                Self::KMeans(KMeansModel::from_parts(arrays.matrix("centroids")?, fake)?)
            }
            ModelKind::Ridge { blocks } => {
                let vectors = arrays.matrix("vectors")?;
                let coefficients = arrays.vector("coefficients", Some(vectors.nrows()))?;
                let intercept = arrays.vector("intercept", Some(1))?[0];
                Self::Ridge(RidgeModel::from_parts(blocks, vectors, coefficients, intercept)?)
            }
            ModelKind::Ensemble { features } => {
                let weights = arrays.matrix("weights")?;
                let thresholds = arrays.vector("thresholds", Some(weights.nrows()))?;
                let columns = arrays.matrix("columns")?;
                Self::Ensemble(EnsembleModel::from_parts(features, columns, weights, thresholds)?)
            }
        };
        arrays.finish()?;
        Ok(model)
    }
}

impl<D: Data<Elem = f64>> PredictInplace<ArrayBase<D, Ix2>, Array1<bool>> for Model {
    /// Whether each row's margin is at least 0, that is fake.
    ///
    /// # Panics
    /// If `x` does not have [`features`](Self::features) columns, or `y` one element a row.
    fn predict_inplace<'a>(&'a self, x: &'a ArrayBase<D, Ix2>, y: &mut Array1<bool>) {
        assert_eq!(x.nrows(), y.len(), "rows and predictions differ in number");
        for (called_fake, margin) in y.iter_mut().zip(self.margins(x.view())) {
            *called_fake = margin >= 0.0;
        }
    }

    fn default_target(&self, x: &ArrayBase<D, Ix2>) -> Array1<bool> {
        Array1::from_elem(x.nrows(), false)
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    fn models() -> Vec<Model> {
        vec![
            Model::Svm(SvmModel {
                kernel: Kernel::Rbf { gamma: 0.1 + 0.2 },
                support_vectors: array![[0.0, 1.0], [2.0, 3.0], [4.0, 4.0]],
                dual_coefficients: array![0.5, -0.75, 0.25],
                intercept: 0.1,
            }),
            Model::Linear(LinearModel {
                weights: array![1.0, -2.0],
                intercept: 0.5,
            }),
            Model::KMeans(KMeansModel {
                centroids: array![[0.0, 0.0], [3.0, 4.0]],
                fake: vec![true, false],
            }),
            Model::Ridge(RidgeModel {
                blocks: vec![
                    BlockKernel {
                        columns: 1,
                        weight: 0.25,
                        kernel: Kernel::Rbf { gamma: 0.5 },
                    },
                    BlockKernel {
                        columns: 1,
                        weight: 0.75,
                        kernel: Kernel::Linear,
                    },
                ],
                vectors: array![[0.0, 1.0], [2.0, -1.0]],
                coefficients: array![2.0, -3.0],
                intercept: -1.0,
            }),
            Model::Ensemble(EnsembleModel {
                features: 2,
                columns: vec![0, 1, 1],
                weights: array![[1.0], [1.0], [-1.0]],
                thresholds: array![1.5, 3.0, 2.0],
            }),
        ]
    }

    #[test]
    fn margins_follow_the_formulas() {
        let row = [2.0, 3.0];
        let g: f64 = 0.1 + 0.2;
        let svm = 0.5 * (-g * 8.0).exp() - 0.75 + 0.25 * (-g * 5.0).exp() + 0.1;
        let ridge = 2.0 * (0.25 * (-2f64).exp() + 0.75 * 3.0) - 3.0 * (0.25 - 0.75 * 3.0) - 1.0;
        // The second learner's projection is its threshold, and that is a vote for fake.
        let votes = (1.0 + 1.0 - 1.0) / 3.0;
        let expected = [svm, 2.0 - 6.0 + 0.5, 2f64.sqrt() - 13f64.sqrt(), ridge, votes];
        assert_eq!(models().len(), expected.len());
        for (model, expected) in models().iter().zip(expected) {
            // A handful of operations on values near 1.
            assert!((model.margin(&row) - expected).abs() < 1e-14);
        }
    }

    #[test]
    fn contributions_add_up_to_the_margin() {
        for model in models() {
            match (&model, model.contributions(&[2.0, 3.0])) {
                (Model::Linear(_), found) => assert_eq!(found, Some(vec![2.0, -6.0])),
                (_, found) => assert_eq!(found, None),
            }
        }
    }

    #[test]
    fn rows_in_any_layout_agree_to_the_bit() {
        let rows = array![[1.0, 2.0], [0.3, -4.0], [7.0, 0.0]];
        let mut columns_first = Array2::zeros((2, 3));
        columns_first.assign(&rows.t());
        for model in models() {
            let one_by_one: Vec<f64> = rows.outer_iter().map(|r| model.margin(&r.to_vec())).collect();
            assert_eq!(model.margins(rows.view()), one_by_one);
            assert_eq!(model.margins(columns_first.t()), one_by_one);
        }
    }

    #[test]
    fn parts_make_the_same_model() -> Result<(), Box<dyn std::error::Error>> {
        for model in models() {
            let kind = serde_json::from_str(&serde_json::to_string(&model.describe())?)?;
            let back = Model::from_parts(kind, model.arrays().into_iter().collect())?;
            assert_eq!(back, model);
        }
        Ok(())
    }

    #[test]
    fn every_broken_part_is_an_error() {
        for model in models() {
            let whole: BTreeMap<_, _> = model.arrays().into_iter().collect();
            for name in whole.keys() {
                let spoil = |spoiled: Option<ArrayD<f64>>| {
                    let mut arrays = whole.clone();
                    match spoiled {
                        Some(array) => arrays.insert(name.clone(), array),
                        None => arrays.remove(name),
                    };
                    Model::from_parts(model.describe(), arrays)
                };
                assert!(spoil(None).is_err());
                assert!(spoil(Some(ArrayD::zeros(vec![0]))).is_err());
                assert!(spoil(Some(ArrayD::zeros(vec![1, 2, 1]))).is_err());
                assert!(spoil(Some(whole[name].mapv(|_| f64::NAN))).is_err());
            }
            let mut surplus = whole.clone();
            surplus.insert("extra".into(), ArrayD::zeros(vec![1]));
            assert!(Model::from_parts(model.describe(), surplus).is_err());
        }
        let [Model::Svm(_), _, kmeans, ridge, ensemble] = &models()[..] else {
            panic!("order of the models")
        };
        let arrays: BTreeMap<_, _> = kmeans.arrays().into_iter().collect();
        for fake in [vec![], vec![true, true], vec![true, false, true]] {
            assert!(Model::from_parts(ModelKind::KMeans { fake }, arrays.clone()).is_err());
        }
        let arrays: BTreeMap<_, _> = models()[0].arrays().into_iter().collect();
        let kind = ModelKind::Svm {
            kernel: Kernel::Rbf { gamma: -1.0 },
        };
        assert!(Model::from_parts(kind, arrays).is_err());

        let ModelKind::Ridge { blocks } = ridge.describe() else {
            panic!("order of the models")
        };
        let arrays: BTreeMap<_, _> = ridge.arrays().into_iter().collect();
        let wide = BlockKernel {
            columns: 2,
            ..blocks[0]
        };
        let none = BlockKernel {
            columns: 0,
            ..blocks[0]
        };
        let weightless = BlockKernel {
            weight: 0.0,
            ..blocks[0]
        };
        let kernel = Kernel::Rbf { gamma: f64::NAN };
        let wrong = BlockKernel { kernel, ..blocks[0] };
        for blocks in [
            vec![],
            vec![wide, blocks[1]],
            vec![wide, none],
            vec![weightless, blocks[1]],
            vec![wrong, blocks[1]],
        ] {
            assert!(Model::from_parts(ModelKind::Ridge { blocks }, arrays.clone()).is_err());
        }
        for column in [-1.0, 0.5, 2.0, 1e300] {
            let mut arrays: BTreeMap<_, _> = ensemble.arrays().into_iter().collect();
            let columns = array![[0.0], [1.0], [column]].into_dyn();
            arrays.insert("columns".into(), columns);
            assert!(
                Model::from_parts(ensemble.describe(), arrays).is_err(),
                "{column}"
            );
        }
        let arrays: BTreeMap<_, _> = ensemble.arrays().into_iter().collect();
        assert!(Model::from_parts(ModelKind::Ensemble { features: 1 }, arrays).is_err());
    }
}
