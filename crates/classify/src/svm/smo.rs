//! This crate's solver: from working set to working set.
//!
//! min ½βᵀKβ − yᵀβ over Σβ = 0 and βᵢ between 0 and yᵢCᵢ, where βᵢ = αᵢyᵢ. Sequential minimal optimisation with
//! second-order working-set selection (Fan, Chen, Lin, "Working Set Selection Using Second Order Information for
//! Training Support Vector Machines", 2005) runs inside sets of a few to some hundred items ([`Subproblem`]). The sets
//! are made of the largest violations of optimality over all items (Joachims, "Making Large-Scale SVM Learning
//! Practical", 1999), so that rows of the kernel matrix are wanted by the block and come from a matrix product.

use ndarray::{ArrayView2, Axis, aview1};

use super::{
    descent::descend, gram::Gram, primal::Primal, rows::KernelRows, subproblem::Subproblem,
    working_set::Candidates,
};
use crate::{Kernel, Report};

/// A C-SVC to be solved.
pub(super) struct Problem<'x, 'l> {
    /// Items, n × d.
    pub x: ArrayView2<'x, f64>,
    /// Whether each is fake, y = 1.
    pub labels: &'l [bool],
    pub kernel: Kernel,
    /// The largest α of a fake and of a real item.
    pub bounds: (f64, f64),
    /// The gap at which to stop.
    pub tolerance: f64,
    /// Most steps of SMO.
    pub max_steps: u64,
    pub shrinking: bool,
    /// Room for kernel rows.
    pub cache_bytes: usize,
}

/// Working sets between two rounds of shrinking.
const SHRINK_EVERY: u64 = 8;

/// Working sets in a row that may leave the objective where it was before rounding is taken for the reason.
const STALLED: u32 = 100;

/// What a solver finds: αᵢyᵢ of every training row, and b.
pub(super) struct Solution {
    pub dual_coefficients: Vec<f64>,
    pub intercept: f64,
    pub report: Report,
}

impl Problem<'_, '_> {
    pub fn solve(&self) -> Solution {
        // Neither a common offset of the items changes distances nor, as Σβ = 0, the linear kernel's problem; without
        // it rounding is smaller and coordinate descent much faster.
        let centre = self.x.mean_axis(Axis(0)).unwrap_or_default();
        // Rows are read as slices.
        let mut x = self.x.as_standard_layout().into_owned();
        match self.kernel {
            Kernel::Linear => {
                x -= &centre;
                let mut state = State::new(self, Primal::new(&x));
                let start = descend(&x, &state.targets, &state.lower, &state.upper);
                state.start_at(start);
                let mut solution = state.solve(self);
                let w = self.x.t().dot(&aview1(&solution.dual_coefficients));
                solution.intercept -= w.dot(&centre);
                solution
            }
            Kernel::Rbf { .. } => {
                x -= &centre;
                State::new(self, KernelRows::new(self.kernel, &x, self.cache_bytes)).solve(self)
            }
            Kernel::Polynomial { .. } => {
                State::new(self, KernelRows::new(self.kernel, &x, self.cache_bytes)).solve(self)
            }
        }
    }
}

/// The active items, and β of the others.
struct State<G> {
    gram: G,
    /// Items, rising; the next four are in their order.
    active: Vec<usize>,
    beta: Vec<f64>,
    /// Kβ − y
    gradient: Vec<f64>,
    lower: Vec<f64>,
    upper: Vec<f64>,
    /// β of all items; up to date for those that are not active.
    settled: Vec<f64>,
    /// y of all items.
    targets: Vec<f64>,
    bounds: (f64, f64),
}

impl<G: Gram> State<G> {
    fn new(problem: &Problem, gram: G) -> Self {
        let n = problem.labels.len();
        let targets: Vec<f64> = problem
            .labels
            .iter()
            .map(|&fake| if fake { 1.0 } else { -1.0 })
            .collect();
        let mut state = Self {
            gram,
            active: (0..n).collect(),
            beta: vec![0.0; n],
            gradient: targets.iter().map(|y| -y).collect(),
            lower: Vec::new(),
            upper: Vec::new(),
            settled: vec![0.0; n],
            targets,
            bounds: problem.bounds,
        };
        state.set_bounds();
        state
    }

    fn set_bounds(&mut self) {
        let (fake, real) = self.bounds;
        (self.lower, self.upper) = self
            .active
            .iter()
            .map(|&item| {
                if self.targets[item] > 0.0 {
                    (0.0, fake)
                } else {
                    (-real, 0.0)
                }
            })
            .unzip();
    }

