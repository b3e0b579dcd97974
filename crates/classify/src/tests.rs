//! Against scikit-learn; `crates/classify/fixtures/make.py` says how the file was made.

use std::{collections::BTreeMap, error::Error};

use linfa::{
    DatasetBase,
    traits::{Fit, Predict},
};
use ndarray::{Array1, Array2, s};
use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
struct Fixture {
    features: Vec<Vec<f64>>,
    labels: Vec<bool>,
    training_rows: usize,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    margins: Vec<f64>,
    objective: f64,
    /// Where LIBLINEAR stops at its default tolerance.
    liblinear_objective: Option<f64>,
}

fn fixture() -> Result<(Fixture, Array2<f64>), Box<dyn Error>> {
    let fixture: Fixture = serde_json::from_str(include_str!("../fixtures/models.json"))?;
    let d = fixture.features[0].len();
    let x = Array2::from_shape_vec((fixture.features.len(), d), fixture.features.concat())?;
    Ok((fixture, x))
}

fn params(name: &str) -> Option<Params> {
    let rbf = |gamma| SvmParams::new(KernelParams::Rbf { gamma }).with_c(6.37);
    let svm = |params: SvmParams| Params::Svm(params.with_tolerance(1e-10));
    let logistic = |params: LogisticParams| Params::Logistic(params.with_tolerance(1e-12));
    let cubic = KernelParams::Polynomial {
        gamma: Gamma::OnePerFeature,
        degree: 3,
        coef0: 0.0,
    };
    Some(match name {
        "svm-rbf" => svm(rbf(Gamma::Value(0.86))),
        "svm-rbf-scale" => svm(rbf(Gamma::Scale)),
        "svm-linear" => svm(SvmParams::default()),
        "svm-linear-balanced" => svm(SvmParams::default().with_class_weight(ClassWeight::Balanced)),
        "svm-polynomial" => svm(SvmParams::new(cubic)),
        "logistic" => logistic(LogisticParams::default()),
        "logistic-balanced" => logistic(LogisticParams::default().with_class_weight(ClassWeight::Balanced)),
        "logistic-penalized-intercept" => logistic(LogisticParams::default().with_penalize_intercept(true)),
        "logistic-penalized-intercept-strong" => logistic(
            LogisticParams::default()
                .with_c(0.01)
                .with_penalize_intercept(true),
        ),
        _ => return None,
    })
}

#[test]
fn margins_and_objectives_are_those_of_scikit_learn() -> Result<(), Box<dyn Error>> {
    let (fixture, x) = fixture()?;
    let n = fixture.training_rows;
    assert_eq!(fixture.cases.len(), 9);
    for case in &fixture.cases {
        let params = params(&case.name).ok_or_else(|| format!("unknown case {}", case.name))?;
        let fitted = params.fit(x.slice(s![..n, ..]), &fixture.labels[..n], 0)?;
        assert!(fitted.report.converged, "{}", case.name);
        if case.name.starts_with("logistic") {
            // Newton's steps nearly square the error: from 1 to 1e-12 in a few, with the right Hessian only.
            assert!(
                fitted.report.iterations <= Some(7),
                "{}: {:?}",
                case.name,
                fitted.report
            );
        }
        let margins = fitted.model.margins(x.slice(s![n.., ..]));
        assert_eq!(margins.len(), case.margins.len());
        for (ours, theirs) in margins.iter().zip(&case.margins) {
            // The fixture is exact. With the bound items found, the free ones solve a linear system, ours to
            // a residual of 1e-10; its condition number is below 1e3.
            assert!((ours - theirs).abs() < 1e-7, "{}: {ours} {theirs}", case.name);
        }
        // The SVM's gap is at most the residual times Σα ≤ 60 · 6.37.
        let excess = fitted.report.objective - case.objective;
        assert!(excess.abs() < 1e-7, "{}: {excess}", case.name);
        if let (Some(liblinear), Params::Logistic(params)) = (case.liblinear_objective, params) {
            // The default tolerance leaves ½ (1e-8)² Σ mⱼ², mⱼ ≤ 60 · 3 in 6 coordinates.
            let ours = params.with_tolerance(LogisticParams::default().tolerance);
            let report = ours
                .check()?
                .solve(x.slice(s![..n, ..]), &fixture.labels[..n])?
                .report;
            assert!(report.objective < case.objective + 1e-11, "{}", case.name);
            assert!(report.objective < liblinear, "{}: {liblinear}", case.name);
        }
    }
    Ok(())
}

