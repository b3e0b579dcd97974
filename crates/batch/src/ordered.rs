//! A parallel map that keeps the order and bounds what is under way.

use std::collections::VecDeque;
use std::ops::ControlFlow;

use crossbeam_channel::{bounded, unbounded};

/// How an [`ordered`] run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// Every input has its result.
    Finished,
    /// `stop` or `sink` ended it: every input taken before has its result, none after.
    Stopped,
}

/// Inputs under way for each thread: enough that no thread waits for a slow neighbour, few enough that memory
/// does not depend on the number of inputs.
const WINDOW_PER_THREAD: usize = 16;

/// Maps `work` over `inputs` on `threads` threads, each with a workspace of its own, and hands the results to
/// `sink` in the order of the inputs. At most sixteen inputs a thread are under way. `inputs` is drawn and
/// `sink` called on the calling thread; `stop` is asked before each draw and
/// at the end.
///
/// # Errors
/// The first error of `sink`; work under way is then dropped.
///
/// # Panics
/// If `work` panics.
pub fn ordered<T, R, W, E>(
    inputs: impl IntoIterator<Item = T>,
    threads: usize,
    workspace: impl Fn() -> W + Sync,
    work: impl Fn(&mut W, T) -> R + Sync,
    stop: impl Fn() -> bool,
    mut sink: impl FnMut(R) -> Result<ControlFlow<()>, E>,
) -> Result<Flow, E>
where
    T: Send,
    R: Send,
{
    let threads = threads.max(1);
    let window = threads * WINDOW_PER_THREAD;
    std::thread::scope(|scope| {
        let (to_workers, tasks) = bounded::<(u64, T)>(window);
        let (to_caller, results) = unbounded::<(u64, R)>();
        for _ in 0..threads {
            let (tasks, to_caller, workspace, work) = (tasks.clone(), to_caller.clone(), &workspace, &work);
            scope.spawn(move || {
                let mut own = workspace();
                for (number, task) in tasks {
                    if to_caller.send((number, work(&mut own, task))).is_err() {
                        return;
                    }
                }
            });
        }
        drop((tasks, to_caller));

        let mut inputs = inputs.into_iter();
        let mut to_workers = Some(to_workers);
        // Results that wait for an earlier one; the front is the next to be handed on.
        let mut waiting: VecDeque<Option<R>> = VecDeque::new();
        let (mut drawn, mut handed_on, mut stopped) = (0_u64, 0_u64, false);
        loop {
            if let Some(sender) = to_workers.as_ref().filter(|_| waiting.len() < window) {
                stopped = stop();
                let next = if stopped { None } else { inputs.next() };
                // The channel holds a whole window, so sending neither waits nor, while workers live, fails.
                match next.map(|input| sender.send((drawn, input))) {
                    Some(Ok(())) => {
                        drawn += 1;
                        waiting.push_back(None);
                    }
                    Some(Err(_)) | None => to_workers = None,
                }
            }
            if waiting.is_empty() && to_workers.is_none() {
                // One interrupt may end both the program that lists the inputs and this one: the end of such a
                // list is not the end of the inputs.
                let stopped = stopped || stop();
                return Ok(if stopped { Flow::Stopped } else { Flow::Finished });
            }
            // While more can be drawn, results are taken as they come: a slow list must not hold them back.
            let arrived = if to_workers.is_some() && waiting.len() < window {
                results.try_recv().ok()
            } else {
                match results.recv() {
                    Ok(arrived) => Some(arrived),
                    // Disconnected only after a panic in a worker, which the scope passes on.
                    Err(_) => return Ok(Flow::Stopped),
                }
            };
            if let Some((number, result)) = arrived {
                waiting[(number - handed_on) as usize] = Some(result);
            }
            while let Some(Some(result)) = waiting.pop_front_if(|front| front.is_some()) {
                handed_on += 1;
                if sink(result)?.is_break() {
                    return Ok(Flow::Stopped);
                }
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::convert::Infallible;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn collect(threads: usize, count: u64, stop: impl Fn() -> bool) -> (Flow, Vec<u64>) {
        let mut seen = Vec::new();
        let flow = ordered(
            0..count,
            threads,
            || (),
            |(), number| {
                // Uneven work shuffles the order in which results arrive.
                std::thread::sleep(std::time::Duration::from_micros(number * 7919 % 300));
                number * number
            },
            stop,
            |square| {
                seen.push(square);
                Ok::<_, Infallible>(ControlFlow::Continue(()))
            },
        )
        .unwrap();
        (flow, seen)
    }

    #[test]
    fn order_is_kept_on_any_number_of_threads() {
        for threads in [0, 1, 2, 8] {
            let (flow, seen) = collect(threads, 500, || false);
            assert_eq!(flow, Flow::Finished);
            assert!(seen.into_iter().eq((0..500).map(|number| number * number)));
        }
        assert_eq!(collect(4, 0, || false), (Flow::Finished, vec![]));
    }

    #[test]
    fn stopping_keeps_what_was_taken() {
        let asked = Cell::new(0);
        let (flow, seen) = collect(2, 500, || {
            asked.set(asked.get() + 1);
            asked.get() > 100
        });
        assert_eq!(flow, Flow::Stopped);
        assert!(seen.into_iter().eq((0..100).map(|number| number * number)));
    }

    #[test]
    fn an_interrupted_list_is_not_a_whole_one() {
        let interrupted = Cell::new(false);
        // The interrupt comes while the list's next line is waited for, and ends the list.
        let end = std::iter::from_fn(|| {
            interrupted.set(true);
            None
        });
        let sink = |_| Ok::<_, Infallible>(ControlFlow::Continue(()));
        let flow = ordered(
            (0..10).chain(end),
            2,
            || (),
            |(), n| n,
            || interrupted.get(),
            sink,
        );
        assert_eq!(flow, Ok(Flow::Stopped));
    }

    #[test]
    fn errors_and_breaks_of_the_sink_end_the_run() {
        let run = |answer: fn() -> Result<ControlFlow<()>, &'static str>| {
            ordered(0..100_000, 3, || (), |(), n: u32| n, || false, |_| answer())
        };
        assert_eq!(run(|| Err("full")), Err("full"));
        assert_eq!(run(|| Ok(ControlFlow::Break(()))), Ok(Flow::Stopped));
    }

    #[test]
    fn a_slow_list_does_not_hold_results_back() {
        let (done, seen) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let inputs = (0..50).inspect(|&number| {
            // As slow as the work: the single worker has sent all results but the last one or two.
            while done.load(Ordering::SeqCst) + 1 < number {
                std::thread::yield_now();
            }
            assert!(seen.load(Ordering::SeqCst) + 4 >= number);
        });
        let work = |(): &mut (), _| done.fetch_add(1, Ordering::SeqCst);
        let sink = |_| {
            seen.fetch_add(1, Ordering::SeqCst);
            Ok::<_, Infallible>(ControlFlow::Continue(()))
        };
        ordered(inputs, 1, || (), work, || false, sink).unwrap();
    }

    #[test]
    fn what_is_under_way_is_bounded() {
        let (drawn, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let inputs = (0..2_000).inspect(|_| {
            let under_way = drawn.fetch_add(1, Ordering::SeqCst) - done.load(Ordering::SeqCst);
            assert!(under_way < 2 * WINDOW_PER_THREAD);
        });
        let sink = |()| {
            done.fetch_add(1, Ordering::SeqCst);
            Ok::<_, Infallible>(ControlFlow::Continue(()))
        };
        ordered(inputs, 2, || (), |(), _| (), || false, sink).unwrap();
    }
}
