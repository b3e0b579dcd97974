//! The command `dftective`: parses, runs, sets the exit code.

mod cli;

fn main() -> std::process::ExitCode {
    cli::run()
}
