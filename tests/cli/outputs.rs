//! Outputs that fail: full disks, closed pipes, places that are none.

use std::ffi::OsString;
use std::fs;
use std::process::Command;

use crate::feeding::Feeding;
use crate::support::{PROGRAM, Run, beside, csv_rows, dftective, fixture, list};

#[cfg(target_os = "linux")]
#[test]
fn a_full_device_is_an_error() {
    let fixture = fixture();
    dftective![
        "score",
        fixture.data(),
        "--model",
        fixture.detector(),
        "-o",
        "/dev/full"
    ]
    .refuses("/dev/full: could not write: No space left on device");
    let to_full = |arguments: &[OsString]| {
        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        Run::of(
            Command::new(PROGRAM)
                .args(arguments)
                .stdout(full)
                .output()
                .unwrap(),
        )
    };
    let (data, model) = (
        fixture.data().into_os_string(),
        fixture.detector().into_os_string(),
    );
    for command in ["score", "evaluate"] {
        to_full(&[command.into(), data.clone(), "--model".into(), model.clone()])
            .refuses("No space left on device");
    }
    to_full(&["extract".into(), data]).refuses("standard output: could not write: No space left on device");
}

/// A limit on the size of files stands for a full disk.
#[test]
fn a_full_disk_keeps_what_was_written_and_the_run_goes_on_later() {
    let fixture = fixture();
    let root = tempfile::tempdir().unwrap();
    for format in ["csv", "jsonl"] {
        let out = root.path().join("scores").with_extension(format);
        let whole = dftective![
            "score",
            fixture.data(),
            "--model",
            fixture.detector(),
            "--format",
            format
        ];
        let whole = whole.exits(0).stdout;
        assert!(whole.len() > 4096);
        let limited = Command::new("bash")
            .args([
                "-c",
                "ulimit -f 4; trap '' XFSZ; exec \"$0\" \"$@\"",
                PROGRAM,
                "score",
            ])
            .arg(fixture.data())
            .arg("--model")
            .arg(fixture.detector())
            .arg("-o")
            .arg(&out)
            .output()
            .unwrap();
        Run::of(limited).refuses("could not write: File too large");
        assert!(!out.exists());
        let partial = fs::read(beside(&out, ".partial")).unwrap();
        assert_eq!(partial, whole.as_bytes()[..4096]);

        dftective!["score", fixture.data(), "--model", fixture.detector(), "-o", out].refuses("--resume");
        dftective![
            "score",
            fixture.data(),
            "--model",
            fixture.detector(),
            "-o",
            out,
            "--resume"
        ]
        .exits(0);
        assert_eq!(fs::read_to_string(&out).unwrap(), whole);
    }
}

#[test]
fn a_reader_that_has_gone_is_no_failure() {
    let fixture = fixture();
    let pictures = (0..20).map(|index| fixture.picture("real", index));
    let lines = list(pictures);
    for (command, model) in [("score", true), ("extract", false)] {
        let mut arguments: Vec<OsString> = vec![command.into(), "-".into()];
        if model {
            arguments.extend(["--model".into(), fixture.detector().into()]);
        }
        // Nobody reads the standard output of a run that is fed.
        let mut feeding = Feeding::start(&arguments);
        feeding.feed(&lines);
        assert_eq!(feeding.finish(), (Some(0), String::new()));
    }
}

#[test]
fn a_place_that_is_none_is_an_error() {
    let fixture = fixture();
    let root = tempfile::tempdir().unwrap();
    let nowhere = root.path().join("none/scores.csv");
    for command in ["score", "evaluate"] {
        dftective![
            command,
            fixture.data(),
            "--model",
            fixture.detector(),
            "-o",
            nowhere
        ]
        .refuses("No such file or directory");
    }
    dftective!["extract", fixture.data(), "-o", nowhere].refuses("No such file or directory");
    dftective![
        "score",
        fixture.data(),
        "--model",
        fixture.detector(),
        "-o",
        root.path()
    ]
    .refuses("directory");
    assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
}

#[test]
fn a_named_pipe_is_written_to() {
    let fixture = fixture();
    let root = tempfile::tempdir().unwrap();
    let pipe = root.path().join("pipe.csv");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || fs::read_to_string(pipe).unwrap()
    });
    dftective!["score", fixture.data(), "--model", fixture.detector(), "-o", pipe].exits(0);
    assert_eq!(csv_rows(&reader.join().unwrap()).len(), 1 + 48);
}

#[test]
fn a_link_keeps_leading_to_the_table() {
    let fixture = fixture();
    let root = tempfile::tempdir().unwrap();
    let (table, link) = (root.path().join("table.csv"), root.path().join("latest.csv"));
    fs::write(&table, "earlier").unwrap();
    std::os::unix::fs::symlink("table.csv", &link).unwrap();
    dftective!["score", fixture.data(), "--model", fixture.detector(), "-o", link].exits(0);
    assert!(link.is_symlink());
    assert_eq!(csv_rows(&fs::read_to_string(&table).unwrap()).len(), 1 + 48);
}
