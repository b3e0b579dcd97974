//! Where a result goes, and how it is written.

use std::fmt::Display;
use std::path::PathBuf;

use anyhow::Context;
use clap::ValueEnum;
use dftective::atomic_file::write_whole;
use serde::Serialize;

use super::guard::Guard;
use super::messages;

/// The output of a command whose result is one record.
#[derive(clap::Args)]
pub struct ResultArgs {
    /// File to write [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Text for people, JSON for programs [default: json for an output named .json, else table]
    #[arg(long, value_enum)]
    format: Option<ResultFormat>,
}

/// How a result is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ResultFormat {
    Table,
    Json,
}

impl ResultArgs {
    /// Tells the guard what will be written.
    pub fn guarded(&self, guard: Guard) -> Guard {
        guard.writes("--output", self.output.as_deref())
    }

    pub fn write(&self, result: &(impl Serialize + Display)) -> anyhow::Result<()> {
        let is_json = |path: &PathBuf| path.extension().is_some_and(|e| e.eq_ignore_ascii_case("json"));
        let json = match self.format {
            Some(format) => format == ResultFormat::Json,
            None => self.output.as_ref().is_some_and(is_json),
        };
        let text = if json {
            serde_json::to_string_pretty(result)? + "\n"
        } else {
            result.to_string()
        };
        match &self.output {
            Some(path) => {
                write_whole(path, text.as_bytes()).with_context(|| path.display().to_string())?;
                messages::note(&format!("written {}", path.display()));
            }
            None => messages::print(&text)?,
        }
        Ok(())
    }
}
