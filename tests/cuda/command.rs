//! The command on the stand-in driver.

use std::path::Path;
use std::process::Command;

use super::Case;

pub const CASES: [Case; 7] = [
    Case {
        name: "command: no driver",
        driver: false,
        environment: &[],
        run: no_driver,
        counted: |counts| counts.kernels == 0,
    },
    Case {
        name: "command: no device",
        driver: true,
        environment: &[("STAND_IN_DEVICES", "0")],
        run: no_device,
        counted: |counts| counts.kernels == 0,
    },
    Case {
        name: "command: devices",
        driver: true,
        environment: &[("STAND_IN_DEVICES", "2")],
        run: devices,
        counted: |counts| counts.kernels == 0,
    },
    Case {
        name: "command: extract",
        driver: true,
        environment: &[],
        run: extract,
        counted: |counts| counts.kernels > 0,
    },
    Case {
        name: "command: lost device",
        driver: true,
        environment: &[("STAND_IN_LOST_AFTER", "10")],
        run: score_through_a_loss,
        counted: |counts| counts.kernels == 10,
    },
    Case {
        name: "command: evaluate",
        driver: true,
        environment: &[],
        run: evaluate,
        counted: |counts| counts.kernels > 0,
    },
    Case {
        name: "command: experiment",
        driver: true,
        environment: &[],
        run: experiment,
        counted: |counts| counts.kernels > 0,
    },
];

/// Standard output and standard error of a run that ends with `code`.
fn run(folder: &Path, code: i32, arguments: &[&str]) -> (String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_dftective"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let (told, said) = (text(output.stdout), text(output.stderr));
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
    assert!(!said.contains("panicked"), "{said}");
    (told, said)
}

/// A folder with 12 synthetic images of each class, 64 × 64.
fn images() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    run(
        folder.path(),
        0,
        &["synth", "data", "--per-class", "12", "--size", "64"],
    );
    folder
}

/// The rows of a table, each a list of cells.
fn rows(csv: &str) -> Vec<Vec<String>> {
    csv::Reader::from_reader(csv.as_bytes())
        .records()
        .map(|row| row.unwrap().iter().map(str::to_owned).collect())
        .collect()
}

/// Asserts that cells are the same, or numbers that differ by no more than `bound`.
fn assert_alike(a: &str, b: &str, bound: f64) {
    let (a, b) = (rows(a), rows(b));
    assert_eq!(a.len(), b.len());
    for (a, b) in a.iter().flatten().zip(b.iter().flatten()) {
        let close = match (a.parse::<f64>(), b.parse::<f64>()) {
            (Ok(a), Ok(b)) => (a - b).abs() <= bound,
            _ => a == b,
        };
        assert!(close, "{a} and {b}");
    }
}

fn no_driver() {
    if !matches!(
        dftective::cuda::devices(),
        Err(dftective::cuda::CudaError::NoDriver)
    ) {
        println!("skipped: this machine has a driver");
        return;
    }
    let folder = images();
    let (_, said) = run(folder.path(), 2, &["extract", "data", "--device", "cuda"]);
    assert!(said.contains("--device cuda:0: no NVIDIA driver"), "{said}");
    let (chosen, said) = run(folder.path(), 0, &["extract", "data", "--device", "auto"]);
    assert!(
        said.contains("--device auto: the processor, because no NVIDIA driver"),
        "{said}"
    );
    let (by_default, said) = run(folder.path(), 0, &["extract", "data"]);
    assert!(!said.contains("device"), "{said}");
    assert_eq!(chosen, by_default);
    let (told, said) = run(folder.path(), 0, &["devices"]);
    assert!(told.contains("the processor") && !told.contains("cuda"), "{told}");
    assert!(said.starts_with("no GPU: no NVIDIA driver"), "{said}");
    let (_, said) = run(folder.path(), 2, &["extract", "data", "--device", "gpu"]);
    assert!(said.contains("expected auto, cpu, cuda or cuda:N"), "{said}");
}

