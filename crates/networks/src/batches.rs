//! Batches read ahead of the steps that learn from them.

use crossbeam_channel::bounded;
use rayon::prelude::*;

use super::CnnError;
use super::input::{Input, Planes};

/// Items of one step.
pub(super) struct Batch {
    /// Which they are.
    pub items: Vec<usize>,
    /// What is seen of them.
    pub planes: Planes,
}

/// Batches waiting: one is being learnt from, one is ready and one is being made, whatever the number of items.
const AHEAD: usize = 1;

/// Calls `learn` with each batch of `plan`, in order, until it says no more; meanwhile the next ones are made by
/// `input`, on the current rayon pool.
///
/// # Errors
/// The first error of either.
pub(super) fn each_batch(
    plan: &[Vec<usize>],
    input: impl Fn(usize) -> Result<Input, CnnError> + Sync,
    mut learn: impl FnMut(Batch) -> Result<bool, CnnError>,
) -> Result<(), CnnError> {
    let make = |items: &Vec<usize>| -> Result<Batch, CnnError> {
        let inputs = items.par_iter().map(|&item| input(item));
        let inputs = inputs.collect::<Result<Vec<Input>, CnnError>>()?;
        Ok(Batch {
            items: items.clone(),
            planes: Planes::of(&inputs),
        })
    };
    std::thread::scope(|scope| {
        let (sender, receiver) = bounded(AHEAD);
        scope.spawn(move || {
            for items in plan {
                // Nobody listens any more once `learn` has said no or failed.
                if sender.send(make(items)).is_err() {
                    return;
                }
            }
        });
        for batch in receiver {
            if !learn(batch?)? {
                break;
            }
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use image::{Rgb, RgbImage};

    use super::*;

    fn plan() -> Vec<Vec<usize>> {
        (0..100).map(|batch| vec![2 * batch, 2 * batch + 1]).collect()
    }

    fn square(item: usize) -> Result<Input, CnnError> {
        Ok(Input(vec![RgbImage::from_pixel(2, 2, Rgb([item as u8, 1, 2]))]))
    }

    #[test]
    fn batches_come_in_order_and_not_far_ahead() {
        let (made, mut seen) = (AtomicUsize::new(0), 0);
        let counted = |item| {
            made.fetch_add(1, Ordering::SeqCst);
            square(item)
        };
        each_batch(&plan(), counted, |batch| {
            assert_eq!(batch.items, [2 * seen, 2 * seen + 1]);
            assert_eq!(
                batch.planes.values[..5],
                [
                    (2 * seen) as f32,
                    (2 * seen) as f32,
                    (2 * seen) as f32,
                    (2 * seen) as f32,
                    1.0
                ]
            );
            assert_eq!(batch.planes.values[12], (2 * seen + 1) as f32);
            seen += 1;
            // This one, the one ready, and the one whose maker waits.
            assert!(made.load(Ordering::SeqCst) <= 2 * (seen + AHEAD + 1));
            Ok(true)
        })
        .unwrap();
        assert_eq!(seen, 100);
    }

    #[test]
    fn it_ends_early_on_a_wish_and_on_an_error_of_either_side() {
        let mut seen = 0;
        each_batch(&plan(), square, |_| {
            seen += 1;
            Ok(seen < 3)
        })
        .unwrap();
        assert_eq!(seen, 3);
        let bad = |path: &str| CnnError::Picture {
            path: path.to_owned(),
            cause: "gone".to_owned(),
        };
        let failing = |item| {
            if item == 7 {
                Err(bad("seven"))
            } else {
                square(item)
            }
        };
        let mut seen = 0;
        let error = each_batch(&plan(), failing, |_| {
            seen += 1;
            Ok(true)
        });
        assert_eq!(
            (error.unwrap_err().to_string().as_str(), seen),
            ("seven: gone", 3)
        );
        let error = each_batch(&plan(), square, |_| Err(bad("step"))).unwrap_err();
        assert_eq!(error.to_string(), "step: gone");
    }
}
