//! What is said on standard error, and what goes to standard output besides tables.

use std::io::Write;

use anstream::{AutoStream, eprintln};
use clap::builder::styling::{AnsiColor, Style};
use dftective::classify::Verdict;
use dftective::report::one_line;
use dftective::sample::{Failure, short_message, short_path};
use dftective::table::TableError;

// Colours are for terminals that want them (`NO_COLOR`); `anstream` takes them out elsewhere.
const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();

/// The verdict in its colour: the shades of the pages' blue and orange that terminals have.
pub fn coloured(verdict: Verdict) -> String {
    let style = match verdict {
        Verdict::Fake => AnsiColor::Yellow.on_default().bold(),
        Verdict::Real => AnsiColor::Blue.on_default().bold(),
        Verdict::Uncertain => Style::new().bold(),
    };
    format!("{style}{verdict}{style:#}")
}

/// Prints an error with its causes on one line. Many messages name their cause already; it is not said twice.
pub fn error(error: &anyhow::Error) {
    let mut text = String::new();
    for cause in error.chain().map(short_message) {
        if !text.contains(&cause) {
            let separator = if text.is_empty() { "" } else { ": " };
            text = format!("{text}{separator}{cause}");
        }
    }
    eprintln!("{ERROR}error:{ERROR:#} {}", short_message(one_line(&text)));
}

/// Ends the program with help, its version or what is wrong with the command line; a line of an argument that fills pages is
/// shortened.
pub fn usage(error: &clap::Error) -> ! {
    let text = error.to_string();
    let shortened: Vec<String> = text.lines().map(short_message).collect();
    if !error.use_stderr() || shortened.iter().map(String::as_str).eq(text.lines()) {
        error.exit();
    }
    eprintln!("{}", shortened.join("\n"));
    std::process::exit(error.exit_code());
}

/// Prints a doubt that does not stop the command.
pub fn warning(text: &str) {
    eprintln!("{WARNING}warning:{WARNING:#} {}", short_message(one_line(text)));
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
        warning(&format!("{}: {}", short_path(&failure.path), failure.error));
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
    let mut stdout = AutoStream::auto(std::io::stdout().lock());
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
