//! Running the command, and a small data set with a detector for it.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tempfile::TempDir;

/// The program under test.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_dftective");

/// Pictures of each class in the shared data set.
pub const PER_CLASS: usize = 24;

/// Runs the command with arguments that are text or paths.
macro_rules! dftective {
    ($($argument:expr),* $(,)?) => {
        $crate::support::run(&[$(std::convert::AsRef::<std::ffi::OsStr>::as_ref(&$argument).to_owned()),*], &[])
    };
}
pub(crate) use dftective;

/// What a run left behind.
pub struct Run {
    code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// Runs the command with bytes on standard input. No run may panic.
pub fn run(arguments: &[OsString], stdin: &[u8]) -> Run {
    let output = assert_cmd::Command::new(PROGRAM)
        .args(arguments)
        .write_stdin(stdin)
        .output()
        .unwrap();
    Run::of(output)
}

impl Run {
    pub fn of(output: Output) -> Self {
        let run = Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        };
        assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
        run
    }

    /// Checks the exit code.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stderr: {}", self.stderr);
        self
    }

    /// Checks what is said on standard error.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(
            self.stderr.contains(text),
            "expected {text:?} in: {}",
            self.stderr
        );
        self
    }

    /// Checks that nothing was done, and that one line says why.
    #[track_caller]
    pub fn refuses(self, text: &str) -> Self {
        let run = self.exits(2).says(text);
        let errors = run.stderr.lines().filter(|line| line.starts_with("error: "));
        assert_eq!(errors.count(), 1, "{}", run.stderr);
        run
    }
}

/// A labelled set of 64 × 64 pictures and a detector trained on it.
pub struct Fixture {
    folder: TempDir,
}

impl Fixture {
    /// Folder with `real/`, `fake/` and `manifest.csv`.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub fn detector(&self) -> PathBuf {
        self.folder.path().join("detector.safetensors")
    }

    /// The picture number `index` of a class.
    pub fn picture(&self, class: &str, index: usize) -> PathBuf {
        self.data().join(class).join(format!("{index:05}.jpg"))
    }
}

/// The fixture, made by the first test that needs it and removed after the last.
pub fn fixture() -> Arc<Fixture> {
    static SHARED: Mutex<Weak<Fixture>> = Mutex::new(Weak::new());
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(fixture) = shared.upgrade() {
        return fixture;
    }
    let fixture = Arc::new(Fixture {
        folder: tempfile::tempdir().unwrap(),
    });
    let per_class = PER_CLASS.to_string();
    dftective!["synth", fixture.data(), "--size", "64", "--per-class", per_class].exits(0);
    dftective!["train", fixture.data(), "-o", fixture.detector()].exits(0);
    *shared = Arc::downgrade(&fixture);
    fixture
}

/// Rows of a CSV table, the header first.
pub fn csv_rows(text: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(text.as_bytes());
    let fields = |record: csv::StringRecord| record.iter().map(str::to_owned).collect();
    reader.records().map(|record| fields(record.unwrap())).collect()
}

/// A record of `dftective score` in CSV, by the names of its columns.
#[derive(Debug, serde::Deserialize)]
pub struct Record {
    pub path: String,
    pub score: Option<f64>,
    pub margin: Option<f64>,
    pub verdict: Option<String>,
    pub width: Option<u32>,
    pub notes: String,
    pub error: String,
}

/// The records of a CSV table; each has either an error or a verdict.
pub fn records(text: &str) -> Vec<Record> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let records: Vec<Record> = reader.deserialize().map(Result::unwrap).collect();
    for record in &records {
        let judged = [
            record.score.is_some(),
            record.margin.is_some(),
            record.verdict.is_some(),
        ];
        assert_eq!(judged, [record.error.is_empty(); 3], "{record:?}");
    }
    records
}

/// Every file below a folder with its bytes, in the order of the names.
pub fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let bytes = fs::read(&path).unwrap();
                found.push((path.strip_prefix(folder).unwrap().to_owned(), bytes));
            }
        }
    }
    found.sort();
    found
}

/// `path` with `suffix` after its whole name.
pub fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// A list of paths, one a line.
pub fn list<P: AsRef<OsStr>>(paths: impl IntoIterator<Item = P>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for path in paths {
        bytes.extend(path.as_ref().as_encoded_bytes());
        bytes.push(b'\n');
    }
    bytes
}