fn no_device() {
    let folder = images();
    let (_, said) = run(folder.path(), 2, &["extract", "data", "--device", "cuda:1"]);
    assert!(said.contains("no CUDA device 1: the driver finds none"), "{said}");
    let (told, said) = run(folder.path(), 0, &["devices"]);
    assert!(told.contains("the processor") && !told.contains("cuda"), "{told}");
    assert!(said.starts_with("no GPU: the driver finds none"), "{said}");
}

fn devices() {
    let folder = tempfile::tempdir().unwrap();
    let (told, said) = run(folder.path(), 0, &["devices"]);
    let line = "cuda:1  Stand-in, 1.0 GiB, 2 multiprocessors, compute capability 9.0";
    assert!(told.lines().any(|found| found.trim_end() == line), "{told}");
    assert_eq!(said, "");
}

fn extract() {
    let folder = images();
    let by = |device: &str, more: &[&str]| {
        let mut arguments = vec!["extract", "data", "--device", device, "--threads", "4"];
        arguments.extend(more);
        run(folder.path(), 0, &arguments)
    };
    let (on_processor, _) = by("cpu", &[]);
    let (on_device, said) = by("cuda", &[]);
    assert!(!said.contains("warning"), "{said}");
    // Both are single precision; profiles of these pictures differ by far less than a hundredth of a log unit.
    assert_alike(&on_device, &on_processor, 1e-2);
    assert_ne!(on_device, on_processor, "the device did nothing");
    let (again, said) = by("auto", &[]);
    assert!(said.contains("--device auto: cuda:0, Stand-in"), "{said}");
    assert_eq!(again, on_device);
    // What a GPU does not do, the processor does, and says so where a GPU was asked for.
    let (double, said) = by("cuda", &["--recipe", "celeba"]);
    assert!(said.contains("single precision only"), "{said}");
    assert_eq!(double, by("cpu", &["--recipe", "celeba"]).0);
    // The last word to the driver's counts.
    by("cuda", &[]);
}

/// Every input has its record, none is made up, and the loss is told once.
fn score_through_a_loss() {
    let folder = images();
    let train = ["train", "data", "-o", "d.safetensors", "--folds", "2"];
    run(folder.path(), 0, &train);
    let score = |device: &str| {
        let arguments = [
            "score",
            "data",
            "--model",
            "d.safetensors",
            "--device",
            device,
            "--threads",
            "2",
        ];
        run(folder.path(), 0, &arguments)
    };
    let (expected, _) = score("cpu");
    let (found, said) = score("cuda");
    assert_eq!(said.matches("the processor does the rest").count(), 1, "{said}");
    assert!(said.contains("cuda:0 failed (CUDA error while"), "{said}");
    assert_eq!(rows(&found).len(), 24);
    assert_alike(&found, &expected, 1e-2);
}

fn evaluate() {
    let folder = images();
    let train = ["train", "data", "-o", "d.safetensors", "--folds", "2"];
    run(folder.path(), 0, &train);
    let evaluate = ["evaluate", "data", "--model", "d.safetensors", "--device", "cuda"];
    let (told, _) = run(folder.path(), 0, &evaluate);
    assert!(told.contains("accuracy"), "{told}");
}

fn experiment() {
    let folder = images();
    let (toml, _) = run(folder.path(), 0, &["experiment", "synthetic", "--show"]);
    let single: Vec<String> = toml
        .lines()
        .map(|line| match line.starts_with("recipe") {
            true => "recipe = \"default\"".to_owned(),
            false => line.to_owned(),
        })
        .collect();
    std::fs::write(folder.path().join("own.toml"), single.join("\n")).unwrap();
    let experiment = ["experiment", "own.toml", "--data", "data", "--device", "cuda:0"];
    run(folder.path(), 0, &experiment);
}
