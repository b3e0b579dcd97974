//! Nothing that a command reads, and no photograph, is written over.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::support::{Fixture, Run, dftective, files, fixture, list, run};

/// A folder of one's own with a picture, a manifest, a table of features, two detectors and a record.
struct Own {
    root: TempDir,
}

impl Own {
    fn new(fixture: &Fixture) -> Self {
        let own = Self {
            root: tempfile::tempdir().unwrap(),
        };
        for class in ["real", "fake"] {
            fs::create_dir_all(own.at("data").join(class)).unwrap();
            for index in 0..12 {
                let picture = fixture.picture(class, index);
                let name = picture.file_name().unwrap();
                fs::copy(&picture, own.at("data").join(class).join(name)).unwrap();
            }
        }
        fs::copy(fixture.picture("real", 0), own.at("a.jpg")).unwrap();
        fs::copy(fixture.detector(), own.at("m")).unwrap();
        fs::copy(fixture.detector(), own.at("n")).unwrap();
        dftective!["extract", own.at("data"), "-o", own.at("f.csv")].exits(0);
        fs::write(own.at("m.csv"), "path,label\na.jpg,real\n").unwrap();
        own
    }

    fn at(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// Runs a command in the folder, which must be refused and leave every file as it was.
    #[track_caller]
    fn refuses(&self, arguments: &[&str], said: &str) {
        let before = files(self.root.path());
        let arguments: Vec<OsString> = arguments.iter().map(Into::into).collect();
        self.run(&arguments).refuses(said);
        assert!(files(self.root.path()) == before, "{arguments:?} changed files");
    }

    fn run(&self, arguments: &[OsString]) -> Run {
        let output = assert_cmd::Command::new(crate::support::PROGRAM)
            .current_dir(self.root.path())
            .args(arguments)
            .output()
            .unwrap();
        Run::of(output)
    }
}

/// Paths to `file` in the folder by other names, none with an image's.
fn other_names(own: &Own, file: &str) -> [String; 4] {
    let _ = fs::remove_file(own.at("symbolic"));
    let _ = fs::remove_file(own.at("hard"));
    symlink(file, own.at("symbolic")).unwrap();
    fs::hard_link(own.at(file), own.at("hard")).unwrap();
    [
        file.to_owned(),
        format!("./{file}"),
        "symbolic".to_owned(),
        "hard".to_owned(),
    ]
}

#[test]
fn a_photograph_is_no_output() {
    let own = Own::new(&fixture());
    let named = "has the name of an image";
    own.refuses(&["score", "--model", "m", "-o", "a.jpg", "data"], named);
    own.refuses(&["score", "a.jpg", "--model", "m", "-o", "a.jpg"], named);
    own.refuses(&["score", "a.jpg", "--model", "m", "-o", "none.PNG"], named);
    own.refuses(&["extract", "a.jpg", "-o", "a.jpg"], named);
    own.refuses(&["train", "data", "-o", "a.jpg"], named);
    own.refuses(&["train", "data", "-o", "d", "--report", "a.jpg"], named);
    own.refuses(&["evaluate", "data", "--model", "m", "-o", "a.jpg"], named);
    own.refuses(&["evaluate", "data", "--model", "m", "--report", "a.jpg"], named);
    own.refuses(
        &["compare", "data", "--model", "m", "--model", "n", "-o", "a.jpg"],
        named,
    );
    own.refuses(&["combine", "m", "n", "-o", "a.jpg"], named);
    own.refuses(&["experiment", "synthetic", "-o", "a.jpg"], named);
    own.refuses(&["report", "m.csv", "-o", "a.jpg"], named);
    own.refuses(&["demo", "--report", "a.jpg"], named);
    // By what it holds, and by the name that a link leads to.
    fs::copy(own.at("a.jpg"), own.at("IMG_0001")).unwrap();
    symlink("a.jpg", own.at("link.csv")).unwrap();
    let held = "would write over an image (jpeg)";
    own.refuses(&["score", "data", "--model", "m", "-o", "IMG_0001"], held);
    own.refuses(&["train", "data", "-o", "IMG_0001"], held);
    own.refuses(&["score", "data", "--model", "m", "-o", "link.csv"], named);
    own.refuses(&["train", "data", "-o", "link.csv"], named);
    own.refuses(&["synth", "data"], "expected a new or empty folder");
}

#[test]
fn what_is_read_is_no_output_by_any_name() {
    let own = Own::new(&fixture());
    let read = ", which is read; nothing was done";
    for output in other_names(&own, "m") {
        own.refuses(&["score", "a.jpg", "--model", "m", "-o", &output], read);
        own.refuses(&["evaluate", "data", "--model", "m", "-o", &output], read);
        own.refuses(&["evaluate", "data", "--model", "m", "--report", &output], read);
        own.refuses(
            &["compare", "data", "--model", "n", "--model", "m", "-o", &output],
            read,
        );
        own.refuses(&["combine", "m", "n", "-o", &output], read);
    }
    for output in other_names(&own, "f.csv") {
        own.refuses(&["train", "f.csv", "-o", &output], read);
        own.refuses(&["train", "f.csv", "-o", "d", "--report", &output], read);
        own.refuses(&["evaluate", "f.csv", "--model", "m", "-o", &output], read);
        own.refuses(
            &["experiment", "synthetic", "--data", "f.csv", "-o", &output],
            read,
        );
        own.refuses(&["report", "f.csv", "-o", &output], read);
    }
    for output in other_names(&own, "m.csv") {
        own.refuses(&["extract", "m.csv", "-o", &output], read);
        own.refuses(&["train", "m.csv", "-o", &output], read);
    }
    fs::write(
        own.at("mine.toml"),
        dftective!["experiment", "synthetic", "--show"].exits(0).stdout,
    )
    .unwrap();
    for output in other_names(&own, "mine.toml") {
        own.refuses(&["experiment", "mine.toml", "-o", &output], read);
    }
}

/// An image that is none by its content is an input all the same.
#[test]
fn what_lies_in_a_folder_or_a_manifest_is_no_output() {
    let own = Own::new(&fixture());
    let read = ", which is read; nothing was done";
    let damaged = own.at("data/real/damaged.jpg");
    fs::write(&damaged, "the only copy").unwrap();
    fs::hard_link(&damaged, own.at("hard")).unwrap();
    fs::write(own.at("table.csv"), "earlier").unwrap();
    symlink("../../table.csv", own.at("data/fake/link.jpg")).unwrap();
    for output in ["hard", "table.csv"] {
        own.refuses(&["score", "data", "--model", "m", "-o", output], read);
        own.refuses(&["extract", "data", "-o", output], read);
        own.refuses(&["train", "data", "-o", output], read);
        own.refuses(&["evaluate", "data", "--model", "m", "-o", output], read);
        own.refuses(&["experiment", "synthetic", "--data", "data", "-o", output], read);
    }
    fs::write(own.at("listed"), "the only copy").unwrap();
    fs::write(own.at("m.csv"), "path,label\nlisted,real\n").unwrap();
    own.refuses(&["extract", "m.csv", "-o", "listed"], read);
    own.refuses(&["train", "m.csv", "-o", "listed"], read);
}

/// A list on standard input is not known beforehand; its table is not put in the image's place.
#[test]
fn what_a_list_names_is_not_written_over() {
    let fixture = fixture();
    let own = Own::new(&fixture);
    let listed = own.at("listed");
    fs::write(&listed, "the only copy").unwrap();
    for command in ["score", "extract"] {
        let mut arguments: Vec<OsString> = vec![command.into(), "-".into(), "-o".into()];
        arguments.push(listed.clone().into());
        if command == "score" {
            arguments.extend(["--model".into(), fixture.detector().into()]);
        }
        let lines = list([fixture.picture("real", 0), listed.clone()]);
        run(&arguments, &lines).refuses("this input is the table that is to be written");
        assert_eq!(fs::read_to_string(&listed).unwrap(), "the only copy");
        let _ = fs::remove_file(own.at("listed.partial"));
        let _ = fs::remove_file(own.at("listed.partial.json"));
    }
}

#[test]
fn two_outputs_are_two_files() {
    let own = Own::new(&fixture());
    for same in ["x", "./x"] {
        own.refuses(
            &["evaluate", "data", "--model", "m", "-o", "x", "--report", same],
            "are one file",
        );
        own.refuses(&["train", "data", "-o", "x", "--report", same], "are one file");
    }
    fs::write(own.at("x"), "earlier").unwrap();
    symlink("x", own.at("link")).unwrap();
    own.refuses(
        &["evaluate", "data", "--model", "m", "-o", "x", "--report", "link"],
        "are one file",
    );
}

#[test]
fn the_files_beside_a_table_are_no_inputs() {
    let own = Own::new(&fixture());
    fs::rename(own.at("m.csv"), own.at("t.csv.partial")).unwrap();
    fs::copy(own.at("m"), own.at("t.csv.partial.json")).unwrap();
    own.refuses(
        &["score", "t.csv.partial", "--model", "n", "-o", "t.csv"],
        ", which is read; nothing was done",
    );
    own.refuses(
        &["score", "a.jpg", "--model", "t.csv.partial.json", "-o", "t.csv"],
        ", which is read; nothing was done",
    );
}

/// Beginning a table anew removes the parts of an unfinished one.
#[test]
fn a_folder_of_parts_is_not_removed_with_inputs_in_it() {
    let own = Own::new(&fixture());
    fs::create_dir(own.at("t.parquet.parts")).unwrap();
    fs::copy(own.at("a.jpg"), own.at("t.parquet.parts/a.jpg")).unwrap();
    for input in ["t.parquet.parts/a.jpg", "t.parquet.parts", "."] {
        own.refuses(
            &["score", input, "--model", "m", "-o", "t.parquet", "--restart"],
            ", which is read; nothing was done",
        );
    }
}

#[test]
fn a_folder_of_results_is_not_filled_over_inputs() {
    let own = Own::new(&fixture());
    let read = ", which is read; nothing was done";
    // Those that an earlier run has made of the same image.
    fs::copy(own.at("a.jpg"), own.at("a.picture.jpg")).unwrap();
    own.refuses(&["inspect", "a.jpg", "a.picture.jpg", "--out", "."], read);
    own.refuses(&["inspect", ".", "--out", "."], read);
    fs::copy(own.at("m"), own.at("a.inspect.html")).unwrap();
    own.refuses(&["inspect", "a.jpg", "--model", "a.inspect.html"], read);
    fs::copy(own.at("m"), own.at("roc.svg")).unwrap();
    own.refuses(
        &["evaluate", "data", "--model", "roc.svg", "--figures", "."],
        read,
    );
    own.refuses(&["report", "roc.svg", "-o", "r.html", "--figures", "."], read);
}

#[test]
fn where_every_file_is_read_none_is_written() {
    let own = Own::new(&fixture());
    own.refuses(
        &[
            "score",
            "data",
            "--all-files",
            "--model",
            "m",
            "-o",
            "data/scores.csv",
        ],
        "of which --all-files reads every file",
    );
}

/// What a command has written before it may write again.
#[test]
fn earlier_outputs_are_replaced() {
    let own = Own::new(&fixture());
    let again = |arguments: &[&str], out: &str| {
        let arguments: Vec<OsString> = arguments.iter().map(Into::into).collect();
        own.run(&arguments).exits(0);
        let first = fs::read(own.at(out)).unwrap();
        own.run(&arguments).exits(0);
        assert!(fs::read(own.at(out)).unwrap() == first, "{out}");
    };
    let table = "data/scores.csv";
    again(&["score", "data", "--model", "m", "-o", table], table);
    again(&["score", "data", "--model", "m", "-o", table, "--resume"], table);
    again(&["extract", "data", "-o", "data/f.parquet"], "data/f.parquet");
    again(&["train", "data", "-o", "data/d"], "data/d");
    again(
        &["inspect", "a.jpg", "--model", "m", "--out", "."],
        "a.picture.jpg",
    );
    again(
        &[
            "evaluate",
            "data",
            "--model",
            "m",
            "-o",
            "r.json",
            "--figures",
            ".",
        ],
        "r.json",
    );
    assert!(Path::new(&own.at("data/scores.csv")).is_file());
}
