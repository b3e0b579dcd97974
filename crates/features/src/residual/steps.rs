//! Quantised magnitudes, told by comparison.

/// Steps above zero: a magnitude becomes one of 0 … 4.
pub const STEPS: usize = 4;

/// The least |r| of each step 1 … 4 of v = min(rint(|r| / q), 4), in single precision, `rint` to even.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Steps(pub [f32; STEPS]);

impl Steps {
    /// The steps of the quantiser `q`.
    pub fn new(q: f32) -> Self {
        Self([1.0, 2.0, 3.0, 4.0].map(|step: f32| {
            // Division is monotonic, so one boundary lies within a rounding or two of the real one.
            let reached = |magnitude: f32| (magnitude / q).round_ties_even() >= step;
            let mut least = (step - 0.5) * q;
            while reached(least) {
                least = least.next_down();
            }
            while !reached(least) {
                least = least.next_up();
            }
            least
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_changes_at_each_step() {
        for q in [1.0, 1.5, 2.0, 4.0, 6.0, 8.0] {
            let value = |magnitude: f32| (magnitude / q).round_ties_even().min(4.0);
            for (least, step) in Steps::new(q).0.into_iter().zip([1.0, 2.0, 3.0, 4.0]) {
                assert_eq!(
                    (value(least.next_down()), value(least)),
                    (step - 1.0, step),
                    "q = {q}"
                );
            }
        }
    }

    #[test]
    fn halves_go_to_even() {
        let next = 0.5_f32.next_up();
        assert_eq!(Steps::new(1.0), Steps([next, 1.5, 2.5_f32.next_up(), 3.5]));
    }
}
