//! Detectors that are damaged, foreign or from a later version.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};
use serde_json::Value;

use crate::support::{dftective, fixture};

/// An array of a detector's file.
#[derive(Clone)]
struct Array {
    name: String,
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

/// A detector's file taken apart.
struct Parts {
    arrays: Vec<Array>,
    description: Value,
}

impl Parts {
    /// The parts of the fixture's detector, its arrays in the order of their names.
    fn new() -> Self {
        Self::of(&fixture().detector())
    }

    fn of(path: &Path) -> Self {
        let bytes = fs::read(path).unwrap();
        let tensors = SafeTensors::deserialize(&bytes).unwrap();
        let array = |(name, view): (String, TensorView<'_>)| Array {
            name,
            dtype: view.dtype(),
            shape: view.shape().to_vec(),
            bytes: view.data().to_vec(),
        };
        let mut arrays: Vec<_> = tensors.tensors().into_iter().map(array).collect();
        arrays.sort_by(|a, b| a.name.cmp(&b.name));
        let (_, header) = SafeTensors::read_metadata(&bytes).unwrap();
        let description = &header.metadata().as_ref().unwrap()["dftective"];
        Self {
            arrays,
            description: serde_json::from_str(description).unwrap(),
        }
    }

    fn bytes(&self) -> Vec<u8> {
        self.bytes_with("dftective", &self.description.to_string())
    }

    /// The file with a text of its own under a key of its own.
    fn bytes_with(&self, key: &str, text: &str) -> Vec<u8> {
        let views = self.arrays.iter().map(|array| {
            let view = TensorView::new(array.dtype, array.shape.clone(), &array.bytes).unwrap();
            (array.name.as_str(), view)
        });
        let metadata = HashMap::from([(key.to_owned(), text.to_owned())]);
        safetensors::serialize(views, Some(metadata)).unwrap()
    }
}

/// Checks that neither command uses the file, and that both say why.
#[track_caller]
fn refused(bytes: &[u8], cause: &str) {
    let fixture = fixture();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("odd.safetensors");
    fs::write(&path, bytes).unwrap();
    for command in ["score", "evaluate"] {
        let run = dftective![command, fixture.data(), "--model", path];
        let run = run.refuses("odd.safetensors: ").says(cause);
        assert_eq!(run.stdout, "");
    }
}

#[test]
fn unchanged_parts_make_a_detector() {
    let fixture = fixture();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("same.safetensors");
    fs::write(&path, Parts::new().bytes()).unwrap();
    let with = |model| {
        dftective!["score", fixture.data(), "--model", model]
            .exits(0)
            .stdout
    };
    assert_eq!(with(&path), with(&fixture.detector()));
}

#[test]
fn a_file_cut_short() {
    let bytes = fs::read(fixture().detector()).unwrap();
    let header = 8 + u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    for length in [
        0,
        1,
        7,
        8,
        9,
        header / 2,
        header - 1,
        header,
        header + 1,
        bytes.len() - 8,
        bytes.len() - 1,
    ] {
        refused(&bytes[..length], "not a dftective detector: ");
    }
}

#[test]
fn a_file_of_another_kind() {
    let fixture = fixture();
    refused(
        b"Dear Sir or Madam,\nplease find enclosed my detector.\n",
        "not a dftective detector: ",
    );
    refused(
        &fs::read(fixture.picture("real", 0)).unwrap(),
        "not a dftective detector: ",
    );
    let parts = Parts::new();
    refused(
        &parts.bytes_with("format", "pt"),
        "not a dftective detector: a safetensors file without 'dftective' in its metadata",
    );
    dftective!["score", fixture.data(), "--model", fixture.data()].refuses("Is a directory");
    dftective!["score", fixture.data(), "--model", fixture.data().join("none")].refuses("No such file");
}

#[test]
fn a_later_version() {
    let mut parts = Parts::new();
    parts.description["format_version"] = 6.into();
    // What a later version adds need not be understood to tell that it is one.
    parts.description["novelty"] = true.into();
    refused(
        &parts.bytes(),
        "detector of format version 6, this program reads version 5: use a newer dftective",
    );
}

#[test]
fn a_description_that_is_none() {
    let parts = Parts::new();
    for text in [
        "",
        "{",
        "[]",
        "{}",
        "{\"format_version\":\"1\"}",
        "{\"format_version\":4}",
        "{\"format_version\":5}",
    ] {
        refused(&parts.bytes_with("dftective", text), "damaged detector: ");
    }
    let keys: Vec<_> = parts.description.as_object().unwrap().keys().cloned().collect();
    for key in keys {
        let mut parts = Parts::new();
        parts.description.as_object_mut().unwrap().remove(&key);
        refused(&parts.bytes(), &format!("missing field `{key}`"));
    }
    for (key, cause) in [
        ("families", "missing field `families`"),
        ("columns", "missing field `columns`"),
        ("scaling", "missing field `scaling`"),
        ("model", "missing field `model`"),
        ("recipe", "a recipe goes with the families that are spectra"),
    ] {
        let mut parts = Parts::new();
        let body = parts.description["body"]["classical"].as_object_mut().unwrap();
        assert!(body.remove(key).is_some());
        refused(&parts.bytes(), cause);
    }
    let mut parts = Parts::new();
    parts.description["novelty"] = true.into();
    refused(&parts.bytes(), "damaged detector: unknown field `novelty`");
    let mut parts = Parts::new();
    parts.description["body"]["classical"]["columns"]
        .as_array_mut()
        .unwrap()
        .pop();
    refused(
        &parts.bytes(),
        "damaged detector: 127 columns, but its families give 128 features",
    );
}

#[test]
fn values_that_are_not_finite() {
    for index in 0..Parts::new().arrays.len() {
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let mut parts = Parts::new();
            let array = &mut parts.arrays[index];
            let at = array.bytes.len() / 2 / 8 * 8;
            array.bytes[at..at + 8].copy_from_slice(&value.to_le_bytes());
            refused(&parts.bytes(), "damaged detector: ");
        }
    }
}

