//! Every SVM solver against LIBSVM's solutions; `crates/classify/fixtures/make_svm.py` says how the file was made.

use std::error::Error;

use ndarray::{Array2, ArrayView2, s};
use serde::Deserialize;

use super::svm::by_linfa;
use super::{ClassWeight, ClassifyError, Fitted, Kernel, Model, Params, SvmModel, SvmParams};

type Fit = fn(SvmParams, ArrayView2<f64>, &[bool]) -> Result<Fitted, ClassifyError>;

/// How each solver fits.
const SOLVERS: [(&str, Fit); 2] = [
    ("native", |params, x, labels| {
        Params::Svm(params).fit(x, labels, 0)
    }),
    ("linfa", by_linfa::fit),
];

const TRAIN: usize = 400;
const TEST: usize = 2000;
const FEATURES: usize = 20;

#[derive(Deserialize)]
struct Fixture {
    first_row: Vec<f64>,
    cases: Vec<Case>,
}

/// The exact solution, of LIBSVM's split into free and bound vectors.
#[derive(Deserialize)]
struct Case {
    name: String,
    params: SvmParams,
    objective: f64,
    support_vectors: usize,
    intercept: f64,
    /// Of the first test rows.
    margins: Vec<f64>,
    /// Of all test rows, four a hexadecimal digit.
    calls: String,
}

/// The generator of `make_svm.py`: 53 bits of a 64-bit linear congruential sequence, in [0, 1).
struct Lcg(u64);

impl Lcg {
    fn draw(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// `data` of `make_svm.py`: the same operations in the same order, so the same doubles.
pub(super) fn data() -> (Array2<f64>, Vec<bool>) {
    let mut draws = Lcg(8);
    let mut x = Array2::zeros((TRAIN + TEST, FEATURES));
    let mut labels = Vec::new();
    for mut row in x.outer_iter_mut() {
        let fake = draws.draw() < 0.3;
        for (j, value) in row.iter_mut().enumerate() {
            *value = 2.0 * (draws.draw() + draws.draw() + draws.draw() - 1.5);
            if fake && j < 8 {
                *value += 0.375;
            } else if fake && j < 14 {
                *value *= 1.5;
            }
        }
        labels.push(fake);
    }
    (x, labels)
}

fn calls(digits: &str) -> Result<Vec<bool>, hex::FromHexError> {
    let bytes = hex::decode(digits)?;
    let bits = bytes
        .iter()
        .flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1 != 0));
    Ok(bits.collect())
}

/// The largest √K(x, x).
fn radius(kernel: Kernel, x: ArrayView2<f64>) -> f64 {
    let norm = |row: Vec<f64>| kernel.evaluate(&row, &row).sqrt();
    x.outer_iter().map(|row| norm(row.to_vec())).fold(0.0, f64::max)
}

/// What the report says is the value of ½αᵀQα − Σα at the model's own α, and that α is feasible.
fn check_report(case: &Case, what: &str, model: &SvmModel, objective: f64, labels: &[bool]) {
    let (vectors, c) = (model.support_vectors(), model.dual_coefficients());
    let rows: Vec<Vec<f64>> = vectors.outer_iter().map(|row| row.to_vec()).collect();
    let gram = Array2::from_shape_fn((c.len(), c.len()), |(i, j)| {
        model.kernel().evaluate(&rows[i], &rows[j])
    });
    let sum: f64 = c.iter().map(|c| c.abs()).sum();
    let own = 0.5 * c.dot(&gram.dot(&c)) - sum;
    // Kernel values may be kept in single precision, 6e-8 off; the two terms are each at most twice |own|.
    assert!(
        (objective - own).abs() < 1e-6 * own.abs(),
        "{what}: {objective} {own}"
    );
    // Solvers move two coefficients by the same amount: only rounding is left, of up to 1e6 moves.
    assert!(c.sum().abs() < 1e-9 * sum, "{what}: Σαy = {}", c.sum());
    let fakes = labels.iter().filter(|&&fake| fake).count() as f64;
    let half = 0.5 * labels.len() as f64;
    let (fake, real) = match case.params.class_weight {
        ClassWeight::None => (1.0, 1.0),
        ClassWeight::Balanced => (half / fakes, half / (labels.len() as f64 - fakes)),
    };
    for &c in c {
        let bound = case.params.c * if c > 0.0 { fake } else { real };
        assert!(c.abs() <= bound * (1.0 + 1e-12), "{what}: {c} {bound}");
    }
}

