//! Panics of other people's code as errors, without a word on standard error.
//!
//! A decoding library that panics on a hostile file must neither end a run over a million others nor fill the screen
//! with messages and backtraces of what is already reported as an error. [`catch_panic`] catches, and keeps the
//! panic hook from telling.
//!
//! # The panic hook
//! A process has one hook, so this is the one place where a library of ours changes something of the whole process:
//! the first call of [`catch_panic`] puts a hook around the one there is. It says nothing of panics that are
//! caught here, and passes on all others, from whatever thread, to the hook that was there before. A program that
//! sets a hook of its own later gets what it asks for: every panic, the caught ones too.

use std::any::Any;
use std::cell::Cell;
use std::panic::{self, UnwindSafe};
use std::sync::Once;

/// A panic that was caught.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct CaughtPanic {
    /// What the code panicked with; it may quote a hostile file, be long, and have several lines.
    pub message: String,
}

thread_local! {
    /// How many calls of [`catch_panic`] the thread is in.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// Runs `work` and makes a panic of it, on this thread, an error. What other threads do meanwhile, also those that
/// `work` starts, is not affected.
///
/// # Errors
/// [`CaughtPanic`] with the panic's message.
pub fn catch_panic<T>(work: impl FnOnce() -> T + UnwindSafe) -> Result<T, CaughtPanic> {
    hush();
    let depth = DEPTH.get();
    DEPTH.set(depth + 1);
    let result = panic::catch_unwind(work);
    DEPTH.set(depth);
    result.map_err(|panic| CaughtPanic {
        message: message(panic.as_ref()),
    })
}

/// Puts our hook around the present one, once.
fn hush() {
    static HOOK: Once = Once::new();
    // A hook can't be set during a panic; then the next call does it.
    if std::thread::panicking() {
        return;
    }
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if DEPTH.get() == 0 {
                before(panic);
            }
        }));
    });
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("no message").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_out_is_passed_on() {
        assert_eq!(catch_panic(|| 7), Ok(7));
    }

    #[test]
    fn a_message_is_kept_in_either_form() {
        let index = 7;
        let error = catch_panic(|| panic!("index {index}")).unwrap_err();
        assert_eq!(error.message, "index 7");
        assert_eq!(catch_panic(|| panic!("index")).unwrap_err().to_string(), "index");
        let other = catch_panic(|| panic::panic_any(index)).unwrap_err();
        assert_eq!(other.message, "no message");
    }
}