#[test]
fn arrays_of_other_shapes_or_kinds() {
    let count = Parts::new().arrays.len();
    let changes: [fn(&mut Array); 4] = [
        // One value less.
        |array| {
            let last = array.shape.last_mut().unwrap();
            *last -= 1;
            array.bytes.truncate(8 * array.shape.iter().product::<usize>());
        },
        // One axis more.
        |array| array.shape.push(1),
        |array| {
            array.shape.insert(0, 0);
            array.bytes.clear();
        },
        |array| {
            array.dtype = Dtype::F32;
            array.bytes.truncate(array.bytes.len() / 2);
        },
    ];
    for index in 0..count {
        for change in changes {
            let mut parts = Parts::new();
            if parts.arrays[index].shape.is_empty() {
                parts.arrays[index].shape = vec![1];
            }
            change(&mut parts.arrays[index]);
            refused(&parts.bytes(), "damaged detector: ");
        }
    }
}

#[test]
fn arrays_too_many_or_too_few() {
    for index in 0..Parts::new().arrays.len() {
        let mut parts = Parts::new();
        parts.arrays.remove(index);
        refused(&parts.bytes(), "damaged detector: ");
    }
    for name in [
        "surplus",
        "model.surplus",
        "scaler.surplus",
        "calibration.surplus",
    ] {
        let mut parts = Parts::new();
        let mut surplus = parts.arrays[0].clone();
        surplus.name = name.to_owned();
        parts.arrays.push(surplus);
        refused(&parts.bytes(), "surplus");
    }
}

#[test]
fn isotonic_arrays_that_are_no_calibration() {
    let fixture = fixture();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("isotonic.safetensors");
    dftective!["train", fixture.data(), "-o", path, "--calibration", "isotonic"].exits(0);
    let same = folder.path().join("same.safetensors");
    fs::write(&same, Parts::of(&path).bytes()).unwrap();
    let [expected, found] = [&path, &same].map(|model| {
        let run = dftective!["score", fixture.data(), "--model", model];
        run.exits(0).stdout
    });
    assert_eq!(found, expected);
    type Change = fn(&mut Vec<f64>);
    let changes: [(&str, &str, Change); 7] = [
        ("margins", "rising values", |values| values.reverse()),
        ("margins", "rising values", |values| values[1] = values[0]),
        ("margins", "finite values", |values| values[0] = f64::NEG_INFINITY),
        ("scores", "values that never fall", |values| values.reverse()),
        ("scores", "values above 0 and below 1", |values| values[0] = 0.0),
        ("scores", "values above 0 and below 1", |values| values.fill(1.0)),
        ("scores", "a vector of ", |values| values.truncate(1)),
    ];
    for (name, expected, change) in changes {
        let mut parts = Parts::of(&path);
        let stored = format!("calibration.{name}");
        let array = parts
            .arrays
            .iter_mut()
            .find(|array| array.name == stored)
            .unwrap();
        let (numbers, _) = array.bytes.as_chunks();
        let mut values: Vec<f64> = numbers.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect();
        change(&mut values);
        array.shape = vec![values.len()];
        array.bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        refused(
            &parts.bytes(),
            &format!("damaged detector: calibration: array \"{name}\": expected {expected}"),
        );
    }
    let mut parts = Parts::of(&path);
    parts.arrays.retain(|array| array.name != "calibration.scores");
    refused(
        &parts.bytes(),
        "damaged detector: calibration: array \"scores\": expected an array, found nothing",
    );
}
