//! The published feature files, against digests that NumPy made of the same arrays:
//! `hashlib.sha256(array.astype("<f8").tobytes())`.

use std::fmt::Write;

use dftective::pickle::FeatureFile;
use sha2::{Digest, Sha256};

use crate::reference::folder;

struct Published {
    name: &'static str,
    shape: (usize, usize),
    features: &'static str,
    labels: &'static str,
    /// The labels, and how many rows running have each.
    runs: [(f64, usize); 2],
}

const FILES: [Published; 2] = [
    Published {
        name: "celeba_low_1000.pkl",
        shape: (2000, 80),
        features: "2880aa0fce88ea18140642083ef3e3fad303fbb0acd84d235e73a61007673dc0",
        labels: "e60692cfebd6ceb6bf59db20b13d201b7d19aac2fc31d5a07f9a4c5e5cab7cd6",
        runs: [(1.0, 1000), (0.0, 1000)],
    },
    Published {
        name: "test_1000.pkl",
        shape: (1000, 300),
        features: "25b19e32008c03fa21b707a50f01ce67c0f1ce540ed6cf001aef8886b78b9826",
        labels: "579052f0c6910c816485565308dbe69e1e854ba817b9b04db5ea06442e56cca7",
        runs: [(0.0, 500), (1.0, 500)],
    },
];

fn digest<'a>(values: impl Iterator<Item = &'a f64>) -> String {
    let bytes: Vec<u8> = values.flat_map(|value| value.to_le_bytes()).collect();
    let mut text = String::new();
    for byte in Sha256::digest(bytes) {
        write!(text, "{byte:02x}").unwrap();
    }
    text
}

#[test]
fn published_feature_files_are_read_to_the_bit() {
    let Some(root) = folder("durall") else { return };
    for expected in FILES {
        let file = FeatureFile::read(&root.join(expected.name)).unwrap();
        assert_eq!(file.features.dim(), expected.shape, "{}", expected.name);
        assert_eq!(
            digest(file.features.iter()),
            expected.features,
            "{}",
            expected.name
        );
        assert_eq!(digest(file.labels.iter()), expected.labels, "{}", expected.name);
        let runs: Vec<(f64, usize)> = file
            .labels
            .chunk_by(|a, b| a == b)
            .map(|run| (run[0], run.len()))
            .collect();
        assert_eq!(runs, expected.runs, "{}", expected.name);
    }
}