#[test]
fn linfa_traits_give_the_same_models() -> Result<(), Box<dyn Error>> {
    let (fixture, x) = fixture()?;
    let dataset = DatasetBase::new(x.view(), Array1::from(fixture.labels.clone()));
    for name in ["svm-rbf", "logistic"] {
        let params = params(name).ok_or("a known name")?;
        let direct = params.fit(x.view(), &fixture.labels, 0)?;
        let by_trait = match params {
            Params::Svm(params) => params.check()?.fit(&dataset)?,
            Params::Logistic(params) => params.check()?.fit(&dataset)?,
            Params::KMeans(params) => params.check()?.fit(&dataset)?,
            Params::Ridge(params) => params.check()?.fit(&dataset)?,
            Params::FldEnsemble(params) => params.check()?.fit(&dataset)?,
            Params::Network(_) => return Err("a network learns from pictures".into()),
        };
        assert_eq!(by_trait, direct);
        let calls: Array1<bool> = by_trait.model.predict(&x);
        let expected: Vec<bool> = direct.model.margins(x.view()).iter().map(|&m| m >= 0.0).collect();
        assert_eq!(calls.to_vec(), expected);
    }
    let ridge = RidgeParams::default();
    assert_eq!(
        ridge.clone().check()?.fit(&dataset)?,
        Params::Ridge(ridge).fit(x.view(), &fixture.labels, 0)?
    );
    let ensemble = FldEnsembleParams::default();
    assert_eq!(
        ensemble.clone().check()?.with_seed(9).fit(&dataset)?,
        Params::FldEnsemble(ensemble).fit(x.view(), &fixture.labels, 9)?
    );
    let by_trait = KMeansParams::default().check()?.with_seed(9).fit(&dataset)?;
    assert_eq!(
        by_trait,
        Params::KMeans(KMeansParams::default()).fit(x.view(), &fixture.labels, 9)?
    );
    Ok(())
}

#[test]
fn parameters_survive_json() -> Result<(), Box<dyn Error>> {
    let (fixture, _) = fixture()?;
    let all = fixture.cases.iter().filter_map(|case| params(&case.name));
    let blocks = vec![
        Block::new("a", 3),
        Block {
            weight: 0.5,
            ..Block::new("b", 2)
        },
    ];
    let others = [
        Params::KMeans(KMeansParams::default()),
        Params::Ridge(RidgeParams::default().with_blocks(blocks)),
        Params::FldEnsemble(FldEnsembleParams::default().with_subspace(Some(3))),
    ];
    for params in all.chain(others) {
        let text = serde_json::to_string(&params)?;
        assert_eq!(serde_json::from_str::<Params>(&text)?, params);
    }
    let short: Params =
        serde_json::from_str(r#"{"svm": {"kernel": {"rbf": {"gamma": {"value": 0.86}}}, "c": 6.37}}"#)?;
    assert_eq!(short.name(), "svm-rbf");
    // As detectors have it that were trained when linfa's solvers could be asked for.
    for name in ["svm", "logistic"] {
        let text = format!(r#"{{"{name}": {{"solver": "linfa"}}}}"#);
        let old: Params = serde_json::from_str(&text)?;
        assert!(serde_json::to_string(&old)?.contains(r#""solver":"linfa""#));
        assert!(old.check().is_err());
    }
    assert!(serde_json::from_str::<Params>(r#"{"svm": {"C": 1.0}}"#).is_err());
    assert!(serde_json::from_str::<Params>(r#"{"ridge": {"lambda": [1.0]}}"#).is_err());
    Ok(())
}

#[test]
fn only_ridge_without_blocks_takes_them_from_the_columns() {
    let columns = ["a_0", "a_1", "b_0"].map(str::to_owned);
    let ridge = RidgeParams::default();
    let blocks = vec![Block::new("a", 2), Block::new("b", 1)];
    let filled = Params::Ridge(ridge.clone().with_blocks(blocks));
    assert_eq!(Params::Ridge(ridge.clone()).for_columns(&columns), filled);
    let own = Params::Ridge(ridge.with_blocks(vec![Block::new("all", 3)]));
    assert_eq!(own.clone().for_columns(&columns), own);
    let other = Params::FldEnsemble(FldEnsembleParams::default());
    assert_eq!(other.clone().for_columns(&columns), other);
}

#[test]
fn weights_by_name_are_those_of_the_columns_blocks() -> Result<(), ClassifyError> {
    let columns = ["a_0", "a_1", "b_0"].map(str::to_owned);
    let weights = |name: &str| BTreeMap::from([(name.to_owned(), 3.0)]);
    let ridge = |name| Params::Ridge(RidgeParams::default().with_weights(weights(name)));
    let x = ndarray::array![[1.0, 0.5, -1.0], [-0.5, 1.0, 0.5], [0.3, -1.0, 2.0]];
    let labels = [true, false, true];
    let named = ridge("a").for_columns(&columns).fit(x.view(), &labels, 0)?;
    let mut blocks = vec![Block::new("a", 2), Block::new("b", 1)];
    let even = Params::Ridge(RidgeParams::default().with_blocks(blocks.clone())).fit(x.view(), &labels, 0)?;
    blocks[0].weight = 3.0;
    let own = Params::Ridge(RidgeParams::default().with_blocks(blocks)).fit(x.view(), &labels, 0)?;
    assert_eq!(named, own);
    assert_ne!(named.model, even.model);
    let unknown = ridge("c").for_columns(&columns).fit(x.view(), &labels, 0);
    assert!(matches!(unknown, Err(ClassifyError::UnknownBlock { .. })));
    let bad = RidgeParams::default().with_weights(BTreeMap::from([("a".to_owned(), -1.0)]));
    assert!(Params::Ridge(bad).check().is_err());
    Ok(())
}