fn check(case: &Case, what: &str, fitted: &Fitted, tolerance: f64, x: &Array2<f64>, labels: &[bool]) {
    let report = &fitted.report;
    assert!(report.converged, "{what}: {report:?}");
    let excess = report.objective - case.objective;
    assert!(
        excess.abs() <= 1e-3 * case.objective.abs(),
        "{what}: objective {} for {}",
        report.objective,
        case.objective
    );

    let train = x.slice(s![..TRAIN, ..]);
    let mut kernel = Kernel::Linear;
    if let Model::Svm(model) = &fitted.model {
        kernel = model.kernel();
        check_report(case, what, model, report.objective, &labels[..TRAIN]);
        // Loosely solved, vectors near α = 0 are on either side: at 1e-3 and C = 0.01 LIBSVM has 305 of 313.
        let allowed = if tolerance < 1e-3 {
            1
        } else {
            case.support_vectors / 25
        };
        let found = model.support_vectors().nrows();
        assert!(
            found.abs_diff(case.support_vectors) <= allowed,
            "{what}: {found} support vectors for {}",
            case.support_vectors
        );
    }

    // The dual objective is ½‖w‖² − Σα, so ½‖w − w*‖² is at most what it is above the minimum; 1e-7 of it may be
    // the rounding of single-precision kernel values. |f − f*| is then at most distance · √K(x, x), and the
    // intercepts differ by the tolerance and as much again, since both put the free vectors on their margin.
    let distance = (2.0 * (excess.max(0.0) + 1e-7 * case.objective.abs())).sqrt();
    let bound = tolerance + 2.0 * distance * radius(kernel, x.view());
    let intercept = match &fitted.model {
        Model::Svm(model) => model.intercept(),
        Model::Linear(model) => model.intercept(),
        other => panic!("{what}: {:?} for an SVM", other.describe()),
    };
    assert!(
        (intercept - case.intercept).abs() <= tolerance + distance * radius(kernel, train),
        "{what}: intercept {intercept} for {}",
        case.intercept
    );
    let margins = fitted.model.margins(x.slice(s![TRAIN.., ..]));
    for (row, (margin, exact)) in margins.iter().zip(&case.margins).enumerate() {
        assert!(
            (margin - exact).abs() <= bound,
            "{what}: test row {row}: {margin} for {exact} ± {bound}"
        );
    }

    // Rows whose exact margin is within the bound of 0 may go either way; at 1e-3 LIBSVM has up to two such.
    let exact = calls(&case.calls).unwrap_or_default();
    assert_eq!(exact.len(), TEST, "{what}");
    let different = margins
        .iter()
        .zip(exact)
        .filter(|&(&m, fake)| (m >= 0.0) != fake)
        .count();
    assert!(different * 1000 <= TEST, "{what}: {different} calls differ");
}

#[test]
fn solutions_are_those_of_libsvm() -> Result<(), Box<dyn Error>> {
    let fixture: Fixture = serde_json::from_str(include_str!("../fixtures/svm.json"))?;
    let (x, labels) = data();
    assert_eq!(x.row(0).to_vec(), fixture.first_row);
    assert_eq!(fixture.cases.len(), 22);
    for (solver, fit) in SOLVERS {
        for case in &fixture.cases {
            assert_eq!(case.margins.len(), 50);
            // LIBSVM's default, and one that leaves no room for a wrong answer.
            for tolerance in [1e-3, 1e-6] {
                let params = case.params.clone().with_tolerance(tolerance);
                let what = format!("{solver} at {tolerance:e}, {}", case.name);
                let fitted = fit(params, x.slice(s![..TRAIN, ..]), &labels[..TRAIN])?;
                check(case, &what, &fitted, tolerance, &x, &labels);
            }
        }
    }
    Ok(())
}
