//! Images in archives are judged as those in folders are.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::support::{Fixture, beside, csv_rows, dftective, files, fixture};

/// A data set in a folder, and the same in each kind of archive.
struct Packed {
    root: TempDir,
}

const ARCHIVES: [&str; 3] = ["data.zip", "data.tar", "data.tar.gz"];

impl Packed {
    fn new(fixture: &Fixture) -> Self {
        let root = tempfile::tempdir().unwrap();
        let data = root.path().join("data");
        for class in ["fake", "real"] {
            let folder = data.join(class).join("camera");
            fs::create_dir_all(&folder).unwrap();
            for index in 0..12 {
                fs::copy(
                    fixture.picture(class, index),
                    folder.join(format!("{class}{index:02}.jpg")),
                )
                .unwrap();
            }
        }
        fs::write(data.join("real/notes.txt"), "Dear Sir").unwrap();
        let files = files(&data);
        let at = |name: &str| root.path().join(name);
        let mut zip = ZipWriter::new(File::create(at("data.zip")).unwrap());
        for (name, bytes) in &files {
            zip.start_file(name.to_str().unwrap(), SimpleFileOptions::default())
                .unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap();
        let mut tar = tar::Builder::new(Vec::new());
        for (name, _) in &files {
            tar.append_path_with_name(data.join(name), name).unwrap();
        }
        let tar = tar.into_inner().unwrap();
        fs::write(at("data.tar"), &tar).unwrap();
        let mut gzip = GzEncoder::new(File::create(at("data.tar.gz")).unwrap(), Compression::fast());
        gzip.write_all(&tar).unwrap();
        gzip.finish().unwrap();
        Self { root }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }
}

/// A table's rows with names as they are below `place`.
fn rows_below(csv: &str, place: &Path, mark: &str) -> Vec<Vec<String>> {
    let mut rows = csv_rows(csv);
    let prefix = format!("{}{mark}", place.display());
    for row in &mut rows[1..] {
        row[0] = row[0].strip_prefix(&prefix).unwrap().to_owned();
    }
    rows
}

#[test]
fn scores_are_those_of_the_folder() {
    let fixture = fixture();
    let packed = Packed::new(&fixture);
    let model = fixture.detector();
    let expected = dftective!["score", packed.at("data"), "--model", model].exits(0);
    let expected = rows_below(&expected.stdout, &packed.at("data"), "/");
    assert_eq!(expected.len(), 1 + 24);
    for name in ARCHIVES {
        let archive = packed.at(name);
        for threads in ["1", "3"] {
            let run = dftective!["score", archive, "--model", model, "--threads", threads]
                .exits(0)
                .says("1 files were passed over");
            assert!(rows_below(&run.stdout, &archive, "!/") == expected, "{name}");
        }
    }
}

#[test]
fn labels_and_sources_are_those_of_the_folder() {
    let fixture = fixture();
    let packed = Packed::new(&fixture);
    let expected = dftective!["extract", packed.at("data")].exits(0);
    let expected = rows_below(&expected.stdout, &packed.at("data"), "/");
    assert_eq!(expected[1][..3], ["real/camera/real00.jpg", "real", "camera"]);
    for name in ARCHIVES {
        let archive = packed.at(name);
        let run = dftective!["extract", archive].exits(0);
        assert!(rows_below(&run.stdout, &archive, "!/") == expected, "{name}");
    }
}

#[test]
fn detectors_are_those_of_the_folder() {
    let fixture = fixture();
    let packed = Packed::new(&fixture);
    let train = |data: &str| {
        let out = packed.at("d.safetensors");
        dftective![
            "train",
            packed.at(data),
            "-o",
            out,
            "--group-by",
            "pattern:^(.*)[.]"
        ]
        .exits(0);
        fs::read(out).unwrap()
    };
    let expected = train("data");
    for name in ARCHIVES {
        assert!(train(name) == expected, "{name}");
    }
    let evaluate = |data: &str| {
        let report = packed.at("page.html");
        let run = dftective![
            "evaluate",
            packed.at(data),
            "--model",
            fixture.detector(),
            "--report",
            report
        ]
        .exits(0);
        run.stdout.replace(&packed.at(data).display().to_string(), "DATA")
    };
    let expected = evaluate("data");
    for name in ARCHIVES {
        assert_eq!(evaluate(name), expected);
    }
    let run = dftective!["experiment", "synthetic", "--data", packed.at("data.zip")].exits(0);
    assert!(
        run.stdout.contains("images in folders of real and fake"),
        "{}",
        run.stdout
    );
}

#[test]
fn one_member_is_looked_at() {
    let fixture = fixture();
    let packed = Packed::new(&fixture);
    let out = packed.at("pages");
    for name in ARCHIVES {
        let member = format!("{}!/fake/camera/fake03.jpg", packed.at(name).display());
        let run = dftective!["inspect", member, "--model", fixture.detector(), "--out", out].exits(0);
        assert!(run.stdout.contains("!/fake/camera/fake03.jpg"), "{}", run.stdout);
        fs::remove_file(out.join("fake03.inspect.html")).unwrap();
        let missing = format!("{}!/fake/none.jpg", packed.at(name).display());
        dftective!["inspect", missing, "--out", out]
            .exits(1)
            .says("no such file in the archive");
    }
}

#[test]
fn an_interrupted_table_goes_on() {
    let fixture = fixture();
    let packed = Packed::new(&fixture);
    for name in ARCHIVES {
        let out = packed.at("scores.csv");
        let score = |resume: &str| {
            dftective![
                "score",
                packed.at(name),
                "--model",
                fixture.detector(),
                "-o",
                out,
                resume
            ]
        };
        score("--restart").exits(0);
        let whole = fs::read_to_string(&out).unwrap();
        // As an interruption leaves it: a description, and some of the rows.
        let description = unfinished_description(&packed, &fixture, name, &out);
        let kept: String = whole.split_inclusive('\n').take(1 + 9).collect();
        fs::write(beside(&out, ".partial"), kept).unwrap();
        fs::write(beside(&out, ".partial.json"), description).unwrap();
        fs::remove_file(&out).unwrap();
        score("--resume").exits(0);
        assert_eq!(fs::read_to_string(&out).unwrap(), whole, "{name}");
    }
}

/// The description beside an unfinished table, of a run that a full disk ended.
fn unfinished_description(packed: &Packed, fixture: &Fixture, name: &str, out: &Path) -> Vec<u8> {
    let limited = std::process::Command::new("bash")
        .args([
            "-c",
            "ulimit -f 1; trap '' XFSZ; exec \"$0\" \"$@\"",
            crate::support::PROGRAM,
            "score",
        ])
        .arg(packed.at(name))
        .arg("--model")
        .arg(fixture.detector())
        .arg("-o")
        .arg(out)
        .output()
        .unwrap();
    crate::support::Run::of(limited).refuses("could not write");
    fs::read(beside(out, ".partial.json")).unwrap()
}

#[test]
fn damage_is_a_record_and_the_rest_is_judged() {
    let fixture = fixture();
    let packed = Packed::new(&fixture);
    let whole = fs::read(packed.at("data.tar.gz")).unwrap();
    let cut = packed.at("cut.tar.gz");
    fs::write(&cut, &whole[..whole.len() / 2]).unwrap();
    let run = dftective!["score", cut, packed.at("data.zip"), "--model", fixture.detector()].exits(1);
    let rows = csv_rows(&run.stdout);
    let codes: Vec<&str> = rows[1..]
        .iter()
        .map(|row| &*row[10])
        .filter(|code| !code.is_empty())
        .collect();
    assert!(
        !codes.is_empty() && codes.iter().all(|&code| code == "truncated"),
        "{codes:?}"
    );
    let judged = rows[1..].iter().filter(|row| !row[3].is_empty()).count();
    assert!(judged > 24, "{judged}");
}

#[test]
fn an_archive_is_no_output() {
    let fixture = fixture();
    let packed = Packed::new(&fixture);
    for name in ARCHIVES {
        let archive = packed.at(name);
        let before = fs::read(&archive).unwrap();
        let model = fixture.detector();
        dftective!["score", archive, "--model", model, "-o", archive].refuses("which is read");
        dftective!["score", packed.root.path(), "--model", model, "-o", archive].refuses("which is read");
        let member = format!("{}!/fake/camera/fake03.jpg", archive.display());
        dftective!["score", member, "--model", model, "-o", archive].refuses("which is read");
        assert!(fs::read(&archive).unwrap() == before);
    }
}
