//! The CUDA kernels without a GPU: compiled as C++, run on the CPU, compared with the definition in double precision.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use sha2::{Digest, Sha256};

fn kernels() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("kernels")
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

/// Compiles `host/check.cpp` of the kernels in `folder` for these lengths.
fn build(folder: &Path, optimisation: &str, sizes: &[usize], program: &Path) {
    let sizes: String = sizes.iter().map(|size| format!("X({size}) ")).collect();
    let output = Command::new("g++")
        .args(["-std=c++17", "-Wno-unknown-pragmas", optimisation])
        .arg(format!("-DALL_SIZES(X)={sizes}"))
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
    let of_size = |size: &usize| {
        (
            format!("size_{size}.ptx"),
            vec![format!("rows_{size}"), format!("columns_{size}")],
        )
    };
    let common = (
        "common.ptx".to_owned(),
        vec!["pixel_sums".to_owned(), "finish".to_owned()],
    );
    let files: Vec<_> = ALL.iter().map(of_size).chain([common]).collect();
    for (name, entries) in &files {
        let ptx = std::fs::read_to_string(kernels().join("ptx").join(name)).unwrap();
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
    assert_eq!(
        std::fs::read_dir(kernels().join("ptx")).unwrap().count(),
        files.len()
    );
}

#[test]
fn kernels_equal_the_definition() {
    if !has_compiler() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("check");
    build(&kernels(), "-O1", &ALL, &program);
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
    assert!(mutants.len() >= 8, "{} barriers", mutants.len());
    for (file, what, instead) in [
        ("src/columns.cuh", "__syncthreads_or(too_quiet)", "too_quiet"),
        ("host/launch.h", "2 * sum_place(rings)", "sum_place(rings)"),
        ("src/fft.cuh", "STRIDE = N + N / R1_ +", "STRIDE = N - N / R1_ +"),
        ("host/launch.h", "level_place(N)", "level_place(N / 2)"),
    ] {
        let text = std::fs::read_to_string(kernels().join(file)).unwrap();
        assert!(text.contains(what), "{file}: {what}");
        mutants.push((
            file.to_owned(),
            text.replace(what, instead),
            format!("{instead} for {what}"),
        ));
    }
    for (file, text, what) in mutants {
        let folder = tempfile::tempdir().unwrap();
        changed(&file, &text, folder.path());
        let program = folder.path().join("check");
        build(folder.path(), "-O0", &[64, 2048], &program);
        let noticed = ["64x64", "2048x64", "64x2048"]
            .iter()
            .any(|size| !run(&program, &["--orders", size]).status.success());
        assert!(noticed, "{file}: {what}");
    }
}
