//! Fits and predictions.

use std::error::Error;
use std::time::Instant;

use dftective_classify::{Model, Params};
use ndarray::Array2;
use serde::Serialize;

use crate::npy;

/// Fits of one request at most.
const MAX_REPEATS: u32 = 50;

#[derive(Serialize)]
pub struct Measured {
    fit_ms: f64,
    predict_ms: f64,
    objective: f64,
    iterations: Option<u64>,
    converged: bool,
    /// `None` where the model keeps weights instead.
    support_vectors: Option<usize>,
    /// `1` for each test row called fake, `0` for each real one.
    predictions: String,
}

/// Matrices to fit on and to predict.
pub struct Data {
    train: Array2<f64>,
    labels: Vec<bool>,
    test: Array2<f64>,
}

impl Data {
    /// Rows and columns to fit on.
    pub fn shape(&self) -> [usize; 2] {
        [self.train.nrows(), self.train.ncols()]
    }

    pub fn load(train: &str, labels: &str, test: &str) -> Result<Self, Box<dyn Error>> {
        Ok(Self {
            train: matrix(train)?,
            labels: npy::read(labels)?.1,
            test: matrix(test)?,
        })
    }

    pub fn measure(&self, params: &Params, seconds: f64) -> Result<Measured, Box<dyn Error>> {
        let (mut fit_ms, mut predict_ms) = (f64::INFINITY, f64::INFINITY);
        let started = Instant::now();
        let mut repeats = 0;
        loop {
            repeats += 1;
            let start = Instant::now();
            let fitted = params.fit(self.train.view(), &self.labels, 0)?;
            fit_ms = fit_ms.min(start.elapsed().as_secs_f64() * 1e3);
            let start = Instant::now();
            let margins = fitted.model.margins(self.test.view());
            let predictions: String = margins
                .iter()
                .map(|&m| if m >= 0.0 { '1' } else { '0' })
                .collect();
            predict_ms = predict_ms.min(start.elapsed().as_secs_f64() * 1e3);
            if repeats < MAX_REPEATS && started.elapsed().as_secs_f64() < seconds {
                continue;
            }
            return Ok(Measured {
                fit_ms,
                predict_ms,
                objective: fitted.report.objective,
                iterations: fitted.report.iterations,
                converged: fitted.report.converged,
                support_vectors: match &fitted.model {
                    Model::Svm(model) => Some(model.dual_coefficients().len()),
                    _ => None,
                },
                predictions,
            });
        }
    }
}

fn matrix(path: &str) -> Result<Array2<f64>, Box<dyn Error>> {
    let (shape, values) = npy::read(path)?;
    let &[rows, columns] = shape.as_slice() else {
        return Err(format!("{path}: expected a matrix, found shape {shape:?}").into());
    };
    Ok(Array2::from_shape_vec((rows as usize, columns as usize), values)?)
}