    fn candidates(&self) -> Candidates<'_> {
        Candidates {
            gradient: &self.gradient,
            beta: &self.beta,
            lower: &self.lower,
            upper: &self.upper,
        }
    }

    fn solve(mut self, problem: &Problem) -> Solution {
        let (mut steps, mut rounds, mut stalled) = (0, 0, 0);
        let mut size = 0;
        let mut set: Vec<usize> = Vec::new();
        loop {
            let (least, largest) = self.candidates().extremes();
            let gap = largest - least;
            if gap <= problem.tolerance || steps >= problem.max_steps || stalled == STALLED {
                if self.active.len() == self.targets.len() {
                    return self.finish(steps, gap, problem.tolerance);
                }
                // What was set aside has its say before the end.
                self.restore();
                (set, stalled) = (Vec::new(), 0);
                continue;
            }
            rounds += 1;
            if problem.shrinking && rounds % SHRINK_EVERY == 0 && self.gram.gains_from_shrinking() {
                set = self.shrink(set);
            }
            let (least_size, most_size) = self.gram.set_sizes();
            size = size.clamp(least_size, most_size);
            // Items between their bounds go on trading with the newcomers, the latest first.
            set.retain(|&k| self.beta[k] > self.lower[k] && self.beta[k] < self.upper[k]);
            let kept = set.split_off(set.len().saturating_sub(size / 2));
            set = self.candidates().choose(kept, size);
            let tolerance = if set.len() == self.active.len() {
                problem.tolerance
            } else {
                // Closer would be lost on the next sets, which move the optimum of this one.
                0.5 * problem.tolerance.max(0.1 * gap)
            };
            let (taken, decrease) = self.optimise(&set, tolerance, problem.max_steps - steps);
            steps += taken;
            stalled = if decrease > f64::EPSILON * self.objective().abs() {
                0
            } else {
                stalled + 1
            };
            // Sets grow while they give work to do, and get smaller when they don't.
            let worked = taken as f64 / set.len() as f64;
            if worked > 1.0 {
                size *= 2;
            } else if worked < 0.4 {
                size /= 2;
            }
        }
    }

    /// Solves for the items of `set`; returns the steps taken and by how much the objective fell.
    fn optimise(&mut self, set: &[usize], tolerance: f64, max_steps: u64) -> (u64, f64) {
        let kernel = self.gram.submatrix(set);
        let of_set = |values: &[f64]| -> Vec<f64> { set.iter().map(|&k| values[k]).collect() };
        let (lower, upper) = (of_set(&self.lower), of_set(&self.upper));
        let (beta_before, gradient_before) = (of_set(&self.beta), of_set(&self.gradient));
        let (mut beta, mut gradient) = (beta_before.clone(), gradient_before.clone());
        let subproblem = Subproblem {
            kernel: kernel.view(),
            lower: &lower,
            upper: &upper,
        };
        let steps = subproblem.solve(&mut beta, &mut gradient, tolerance, max_steps);
        let change: Vec<f64> = beta.iter().zip(&beta_before).map(|(b, a)| b - a).collect();
        // The gradient is linear on the way.
        let slopes = gradient_before.iter().zip(&gradient).map(|(a, b)| 0.5 * (a + b));
        let decrease = -change.iter().zip(slopes).map(|(c, s)| c * s).sum::<f64>();
        self.gram.update(set, &change, &mut self.gradient);
        for (&k, b) in set.iter().zip(beta) {
            self.beta[k] = b;
        }
        (steps, decrease)
    }

    /// Leaves out items that stand at a bound and violate optimality with no other; returns where those of `set`
    /// that stay are now.
    fn shrink(&mut self, set: Vec<usize>) -> Vec<usize> {
        let kept = self.candidates().worth_keeping();
        if kept.len() == self.active.len() {
            return set;
        }
        self.settle();
        self.gram.restrict(&kept);
        let of_kept = |values: &[f64]| -> Vec<f64> { kept.iter().map(|&k| values[k]).collect() };
        (self.beta, self.gradient) = (of_kept(&self.beta), of_kept(&self.gradient));
        self.active = kept.iter().map(|&k| self.active[k]).collect();
        self.set_bounds();
        set.into_iter()
            .filter_map(|k| kept.binary_search(&k).ok())
            .collect()
    }

    fn settle(&mut self) {
        for (&item, &b) in self.active.iter().zip(&self.beta) {
            self.settled[item] = b;
        }
    }

    /// Makes all items active.
    fn restore(&mut self) {
        self.settle();
        let mut gradient: Vec<f64> = self.targets.iter().map(|y| -y).collect();
        let mut is_missing = vec![true; gradient.len()];
        for (&item, &g) in self.active.iter().zip(&self.gradient) {
            (gradient[item], is_missing[item]) = (g, false);
        }
        let missing: Vec<usize> = (0..gradient.len()).filter(|&item| is_missing[item]).collect();
        self.gram.restore(&self.settled, &missing, &mut gradient);
        self.active = (0..gradient.len()).collect();
        self.beta.clone_from(&self.settled);
        self.gradient = gradient;
        self.set_bounds();
    }

    /// Goes on from `beta`, n long.
    fn start_at(&mut self, beta: Vec<f64>) {
        self.settled = beta;
        self.active.clear();
        self.restore();
    }

    /// ½αᵀQα − Σα, that is ½β·(Kβ) − β·y, over the active items.
    fn objective(&self) -> f64 {
        let terms = self.active.iter().zip(&self.beta).zip(&self.gradient);
        0.5 * terms
            .map(|((&item, b), g)| b * (g - self.targets[item]))
            .sum::<f64>()
    }

    fn finish(self, steps: u64, gap: f64, tolerance: f64) -> Solution {
        let free = |k: &usize| self.beta[*k] > self.lower[*k] && self.beta[*k] < self.upper[*k];
        let free: Vec<f64> = (0..self.beta.len())
            .filter(free)
            .map(|k| self.gradient[k])
            .collect();
        // As LIBSVM: y − Kβ of a free item is b.
        let intercept = if free.is_empty() {
            let (least, largest) = self.candidates().extremes();
            -0.5 * (least + largest)
        } else {
            -free.iter().sum::<f64>() / free.len() as f64
        };
        let report = Report {
            converged: gap <= tolerance,
            iterations: Some(steps),
            objective: self.objective(),
            gap: Some(gap.max(0.0)),
            choice: None,
        };
        Solution {
            dual_coefficients: self.beta,
            intercept,
            report,
        }
    }
}
