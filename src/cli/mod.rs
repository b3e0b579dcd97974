//! The command line: one file a subcommand.

mod allocator;
mod args;
mod combine;
mod compare;
mod demo;
mod device;
mod devices;
mod evaluate;
mod experiment;
mod extract;
mod family_weights;
mod groups;
mod guard;
mod inputs;
mod inspect;
mod labelled;
mod labels;
mod messages;
mod network;
mod report;
mod result;
mod score;
mod session;
mod synth;
mod train;
mod unfinished;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use session::Session;

/// How a command ended that did what it could.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// Every input was answered.
    Complete,
    /// Some inputs could not be judged; each is in the output.
    SomeFailed,
    /// Ctrl-C; what was done is kept.
    Interrupted,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Complete => Self::SUCCESS,
            Outcome::SomeFailed => Self::from(1),
            // What shells give a program that an interrupt ended.
            Outcome::Interrupted => Self::from(130),
        }
    }
}

/// Usage or environment: nothing was done.
const NOTHING_DONE: u8 = 2;

#[derive(Parser)]
#[command(
    name = "dftective",
    version,
    about = "Classical spectral detectors for generated and manipulated images",
    long_about = "Classical spectral detectors for generated and manipulated images.\n\n\
        Up-sampling in an image generator leaves traces in the frequency domain. dftective reads them from the \
        luma plane's spectrum, averaged over circles, and learns from labelled examples which spectra are fake.",
    after_help = "Start with `dftective demo`: the whole way on built-in data.\n\n\
        Exit codes: 0 every input answered; 1 some inputs could not be judged (each is in the output); \
        2 nothing done (usage or environment); 130 interrupted, what was done is kept.",
    max_term_width = 100
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Threads to compute with [default: all cores]
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Name each file that a search of folders or archives passes over, on standard error
    #[arg(long, global = true)]
    verbose: bool,
}

#[derive(Subcommand)]
enum Command {
    Demo(demo::Args),
    Synth(synth::Args),
    Extract(extract::Args),
    Train(Box<train::Args>),
    Score(score::Args),
    Evaluate(evaluate::Args),
    Compare(compare::Args),
    Combine(combine::Args),
    Experiment(experiment::Args),
    Inspect(inspect::Args),
    Report(report::Args),
    Devices(devices::Args),
}

/// Parses the command line, runs the command, reports what went wrong.
pub fn run() -> ExitCode {
    let cli = Cli::try_parse().unwrap_or_else(|error| messages::usage(&error));
    let done = Session::start(cli.threads, cli.verbose).and_then(|session| {
        let done = run_command(&session, cli.command);
        session.tell_passed_over();
        done
    });
    match done {
        Ok(outcome) => outcome.into(),
        // Whoever read the output has read enough; that is no failure to tell anyone.
        Err(error) if messages::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            messages::error(&error);
            ExitCode::from(NOTHING_DONE)
        }
    }
}

fn run_command(session: &Session, command: Command) -> anyhow::Result<Outcome> {
    match command {
        Command::Demo(args) => demo::run(session, args),
        Command::Synth(args) => synth::run(session, &args),
        Command::Extract(args) => extract::run(session, args),
        Command::Train(args) => train::run(session, &args),
        Command::Score(args) => score::run(session, args),
        Command::Evaluate(args) => evaluate::run(session, &args),
        Command::Compare(args) => compare::run(session, &args),
        Command::Combine(args) => combine::run(&args),
        Command::Experiment(args) => experiment::run(session, &args),
        Command::Inspect(args) => inspect::run(session, &args),
        Command::Report(args) => report::run(&args),
        Command::Devices(args) => devices::run(&args),
    }
}
