//! The CUDA kernels without a GPU: compiled as C++, run on the CPU, compared with the definition in double precision.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};

use sha2::{Digest, Sha256};

fn kernels() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("kernels")
}

/// Where the PTX lies that the program carries.
fn ptx() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/cuda/ptx")
}

/// Sources of the PTX, by name.
fn sources() -> Vec<PathBuf> {
    let mut sources: Vec<PathBuf> = std::fs::read_dir(kernels().join("src"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    sources.sort();
    sources
}

fn has_compiler() -> bool {
    let found = Command::new("g++").arg("--version").output().is_ok();
    if !found {
        eprintln!("skipped: no g++");
    }
    found
}

/// Compiles `host/check.cpp` of the kernels in `folder` for these lengths, or for all where there are none.
fn build(folder: &Path, sizes: &[usize], program: &Path) {
    let listed: String = sizes.iter().map(|size| format!("X({size}) ")).collect();
    let only = (!sizes.is_empty()).then(|| format!("-DALL_SIZES(X)={listed}"));
    let output = Command::new("g++")
        .args(["-std=c++17", "-Wno-unknown-pragmas", "-O1"])
        .args(only)
        .arg("-o")
        .arg(program)
        .arg(folder.join("host/check.cpp"))
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && told.is_empty(), "{told}");
}

fn run(program: &Path, arguments: &[&str]) -> Output {
    Command::new(program).args(arguments).output().unwrap()
}

const ALL: [usize; 7] = [64, 128, 256, 512, 1024, 2048, 4096];

#[test]
fn ptx_is_what_the_sources_give() {
    let mut digest = Sha256::new();
    for path in sources() {
        digest.update(path.file_name().unwrap().as_encoded_bytes());
        digest.update([0]);
        digest.update(std::fs::read(&path).unwrap());
        digest.update([0]);
    }
    let digest: String = digest
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let mut files = vec![("common.ptx".to_owned(), vec!["finish".to_owned()])];
    for size in ALL {
        for suffix in ["", "_f16"] {
            let entries = ["rows", "columns"].map(|name| format!("{name}_{size}{suffix}"));
            files.push((format!("size_{size}{suffix}.ptx"), entries.to_vec()));
        }
    }
    for points in ALL.into_iter().chain([8192]) {
        let entries = ["rows", "columns"].map(|name| format!("any_{name}_{points}"));
        files.push((format!("any_{points}.ptx"), entries.to_vec()));
    }
    for (name, entries) in &files {
        let ptx = std::fs::read_to_string(ptx().join(name)).unwrap();
        assert!(
            ptx.lines()
                .take(2)
                .any(|line| line.starts_with("//") && line.ends_with(&digest)),
            "{name} was made from other sources: run kernels/make_ptx.py"
        );
        // What every driver from R525 on loads, for every GPU from Volta on.
        assert!(ptx.contains("\n.version 8.0\n.target sm_70\n"), "{name}");
        for entry in entries {
            assert!(
                ptx.contains(&format!(".visible .entry {entry}(")),
                "{name}: {entry}"
            );
        }
    }
    assert_eq!(std::fs::read_dir(ptx()).unwrap().count(), files.len());
}

#[test]
fn kernels_equal_the_definition() {
    if !has_compiler() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("check");
    build(&kernels(), &[], &program);
    for arguments in [
        // Threads in three orders, for each number of passes and of threads.
        &[
            "--orders", "64x64", "128x64", "256x128", "64x512", "1024x64", "64x1024",
        ][..],
        &["--orders", "2048x64", "64x2048"],
        &[
            "256x256",
            "512x512",
            "1024x1024",
            "512x1024",
            "4096x64",
            "64x4096",
        ],
        // What lies between rows and columns in half precision.
        &["--half", "64x64", "128x64", "1024x64", "64x2048", "512x256"],
        // Planes of any size: odd and even sides, powers of two beside others, each length of the transforms.
        &[
            "--orders", "--any", "64x64", "65x64", "66x75", "64x100", "1100x30", "30x1100",
        ],
        &[
            "--any", "128x128", "100x75", "90x121", "178x218", "300x300", "341x200", "1000x64", "64x1000",
            "320x240", "4000x24", "24x4000",
        ],
    ] {
        let output = run(&program, arguments);
        let told = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{told}");
    }
}

/// The kernels with one piece of one file replaced.
fn changed(file: &str, text: &str, folder: &Path) {
    for part in ["src", "host"] {
        std::fs::create_dir_all(folder.join(part)).unwrap();
        for entry in std::fs::read_dir(kernels().join(part)).unwrap() {
            let path = entry.unwrap().path();
            std::fs::copy(&path, folder.join(part).join(path.file_name().unwrap())).unwrap();
        }
    }
    std::fs::write(folder.join(file), text).unwrap();
}

/// A test that can't fail proves nothing: each barrier removed, and each buffer too short, must be noticed.
#[test]
fn faults_are_noticed() {
    if !has_compiler() {
        return;
    }
    let mut mutants = Vec::new();
    for path in sources() {
        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let file = format!("src/{}", path.file_name().unwrap().display());
        for (number, line) in lines.iter().enumerate() {
            // Not the two that say what holding together means.
            let is_barrier = ["sync();", "__syncthreads();"].contains(&line.trim());
            if is_barrier && !text.lines().nth(number + 1).unwrap().contains("} else") {
                let without: String = lines
                    .iter()
                    .enumerate()
                    .filter(|(other, _)| *other != number)
                    .map(|(_, line)| format!("{line}\n"))
                    .collect();
                mutants.push((
                    file.clone(),
                    without,
                    format!("line {} without its barrier", number + 1),
                ));
            }
        }
    }
    assert!(mutants.len() >= 20, "{} barriers", mutants.len());
    for (file, what, instead) in [
        (
            "src/columns.cuh",
            "__syncthreads_or(least < LEAST_POWER)",
            "least < LEAST_POWER",
        ),
        ("host/launch.h", "2 * sum_words(rings)", "sum_words(rings)"),
        ("src/fft.cuh", "STRIDE = N + N / R1_ +", "STRIDE = N - N / R1_ +"),
        ("src/any.cuh", "n >= length", "n > length"),
    ] {
        let text = std::fs::read_to_string(kernels().join(file)).unwrap();
        assert!(text.contains(what), "{file}: {what}");
        mutants.push((
            file.to_owned(),
            text.replace(what, instead),
            format!("{instead} for {what}"),
        ));
    }
    // Compiling takes nearly all of the time.
    let next = AtomicUsize::new(0);
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some((file, text, what)) = mutants.get(next.fetch_add(1, Ordering::Relaxed)) {
                    assert!(is_noticed(file, text), "{file}: {what}");
                }
            });
        }
    });
}

/// Whether a check fails with this text for one file.
fn is_noticed(file: &str, text: &str) -> bool {
    let folder = tempfile::tempdir().unwrap();
    changed(file, text, folder.path());
    let program = folder.path().join("check");
    build(folder.path(), &[64, 2048], &program);
    // The quick ones first.
    let checks: [&[&str]; 4] = [
        &["64x64"],
        &["--any", "31x32", "64x64"],
        &["2048x64", "64x2048"],
        &["--any", "2048x32", "32x2048", "1000x31", "31x1000"],
    ];
    checks.iter().any(|check| {
        let arguments: Vec<&str> = ["--orders"].iter().chain(*check).copied().collect();
        let code = run(&program, &arguments).status.code();
        assert!(code != Some(2), "{arguments:?}");
        code != Some(0)
    })
}
