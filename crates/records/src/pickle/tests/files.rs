//! Files that Python wrote, against what NumPy said was in them.

use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
struct Expected {
    shape: Vec<usize>,
    /// In row-major order, as Python's `repr` writes them.
    values: Vec<String>,
}

#[test]
fn every_python_s_arrays_are_what_numpy_says() {
    let expected: BTreeMap<String, Expected> = json("expected.json");
    assert!(expected.len() > 30);
    for path in fixtures("") {
        let pickle = Pickle::read(&path).unwrap();
        for (key, expected) in &expected {
            let array = pickle.array(key).unwrap();
            assert_eq!(array.shape(), expected.shape, "{}: {key}", path.display());
            assert!(array.is_standard_layout(), "{}: {key}", path.display());
            let found: Vec<u64> = array.iter().map(|value| value.to_bits()).collect();
            let values = expected.values.iter().map(|value| value.parse::<f64>().unwrap());
            assert_eq!(
                found,
                values.map(f64::to_bits).collect::<Vec<u64>>(),
                "{}: {key}",
                path.display()
            );
        }
    }
}

#[test]
fn other_entries_do_no_harm_and_are_named_when_asked_for() {
    let numbers = "an array of f4, f8, i1 to i8, u1 to u8 or b1";
    let cases = [
        ("complex", format!("expected {numbers}, found c16")),
        ("dates", format!("expected {numbers}, found M8")),
        ("record", format!("expected {numbers}, found V8")),
        (
            "objects",
            "expected an array of numbers, found a list under the data type O8".to_owned(),
        ),
        ("list", "expected an array, found a list".to_owned()),
        ("text", "expected an array, found a text".to_owned()),
        ("none", "expected an array, found None".to_owned()),
    ];
    for path in fixtures("") {
        let pickle = Pickle::read(&path).unwrap();
        for (key, expected) in &cases {
            let message = pickle.array(key).unwrap_err().to_string();
            assert_eq!(
                message,
                format!("entry {key:?}: {expected}"),
                "{}",
                path.display()
            );
        }
        // Python 2 has texts of bytes.
        let message = pickle.array("names").unwrap_err().to_string();
        assert!(
            message.ends_with("found U2") || message.ends_with("found S2"),
            "{message}"
        );
        let message = pickle.array("inexact").unwrap_err().to_string();
        let expected = "entry \"inexact\", value 1: the integer 9007199254740993 does not fit into double precision \
                        exactly";
        assert_eq!(message, expected);
        let message = pickle.array("nothing").unwrap_err().to_string();
        assert!(
            message.starts_with("no entry \"nothing\"; the keys are <f4, "),
            "{message}"
        );
        assert!(message.ends_with(", …"), "{message}");
    }
}

#[test]
fn what_could_execute_is_refused_by_name() {
    let refusals: BTreeMap<String, String> = json("refusals.json");
    let paths = fixtures("hostile");
    assert_eq!(paths.len(), refusals.len());
    for path in paths {
        let expected = &refusals[path.file_stem().unwrap().to_str().unwrap()];
        let message = Pickle::read(&path).unwrap_err().to_string();
        assert!(
            message.starts_with(&format!("{}: byte ", path.display())),
            "{message}"
        );
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn feature_files_are_data_and_label() {
    for path in fixtures("") {
        let file = FeatureFile::read(&path).unwrap();
        let expected = Array2::from_shape_fn((3, 4), |(row, column)| (4 * row + column) as f64 / 7.0);
        assert_eq!(file.features, expected, "{}", path.display());
        assert_eq!(file.labels, [1.0, 0.0, 1.0], "{}", path.display());
    }
}

/// No part of a file from its start is a file, nor is a file with more after it.
#[test]
fn a_cut_or_continued_file_is_an_error() {
    for path in fixtures("") {
        let whole = fs::read(&path).unwrap();
        // Every thirteenth, as each runs the file once more.
        for length in (0..whole.len()).rev().step_by(13) {
            assert!(
                Pickle::parse(whole[..length].to_vec()).is_err(),
                "{}: {length}",
                path.display()
            );
        }
        let message = Pickle::parse([&whole[..], b"."].concat())
            .unwrap_err()
            .to_string();
        let expected = format!(
            "expected the end of the file after byte {}, found 1 more bytes",
            whole.len()
        );
        assert_eq!(message, expected);
    }
}

#[test]
fn what_is_no_file_of_bounded_size_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let message = |path: &Path| FeatureFile::read(path).unwrap_err().to_string();
    let name = folder.path().display();
    assert_eq!(message(folder.path()), format!("{name}: not a regular file"));
    assert!(message(&folder.path().join("none")).starts_with(&format!("{name}/none: cannot be read: ")));
    let path = folder.path().join("large");
    // A hole: it takes no room on the disk.
    fs::File::create(&path)
        .unwrap()
        .set_len(MAX_FILE_BYTES + 1)
        .unwrap();
    let expected = format!("{name}/large: file too large: at least 1073741825 bytes, limit 1073741824");
    assert_eq!(message(&path), expected);
}
