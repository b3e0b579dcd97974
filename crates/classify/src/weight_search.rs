//! Weights of blocks that the training rows choose.

use super::ClassifyError;

/// Rounds over all blocks at most.
const ROUNDS: usize = 4;
/// What a weight is multiplied by to see whether the error falls.
const STEPS: [f64; 2] = [2.0, 0.5];
/// By how much, relatively, it must fall: less would follow the noise.
const GAIN: f64 = 1e-3;

/// Whether an error is so much below another that the change was worth it.
pub(super) fn is_clearly_less(error: f64, than: f64) -> bool {
    error < (1.0 - GAIN) * than
}

/// Goes round the blocks until none moves any more. `moves(state, block, step)` multiplies a block's weight by the step
/// if that is better, and says whether it did; `between` is called after every round in which one did.
///
/// # Errors
/// What `moves` fails with.
pub(super) fn go_round<S>(
    blocks: usize,
    state: &mut S,
    mut moves: impl FnMut(&mut S, usize, f64) -> Result<bool, ClassifyError>,
    mut between: impl FnMut(&mut S),
) -> Result<(), ClassifyError> {
    for _ in 0..ROUNDS {
        let mut has_moved = false;
        for block in 0..blocks {
            for step in STEPS {
                if moves(state, block, step)? {
                    has_moved = true;
                    break;
                }
            }
        }
        if !has_moved {
            break;
        }
        between(state);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where the search ends from all ones, and at how many weights it looked.
    fn searched(error: impl Fn(&[f64]) -> f64, blocks: usize) -> (Vec<f64>, usize, usize) {
        let mut state = (vec![1.0; blocks], 0, 0);
        let found = go_round(
            blocks,
            &mut state,
            |(weights, looks, _), block, step| {
                let mut changed = weights.clone();
                changed[block] *= step;
                *looks += 1;
                let is_better = is_clearly_less(error(&changed), error(weights));
                if is_better {
                    *weights = changed;
                }
                Ok(is_better)
            },
            |(_, _, rounds)| *rounds += 1,
        );
        assert!(found.is_ok());
        state
    }

    #[test]
    fn weights_go_where_the_error_is_least() {
        let goal = [4.0f64, 0.5, 1.0];
        let distance = |weights: &[f64]| {
            let both = weights.iter().zip(goal);
            1.0 + both.map(|(a, b)| (a / b).log2().abs()).sum::<f64>()
        };
        // Three rounds: the first goes to 2, ½ and 1 in 1 + 2 + 2 looks, the second to 4 with as many for the rest, the
        // last looks at everything twice.
        assert_eq!(searched(distance, 3), (goal.to_vec(), 5 + 5 + 6, 2));
        // What would fall for ever ends after four rounds.
        assert_eq!(searched(|weights| 1.0 / weights[0], 1), (vec![16.0], 4, 4));
        // Less than a thousandth is no gain.
        assert_eq!(searched(|weights| 1.0 - 9e-4 * weights[0], 1), (vec![1.0], 2, 0));
    }

    #[test]
    fn errors_are_passed_on() {
        let moves = |_: &mut (), block, _| {
            if block == 0 {
                Ok(true)
            } else {
                Err(ClassifyError::NoRows)
            }
        };
        let failed = go_round(2, &mut (), moves, |()| ());
        assert!(matches!(failed, Err(ClassifyError::NoRows)));
    }
}
