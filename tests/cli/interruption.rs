//! Ctrl-C and kills in the middle of a run, and going on afterwards.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use crate::feeding::{Feeding, until};
use crate::support::{Fixture, beside, csv_rows, dftective, fixture, list, run};

/// The commands that make a table, and what they say at the end of 40 good and of 5000 mostly missing pictures.
const COMMANDS: [(&str, &str, &str); 2] = [
    ("score", "40 images: ", "4990 could not be judged"),
    (
        "extract",
        "40 images, 0 without features",
        "4990 without features",
    ),
];

fn arguments(command: &str, fixture: &Fixture, out: &Path, options: &[&str]) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = vec![command.into(), "-".into(), "-o".into(), out.into()];
    if command == "score" {
        arguments.extend(["--model".into(), fixture.detector().into()]);
    }
    arguments.extend(options.iter().map(Into::into));
    arguments
}

/// The data set's pictures, class after class.
fn pictures(fixture: &Fixture) -> Vec<PathBuf> {
    let of = |class| (0..20).map(move |index| fixture.picture(class, index));
    of("real").chain(of("fake")).collect()
}

/// The number in "interrupted: N records are kept".
fn kept(said: &str) -> usize {
    let (_, rest) = said.split_once("interrupted: ").unwrap();
    rest.split(' ').next().unwrap().parse().unwrap()
}

/// A run without interruption.
fn whole(command: &str, fixture: &Fixture, out: &Path, stdin: &[u8]) -> Vec<u8> {
    run(&arguments(command, fixture, out, &["--restart"]), stdin);
    fs::read(out).unwrap()
}

/// A table to be made.
struct Table<'a> {
    command: &'static str,
    /// What the command says at the end of good and of mostly missing pictures.
    says: [&'static str; 2],
    format: &'static str,
    fixture: &'a Fixture,
    out: PathBuf,
    /// Its bytes when nothing interrupts.
    expected: Vec<u8>,
}

impl Table<'_> {
    fn given(&self, options: &[&str]) -> Vec<OsString> {
        arguments(self.command, self.fixture, &self.out, options)
    }

    /// Checks that it is whole, and how it should be.
    #[track_caller]
    fn is_whole(&self) {
        let (out, what) = (&self.out, self.out.display());
        assert!(fs::read(out).unwrap() == self.expected, "{what}");
        for left in [".partial", ".parts", ".partial.json"] {
            assert!(!beside(out, left).exists(), "{what}: {left}");
        }
    }
}

/// A table by each command in each format that can be gone on with.
fn tables<'a>(fixture: &'a Fixture, root: &Path, stdin: &[u8]) -> Vec<Table<'a>> {
    let mut tables = Vec::new();
    for (command, good, missing) in COMMANDS {
        for format in ["csv", "jsonl", "parquet"] {
            let place = |name: &str| root.join(name).with_extension(format);
            tables.push(Table {
                command,
                says: [good, missing],
                format,
                fixture,
                out: place(command),
                expected: whole(command, fixture, &place("whole"), stdin),
            });
        }
    }
    tables
}

#[test]
fn an_interrupt_keeps_every_record_and_the_run_goes_on_later() {
    let fixture = fixture();
    let root = tempfile::tempdir().unwrap();
    let lines = list(pictures(&fixture));
    for table in tables(&fixture, root.path(), &lines) {
        let out = &table.out;
        let mut feeding = Feeding::start(&table.given(&[]));
        feeding.feed(&lines);
        until(|| beside(out, ".partial.json").exists());
        feeding.interrupt();
        let (code, said) = feeding.finish();
        assert_eq!(code, Some(130), "{said}");
        assert!(said.contains("the same command with --resume goes on"), "{said}");
        let kept = kept(&said);
        assert!(kept <= 40 && !out.exists(), "{said}");
        if table.format == "csv" {
            // The partial table is a table.
            let partial = fs::read_to_string(beside(out, ".partial")).unwrap();
            assert!(table.expected.starts_with(partial.as_bytes()));
            assert_eq!(csv_rows(&partial).len(), 1 + kept);
        }

        run(&table.given(&[]), &lines).refuses("go on with --resume, or begin anew with --restart");
        run(&table.given(&["--resume"]), &lines)
            .exits(0)
            .says(table.says[0]);
        table.is_whole();
    }
}

