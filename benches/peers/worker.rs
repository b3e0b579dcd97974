//! Our classifiers at the end of a line protocol, for `benches/peers/classify.py`.
//!
//! Requests are JSON, one a line on stdin; each is answered by one line of JSON on stdout, in the order of asking.
//! `{"load": {"train": PATH, "labels": PATH, "test": PATH}}` reads `.npy` files: n × d doubles, n booleans (fake is
//! true), m × d doubles. `{"fit": PARAMS, "seconds": S}` fits `dftective::classify::Params`, as that type reads it,
//! and predicts the test rows, again and again until S seconds are full, and answers with the least times: what else
//! the machine does can only add to them. What cannot be done is answered by `{"error": TEXT}`.

use std::error::Error;
use std::fs::File;
use std::io::{BufReader, IsTerminal, Write, stdin, stdout};
use std::time::Instant;

use dftective::classify::{Model, Params};
use ndarray::Array2;
use npyz::{Deserialize as Element, NpyFile};
use serde::{Deserialize, Serialize};

/// Fits of one request at most.
const MAX_REPEATS: u32 = 50;

#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Request {
    Load {
        train: String,
        labels: String,
        test: String,
    },
    #[serde(untagged)]
    Fit { fit: Params, seconds: f64 },
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Reply {
    Loaded([usize; 2]),
    Error(String),
    #[serde(untagged)]
    Fitted(Measured),
}

#[derive(Serialize)]
struct Measured {
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

struct Data {
    train: Array2<f64>,
    labels: Vec<bool>,
    test: Array2<f64>,
}

impl Data {
    fn load(train: &str, labels: &str, test: &str) -> Result<Self, Box<dyn Error>> {
        Ok(Self {
            train: matrix(train)?,
            labels: read(labels)?.1,
            test: matrix(test)?,
        })
    }

    fn measure(&self, params: &Params, seconds: f64) -> Result<Measured, Box<dyn Error>> {
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
                    Model::Linear(_) | Model::KMeans(_) => None,
                },
                predictions,
            });
        }
    }
}

/// Shape and values of a `.npy` file in C order.
fn read<T: Element>(path: &str) -> Result<(Vec<u64>, Vec<T>), Box<dyn Error>> {
    let file = NpyFile::new(BufReader::new(File::open(path)?))?;
    Ok((file.shape().to_vec(), file.into_vec()?))
}

fn matrix(path: &str) -> Result<Array2<f64>, Box<dyn Error>> {
    let (shape, values) = read(path)?;
    let &[rows, columns] = shape.as_slice() else {
        return Err(format!("{path}: expected a matrix, found shape {shape:?}").into());
    };
    Ok(Array2::from_shape_vec((rows as usize, columns as usize), values)?)
}

fn reply(line: &str, data: &mut Option<Data>) -> Result<Reply, Box<dyn Error>> {
    match serde_json::from_str(line)? {
        Request::Load { train, labels, test } => {
            let loaded = data.insert(Data::load(&train, &labels, &test)?);
            Ok(Reply::Loaded([loaded.train.nrows(), loaded.train.ncols()]))
        }
        Request::Fit { fit, seconds } => {
            let data = data.as_ref().ok_or("nothing loaded yet")?;
            Ok(Reply::Fitted(data.measure(&fit, seconds)?))
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    if stdin().is_terminal() {
        println!("nothing to do: benches/peers/classify.py runs this program");
        return Ok(());
    }
    let mut data = None;
    for line in stdin().lines() {
        let answer = reply(&line?, &mut data).unwrap_or_else(|e| Reply::Error(e.to_string()));
        let mut out = stdout().lock();
        serde_json::to_writer(&mut out, &answer)?;
        writeln!(out)?;
        out.flush()?;
    }
    Ok(())
}
