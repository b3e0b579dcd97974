//! The unchanged host code of the feature `cuda` on a stand-in driver, which runs the kernels on the CPU.
//!
//! The driver is found when a program starts and may be lost for good, so every case runs in a process of its own: this
//! program again, with the stand-in in its library path and the trouble asked for in its environment.

mod cases;
mod command;
mod planes;

use std::path::{Path, PathBuf};
use std::process::Command;

/// Names the case to run.
const CASE: &str = "DFTECTIVE_CUDA_CASE";
/// Where the stand-in driver writes what it counted.
const REPORT: &str = "STAND_IN_REPORT";

/// One process.
struct Case {
    name: &'static str,
    /// Whether there is a driver at all.
    driver: bool,
    environment: &'static [(&'static str, &'static str)],
    run: fn(),
    /// What the driver must have counted; it always must have got all memory back.
    counted: fn(&Counts) -> bool,
}

/// What the stand-in driver counted.
#[derive(Debug, Default)]
struct Counts {
    kernels: u64,
    graphs: u64,
    peak: u64,
    left: u64,
}

impl Counts {
    fn read(path: &Path) -> Self {
        let mut counts = Self::default();
        for line in std::fs::read_to_string(path).unwrap_or_default().lines() {
            let (name, value) = line.split_once(' ').unwrap();
            let value = value.parse().unwrap();
            match name {
                "kernels" => counts.kernels = value,
                "graphs" => counts.graphs = value,
                "peak" => counts.peak = value,
                _ => counts.left = value,
            }
        }
        counts
    }
}

/// Builds the stand-in driver as `libcuda.so.1`.
fn build(folder: &Path) {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("kernels/host/driver.cpp");
    let output = Command::new("g++")
        .args([
            "-std=c++17",
            "-O1",
            "-Wno-unknown-pragmas",
            "-shared",
            "-fPIC",
            "-o",
        ])
        .arg(folder.join("libcuda.so.1"))
        .arg(source)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && told.is_empty(), "{told}");
}

fn main() {
    let cases: Vec<Case> = cases::CASES.into_iter().chain(command::CASES).collect();
    if let Some(name) = std::env::var_os(CASE) {
        let case = cases.iter().find(|case| *case.name == *name);
        return (case.expect("a case of that name").run)();
    }
    if !cfg!(target_os = "linux") || Command::new("g++").arg("--version").output().is_err() {
        eprintln!("skipped: the stand-in driver channels Linux and g++");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    build(folder.path());
    let empty = folder.path().join("empty");
    std::fs::create_dir(&empty).unwrap();
    let mut failed = Vec::new();
    for case in &cases {
        let report = folder.path().join("report");
        let _ = std::fs::remove_file(&report);
        let libraries: PathBuf = if case.driver {
            folder.path().into()
        } else {
            empty.clone()
        };
        let output = Command::new(std::env::current_exe().unwrap())
            .env(CASE, case.name)
            .env("LD_LIBRARY_PATH", libraries)
            .env(REPORT, &report)
            .envs(case.environment.iter().copied())
            .output()
            .unwrap();
        let counts = Counts::read(&report);
        let passed = output.status.success() && counts.left == 0 && (case.counted)(&counts);
        println!("case {} ... {}", case.name, if passed { "ok" } else { "FAILED" });
        if !passed {
            let told = String::from_utf8_lossy(&output.stderr);
            println!("{counts:?}\n{}{told}", String::from_utf8_lossy(&output.stdout));
            failed.push(case.name);
        }
    }
    assert!(
        failed.is_empty(),
        "{} of {}: {failed:?}",
        failed.len(),
        cases.len()
    );
}
