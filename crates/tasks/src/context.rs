//! What a task runs in: the caller's threads, his wish to stop, and what he hears of the progress.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use dftective_classify::EpochReport;
use dftective_datasets::{PassedOver, Search};
use dftective_sample::{Failure, LabelWords};
use dftective_spectrum::Accelerator;

/// Ends a task early, from any thread.
#[derive(Debug, Default)]
pub struct Cancel(AtomicBool);

impl Cancel {
    /// Not cancelled.
    pub const fn new() -> Self {
        Self(AtomicBool::new(false))
    }

    /// Asks the task to end; it does so within an image's time.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Whether it was asked to.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// Hears what a task is at. Every method may be called from any thread, and does nothing unless it is written.
pub trait Observer: Sync {
    /// A step begins: `what` it makes, and how many, if that is known.
    fn begins(&self, what: &str, total: Option<u64>) {
        let _ = (what, total);
    }

    /// So many were done by an earlier run.
    fn skips(&self, done: u64) {
        let _ = done;
    }

    /// One more is done.
    fn advances(&self) {}

    /// The step is over.
    fn ends(&self) {}

    /// A network has seen all its training images once more.
    fn learns(&self, epoch: &EpochReport) {
        let _ = epoch;
    }

    /// What is being done, in a sentence.
    fn notes(&self, text: &str) {
        let _ = text;
    }

    /// Something that the user should know, and that is no error.
    fn warns(&self, text: &str) {
        let _ = text;
    }

    /// A file that a search has found and not taken.
    fn passes_over(&self, file: &PassedOver) {
        let _ = file;
    }

    /// Images that could not be used; they are in the result, too.
    fn fails(&self, failures: &[Failure]) {
        let _ = failures;
    }
}

/// Hears nothing.
impl Observer for () {}

/// The caller's resources.
///
/// A task starts `threads` threads of its own to read images, and ends them; what is computed beside runs in the rayon pool
/// that it is called from. It installs, prints and exits nothing.
#[derive(Clone)]
pub struct Context<'a> {
    /// Threads that read images.
    pub threads: usize,
    /// A device that is asked for spectra first.
    pub accelerator: Option<Arc<dyn Accelerator>>,
    /// Whether every file of a folder or an archive is taken for an image, whatever it holds.
    pub all_files: bool,
    /// Ends the task early.
    pub cancel: &'a Cancel,
    /// Hears of its progress.
    pub observer: &'a dyn Observer,
}

impl Context<'_> {
    /// What `work` finds by a search of which the observer hears; `words` say which folders are those of a class.
    pub fn searching<'w, T>(&'w self, words: &'w LabelWords, work: impl FnOnce(Search<'_>) -> T) -> T {
        work(Search {
            all_files: self.all_files,
            words,
            on_passed_over: &|file| self.observer.passes_over(file),
            ..Search::default()
        })
    }
}

/// As many threads as there are processors; runs to its end, in silence.
impl Default for Context<'_> {
    fn default() -> Self {
        static NEVER: Cancel = Cancel::new();
        Self {
            threads: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            accelerator: None,
            all_files: false,
            cancel: &NEVER,
            observer: &(),
        }
    }
}
