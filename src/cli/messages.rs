//! What is said on standard error, and what goes to standard output besides tables.

use std::io::Write;

use dftective::dataset::Failure;
use dftective::report::one_line;
use dftective::table::TableError;

/// Prints an error with its causes on one line. Many messages name their cause already; it is not said twice.
pub fn error(error: &anyhow::Error) {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if !text.contains(&cause) {
            let separator = if text.is_empty() { "" } else { ": " };
            text = format!("{text}{separator}{cause}");
        }
    }
    eprintln!("error: {}", one_line(&text));
}

/// Prints a doubt that does not stop the command.
pub fn warning(text: &str) {
    eprintln!("warning: {}", one_line(text));
}

/// Prints what was done.
pub fn note(text: &str) {
    eprintln!("{}", one_line(text));
}

/// Failures shown in full before they are only counted.
const SHOWN: usize = 20;

/// Lists inputs that could not be used.
pub fn failures(failures: &[Failure]) {
    for failure in failures.iter().take(SHOWN) {
        warning(&format!("{}: {}", failure.path, failure.error));
    }
    if failures.len() > SHOWN {
        warning(&format!(
            "and {} more inputs that could not be used",
            failures.len() - SHOWN
        ));
    }
}

/// Writes to standard output, where a closed pipe is an error and not a panic.
pub fn print(text: &str) -> anyhow::Result<()> {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    Ok(stdout.flush()?)
}

/// Whether the reader at the other end of the output has gone.
pub fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let of_table = cause
            .downcast_ref::<TableError>()
            .is_some_and(TableError::is_broken_pipe);
        let of_stream = cause
            .downcast_ref::<std::io::Error>()
            .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe);
        of_table || of_stream
    })
}