#[test]
fn an_interrupt_is_heard_at_the_next_input() {
    let fixture = fixture();
    let root = tempfile::tempdir().unwrap();
    let out = root.path().join("scores.csv");
    let pictures = pictures(&fixture);
    let mut feeding = Feeding::start(&arguments("score", &fixture, &out, &[]));
    feeding.feed(&list(&pictures[..39]));
    until(|| beside(&out, ".partial.json").exists());
    feeding.interrupt();
    // The run waits for a line; it need not wait for the list's end.
    feeding.feed(&list(&pictures[39..]));
    let (code, said) = feeding.end();
    assert_eq!(code, Some(130), "{said}");
    assert!((1..=40).contains(&kept(&said)));
}

#[test]
fn a_second_interrupt_ends_the_run_at_once() {
    let fixture = fixture();
    let root = tempfile::tempdir().unwrap();
    let out = root.path().join("scores.csv");
    let mut feeding = Feeding::start(&arguments("score", &fixture, &out, &[]));
    feeding.feed(&list(pictures(&fixture)));
    until(|| beside(&out, ".partial.json").exists());
    feeding.interrupt();
    feeding.interrupt_again();
    assert_eq!(feeding.end().0, Some(130));
    assert!(!out.exists() && beside(&out, ".partial").exists());
}

/// More inputs than a Parquet row group and a buffer of lines hold, nearly all of them quick to judge.
fn many(fixture: &Fixture) -> Vec<PathBuf> {
    let input = |index: usize| match index % 500 {
        0 => fixture.picture("fake", index / 500),
        _ => format!("no-such-picture-{index}.jpg").into(),
    };
    (0..5000).map(input).collect()
}

#[test]
fn a_killed_run_goes_on_where_it_was() {
    let fixture = fixture();
    let root = tempfile::tempdir().unwrap();
    let lines = list(many(&fixture));
    for table in tables(&fixture, root.path(), &lines) {
        let out = &table.out;
        let mut feeding = Feeding::start(&table.given(&[]));
        feeding.feed(&lines);
        until(|| match table.format {
            "parquet" => beside(out, ".parts").join("00000.parquet").exists(),
            _ => fs::metadata(beside(out, ".partial")).is_ok_and(|metadata| metadata.len() > 1000),
        });
        feeding.kill();
        assert!(!out.exists());

        run(&table.given(&["--resume"]), &lines)
            .exits(1)
            .says("5000 images")
            .says(table.says[1]);
        table.is_whole();
    }
}

/// What was kept is not computed again: the pictures are gone, and only what came after them is asked for.
#[test]
fn kept_records_are_not_made_again() {
    let fixture = fixture();
    let root = tempfile::tempdir().unwrap();
    let copies: Vec<_> = (0..40)
        .map(|index| root.path().join(format!("{index}.jpg")))
        .collect();
    let lines = list(&copies);
    for (command, ..) in COMMANDS {
        for (copy, picture) in copies.iter().zip(pictures(&fixture)) {
            fs::copy(picture, copy).unwrap();
        }
        let out = root.path().join(command).with_extension("csv");
        let given = |options: &[&str]| arguments(command, &fixture, &out, options);
        let expected = whole(command, &fixture, &root.path().join("whole.csv"), &lines);
        let mut feeding = Feeding::start(&given(&[]));
        feeding.feed(&lines);
        until(|| beside(&out, ".partial.json").exists());
        feeding.interrupt();
        let kept = kept(&feeding.finish().1);
        for copy in &copies[..kept] {
            fs::remove_file(copy).unwrap();
        }
        run(&given(&["--resume"]), &lines).exits(0);
        assert!(fs::read(&out).unwrap() == expected, "{command}");
    }
    dftective!["score", copies[0], "--model", fixture.detector()].exits(1);
}
