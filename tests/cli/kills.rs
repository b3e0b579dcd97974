//! Kills at any moment: whatever has been written, the run goes on to the bytes that it would have made.
//!
//! `DFTECTIVE_KILLS` is the number of kills of each command, `DFTECTIVE_KILLS_SEED` draws other moments.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use dftective::detector::Detector;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

#[cfg(feature = "cnn")]
use crate::support::dftective;
use crate::support::{PROGRAM, Run, beside, fixture};

/// A number from the environment.
fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

/// A folder of so many copies of the fixture's images, with a damaged one in each: enough that a run can be killed in its
/// middle.
fn folder(root: &Path, copies: usize) -> PathBuf {
    let (fixture, data) = (fixture(), root.join("pictures"));
    for copy in 0..copies {
        for class in ["real", "fake"] {
            let place = data.join(format!("{copy:03}")).join(class);
            fs::create_dir_all(&place).unwrap();
            for index in 0..20 {
                fs::copy(
                    fixture.picture(class, index),
                    place.join(format!("{index:03}.jpg")),
                )
                .unwrap();
            }
            fs::write(place.join("torn.jpg"), b"\xff\xd8\xff").unwrap();
        }
    }
    data
}

fn start(arguments: &[OsString]) -> Child {
    let mut command = Command::new(PROGRAM);
    command
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// Kills a command again and again and goes on with it each time, until it has ended `kills` runs in all; returns how many
/// of them were killed before their end. `going_on` is what the arguments end with where there is something to go on with.
fn killed(
    arguments: &[OsString],
    out: &Path,
    [unfinished, going_on]: [&str; 2],
    (length, kills): (Duration, u64),
    rng: &mut ChaCha8Rng,
    mut is_right: impl FnMut(&Path),
) -> u64 {
    let mut before_the_end = 0;
    for _ in 0..kills {
        let mut arguments = arguments.to_vec();
        if beside(out, unfinished).exists() {
            arguments.push(going_on.into());
        }
        let mut child = start(&arguments);
        sleep(length.mul_f64(rng.gen_range(0.0..1.0)));
        child.kill().unwrap();
        let ended = child.wait_with_output().unwrap();
        if out.exists() {
            is_right(out);
            fs::remove_file(out).unwrap();
        } else {
            let said = String::from_utf8_lossy(&ended.stderr);
            assert_eq!(ended.status.code(), None, "it ended by itself: {said}");
            before_the_end += 1;
        }
    }
    // The last of them to its end.
    let mut arguments = arguments.to_vec();
    if beside(out, unfinished).exists() {
        arguments.push(going_on.into());
    }
    let output = Command::new(PROGRAM).args(&arguments).output().unwrap();
    let code = output.status.code();
    let run = Run::of(output);
    assert!(matches!(code, Some(0 | 1)), "{}", run.stderr);
    is_right(out);
    assert!(!beside(out, unfinished).exists());
    before_the_end
}

#[test]
fn tables_lose_nothing() {
    let root = tempfile::tempdir().unwrap();
    let data = folder(root.path(), 10);
    let kills = number("DFTECTIVE_KILLS", 8);
    let mut rng = ChaCha8Rng::seed_from_u64(number("DFTECTIVE_KILLS_SEED", 0));
    let fixture = fixture();
    let detector = fixture.detector();
    for command in ["score", "extract"] {
        for format in ["csv", "jsonl", "parquet"] {
            let arguments = |name: &str| {
                let out = root.path().join(name).with_extension(format);
                let mut arguments: Vec<OsString> =
                    vec![command.into(), (&data).into(), "-o".into(), (&out).into()];
                if command == "score" {
                    arguments.extend(["--model".into(), (&detector).into()]);
                }
                (arguments, out)
            };
            let (whole, expected) = arguments("whole");
            let started = Instant::now();
            start(&whole).wait().unwrap();
            let length = started.elapsed();
            let expected = fs::read(&expected).unwrap();
            let (arguments, out) = arguments(command);
            let before_the_end = killed(
                &arguments,
                &out,
                [".partial.json", "--resume"],
                (length, kills),
                &mut rng,
                |out| assert!(fs::read(out).unwrap() == expected, "{command}, {format}"),
            );
            assert!(
                before_the_end > 0,
                "{command}, {format}: all of {kills} runs ended before"
            );
            fs::remove_file(&out).unwrap();
        }
    }
}

/// A detector is there whole or not at all, and an earlier one stays.
#[test]
fn a_training_leaves_a_whole_detector_or_none() {
    let root = tempfile::tempdir().unwrap();
    let out = root.path().join("detector.safetensors");
    let fixture = fixture();
    let arguments: Vec<OsString> = vec!["train".into(), fixture.data().into(), "-o".into(), (&out).into()];
    let started = Instant::now();
    start(&arguments).wait().unwrap();
    let length = started.elapsed();
    let expected = fs::read(&out).unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(number("DFTECTIVE_KILLS_SEED", 1));
    for _ in 0..number("DFTECTIVE_KILLS", 8) {
        let mut child = start(&arguments);
        sleep(length.mul_f64(rng.gen_range(0.0..1.0)));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(fs::read(&out).unwrap() == expected);
    }
    Detector::load(&out).unwrap();
}

#[cfg(feature = "cnn")]
#[test]
fn a_networks_training_goes_on_to_the_same_detector() {
    let root = tempfile::tempdir().unwrap();
    let data = root.path().join("pictures");
    dftective!["synth", data, "--size", "64", "--per-class", "40", "--seed", "3"].exits(0);
    let arguments = |name: &str| {
        let out = root.path().join(name);
        let options = "--classifier srm-resnet --side 32 --views 1 --epochs 8 --batch-size 8 --folds 4 --validation 0.2 \
                       --threads 1";
        let mut arguments: Vec<OsString> = vec!["train".into(), (&data).into(), "-o".into(), (&out).into()];
        arguments.extend(options.split_whitespace().map(Into::into));
        (arguments, out)
    };
    let (whole, expected) = arguments("whole.safetensors");
    let started = Instant::now();
    start(&whole).wait().unwrap();
    let length = started.elapsed();
    let expected = fs::read(&expected).unwrap();
    let (arguments, out) = arguments("killed.safetensors");
    let mut rng = ChaCha8Rng::seed_from_u64(number("DFTECTIVE_KILLS_SEED", 2));
    let before_the_end = killed(
        &arguments,
        &out,
        [".checkpoint", "--resume"],
        (length, number("DFTECTIVE_KILLS", 8)),
        &mut rng,
        |out| assert!(fs::read(out).unwrap() == expected),
    );
    assert!(before_the_end > 0);
}
