//! The learning rate, step by step.

use std::f64::consts::PI;

/// Rises linearly over the first `warm_up` steps to `highest`, then falls along half a cosine (Loshchilov, Hutter,
/// "SGDR", 2017, without restarts), to 0 after the last of `steps`.
pub(super) fn learning_rate(highest: f64, step: usize, warm_up: usize, steps: usize) -> f64 {
    if step < warm_up {
        return highest * (step + 1) as f64 / warm_up as f64;
    }
    let gone = (step - warm_up) as f64 / steps.saturating_sub(warm_up).max(1) as f64;
    highest * 0.5 * (1.0 + (PI * gone.min(1.0)).cos())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_rises_and_falls() {
        let at = |step| learning_rate(0.1, step, 4, 24);
        let close = |a: f64, b: f64| (a - b).abs() < 1e-15;
        assert!(close(at(0), 0.025) && close(at(3), 0.1) && close(at(4), 0.1));
        assert!(close(at(14), 0.05) && close(at(24), 0.0));
        assert!((4..24).all(|step| at(step + 1) < at(step)));
        assert!(close(learning_rate(0.1, 0, 0, 10), 0.1));
        // As many steps of warm-up as there are steps.
        assert!(close(learning_rate(0.1, 9, 10, 10), 0.1));
    }
}
