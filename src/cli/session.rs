//! What every command runs in: threads, Ctrl-C, progress.

use std::fmt::Write;
use std::io::IsTerminal;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use dftective::classify::EpochReport;
use dftective::datasets::PassedOver;
use dftective::report::three_decimals;
use dftective::sample::Failure;
use dftective::spectrum::Accelerator;
use dftective::tasks::{Cancel, Context, Observer, TaskError};
use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::allocator::keep_freed_memory;
use super::args::SearchArgs;
use super::messages;

/// What is shown of the step that a task is at.
#[derive(Default)]
struct Shown {
    bar: Option<ProgressBar>,
    /// How many there are of it, where that was counted before it began.
    expected: Option<u64>,
}

/// Threads, Ctrl-C and progress.
pub struct Session {
    /// Threads to compute with.
    pub threads: usize,
    /// Whether they were chosen by the user.
    chosen: bool,
    /// Whether each file passed over is told.
    verbose: bool,
    passed_over: AtomicU64,
    cancel: Arc<Cancel>,
    shown: Arc<Mutex<Shown>>,
}

impl Session {
    /// Sets up the thread pool and listens for Ctrl-C: the first ends the run in order, the second at once.
    pub fn start(threads: Option<u16>, verbose: bool) -> anyhow::Result<Self> {
        keep_freed_memory();
        let all_cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let chosen = threads.is_some();
        let threads = threads.map_or(all_cores, usize::from);
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build_global()
            .with_context(|| format!("{threads} threads cannot be started"))?;
        let cancel = Arc::new(Cancel::new());
        let asked = Arc::clone(&cancel);
        ctrlc::set_handler(move || {
            if asked.is_cancelled() {
                std::process::exit(130);
            }
            asked.cancel();
            eprintln!("interrupted: finishing what is under way (again to end at once)");
        })
        .context("Ctrl-C cannot be listened for")?;
        Ok(Self {
            threads,
            chosen,
            verbose,
            passed_over: AtomicU64::new(0),
            cancel,
            shown: Arc::default(),
        })
    }

    /// Threads that read images. Beside a device that computes their spectra they are twice as many unless chosen: half
    /// of them wait for it while the other half decode.
    pub fn readers(&self, beside_device: bool) -> usize {
        if beside_device && !self.chosen {
            2 * self.threads
        } else {
            self.threads
        }
    }

    /// What a task runs in.
    pub fn context(&self, accelerator: Option<Arc<dyn Accelerator>>, search: SearchArgs) -> Context<'_> {
        Context {
            threads: self.readers(accelerator.is_some()),
            accelerator,
            all_files: search.all_files,
            cancel: &self.cancel,
            observer: self,
        }
    }

    /// Says how many files the searches of this run left out.
    pub fn tell_passed_over(&self) {
        let files = self.passed_over.load(Ordering::Relaxed);
        if files > 0 {
            let how = if self.verbose {
                ""
            } else {
                " (--verbose says which, and why)"
            };
            messages::note(&format!("{files} files were passed over{how}"));
        }
    }

    /// Whether Ctrl-C was pressed.
    pub fn is_interrupted(&self) -> bool {
        self.cancel.is_cancelled()
    }

    /// A bar on standard error with count, rate and time left; nothing where that is no terminal. Without a
    /// total it counts until [`ProgressBar::set_length`] is called.
    pub fn progress(&self, what: &str, total: Option<u64>) -> ProgressBar {
        let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr_with_hz(5));
        let template = "{msg} {wide_bar} {human_pos}/{human_len} · {rate} · {eta} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            let rate = |state: &ProgressState, out: &mut dyn Write| {
                // A terminal that can't be written to is no reason to stop.
                let _ = write!(out, "{:.0}/s", state.per_sec());
            };
            bar.set_style(style.progress_chars("━╸─").with_key("rate", rate));
        }
        bar.set_message(what.to_owned());
        bar
    }

    /// Has a task's progress shown against what `count` finds, where anyone sees it. Counting takes far less time than the
    /// task, and nobody should wait for it.
    pub fn count_beside(&self, count: impl FnOnce() -> Option<u64> + Send + 'static) {
        if self.shows_progress() {
            let shown = Arc::clone(&self.shown);
            std::thread::spawn(move || {
                let total = count();
                let mut shown = shown.lock().unwrap_or_else(PoisonError::into_inner);
                match (&shown.bar, total) {
                    (Some(bar), Some(total)) => bar.set_length(total),
                    (None, total) => shown.expected = total,
                    (Some(_), None) => (),
                }
            });
        }
    }

    fn shown(&self) -> MutexGuard<'_, Shown> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether anyone sees [`Self::progress`].
    pub fn shows_progress(&self) -> bool {
        std::io::stderr().is_terminal()
    }
}

/// Progress and warnings of tasks on standard error.
impl Observer for Session {
    fn begins(&self, what: &str, total: Option<u64>) {
        let mut shown = self.shown();
        let total = total.or(shown.expected.take());
        shown.bar = Some(self.progress(what, total));
    }

    fn skips(&self, done: u64) {
        if let Some(bar) = &self.shown().bar {
            bar.set_position(done);
            bar.reset_eta();
        }
    }

    fn advances(&self) {
        if let Some(bar) = &self.shown().bar {
            bar.inc(1);
        }
    }

    fn ends(&self) {
        if let Some(bar) = self.shown().bar.take() {
            bar.finish_and_clear();
        }
    }

    fn learns(&self, report: &EpochReport) {
        let EpochReport {
            epoch,
            epochs,
            loss,
            validation_loss,
            validation_auc,
            is_best,
            seconds,
            ..
        } = report;
        let left = Duration::from_secs_f64(seconds * (epochs - epoch) as f64);
        let width = epochs.to_string().len();
        let best = if *is_best { ", the best so far" } else { "" };
        self.notes(&format!(
            "epoch {epoch:>width$} of {epochs}: loss {}; on images set apart loss {}, ROC AUC {}{best}; {seconds:.0} s, about \
             {} left",
            three_decimals(*loss),
            three_decimals(*validation_loss),
            three_decimals(*validation_auc),
            HumanDuration(left)
        ));
    }

    fn notes(&self, text: &str) {
        match &self.shown().bar {
            Some(bar) => bar.suspend(|| messages::note(text)),
            None => messages::note(text),
        }
    }

    fn warns(&self, text: &str) {
        messages::warning(text);
    }

    fn passes_over(&self, file: &PassedOver) {
        self.passed_over.fetch_add(1, Ordering::Relaxed);
        if self.verbose {
            self.notes(&format!("passed over: {}: {}", file.name, file.why));
        }
    }

    fn fails(&self, failures: &[Failure]) {
        messages::failures(failures);
    }
}

/// The result of a task; none where Ctrl-C ended it.
pub fn unless_interrupted<T>(done: Result<T, TaskError>) -> anyhow::Result<Option<T>> {
    match done {
        Ok(done) => Ok(Some(done)),
        Err(TaskError::Cancelled) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
